"""Which of the values that a variable is given can be what it holds at a place.

Two branches of a condition, or two halves of a function, often use one name for two rows. What was assigned before on
every way to a place is what is held there, unless something in between assigned anew.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import itemgetter

from tripoint.sources.code.facts import Binding, Chain, Choice, Ref, Value
from tripoint.sources.code.scene import FileScene, Placed

__all__ = ["continues", "reaching", "same_value"]

_INDEX = itemgetter(1)
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
    if at < 0 or len(found) < 2:
        return list(found)
    placed = _placed(scene, found)
    if placed is None:
        return list(found)
    use = scene.scope_at(at)
    if scene.function_of(use) != placed.function:
        return list(found)
    around = scene.around(use)
    last, held = -1, -1
    for scope in around:
        effects = placed.sure.get(scope, ())
        place = bisect_right(effects, (at, len(found))) - 1
        if place >= 0 and (effects[place][0], -effects[place][1]) > (last, -held):
            last, held = effects[place]
    kept = set(map(_INDEX, _between(placed.effects, last, at)))
    kept.update(placed.elsewhere)
    if held >= 0:
        kept.add(held)
    for loop in _rounds(scene, around, last)[-1:]:  # the next round begins with it
        kept.update(map(_INDEX, _between(placed.loops.get(loop, []), at, None)))
    return [*map(found.__getitem__, sorted(kept))] or list(found)


def _placed(scene: FileScene, found: Sequence[Binding]) -> Placed | None:
    """Return where a variable's bindings take effect: once for each variable, for there can be as many uses as these.

    With and without its types a variable's bindings are two lists; of different lengths, or they are the same.
    """
    key = (found[0].scope, found[0].name, len(found))
    if key not in scene.placed:
        scene.placed[key] = None if any(binding.kind in _HOISTED for binding in found) else _place(scene, found)
    return scene.placed[key]


def _place(scene: FileScene, found: Sequence[Binding]) -> Placed:
    placed = Placed(scene.function_of(found[0].scope), [], {}, {}, [])
    ordered = sorted((_effect(binding), index) for index, binding in enumerate(found))
    for effect, index in ordered:
        binding = found[index]
        scope = scene.scope_at(binding.start)
        if scene.function_of(scope) != placed.function:
            placed.elsewhere.append(index)
            continue
        placed.effects.append((effect, index))
        for loop in _rounds(scene, scene.around(scope), -1):
            placed.loops.setdefault(loop, []).append((effect, index))
        sure = placed.sure.setdefault(scope, [])
        # Of two at one place the first counts.
        if not continues(binding.value, binding.name) and not (sure and sure[-1][0] == effect):
            sure.append((effect, index))
    return placed


def _between(effects: list[tuple[int, int]], after: int, until: int | None) -> list[tuple[int, int]]:
    """Return those that take effect behind one offset and up to another."""
    first = bisect_left(effects, (after + 1, 0))
    return effects[first:] if until is None else effects[first : bisect_left(effects, (until + 1, 0))]


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
