"""A policy that names a table, a column or a function which does not exist.

**What it finds.** A name in the USING or WITH CHECK condition of a policy that the final state of the migrations does
not hold: never created, dropped later, or misspelled.

**Why it matters.** PostgreSQL checks a policy's names when it is created, so the statement fails (`42703`, `42P01` or
`42883`) and with it the migration: the table is left without the policy that was meant to guard it.

**How to mend it.** Correct the name, or create what it names in an earlier migration.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.binding import SqlReference
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.rules._baseline import baseline_is_missing
from tripoint.rules._shared import listed
from tripoint.rules._sql import SKIPPED

_CODES = {"relation": "42P01", "column": "42703", "function": "42883"}
_NOUNS = {"relation": "table", "column": "column", "function": "function"}


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each policy that names what does not exist."""
    if baseline_is_missing(evidence):
        return
    for body in evidence.bodies:
        if body.kind != "policy":
            continue
        missing = [r for r in body.references if r.outcome == "unknown" and r.kind in _CODES and r.target is not None]
        if not missing:
            continue
        named = list(dict.fromkeys(f"the {_NOUNS[r.kind]} {_subject(r)}" for r in missing))
        codes = sorted({_CODES[r.kind] for r in missing})
        marks = [Mark(r.place, "migrations", "primary", f"names {_subject(r)}", body.subject) for r in missing]
        skipped = all(r.kind == "column" and _subject(r) in evidence.skipped for r in missing)
        yield Fault(
            subject=body.subject,
            message=f"The policy names {listed(named)}, which no migration creates or which was dropped: PostgreSQL "
            f"refuses it with {listed(codes)}.",
            marks=tuple(dict.fromkeys(marks)),
            severity="medium" if skipped else None,
            severity_reason=SKIPPED if skipped else None,
            help="Correct the name, or create what it names in an earlier migration.",
        )


def _subject(reference: SqlReference) -> str:
    return f"{reference.target}.{reference.column}" if reference.kind == "column" else str(reference.target)


RULE = Rule("policy-references-missing", "schema", "high", check, needs=("migrations",))
