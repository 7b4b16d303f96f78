"""Code that reads more of a changed row than Realtime sends.

**What it finds.** In a subscription to `postgres_changes`, what the handler reads of `payload.old` beside the primary
key, where the table's replica identity is the default; and, of a table with row level security, what the handler of
`DELETE` reads of it whatever the replica identity is. *Low* where the migrations publish no table, so that what
Realtime needs may be set by hand.

**Why it matters.** The old record of an UPDATE or a DELETE holds the primary key alone: everything else is undefined,
without an error. Comparisons with the row as it was are always true or always false.

**How to mend it.** `alter table … replica identity full`. Of a deleted row, Realtime sends the primary key alone as
long as row level security is on, since no policy can be asked about it: look the row up in what the client holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.name import Name
from tripoint.model.query import Former, Query
from tripoint.model.words import listed
from tripoint.rules._shared import bindings, table_marks


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table of whose old record more is read than there is."""
    if evidence.database.platform != "supabase":
        return
    found: dict[Name, list[tuple[Query, Former]]] = defaultdict(list)
    for binding in bindings(evidence, "channel"):
        name = binding.table.name if binding.table is not None else None
        table = evidence.defined.tables.get(name) if name is not None else None
        if table is None:
            continue
        event = binding.query.event
        for former in binding.query.former:
            # An INSERT has no old record, and an UPDATE always a new one.
            if event == "insert" or (event == "update" and former.stands_in):
                continue
            if former.name in table.columns and not _is_sent(table, former.name, event):
                found[table.name].append((binding.query, former))
    by_hand = "the migrations publish no table; what Realtime needs may be set by hand"
    spoken = any(p.tables or p.schemas or p.all_tables for p in evidence.defined.publications.values())
    for name, reads in sorted(found.items()):
        table = evidence.defined.tables[name]
        read = listed(sorted({former.name for _, former in reads}))
        yield Fault(
            subject=str(name),
            message=f"The code reads {read} of the old record of {name}, which holds the primary key alone: "
            f"{_why(table)}.",
            marks=(
                *(Mark(former.place, "code", "primary", "undefined", query.symbol) for query, former in reads),
                *table_marks(table),
            ),
            severity=None if spoken else "low",
            severity_reason=None if spoken else by_hand,
            help=_help(table, {query.event for query, _ in reads}),
        )


def _why(table: Table) -> str:
    if table.replica_identity == "full":
        return "row level security is on, and no policy can be asked about a row that is gone"
    return "the table's replica identity is the default"


def _help(table: Table, events: set[str | None]) -> str:
    look_up = "find a deleted row by its primary key in what the client holds"
    if table.replica_identity == "full":
        return f"{look_up.capitalize()}."
    mend = f"alter table {table.name} replica identity full;"
    if table.row_security and not events <= {"update"}:
        return f"{mend} With row level security, a DELETE sends the primary key alone even so: {look_up}."
    return mend


def _is_sent(table: Table, column: str, event: str | None) -> bool:
    """Whether Realtime sends a column of the row as it was (`realtime.apply_rls`)."""
    if table.primary_key is None or column in table.primary_key.columns:
        return True
    if table.replica_identity == "default":
        return False
    return table.replica_identity != "full" or not (table.row_security and event == "delete")


RULE = Rule("incomplete-old-record", "code", "medium", check, needs=("migrations", "code"))
