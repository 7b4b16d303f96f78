"""Code that filters by a column that no index leads with.

**What it finds.** A filter for equality or a range, or an order, by a column of a table that is neither the first
column of an index or key nor the first of several that are compared in the same call. Unique lookups and small
configuration tables are not known to the text, so this is for information.

**Why it matters.** PostgreSQL reads the whole table for each call. On a large table that is slow; on a small one it
is right.

**How to mend it.** Add an index if the table grows: `create index on … (…)`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.name import Name
from tripoint.model.words import counted
from tripoint.rules._shared import bindings, table_marks

_SEARCHES = frozenset({"eq", "in", "match"})


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each column that the code searches by without an index."""
    found: dict[str, list[tuple[Table, Mark]]] = defaultdict(list)
    leading: dict[Name, set[str]] = {}
    for binding in bindings(evidence, "table"):
        table = binding.table.table if binding.table is not None else None
        if table is None or table.kind != "table" or table.name in evidence.platform.tables or not table.complete:
            continue
        searched = [c for c in binding.query.filters if c.operator in _SEARCHES and not c.path and c.json_path is None]
        if table.name not in leading:
            leading[table.name] = _leading_columns(table)
        if any(condition.column in leading[table.name] for condition in searched):
            continue
        for condition in searched:
            if condition.column in table.columns and table.columns[condition.column].type != "boolean":
                mark = Mark(condition.place, "code", "primary", "filtered by", binding.query.symbol)
                found[f"{table.name}.{condition.column}"].append((table, mark))
    for subject, uses in sorted(found.items()):
        table, column = uses[0][0], subject.rpartition(".")[2]
        places = {mark.place for _, mark in uses}
        yield Fault(
            subject=subject,
            message=f"The code filters {table.name} by {column} in {counted(len(places), 'place')}, "
            "but no index begins with it.",
            marks=(*(mark for _, mark in uses), *table_marks(table)),
            help=f"create index on {table.name} ({column}); if the table grows.",
        )


def _leading_columns(table: Table) -> set[str]:
    keys = {c.columns[0] for c in table.constraints.values() if c.kind in ("primary", "unique") and c.columns}
    leading = {index.columns[0].name for index in table.indexes.values() if index.columns and index.columns[0].name}
    # A partial index serves the queries that its condition speaks of.
    conditions = " ".join(index.predicate or "" for index in table.indexes.values())
    # Compiling a pattern takes longer than to see that most names do not stand there at all.
    spoken = [name for name in table.columns if name in conditions]
    return keys | leading | {name for name in spoken if re.search(rf"\b{re.escape(name)}\b", conditions)}


RULE = Rule("unindexed-query", "code", "info", check, needs=("migrations", "code"))
