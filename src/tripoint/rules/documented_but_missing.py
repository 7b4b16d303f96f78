"""A table or column that a document describes and nothing creates or uses.

**What it finds.** An entity of the domain model that is in no migration, no declared schema and no database that was
read, and that no code asks for. (Where code or SQL asks for it too, it is a `missing-table`.) And a column that a
document lists among the columns of a table that has most of the others, but not this one; where the list gives no
types, of one that has nearly all others. (Where code or SQL names it too, it is a `missing-column`.)

**Why it matters.** The document promises what does not exist: planned and never built, renamed, or replaced. Whoever
builds on the document builds on sand.

**Severity.** *Medium*; *low* for a column that only documents beside the domain model describe, or that is given no
type.

**How to mend it.** Build the table or column, or change the document: mark it as planned, rename it, or take it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tripoint.bind.claims import columns_claimed_in_vain
from tripoint.bind.tables import lookup_table, may_be_created
from tripoint.model.claim import ColumnClaim, TableClaim
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.rules._baseline import baseline_is_missing, changed_but_never_created
from tripoint.rules._elsewhere import lowered
from tripoint.rules._shared import BESIDE, bindings, runner_tables, table_marks, unknown_tables
from tripoint.rules._sql import unknown_in_sql


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each documented table or column that neither exists nor is asked for."""
    if "migrations" not in evidence.heard or baseline_is_missing(evidence):
        return
    yield from _tables(evidence)
    yield from _columns(evidence)


def _tables(evidence: Evidence) -> Iterator[Fault]:
    in_sql = {uses[0].reference.target for uses in unknown_in_sql(evidence, "relation").values()}
    needed = {*unknown_tables(evidence), *changed_but_never_created(evidence), *in_sql}
    for name, claims in sorted(evidence.claims.by_table.items()):
        if all(claim.generated for claim in claims) or name in needed or name.name in runner_tables:
            continue
        if lookup_table(name, evidence) is not None or may_be_created(name.name, evidence) is not None:
            continue
        if evidence.is_made_by_code(str(name)) or _NO_TABLE.search(name.name):
            continue
        suggestions = evidence.meanings.get(str(name), ())
        yield Fault(
            subject=str(name),
            message=f"{name} is described in {_where(claims)}, but no migration creates it and no code asks for it.",
            marks=tuple(Mark(claim.place, "documents", "primary", "described here") for claim in claims),
            help=f"Build {name}, or say in the document that it is planned, renamed or gone.",
            suggestions=suggestions,
        )


_UNTYPED = "the document gives no type, so that something else may be meant"
_NO_TABLE = regex(r"^(?:ix|idx|uq|uix|fk|pk|ck)_|_(?:idx|pkey|fkey)$")
"""How indexes and constraints are called, which a document lists below their table as well."""


def _columns(evidence: Evidence) -> Iterator[Fault]:
    claimed = columns_claimed_in_vain(evidence)
    if not claimed:
        return
    asked = {
        f"{column.table.name}.{column.column}"
        for binding in bindings(evidence, "table", "function", "channel", "model")
        for column in binding.columns
        if column.outcome == "unknown"
    } | set(unknown_in_sql(evidence, "column"))
    for (name, column), claims in claimed.items():
        subject = f"{name}.{column}"
        if subject in asked:
            continue
        vouching = any(claim.place.path in evidence.claims.domain_models for claim in claims)
        untyped = all(claim.type is None for claim in claims)
        reason = BESIDE if not vouching else _UNTYPED if untyped else None
        severity, reason, held = lowered(evidence, "column", subject, "medium" if reason is None else "low", reason)
        described = {claim.place.path for claim in claims}
        held = tuple(mark for mark in held if mark.place.path not in described)  # SQL of the document itself
        dropped = next((place for gone, place in evidence.drops if gone == subject), None)
        yield Fault(
            subject=subject,
            message=f"{name} has no column {column}, but {_where(claims)} describes it."
            if len(described) == 1
            else f"{name} has no column {column}, but {_where(claims)} describe it.",
            marks=(
                *(Mark(claim.place, "documents", "primary", "described here") for claim in claims),
                *((Mark(dropped, "migrations", "related", "dropped here"),) if dropped is not None else ()),
                *held,
                *table_marks(evidence.defined.tables[name]),
            ),
            severity=severity,
            severity_reason=reason,
            help=f"Add {column} to {name}, or correct the document.",
            suggestions=evidence.meanings.get(subject, ()),
        )


def _where(claims: Iterable[TableClaim | ColumnClaim]) -> str:
    files = sorted({claim.place.path for claim in claims})
    return files[0] if len(files) == 1 else counted(len(files), "document")


RULE = Rule(
    "documented-but-missing", "documents", "medium", check, needs=("documents", "migrations"), models_suffice=True
)
