"""What a migration does, one step after the other, before it is written as statements."""

from __future__ import annotations

from msgspec import Struct

from tripoint.sources.programs.written import Sql

__all__ = ["ANYTHING", "OF_MODULE", "TYPE", "Choice", "Guarded", "Raw", "Run", "Step", "Unclear"]

ANYTHING = frozenset({"*"})
"""What may be touched where nothing tells what it is, so that an object of any name may be there."""
OF_MODULE = "*of "
"""What begins the name of a module among what may be touched: it is what that module, or one that it imports, names."""


TYPE = "its type"
"""The reason of what is unclear where a column has a type of the project's own; its text is the column."""


class Run(Struct, frozen=True):
    """A statement that an operation stands for, and the operation's place."""

    sql: Sql
    span: tuple[int, int]


class Raw(Struct, frozen=True):
    """SQL that stands in the file, of one statement or several."""

    text: str
    span: tuple[int, int]


class Unclear(Struct, frozen=True):
    """Something whose effect can't be told. `may_touch` is None where it could be anything that is named here."""

    reason: str
    span: tuple[int, int]
    may_touch: frozenset[str] | None = None
    text: str = ""


class Choice(Struct, frozen=True):
    """Steps by a condition in SQL."""

    condition: str
    then: list[Step]
    otherwise: list[Step]


class Guarded(Struct, frozen=True):
    """Steps whose failure is caught."""

    steps: list[Step]


Step = Run | Raw | Unclear | Choice | Guarded
