"""SQL in the code that names a column of a table or alias which its FROM clause does not have.

**What it finds.** `select u.name from users` or `select users.name from users as u`: what stands before the column is
neither a table nor an alias of the statement. And `select u.name from (select id from users) as u`: the alias is there,
but the subquery, WITH query or function that it stands for gives no such column. Only whole statements are held to it
that go to a driver as they stand: what a query builder puts together, or the code fills in, may bring the table along.

**Why it matters.** PostgreSQL refuses the statement, `42P01`: "missing FROM-clause entry for table", or "invalid
reference to FROM-clause entry" where the table has an alias, or `42703` where a subquery gives no such column.

**Severity.** *High*; *medium* where the code expects that it may fail.

**How to mend it.** Correct the alias, or join the table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.bind.sql import NOT_GIVEN
from tripoint.bind.sql_uses import SqlUse, sql_uses
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.words import counted
from tripoint.rules._sql import is_whole, sql_marks, sql_severity


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each such name."""
    found: dict[str, list[SqlUse]] = defaultdict(list)
    for use in sql_uses(evidence, "column"):
        reference, query = use.reference, use.query
        if query is None or reference.outcome == "bound" or reference.target is not None:
            continue
        said = reference.reason or ""
        named = "." in reference.written and said.endswith("in the FROM clause")
        if is_whole(query) and (said == NOT_GIVEN or named):
            found[reference.written].append(use)
    for written, uses in sorted(found.items()):
        severity, reason = sql_severity(uses)
        label, _, column = written.rpartition(".")
        given = all(use.reference.reason == NOT_GIVEN for use in uses)
        yield Fault(
            subject=written,
            message=f"SQL in the code ({counted(len(uses), 'place')}) names {written}, but "
            + (
                f"what {label or 'its FROM clause'} stands for gives no column {column}: PostgreSQL answers with 42703."
                if given
                else f"no table or alias {label} is in its FROM clause: PostgreSQL answers with 42P01."
            ),
            marks=sql_marks(uses),
            severity=severity,
            severity_reason=reason if severity != "high" else None,
            help=f"Correct the column, or select it in what {label or 'the FROM clause'} stands for."
            if given
            else f"Correct the alias {label}, or join what it stands for.",
        )


RULE = Rule("missing-from-clause-entry", "code", "high", check, needs=("migrations", "code"))
