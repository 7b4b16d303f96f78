"""Privileges: GRANT, REVOKE, default privileges; roles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, cast

from tripoint.model.catalog import DefaultGrant, Function, Grant, Schema, Sequence, Table
from tripoint.model.name import Name
from tripoint.sources.migrations.functions import wanted_function
from tripoint.sources.migrations.security import role_name
from tripoint.sources.migrations.state import Context, State
from tripoint.sql.facts import Node
from tripoint.sql.types import strings

__all__ = ["alter_default_privileges", "alter_role", "create_role", "drop_role", "grant"]

GrantedKind = Literal["tables", "sequences", "functions", "types", "schemas"]

_TABLE_PRIVILEGES: Final = ("delete", "insert", "maintain", "references", "select", "trigger", "truncate", "update")
_ALL: Final[dict[str, tuple[str, ...]]] = {
    "OBJECT_TABLE": _TABLE_PRIVILEGES,
    "OBJECT_SEQUENCE": ("select", "update", "usage"),
    "OBJECT_FUNCTION": ("execute",),
    "OBJECT_PROCEDURE": ("execute",),
    "OBJECT_ROUTINE": ("execute",),
    "OBJECT_SCHEMA": ("create", "usage"),
    "OBJECT_TYPE": ("usage",),
}
_COLUMN_PRIVILEGES: Final = ("insert", "references", "select", "update")
_KINDS: Final[dict[str, GrantedKind]] = {
    "OBJECT_TABLE": "tables",
    "OBJECT_SEQUENCE": "sequences",
    "OBJECT_FUNCTION": "functions",
    "OBJECT_ROUTINE": "functions",
    "OBJECT_TYPE": "types",
    "OBJECT_SCHEMA": "schemas",
}

Holder = Table | Sequence | Function | Schema


def grant(state: State, context: Context, node: Node) -> None:
    """GRANT and REVOKE on objects."""
    kind = node.get("objtype", "")
    if kind not in _ALL:
        return  # databases, languages, large objects, parameters: nothing that a catalog holds
    for holder in _holders(state, context, node, kind):
        privileges = _ALL["OBJECT_SEQUENCE"] if isinstance(holder, Sequence) else _ALL[kind]
        _apply(state, holder, node, privileges)


def _apply(state: State, holder: Holder, node: Node, every: tuple[str, ...]) -> None:
    grantees = [role_name(state, item["RoleSpec"]) for item in node.get("grantees", ())]
    option = bool(node.get("grant_option"))
    written = [item["AccessPriv"] for item in node.get("privileges", ())] or [{}]
    for privilege in written:
        columns: tuple[str | None, ...] = strings(privilege.get("cols")) or (None,)
        name = privilege.get("priv_name")
        names = (name,) if name else (_COLUMN_PRIVILEGES if columns != (None,) else every)
        for role in grantees:
            for column in columns:
                for each in names:
                    change = Grant(role, each, column, option)
                    _change(holder.grants, change, bool(node.get("is_grant")))
                    if isinstance(holder, Table | Function):
                        holder.default_granted = {
                            g for g in holder.default_granted if (g.role, g.privilege, g.column) != (role, each, column)
                        }


def _change(grants: set[Grant], change: Grant, add: bool) -> None:
    same = {
        held
        for held in grants
        if (held.role, held.privilege) == (change.role, change.privilege)
        # REVOKE on a table takes the privilege on its columns, too
        and (held.column == change.column or (not add and change.column is None))
    }
    if add:
        grants -= same
        grants.add(
            Grant(change.role, change.privilege, change.column, change.grantable or any(h.grantable for h in same))
        )
    else:
        grants -= same
        if change.grantable:  # REVOKE GRANT OPTION FOR
            grants |= {Grant(held.role, held.privilege, held.column) for held in same}


def _holders(state: State, context: Context, node: Node, kind: str) -> list[Holder]:
    if node.get("targtype") == "ACL_TARGET_ALL_IN_SCHEMA":
        return _all_in_schema(state, context, node, kind)
    found: list[Holder] = []
    for item in node.get("objects", ()):
        if kind in ("OBJECT_TABLE", "OBJECT_SEQUENCE"):
            written = state.written(item["RangeVar"])
            holder = _relation(state, context, written)
            if holder is not None:
                found.append(holder)
            elif not any(name in state.index_owner for name in state.candidates(written)):
                state.missing(context, written, "grant")
        elif kind == "OBJECT_SCHEMA":
            schema = _schema(state, item["String"].get("sval", ""))
            found.extend([schema] if schema is not None else [])
        elif "ObjectWithArgs" in item:
            function = wanted_function(state, context, item["ObjectWithArgs"])
            if function is not None:
                found.append(state.change_function(function))
    return found


def _relation(state: State, context: Context, written: tuple[str, ...]) -> Holder | None:
    for name in state.candidates(written):
        table = state.table(name)
        if table is not None:
            return state.change(table, context.place)
        sequence = state.sequence(name)
        if sequence is not None:
            return state.change_sequence(sequence)
    return None


def _schema(state: State, name: str) -> Schema | None:
    if not state.schema_exists(name):
        return None
    return state.change_schema(name)


def _all_in_schema(state: State, context: Context, node: Node, kind: str) -> list[Holder]:
    """Return every object of a kind in some schemas, the platform's too."""
    schemas = set(strings(node.get("objects")))

    def within(names: Iterable[Name]) -> list[Name]:
        return [name for name in dict.fromkeys(names) if name.schema in schemas]

    if kind == "OBJECT_TABLE":
        tables = (state.table(name) for name in within([*state.catalog.tables, *state.base.tables]))
        return [state.change(table, context.place) for table in tables if table is not None]
    if kind == "OBJECT_SEQUENCE":
        sequences = (state.sequence(name) for name in within([*state.catalog.sequences, *state.base.sequences]))
        return [state.change_sequence(sequence) for sequence in sequences if sequence is not None]
    wanted = {"OBJECT_FUNCTION": ("function", "aggregate", "window"), "OBJECT_PROCEDURE": ("procedure",)}.get(kind)
    return [
        state.change_function(function)
        for name in within([*state.catalog.functions, *state.base.functions])
        for function in state.functions(name)
        if wanted is None or function.kind in wanted
    ]


