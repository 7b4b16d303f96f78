"""What PostgreSQL does in no transaction, and what it lets nothing use until a transaction is committed: new values of
an enum.

Sources: PostgreSQL's manual, CREATE INDEX ("Building Indexes Concurrently") and ALTER TYPE ("Notes"). An enum that the
same transaction creates may be used at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct, field

from tripoint.model.evidence import Database
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.sources.migrations.context import Context
from tripoint.sql.builtins import base_type
from tripoint.sql.facts import Node
from tripoint.sql.names_in import parse_type_name
from tripoint.sql.scope import resolve_expression_names, resolve_names
from tripoint.sql.space import SqlName

if TYPE_CHECKING:
    from tripoint.sources.migrations.state import State

__all__ = ["Transaction", "Within", "follow", "note_new_value", "refused_within"]

_QUERIES = frozenset({"InsertStmt", "UpdateStmt", "DeleteStmt", "SelectStmt", "MergeStmt"})
_BEGIN = frozenset({"TRANS_STMT_BEGIN", "TRANS_STMT_START"})
_END = frozenset({"TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK", "TRANS_STMT_PREPARE"})
_BEGINNING = frozenset({"dbmate", "goose", "sql-migrate", "tern"})
"""The runners that begin a transaction for each file that does not say otherwise, by a mark that is known."""
_AT_ONCE = _BEGINNING | {
    "atlas",
    "drizzle",
    "golang-migrate",
    "hasura",
    "node-pg-migrate",
    "prisma",
    "supabase",
}
"""Those, and what applies a file in one transaction, or sends it as one message, which PostgreSQL carries out as one.
Flyway makes an exception of ALTER TYPE … ADD VALUE. What no transaction may hold the Supabase CLI sends on its own."""


class Within(Struct, frozen=True):
    """A statement that PostgreSQL refuses within a transaction."""

    place: Place
    reason: str
    """PostgreSQL's words."""
    begun: bool
    """Whether the file itself began the transaction."""
    single: bool = False
    """Whether it is all that the file holds."""
    later: bool = True
    """Whether it is refused for what an earlier statement of the transaction did."""


class Transaction(Struct):
    """What a file has said of transactions so far, and done in the one that it is in."""

    single: bool = False
    """Whether the file holds but one statement."""
    begun: bool = False
    """Whether the file itself has begun a transaction."""
    ended: bool = False
    """Whether the file itself has ended one."""
    uncommitted: dict[Name, dict[str, bool]] = field(default_factory=dict)
    """The values that enums of earlier files were given, and whether the file itself had begun the transaction then."""

    @property
    def is_none(self) -> bool:
        """Whether the file has ended the transaction that its runner began, and has begun no other one."""
        return self.ended and not self.begun


def refused_within(database: Database, within: Iterable[Within]) -> Iterator[tuple[Place, str]]:
    """Yield the statements that PostgreSQL refuses within the transaction of their file, with its words."""
    files = {file.path: file for file in database.migrations if file.transaction}
    for one in within:
        file = files.get(one.place.path)
        layout = file.layout if file is not None else ""
        by_runner = layout in (_AT_ONCE if one.later else _BEGINNING) or (layout == "prisma" and not one.single)
        if one.begun or by_runner:
            yield one.place, one.reason


def note_new_value(state: State, context: Context, enum: Name, value: str) -> None:
    """Note that a statement adds a value to an enum that an earlier file created."""
    transaction, made = state.transaction, state.created.get(str(enum))
    if not transaction.is_none and (made is None or made[-1][1].path != context.path):
        transaction.uncommitted.setdefault(enum, {})[value] = transaction.begun


def _alone(kind: str, node: Node) -> str | None:
    """Return what PostgreSQL calls a statement that no transaction may hold."""
    if kind == "IndexStmt" and node.get("concurrent"):
        return "CREATE INDEX CONCURRENTLY"
    if kind == "DropStmt" and node.get("concurrent"):
        return "DROP INDEX CONCURRENTLY"
    return "VACUUM" if kind == "VacuumStmt" and node.get("is_vacuumcmd") else None


