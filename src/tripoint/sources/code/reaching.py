"""Which of the values that a variable is given can be what it holds at a place.

Two branches of a condition, or two halves of a function, often use one name for two rows. What was assigned before on
every way to a place is what is held there, unless something in between assigned anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from tripoint.sources.code.facts import Binding, Chain, Choice, Ref, Value
from tripoint.sources.code.scene import FileScene

__all__ = ["continues", "reaching", "same_value"]

_HOISTED = frozenset({"function", "class", "type"})
"""What is there before the statements of its scope run."""


def continues(value: Value | None, name: str) -> bool:
    """Whether a value goes on with what the variable of that name holds."""
    if isinstance(value, Choice):
        return all(continues(option, name) for option in value.options)
    root = value.root if isinstance(value, Chain) else value
    return isinstance(root, Ref) and root.path[0] == name


def reaching(scene: FileScene, found: Sequence[Binding], at: int) -> list[Binding]:
    """Return those bindings of one variable whose value it can hold at an offset; all of them where `at` is negative.

    All of them, too, where the place lies in another function than the variable: when that one runs is open.
    """
    if at < 0 or len(found) < 2 or any(binding.kind in _HOISTED for binding in found):
        return list(found)
    use = scene.scope_at(at)
    function = scene.function_of(use)
    if function != scene.function_of(found[0].scope):
        return list(found)
    around = scene.around(use)
    placed = [(binding, _effect(binding), scene.scope_at(binding.start)) for binding in found]
    last = -1
    held: Binding | None = None
    for binding, effect, scope in placed:
        sure = scope in around and scene.function_of(scope) == function and not continues(binding.value, binding.name)
        if sure and last < effect <= at:
            last, held = effect, binding
    kept: list[Binding] = []
    for binding, effect, scope in placed:
        if binding is held or scene.function_of(scope) != function or last < effect <= at:
            kept.append(binding)
        elif effect > at and any(one in scene.around(scope) for one in _rounds(scene, around, last)):
            kept.append(binding)  # the next round begins with it
    return kept or list(found)


def _rounds(scene: FileScene, around: Sequence[int], last: int) -> list[int]:
    """Return the loops around a place that do not begin with the assignment at `last`."""
    scopes = scene.facts.scopes
    return [one for one in around if scopes[one].loops and scopes[one].start >= last]


def same_value(scene: FileScene, found: Sequence[Binding], one: int, other: int) -> bool:
    """Whether a variable can hold at one offset what it holds at another."""
    if len(found) < 2:
        return True
    held = reaching(scene, found, other)
    return any(binding in held for binding in reaching(scene, found, one))


def _effect(binding: Binding) -> int:
    """From where on a variable holds what it is given: a value is read before it is assigned."""
    return binding.end if binding.value is None else max(binding.end, binding.value.end)
