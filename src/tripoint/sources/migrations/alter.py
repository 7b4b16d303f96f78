"""ALTER TABLE (and VIEW, INDEX, SEQUENCE, FOREIGN TABLE in its guise): one function for each kind of subcommand."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Final

from msgspec.structs import replace

from tripoint.model.catalog import REPLICA_IDENTITIES, Column, Table
from tripoint.model.name import Name
from tripoint.model.regex import regex
from tripoint.sources.migrations.analysis import check_default, check_generated, check_type_change
from tripoint.sources.migrations.columns import ConstraintNode, add_identity, build_column
from tripoint.sources.migrations.constraints import add_constraints, inherit_check
from tripoint.sources.migrations.dependents import Object, dependents, shown
from tripoint.sources.migrations.drops import drop_objects
from tripoint.sources.migrations.early import lacks_column, needs_functions, needs_type
from tripoint.sources.migrations.security import role_name
from tripoint.sources.migrations.state import Context, State
from tripoint.sources.migrations.tables import inherit_from, note_column, note_constraint, options_of
from tripoint.sql.extent import first_location
from tripoint.sql.facts import Node

__all__ = ["SUBCOMMANDS", "alter_table"]

_STRING: Final = regex(r"'(?:[^']|'')*'")
_MODIFIER: Final = regex(r"\([0-9, -]+\)")
_BARE: Final = {"character": "bpchar", "bit": '"bit"'}
"""Types that are another one when they are written without their length."""

Subcommand = Callable[[State, Context, Table, Node], None]


def alter_table(state: State, context: Context, node: Node) -> None:
    """ALTER TABLE and its like."""
    kind = node.get("objtype")
    written = state.written(node["relation"])
    if kind == "OBJECT_TYPE":
        alter_composite(state, context, node)
        return
    if kind in ("OBJECT_INDEX", "OBJECT_SEQUENCE"):
        _alter_owned(state, context, node, written)
        return
    table = state.find_table(written)
    if table is None:
        _alter_missing(state, context, node, written)
        return
    table = state.change(table, context.place)
    context.only = "inh" not in node["relation"]
    for item in node.get("cmds", ()):
        command = item["AlterTableCmd"]
        apply = SUBCOMMANDS.get(command["subtype"])
        if apply is not None:
            apply(state, context, table, command)


def _alter_missing(state: State, context: Context, node: Node, written: tuple[str, ...]) -> None:
    if any(name in state.index_owner or state.sequence(name) for name in state.candidates(written)):
        return  # ALTER TABLE may name an index or a sequence: to change its owner or schema
    for command in (item["AlterTableCmd"] for item in node.get("cmds", ())):
        if command["subtype"] == "AT_AddColumn":
            column = command["def"]["ColumnDef"]["colname"]
            state.absent.setdefault(f"{state.full_name(written)}.{column}", context.place)
    if not node.get("missing_ok"):
        state.missing(context, written, "alter")


def _alter_owned(state: State, context: Context, node: Node, written: tuple[str, ...]) -> None:
    """ALTER INDEX and ALTER SEQUENCE: only ATTACH PARTITION changes what the catalog holds."""
    for item in node.get("cmds", ()):
        command = item["AlterTableCmd"]
        if command["subtype"] != "AT_AttachPartition":
            continue
        child = next((n for n in state.candidates(state.written(command["def"]["PartitionCmd"]["name"]))
                      if n in state.index_owner), None)  # fmt: skip
        owner = state.table(state.index_owner[child]) if child is not None else None
        if owner is None or child is None:
            continue
        index = state.change(owner, context.place).indexes[child.name]
        index.inherited = True
        if index.constraint is not None and index.constraint in owner.constraints:
            owner.constraints[index.constraint].inherited = True
        parent = next((name for name in state.candidates(written) if name in state.index_owner), None)
        if parent is not None:
            state.attached.setdefault(parent, {})[owner.name] = child
            _made_valid(state, context, parent)


def _made_valid(state: State, context: Context, name: Name) -> None:
    """An index of a partitioned table alone is valid once each partition has a valid index that is attached to it."""
    table = state.table(state.index_owner[name])
    if table is None or table.partitioned is None or table.indexes[name.name].valid:
        return
    attached = state.attached.get(name, {})
    for relative in state.children.get(table.name, ()):
        partition = state.table(relative)
        if partition is None or partition.partition_of != table.name:
            continue
        own = partition.indexes.get(attached[relative].name) if relative in attached else None
        if own is None or not own.valid:
            return
    state.change(table, context.place).indexes[name.name].valid = True
    for above, parts in list(state.attached.items()):
        if name in parts.values():
            _made_valid(state, context, above)


def alter_composite(state: State, context: Context, node: Node) -> None:
    """ALTER TYPE … ADD, DROP or ALTER ATTRIBUTE."""
    written = state.written(node["relation"])
    name = next((n for n in state.candidates(written) if n in state.catalog.composites), None)
    if name is None:
        if not node.get("missing_ok"):
            state.refuse(context, f'type "{".".join(written)}" does not exist')
        return
    composite = state.catalog.composites[name]
    typed = [table for table, of in state.typed.items() if of == name and table in state.catalog.tables]
    for columns in [composite.columns, *(state.catalog.tables[table].columns for table in typed)]:
        for item in node.get("cmds", ()):
            _alter_attribute(state, context, columns, item["AlterTableCmd"])
    for column in composite.columns.values():
        state.mention(column.type, name, "composite")


def _alter_attribute(state: State, context: Context, columns: dict[str, Column], command: Node) -> None:
    subtype = command["subtype"]
    definition = command.get("def", {}).get("ColumnDef", {})
    if subtype == "AT_AddColumn":
        place = context.item(definition.get("location", 0))
        columns[definition["colname"]] = Column(
            definition["colname"], state.type_text(definition["typeName"]), place=place
        )
    elif subtype == "AT_DropColumn":
        columns.pop(command["name"], None)
    elif subtype == "AT_AlterColumnType" and command["name"] in columns:
        columns[command["name"]].type = state.type_text(definition["typeName"])


def _column(state: State, context: Context, table: Table, name: str) -> Column | None:
    column = table.columns.get(name)
    if column is None and table.complete:
        lacks_column(state, context, table, name)
    return column


def _family(state: State, context: Context, table: Table, name: str) -> list[Column]:
    """Return the column of a table and of those that inherit it."""
    column = _column(state, context, table, name)
    if column is None:
        return []
    children = (state.change(child, context.place) for child in state.descendants(table.name))
    return [column, *(child.columns[name] for child in children if name in child.columns)]


def _add_column(state: State, context: Context, table: Table, command: Node) -> None:
    definition = command["def"]["ColumnDef"]
    if definition["colname"] in table.columns:
        if not command.get("missing_ok"):
            reason = f'column "{definition["colname"]}" of relation "{table.name.name}" already exists'
            state.refuse(context, reason)
        return
    column, constraints = build_column(state, context, table, definition)
    table.columns[column.name] = column
    state.note_made(f"{table.name}.{column.name}", context.place)
    check_generated(state, context, table, definition)
    for child in state.descendants(table.name):
        if column.name not in child.columns:
            changed = state.change(child, context.place)
            changed.columns[column.name] = replace(column, inherited=True)
            state.mention(column.type, changed.name)
    before = len(table.constraints)
    add_constraints(state, context, table, constraints, new_table=True)
    note_column(state, table, column)
    for constraint in islice(reversed(table.constraints.values()), len(table.constraints) - before):
        note_constraint(state, table, constraint)


def _column_default(state: State, context: Context, table: Table, command: Node) -> None:
    text = None
    if "def" in command:
        extents = context.extents
        start = extents.find_back("set default", extents.index(first_location(command["def"])))
        text = extents.term(start) if start >= 0 else None
        state.mention(text, table.name)
    for column in _family(state, context, table, command["name"]):
        column.default = text
        check_default(state, context, column, command.get("def"))
    needs_functions(state, context, command.get("def"))


def _set_not_null(state: State, context: Context, table: Table, command: Node) -> None:
    for column in _family(state, context, table, command["name"]):
        column.nullable = False


def _drop_not_null(state: State, context: Context, table: Table, command: Node) -> None:
    column = table.columns.get(command["name"])
    key = table.primary_key
    if key is not None and command["name"] in key.columns:
        state.refuse(context, f'column "{command["name"]}" is in a primary key')
    elif column is not None and column.identity:
        state.refuse(context, f'column "{command["name"]}" of relation "{table.name.name}" is an identity column')
    else:
        for found in _family(state, context, table, command["name"]):
            found.nullable = True


def _column_type(state: State, context: Context, table: Table, command: Node) -> None:
    type_ = state.type_text(command["def"]["ColumnDef"]["typeName"])
    needs_type(state, context, command["def"]["ColumnDef"]["typeName"])
    itself = Object("column", table.name, command["name"])
    needs = (item for item, automatic in dependents(state, itself) if not automatic)
    user = next(needs, None) if command["name"] in table.columns else None
    if user is not None:
        reason = f"{shown(state, user)} depends on {itself}, whose type can't change therefore"
        state.refuse(context, reason)
        return
    for column in _family(state, context, table, command["name"]):
        check_type_change(state, context, column, type_, "raw_default" in command["def"]["ColumnDef"])
        column.default = _kept_default(column)
        column.type, column.retyped = type_, context.place
    state.mention(type_, table.name)
    for sequence in state.owned_sequences(table.name, command["name"]):
        if sequence.internal and type_ in ("smallint", "integer", "bigint"):
            sequence.type = type_


def _kept_default(column: Column) -> str | None:
    """Return the default of a column that is given another type: a string keeps the type that it was read as."""
    if column.default is None or column.generated or not _STRING.fullmatch(column.default.strip()):
        return column.default
    read_as = _MODIFIER.sub("", column.type)
    return f"{column.default}::{_BARE.get(read_as, read_as)}"


def _add_constraint(state: State, context: Context, table: Table, command: Node) -> None:
    constraint = ConstraintNode(command["def"]["Constraint"])
    before = len(table.constraints)
    add_constraints(state, context, table, [constraint], new_table=False)
    for added in islice(reversed(table.constraints.values()), len(table.constraints) - before):
        state.mention(added.expression, table.name)


def _drop_constraint(state: State, context: Context, table: Table, command: Node) -> None:
    name = command["name"]
    if name not in table.constraints:
        if not command.get("missing_ok") and not _not_null_by_name(table, name):
            state.refuse(context, f'constraint "{name}" of relation "{table.name.name}" does not exist')
        return
    if table.constraints[name].inherited:
        state.refuse(context, f'cannot drop inherited constraint "{name}" of relation "{table.name.name}"')
        return
    cascade = command.get("behavior") == "DROP_CASCADE"
    drop_objects(state, context, [Object("constraint", table.name, name)], cascade)


def _not_null_by_name(table: Table, name: str) -> bool:
    """Drop a NOT NULL constraint by PostgreSQL's automatic name for it."""
    for column in table.columns.values():
        if name == f"{table.name.name}_{column.name}_not_null":
            column.nullable = True
            return True
    return False


