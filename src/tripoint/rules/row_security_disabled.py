"""A table of an exposed schema without row level security.

**What it finds.** A table in a schema that the platform's API serves, on which row level security was never enabled
and on which an API role holds privileges.

**Why it matters.** Whoever has the project's public key reads and writes every row, whatever the policies say.

**How to mend it.** `alter table … enable row level security`, and a policy for each thing that a user may do; or
revoke the privileges of `anon` and `authenticated`; or move the table to a schema that the API does not serve.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._shared import assumed_grants, is_exposed, own_tables, table_marks


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each exposed table without row security."""
    for table in own_tables(evidence, "table"):
        if table.row_security or not is_exposed(table, evidence):
            continue
        roles, assumption = assumed_grants(table, evidence)
        if not roles:
            continue
        yield Fault(
            subject=str(table.name),
            message=f"Row level security is off on {table.name}: "
            "whoever holds the public key reads and writes every row.",
            marks=table_marks(table, "created here, row security never enabled", role="primary"),
            severity_reason=assumption,
            help=f"alter table {table.name} enable row level security; and add the policies that its users need.",
        )


RULE = Rule("row-security-disabled", "schema", "high", check, needs=("migrations",))
