"""A query that PostgreSQL refuses whatever the tables hold, though each name in it is right.

**What it finds.** In functions, jobs and whole statements of the code:

- a column beside an aggregate that is not grouped by (`select name, count(*) from people`, `select json_agg(name) from
  people order by age`), aggregates within aggregates or in WHERE, window functions in WHERE;
- `select distinct` sorted by what it does not give, and the same of `string_agg(distinct …)` and `distinct on`;
- `for update` beside aggregates, GROUP BY or DISTINCT;
- a UNION of queries with other numbers of columns, a subquery of several columns where one value is asked for;
- types that CASE, COALESCE, GREATEST, UNION, VALUES or an array don't bring together (`coalesce(name, 0)` of a text), a
  condition that is neither true nor false, a cast that there is not (`owner::integer` of a `uuid`);
- a column that an UPDATE or an INSERT writes twice, a field that a record variable does not have.

**Why it matters.** PostgreSQL refuses the statement each time: `42803`, `42804`, `42846`, `42601`, `42701`, `42P10`,
`42P20`, `42703` or `0A000`. In PL/pgSQL that shows only when the function gets there.

**Severity.** *High*; *medium* where its author expects that it may fail or, of types, where an older database may have
another one there, and *medium* or *low* where nothing seems to call the function any longer.

**How to mend it.** As PostgreSQL's words say: group by the column, sort within the aggregate, cast one of the values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.bind.sql_uses import SqlUse, sql_uses
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.words import counted
from tripoint.rules._filters import severity_of_types
from tripoint.rules._sql import OF_TYPES, is_whole, sql_marks, sql_severity
from tripoint.rules.generated_column_write import CODE as COMPUTED


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each function, and each file of the code, with such queries."""
    found: dict[str, list[SqlUse]] = defaultdict(list)
    for use in sql_uses(evidence, "refused"):
        if use.reference.written == COMPUTED:
            continue
        if use.reference.written in OF_TYPES and evidence.own_operators:
            continue  # the migrations may make the cast
        if use.query is not None and is_whole(use.query) and not use.query.appended:
            found[use.query.place.path].append(use)
        elif use.body is not None and use.body.at_run_time:
            found[use.body.subject].append(use)
    for subject, uses in sorted(found.items()):
        of_types = all(use.reference.written in OF_TYPES and use.body is not None for use in uses)
        severity, reason = severity_of_types(uses, evidence) if of_types else sql_severity(uses)
        said = list(dict.fromkeys((use.reference.reason or "", use.reference.written) for use in uses))
        words, code = said[0]
        more = f", and {counted(len(said) - 1, 'other fault', 'other faults')}" if said[1:] else ""
        where = "fails when it runs" if uses[0].body is not None else "has SQL that fails"
        yield Fault(
            subject=subject,
            message=f"{subject} {where}: {words} ({code}){more}.",
            marks=sql_marks(uses),
            severity=severity,
            severity_reason=reason if severity != "high" else None,
            help=_HELP.get(code, "Write the query as PostgreSQL's words ask for."),
        )


_HELP = {
    "42803": "Group by the column, move it into an aggregate (its ORDER BY too), or aggregate in a subquery.",
    "42804": "Cast one of the values to the type of the other.",
    "42846": "Cast by way of text, or read the value that is meant.",
    "42P10": "Select what it is sorted by, or sort in a query around it.",
    "42P20": "Compute it in a subquery, and compare it around that.",
    "0A000": "Lock the rows in a subquery, and aggregate around it.",
    "42601": "Write as many columns as are asked for, each once.",
    "42701": "Write each column once.",
}


RULE = Rule("refused-query", "code", "high", check, needs=("migrations",))