def _drop_column(state: State, context: Context, table: Table, command: Node) -> None:
    name = command["name"]
    if name not in table.columns:
        if not command.get("missing_ok") and table.complete:
            lacks_column(state, context, table, name, dropped=True)
        return
    if table.columns[name].inherited:
        state.refuse(context, f'cannot drop inherited column "{name}"')
        return
    drop_objects(state, context, [Object("column", table.name, name)], command.get("behavior") == "DROP_CASCADE")


def _validate(state: State, context: Context, table: Table, command: Node) -> None:
    constraint = table.constraints.get(command["name"])
    if constraint is not None:
        constraint.validated = True


def _alter_constraint(state: State, context: Context, table: Table, command: Node) -> None:
    change = command["def"]["ATAlterConstraint"]
    constraint = table.constraints.get(change["conname"])
    if constraint is not None and change.get("alterDeferrability"):
        constraint.deferrable = bool(change.get("deferrable"))
        constraint.initially_deferred = bool(change.get("initdeferred"))


def _row_security(on: bool | None, forced: bool | None = None) -> Subcommand:
    def apply(state: State, context: Context, table: Table, command: Node) -> None:
        if table.kind != "table":
            action = "FORCE" if on is None else "ENABLE" if on else "DISABLE"
            reason = f'ALTER action {action} ROW SECURITY cannot be performed on relation "{table.name.name}"'
            state.refuse(context, reason)
            return
        if on is not None:
            table.switched_off = None if on else context.place if table.row_security else table.switched_off
            table.row_security = on
        table.force_row_security = table.force_row_security if forced is None else forced

    return apply


