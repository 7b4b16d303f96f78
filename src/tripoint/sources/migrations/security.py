"""Row security: policies."""

from __future__ import annotations

from typing import cast

from tripoint.model.catalog import Command, Policy, Table
from tripoint.sources.migrations.analysis import impossible_policy, refuse_anywhere
from tripoint.sources.migrations.early import needs_relations
from tripoint.sources.migrations.state import Context, State
from tripoint.sql.facts import Node

__all__ = ["alter_policy", "create_policy", "role_name"]


def role_name(state: State, spec: Node) -> str:
    """Return the role that a RoleSpec names."""
    kind = spec.get("roletype")
    if kind == "ROLESPEC_PUBLIC":
        return "public"
    if kind in ("ROLESPEC_CURRENT_USER", "ROLESPEC_CURRENT_ROLE", "ROLESPEC_SESSION_USER"):
        return state.role or "postgres"
    return str(spec.get("rolename", ""))


def _clauses(context: Context, node: Node) -> tuple[str | None, str | None]:
    """Return the conditions of USING and WITH CHECK."""
    extents = context.extents
    using = extents.parenthesized(extents.find("using (", depth=0) - 1) if "qual" in node else None
    check = extents.parenthesized(extents.find("with check (", depth=0) - 1) if "with_check" in node else None
    return using, check


def _fitting(command: Command, using: str | None, check: str | None) -> tuple[str | None, str | None]:
    """Return the conditions that a policy of a command may have: where PostgreSQL refuses it, those meant."""
    if command == "insert":
        return None, check if check is not None else using
    return using, None if command in ("select", "delete") else check


def _roles(state: State, node: Node) -> tuple[str, ...]:
    names = {role_name(state, item["RoleSpec"]) for item in node.get("roles", ())}
    return ("public",) if "public" in names or not names else tuple(sorted(names))


def _table_of(state: State, context: Context, node: Node) -> Table | None:
    written = state.written(node["table"])
    table = state.find_table(written)
    if table is None:
        state.missing(context, written, "policy")
        return None
    if table.kind != "table":
        state.refuse(context, f'"{table.name.name}" is not a table')
        return None
    return state.change(table, context.place)


def create_policy(state: State, context: Context, node: Node) -> None:
    """CREATE POLICY."""
    table = _table_of(state, context, node)
    if table is None:
        return
    name = node["policy_name"]
    if name in table.policies:
        state.refuse(context, f'policy "{name}" for table "{table.name.name}" already exists')
        return
    needs_relations(state, context, [node.get("qual"), node.get("with_check")])
    using, check = _clauses(context, node)
    command = cast("Command", node.get("cmd_name", "all"))
    using, check = _fitting(command, using, check)
    permissive = bool(node.get("permissive"))
    table.policies[name] = Policy(name, command, permissive, _roles(state, node), using, check, context.place)
    state.mention(using, table.name)
    state.mention(check, table.name)


def alter_policy(state: State, context: Context, node: Node) -> None:
    """ALTER POLICY: what is not written stays."""
    table = _table_of(state, context, node)
    if table is None:
        return
    policy = table.policies.get(node["policy_name"])
    if policy is None:
        state.refuse(context, f'policy "{node["policy_name"]}" for table "{table.name.name}" does not exist')
        return
    reason = impossible_policy(policy.command, node)
    if reason is not None:
        refuse_anywhere(state, context, reason)
    using, check = _fitting(policy.command, *_clauses(context, node))
    if "roles" in node:
        policy.roles = _roles(state, node)
    policy.using = using if using is not None else policy.using
    policy.check = check if check is not None else policy.check
    if using is not None or check is not None:
        policy.altered = context.place
    state.mention(using, table.name)
    state.mention(check, table.name)
