"""The columns that a row can have at most, where not all of them are written each time.

An object of a class leaves out what has no value (an optional in Swift, a default in Kotlin, `omitempty` in Go), so
what it writes is open. A column that is none of its keys is left out for sure.
"""

from __future__ import annotations

from tripoint.sources.code.changes import assigned_to, taken_from
from tripoint.sources.code.facts import Array, Chain, Choice, Object, Ref, Value
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.lent import is_filled, items_given, merged_into
from tripoint.sources.code.scene import At, Bound, Frame, Instance, Typed

__all__ = ["bounds"]

_DEPTH = 4
"""How many lists and names deep a row is looked for."""


def bounds(path: str, value: Value, frame: Frame | None, follower: Follower, depth: int = 0) -> frozenset[str] | None:
    """Return all columns that the rows of a payload may have; None where the text does not tell that."""
    things = follower.evaluate(path, value, frame)
    if len(things) != 1 or depth > _DEPTH or _changed(path, value, follower):
        return None
    at = things[0]
    if isinstance(at.thing, Array):
        found = [bounds(at.path, item, at.frame, follower, depth + 1) for item in at.thing.items]
        known = [one for one in found if one is not None]
        return frozenset().union(*known) if at.thing.complete and known and len(known) == len(found) else None
    if isinstance(at.thing, (Ref, Chain, Choice)):
        return bounds(at.path, at.thing, at.frame, follower, depth + 1)
    row = at.thing if isinstance(at.thing, Object) else None
    if isinstance(at.thing, (Bound, Instance, Typed)):
        held = follower.classes.row(At(at.path, at.thing, at.frame))
        row = None if held is None else held[1]
    if row is None or not (row.bounded or row.complete) or row.spreads or row.named:
        return None
    return frozenset(entry.key for entry in (*row.entries, *row.optional))


def _changed(path: str, value: Value, follower: Follower) -> bool:
    """Whether keys are given to a row, or rows to a list, after it was made."""
    if not isinstance(value, Ref):
        return False
    scene = follower.scene(path)
    if len(value.path) != 1:
        return bool(taken_from(scene, value))
    later = (taken_from(scene, value), assigned_to(scene, value), merged_into(scene, value), items_given(scene, value))
    return any(map(bool, later)) or is_filled(path, value, follower)
