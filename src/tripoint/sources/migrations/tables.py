"""CREATE TABLE in all its forms, and CREATE TABLE AS."""

from __future__ import annotations

from msgspec.structs import replace

from tripoint.model.catalog import Column, Constraint, Table
from tripoint.model.name import Name
from tripoint.sources.migrations.analysis import check_generated
from tripoint.sources.migrations.columns import ConstraintNode, apply_constraints, build_column, flagged
from tripoint.sources.migrations.constraints import (
    add_constraints,
    clone_index,
    inherit_check,
    inherit_foreign_key,
)
from tripoint.sources.migrations.likes import add_like_columns, copy_like_rest
from tripoint.sources.migrations.state import Context, State
from tripoint.sql.facts import Node
from tripoint.sql.types import strings

__all__ = [
    "create_foreign_table",
    "create_table",
    "inherit_from",
    "note_column",
    "note_constraint",
    "note_mentions",
    "options_of",
]


def options_of(nodes: list[Node] | None) -> dict[str, str]:
    """Return a list of DefElem as texts; an option without a value is `true`."""
    found: dict[str, str] = {}
    for node in nodes or ():
        item = node["DefElem"]
        name = f"{item['defnamespace']}.{item['defname']}" if item.get("defnamespace") else item["defname"]
        if name != "oids":  # PostgreSQL 12 and later take `oids = false` and keep nothing of it
            found[name] = option_text(item.get("arg"))
    return found


def option_text(argument: Node | None) -> str:
    """Return the value of a DefElem as text."""
    if not argument:
        return "true"
    ((kind, value),) = argument.items()
    if kind == "TypeName":
        return ".".join(strings(value.get("names")))
    if kind == "Boolean":
        return "true" if value.get("boolval") else "false"
    if kind == "List":
        return ", ".join(strings(value.get("items")))
    for key, empty in (("sval", ""), ("ival", "0"), ("fval", "")):
        if key in value:
            return str(value[key])
        if kind in ("String", "Integer", "Float") and kind[0].lower() == key[0]:
            return empty
    return ""


def existing(state: State, context: Context, name: Name, if_not_exists: bool) -> bool:
    """Tell whether a relation of that name is in the way, and say so where PostgreSQL would refuse."""
    if not state.relation_taken(name):
        return False
    if not if_not_exists:
        state.refuse(context, f'relation "{name.name}" already exists')
    return True


def create_table(state: State, context: Context, node: Node) -> None:
    """CREATE TABLE, also with LIKE, INHERITS, PARTITION OF and OF."""
    relation = node["relation"]
    name = state.target(relation)
    if existing(state, context, name, bool(node.get("if_not_exists"))):
        return
    place = context.head(relation.get("location", 0))
    table = Table(name, place=place, extent=context.place, unlogged=relation.get("relpersistence") == "u")
    table.options = options_of(node.get("options"))
    if "partspec" in node:
        start = context.extents.find("partition by", depth=0)
        group = context.extents.group(start)
        table.partitioned = context.extents.between(start, group[1] + 1) if start >= 0 and group else ""
    parents = _parents(state, context, table, node)
    likes: list[tuple[Table, int]] = []
    constraints = _columns(state, context, table, node, likes)
    for element in node.get("tableElts", ()):
        check_generated(state, context, table, element.get("ColumnDef", {}))
    for parent in parents:
        for check in parent.constraint("check"):
            inherit_check(state, table, check)
    state.add_table(table, context.place, context.in_block or bool(node.get("if_not_exists")))
    for parent in parents:
        state.children.setdefault(parent.name, []).append(table.name)
    add_constraints(state, context, table, constraints, new_table=True)
    if table.partition_of is not None:
        for parent in parents:
            inherit_from(state, context, table, parent)
    for source, options in likes:
        copy_like_rest(state, context, table, source, options)
    note_mentions(state, table)


def create_foreign_table(state: State, context: Context, node: Node) -> None:
    """CREATE FOREIGN TABLE."""
    base = node["base"]
    name = state.target(base["relation"])
    before = state.catalog.tables.get(name)
    create_table(state, context, base)
    table = state.catalog.tables.get(name)
    if table is not None and table is not before:
        table.kind = "foreign-table"


