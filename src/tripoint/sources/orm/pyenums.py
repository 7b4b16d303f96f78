"""The enumerated types that SQLAlchemy's columns name: `Enum(Status, name="status")`, `Enum("a", "b", name="kind")`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tripoint.sources.code.facts import Binding, Chain, CodeFacts, Function, Object, Plain, Ref, Step, Text, Value

__all__ = ["enum_classes", "sqlalchemy_enums"]

MappedEnum = tuple[str, str, tuple[str, ...], int, int]
"""(path, type, values, start, end)."""


def sqlalchemy_enums(
    modules: Mapping[str, CodeFacts], classes: Mapping[str, CodeFacts], read: Callable[[str], bytes | None]
) -> list[MappedEnum]:
    """Return the types that the columns of `modules` name, with the values that `classes` of Python give them.

    A class lends its members' names, unless a `values_callable` is given: then their values. What the text does not
    tell whole is left out.
    """
    known: dict[str, tuple[str, Binding] | None] = {}
    for path, facts in classes.items():
        declared = {scope.name for scope in facts.scopes if scope.kind == "class"}
        for binding in facts.bindings:  # the reader binds a class of an enumeration to an object of its members
            if binding.scope == 0 and binding.name in declared and isinstance(binding.value, Object):
                known[binding.name] = (path, binding) if binding.name not in known else None
    found: dict[tuple[str, tuple[str, ...]], MappedEnum] = {}
    for path, facts in modules.items():
        for step, at in _calls(facts):
            enum = _enum(path, step, at, known, read)
            if enum is not None:
                found.setdefault(enum[1:3], enum)
    return list(found.values())


def enum_classes(modules: Mapping[str, CodeFacts]) -> frozenset[str]:
    """Return the names of the classes that columns take their values from."""
    named = (step.arguments[0] for facts in modules.values() for step, _ in _calls(facts) if step.arguments)
    return frozenset(first.path[-1] for first in named if isinstance(first, Ref))


def _calls(facts: CodeFacts) -> Iterator[tuple[Step, tuple[int, int]]]:
    """Yield the calls of SQLAlchemy's `Enum`, alone or as an argument of what makes a column."""
    local = {
        one.local
        for one in facts.imports
        if one.module.startswith("sqlalchemy") and one.imported in ("Enum", "ENUM") and one.imported is not None
    }
    whole = {one.local for one in facts.imports if one.module.partition(".")[0] in ("sqlalchemy", "flask_sqlalchemy")}
    for binding in facts.bindings:
        for value in _parts(binding):
            if not isinstance(value, Chain) or not isinstance(value.root, Ref) or not value.steps:
                continue
            step, root = value.steps[0], value.root.path
            plain = step.name == "()" and (
                (len(root) == 1 and root[0] in local) or (len(root) == 2 and root[0] in whole and root[1] == "Enum")
            )
            member = step.name in ("Enum", "ENUM") and len(root) == 1 and (root[0] in whole or root[0] == "db")
            if (plain or member) and not step.spread:
                yield step, (value.start, value.end)


def _parts(binding: Binding) -> Iterator[Value]:
    """Yield what a name is bound to, and what calls in it are given."""
    if binding.value is not None:
        yield binding.value
    if isinstance(binding.value, Chain):
        for step in binding.value.steps:
            yield from step.arguments
            yield from (entry.value for entry in step.named)


def _enum(
    path: str,
    step: Step,
    at: tuple[int, int],
    known: Mapping[str, tuple[str, Binding] | None],
    read: Callable[[str], bytes | None],
) -> MappedEnum | None:
    given = {entry.key: entry.value for entry in step.named}
    native, name = given.get("native_enum"), given.get("name")
    if (isinstance(native, Plain) and native.value == "False") or (name is not None and not isinstance(name, Text)):
        return None
    first = step.arguments[0] if step.arguments else None
    if isinstance(first, Ref):
        where, made = known.get(first.path[-1]) or ("", None)
        chosen, text = given.get("values_callable"), b""
        if chosen is not None:  # a lambda says itself which it takes; of a function's name, nothing tells
            text = (read(path) or b"")[chosen.start : chosen.end] if isinstance(chosen, Function) else b""
            if (b".value" in text) == (b".name" in text):
                return None
        values = _values(made, b".value" in text) if made is not None else ()
        called = name.value if isinstance(name, Text) else first.path[-1].lower()
        return (where, called, values, made.start, made.end) if made is not None and values else None
    listed = [one.value for one in step.arguments if isinstance(one, Text)]
    if not listed or len(listed) < len(step.arguments) or not isinstance(name, Text):
        return None
    return (path, name.value, tuple(listed), *at)


def _values(made: Binding, by_value: bool) -> tuple[str, ...]:
    """Return the members' names, or their values; nothing where one of these is not written out."""
    members = made.value.entries if isinstance(made.value, Object) and made.value.complete else ()
    if not by_value:
        return tuple(member.key for member in members)
    values = [member.value.value for member in members if isinstance(member.value, Text)]
    return tuple(values) if len(values) == len(members) else ()