def _replica_identity(state: State, context: Context, table: Table, command: Node) -> None:
    if table.kind not in ("table", "materialized-view"):
        state.refuse(context, f'ALTER action REPLICA IDENTITY cannot be performed on relation "{table.name.name}"')
        return
    said = command["def"]["ReplicaIdentityStmt"]
    if said["identity_type"] == "i" and table.complete and said["name"] not in table.indexes:
        state.refuse(context, f'index "{said["name"]}" for table "{table.name.name}" does not exist')
        return
    table.replica_identity = REPLICA_IDENTITIES[said["identity_type"]]


def _triggers(enabled: bool, every: bool) -> Subcommand:
    def apply(state: State, context: Context, table: Table, command: Node) -> None:
        for trigger in table.triggers.values():
            if every or trigger.name == command.get("name"):
                trigger.enabled = enabled

    return apply


def _change_owner(state: State, context: Context, table: Table, command: Node) -> None:
    table.owner = role_name(state, command["newowner"])


def _set_options(state: State, context: Context, table: Table, command: Node) -> None:
    table.options |= options_of(command.get("def", {}).get("List", {}).get("items"))


def _reset_options(state: State, context: Context, table: Table, command: Node) -> None:
    for name in options_of(command.get("def", {}).get("List", {}).get("items")):
        table.options.pop(name, None)


