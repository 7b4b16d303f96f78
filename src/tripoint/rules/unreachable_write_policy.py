"""An UPDATE or DELETE policy for rows that no SELECT policy shows.

**What it finds.** A policy that lets a role update or delete rows of a table on which no policy lets that role select
any.

**Why it matters.** A statement with a condition (`where id = …`, which the API always sends) also needs the policies
for select: it finds no row, changes nothing, and says nothing.

**How to mend it.** Add a policy for select with the same condition.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.words import listed
from tripoint.rules._access import Permitted, privileges, undecided
from tripoint.rules._baseline import baseline_is_missing
from tripoint.rules._policies import on_one_line, policies, policy_mark, roles_of
from tripoint.rules._shared import table_marks
from tripoint.rules._storage import PARTIAL


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each such policy."""
    partial = baseline_is_missing(evidence)
    permitted = Permitted(evidence)
    for table, policy in policies(evidence):
        if policy.command not in ("update", "delete") or not policy.permissive or not table.row_security:
            continue
        if undecided(table, evidence) is not None:
            continue
        roles = [role for role in roles_of(policy) if permitted(table, policy.command, role)]
        if evidence.database.platform == "supabase":
            roles = [role for role in roles if policy.command in privileges(table, role)]
        blind = [role for role in roles if not permitted(table, "select", role)]
        if not blind or len(blind) < len(roles):
            continue
        yield Fault(
            subject=f"{table.name}/{policy.name}",
            message=f'Policy "{policy.name}" lets {listed(blind)} {policy.command} rows of {table.name} that no policy '
            "lets them select: the call changes nothing and says nothing.",
            severity="low" if partial else None,
            severity_reason=PARTIAL if partial else None,
            marks=(*policy_mark(policy, f"for {policy.command}"), *table_marks(table)),
            help=f"create policy … on {table.name} for select to {', '.join(blind)} "
            f"using ({on_one_line(policy.using)});",
        )


RULE = Rule("unreachable-write-policy", "schema", "medium", check, needs=("migrations",))
