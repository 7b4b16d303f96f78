"""An update policy that lets rows be given away.

**What it finds.** A policy for update or all whose USING ties the row to the caller (`user_id = auth.uid()`), with a
WITH CHECK that does not ask who is calling (`true`, `status = 'draft'`), while the caller may update the column that
ties them.

**Why it matters.** USING decides which rows may be changed, WITH CHECK what they may become. A user can set `user_id`
of a row to someone else's, and with a policy for all insert rows in another's name.

**How to mend it.** Repeat the condition in WITH CHECK, or leave WITH CHECK out: PostgreSQL then takes USING for both.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.catalog import Policy, Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.words import listed
from tripoint.rules._access import applying, privileges
from tripoint.rules._conditions import can_pass, nodes_in, tells_who_calls
from tripoint.rules._functions import called_functions
from tripoint.rules._guards import guards, trigger_minds
from tripoint.rules._policies import on_one_line, policies, policy_mark, roles_of
from tripoint.rules._shared import table_marks


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each policy whose check is weaker than its USING."""
    for table, policy in policies(evidence):
        if policy.command not in ("update", "all") or not policy.permissive or not table.row_security:
            continue
        if policy.check is None or _minds_the_caller(policy.check, evidence):
            continue
        roles = [role for role in roles_of(policy) if can_pass(policy.using, role) and can_pass(policy.check, role)]
        tied = frozenset(guards(policy.using, table, evidence))
        free = sorted(column for column in tied if any(_may_update(table, role, column) for role in roles))
        if not free or _narrowed(table, policy, roles) or trigger_minds(table, "update", tied, evidence):
            continue
        more = "and insert rows in another's name" if policy.command == "all" else "and so give the row away"
        yield Fault(
            subject=f"{table.name}/{policy.name}",
            message=f'Policy "{policy.name}" lets a user change {listed(free)} of {table.name} to anything, {more}: '
            f"its check is {on_one_line(policy.check)}.",
            marks=(*policy_mark(policy, "the check does not ask who is calling"), *table_marks(table)),
            help=f"with check ({on_one_line(policy.using)}), or no WITH CHECK at all.",
        )


def _minds_the_caller(condition: str, evidence: Evidence) -> bool:
    """Whether a condition depends on the caller, or on what can't be told from its text."""
    return (
        tells_who_calls(condition)
        or any(tag == "SubLink" for tag, _ in nodes_in(condition))
        or any(True for _ in called_functions(condition, evidence))
    )


def _may_update(table: Table, role: str, column: str) -> bool:
    return "update" in privileges(table, role) or any(
        g.role in (role, "public") and g.privilege == "update" and g.column == column for g in table.grants
    )


def _narrowed(table: Table, policy: Policy, roles: list[str]) -> bool:
    """Whether a restrictive policy holds for the rows that are written."""
    return any(
        tells_who_calls(other.check or other.using)
        for role in roles
        for other in applying(table, "update", role, permissive=False)
        if other is not policy
    )


RULE = Rule("update-check-weaker-than-using", "schema", "medium", check, needs=("migrations",))