def _logged(unlogged: bool) -> Subcommand:
    def apply(state: State, context: Context, table: Table, command: Node) -> None:
        table.unlogged = unlogged

    return apply


def _add_identity(state: State, context: Context, table: Table, command: Node) -> None:
    column = _column(state, context, table, command["name"])
    if column is not None:
        add_identity(state, context, table, column, command["def"]["Constraint"])


def _set_identity(state: State, context: Context, table: Table, command: Node) -> None:
    column = table.columns.get(command["name"])
    for item in command.get("def", {}).get("List", {}).get("items", ()):
        option = item["DefElem"]
        if column is not None and option["defname"] == "generated":
            always = option.get("arg", {}).get("Integer", {}).get("ival") == ord("a")
            column.identity = "always" if always else "by default"


def _drop_identity(state: State, context: Context, table: Table, command: Node) -> None:
    column = table.columns.get(command["name"])
    if column is not None and column.identity:
        column.identity = ""
        for sequence in state.owned_sequences(table.name, column.name):
            if sequence.internal:
                state.remove_sequence(sequence.name)


def _set_expression(state: State, context: Context, table: Table, command: Node) -> None:
    extents = context.extents
    start = extents.find_back("expression as", extents.index(first_location(command["def"])))
    for column in _family(state, context, table, command["name"]):
        column.default = extents.parenthesized(start) if start >= 0 else column.default


def _drop_expression(state: State, context: Context, table: Table, command: Node) -> None:
    for column in _family(state, context, table, command["name"]):
        column.default, column.generated = None, ""


def _relative(state: State, context: Context, relation: Node) -> Table | None:
    written = state.written(relation)
    found = state.find_table(written)
    if found is None:
        state.missing(context, written, "reference")
        return None
    return state.change(found, context.place)


