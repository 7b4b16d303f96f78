"""A value written to a column that PostgreSQL computes itself.

**What it finds.** An insert, update or upsert with a key for a generated column, or for an identity column that is
`GENERATED ALWAYS`; SQL of the code, or of a function, that assigns to one anything but DEFAULT. An INSERT that says
OVERRIDING is left out.

**Why it matters.** PostgreSQL refuses the statement: `428C9 generated_always`.

**Severity.** *High*; *medium* where its author expects that it may fail.

**How to mend it.** Leave the column out of what is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from tripoint.bind.sql_uses import sql_uses
from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.words import counted
from tripoint.rules._shared import bindings
from tripoint.rules._sql import sql_marks

CODE: Final = "428C9"


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each generated column that is written."""
    found: dict[str, list[tuple[Table, Mark, str | None]]] = defaultdict(list)
    for binding in bindings(evidence, "table"):
        table = binding.table.table if binding.table is not None else None
        if table is None:
            continue
        for written in binding.query.written:
            column = table.columns.get(written.column)
            if column is not None and (column.generated or column.identity == "always"):
                mark = Mark(written.place, "code", "primary", "written here", binding.query.symbol)
                found[f"{table.name}.{column.name}"].append((table, mark, binding.query.guarded))
    for use in sql_uses(evidence, "refused"):
        target, name = use.reference.target, use.reference.column
        held = evidence.defined.tables.get(target) if target is not None else None
        if use.reference.written == CODE and held is not None and not (use.body is not None and use.body.idle):
            found[f"{held.name}.{name}"] += [(held, mark, use.guarded) for mark in sql_marks([use])]
    for subject, uses in sorted(found.items()):
        table, name = uses[0][0], subject.rpartition(".")[2]
        column = table.columns[name]
        kind = "a generated column" if column.generated else "GENERATED ALWAYS AS IDENTITY"
        place = column.place or table.place
        expected = uses[0][2] if all(guard is not None for *_, guard in uses) else None
        yield Fault(
            subject=subject,
            message=f"{subject} is {kind}, but it is written in {counted(len(uses), 'place')}: "
            f"PostgreSQL refuses the statement ({CODE}).",
            marks=(
                *(mark for _, mark, _ in uses),
                *((Mark(place, "migrations", "related", "defined here"),) if place is not None else ()),
            ),
            severity="medium" if expected is not None else None,
            severity_reason=f"its author expects that it may fail: {expected}" if expected is not None else None,
            help=f"Leave {name} out of what is written.",
        )


RULE = Rule("generated-column-write", "code", "high", check, needs=("migrations",))
