"""Values that are made of others: strings joined, one of several values, the elements of a list, objects of entries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tripoint.sources.code.facts import Array, Choice, Entry, Keyed, Object, Ref, Template, Text, Value

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["choice", "elements", "join", "object_of"]


def join(parts: Iterable[Value], start: int, end: int) -> Value:
    """Return parts of one string as one value; a single literal stays a literal."""
    flat: list[Value] = []
    for part in parts:
        if isinstance(part, Template) and part.tag is None:
            flat.extend(part.parts)
        else:
            flat.append(part)
    if len(flat) == 1 and isinstance(flat[0], Text):
        return flat[0]
    return Template(tuple(flat), start, end)


def choice(options: Iterable[Value], node: Node) -> Choice:
    """Return a value that is one of `options`."""
    flat: list[Value] = []
    for option in options:
        flat.extend(option.options if isinstance(option, Choice) else (option,))
    return Choice(tuple(flat), node.start_byte, node.end_byte)


def elements(value: Value) -> Value | None:
    """Return what a loop variable is when a loop goes over `value`."""
    if isinstance(value, Array) and value.items:
        return Choice(value.items, value.start, value.end)
    if isinstance(value, Object) and value.complete and not value.spreads and value.entries:
        return Choice(tuple(Text(e.key, e.start, e.end) for e in value.entries), value.start, value.end)
    if isinstance(value, Ref):
        return Ref((*value.path, "*"), value.start, value.end)
    return None


def object_of(
    entries: list[Entry],
    node: Node,
    spreads: Iterable[Value] = (),
    complete: bool = True,
    named: Iterable[tuple[Value, Value]] = (),
) -> Object:
    """Return an object literal that stands at `node`. Keys in `named` that are no names are left out."""
    start, end = node.start_byte, node.end_byte
    told = tuple(Keyed(key, value) for key, value in named if isinstance(key, Ref))
    return Object(tuple(entries), start, end, tuple(spreads), complete, named=told)
