"""What a table that stands early in the history still lacks: made once everything that it needs is there."""

from __future__ import annotations

from tripoint.propose import ddl
from tripoint.propose.draft import TablePlan
from tripoint.propose.style import Style

__all__ = ["completion"]


def completion(early: TablePlan, full: TablePlan, style: Style) -> str:
    """Return the statements that turn a plan for an early place into the one for the end; empty where none are left."""
    related = {column.name for column in early.columns if column.references is not None}
    present = {column.name for column in early.columns}
    indexed = {index.columns for index in early.indexes}
    late = [c for c in full.columns if c.references is not None and c.name in present - related]
    blocks = []
    for column in late:
        assert column.references is not None
        name = f"{full.name.name}_{column.name}_fkey"[:63]
        key = ddl.foreign_key(
            full.name, name, (column.name,), column.references, (column.referenced_column,), column.on_delete, style
        )
        blocks.append(f"{ddl.comment('; '.join(column.reasons))}\n{key}")
        blocks += [
            ddl.index(index, full.name, style)
            for index in full.indexes
            if index.columns == (column.name,) and index.columns not in indexed
        ]
    if full.policies and not early.policies and early.row_security is not None:
        policies = [ddl.policy(policy, full.name, style) for policy in full.policies]
        policies[0] = f"{ddl.comment(full.policy_reason)}\n{policies[0]}"
        blocks += policies
    made = {trigger.name for trigger in early.triggers}
    blocks += [ddl.trigger(trigger, full.name, style) for trigger in full.triggers if trigger.name not in made]
    return "\n\n".join(blocks) + "\n" if blocks else ""
