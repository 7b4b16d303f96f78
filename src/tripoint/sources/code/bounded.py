"""The columns that a row can have at most, where not all of them are written each time.

An object of a class leaves out what has no value (an optional in Swift, a default in Kotlin, `omitempty` in Go), so
what it writes is open. A column that is none of its keys is left out for sure.
"""

from __future__ import annotations

from tripoint.sources.code.changes import assigned_to, taken_from
from tripoint.sources.code.facts import Array, Chain, Choice, Object, Ref, Value
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.lent import is_filled, is_of_changed, items_given, merged_into
from tripoint.sources.code.scene import At, Bound, Frame, Instance, Typed

__all__ = ["bounds"]

_DEPTH = 4
"""How many lists and names deep a row is looked for."""


def bounds(path: str, value: Value, frame: Frame | None, follower: Follower, depth: int = 0) -> frozenset[str] | None:
    """Return all columns that the rows of a payload may have; None where the text does not tell that."""
    later = _given_later(path, value, follower)
    if later is None or depth > _DEPTH:
        return None
    handed = _handed_on(path, value, frame, follower)
    if handed is not None:
        found = bounds(*handed, follower, depth + 1)
        return None if found is None else found | later
    things = follower.evaluate(path, value, frame)
    if len(things) != 1:
        return None
    at = things[0]
    if isinstance(at.thing, Array):
        each = [bounds(at.path, item, at.frame, follower, depth + 1) for item in at.thing.items]
        known = [one for one in each if one is not None]
        return frozenset().union(*known) if at.thing.complete and known and len(known) == len(each) else None
    if isinstance(at.thing, (Ref, Chain, Choice)):
        found = bounds(at.path, at.thing, at.frame, follower, depth + 1)
        return None if found is None else found | later
    row = at.thing if isinstance(at.thing, Object) else None
    if isinstance(at.thing, (Bound, Instance, Typed)):
        held = follower.classes.row(At(at.path, at.thing, at.frame))
        row = None if held is None else held[1]
    if row is None or not (row.bounded or row.complete) or row.spreads or row.named:
        return None
    return frozenset(entry.key for entry in (*row.entries, *row.optional)) | later


def _handed_on(
    path: str, value: Value, frame: Frame | None, follower: Follower
) -> tuple[str, Value, Frame | None] | None:
    """Return what the caller gives where a value is a parameter of the function that is called."""
    if frame is None or frame.function_path != path or not isinstance(value, Ref) or len(value.path) != 1:
        return None
    scene = follower.scene(path)
    if scene is None or len(scene.held(value)) != 1:
        return None
    given = dict(frame.named).get(value.path[0])
    names = [parameter.name for parameter in frame.function.parameters[: len(frame.arguments)]]
    if given is None and value.path[0] in names:
        given = frame.arguments[names.index(value.path[0])]
    return None if given is None else (frame.path, given, frame.parent)


def _given_later(path: str, value: Value, follower: Follower) -> frozenset[str] | None:
    """Return the keys that a row is given after it was made; None where it may be any, or a list is given rows."""
    if not isinstance(value, Ref):
        return frozenset()
    scene = follower.scene(path)
    if len(value.path) != 1:
        # What a class's field begins with, its methods may change.
        return None if value.path[0] in ("this", "self") or taken_from(scene, value) else frozenset()
    if taken_from(scene, value) or merged_into(scene, value) or items_given(scene, value):
        return None
    keys = frozenset(key for key, _, _ in assigned_to(scene, value))
    if keys & {"*", "[]"} or is_filled(path, value, follower) or is_of_changed(path, value, follower):
        return None
    return keys
