"""A foreign table in the API.

**What it finds.** A foreign table in an exposed schema that `anon` or `authenticated` may select from.

**Why it matters.** Row level security does not hold for foreign tables: whoever has the role reads every row of the
other system that the table leads to.

**How to mend it.** Revoke the privileges of `anon` and `authenticated`, or move it to a schema that the API does not
serve and show what may be seen through a function.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._access import CLIENT_ROLES, privileges
from tripoint.rules._shared import assumed_grants, is_exposed, own_tables, table_marks


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each exposed foreign table."""
    for table in own_tables(evidence, "foreign-table"):
        if is_exposed(table, evidence) and any("select" in privileges(table, role) for role in CLIENT_ROLES):
            yield Fault(
                subject=str(table.name),
                message=f"The foreign table {table.name} shows all its rows through the API.",
                marks=table_marks(table, role="primary"),
                severity_reason=assumed_grants(table, evidence)[1],
                help=f"revoke all on {table.name} from anon, authenticated;",
            )


RULE = Rule("exposed-foreign-table", "schema", "medium", check, needs=("migrations",))
