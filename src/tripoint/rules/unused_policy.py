"""A policy that no code needs.

**What it finds.** A policy for a command that no call of the code and no function or view of the database makes on its
table as `anon` or `authenticated`, where the code uses the table otherwise.

**Why it matters.** Every policy is a way in. One that nothing uses may be left from a feature that is gone, and is
easily forgotten when the table changes.

**How to mend it.** Drop it, unless a client outside of this repository uses it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.catalog import Policy
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.name import Name
from tripoint.rules._access import runs_as
from tripoint.rules._grants import wanted_grants
from tripoint.rules._policies import policy_mark, roles_of
from tripoint.rules._shared import is_exposed, own_tables

_COMMANDS = frozenset({"select", "insert", "update", "delete"})


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each policy that nothing needs."""
    if evidence.database.platform != "supabase" or "code" not in evidence.heard:
        return
    if any(q.kind in ("table", "sql") and q.name is None and not q.test for q in evidence.queries):
        return  # some call's table is not known: it may be any
    used: dict[Name, set[str]] = defaultdict(set)
    for (name, command), roles in wanted_grants(evidence).items():
        if roles - {"service_role"}:
            used[name].add(command)
    unseen = _used_unseen(evidence)
    if unseen is None:
        return
    several = {q.name for q in evidence.queries if q.alternatives and not q.test and runs_as(q) is not None}
    for table in own_tables(evidence, "table"):
        if not table.row_security or not is_exposed(table, evidence) or not used.get(table.name):
            continue
        if table.name in unseen or table.name.name in several:
            continue
        for _, policy in sorted(table.policies.items()):
            if policy.permissive and roles_of(policy) and not _commands(policy) & used[table.name]:
                yield Fault(
                    subject=f"{table.name}/{policy.name}",
                    message=f"No code {policy.command}s rows of {table.name} as anon or authenticated: policy "
                    f'"{policy.name}" is not needed.'
                    if policy.command != "all"
                    else f'No code uses {table.name} as anon or authenticated: policy "{policy.name}" is not needed.',
                    marks=policy_mark(policy, f"for {policy.command}"),
                    help="Drop it, unless a client outside of this repository uses it.",
                )


def _commands(policy: Policy) -> frozenset[str]:
    return _COMMANDS if policy.command == "all" else frozenset({policy.command})


def _used_unseen(evidence: Evidence) -> set[Name | None] | None:
    """Return what functions with their caller's rights speak of; None where one can't be read and may use any table."""
    found: set[Name | None] = set()
    for body in evidence.bodies:
        if body.kind != "function" or all(f.security_definer for f in evidence.defined.functions.get(body.name, [])):
            continue
        if body.undecided:
            return None
        found |= {reference.target for reference in body.references}
    return found


RULE = Rule("unused-policy", "schema", "info", check, needs=("migrations", "code"))
