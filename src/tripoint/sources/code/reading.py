"""How the arguments of a call that makes a client are read: its options, and what its key is made from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tripoint.model.query import ANY_SCHEMA
from tripoint.sources.code.clients.receivers import Reading
from tripoint.sources.code.facts import Chain, Choice, Function, Object, Ref, Template, Text, Value
from tripoint.sources.code.scene import External, Frame, Free, Unknown

if TYPE_CHECKING:
    from tripoint.sources.code.follow import Follower

__all__ = ["reading"]


def reading(follower: Follower, path: str, frame: Frame | None) -> Reading:
    """Return how the arguments of a call are read, in a file and under a frame."""

    def option(value: Value, names: tuple[str, ...]) -> str | None:
        if not isinstance(value, (Object, Ref, Choice, Chain)):
            return None
        for made in _made(follower, path, value):
            given = next((entry.value for entry in made.steps[-1].named if entry.key == names[0]), None)
            if given is not None:
                return option(given, names[1:]) if len(names) > 1 else follower.text(path, given, frame) or ANY_SCHEMA
        held = [at for at in follower.evaluate(path, value, frame) if isinstance(at.thing, Object)]
        found = [at.thing for at in follower.members(held, names) if not isinstance(at.thing, Unknown)]
        texts = {thing.value for thing in found if isinstance(thing, Text)}
        return next(iter(texts)) if len(texts) == 1 else ANY_SCHEMA if found else None

    def assigned(value: Value, name: str) -> str | None:
        scene = follower.scene(path) if isinstance(value, Function) else None
        for binding in scene.facts.bindings if scene is not None else ():
            if binding.name == name and value.start <= binding.start < value.end:
                return follower.text(path, binding.value, frame) or ANY_SCHEMA
        return None

    return Reading(
        lambda value: follower.text(path, value, frame),
        lambda value: _words(follower, path, value, frame, 0),
        option,
        assigned,
    )


def _made(follower: Follower, path: str, value: Value) -> Iterable[Chain]:
    """Yield the calls that make an object of options, `ClientOptions(schema="app")`, where they stand in the file."""
    if isinstance(value, Chain):
        yield value
    scene = follower.scene(path) if isinstance(value, Ref) and len(value.path) == 1 else None
    if scene is not None and isinstance(value, Ref):
        yield from (binding.value for binding in scene.held(value) if isinstance(binding.value, Chain))


def _words(follower: Follower, path: str, value: Value, frame: Frame | None, depth: int) -> str:
    """The names and strings that a value is made from: `process.env.KEY`, `getenv("KEY")`, through variables."""
    if depth > 4:
        return ""
    parts: list[str] = []
    if isinstance(value, Text):
        parts.append(value.value)
    elif isinstance(value, Ref):
        parts.extend(value.path)
        for at in follower.evaluate(path, value, frame):
            if isinstance(at.thing, (External, Free)):
                parts.extend(at.thing.names)
            elif isinstance(at.thing, Text):
                parts.append(at.thing.value)
        parts.extend(_origin_words(follower, path, value, frame, depth))
    elif isinstance(value, (Choice, Template)):
        inner = value.options if isinstance(value, Choice) else value.parts
        parts.extend(_words(follower, path, part, frame, depth + 1) for part in inner)
    elif isinstance(value, Chain):
        parts.append(_words(follower, path, value.root, frame, depth + 1))
        for step in value.steps:
            parts.append(step.name)
            parts.extend(_words(follower, path, argument, frame, depth + 1) for argument in step.arguments)
    return " ".join(parts)


def _origin_words(follower: Follower, path: str, ref: Ref, frame: Frame | None, depth: int) -> Iterable[str]:
    scene = follower.scene(path)
    scope = scene.scope_at(ref.start) if scene is not None else -1
    while scene is not None and scope >= 0:
        for binding in scene.bindings(scope, ref.path[0]):
            if isinstance(binding.value, (Ref, Chain, Choice)) and binding.value is not ref:
                yield _words(follower, path, binding.value, frame, depth + 1)
        scope = scene.parent(scope)
