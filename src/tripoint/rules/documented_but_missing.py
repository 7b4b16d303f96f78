"""A table that a document describes and nothing creates or uses.

**What it finds.** An entity of the domain model that is in no migration, no declared schema and no database that was
read, and that no code asks for. (Where code asks for it too, it is a `missing-table`.)

**Why it matters.** The document promises what does not exist: planned and never built, renamed, or replaced. Whoever
builds on the document builds on sand.

**How to mend it.** Build the table, or change the document: mark it as planned, rename it, or take it out.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.bind.tables import lookup_table, may_be_created
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.rules._baseline import baseline_is_missing, changed_but_never_created
from tripoint.rules._shared import count, unknown_tables


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each documented table that neither exists nor is asked for."""
    if "migrations" not in evidence.heard or baseline_is_missing(evidence):
        return
    needed = {*unknown_tables(evidence), *changed_but_never_created(evidence)}
    for name, claims in sorted(evidence.claims.by_table.items()):
        if all(claim.generated for claim in claims) or name in needed:
            continue
        if lookup_table(name, evidence) is not None or may_be_created(name.name, evidence) is not None:
            continue
        suggestions = evidence.meanings.get(str(name), ())
        files = sorted({claim.place.path for claim in claims})
        where = files[0] if len(files) == 1 else count(len(files), "document")
        yield Fault(
            subject=str(name),
            message=f"{name} is described in {where}, but no migration creates it and no code asks for it.",
            marks=tuple(Mark(claim.place, "documents", "primary", "described here") for claim in claims),
            help=f"Build {name}, or say in the document that it is planned, renamed or gone.",
            suggestions=suggestions,
        )


RULE = Rule(
    "documented-but-missing", "documents", "medium", check, needs=("documents", "migrations"), models_suffice=True
)
