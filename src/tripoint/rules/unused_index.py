"""An index that no query of the live database ever used.

**What it finds.** An index of the migrations that the live database holds and has not used once, by its own count,
while its table was read at least a thousand times. Those of keys and other constraints are left out, and so are those
that lead with a foreign key: deleting a referenced row needs them, and may just not have happened.

**Why it matters.** Each insert and most updates keep every index in step, and each takes room in memory and on disk.

**How to mend it.** Look at how long the database has counted (`pg_stat_database.stats_reset`) and whether a replica
uses the index, then drop it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._shared import place_marks

_ENOUGH = 1000
"""Reads of a table without one of the index."""


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each index that is idle."""
    for name, index_name, reads in evidence.idle_indexes:
        table = evidence.defined.tables.get(name)
        index = table.indexes.get(index_name) if table is not None else None
        if table is None or index is None or reads <= _ENOUGH or name in evidence.platform.tables:
            continue
        first = index.columns[0].name if index.columns else None
        if any(key.columns[:1] == (first,) for key in table.constraint("foreign")):
            continue
        yield Fault(
            subject=f"{name}/{index_name}",
            message=f"The live database has never used the index {index_name} of {name}, although it read that table "
            f"more than {_ENOUGH} times.",
            marks=place_marks(index.place, "created here"),
            help=f"drop index {name.schema}.{index_name}; once the count is old enough, and no replica uses it.",
        )


RULE = Rule("unused-index", "database", "info", check, needs=("migrations", "database"))
