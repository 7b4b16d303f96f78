"""Every place where the code uses a table, and which of its columns it names there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tripoint.bind.tables import bind_table, lookup_table
from tripoint.model.evidence import Evidence
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.query import Query, Select

__all__ = ["TableUse", "table_uses"]

_NOTES = {
    "select": "selected here",
    "insert": "inserted here",
    "update": "updated here",
    "upsert": "upserted here",
    "delete": "deleted here",
    "subscribe": "subscribed to here",
    "map": "mapped here",
}


@dataclass(frozen=True, slots=True)
class TableUse:
    """One use of a table. `whole` says that the code asks for all columns, or that not all of them are known."""

    table: Name
    place: Place
    note: str
    columns: frozenset[str]
    whole: bool


def table_uses(evidence: Evidence) -> Iterator[TableUse]:
    """Yield the uses of tables by the product's own code: each call, and each relation embedded in its select."""
    for query in evidence.queries:
        if query.kind != "table" or query.test:
            continue
        binding = bind_table(query, evidence)
        if binding.name is None or not (query.certain or binding.outcome == "bound"):
            continue
        named, whole = _named(query)
        yield TableUse(binding.name, query.place, _NOTES.get(query.operation, "used here"), named, whole)
        if query.select is not None:
            yield from _embedded(query.select, binding.name, query, evidence)


def _named(query: Query) -> tuple[frozenset[str], bool]:
    columns = {f.column for f in query.filters if not f.path}
    columns |= {written.column for written in query.written}
    columns |= set(query.conflict or ())
    whole = not query.written_complete
    if query.select is not None:
        selected, all_selected = _selected(query.select)
        columns |= selected
        whole = whole or all_selected
    return frozenset(columns), whole


def _selected(select: Select) -> tuple[set[str], bool]:
    columns = {field.name for field in select.fields if field.name != "*" and field.aggregate is None}
    columns |= {field.name for field in select.fields if field.aggregate is not None and field.name != "count"}
    return columns, not select.complete or any(field.name == "*" for field in select.fields)


def _embedded(select: Select, parent: Name, query: Query, evidence: Evidence) -> Iterator[TableUse]:
    for embed in select.embeds:
        target = _target(embed.target, parent, evidence)
        if target is None:
            continue
        columns, whole = _selected(embed.select)
        path = embed.alias or embed.target
        columns |= {f.column for f in query.filters if f.path[-1:] == (path,)}
        yield TableUse(target, embed.place, "embedded here", frozenset(columns), whole)
        yield from _embedded(embed.select, target, query, evidence)


def _target(target: str, parent: Name, evidence: Evidence) -> Name | None:
    """The relation that an embed names: itself, or through a foreign key's column or constraint of the parent."""
    name = Name(parent.schema, target)
    if lookup_table(name, evidence) is not None:
        return name
    table = lookup_table(parent, evidence)
    for key in table.constraint("foreign") if table is not None else []:
        if key.name == target or key.columns == (target,):
            return key.references
    return None
