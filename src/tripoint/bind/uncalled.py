"""Functions of the database that nothing in the project calls: a fault in one of them meets nobody."""

from __future__ import annotations

from msgspec.structs import replace

from tripoint.model.binding import BodyBinding, SqlReference
from tripoint.model.evidence import Evidence
from tripoint.model.name import Name
from tripoint.model.regex import regex

__all__ = ["mark_uncalled"]

_REASON = "nothing that is read calls it"
_FAULTS = frozenset({"ambiguous", "count", "operator", "result", "assignment", "refused"})
_WORD = regex(r"[\w$]+")


def mark_uncalled(evidence: Evidence, unread: bool) -> tuple[BodyBinding, ...]:
    """Return the bodies of the database, those marked that may be at fault and that no code, trigger or SQL calls.

    Where the platform serves functions to clients, and where there is no code, somebody else may call any. Of code in
    languages without a reader (`unread`) the words are known.
    """
    if evidence.database.platform != "postgresql" or not (unread or "code" in evidence.heard):
        return evidence.bodies
    run = {trigger.function for table in evidence.defined.tables.values() for trigger in table.triggers.values()}
    doubted = {
        body.name
        for body in evidence.bodies
        if body.kind == "function"
        and body.idle is None
        and body.name not in run
        and body.name.name not in evidence.words
        and (body.inserts or any(map(_may_fail, body.references)))
    }
    doubted -= _named(doubted, evidence) if doubted else set()
    return tuple(
        replace(body, idle=_REASON) if body.kind == "function" and body.idle is None and body.name in doubted else body
        for body in evidence.bodies
    )


def _may_fail(reference: SqlReference) -> bool:
    """Whether a rule may tell a name, or what is done with it."""
    lost = reference.kind == "column" and reference.target is None and reference.outcome != "bound"
    return reference.outcome == "unknown" or reference.kind in _FAULTS or lost


def _named(functions: set[Name], evidence: Evidence) -> set[Name]:
    """Return those that other SQL of the database names, as a call or within a text that it may run."""
    called = {
        reference.target
        for body in evidence.bodies
        for reference in body.references
        if reference.kind == "function" and reference.target in functions and reference.target != body.name
    }
    found = {name for name in called if name is not None}
    by_word: dict[str, set[Name]] = {}
    for name in functions:
        by_word.setdefault(name.name.lower(), set()).add(name)
    for owner, same in evidence.defined.functions.items():
        for function in same:
            for word in by_word.keys() & set(_WORD.findall((function.body or "").lower())):
                found |= by_word[word] - {owner}
    return found
