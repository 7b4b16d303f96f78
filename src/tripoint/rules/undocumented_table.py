"""A table that exists and that the domain model does not mention.

**What it finds.** A table of the migrations that no document names, in a project that keeps a document of its tables.
A name in a code span counts, whatever is said of it. Where no document describes the schema, nothing is undocumented:
the absence of documents is said once, as a witness that was not heard. A table that merely joins two documented ones
counts as documented with them where it holds nothing else.

**Why it matters.** The document no longer tells a newcomer, or a reviewer, what the database holds.

**How to mend it.** Add the table to the document; `tripoint docs` can keep a section of it in step.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule, Suggestion
from tripoint.model.words import listed
from tripoint.rules._shared import own_tables, table_marks

_HOUSEKEEPING = frozenset({"id", "created_at", "updated_at", "inserted_at", "deleted_at"})


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table that the documents leave out."""
    claims = evidence.claims
    if "documents" not in evidence.heard or not claims.domain_models:
        return
    documented_schemas = {name.schema for name in claims.by_table}
    for table in own_tables(evidence, "table"):
        if table.name in claims.by_table or table.name in claims.named or table.name.schema not in documented_schemas:
            continue
        if _only_joins_documented(table, evidence):
            continue
        yield Fault(
            subject=str(table.name),
            message=f"{table.name} exists, but {listed(claims.domain_models)} does not describe it."
            if len(claims.domain_models) == 1
            else f"{table.name} exists, but no document describes it ({listed(claims.domain_models)}).",
            marks=table_marks(table, role="primary"),
            help=f"Describe {table.name} in {claims.domain_models[0]}.",
            suggestions=(Suggestion("document", str(table.name), 1.0, ("the table exists",)),),
        )


def _only_joins_documented(table: Table, evidence: Evidence) -> bool:
    keys = table.constraint("foreign")
    joined = {key.references for key in keys}
    columns = {column for key in keys for column in key.columns}
    return (
        len(joined) >= 2
        and all(name in evidence.claims.by_table for name in joined)
        and set(table.columns) <= columns | _HOUSEKEEPING
    )


RULE = Rule("undocumented-table", "documents", "low", check, needs=("documents", "migrations"), models_suffice=True)
