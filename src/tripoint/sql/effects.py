"""What following a DO block comes to: statements that it runs, and parts whose effect stays open."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["Effect", "Evaluated", "Undecided"]


class Effect(Struct, frozen=True):
    """A statement that the block runs.

    `start` and `end` are byte offsets into the block's body of what it comes from: the statement itself where `exact`
    (then a location in its tree is an offset from `start`), else the EXECUTE that builds it. `caught` names the
    conditions under which it may fail without the block failing (`duplicate_object`, `others`, a SQLSTATE).
    """

    text: str
    start: int
    end: int
    exact: bool
    caught: frozenset[str] = frozenset()


class Undecided(Struct, frozen=True):
    """A part of the block whose effect can't be told. `may_touch` is None where it could be anything."""

    start: int
    end: int
    reason: str
    may_touch: frozenset[str] | None = None
    columns: bool = True
    """Whether it may make, change or drop a relation or a column: constraints, indexes and the like are none."""


class Evaluated(Struct, frozen=True):
    """What a block does, in order. `raises`: it ends in an exception, so that nothing of it holds."""

    effects: tuple[Effect, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    raises: bool = False
