"""Row level security without a single policy.

**What it finds.** A table with row security enabled and no policy.

**Why it matters.** Nobody but its owner and roles that bypass row security (`service_role`) sees or writes a row: the
API answers with an empty array and no error. That may be meant, for a table that only the server uses.

**How to mend it.** Add the policies that its users need, or say that it is meant (`-- tripoint: ignore[…]`).
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._access import in_doubt, undecided
from tripoint.rules._shared import own_tables, table_marks


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table that row security closes to everyone."""
    for table in own_tables(evidence, "table"):
        doubt = undecided(table, evidence) or in_doubt(table, "policies", evidence)
        if table.row_security and not table.policies and doubt is None:
            yield Fault(
                subject=str(table.name),
                message=f"{table.name} has row level security and no policy: only its owner and service_role see rows."
                if evidence.database.platform == "supabase"
                else f"{table.name} has row level security and no policy: only its owner sees rows.",
                marks=table_marks(table, role="primary"),
                help="Add a policy, or leave it if only the server is meant to use this table.",
            )


RULE = Rule("row-security-without-policy", "schema", "info", check, needs=("migrations",))
