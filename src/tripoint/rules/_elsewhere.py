"""What another file of the project holds is not certain to be missing."""

from __future__ import annotations

from tripoint.model.evidence import Evidence, Thing
from tripoint.model.fault import Mark, Severity

__all__ = ["all_by_hand", "lowered"]

_NOTES = {
    "types": "the types have it",
    "others": "the types have it",
    "sql": "here, where no runner applies it",
    "seed": "here, in a seed",
    "program": "here, where a program runs it",
    "driver": "code makes it here",
    "code": "code makes it here",
    "models": "code makes it here",
    "comment": "said to be there",
}
_SQL = ("sql", "seed", "program", "comment")
_BY_HAND = frozenset({"schema", "numbered", "pieces", "document"})
"""Layouts of SQL that no runner which is known applies."""


def lowered(
    evidence: Evidence,
    thing: Thing,
    subject: str,
    severity: Severity,
    reason: str | None,
    askers: frozenset[str] | None = None,
) -> tuple[Severity, str | None, tuple[Mark, ...]]:
    """Return the severity of what the migrations lack, why, and where another file of the project holds it.

    `askers` are the files that ask for it: what one of them makes that alone asks for it is its own.
    """
    elsewhere = evidence.elsewhere.get((thing, subject))
    if elsewhere is None:
        return severity, reason, ()
    note = _NOTES[elsewhere.by]
    marks = (Mark(elsewhere.place, "migrations" if elsewhere.by in _SQL else "code", "related", note),)
    surely = ("others", "program", "driver", "models", "comment")
    if elsewhere.by in surely and severity != "info" and (thing != "row security" or elsewhere.by == "program"):
        return "low", elsewhere.reason, marks
    if elsewhere.by == "code" and askers == frozenset([elsewhere.place.path]) and severity != "info":
        return "low", elsewhere.reason, marks
    if severity not in ("critical", "high"):
        return severity, reason, marks
    if elsewhere.by == "sql" and thing != "row security" and all_by_hand(evidence):
        return "low", f"{elsewhere.reason}, and no known runner applies what is read as the schema either", marks
    return "medium", elsewhere.reason, marks


def all_by_hand(evidence: Evidence) -> bool:
    """Tell whether what defines the database is SQL that someone runs by hand, as the other files of SQL are."""
    files = evidence.database.migrations
    return bool(files) and all(
        file.layout in _BY_HAND or (file.layout == "supabase" and file.version is None) for file in files
    )
