"""A table without a primary key.

**What it finds.** A table, not a partition and not a view, that has no primary key. *High* where a publication
publishes its updates or deletes, and it has no other replica identity.

**Why it matters.** Rows cannot be told apart: duplicates slip in, and a client cannot address one row. Of a published
table, PostgreSQL refuses every UPDATE and DELETE (55000: it does not have a replica identity and publishes updates).

**How to mend it.** Add a primary key; a table that joins two others takes the pair of its foreign keys.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.catalog import Catalog, Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._shared import own_tables, table_marks


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table without a primary key."""
    for table in own_tables(evidence, "table"):
        if table.primary_key is None and table.complete and not _is_prisma_s(table):
            unique = table.constraint("unique")
            published = refused_writes(evidence.defined, table)
            yield Fault(
                subject=str(table.name),
                message=f"{table.name} has no primary key." + (f" {published}" if published else ""),
                marks=table_marks(table, role="primary"),
                severity="high" if published else None,
                severity_reason="rows can be added to it, and never changed" if published else None,
                help=(
                    f"Its unique key ({', '.join(unique[0].columns)}) could be the primary key."
                    if unique
                    else "Add a primary key."
                )
                + (f" Until then: alter table {table.name} replica identity full;" if published else ""),
            )


def refused_writes(catalog: Catalog, table: Table) -> str:
    """Return which writes PostgreSQL refuses since a publication could not tell whose they are; nothing where none.

    See CheckCmdReplicaIdentity in PostgreSQL's execReplication.c.
    """
    identified = table.replica_identity in ("full", "index") or (
        table.replica_identity == "default" and table.primary_key is not None
    )
    if identified or table.unlogged or table.kind != "table":
        return ""
    for _, publication in sorted(catalog.publications.items()):
        named = table.name in publication.tables or table.name.schema in publication.schemas
        writes = [word.upper() for word in ("update", "delete") if word in publication.publish]
        if writes and (named or publication.all_tables):
            return (
                f"{publication.name} publishes it, and PostgreSQL refuses each {' and '.join(writes)} of a published "
                "table without a replica identity (55000)."
            )
    return ""


def _is_prisma_s(table: Table) -> bool:
    """Whether Prisma made a table for a relation of many to many: it has a unique index, as every one has."""
    paired = any(index.unique and [c.name for c in index.columns] == ["A", "B"] for index in table.indexes.values())
    return table.name.name.startswith("_") and table.columns.keys() == {"A", "B"} and paired


RULE = Rule("no-primary-key", "schema", "low", check, needs=("migrations",))
