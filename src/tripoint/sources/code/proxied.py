"""The client behind a proxy: `new Proxy({}, { get: (_, name) => client()[name] })` makes it at the first use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tripoint.sources.code.facts import Chain, Choice, Function, Object, Ref, Step, Value
from tripoint.sources.code.scene import At, Client, FileScene, Frame

if TYPE_CHECKING:
    from tripoint.sources.code.follow import Follower

__all__ = ["client_behind"]

_DEPTH = 4
"""How many choices, calls and arguments deep a value is looked into."""


def client_behind(follower: Follower, path: str, step: Step, frame: Frame | None) -> Client | None:
    """Return the client of which a proxy gives the members; None where its trap for them tells none, or several."""
    found: list[Client] = []
    for handler in follower.evaluate(path, step.arguments[1], frame) if len(step.arguments) > 1 else ():
        traps = follower.member(handler, "get") if isinstance(handler.thing, Object) else []
        for trap in traps:
            scene = follower.scene(trap.path)
            if isinstance(trap.thing, Function) and scene is not None:
                for value in _worked_with(trap.thing, scene):
                    found += _clients(follower, trap.path, value, trap.frame, 0)
    return found[0] if len({(client.client, client.schema, client.role) for client in found}) == 1 else None


def _worked_with(function: Function, scene: FileScene) -> Iterator[Value]:
    """Yield what a function returns and what its variables are given."""
    yield from function.returns
    for binding in scene.facts.bindings:
        if binding.value is not None and scene.enclosing(binding.scope, "function") == function.scope:
            yield binding.value


def _clients(follower: Follower, path: str, value: Value, frame: Frame | None, depth: int) -> list[Client]:
    """Return the clients that a value is, is a member of, or is made of."""
    if depth > _DEPTH:
        return []
    parts: list[Value] = []
    things: list[At] = []
    if isinstance(value, Choice):
        parts = [*value.options]
    elif isinstance(value, Ref):
        things = [*follower.evaluate(path, Ref(value.path[:1], value.start, value.end), frame)]
    elif isinstance(value, Chain):
        things = [at for state in follower.calls.states(path, value, frame) for at in state]
        parts = [argument for one in value.steps for argument in one.arguments]
    made = [at.thing for at in things if isinstance(at.thing, Client) and at.thing.role is not None]
    return made or [one for part in parts for one in _clients(follower, path, part, frame, depth + 1)]
