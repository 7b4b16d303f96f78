"""What PostgreSQL refuses of a statement whatever the database holds.

The words are those of its grammar and its analysis: `policy.c`, `trigger.c`, `functioncmds.c`, `parse_utilcmd.c`,
`indexcmds.c`. Only what no state of a database can change is told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from tripoint.model.catalog import Column, Table
from tripoint.model.evidence import Database
from tripoint.model.place import Place
from tripoint.model.readable import reads
from tripoint.model.regex import regex
from tripoint.sources.migrations.effective import without_way_back
from tripoint.sources.migrations.state import Context, State
from tripoint.sql.builtins import base_type
from tripoint.sql.facts import SAID, Node, SqlFacts
from tripoint.sql.grammar import parse_expression
from tripoint.sql.names_in import parse_type_name
from tripoint.sql.types import serial_type, strings

__all__ = [
    "analyse",
    "check_default",
    "check_generated",
    "check_immutable",
    "check_type_change",
    "impossible_policy",
    "nodes_within",
    "refuse_anywhere",
    "refused_by_grammar",
]

_FILLED_IN: Final = regex(r"at or near \"[^\w\s(),;.'*=]")
_ARRAY: Final = regex(r"\s*(?:(?:\[[-+:\d\s]+\]\s*)+=\s*)?\{.*\}\s*", re.DOTALL)
_NO_CONSTANT: Final[dict[str, object]] = {}
"""What Python's reader knows beside JSON's own constants (`NaN`), of which PostgreSQL takes none."""
_INSERT, _DELETE, _TRUNCATE = 4, 8, 32
_INSTEAD = 64
_NO_BTREE: Final = frozenset({"gin", "gist", "brin", "hash", "spgist"})
"""PostgreSQL's other access methods, which have no unique indexes and no order."""
_NO_IDENTITY: Final = frozenset({"uuid", "text", "varchar", "bpchar", "numeric", "bool", "jsonb", "timestamptz"})
_OUTPUT: Final = frozenset({"FUNC_PARAM_OUT", "FUNC_PARAM_TABLE"})
_EXCLUSIVE: Final = {
    "CONSTR_DEFAULT": "default",
    "CONSTR_IDENTITY": "identity",
    "CONSTR_GENERATED": "generation expression",
}


def analyse(state: State, context: Context, kind: str, node: Node) -> None:
    """Note why PostgreSQL refuses a statement, if it does so whatever the database holds."""
    check = _CHECKS.get(kind)
    reason = next(check(node), None) if check is not None else None
    if reason is not None and not _is_skipped(state, kind, node):
        refuse_anywhere(state, context, reason)


