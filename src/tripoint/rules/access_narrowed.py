"""Less access to a table than the project's record of it says.

**What it finds.** `tripoint prove --write` records in `tripoint-access.toml` who may do what to whose rows. A later
proof that sees an operation denied which the record calls allowed is a finding, with the line of the record.

**Why it matters.** Something that users could do stops working, and often without an error: row level security returns
an empty list. Where it was meant, the record should say so.

**How to mend it.** Mend the policy or the grant; or, where the access is to end, run `tripoint prove --write` and let
the changed lines of the record be reviewed with the change.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._record import changes_to, table_fault


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table that became less accessible."""
    for table, changes in changes_to(evidence, "denied"):
        yield table_fault(table, changes, evidence, "Access is narrower than recorded on")


RULE = Rule("access-narrowed", "schema", "medium", check, needs=("migrations",), by_proof=True)
