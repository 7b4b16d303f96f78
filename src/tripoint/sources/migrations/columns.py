"""Column definitions → columns, the sequences they bring along, and the constraints written at them."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, field

from tripoint.model.catalog import Column, Sequence, Table
from tripoint.model.name import Name, quote_identifier
from tripoint.sources.migrations.analysis import check_default
from tripoint.sources.migrations.early import needs_functions, needs_type
from tripoint.sources.migrations.state import Context, State
from tripoint.sql.extent import Extents
from tripoint.sql.facts import Node
from tripoint.sql.types import serial_type, strings

__all__ = ["ConstraintNode", "add_identity", "apply_constraints", "build_column", "default_at", "default_in", "flagged"]

# Nodes that say something about the constraint before them.
_FLAGS: Final = {
    "CONSTR_ATTR_DEFERRABLE": {"deferrable": True},
    "CONSTR_ATTR_NOT_DEFERRABLE": {"deferrable": False},
    "CONSTR_ATTR_DEFERRED": {"deferrable": True, "initdeferred": True},
    "CONSTR_ATTR_IMMEDIATE": {"initdeferred": False},
    "CONSTR_ATTR_ENFORCED": {"is_enforced": True},
    "CONSTR_ATTR_NOT_ENFORCED": {"is_enforced": False},
}
_SEQUENCE_TYPES: Final = frozenset({"smallint", "integer", "bigint"})


class ConstraintNode(Struct):
    """A Constraint node with the column at which it is written, where it is, and the byte at which its text ends."""

    node: Node
    column: str | None = None
    stop: int | None = None
    extra: dict[str, bool] = field(default_factory=dict)

    def flag(self, name: str) -> bool:
        """Return a boolean of the constraint, its trailing attributes considered."""
        return self.extra.get(name, bool(self.node.get(name)))


def flagged(definition: Node) -> list[ConstraintNode]:
    """Return the constraints of a ColumnDef, with their attributes, and the end of each."""
    nodes = [item["Constraint"] for item in definition.get("constraints", ()) if "Constraint" in item]
    stops = sorted(node.get("location", 0) for node in nodes)
    collation = definition.get("collClause")
    if collation is not None:
        stops = sorted([*stops, collation.get("location", 0)])
    found: list[ConstraintNode] = []
    for node in nodes:
        flags = _FLAGS.get(node["contype"])
        if flags is not None:
            if found:
                found[-1].extra.update(flags)
            continue
        location = node.get("location", 0)
        stop = next((offset for offset in stops if offset > location), None)
        found.append(ConstraintNode(node, definition.get("colname"), stop))
    return found


def default_at(context: Context, constraint: ConstraintNode) -> str:
    """Return the expression of a DEFAULT clause."""
    return default_in(context.extents, constraint)


def default_in(extents: Extents, constraint: ConstraintNode) -> str:
    """Return the expression of a DEFAULT clause of a statement."""
    start = extents.after(constraint.node, "default")
    return extents.term(start, constraint.stop) if start >= 0 else ""


def build_column(state: State, context: Context, table: Table, definition: Node) -> tuple[Column, list[ConstraintNode]]:
    """Return a column of a ColumnDef, and those of its constraints that are the table's."""
    name = definition["colname"]
    type_name = definition.get("typeName", {})
    serial = serial_type(type_name)
    column = Column(name, serial or state.type_text(type_name), place=context.item(definition.get("location", 0)))
    if serial is None:
        needs_type(state, context, type_name)
    else:
        sequence = _own_sequence(state, context, table, name, serial, None)
        column.default = f"nextval('{_quoted(sequence)}'::regclass)"
        column.nullable = False
    return column, apply_constraints(state, context, table, column, flagged(definition))


def apply_constraints(
    state: State, context: Context, table: Table, column: Column, constraints: list[ConstraintNode]
) -> list[ConstraintNode]:
    """Set what a column's constraints say of the column itself; return the others."""
    rest: list[ConstraintNode] = []
    for constraint in constraints:
        kind = constraint.node["contype"]
        if kind == "CONSTR_NOTNULL":
            column.nullable = False
        elif kind == "CONSTR_NULL":
            pass
        elif kind == "CONSTR_DEFAULT":
            column.default = default_at(context, constraint)
            check_default(state, context, column, constraint.node.get("raw_expr"))
            needs_functions(state, context, constraint.node.get("raw_expr"))
        elif kind == "CONSTR_GENERATED":
            column.default = context.extents.parenthesized(context.extents.after(constraint.node, "as"))
            needs_functions(state, context, constraint.node.get("raw_expr"))
            column.generated = "stored" if constraint.node.get("generated_kind", "s") == "s" else "virtual"
        elif kind == "CONSTR_IDENTITY":
            add_identity(state, context, table, column, constraint.node)
        else:
            rest.append(constraint)
    return rest


def add_identity(state: State, context: Context, table: Table, column: Column, node: Node) -> None:
    """Make a column an identity column, with its internal sequence."""
    column.identity = "always" if node.get("generated_when") == "a" else "by default"
    column.nullable = False
    options = {item["DefElem"]["defname"]: item["DefElem"].get("arg", {}) for item in node.get("options", ())}
    named = options.get("sequence_name")
    names = strings(named["List"].get("items")) if named and "List" in named else None
    sequence = _own_sequence(state, context, table, column.name, column.type, names)
    sequence.internal = True


def _own_sequence(
    state: State, context: Context, table: Table, column: str, type_: str, names: tuple[str, ...] | None
) -> Sequence:
    if names:
        name = Name(names[-2] if len(names) > 1 else table.name.schema, names[-1])
    else:
        name = Name(table.name.schema, state.choose(table.name, column, "seq"))
    base_type = type_ if type_ in _SEQUENCE_TYPES else "bigint"
    sequence = Sequence(name, base_type, owned_by=(table.name, column), place=context.place)
    state.add_sequence(sequence)
    return sequence


def _quoted(sequence: Sequence) -> str:
    text = f"{quote_identifier(sequence.name.schema)}.{quote_identifier(sequence.name.name)}"
    return text.replace("'", "''")
