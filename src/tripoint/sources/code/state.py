"""What a component's state begins with: an object whose keys are there, and whose values are changed later."""

from __future__ import annotations

from msgspec.structs import replace

from tripoint.sources.code.facts import Chain, Object, Opaque, Ref, Value
from tripoint.sources.code.scene import At

__all__ = ["is_state", "wrapped_state"]


def is_state(value: Value | None) -> bool:
    """Whether a value is React's `useState(…)`, of which the first item is the state."""
    root = value.root if isinstance(value, Chain) and len(value.steps) == 1 else None
    return isinstance(root, Ref) and root.path[-1] == "useState"


def wrapped_state(at: At) -> At:
    """Return an object that a state begins with as what the state may be later: other values, and maybe other keys."""
    thing = at.thing
    if not isinstance(thing, Object):
        return at
    entries = tuple(replace(entry, value=Opaque(entry.start, entry.end)) for entry in thing.entries)
    return At(at.path, replace(thing, entries=entries, complete=False), at.frame)