def _attach_partition(state: State, context: Context, table: Table, command: Node) -> None:
    child = _relative(state, context, command["def"]["PartitionCmd"]["name"])
    if child is None:
        return
    child.partition_of = table.name
    _join(state, child, table)
    inherit_from(state, context, child, table)
    for check in table.constraint("check"):
        inherit_check(state, child, check)
        child.constraints[check.name].inherited = True
    for column in child.columns.values():
        column.inherited = True


def _detach_partition(state: State, context: Context, table: Table, command: Node) -> None:
    child = _relative(state, context, command["def"]["PartitionCmd"]["name"])
    if child is None:
        return
    child.partition_of = None
    _leave(state, child, table)
    for trigger in [trigger.name for trigger in child.triggers.values() if trigger.inherited]:
        del child.triggers[trigger]


def _add_inherit(state: State, context: Context, table: Table, command: Node) -> None:
    parent = _relative(state, context, command["def"]["RangeVar"])
    if parent is not None:
        table.inherits = (*table.inherits, parent.name)
        _join(state, table, parent)


def _drop_inherit(state: State, context: Context, table: Table, command: Node) -> None:
    parent = _relative(state, context, command["def"]["RangeVar"])
    if parent is not None:
        table.inherits = tuple(name for name in table.inherits if name != parent.name)
        _leave(state, table, parent)


def _join(state: State, child: Table, parent: Table) -> None:
    """Mark what a child has in common with its new parent. `inherited` stays False on columns with a definition of
    their own (attislocal), which those of a table that existed before have."""
    state.children.setdefault(parent.name, []).append(child.name)


def _leave(state: State, child: Table, parent: Table) -> None:
    if child.name in state.children.get(parent.name, []):
        state.children[parent.name].remove(child.name)
    for part in (child.columns, child.constraints, child.indexes):
        for item in part.values():
            item.inherited = False


SUBCOMMANDS: Final[dict[str, Subcommand]] = {
    "AT_AddColumn": _add_column,
    "AT_AddConstraint": _add_constraint,
    "AT_AddIdentity": _add_identity,
    "AT_AddInherit": _add_inherit,
    "AT_AlterColumnType": _column_type,
    "AT_AlterConstraint": _alter_constraint,
    "AT_AttachPartition": _attach_partition,
    "AT_ChangeOwner": _change_owner,
    "AT_ColumnDefault": _column_default,
    "AT_DetachPartition": _detach_partition,
    "AT_DisableRowSecurity": _row_security(False),
    "AT_DisableTrig": _triggers(False, every=False),
    "AT_DisableTrigAll": _triggers(False, every=True),
    "AT_DisableTrigUser": _triggers(False, every=True),
    "AT_DropColumn": _drop_column,
    "AT_DropConstraint": _drop_constraint,
    "AT_DropExpression": _drop_expression,
    "AT_DropIdentity": _drop_identity,
    "AT_DropInherit": _drop_inherit,
    "AT_DropNotNull": _drop_not_null,
    "AT_EnableAlwaysTrig": _triggers(True, every=False),
    "AT_EnableReplicaTrig": _triggers(True, every=False),
    "AT_EnableRowSecurity": _row_security(True),
    "AT_EnableTrig": _triggers(True, every=False),
    "AT_EnableTrigAll": _triggers(True, every=True),
    "AT_EnableTrigUser": _triggers(True, every=True),
    "AT_ForceRowSecurity": _row_security(None, True),
    "AT_NoForceRowSecurity": _row_security(None, False),
    "AT_ReplicaIdentity": _replica_identity,
    "AT_ResetRelOptions": _reset_options,
    "AT_SetExpression": _set_expression,
    "AT_SetIdentity": _set_identity,
    "AT_SetLogged": _logged(False),
    "AT_SetNotNull": _set_not_null,
    "AT_SetRelOptions": _set_options,
    "AT_SetUnLogged": _logged(True),
    "AT_ValidateConstraint": _validate,
}
"""What is not listed (storage, statistics, clustering, rules) changes nothing that a catalog holds."""
