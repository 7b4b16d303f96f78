"""Which of the values that a variable is given can be what it holds at a place.

Two branches of a condition, or two halves of a function, often use one name for two rows. What was assigned before on
every way to a place is what is held there, unless something in between assigned anew.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import itemgetter

from msgspec import Struct

from tripoint.sources.code.facts import Binding, Chain, Choice, Ref, Value
from tripoint.sources.code.scene import FileScene, Placed

__all__ = ["Reach", "continues", "reaching", "same_value"]

_INDEX = itemgetter(1)
_HOISTED = frozenset({"function", "class", "type"})
"""What is there before the statements of its scope run."""


class Reach(Struct, frozen=True, eq=False):
    """Those of a variable's bindings, in order, that a place can hold.

    Most often they follow one another, and a query that is built in n steps has n places with up to n of them: as lists
    of their own they would be n²/2.
    """

    every: Sequence[Binding]
    first: int
    end: int
    fresh: Sequence[int] | None = None
    """Where all of them come before the place: the numbers, in `every`, of those that do not go on with what the
    variable held."""

    def __len__(self) -> int:
        return self.end - self.first

    def __iter__(self) -> Iterator[Binding]:
        return islice(self.every, self.first, self.end)

    def behind(self, count: int) -> Sequence[Binding]:
        """Return those without the first few."""
        return self.every[self.first + count : self.end]

    def begins_with(self, other: Reach) -> bool:
        """Whether the first of these are the others."""
        if len(self) < len(other):
            return False
        if self.every is other.every and self.first == other.first:
            return True
        return all(mine is theirs for mine, theirs in zip(self, other, strict=False))

    def asked(self, name: str, at: int, within: bool) -> Reach:
        """Leave out what goes on with the variable's own value: at the place that does so, or, `within` its value, all.

        Where that leaves nothing, nothing is left out.
        """
        if self.fresh is not None:
            if not within:
                return self  # no value that ends before a place is around it
            part = slice(bisect_left(self.fresh, self.first), bisect_left(self.fresh, self.end))
            kept = [self.every[number] for number in self.fresh[part]]
        else:
            kept = [
                binding
                for binding in self
                if not (within or (binding.value is not None and binding.value.start <= at < binding.value.end))
                or not continues(binding.value, name)
            ]
        return _all(kept) if kept else self


def _all(bindings: Sequence[Binding]) -> Reach:
    return Reach(bindings, 0, len(bindings))


def continues(value: Value | None, name: str) -> bool:
    """Whether a value goes on with what the variable of that name holds."""
    if isinstance(value, Choice):
        return all(continues(option, name) for option in value.options)
    root = value.root if isinstance(value, Chain) else value
    return isinstance(root, Ref) and root.path[0] == name


def reaching(scene: FileScene | None, found: Sequence[Binding], at: int) -> Reach:
    """Return those bindings of one variable whose value it can hold at an offset; all of them where `at` is negative.

    All of them, too, where the place lies in another function than the variable: when that one runs is open.
    """
    if scene is None or at < 0 or len(found) < 2:
        return _all(found)
    placed = _placed(scene, found)
    if placed is None:
        return _all(found)
    use = scene.scope_at(at)
    if scene.function_of(use) != placed.function:
        return _all(found)
    around = scene.around(use)
    last, held = -1, -1
    for scope in around:
        effects = placed.sure.get(scope, ())
        place = bisect_right(effects, (at, len(found))) - 1
        if place >= 0 and (effects[place][0], -effects[place][1]) > (last, -held):
            last, held = effects[place]
    rounds = _rounds(scene, around, last)[-1:]
    first, end = _between(placed.effects, last, at)
    if placed.straight and not rounds and held in (-1, first - 1):
        first = first if held < 0 else held
        return Reach(found, first, end, placed.fresh) if first < end else _all(found)
    kept = set(map(_INDEX, placed.effects[first:end]))
    kept.update(placed.elsewhere)
    if held >= 0:
        kept.add(held)
    for loop in rounds:  # the next round begins with it
        inside = placed.loops.get(loop, [])
        kept.update(map(_INDEX, inside[_between(inside, at, at)[0] :]))
    return _all([*map(found.__getitem__, sorted(kept))] or found)


def _placed(scene: FileScene, found: Sequence[Binding]) -> Placed | None:
    """Return where a variable's bindings take effect: once for each variable, for there can be as many uses as these.

    With and without its types a variable's bindings are two lists; of different lengths, or they are the same.
    """
    key = (found[0].scope, found[0].name, len(found))
    if key not in scene.placed:
        scene.placed[key] = None if any(binding.kind in _HOISTED for binding in found) else _place(scene, found)
    return scene.placed[key]


def _place(scene: FileScene, found: Sequence[Binding]) -> Placed:
    placed = Placed(scene.function_of(found[0].scope), [], {}, {}, [], [])
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
        if not continues(binding.value, binding.name):
            placed.fresh.append(index)
            if not (sure and sure[-1][0] == effect):
                sure.append((effect, index))
    placed.straight = [index for _, index in placed.effects] == list(range(len(found)))
    return placed


def _between(effects: list[tuple[int, int]], after: int, until: int) -> tuple[int, int]:
    """Return the number of the first that takes effect behind one offset, and of the first behind another."""
    return bisect_left(effects, (after + 1, 0)), bisect_left(effects, (until + 1, 0))


def _rounds(scene: FileScene, around: Sequence[int], last: int) -> list[int]:
    """Return the loops around a place that do not begin with the assignment at `last`."""
    scopes = scene.facts.scopes
    return [one for one in around if scopes[one].loops and scopes[one].start >= last]


def same_value(scene: FileScene, found: Sequence[Binding], one: int, other: int) -> bool:
    """Whether a variable can hold at one offset what it holds at another."""
    if len(found) < 2:
        return True
    held = list(reaching(scene, found, other))
    return any(binding in held for binding in reaching(scene, found, one))


def _effect(binding: Binding) -> int:
    """From where on a variable holds what it is given: a value is read before it is assigned."""
    return binding.end if binding.value is None else max(binding.end, binding.value.end)
