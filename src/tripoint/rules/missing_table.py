"""A table that the code asks for, or that migrations change, and nothing creates.

**What it finds.** A call such as `supabase.from('personas')` whose table is in no migration, no declared schema and
no database that was read; or a statement (`ALTER TABLE`, `CREATE INDEX`, `CREATE POLICY`, …) on a table that no
migration creates. All places of one missing table make one finding.

**Why it matters.** Every call fails: PostgREST answers `PGRST205` (404), plain PostgreSQL `42P01 undefined_table`. A
fresh environment (a local reset, a preview branch, a new colleague's machine) cannot be built from the migrations.

**Severity.** *Critical* where a second witness vouches for the table: a foreign key points to it, or a document
describes it. *High* where the code alone knows it. *Medium* where an existing table is very likely what is meant.

**How to mend it.** Create the table in a migration, or change the code to the table that is meant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.bind.tables import lookup_table, may_be_created
from tripoint.model.evidence import Evidence, Reference
from tripoint.model.fault import Fault, Mark, Rule, Severity, Suggestion
from tripoint.model.name import Name
from tripoint.model.query import Query
from tripoint.rules._baseline import baseline_is_missing, changed_but_never_created
from tripoint.rules._shared import code_mark, count, foreign_keys, listed, unknown_tables

LIKELY = 0.6
"""From this confidence on, an existing table is taken to be what is meant."""


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table that is needed and that nothing creates."""
    if "migrations" not in evidence.heard or baseline_is_missing(evidence):
        return
    used = unknown_tables(evidence)
    changed = changed_but_never_created(evidence)
    pointing: dict[Name, list[tuple[str, Mark]]] = defaultdict(list)
    for table, key in foreign_keys(evidence):
        assert key.references is not None
        if lookup_table(key.references, evidence) is None and key.place is not None:
            column = f"{table.name}.{', '.join(key.columns)}"
            pointing[key.references].append((column, Mark(key.place, "migrations", "related", f"{column} points here")))
    for name in sorted({*used, *changed}):
        if may_be_created(name.name, evidence) is None:
            yield _fault(name, used.get(name, []), changed.get(name, []), pointing.get(name, []), evidence)


def _fault(
    name: Name,
    queries: list[Query],
    changed: list[Reference],
    pointing: list[tuple[str, Mark]],
    evidence: Evidence,
) -> Fault:
    claims = evidence.claims.by_table.get(name, ())
    suggestions = evidence.meanings.get(str(name), ())
    likely = next((s for s in suggestions if s.kind == "rename" and s.confidence >= LIKELY), None)
    said = []
    marks = [code_mark(query) for query in queries]
    if queries:
        files = len({query.place.path for query in queries})
        said.append(f"the code asks for it in {count(len(queries), 'call')} ({count(files, 'file')})")
    if changed:
        said.append(f"migrations change it ({count(len(changed), 'statement')})")
        role = "related" if queries else "primary"
        marks += [
            Mark(r.place, "migrations", "primary" if role == "primary" else "related", "changed") for r in changed
        ]
    if pointing:
        said.append(
            f"{count(len(pointing), 'foreign key')} points to it"
            if len(pointing) == 1
            else f"{count(len(pointing), 'foreign key')} point to it"
        )
        marks += [mark for _, mark in pointing]
    if claims:
        said.append(
            f"{count(len(claims), 'document passage')} describes it"
            if len(claims) == 1
            else f"{count(len(claims), 'document passage')} describe it"
        )
        marks += [Mark(claim.place, "documents", "related", "described here") for claim in claims]
    severity, reason = _severity(queries, changed, bool(pointing), bool(claims), likely)
    guard = next((q.guarded for q in queries if q.guarded), None)
    if guard and all(q.guarded for q in queries) and severity in ("critical", "high"):
        severity, reason = "medium", f"the code expects that it may fail: {guard}"
    return Fault(
        subject=str(name),
        message=f"No migration creates {name}: {listed(said)}.",
        marks=tuple(marks),
        severity=severity,
        severity_reason=reason,
        help=_help(name, likely),
        suggestions=suggestions,
    )


def _severity(
    queries: list[Query], changed: list[Reference], pointing: bool, claimed: bool, likely: Suggestion | None
) -> tuple[Severity, str]:
    vouched = [word for word, holds in (("a foreign key", pointing), ("a document", claimed)) if holds]
    if queries and vouched:
        return "critical", f"the code needs it and {' and '.join(vouched)} vouches for it" if len(vouched) == 1 else (
            f"the code needs it, and {' and '.join(vouched)} vouch for it"
        )
    if likely is not None:
        return "medium", f"{likely.target} is very likely what is meant"
    if changed:
        return "high", "a fresh environment fails; a database that is older than the migrations may hold it"
    return "high", "the code alone knows it"


def _help(name: Name, likely: Suggestion | None) -> str:
    if likely is not None:
        return f"Did you mean {likely.target}? Change the code, or create {name} in a migration."
    return f"Create {name} in a migration, or change what asks for it."


RULE = Rule("missing-table", "code", "high", check, needs=("migrations",))
