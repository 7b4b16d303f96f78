"""Which of several objects a condition on one of their members leaves: `if (step.soft)`, `step.kind === 'main'`."""

from __future__ import annotations

from tripoint.sources.code.facts import Array, Compared, Function, Object, Plain, Text, Value
from tripoint.sources.code.scene import At

__all__ = ["told_apart"]

_FALSE = frozenset({"false", "null", "undefined", "NaN", "0", "-0", "0n"})


def told_apart(things: list[At], conditions: list[Compared], some: bool) -> list[At]:
    """Return the things without the objects that a condition excludes; all of them where it would leave none and
    `some` are to be left."""
    if not conditions:
        return things
    left = [
        at
        for at in things
        if not (isinstance(at.thing, Object) and any(_excludes(one, at.thing) for one in conditions))
    ]
    return left or (things if some else [])


def _excludes(one: Compared, thing: Object) -> bool:
    """Whether a condition on a member says that it is not this object; what a text does not tell excludes nothing."""
    key = one.name.partition(".")[2]
    given = [entry.value for entry in thing.entries if entry.key == key]
    if len(given) > 1 or (not given and (thing.spreads or not thing.complete)):
        return False
    if one.truth:
        truth = _truth(given[0]) if given else False
        return truth is not None and truth is not one.equal
    if one.of is not None or (given and not isinstance(given[0], (Text, Plain))):
        return False
    text = given[0].value if given and isinstance(given[0], Text) else None
    return (text in one.values) is not one.equal


def _truth(value: Value) -> bool | None:
    """Return what JavaScript takes a value for in a condition; None where the text does not tell."""
    if isinstance(value, Text):
        return bool(value.value)
    if isinstance(value, Plain):
        return value.value not in _FALSE
    return True if isinstance(value, (Object, Array, Function)) else None
