"""Two catalogs, object by object: what one holds and the other doesn't, and what both hold but not alike.

Nothing here asks a server. Expressions are compared as text: bring those of a fold to PostgreSQL's own form first, with
`tripoint.sources.database.normalise`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from tripoint.model.catalog import Catalog, Function, Table
from tripoint.model.name import Name

__all__ = ["Difference", "differences", "without"]


class Difference(Struct, frozen=True, order=True):
    """One aspect of one object in which two catalogs differ.

    `subject` is written as in a finding (`schema.table`, `schema.table.column`, `schema.table/policy`); `aspect` is the
    field of the model, or `presence`. `left` and `right` are the two values in words, None for an object that isn't
    there.
    """

    kind: str
    subject: str
    aspect: str
    left: str | None
    right: str | None


# What says where a thing was read, or is compared as an object of its own.
_NOT_COMPARED = {
    "name",
    "place",
    "extent",
    "touched",
    "body_place",
    "complete",
    "default_granted",
    "removed",
    "switched_off",
    "retyped",
    "altered",
    "checked",
}
_PARTS = {"columns", "constraints", "indexes", "policies", "triggers"}


def without(catalog: Catalog, base: Catalog) -> Catalog:
    """Return the catalog less what stands in `base` unchanged: what is left is the project's own.

    An object of the base that the project changed is kept whole.
    """
    rest = Catalog(search_path=catalog.search_path, roles=catalog.roles - base.roles)
    rest.default_grants = catalog.default_grants - base.default_grants
    for field in (
        "schemas",
        "tables",
        "enums",
        "domains",
        "composites",
        "sequences",
        "extensions",
        "publications",
        "buckets",
    ):
        theirs: Mapping[Any, Any] = getattr(base, field)
        kept = {key: value for key, value in getattr(catalog, field).items() if not _same(value, theirs.get(key))}
        setattr(rest, field, kept)
    for name, functions in catalog.functions.items():
        known = {function.identity: function for function in base.functions.get(name, ())}
        own = [function for function in functions if not _same(function, known.get(function.identity))]
        if own:
            rest.functions[name] = own
    return rest


def _same(one: Any, other: Any) -> bool:
    if other is None:
        return False
    if isinstance(one, Table) and isinstance(other, Table):
        return not any(True for _ in _table(one, other))
    return not any(True for _ in _fields("", "", one, other))


def differences(left: Catalog, right: Catalog) -> tuple[Difference, ...]:
    """Return every difference between two catalogs, in a total order.

    Owners are compared where both are known. What a table of unknown columns holds is not compared.
    """
    found: list[Difference] = []
    for kind, field in (
        ("schema", "schemas"),
        ("enum", "enums"),
        ("domain", "domains"),
        ("type", "composites"),
        ("sequence", "sequences"),
        ("extension", "extensions"),
        ("publication", "publications"),
        ("bucket", "buckets"),
    ):
        found += _mappings(kind, getattr(left, field), getattr(right, field), str, _fields)
    found += _mappings("table", left.tables, right.tables, str, lambda _kind, _subject, a, b: _table(a, b))
    found += _mappings("function", _overloads(left), _overloads(right), _signature, _fields)
    found += _values("role", left.roles, right.roles)
    found += _values("default grant", left.default_grants, right.default_grants)
    return tuple(sorted(found, key=lambda d: (d.kind, d.subject, d.aspect, d.left or "", d.right or "")))


Compare = Callable[[str, str, Any, Any], Iterator[Difference]]


def _mappings(
    kind: str, left: Mapping[Any, Any], right: Mapping[Any, Any], subject: Callable[[Any], str], compare: Compare
) -> Iterator[Difference]:
    for key in left.keys() | right.keys():
        one, other = left.get(key), right.get(key)
        if one is None or other is None:
            yield _presence(kind, subject(key), one, other)
        else:
            yield from compare(kind, subject(key), one, other)


def _presence(kind: str, subject: str, one: Any, other: Any) -> Difference:
    return Difference(
        kind, subject, "presence", "present" if one is not None else None, "present" if other is not None else None
    )


def _values(kind: str, left: Iterable[Any], right: Iterable[Any]) -> Iterator[Difference]:
    one, other = set(left), set(right)
    for value in one ^ other:
        yield _presence(kind, _show(value), value if value in one else None, value if value in other else None)


def _table(left: Table, right: Table) -> Iterator[Difference]:
    subject = str(left.name)
    yield from _fields("table", subject, left, right, skip=_PARTS)
    if not (left.complete and right.complete):
        return
    if list(left.columns) != list(right.columns) and set(left.columns) == set(right.columns):
        yield Difference("table", subject, "order of columns", ", ".join(left.columns), ", ".join(right.columns))
    for kind, field, mark in (
        ("column", "columns", "."),
        ("constraint", "constraints", "/"),
        ("index", "indexes", "/"),
        ("policy", "policies", "/"),
        ("trigger", "triggers", "/"),
    ):
        one, other = getattr(left, field), getattr(right, field)
        yield from _mappings(kind, one, other, lambda name, mark=mark: f"{subject}{mark}{name}", _fields)  # type: ignore[misc]


def _fields(kind: str, subject: str, left: Any, right: Any, skip: Iterable[str] = ()) -> Iterator[Difference]:
    owner = getattr(left, "owner", None) or getattr(right, "owner", None)
    for field in left.__struct_fields__:
        if field in _NOT_COMPARED or field in skip:
            continue
        one, other = getattr(left, field), getattr(right, field)
        if field == "owner" and (one is None or other is None):
            continue
        if field == "grants":
            # An owner's own privileges are there without a grant.
            one = {grant for grant in one if grant.role != owner}
            other = {grant for grant in other if grant.role != owner}
        if field == "columns" and isinstance(one, dict):
            yield from _mappings("column", one, other, lambda name: f"{subject}.{name}", _fields)
        elif one != other:
            yield Difference(kind, subject, field, _show(one), _show(other))


def _overloads(catalog: Catalog) -> dict[tuple[Name, tuple[str, ...]], Function]:
    return {(name, f.identity): f for name, functions in catalog.functions.items() for f in functions}


def _signature(key: tuple[Name, tuple[str, ...]]) -> str:
    return f"{key[0]}({', '.join(key[1])})"


def _show(value: Any) -> str:
    """Return a value in words that are the same in every run."""
    if isinstance(value, str):
        return value
    if isinstance(value, set | frozenset):
        return ", ".join(sorted(_show(item) for item in value))
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, tuple | list):
        return "(" + ", ".join(_show(item) for item in value) + ")"
    if isinstance(value, dict):
        return ", ".join(f"{key}={_show(item)}" for key, item in sorted(value.items()))
    if isinstance(value, Struct):
        said = (getattr(value, field) for field in value.__struct_fields__)
        return " ".join(_show(item) for item in said if item not in (None, False))
    return str(value)
