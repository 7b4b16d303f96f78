"""A policy that calls a function for each row that it could call once.

**What it finds.** `auth.uid()`, `auth.jwt()`, `auth.role()`, `auth.email()` or `current_setting(…)` in a policy
outside of a scalar subquery.

**Why it matters.** PostgreSQL calls the function again for every row that it looks at; in `(select auth.uid())` it is
called once for the statement. On a large table the difference is a hundredfold.

**How to mend it.** Write `(select auth.uid())` in place of `auth.uid()`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._policies import expressions, policies, policy_mark, without_strings
from tripoint.rules._shared import listed

_CALL = re.compile(
    r"(?P<select>\bselect\s+)?\b(?P<call>auth\.(?:uid|jwt|role|email)|current_setting)\s*\(", re.IGNORECASE
)


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each policy that calls such a function for each row."""
    for table, policy in policies(evidence):
        if table.name in evidence.platform.tables:
            continue
        calls = sorted(
            {
                match["call"].lower()
                for text in expressions(policy)
                for match in _CALL.finditer(without_strings(text))
                if not match["select"]
            }
        )
        if calls:
            yield Fault(
                subject=f"{table.name}/{policy.name}",
                message=f"Policy {policy.name} of {table.name} calls {listed(f'{call}()' for call in calls)} "
                "for every row.",
                marks=policy_mark(policy, "called for each row"),
                help=f"Write (select {calls[0]}()) in its place: PostgreSQL then calls it once.",
            )


RULE = Rule("policy-per-row-call", "schema", "low", check, needs=("migrations",))
