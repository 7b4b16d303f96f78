"""What the parameters of functions stand for: what a call gives them, else what their type and their default say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tripoint.sources.code.facts import Array, Binding, Function, Ref, Value
from tripoint.sources.code.scene import At, Bound, Frame, FromCaller, Instance, Typed, Unknown, from_caller

if TYPE_CHECKING:
    from tripoint.sources.code.follow import Follower

__all__ = ["Parameters"]


class Parameters:
    """Looks up parameters in the files that a follower knows."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower

    def of(self, path: str, binding: Binding, frame: Frame | None) -> list[At]:
        """Return what a parameter stands for in a call under way; without one, the parameter itself and its default."""
        self._follower.framed += 1
        scene = self._follower.scene(path)
        function = scene.function(binding.scope) if scene is not None else None
        if function is None:
            return [At(path, Unknown(f"the parameter `{binding.name}` is not known", (binding.name,)))]
        index = _parameter_index(function, binding)
        here = frame
        while here is not None and not (here.function_path == path and here.function.scope == binding.scope):
            here = here.parent
        if here is not None:
            given = dict(here.named).get(binding.name)
            if given is None and 0 <= index < len(here.arguments):
                given = here.arguments[index]
            case = _case(given, binding)
            if case is not None:
                return self._follower.members(list(self._follower.evaluate(path, case, None)), binding.path)
            if given is not None:
                held = self._follower.evaluate(here.path, given, here.parent)
                if isinstance(given, Ref):  # with what was done to it before it was handed in
                    held = tuple(self._follower.calls.as_left(here.path, given, held))
                return self._follower.members(list(held), binding.path)
            if binding.value is not None:
                return list(self._follower.evaluate(path, binding.value, None))
        if binding.over is not None:
            over = self._follower.evaluate(path, binding.over, frame)
            lists = [at for at in over if isinstance(at.thing, Array)]
            if lists and isinstance(binding.over, Ref) and len(binding.over.path) == 1:
                return self._follower.members(self._follower.items(path, binding.over, lists, frame), binding.path)
            if lists:
                return self._follower.members(lists, ("*", *binding.path))
            items = self._follower.members([at for at in over if isinstance(at.thing, (Bound, Typed))], ("*",))
            if items and all(isinstance(at.thing, Instance) for at in items):
                return self._follower.members(items, binding.path)
        typed = (
            self._follower.members(self._follower.types.of(path, binding.type, binding.scope), binding.path)
            if binding.type is not None
            else []
        )
        by = FromCaller(path, binding.scope, binding.name)
        known = [from_caller(at, by) for at in typed if not isinstance(at.thing, (Unknown, Typed))]
        if known:
            return known
        if not binding.path and not binding.choices:
            outside = [
                from_caller(at, by) for at in typed if isinstance(at.thing, Typed) and _is_object_type(at.thing.text)
            ]
            if outside:
                return outside
        bound = Bound(function, index, binding.name, binding.choices, binding.type, binding.path)
        default = list(self._follower.evaluate(path, binding.value, None)) if binding.value is not None else []
        return [At(path, bound), *default]

    def chosen(self, path: str, value: Value | None) -> At | None:
        """Return the parameter that a name stands for where its type spells what it may be, as `'drafts' | 'notes'`.

        What it stands for are those texts: who calls may give fewer of them.
        """
        named = self.named(path, value)
        bound = named.thing if named is not None else None
        return named if isinstance(bound, Bound) and bound.choices and not bound.members else None

    def named(self, path: str, value: Value | None) -> At | None:
        """Return the parameter that a name stands for, whatever its type tells of it."""
        scene = self._follower.scene(path)
        if scene is None or not isinstance(value, Ref) or len(value.path) != 1:
            return None
        for scope in scene.around(scene.scope_at(value.start)):
            found = scene.given(scope, value.path[0])
            if found:
                function = scene.function(found[0].scope)
                if len(found) > 1 or function is None or found[0].kind != "parameter":
                    return None
                index = _parameter_index(function, found[0])
                bound = Bound(function, index, found[0].name, found[0].choices, members=found[0].path)
                return At(path, bound) if index >= 0 else None
        return None


def _case(given: Value | None, binding: Binding) -> Ref | None:
    """Return the case of the parameter's enum that Swift writes `.jobs` for."""
    if not isinstance(given, Ref) or given.path[0] != "*" or not (binding.type or "").isidentifier():
        return None
    return Ref((binding.type or "", *given.path[1:]), binding.start, binding.end)


def _parameter_index(function: Function, binding: Binding) -> int:
    for index, parameter in enumerate(function.parameters):
        if binding.path:
            if binding.path[0] in parameter.properties:
                return index
        elif parameter.name == binding.name:
            return index
    return -1


def _is_object_type(text: str) -> bool:
    return text.lstrip().startswith("{")
