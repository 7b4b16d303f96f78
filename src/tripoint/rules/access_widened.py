"""More access to a table than the project's record of it says.

**What it finds.** `tripoint prove --write` records in `tripoint-access.toml` who may do what to whose rows. A later
proof that sees an operation allowed which the record calls denied is a finding, with the line of the record.

**Why it matters.** A change of a policy or a grant opens a door that was shut. In a pull request it shows as one line
here, before it is merged, whatever the SQL looks like.

**Severity.** *High*; *medium* where the record does not know the table yet, so that nothing was shut before.

**How to mend it.** Mend the policy; or, where the access is wanted, run `tripoint prove --write` and let the changed
lines of the record be reviewed with the change.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._record import changes_to, table_fault


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table that became more accessible."""
    for table, changes in changes_to(evidence, "allowed"):
        fault = table_fault(table, changes, evidence, "Access is wider than recorded on")
        if all(change.before is None for change in changes):
            reason = "the record does not know this access yet, so nothing was shut before"
            fault = replace(fault, severity="medium", severity_reason=reason)
        yield fault


RULE = Rule("access-widened", "schema", "high", check, needs=("migrations",), by_proof=True)
