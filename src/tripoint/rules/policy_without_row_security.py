"""Policies on a table whose row level security is off.

**What it finds.** A table with at least one policy and without `ENABLE ROW LEVEL SECURITY`.

**Why it matters.** The policies read as protection and do nothing: PostgreSQL ignores them until row security is
enabled.

**Severity.** *High*; *low* where `row-security-disabled` says what the missing protection means for the table.

**How to mend it.** `alter table … enable row level security`.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.words import counted
from tripoint.rules._elsewhere import lowered
from tripoint.rules._shared import own_tables, table_marks


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table whose policies have no effect."""
    for table in own_tables(evidence, "table"):
        if table.row_security or not table.policies:
            continue
        severity, reason, held = lowered(evidence, "row security", str(table.name), "high", None)
        policies = [policy for _, policy in sorted(table.policies.items())]
        yield Fault(
            subject=str(table.name),
            message=f"{table.name} has {counted(len(policies), 'policy', 'policies')}, but row level security is off, "
            f"so {'it has' if len(policies) == 1 else 'they have'} no effect.",
            marks=(
                *(
                    Mark(policy.place, "migrations", "primary", f'policy "{policy.name}"')
                    for policy in policies
                    if policy.place is not None
                ),
                *_off(table),
                *table_marks(table),
                *held,
            ),
            severity=severity,
            severity_reason=reason,
            help=f"alter table {table.name} enable row level security;",
        )


def _off(table: Table) -> tuple[Mark, ...]:
    off = table.switched_off
    return () if off is None else (Mark(off, "migrations", "related", "row security is switched off here"),)


RULE = Rule("policy-without-row-security", "schema", "high", check, needs=("migrations",))
