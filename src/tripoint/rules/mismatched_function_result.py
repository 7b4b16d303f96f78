"""A function of PL/pgSQL that gives something else than it says that it returns.

**What it finds.** `return query select id, name, count(*) …` in a function that `returns table (id uuid, name text, n
integer)`, where `name` is `varchar` or `count(*)` is `bigint`, or where it has more or fewer columns; the same of
`setof people`, to which a later migration has added a column. And a function, of a trigger or with a result, in which
no RETURN stands at all.

**Why it matters.** PostgreSQL takes the function and refuses what it gives each time it runs: `42804`, "structure of
query does not match function result type", since RETURN QUERY does not convert; `2F005`, "control reached end of
function without RETURN".

**Severity.** *High*; *medium* where the function handles the error or an older database may have another type there,
and *medium* or *low* where nothing seems to call it any longer.

**How to mend it.** Cast the column in the query (`name::text`, `count(*)::integer`), or say the type that it has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.bind.sql_uses import SqlUse, sql_uses
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._filters import severity_of_types
from tripoint.rules._sql import sql_marks

_SHOWN = 3


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each function of which a result is refused."""
    found: dict[str, list[SqlUse]] = defaultdict(list)
    for use in sql_uses(evidence, "result"):
        if use.body is not None:
            found[use.body.subject].append(use)
    for subject, uses in sorted(found.items()):
        said = list(dict.fromkeys(use.reference.reason or "" for use in uses))
        without = [reason for reason in said if "without RETURN" in reason]
        what = "; ".join(said[:_SHOWN]) + ("; …" if said[_SHOWN:] else "")
        severity, reason = severity_of_types(uses, evidence)
        yield Fault(
            subject=subject,
            message=f"{subject} {what}: it fails with {'2F005' if without else '42804'} when it runs.",
            marks=sql_marks(uses),
            severity=severity,
            severity_reason=reason,
            help="Write RETURN where it ends."
            if without
            else "Cast the columns in the query to what the function returns, or say the types that they have.",
        )


RULE = Rule("mismatched-function-result", "schema", "high", check, needs=("migrations",))
