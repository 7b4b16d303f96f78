"""What a statement needs and is not there yet: where a later one makes it, a database that is built from the files
stops here.

What expects the error is left out. What nothing makes later is no matter of order, and said elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from tripoint.model.catalog import Table
from tripoint.model.evidence import Reference
from tripoint.sources.migrations.analysis import nodes_within, refuse_anywhere
from tripoint.sources.migrations.state import Context, State
from tripoint.sql.builtins import builtins
from tripoint.sql.definitions import split_path
from tripoint.sql.dependencies import relations_in
from tripoint.sql.extensions import IN_IMAGES, bringing_type
from tripoint.sql.facts import Node
from tripoint.sql.names_in import parse_type_name
from tripoint.sql.types import is_system_type, strings

__all__ = [
    "lacks_column",
    "needs_extension",
    "needs_function",
    "needs_functions",
    "needs_relations",
    "needs_table",
    "needs_target",
    "needs_type",
    "note_early",
]

Needed = Literal["relation", "function", "type", "sequence", "extension"]


def note_early(state: State, context: Context, needed: Needed, names: Iterable[str]) -> None:
    """Note that a statement needs what is not there by its name as written."""
    full = state.full_name(names)
    _note(state, context, f"{full}()" if needed == "function" else str(full), needed)


def needs_extension(state: State, context: Context, extension: str) -> None:
    """Note an extension that brings what a statement names, where it is not there."""
    there = extension in state.catalog.extensions or extension in state.base.extensions
    if not there and not (extension in IN_IMAGES and state.platform != "supabase"):
        _note(state, context, f"the extension {extension}", "extension")


def _note(state: State, context: Context, label: str, needed: Needed | Literal["column"]) -> Reference:
    reference = Reference(label, context.place, "other", needed=needed)
    if not context.caught and (reference, state.number) not in state.early[-3:]:
        state.early.append((reference, state.number))
    return reference


def lacks_column(
    state: State, context: Context, table: Table, column: str, reason: str | None = None, dropped: bool = False
) -> None:
    """Note that PostgreSQL refuses a statement, since a table has no such column; unless it drops it, not yet."""
    state.absent.setdefault(f"{table.name}.{column}", context.place)
    state.refuse(context, reason or f'column "{column}" of relation "{table.name.name}" does not exist')
    if not dropped:
        _note(state, context, f"{table.name}.{column}", "column")


def needs_type(state: State, context: Context, node: Node) -> None:
    """Note the type of a TypeName, where it is not there."""
    names = strings(node.get("names"))
    if names and not node.get("pct_type") and not is_system_type(names) and state.resolve_type(names) is None:
        note_early(state, context, "type", names)
        extension = bringing_type(names[-1])
        if extension is not None:
            needs_extension(state, context, extension)


def needs_table(state: State, context: Context, node: Node) -> None:
    """Note the table that a statement writes rows of, and what of its rows PostgreSQL refuses as the table is then."""
    if context.caught:
        return
    written = state.written(node["relation"])
    table = state.find_table(written)
    if written[0] == "pg_catalog" or (len(written) == 1 and written[0].startswith("pg_")):
        return  # A superuser may write to the system's own tables.
    if table is None:
        full = state.full_name(written)
        if full.schema == "public" or full.schema in state.catalog.schemas:
            _refuse_rows(state, context, str(full), "relation", f'relation "{".".join(written)}" does not exist')
    elif table.complete and table.kind == "table" and table.name in state.catalog.tables:
        targets = [*node.get("cols", ()), *(node.get("targetList", ()) if "cols" not in node else ())]
        names = [item["ResTarget"].get("name") for item in targets]
        for name in names:
            if name is not None and name not in table.columns:
                reason = f'column "{name}" of relation "{table.name.name}" does not exist'
                _refuse_rows(state, context, f"{table.name}.{name}", "column", reason)
                return
        rows = node.get("selectStmt", {}).get("SelectStmt", {}).get("valuesLists", ())
        if rows and node.get("cols"):
            _needs_values(state, context, table, frozenset(names))
        elif rows and len(rows[0]["List"]["items"]) > len(table.columns):
            refuse_anywhere(state, context, "INSERT has more expressions than target columns")


def needs_relations(state: State, context: Context, query: Any, itself: tuple[str, ...] = ()) -> None:
    """Note the relations that a query or an expression reads, but for itself, where they are not there."""
    for relation in relations_in(query):
        written = relation.name
        known = written[0].startswith("pg_") or written == itself or state.find_table(written) is not None
        if not known and not any(map(state.relation_taken, state.candidates(written))):
            full = state.full_name(written)
            if full.schema == "public" or full.schema in state.catalog.schemas:
                note_early(state, context, "relation", written)


def needs_target(state: State, context: Context, written: tuple[str, ...]) -> None:
    """Note the table that a foreign key points to and that is not there: what is dropped again later needs it, too."""
    full = state.full_name(written)
    known = full.schema == "public" or full.schema in state.catalog.schemas
    if known and not context.caught:
        reference = Reference(str(full), context.place, "other", needed="relation")
        state.rows.append((reference, state.number, f'relation "{".".join(written)}" does not exist'))


def _needs_values(state: State, context: Context, table: Table, given: frozenset[str | None]) -> None:
    """Note the first column that must have a value and is given none, where no trigger may set it."""
    if any(trigger.timing != "after" and "insert" in trigger.events for trigger in table.triggers.values()):
        return
    for column in table.columns.values():
        if column.nullable or column.default is not None or column.identity or column.name in given:
            continue
        name = parse_type_name(column.type)
        if name is None or not (name in state.catalog.domains or name in state.base.domains):
            reason = (
                f'null value in column "{column.name}" of relation "{table.name.name}" violates not-null constraint'
            )
            reference = Reference(f"{table.name}.{column.name}", context.place, "other", needed="column")
            state.rows.append((reference, state.number, reason))
            return


def _refuse_rows(
    state: State, context: Context, label: str, needed: Literal["relation", "column"], reason: str
) -> None:
    reference = _note(state, context, label, needed)
    state.rows.append((reference, state.number, reason))


def needs_function(state: State, context: Context, names: tuple[str, ...]) -> None:
    """Note a function, where there is none of that name, whatever its arguments."""
    if not any(state.functions(name) for name in state.candidates(names)):
        note_early(state, context, "function", names)


def needs_functions(state: State, context: Context, expression: Any) -> None:
    """Note the functions that an expression calls, and the sequences that it names to `nextval`, if not there."""
    for call in nodes_within(expression, "FuncCall"):
        names = strings(call["funcname"])
        if names[-1] == "nextval":
            _needs_sequence(state, context, call)
        elif names[-1] not in builtins().functions:
            needs_function(state, context, names)


def _needs_sequence(state: State, context: Context, call: Node) -> None:
    argument: Node = next(iter(call.get("args", ())), {})
    argument = argument.get("TypeCast", {}).get("arg", argument)
    written = argument.get("A_Const", {}).get("sval", {}).get("sval", "")
    names = split_path(written.replace(".", ",")) if written else ()
    if names and not any(state.relation_taken(name) for name in state.candidates(names)):
        note_early(state, context, "sequence", names)