def follow(state: State, context: Context, kind: str, node: Node) -> None:
    """Note a statement that PostgreSQL refuses within a transaction; it has been applied."""
    transaction = state.transaction
    if kind == "TransactionStmt":
        if node.get("kind") in _BEGIN:
            transaction.begun = True
        elif node.get("kind") in _END:
            transaction.begun, transaction.ended = bool(node.get("chain")), True
            transaction.uncommitted.clear()
        return
    alone = _alone(kind, node)
    if alone is not None and not transaction.is_none:
        reason = f"{alone} cannot run inside a transaction block"
        state.within.append(Within(context.place, reason, transaction.begun, transaction.single, later=False))
        transaction.uncommitted.clear()  # whatever applies it has committed what stands before it
    if not transaction.uncommitted or context.caught:
        return
    text = context.statement.text
    if not any(f"'{value}'" in text for values in transaction.uncommitted.values() for value in values):
        return
    enums = state.catalog.enums
    complete = {enum: list(enums[enum].values) for enum in transaction.uncommitted if enum in enums}
    try:
        for enum, values in complete.items():
            enums[enum].values[:] = [value for value in values if value not in transaction.uncommitted[enum]]
        used = next(_used(state, kind, node), None)
    finally:
        for enum, values in complete.items():
            enums[enum].values[:] = values
    if used is not None:
        enum, value = used
        reason = f'unsafe use of new value "{value}" of enum type {enum.name}'
        state.within.append(Within(context.place, reason, transaction.uncommitted[enum][value]))


def _used(state: State, kind: str, node: Node) -> Iterator[tuple[Name, str]]:
    """Yield each enum's value that a statement uses and that is not in the catalog."""
    for name in _names(state, kind, node):
        if name.kind == "value" and (enum := _enum_of(state, name)) is not None:
            value = name.written[0]
            if value in state.transaction.uncommitted.get(enum, {}):
                yield enum, value


def _enum_of(state: State, name: SqlName) -> Name | None:
    """Return the enum that a value is written for: its own, or that of the column it meets."""
    enum = name.target
    table = state.catalog.tables.get(enum) if enum is not None else None
    if table is not None:
        column = table.columns.get(name.column or "")
        enum = parse_type_name(base_type(column.type)) if column is not None else None
    while enum in state.catalog.domains:
        enum = parse_type_name(base_type(state.catalog.domains[enum].type))
    return enum


def _names(state: State, kind: str, node: Node) -> Iterator[SqlName]:
    """Yield what the queries and expressions of a statement name."""
    if kind in _QUERIES:
        yield from resolve_names({kind: node}, state.catalog, state.search_path)
    elif kind in ("ViewStmt", "CreateTableAsStmt"):
        yield from resolve_names(node["query"], state.catalog, state.search_path)
    else:
        for table, expression in _expressions(state, kind, node):
            yield from resolve_expression_names(expression, state.catalog, state.search_path, table)


def _expressions(state: State, kind: str, node: Node) -> Iterator[tuple[Name | None, Node]]:
    """Yield the expressions of a statement that PostgreSQL reads at once, with the table whose columns they name."""
    relation = node.get("relation", node.get("table"))
    found = state.find_table(state.written(relation)) if isinstance(relation, dict) else None
    table = found.name if found is not None else None
    if kind in ("CreatePolicyStmt", "AlterPolicyStmt"):
        parts = [node.get("qual"), node.get("with_check")]
    elif kind == "IndexStmt":
        parts = [node.get("whereClause"), *(item["IndexElem"].get("expr") for item in node.get("indexParams", ()))]
    elif kind in ("CreateStmt", "AlterTableStmt"):
        parts = list(_of_table(node))
    else:
        parts = []
    for part in parts:
        if part:
            yield table, part


def _of_table(node: Node) -> Iterator[Node]:
    """Yield the defaults, each as a value of its column, and the checks of CREATE TABLE and ALTER TABLE."""
    elements = [*node.get("tableElts", ())]
    for item in node.get("cmds", ()):
        command = item["AlterTableCmd"]
        if command.get("subtype") == "AT_ColumnDefault" and command.get("def"):
            yield _meeting(command["name"], command["def"])
        elif command.get("def"):
            elements.append(command["def"])
    for element in elements:
        ((kind, body),) = element.items()
        if kind == "Constraint":
            yield body.get("raw_expr", {})
        for constraint in body.get("constraints", ()) if kind == "ColumnDef" else ():
            one = constraint["Constraint"]
            expression = one.get("raw_expr", {})
            if one.get("contype") == "CONSTR_DEFAULT" and "A_Const" in expression:
                expression = {"TypeCast": {"arg": expression, "typeName": body["typeName"]}}
            yield expression


def _meeting(column: str, expression: Node) -> Node:
    """Return a comparison in which a default meets its column, as it does when it is set."""
    reference = {"ColumnRef": {"fields": [{"String": {"sval": column}}]}}
    operator = [{"String": {"sval": "="}}]
    return {"A_Expr": {"kind": "AEXPR_OP", "name": operator, "lexpr": reference, "rexpr": expression}}
