"""What goes along when something is dropped, and what stands in the way."""

from __future__ import annotations

from tripoint.model.catalog import Table
from tripoint.sources.migrations.constraints import columns_in
from tripoint.sources.migrations.state import Context, State
from tripoint.sql.grammar import parse_expression

__all__ = ["drop_column", "drop_constraint"]


def drop_constraint(state: State, context: Context, table: Table, name: str, cascade: bool) -> None:
    """Drop a constraint of a table and of those that inherit it; foreign keys that rely on a key go along with CASCADE."""
    constraint = table.constraints[name]
    if constraint.inherited:
        state.refuse(context, f'cannot drop inherited constraint "{name}" of relation "{table.name.name}"')
        return
    if constraint.kind in ("primary", "unique") and not _free_key(state, context, table, constraint.columns, cascade):
        return
    state.remove_constraint(table, name)
    for child in state.descendants(table.name):
        _drop_inherited(state, state.change(child, context.place), constraint.kind, name, constraint.columns)


def _drop_inherited(state: State, child: Table, kind: str, name: str, columns: tuple[str, ...]) -> None:
    for own in list(child.constraints.values()):
        same = own.name == name if kind in ("check", "foreign") else own.columns == columns
        if own.inherited and own.kind == kind and same:
            state.remove_constraint(child, own.name)


def _free_key(state: State, context: Context, table: Table, columns: tuple[str, ...], cascade: bool) -> bool:
    """Drop the foreign keys that point at a key, with CASCADE; tell whether none is left."""
    for holder in state.mentioning(table.name.name):
        other = state.table(holder)
        if other is None:
            continue
        for key in other.constraint("foreign"):
            if key.references == table.name and set(key.referenced_columns) == set(columns) and not key.inherited:
                if not cascade:
                    state.refuse(context, f'constraint "{key.name}" of "{other.name}" depends on the key')
                    return False
                state.remove_constraint(state.change(other, context.place), key.name)
    return True


def drop_column(state: State, context: Context, table: Table, name: str, cascade: bool) -> None:
    """Drop a column with its indexes, constraints and sequences, here and where it is inherited."""
    if table.columns[name].inherited:
        state.refuse(context, f'cannot drop inherited column "{name}"')
        return
    for child in [table, *state.descendants(table.name)]:
        if name not in child.columns or (child is not table and not child.columns[name].inherited):
            continue
        _drop_own_column(state, context, state.change(child, context.place), name, cascade)
    state.drops.append((f"{table.name}.{name}", context.place))


def _drop_own_column(state: State, context: Context, table: Table, name: str, cascade: bool) -> None:
    for constraint in list(table.constraints.values()):
        if name not in constraint.columns:
            continue
        if constraint.kind in ("primary", "unique") and not _free_key(
            state, context, table, constraint.columns, cascade
        ):
            return
        state.remove_constraint(table, constraint.name)
    for index in list(table.indexes.values()):
        used = {key.name for key in index.columns} | set(index.include)
        texts = [index.predicate, *(key.expression for key in index.columns)]
        if name in used or any(text and name in columns_in(parse_expression(text), table) for text in texts):
            state.remove_index(table, index.name)
    for sequence in state.owned_sequences(table.name, name):
        state.remove_sequence(sequence.name)
    table.grants = {grant for grant in table.grants if grant.column != name}
    del table.columns[name]
