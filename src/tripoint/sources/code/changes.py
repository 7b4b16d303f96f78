"""What is done to the value that a variable holds: members that are assigned to it, keys that are taken out of it."""

from __future__ import annotations

from tripoint.model.place import Place
from tripoint.sources.code.facts import Ref, Text, Value
from tripoint.sources.code.reaching import same_value
from tripoint.sources.code.scene import FileScene

__all__ = ["assigned_to", "taken_from"]

_TAKING = frozenset({"remove", "removeWhere", "removeValue", "pop", "popitem", "clear", "delete", "del"})
"""Methods that take keys out of a map or a dict."""


def assigned_to(scene: FileScene | None, ref: Ref) -> list[tuple[str, Value, Place]]:
    """Return what a variable's members are given: (key, value, place); "[]" for what is appended to it."""
    scope = scene.scope_at(ref.start) if scene is not None else -1
    while scene is not None and scope >= 0:
        own = scene.bindings(scope, ref.path[0])
        if own or scene.imported(scope, ref.path[0]):
            return [
                (binding.path[0], binding.value, Place(scene.path, binding.start, binding.end))
                for binding in scene.bindings(scope, f"{ref.path[0]}.*")
                if binding.value is not None and same_value(scene, own, binding.start, ref.start)
            ]
        scope = scene.parent(scope)
    return []


def taken_from(scene: FileScene | None, ref: Ref, alias: bool = False) -> frozenset[str]:
    """Return the keys that are taken out of what a variable holds; "*" where it could be any."""
    if scene is None or len(ref.path) != 1:
        return frozenset()
    within = scene.enclosing(scene.scope_at(ref.start), "function")
    own = scene.held(ref)
    keys: set[str] = set()
    for root, chain in scene.rooted(ref.path[0], _TAKING.__contains__):
        if (
            root.path == ref.path
            and scene.enclosing(scene.scope_at(root.start), "function") == within
            and same_value(scene, own, root.start, ref.start)
        ):
            first = next(iter(chain.steps[0].arguments), None)
            keys.add(first.value if isinstance(first, Text) else "*")
    for binding in own if len(own) == 1 and not alias else ():
        if isinstance(binding.value, Ref) and not binding.path:  # another name of it: `data = row`
            keys |= taken_from(scene, binding.value, alias=True)
    return frozenset(keys)
