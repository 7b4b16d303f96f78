"""A function whose own search_path hides a name that it uses without a schema.

**What it finds.** `SET search_path = ''` (or another path) on a function whose body names a table, a function or a type
without its schema, where that exists in a schema which the path does not hold. And a function without a path of its own
that a trigger on a table of Supabase's `auth` calls: the service that changes accounts has `auth` alone in its path.

**Why it matters.** The function is created without complaint and fails when it runs: `42P01` for a table, `42883` for a
function, `42704` for a type. It is the usual slip when functions are given a fixed search path. In a trigger on
`auth.users` nobody can sign up: "Database error saving new user".

**How to mend it.** Write the schema before the name, or add the schema to the path.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.bind.tables import may_be_created
from tripoint.model.binding import BodyBinding, SqlReference
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.model.words import listed
from tripoint.rules._baseline import NO_BEGINNING, baseline_is_missing

_CODES = {"relation": "42P01", "function": "42883", "type": "42704"}


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each function that its search_path keeps from what it names."""
    # A table that statements name or change before its time is there, made by hand or before the migrations begin.
    named = {reference.table for reference in evidence.references}
    for body in evidence.bodies:
        hidden = [
            r
            for r in body.references
            if r.hidden is not None
            and r.outcome == "unknown"
            and r.kind in _CODES
            and not _on_path(r, body, named, evidence)
        ]
        if body.kind != "function" or not hidden:
            continue
        names = list(dict.fromkeys(f"{r.written} ({r.hidden})" for r in hidden))
        guarded = all(r.guarded for r in hidden)
        reason = f"it is expected that it may fail: {hidden[0].guarded}" if guarded else None
        if reason is None and baseline_is_missing(evidence):
            reason = NO_BEGINNING
        severity: Severity = "medium" if reason is not None else "high"
        codes = sorted({_CODES[r.kind] for r in hidden})
        path = body.path or "''"
        yield Fault(
            subject=body.subject,
            message=f"{body.subject} {_under(path, body)} and names {listed(names)} without the schema: it fails with "
            f"{listed(codes)} when it runs.",
            marks=tuple(
                dict.fromkeys(Mark(r.place, "migrations", "primary", f"means {r.hidden}", body.subject) for r in hidden)
            ),
            severity=severity,
            severity_reason=reason,
            help=f"Write {listed(list(dict.fromkeys(str(r.hidden) for r in hidden)))}.",
        )


def _under(path: str, body: BodyBinding) -> str:
    if body.of_accounts:
        return f"runs where Supabase changes accounts, with the search path {path},"
    return f"sets search_path to {path}"


def _on_path(reference: SqlReference, body: BodyBinding, named: set[str], evidence: Evidence) -> bool:
    if reference.kind != "relation":
        return False
    schemas = [name for schema in (body.path or "").split(",") if (name := schema.strip(" '\""))]
    # What else may create the table, creates it in such a schema: nobody makes tables of another's.
    may_be = bool(schemas) and may_be_created(reference.written, evidence) is not None
    return may_be or any(f"{schema}.{reference.written}" in named for schema in schemas)


RULE = Rule("name-outside-search-path", "schema", "high", check, needs=("migrations",))
