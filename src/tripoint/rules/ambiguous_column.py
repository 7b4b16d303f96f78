"""SQL that names a column by a name which several columns in reach have, or a variable as well.

**What it finds.** `select name from people join visits …` where both tables have a `name`; `on conflict … do update set
n = n + 1`, where `n` may be the row's or `excluded`'s; `order by id` where two columns of the output are called so; and
in functions of PL/pgSQL a name without a qualifier that a column has as well as a parameter, an output column (`returns
table (id …)`) or a variable, which shows only when the function runs. SQL in the code is held to it where whole
statements go to a driver as they stand.

**Why it matters.** PostgreSQL refuses the statement: `42702 ambiguous_column`.

**Severity.** *High*; *medium* where its author expects that it may fail, and *medium* or *low* where nothing seems to
call the function any longer.

**How to mend it.** Write the table or its alias before the column. In a function, a variable may be given another name,
or `#variable_conflict use_column` be written at the beginning of its body.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.bind.sql_uses import SqlUse, sql_uses
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.words import listed
from tripoint.rules._sql import held_by, is_whole, sql_marks, sql_severity


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each function with such names, and for each pair of relations in the code."""
    found: dict[str, list[SqlUse]] = defaultdict(list)
    for use in sql_uses(evidence, "ambiguous"):
        if use.query is not None and is_whole(use.query) and not use.query.appended:
            found[", ".join(_owners(use.reference.reason or ""))].append(use)
        elif use.body is not None:
            found[use.body.subject].append(use)
    for subject, uses in sorted(found.items()):
        severity, reason = sql_severity(uses)
        names = sorted({use.reference.written for use in uses})
        said = sorted({use.reference.reason or "" for use in uses})
        each = f"which may be {said[0]}" if len(names) == 1 else f"each of which may be two things ({said[0]}, for one)"
        variable = any(one.startswith("the variable ") for one in said)
        yield Fault(
            subject=subject,
            message=f"{' and '.join(held_by(uses))} names {listed(names, 4)}, {each}: PostgreSQL answers with 42702.",
            marks=sql_marks(uses),
            severity=severity,
            severity_reason=reason if severity != "high" or uses[0].body is not None else None,
            help=f"Write the table or its alias before {listed(names, 4)}"
            + (", or call the variable otherwise." if variable else "."),
        )


def _owners(said: str) -> list[str]:
    """Return what has the columns that a name may be: of `public.a.id or public.b.id`, the two tables."""
    return list(dict.fromkeys(one.rpartition(".")[0] or one for one in said.split(" or ")))


RULE = Rule("ambiguous-column", "code", "high", check, needs=("migrations",))
