"""A value written to a column that PostgreSQL computes itself.

**What it finds.** An insert, update or upsert with a key for a generated column, or for an identity column that is
`GENERATED ALWAYS`; SQL in code that assigns to one. SQL that says DEFAULT or OVERRIDING is left out.

**Why it matters.** PostgreSQL refuses the statement: `428C9 generated_always`.

**How to mend it.** Leave the column out of the payload.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.words import counted
from tripoint.rules._shared import bindings


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each generated column that the code writes."""
    found: dict[str, list[tuple[Table, Mark]]] = defaultdict(list)
    for binding in bindings(evidence, "table"):
        table = binding.table.table if binding.table is not None else None
        if table is None:
            continue
        for written in binding.query.written:
            column = table.columns.get(written.column)
            if column is not None and (column.generated or column.identity == "always"):
                mark = Mark(written.place, "code", "primary", "written here", binding.query.symbol)
                found[f"{table.name}.{column.name}"].append((table, mark))
    for binding in bindings(evidence, "sql"):
        words = (binding.query.text or "").lower()
        if "overriding" in words or "default" in words:  # DEFAULT may be written to such a column
            continue
        for reference in binding.references:
            if reference.kind != "column" or reference.target is None:
                continue
            held = evidence.defined.tables.get(reference.target)
            column = held.columns.get(reference.column or "") if held is not None and reference.write else None
            if held is not None and column is not None and (column.generated or column.identity == "always"):
                mark = Mark(reference.place, "code", "primary", "written here", binding.query.symbol)
                found[f"{held.name}.{column.name}"].append((held, mark))
    for subject, uses in sorted(found.items()):
        table, name = uses[0][0], subject.rpartition(".")[2]
        column = table.columns[name]
        kind = "a generated column" if column.generated else "GENERATED ALWAYS AS IDENTITY"
        place = column.place or table.place
        yield Fault(
            subject=subject,
            message=f"{subject} is {kind}, but the code writes it in {counted(len(uses), 'place')}: "
            "PostgreSQL refuses the statement (428C9).",
            marks=(
                *(mark for _, mark in uses),
                *((Mark(place, "migrations", "related", "defined here"),) if place is not None else ()),
            ),
            help=f"Leave {name} out of the payload.",
        )


RULE = Rule("generated-column-write", "code", "high", check, needs=("migrations", "code"))