def _parents(state: State, context: Context, table: Table, node: Node) -> list[Table]:
    """Take over the columns of the tables that this one inherits from or is a partition of."""
    parents: list[Table] = []
    for item in node.get("inhRelations", ()):
        written = state.written(item["RangeVar"])
        parent = state.find_table(written)
        if parent is None:
            state.missing(context, written, "reference")
            table.complete = False
            if "partbound" in node:
                table.partition_of = state.candidates(written)[-1]
            continue
        parents.append(parent)
        if "partbound" in node:
            table.partition_of = parent.name
        else:
            table.inherits = (*table.inherits, parent.name)
        table.complete = table.complete and parent.complete
        for column in parent.columns.values():
            own = table.columns.get(column.name)
            if own is None:
                identity = column.identity if "partbound" in node else ""
                table.columns[column.name] = replace(
                    column, identity=identity, comment=None, place=context.place, inherited=True
                )
            else:
                own.nullable = own.nullable and column.nullable
    return parents


def _columns(
    state: State, context: Context, table: Table, node: Node, likes: list[tuple[Table, int]]
) -> list[ConstraintNode]:
    """Build the columns in their order; return the constraints."""
    constraints: list[ConstraintNode] = []
    if "ofTypename" in node:
        _of_type(state, context, table, node["ofTypename"])
    for element in node.get("tableElts", ()):
        ((kind, body),) = element.items()
        if kind == "Constraint":
            constraints.append(ConstraintNode(body))
        elif kind == "TableLikeClause":
            source = add_like_columns(state, context, table, body)
            if source is not None:
                likes.append((source, body.get("options", 0)))
        elif kind == "ColumnDef":
            constraints.extend(_column(state, context, table, body))
    return constraints


def _column(state: State, context: Context, table: Table, body: Node) -> list[ConstraintNode]:
    known = table.columns.get(body["colname"])
    if known is not None and "typeName" not in body:  # `OF type` and `PARTITION OF` may add to what is there
        return apply_constraints(state, context, table, known, flagged(body))
    if "typeName" not in body:
        if table.complete:
            state.refuse(context, f'column "{body["colname"]}" does not exist')
        return []
    if known is not None and not known.inherited:
        state.refuse(context, f'column "{body["colname"]}" specified more than once')
        return []
    column, rest = build_column(state, context, table, body)
    if known is not None:  # an own definition of an inherited column is merged with it
        column.nullable = column.nullable and known.nullable
        column.default = column.default if column.default is not None else known.default
        column.generated = column.generated or known.generated
    table.columns[column.name] = column
    return rest


def _of_type(state: State, context: Context, table: Table, type_name: Node) -> None:
    name = state.resolve_type(strings(type_name.get("names")))
    composite = None
    if name is not None:
        composite = state.catalog.composites.get(name) or state.base.composites.get(name)
    if composite is None:
        state.refuse(context, f'type "{".".join(strings(type_name.get("names")))}" does not exist')
        table.complete = False
        return
    state.typed[table.name] = composite.name
    for column in composite.columns.values():
        table.columns[column.name] = replace(column, comment=None, place=context.place)


def inherit_from(state: State, context: Context, table: Table, parent: Table) -> None:
    """Give a partition what its parent passes on beside columns and checks: keys, indexes, triggers."""
    for index in list(parent.indexes.values()):
        constraint = parent.constraints.get(index.constraint) if index.constraint else None
        clone_index(state, context, table, index, constraint)
    for key in parent.constraint("foreign"):
        inherit_foreign_key(state, table, key)
    for trigger in parent.triggers.values():
        if trigger.row and trigger.name not in table.triggers:
            table.triggers[trigger.name] = replace(trigger, inherited=True)


def note_mentions(state: State, table: Table) -> None:
    """Note every word of a table's definition, so that what it depends on finds it."""
    for column in table.columns.values():
        note_column(state, table, column)
    for constraint in table.constraints.values():
        note_constraint(state, table, constraint)
    for index in table.indexes.values():
        state.mention(index.predicate, table.name)
        for key in index.columns:
            state.mention(key.expression, table.name)
    for policy in table.policies.values():
        state.mention(policy.using, table.name)
        state.mention(policy.check, table.name)
    for trigger in table.triggers.values():
        state.mention(trigger.function.name, table.name)
        state.mention(trigger.when, table.name)
    state.mention(table.query, table.name)


def note_column(state: State, table: Table, column: Column) -> None:
    """Note the words of a column's type and default."""
    state.mention(column.type, table.name)
    state.mention(column.default, table.name)


def note_constraint(state: State, table: Table, constraint: Constraint) -> None:
    """Note the words of a constraint."""
    state.mention(constraint.expression, table.name)
    if constraint.references is not None:
        state.mention(constraint.references.name, table.name)