def refused_by_grammar(database: Database, facts: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Yield the first statement of each migration that PostgreSQL's grammar refuses: others may follow from it.

    `facts` are those of each file, by path. What a runner fills in before PostgreSQL sees it is left out.
    """
    if database.definition != "migrations" or database.unordered:
        return
    for migration in database.migrations:
        read = facts.get(migration.path)
        if migration.version is None or not isinstance(read, SqlFacts):
            continue
        refused = (problem for problem in without_way_back(read) if problem.reason.startswith(SAID))
        first = next(refused, None)
        if first is not None and not _FILLED_IN.search(first.reason):
            yield Place(migration.path, first.start, first.end), first.reason.removeprefix(SAID)


def refuse_anywhere(state: State, context: Context, reason: str) -> None:
    """Note that PostgreSQL refuses a statement whatever the database holds.

    It is taken for what it was meant to be: what follows from its lack is no finding beside its own.
    """
    if not context.caught:
        state.impossible.append((context.place, reason))


def _is_skipped(state: State, kind: str, node: Node) -> bool:
    """Whether PostgreSQL does not come to look at a statement, since what it makes is there."""
    if kind == "CreateStmt":
        return bool(node.get("if_not_exists")) and state.find_table(state.written(node["relation"])) is not None
    return kind == "AlterTableStmt" and any(item["AlterTableCmd"].get("missing_ok") for item in node.get("cmds", ()))


def check_immutable(state: State, context: Context, table: Table, expression: Any, reason: str) -> None:
    """Note that PostgreSQL refuses an expression for the `reason`, where something in it is not immutable."""
    if expression is None or not _may_be_mutable(expression):
        return
    from tripoint.sql.volatility import first_mutable

    catalog = replace(state.catalog, tables={table.name: table})
    mutable = first_mutable(expression, catalog, state.search_path, table.name)
    if mutable is not None:
        refuse_anywhere(state, context, f"{reason}: {mutable}")


def check_generated(state: State, context: Context, table: Table, definition: Node) -> None:
    """Note that PostgreSQL refuses what a column of a table, which has all its columns by now, is generated from."""
    for item in definition.get("constraints", ()):
        if item["Constraint"].get("contype") != "CONSTR_GENERATED":
            continue
        expression = item["Constraint"].get("raw_expr")
        named = (strings(ref.get("fields"))[-1:] for ref in nodes_within(expression, "ColumnRef"))
        columns = (table.columns.get(name) for (name,) in filter(None, named))
        other = next((column for column in columns if column is not None and column.generated), None)
        if other is not None:
            refuse_anywhere(
                state, context, f'cannot use generated column "{other.name}" in column generation expression'
            )
        check_immutable(state, context, table, expression, "generation expression is not immutable")


def check_default(state: State, context: Context, column: Column, expression: Any) -> None:
    """Note that PostgreSQL refuses a string which is the default of a column whose type does not read it."""
    literal = (expression or {}).get("A_Const", {}).get("sval")
    if literal is None:
        return
    text = literal.get("sval", "")
    name = parse_type_name(column.type)
    enum = state.catalog.enums.get(name) or state.base.enums.get(name) if name is not None else None
    if enum is not None and text not in enum.values:
        state.refuse(context, f'invalid input value for enum {enum.name.name}: "{text}"')
    elif column.type.endswith("[]"):
        if _ARRAY.fullmatch(text) is None:
            refuse_anywhere(state, context, f'malformed array literal: "{text}"')
    elif column.type in ("json", "jsonb"):
        if not _is_json(text):
            refuse_anywhere(state, context, f'invalid input syntax for type json: "{text}"')
    elif not reads(column.type, text):
        refuse_anywhere(state, context, f'invalid input syntax for type {base_type(column.type)}: "{text}"')


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=lambda name: _NO_CONSTANT[name])
    except (ValueError, KeyError):
        return False
    except RecursionError:
        return True
    return True


def check_type_change(state: State, context: Context, column: Column, wanted: str, using: bool) -> None:
    """Note that PostgreSQL refuses to give a column another type, for its values or for its default."""
    from tripoint.sql.overload import Types

    types = Types(replace(state.catalog, tables={}))
    if types.assignable(column.type, wanted):
        return
    if not using:
        state.refuse(context, f'column "{column.name}" cannot be cast automatically to type {wanted}')
        return
    given = _type_of_default(state, column)
    if given is not None and not types.assignable(given, wanted):
        state.refuse(context, f'default for column "{column.name}" cannot be cast automatically to type {wanted}')


def _type_of_default(state: State, column: Column) -> str | None:
    """Return the type that a column's default is of by itself, which may be another than the column's; None where there
    is none, or it can't be told.

    PostgreSQL takes its own conversion to the column's type away again before it converts to another.
    """
    if column.default is None or column.generated or column.default.strip().lower().startswith("null"):
        return None
    from tripoint.sql.overload import UNKNOWN
    from tripoint.sql.queries import Queries
    from tripoint.sql.space import Scope

    expression = parse_expression(column.default)
    found = Queries(state.lookup(), tuple(state.path_schemas())).type_of(expression, Scope())
    return column.type if found == UNKNOWN else found


def _may_be_mutable(expression: Any) -> bool:
    """Whether an expression holds anything but columns and constants."""
    kinds = ("FuncCall", "TypeCast", "SQLValueFunction", "A_Expr")
    return any(True for kind in kinds for _ in nodes_within(expression, kind))


def impossible_policy(command: str, node: Node) -> str | None:
    """Return why a policy for a command can't have the conditions that stand in the tree of a statement."""
    if command == "insert" and "qual" in node:
        return "only WITH CHECK expression allowed for INSERT"
    if command in ("select", "delete") and "with_check" in node:
        return "WITH CHECK cannot be applied to SELECT or DELETE"
    return None


def _policy(node: Node) -> Iterator[str]:
    reason = impossible_policy(node.get("cmd_name", "all"), node)
    if reason is not None:
        yield reason


def _trigger(node: Node) -> Iterator[str]:
    events, row, when = node.get("events", 0), node.get("row", False), node.get("whenClause")
    if node.get("timing", 0) & _INSTEAD:
        if not row:
            yield "INSTEAD OF triggers must be FOR EACH ROW"
        if when is not None:
            yield "INSTEAD OF triggers cannot have WHEN conditions"
        if node.get("columns"):
            yield "INSTEAD OF triggers cannot have column lists"
    if row and events & _TRUNCATE:
        yield "TRUNCATE FOR EACH ROW triggers are not supported"
    if when is None:
        return
    if any(True for _ in nodes_within(when, "SubLink")):
        yield "cannot use subquery in trigger WHEN condition"
    rows = {strings(ref.get("fields"))[:1] for ref in nodes_within(when, "ColumnRef")}
    if not row and rows & {("old",), ("new",)}:
        yield "statement trigger's WHEN condition cannot reference column values"
    if row and events & _INSERT and ("old",) in rows:
        yield "INSERT trigger's WHEN condition cannot reference OLD values"
    if row and events & _DELETE and ("new",) in rows:
        yield "DELETE trigger's WHEN condition cannot reference NEW values"


def _function(node: Node) -> Iterator[str]:
    seen: set[tuple[bool, str]] = set()
    defaults = outputs = False
    for item in node.get("parameters", ()):
        parameter = item["FunctionParameter"]
        mode, name = parameter.get("mode", "FUNC_PARAM_DEFAULT"), parameter.get("name")
        outputs = outputs or mode in _OUTPUT or mode == "FUNC_PARAM_INOUT"
        if "defexpr" in parameter:
            defaults = True
        elif defaults and mode in ("FUNC_PARAM_DEFAULT", "FUNC_PARAM_IN", "FUNC_PARAM_INOUT"):
            yield "input parameters after one with a default value must also have defaults"
        if name:
            sides = (True, False) if mode == "FUNC_PARAM_INOUT" else (mode in _OUTPUT,)
            if any((side, name) in seen for side in sides):
                yield f'parameter name "{name}" used more than once'
            seen.update((side, name) for side in sides)
    if not node.get("is_procedure") and "returnType" not in node and not outputs:
        yield "function result type must be specified"
    options = {item["DefElem"]["defname"] for item in node.get("options", ())}
    if "sql_body" not in node and "language" not in options:
        yield "no language specified"


def _table(node: Node) -> Iterator[str]:
    name = node.get("relation", {}).get("relname", "")
    for element in node.get("tableElts", ()):
        ((kind, body),) = element.items()
        if kind == "ColumnDef":
            yield from _column(body, name)
        elif kind == "Constraint":
            yield from _constraint(body)


def _alter(node: Node) -> Iterator[str]:
    name = node.get("relation", {}).get("relname", "")
    for item in node.get("cmds", ()):
        command = item["AlterTableCmd"]
        for kind, body in command.get("def", {}).items():
            if kind == "ColumnDef" and command.get("subtype") == "AT_AddColumn":
                yield from _column(body, name)
            elif kind == "Constraint":
                yield from _constraint(body)
            elif command.get("subtype") == "AT_ColumnDefault":
                yield from _default({kind: body})


def _column(body: Node, table: str) -> Iterator[str]:
    constraints = [item["Constraint"] for item in body.get("constraints", ())]
    kinds = [constraint.get("contype") for constraint in constraints]
    of = f'for column "{body["colname"]}" of table "{table}"'
    if "CONSTR_NULL" in kinds and "CONSTR_NOTNULL" in kinds:
        yield f"conflicting NULL/NOT NULL declarations {of}"
    type_name = body.get("typeName")
    serial = type_name is not None and serial_type(type_name) is not None
    if kinds.count("CONSTR_DEFAULT") + serial > 1:
        yield f"multiple default values specified {of}"
    given = [word for kind, word in _EXCLUSIVE.items() if kind in kinds]
    if len(given) > 1:
        yield f"both {given[0]} and {given[1]} specified {of}"
    if "CONSTR_IDENTITY" in kinds and type_name is not None:
        names = strings(type_name.get("names"))
        if names[-1] in _NO_IDENTITY and names[:-1] in ((), ("pg_catalog",)):
            yield "identity column type must be smallint, integer, or bigint"
    for constraint in constraints:
        yield from _constraint(constraint)


def _constraint(body: Node) -> Iterator[str]:
    kind = body.get("contype")
    if kind == "CONSTR_DEFAULT":
        yield from _default(body["raw_expr"])
    elif kind in ("CONSTR_CHECK", "CONSTR_GENERATED") and any(
        True for _ in nodes_within(body.get("raw_expr"), "SubLink")
    ):
        where = "check constraint" if kind == "CONSTR_CHECK" else "column generation expression"
        yield f"cannot use subquery in {where}"


def _default(expression: Any) -> Iterator[str]:
    if any(True for _ in nodes_within(expression, "SubLink")):
        yield "cannot use subquery in DEFAULT expression"
    if any(True for _ in nodes_within(expression, "ColumnRef")):
        yield "cannot use column reference in DEFAULT expression"


def _domain(node: Node) -> Iterator[str]:
    for item in node.get("constraints", ()):
        yield from _constraint(item["Constraint"])


def _index(node: Node) -> Iterator[str]:
    elements = [item["IndexElem"] for item in node.get("indexParams", ())]
    method = node.get("accessMethod", "btree")
    if any(True for _ in nodes_within(node.get("whereClause"), "SubLink")):
        yield "cannot use subquery in index predicate"
    if any(True for element in elements for _ in nodes_within(element.get("expr"), "SubLink")):
        yield "cannot use subquery in index expression"
    if method not in _NO_BTREE:
        return
    if node.get("unique"):
        yield f'access method "{method}" does not support unique indexes'
    if method == "hash" and len(elements) > 1:
        yield 'access method "hash" does not support multicolumn indexes'
    if any(element.get("ordering") in ("SORTBY_ASC", "SORTBY_DESC") for element in elements):
        yield f'access method "{method}" does not support ASC/DESC options'


def _enum(node: Node) -> Iterator[str]:
    seen: set[str] = set()
    for label in strings(node.get("vals")):
        if label in seen:
            yield f'enum label "{label}" used more than once'
        seen.add(label)


def nodes_within(value: Any, kind: str) -> Iterator[Node]:
    """Yield the nodes of a kind within an expression, but for those of its subqueries."""
    stack = [value]
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack += value
        elif isinstance(value, Mapping):
            for key, body in value.items():
                if key == kind:
                    yield body
                if key != "subselect":
                    stack.append(body)


def _insert(node: Node) -> Iterator[str]:
    query = node.get("selectStmt", {}).get("SelectStmt", {})
    rows = [row["List"]["items"] for row in query.get("valuesLists", ()) if "List" in row]
    if not rows:
        while "larg" in query:
            query = query["larg"]
        rows = [query["targetList"]] if "targetList" in query else []
    columns = len(node.get("cols", ()))
    for row in rows:
        if len(row) != len(rows[0]):
            yield "VALUES lists must all be the same length"
        elif columns and len(row) != columns:
            if any(True for _ in nodes_within(row, "A_Star")):
                return
            more, fewer = ("expressions", "target columns") if len(row) > columns else ("target columns", "expressions")
            yield f"INSERT has more {more} than {fewer}"


_CHECKS: Final[dict[str, Callable[[Node], Iterator[str]]]] = {
    "CreatePolicyStmt": _policy,
    "CreateTrigStmt": _trigger,
    "CreateFunctionStmt": _function,
    "CreateStmt": _table,
    "AlterTableStmt": _alter,
    "CreateDomainStmt": _domain,
    "IndexStmt": _index,
    "CreateEnumStmt": _enum,
    "InsertStmt": _insert,
}
