"""A policy that lets everyone write everything.

**What it finds.** A permissive policy for insert, update, delete or all, for everyone, `anon` or `authenticated`,
whose condition is `true`. A policy for select alone may well be meant to show every row, and is not reported.

**Why it matters.** Row level security is on and does nothing: whoever has the role changes every row.

**How to mend it.** Say whose rows they are, `(select auth.uid()) = user_id`, or grant the policy `to service_role` if
the server alone is meant (which needs no policy, since that role bypasses row security).
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._policies import API_ROLES, is_true, policies, policy_mark
from tripoint.rules._shared import is_exposed, table_marks


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each policy that lets everyone write."""
    for table, policy in policies(evidence):
        roles = sorted(set(policy.roles) & API_ROLES)
        if not policy.permissive or policy.command == "select" or not roles:
            continue
        if evidence.database.platform == "supabase" and not is_exposed(table, evidence):
            continue
        open_rows = policy.check if policy.command == "insert" else policy.using
        open_values = policy.check if policy.check is not None else policy.using
        if not is_true(open_rows) or not is_true(open_values):
            continue
        who = "everyone" if "public" in roles or "anon" in roles else "every signed-in user"
        what = {"all": "read, change and delete", "insert": "insert", "update": "change", "delete": "delete"}
        yield Fault(
            subject=f"{table.name}/{policy.name}",
            message=f"Policy {policy.name} lets {who} {what[policy.command]} every row of {table.name}.",
            marks=(*policy_mark(policy, "the condition is true"), *table_marks(table)),
            help="Say whose rows they are, or take the policy away if only the server writes here.",
        )


RULE = Rule("policy-always-true", "schema", "medium", check, needs=("migrations",))
