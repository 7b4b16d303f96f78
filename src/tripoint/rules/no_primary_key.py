"""A table without a primary key.

**What it finds.** A table, not a partition and not a view, that has no primary key.

**Why it matters.** Rows cannot be told apart: duplicates slip in, logical replication and realtime cannot send
updates and deletes, and a client cannot address one row.

**How to mend it.** Add a primary key; a table that joins two others takes the pair of its foreign keys.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._shared import own_tables, table_marks


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table without a primary key."""
    for table in own_tables(evidence, "table"):
        if table.primary_key is None and table.complete and not _is_prisma_s(table):
            unique = table.constraint("unique")
            yield Fault(
                subject=str(table.name),
                message=f"{table.name} has no primary key.",
                marks=table_marks(table, role="primary"),
                help=f"Its unique key ({', '.join(unique[0].columns)}) could be the primary key."
                if unique
                else "Add a primary key.",
            )


def _is_prisma_s(table: Table) -> bool:
    """Whether Prisma made a table for a relation of many to many: it has a unique index, as every one has."""
    paired = any(index.unique and [c.name for c in index.columns] == ["A", "B"] for index in table.indexes.values())
    return table.name.name.startswith("_") and table.columns.keys() == {"A", "B"} and paired


RULE = Rule("no-primary-key", "schema", "low", check, needs=("migrations",))
