"""Facts in which one value stands in several places keep that through serialisation.

The chain that a variable is bound to is the same object as the one in the file's list, and whoever follows values tells
them apart by identity. A serialised tree would hold equal copies; so the places of each copy are written beside it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from msgspec import Struct
from msgspec.structs import force_setattr

__all__ = ["Share", "find_shared", "restore_shared"]

Share = tuple[list[int], list[int]]
"""Two paths from the root to one value: the first place and a later one. A step is the number of a field or an item."""


_PLAIN = frozenset(["int", "str", "bool", "str | None", "tuple[str, ...]", "tuple[str, ...] | None", "frozenset[str]"])

_Place = tuple[Any, ...]
"""The place of the record around it, and the steps from there; () for the root."""


@cache
def _fields(record: Any) -> tuple[tuple[int, str], ...]:
    """Return the number and name of each field of a record that may hold records."""
    return tuple(
        (number, name)
        for number, name in enumerate(record.__struct_fields__)
        if (said := record.__annotations__[name]) not in _PLAIN and not said.startswith("Literal[")
    )


def find_shared(root: Struct) -> list[Share]:
    """Return each later place of a value that stands in several places, without what lies within it."""
    places: dict[int, _Place] = {id(root): ()}
    shared: list[Share] = []
    work: list[tuple[Struct, _Place]] = [(root, ())]
    while work:
        value, around = work.pop()
        for number, name in _fields(type(value)):
            inner = getattr(value, name)
            if not inner:
                continue
            several = type(inner) is tuple
            for index, item in enumerate(inner) if several else ((0, inner),):
                place = (around, number, index) if several else (around, number)
                first = places.setdefault(id(item), place)
                if first is not place:
                    shared.append((_path(first), _path(place)))
                elif isinstance(item, Struct) and _fields(type(item)):
                    work.append((item, place))
    return shared


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
        root = root[step] if isinstance(root, tuple) else getattr(root, root.__struct_fields__[step])
    return root
