"""The literals that a value comes to, and how sure it is that it is no other."""

from __future__ import annotations

from msgspec.structs import replace

from tripoint.model.place import Place
from tripoint.model.query import Value as Literal_
from tripoint.sources.code.facts import Array, Choice, Object, Plain, Ref, Text, Value
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.scene import At, Frame

__all__ = ["COMPONENTS", "is_returned", "literal", "may_change", "values_of"]

_LITERALS = {"number": "number", "boolean": "boolean", "null": "null"}
COMPONENTS = (".vue", ".svelte")
"""How the files of components end: their templates may bind what the code begins with."""


def literal(path: str, value: Value) -> Literal_ | None:
    """Return a literal value with its place, or None where it is no literal."""
    if isinstance(value, Text):
        return Literal_("string", value.value, Place(path, value.start, value.end))
    if isinstance(value, Plain) and value.kind in _LITERALS:
        return Literal_(_LITERALS[value.kind], value.value, Place(path, value.start, value.end))  # type: ignore[arg-type]
    if isinstance(value, Object):
        return Literal_("object", None, Place(path, value.start, value.end))
    if isinstance(value, Array):
        return Literal_("array", None, Place(path, value.start, value.end))
    return None


def values_of(path: str, value: Value, frame: Frame | None, follower: Follower) -> tuple[Literal_, ...]:
    """Return the literals that a value may be, or the items of its array."""
    if isinstance(value, (Text, Plain)) and value.end:  # as most are: in place, and nothing else
        known = literal(path, value)
        return () if known is None else (known,)
    made: list[Literal_] = []
    certain = _says_all(path, value, frame, follower)
    for at in follower.left(path, value, follower.evaluate(path, value, frame)):
        items = at.thing.items if isinstance(at.thing, Array) else (at.thing,)
        for item in items:
            if isinstance(item, (Ref, Choice)):
                sure = certain and _says_all(at.path, item, at.frame, follower)
                for inner in follower.evaluate(at.path, item, at.frame):
                    known = literal(inner.path, inner.thing) if isinstance(inner.thing, (Text, Plain)) else None
                    made.extend([replace(known, certain=sure)] if known is not None else [])
            elif isinstance(item, (Text, Plain)):
                known = literal(at.path, item)
                made.extend([replace(known, certain=certain)] if known is not None else [])
    return tuple(made)


def _says_all(path: str, value: Value, frame: Frame | None, follower: Follower) -> bool:
    """Whether everything that a value may be stands in the text: one literal, or a choice in place between literals.

    A name that is given several values is left out: which of them it holds here depends on the way that led here.
    """
    options = value.options if isinstance(value, Choice) else (value,)
    for option in options:
        things = follower.evaluate(path, option, frame)
        if len(things) != 1 or not isinstance(things[0].thing, (Text, Plain, Array)):
            return False
        if not things[0].thing.end:  # of a type, which stands nowhere, and of which the rest may not be known
            return False
        if is_returned(things[0], path, option, follower) or may_change(things[0], path, option):
            return False
    return True


def may_change(at: At, path: str, value: Value) -> bool:
    """Whether a name's literal is only what it begins with: an empty text, or what a component's template may bind."""
    if not isinstance(value, Ref) or not isinstance(at.thing, (Text, Plain)):
        return False
    empty = isinstance(at.thing, Text) and not at.thing.value
    return empty or (at.path == path and path.endswith(COMPONENTS))


def is_returned(at: At, path: str, value: Value, follower: Follower) -> bool:
    """Whether a literal is what a function returns: it may return other things, too, that can't be followed."""
    scene = follower.scene(at.path)
    if scene is None or not isinstance(at.thing, (Text, Plain, Array, Object)):
        return False
    function = scene.function(scene.enclosing(scene.scope_at(at.thing.start), "function"))
    return function is not None and any(
        returned.start <= at.thing.start <= at.thing.end <= returned.end
        and not (path == at.path and returned.start <= value.start <= value.end <= returned.end)
        for returned in function.returns
    )