def alter_default_privileges(state: State, context: Context, node: Node) -> None:
    """ALTER DEFAULT PRIVILEGES."""
    action = node["action"]
    if "GrantStmt" in action:
        action = action["GrantStmt"]
    kind = _KINDS.get(action.get("objtype", ""))
    if kind is None:
        return
    creators, schemas = [state.role or "postgres"], cast("tuple[str | None, ...]", (None,))
    for item in node.get("options", ()):
        option = item["DefElem"]
        items = option.get("arg", {}).get("List", {}).get("items", [])
        if option["defname"] == "roles":
            creators = [role_name(state, role["RoleSpec"]) for role in items]
        elif option["defname"] == "schemas":
            schemas = strings(items)
    add = bool(action.get("is_grant"))
    names = [item["AccessPriv"].get("priv_name") for item in action.get("privileges", ())]
    privileges = [name for name in names if name] or list(_ALL[action["objtype"]])
    grantees = [role_name(state, item["RoleSpec"]) for item in action.get("grantees", ())]
    for creator in creators:
        if kind == "functions" and "public" in grantees and None in schemas:
            (state.revoked_from_public.discard if add else state.revoked_from_public.add)(creator)
        for schema in schemas:
            for role in grantees:
                for privilege in privileges:
                    _default(
                        state,
                        DefaultGrant(
                            creator, schema, kind, Grant(role, privilege, None, bool(action.get("grant_option")))
                        ),
                        add,
                    )


def _default(state: State, entry: DefaultGrant, add: bool) -> None:
    held = state.catalog.default_grants
    for defaults in (held, state.base.default_grants):
        defaults -= {
            other
            for other in defaults
            if (other.creator, other.schema, other.kind, other.grant.role, other.grant.privilege)
            == (entry.creator, entry.schema, entry.kind, entry.grant.role, entry.grant.privilege)
        }
    built_in = entry.kind in ("functions", "types") and entry.grant.role == "public" and entry.schema is None
    if add and not built_in and entry.grant.role != entry.creator:
        held.add(entry)


def create_role(state: State, context: Context, node: Node) -> None:
    """CREATE ROLE, USER and GROUP."""
    state.catalog.roles.add(node["role"])


def drop_role(state: State, context: Context, node: Node) -> None:
    """DROP ROLE."""
    for item in node.get("roles", ()):
        state.catalog.roles.discard(item["RoleSpec"].get("rolename", ""))


def alter_role(state: State, context: Context, node: Node) -> None:
    """ALTER ROLE … SET search_path: of the role that applies the migrations it decides where later files look."""
    role = node.get("role")
    if role is None or role_name(state, role) == "postgres":
        state.set_default_path(node["setstmt"])
