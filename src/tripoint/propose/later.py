"""What the history does to a table that it never creates: a proposal must leave that to it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from tripoint.model.evidence import Evidence, MigrationFile
from tripoint.model.name import Name
from tripoint.propose.draft import TablePlan
from tripoint.sql.read import read_sql

__all__ = ["Later", "first_need", "later_changes", "without_later"]


class Later(Struct):
    """What later migrations add to the table."""

    columns: set[str] = field(default_factory=set)
    indexes: set[str] = field(default_factory=set)
    policies: set[str] = field(default_factory=set)
    triggers: set[str] = field(default_factory=set)
    row_security: bool = False


def first_need(name: Name, evidence: Evidence) -> MigrationFile | None:
    """Return the first migration that names the table and fails without it."""
    needing = {
        reference.place.path
        for reference in evidence.references
        if reference.table == str(name) and reference.created_later is None and reference.statement != "drop"
    }
    for body in evidence.bodies:
        # A policy, a view or a function in SQL is looked through when it is made; in PL/pgSQL only when it runs.
        if body.kind == "function" and not _is_sql(body.name, evidence):
            continue
        if any(r.kind == "relation" and r.target == name and r.outcome == "unknown" for r in body.references):
            needing.add(body.place.path)
    return next((migration for migration in evidence.database.migrations if migration.path in needing), None)


def _is_sql(name: Name, evidence: Evidence) -> bool:
    return any(function.language == "sql" for function in evidence.defined.functions.get(name, ()))


def later_changes(name: Name, evidence: Evidence, read: Callable[[str], bytes | None]) -> Later:
    """Return what the statements add that change the table although nothing creates it."""
    found = Later()
    places = [
        reference.place
        for reference in evidence.references
        if reference.table == str(name) and reference.statement in ("alter", "index", "policy", "trigger")
    ]
    for path in sorted({place.path for place in places}):
        own = [place for place in places if place.path == path]
        for statement in read_sql(read(path) or b"").statements:
            if not any(statement.start <= place.start < max(statement.end, 1) for place in own):
                continue
            node = statement.node
            if statement.kind == "CreatePolicyStmt":
                found.policies.add(str(node.get("policy_name", "")))
            elif statement.kind == "CreateTrigStmt":
                found.triggers.add(str(node.get("trigname", "")))
            elif statement.kind == "IndexStmt":
                found.indexes.add(str(node.get("idxname", "")))
            for command in node.get("cmds", ()):
                change = command.get("AlterTableCmd", {})
                kind = change.get("subtype")
                if kind == "AT_AddColumn" and not change.get("missing_ok"):
                    found.columns.add(str(change.get("def", {}).get("ColumnDef", {}).get("colname", "")))
                found.row_security = found.row_security or kind == "AT_EnableRowSecurity"
    return found


def without_later(plan: TablePlan, later: Later) -> None:
    """Take out of the plan what later migrations make themselves."""
    removed = later.columns & {column.name for column in plan.columns} - set(plan.key)
    plan.columns = [column for column in plan.columns if column.name not in removed]
    plan.uniques = [unique for unique in plan.uniques if not removed & set(unique[0])]
    plan.indexes = [i for i in plan.indexes if not removed & set(i.columns) and i.name not in later.indexes]
    plan.triggers = [trigger for trigger in plan.triggers if trigger.name not in later.triggers]
    if later.policies:
        plan.policies, plan.policy_reason = [], ""
        plan.remarks.append(f"Later migrations make its policies ({len(later.policies)}).")
    if later.row_security:
        plan.row_security = None
        plan.remarks.append("A later migration enables its row security.")
    if removed:
        plan.remarks.append(f"Later migrations add {', '.join(sorted(removed))}.")
