"""Facts in which one value stands in several places keep that through serialisation.

The chain that a variable is bound to is the same object as the one in the file's list, and whoever follows values tells
them apart by identity. Such a value is written down in its first place alone; in the others stands an empty one of its
kind, and their places are written beside the facts.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, get_origin

from msgspec import Struct
from msgspec.structs import force_setattr

__all__ = ["Share", "restore_shared", "share"]

Share = tuple[list[int], list[int]]
"""Two paths from the root to one value: the first place and a later one. A step is the number of a field or an item."""

Undo = list[tuple[Struct, str, Any]]
"""The records that were changed, each with a field and what it held."""

_PLAIN = (int, str, bool, str | None, tuple[str, ...], tuple[str, ...] | None, frozenset[str])

_Place = tuple[Any, ...]
"""The place of the record around it, and the steps from there; () for the root."""


class _Fields(dict[Any, tuple[tuple[int, str], ...]]):
    """By a type, the number and name of each of its fields that may hold records; nothing for what is no record."""

    def __missing__(self, record: Any) -> tuple[tuple[int, str], ...]:
        made = self[record] = tuple(
            (number, name)
            for number, name in enumerate(record.__struct_fields__ if issubclass(record, Struct) else ())
            if (said := record.__annotations__[name]) not in _PLAIN and get_origin(said) is not Literal
        )
        return made


_known_fields = _Fields()


@cache
def _empty_values() -> dict[type, Struct]:
    """Return an empty value of each kind that can be large."""
    from tripoint.sources.code.facts import Array, Chain, Choice, Function, Object, Opaque, Template

    return {
        Array: Array((), 0, 0),
        Chain: Chain(Opaque(0, 0), (), 0, 0),
        Choice: Choice((), 0, 0),
        Function: Function(None, (), (), 0, 0, 0),
        Object: Object((), 0, 0),
        Template: Template((), 0, 0),
    }


def share(root: Struct) -> tuple[list[Share], Undo]:
    """Leave each value that stands in several places in the first alone.

    Returns the later places, and what to set to have the facts as they were.
    """
    empty = _empty_values()
    places: dict[int, _Place] = {id(root): ()}
    shared: list[Share] = []
    changed: dict[tuple[int, str], tuple[Struct, str, Any]] = {}
    work: list[tuple[Any, _Place]] = [(root, ())]
    fields = _known_fields
    while work:  # one of the busiest loops: once for each value of a file
        value, around = work.pop()
        for number, name in fields[type(value)]:
            inner = getattr(value, name)
            if not inner:
                continue
            several = type(inner) is tuple
            index = -1
            for item in inner if several else (inner,):
                index += 1
                first = places.get(id(item))
                if first is None:
                    places[id(item)] = place = (around, number, index) if several else (around, number)
                    if fields[type(item)]:
                        work.append((item, place))
                    continue
                shared.append((_path(first), _path((around, number, index) if several else (around, number))))
                kind: Any = type(item)
                if kind in empty:
                    left = changed.setdefault((id(value), name), (value, name, list(inner) if several else empty[kind]))
                    if several:
                        left[2][index] = empty[kind]
    undo: Undo = []
    for value, name, left in changed.values():
        undo.append((value, name, getattr(value, name)))
        force_setattr(value, name, tuple(left) if type(left) is list else left)
    return shared, undo


def _path(place: _Place) -> list[int]:
    path: list[int] = []
    while place:
        path.extend(reversed(place[1:]))
        place = place[0]
    path.reverse()
    return path


def restore_shared(root: Struct, shared: list[Share]) -> None:
    """Put the value of each first place into its later places. Raises IndexError or AttributeError for other paths."""
    # All are looked up before any is moved.
    values = [(_at(root, first), later) for first, later in shared]
    tuples: dict[tuple[int, int], tuple[Any, list[Any]]] = {}
    for value, (*way, last) in values:
        holder = _at(root, way)
        if isinstance(holder, tuple):
            *above, field = way
            owner = _at(root, above)
            tuples.setdefault((id(owner), field), (owner, list(holder)))[1][last] = value
        else:
            force_setattr(holder, holder.__struct_fields__[last], value)
    for (_, field), (owner, items) in tuples.items():
        force_setattr(owner, owner.__struct_fields__[field], tuple(items))


def _at(root: Any, path: list[int]) -> Any:
    for step in path:
        root = root[step] if type(root) is tuple else getattr(root, root.__struct_fields__[step])
    return root
