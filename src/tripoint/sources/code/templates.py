"""The strings that a template makes, where the text of the project decides each of its parts."""

from __future__ import annotations

from collections.abc import Iterable

from tripoint.sources.code.facts import Plain, Ref, Template, Text
from tripoint.sources.code.scene import BREADTH, At, Bound, Joined

__all__ = ["joined"]

_LONGEST = 20_000
"""Characters beyond which parts are not put together to one text: what is made of two others may double each time."""


def joined(template: Template, parts: Iterable[Iterable[At]]) -> tuple[Joined | Bound | Template, ...]:
    """Return what a template without a tag stands for, given what each of its parts does: itself where that is open.

    A part that is a parameter stands before it, for the calls that may give it.
    """
    found: list[list[str]] = []
    for part in parts:
        words: list[str] = []
        for at in part:
            if isinstance(at.thing, Text) or (isinstance(at.thing, Plain) and at.thing.kind == "number"):
                words.append(at.thing.value)
            elif isinstance(at.thing, Bound) and at.thing.choices and not at.thing.members:
                words.extend(choice.value for choice in at.thing.choices)
            elif isinstance(at.thing, Bound):
                return at.thing, template
            else:
                return (template,)
        found.append(sorted(set(words)))
    if sum(max(map(len, words), default=0) for words in found) > _LONGEST:
        return (template,)
    made = (
        Joined("".join(words), template.start, template.end, exact=False, template=template, words=words)
        for words in _combined(template, found)
    )
    return tuple(made) or (template,)


def _combined(template: Template, parts: list[list[str]]) -> list[tuple[str, ...]]:
    """Return what the parts of a string may be together, nothing where that can't be told.

    A name that stands in it twice is the same both times. Of two that may each be several, nothing tells which goes
    with which: a table and the condition of another one are never asked together.
    """
    several = {
        (part.path if isinstance(part, Ref) else (number,), len(parts[number]))
        for number, part in enumerate(template.parts)
        if len(parts[number]) > 1
    }
    ways = max(map(len, parts), default=0)
    if len(several) > 1 or not all(parts) or ways > BREADTH:
        return []
    return [tuple(words[number] if len(words) > 1 else words[0] for words in parts) for number in range(ways)]
