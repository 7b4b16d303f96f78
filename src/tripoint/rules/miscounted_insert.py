"""An INSERT whose values are more or fewer than the columns that it lists.

**What it finds.** `insert into people (id, name, mood) values ($1, $2)`, and the same with SELECT or in one of several
rows, in SQL of the code that goes to a driver as it stands, and in the database's functions. What a star stands for is
not counted, nor a row's only parameter where a driver may write several values for it.

**Why it matters.** PostgreSQL refuses the statement: `42601`, "INSERT has more target columns than expressions", or
"more expressions than target columns".

**Severity.** *High*; *medium* where its author expects that it may fail.

**How to mend it.** Write one value for each column.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.bind.sql_uses import SqlUse, sql_uses
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._sql import held_by, is_whole, sql_marks, sql_severity

_ONE_EACH = frozenset({"pg", "asyncpg", "pgx"})
"""Drivers that write one value for each parameter."""


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table that such an INSERT writes to."""
    found: dict[str, list[SqlUse]] = defaultdict(list)
    for use in sql_uses(evidence, "count"):
        query = use.query
        # Others may write several values for a row's only parameter: psycopg's `execute_values`, `sqlx.In`.
        alone = (use.reference.reason or "").endswith("but 1 value")
        surely = query is None or not alone or query.client in _ONE_EACH
        if surely and (query is None or (is_whole(query) and not query.appended)):
            found[str(use.reference.target)].append(use)
    for subject, uses in sorted(found.items()):
        severity, reason = sql_severity(uses)
        yield Fault(
            subject=subject,
            message=f"An INSERT into {subject} in {' and '.join(held_by(uses))} has {uses[0].reference.reason}: "
            "PostgreSQL answers with 42601.",
            marks=sql_marks(uses),
            severity=severity,
            severity_reason=reason if severity != "high" or uses[0].body is not None else None,
            help="Write one value for each column.",
        )


RULE = Rule("miscounted-insert", "code", "high", check, needs=("migrations",))
