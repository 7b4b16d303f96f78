"""Functions of the database that nothing in the project calls: a fault in one of them meets nobody."""

from __future__ import annotations

import re

from msgspec.structs import replace

from tripoint.model.binding import BodyBinding
from tripoint.model.evidence import Evidence

__all__ = ["mark_uncalled"]

_REASON = "nothing that is read calls it"


def mark_uncalled(evidence: Evidence) -> tuple[BodyBinding, ...]:
    """Return the bodies of the database, those with an unknown name marked that no code, trigger or SQL calls.

    Where the platform serves functions to clients, and where no code is read, somebody else may call any.
    """
    if evidence.database.platform != "postgresql" or "code" not in evidence.heard:
        return evidence.bodies
    run = {trigger.function for table in evidence.defined.tables.values() for trigger in table.triggers.values()}
    return tuple(
        replace(body, idle=_REASON)
        if body.kind == "function"
        and body.idle is None
        and body.name not in run
        and body.name.name not in evidence.words
        and any(reference.outcome == "unknown" for reference in body.references)
        and not _is_named(body, evidence)
        else body
        for body in evidence.bodies
    )


def _is_named(called: BodyBinding, evidence: Evidence) -> bool:
    """Whether other SQL of the database names the function, as a call or within a text that it may run."""
    if any(
        reference.kind == "function" and reference.target == called.name
        for body in evidence.bodies
        if body.name != called.name
        for reference in body.references
    ):
        return True
    word = re.compile(rf"(?<![\w$]){re.escape(called.name.name)}(?![\w$])", re.I)
    return any(
        word.search(function.body or "") is not None
        for name, functions in evidence.defined.functions.items()
        if name != called.name
        for function in functions
    )
