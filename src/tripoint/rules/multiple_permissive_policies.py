"""Several permissive policies for the same role and command.

**What it finds.** A table with more than one permissive policy that applies to the same role and the same command.

**Why it matters.** PostgreSQL evaluates all of them for each row and joins them with OR: the widest one wins,
whatever the others say, and every one costs time.

**How to mend it.** Join them into one, or make those that are meant to narrow `restrictive`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.catalog import Policy
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.words import counted, listed
from tripoint.rules._policies import policy_mark
from tripoint.rules._shared import own_tables

_BYPASSING = frozenset({"service_role", "postgres", "supabase_admin"})
_COMMANDS = ("select", "insert", "update", "delete")


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table with policies that overlap."""
    for table in own_tables(evidence, "table"):
        overlaps: dict[tuple[str, ...], list[str]] = defaultdict(list)
        involved: dict[str, Policy] = {}
        permissive = [policy for _, policy in sorted(table.policies.items()) if policy.permissive]
        for command in _COMMANDS:
            by_role: dict[str, list[Policy]] = defaultdict(list)
            for policy in permissive:
                if policy.command in (command, "all"):
                    for role in policy.roles:
                        if role not in _BYPASSING:
                            by_role[role].append(policy)
            for role, found in sorted(by_role.items()):
                everyone = by_role.get("public", []) if role != "public" else []
                together = tuple(sorted({p.name for p in (*found, *everyone)}))
                if len(together) > 1:
                    overlaps[together].append(f"{command} by {role}")
                    involved.update({p.name: p for p in (*found, *everyone)})
        if overlaps:
            shown = [f"{listed(names)} for {listed(cases)}" for names, cases in sorted(overlaps.items())]
            yield Fault(
                subject=str(table.name),
                message=f"{table.name} has {counted(len(involved), 'permissive policy', 'permissive policies')} that "
                f"overlap: {listed(shown, 3)}.",
                marks=tuple(mark for _, p in sorted(involved.items()) for mark in policy_mark(p, f"for {p.command}")),
                help="Join them into one policy, or make those that are meant to narrow restrictive.",
            )


RULE = Rule("multiple-permissive-policies", "schema", "info", check, needs=("migrations",))
