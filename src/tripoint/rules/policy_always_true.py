"""A policy that lets everyone write everything.

**What it finds.** A permissive policy for insert, update, delete or all whose condition holds for every row: `true`,
and for signed-in users also `auth.role() = 'authenticated'` or `auth.uid() is not null`. A policy for select alone may
well be meant to show every row, and is not reported. It is *low* for insert, where that can be meant (a contact form).

**Why it matters.** Row level security is on and does nothing: whoever has the role changes every row.

**How to mend it.** Say whose rows they are, `(select auth.uid()) = user_id`, or grant the policy `to service_role` if
the server alone is meant (which needs no policy, since that role bypasses row security).
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.catalog import Policy, Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._access import applying, condition_of, privileges
from tripoint.rules._conditions import always_passes, can_pass
from tripoint.rules._policies import policies, policy_mark, roles_of
from tripoint.rules._shared import is_exposed, table_marks
from tripoint.rules.null_unsafe_policy import opening
from tripoint.rules.select_policy_for_all import meant_for_select

_WORDS = {
    "all": "read, change and delete every row of",
    "insert": "insert any row into",
    "update": "change every row of",
    "delete": "delete every row of",
}


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each policy that lets everyone write."""
    for table, policy in policies(evidence):
        if not policy.permissive or policy.command == "select" or not table.row_security or meant_for_select(policy):
            continue
        if evidence.database.platform == "supabase" and not is_exposed(table, evidence):
            continue
        open_to = [role for role in roles_of(policy) if _is_open(table, policy, role)]
        if not open_to or (open_to == ["anon"] and _opened_by_no_session(table, policy)):
            continue
        who = "everyone" if "anon" in open_to else "every signed-in user"
        yield Fault(
            subject=f"{table.name}/{policy.name}",
            message=f'Policy "{policy.name}" lets {who} {_WORDS[policy.command]} {table.name}.',
            marks=(*policy_mark(policy, "the condition holds for every row"), *table_marks(table)),
            severity="low" if policy.command == "insert" else "medium",
            help="Say whose rows they are, or take the policy away if only the server writes here.",
        )


def _opened_by_no_session(table: Table, policy: Policy) -> bool:
    """Whether each condition holds because there is no session, and not for those who have one: null-unsafe-policy."""
    conditions = [condition for condition in (policy.using, policy.check) if condition is not None]
    return bool(conditions) and all(opening(condition, table) == "every row" for condition in conditions)


def _is_open(table: Table, policy: Policy, role: str) -> bool:
    """Whether a policy lets a role write every row, and neither a restrictive policy nor a missing grant stops it."""
    commands = ("insert", "update", "delete") if policy.command == "all" else (policy.command,)
    if not always_passes(policy.check if policy.check is not None else policy.using, role):
        return False
    if policy.command != "insert" and not always_passes(policy.using, role):
        return False
    held = privileges(table, role)
    for command in commands:
        narrowing = applying(table, command, role, permissive=False)  # type: ignore[arg-type]
        stopped = any(
            condition is not None and (not can_pass(condition, role) or not always_passes(condition, role))
            for condition in (condition_of(p, command) for p in narrowing)  # type: ignore[arg-type]
        )
        if command in held and not stopped:
            return True
    return False


RULE = Rule("policy-always-true", "schema", "medium", check, needs=("migrations",))
