"""CREATE TABLE (LIKE …): what is copied, by its INCLUDING and EXCLUDING options."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from tripoint.model.catalog import Constraint, Sequence, Table
from tripoint.model.name import Name
from tripoint.sources.migrations.constraints import clone_index
from tripoint.sources.migrations.state import Context, State
from tripoint.sql.facts import Node

__all__ = ["add_like_columns", "copy_like_rest"]

# CREATE_TABLE_LIKE_* of parsenodes.h.
_COMMENTS: Final = 1 << 0
_CONSTRAINTS: Final = 1 << 2
_DEFAULTS: Final = 1 << 3
_GENERATED: Final = 1 << 4
_IDENTITY: Final = 1 << 5
_INDEXES: Final = 1 << 6


def add_like_columns(state: State, context: Context, table: Table, clause: Node) -> Table | None:
    """Copy the columns of the table that a LIKE clause names; return that table."""
    options = clause.get("options", 0)
    written = state.written(clause["relation"])
    source = state.find_table(written)
    if source is None:
        composite_name = state.resolve_type(written)
        composite = state.catalog.composites.get(composite_name) if composite_name is not None else None
        if composite is None:
            state.missing(context, written, "reference")
            table.complete = False
            return None
        source = Table(composite.name, columns=composite.columns)
    table.complete = table.complete and source.complete
    for column in source.columns.values():
        if column.name in table.columns:
            state.refuse(context, f'column "{column.name}" specified more than once')
            continue
        copied = replace(column, inherited=False, place=context.item(clause["relation"].get("location", 0)))
        if not options & _COMMENTS:
            copied.comment = None
        if column.generated:
            if not options & _GENERATED:
                copied.default, copied.generated = None, ""
        elif not options & _DEFAULTS:
            copied.default = None
        if column.identity:
            copied.default = None
            if options & _IDENTITY:
                name = Name(table.name.schema, state.choose(table.name, column.name, "seq"))
                owner = (table.name, column.name)
                # Other than that of a column which is declared so, it is not of the column's type.
                state.add_sequence(Sequence(name, "bigint", owned_by=owner, internal=True, place=context.place))
            else:
                copied.identity = ""
        table.columns[column.name] = copied
    return source


def copy_like_rest(state: State, context: Context, table: Table, source: Table, options: int) -> None:
    """Copy checks and indexes, which come after the table's own."""
    if options & _CONSTRAINTS:
        for check in source.constraint("check"):
            if check.name not in table.constraints:
                copied = Constraint(check.name, "check", check.columns, check.expression, place=context.place)
                state.add_constraint(table, copied)
    if options & _INDEXES:
        # pg_index lists indexes by their OIDs, so in the order in which they were made.
        for index in list(source.indexes.values()):
            constraint = source.constraints.get(index.constraint) if index.constraint else None
            before = set(table.indexes)
            clone_index(state, context, table, index, constraint)
            for name in set(table.indexes) - before:
                table.indexes[name].inherited = False
                if name in table.constraints:
                    table.constraints[name].inherited = False
