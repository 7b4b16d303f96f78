"""SQL that names a column of a table or alias which its FROM clause does not have.

**What it finds.** `select u.name from users` or `select users.name from users as u`: what stands before the column is
neither a table nor an alias of the statement. And `select u.name from (select id from users) as u`: the alias is there,
but the subquery, WITH query or function that it stands for gives no such column. Of the code only whole statements are
held to it that go to a driver as they stand: what a query builder puts together, or the code fills in, may bring the
table along. Of the database's functions and jobs, what stands before the column is no variable either. Of its views and
policies, it is the subquery or WITH query that gives no such column (`refused-statement` tells the others).

**Why it matters.** PostgreSQL refuses the statement, `42P01`: "missing FROM-clause entry for table", or "invalid
reference to FROM-clause entry" where the table has an alias, or `42703` where a subquery gives no such column.

**Severity.** *High*; *medium* where its author expects that it may fail, and *medium* or *low* where nothing seems to
call the function any longer.

**How to mend it.** Correct the alias, or join the table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from tripoint.bind.sql import NOT_GIVEN
from tripoint.bind.sql_uses import SqlUse, sql_uses
from tripoint.model.binding import BodyBinding
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.regex import regex
from tripoint.rules._sql import held_by, is_whole, sql_marks, sql_severity

_ABSENT: Final = regex(r"no relation .* in (?:the FROM clause|reach)$")

_MADE: Final = frozenset({"view", "policy"})
"""What holds queries, and is refused when it is made."""


def _lacks_column(body: BodyBinding) -> bool:
    """Whether a table has no such column as the body names: what that is handed on as is told there."""
    return any(r.kind == "column" and r.target is not None and r.outcome != "bound" for r in body.references)


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each such name."""
    found: dict[str, list[SqlUse]] = defaultdict(list)
    for use in sql_uses(evidence, "column"):
        reference, query, body = use.reference, use.query, use.body
        if reference.outcome == "bound" or reference.target is not None:
            continue
        said = reference.reason or ""
        named = "." in reference.written and said.endswith("in the FROM clause")
        absent = "." in reference.written and _ABSENT.match(said) is not None
        in_code = query is not None and is_whole(query) and (said == NOT_GIVEN or named)
        in_body = body is not None and body.at_run_time and (said == NOT_GIVEN or absent)
        if body is not None and not body.at_run_time and said == NOT_GIVEN:
            in_body = body.kind in _MADE and not _lacks_column(body)
        if in_code or in_body:
            found[reference.written].append(use)
    for written, uses in sorted(found.items()):
        severity, reason = sql_severity(uses)
        label, _, column = written.rpartition(".")
        given = all(use.reference.reason == NOT_GIVEN for use in uses)
        yield Fault(
            subject=written,
            message=f"{' and '.join(held_by(uses))} {'names' if len(uses) == 1 else 'name'} {written}, but "
            + (
                f"what {label or 'its FROM clause'} stands for gives no column {column}: PostgreSQL answers with 42703."
                if given
                else f"no table or alias {label} is in the FROM clause: PostgreSQL answers with 42P01."
            ),
            marks=sql_marks(uses),
            severity=severity,
            severity_reason=reason if severity != "high" or uses[0].body is not None else None,
            help=f"Correct the column, or select it in what {label or 'the FROM clause'} stands for."
            if given
            else f"Correct the alias {label}, or join what it stands for.",
        )


RULE = Rule("missing-from-clause-entry", "code", "high", check, needs=("migrations",))
