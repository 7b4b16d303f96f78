"""A policy that believes what users say of themselves.

**What it finds.** A policy whose condition reads `user_metadata` of the token or `raw_user_meta_data` of
`auth.users`.

**Why it matters.** Every user can change their own user metadata with one call: whoever writes `{"role": "admin"}`
into it is let in.

**How to mend it.** Keep roles in `app_metadata`, which only the server can write, or in a table of your own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._policies import expressions, policies, policy_mark

_TRUSTING = re.compile(r"\b(?:raw_)?user_meta_?data\b", re.IGNORECASE)


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each policy that reads what users can write themselves."""
    for table, policy in policies(evidence):
        if any(_TRUSTING.search(text) for text in expressions(policy)):
            yield Fault(
                subject=f"{table.name}/{policy.name}",
                message=f"Policy {policy.name} of {table.name} trusts user metadata, which each user can change.",
                marks=policy_mark(policy, "reads user metadata"),
                help="Read app_metadata, which only the server can write, or a table of your own.",
            )


RULE = Rule("policy-trusts-user-metadata", "schema", "high", check, needs=("migrations",))
