"""What a rule finds, and what a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field

from tripoint.model.place import Place, Problem

if TYPE_CHECKING:
    from tripoint.model.evidence import Evidence

__all__ = [
    "LIKELY",
    "POSSIBLE",
    "SEVERITIES",
    "SLIPPED",
    "Fault",
    "Mark",
    "Rule",
    "Severity",
    "Suggestion",
    "Witness",
    "is_slip",
]

Severity = Literal["critical", "high", "medium", "low", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
"""Worst first."""

Witness = Literal["documents", "migrations", "code", "database"]


class Mark(Struct, frozen=True):
    """One end of a contradiction: a place, the witness that speaks there, and a word on what it says."""

    place: Place
    witness: Witness
    role: Literal["primary", "related"] = "primary"
    note: str | None = None
    symbol: str | None = None
    """The enclosing symbol, which is part of the fingerprint."""


LIKELY = 0.6
"""From this confidence on a suggestion is what is meant; below, it may be, and the words say so."""
POSSIBLE = 0.3
"""Below this confidence a suggestion is not worth a word: machines are given it, people are not."""
SLIPPED = "the names differ in one letter, or in the order of two"
"""The reason of a suggestion that a slip of the keyboard explains."""


class Suggestion(Struct, frozen=True):
    """What was likely meant, or what would mend it. `confidence` is between 0 and 1."""

    kind: Literal["rename", "create", "drop", "document", "change-code"]
    target: str
    confidence: float
    reasons: tuple[str, ...] = ()
    decisive: bool = False
    """Whether a reason of its own proves it, and not likeness alone: a RENAME, a commit, names that only differ in how
    they are written."""


def is_slip(suggestions: Sequence[Suggestion]) -> bool:
    """Whether what is meant differs from what is written by a slip of the keyboard: no database has both."""
    return any(s.kind == "rename" and s.confidence >= LIKELY and SLIPPED in s.reasons for s in suggestions[:1])


class Fault(Struct, frozen=True):
    """One fault with all its places. `severity` None means the rule's default."""

    subject: str
    message: str
    marks: tuple[Mark, ...]
    severity: Severity | None = None
    severity_reason: str | None = None
    help: str | None = None
    suggestions: tuple[Suggestion, ...] = ()
    script: str | None = None
    """SQL that shows it when it is pasted into psql, where there is such."""
    identity: str | None = None
    """What stands for the subject in its places' fingerprints, where the subject is but one of what it is about."""


class Rule(Struct, frozen=True):
    """A rule: its name is the fault that it finds, its page is its module's docstring."""

    name: str
    family: Literal["code", "documents", "schema", "migrations", "database"]
    severity: Severity
    check: Callable[[Evidence], Iterable[Fault]]
    page: str = ""
    needs: tuple[Witness, ...] = field(default=())
    """The witnesses without which it can say nothing."""
    models_suffice: bool = False
    """Whether it also holds where an ORM's models alone define the schema: they state tables and columns, but neither
    functions and policies nor grants."""
    by_proof: bool = False
    """Whether only a proof sees what it finds (`tripoint prove`)."""
    left_open: Callable[[Evidence], Iterable[tuple[str, Problem]]] | None = None
    """What it can't decide and passes over, each with the file that it stands in: this becomes a notice."""
