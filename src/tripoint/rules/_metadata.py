"""What users can write of themselves (`user_metadata`), and whether SQL takes their word for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from tripoint.model.catalog import Function
from tripoint.model.regex import regex
from tripoint.rules._conditions import nodes_of
from tripoint.sql.calls import definition
from tripoint.sql.facts import Node
from tripoint.sql.grammar import Refusal, parse_expression, parse_plpgsql, parse_statement
from tripoint.sql.plpgsql import fields_of, query_of
from tripoint.sql.types import strings

__all__ = ["holds_id_of_caller", "only_picks_own_rows", "trusts"]

_METADATA: Final = ("user_metadata", "raw_user_meta_data")
_NONE: Final[frozenset[str]] = frozenset()
_RETURNED: Final = regex(r'\breturn\s+(?:next\s+)?"?(\w+)"?\s*;', re.IGNORECASE)


def trusts(tree: Any, variables: frozenset[str] = _NONE) -> bool:
    """Whether a part of SQL reads user metadata, or a variable that holds some, other than to pick among own rows.

    `where user_id = auth.uid() and tenant_id = <metadata>` finds none but a row that the caller has: what the metadata
    claims is held against that row. A test for null tells nothing either.
    """
    if isinstance(tree, list):
        return any(trusts(item, variables) for item in tree)
    if not isinstance(tree, dict):
        return False
    return any(_trusts(tag, body, variables) for tag, body in tree.items())


def _trusts(tag: str, body: Any, variables: frozenset[str]) -> bool:
    if tag == "A_Const":
        return body.get("sval", {}).get("sval") in _METADATA
    if tag == "ColumnRef":
        name = strings(body["fields"])
        return name[-1:] == ("raw_user_meta_data",) or (len(name) == 1 and name[0] in variables)
    if tag == "NullTest" and "ColumnRef" in body.get("arg", {}):
        return strings(body["arg"]["ColumnRef"]["fields"])[-1:] == ("raw_user_meta_data",)
    if tag == "SelectStmt" and "fromClause" in body and "whereClause" in body:
        parts = list(_conjuncts(body["whereClause"]))
        if any(_compares(part, _is_caller) for part in parts):
            held = [part for part in parts if not _compares(part, lambda value: trusts(value, variables))]
            return trusts([value for key, value in body.items() if key != "whereClause"] + held, variables)
    return trusts(body, variables)


def _conjuncts(condition: Node) -> Iterator[Node]:
    joined = condition.get("BoolExpr")
    if joined is not None and joined["boolop"] == "AND_EXPR":
        for part in joined["args"]:
            yield from _conjuncts(part)
    else:
        yield condition


def _compares(condition: Node, with_what: Any) -> bool:
    """Whether a condition holds a column equal to a value of a kind."""
    compared = condition.get("A_Expr", {})
    if compared.get("kind") != "AEXPR_OP" or strings(compared.get("name")) != ("=",):
        return False
    sides = (compared.get("lexpr", {}), compared.get("rexpr", {}))
    return any(
        "ColumnRef" in one.get("TypeCast", {}).get("arg", one) and not with_what(one) and with_what(other)
        for one, other in (sides, sides[::-1])
    )


def _is_caller(value: Node) -> bool:
    """Whether a value is `auth.uid()`, also in a scalar subquery."""
    calls = [strings(body["funcname"]) for tag, body in nodes_of(value) if tag == "FuncCall"]
    return calls == [("auth", "uid")] and not any(tag in ("A_Expr", "RangeVar") for tag, _ in nodes_of(value))


def holds_id_of_caller(condition: Node | None, relation: str, alone: bool) -> bool:
    """Whether a condition holds a relation's `id` equal to the caller's; with `alone`, the column needs no relation."""

    def is_id(side: Node) -> bool:
        name = strings(side.get("ColumnRef", {}).get("fields"))
        return name[-1:] == ("id",) and (name[-2:-1] == (relation,) or (alone and len(name) == 1))

    parts = _conjuncts(condition) if condition is not None else ()
    return any(
        _compares(part, _is_caller) and any(is_id(part["A_Expr"].get(side, {})) for side in ("lexpr", "rexpr"))
        for part in parts
    )


def only_picks_own_rows(function: Function) -> bool:
    """Whether a function reads user metadata for nothing but to pick among rows that are the caller's; not where its
    body can't be read."""
    if function.language == "sql":
        parsed = parse_statement(function.body or "")
        return isinstance(parsed, tuple) and not trusts({parsed[0]: parsed[1]})
    if function.language != "plpgsql":
        return False
    functions = parse_plpgsql(definition(function))
    if isinstance(functions, Refusal) or not functions:
        return False
    tree = functions[0]["PLpgSQL_function"]
    # The tree does not name the variable that is returned where a variable alone is.
    returned = frozenset(word.lower() for word in _RETURNED.findall(function.body or ""))
    return not _body_trusts(tree["action"], tree.get("datums", []), returned)


def _body_trusts(action: Node, datums: list[Node], returned: frozenset[str]) -> bool:
    """Whether a body of PL/pgSQL takes metadata's word. A variable that is set to some holds some from the start."""
    held: set[str] = set()
    for datum in datums:
        default = datum.get("PLpgSQL_var", {}).get("default_val")
        if default is not None:
            query = query_of(default)
            if _takes_word(query, _tree(query), frozenset(held)):
                held.update(fields_of(datum))
    steps = [(targets, query, _tree(query)) for targets, query in _expressions(action)]
    while True:
        before = frozenset(held)
        for targets, query, tree in steps:
            if _takes_word(query, tree, before):
                if not targets:
                    return True
                held.update(*(fields_of(datums[number]) for number in targets if number < len(datums)))
        if before == held:
            return not held.isdisjoint(returned)


def _expressions(value: Any) -> Iterator[tuple[tuple[int, ...], str]]:
    """Yield each SQL text of a body with the numbers of the variables that an assignment gives it to."""
    if isinstance(value, list):
        for item in value:
            yield from _expressions(item)
    if not isinstance(value, dict):
        return
    for tag, body in value.items():
        if tag == "PLpgSQL_stmt_assign" and isinstance(body.get("varno"), int):
            yield (body["varno"],), query_of(body["expr"])
        elif tag == "PLpgSQL_stmt_execsql" and (into := _selected_into(body)):
            yield into, query_of(body["sqlstmt"])
        elif tag == "PLpgSQL_expr":
            yield (), query_of(body)
        else:
            yield from _expressions(body)


def _selected_into(statement: Node) -> tuple[int, ...]:
    """Return the numbers of the variables that a SELECT gives its values to; none for a record, or what writes."""
    row = statement.get("target", {}).get("PLpgSQL_row") if statement.get("into") else None
    if row is None or not query_of(statement["sqlstmt"]).lstrip().lower().startswith("select"):
        return ()
    return tuple(one["varno"] for one in row.get("fields", ()))


def _tree(query: str) -> Any:
    """Return what a text of a body says, as PostgreSQL's grammar has it; None where it can't be read."""
    text = query.split(":=", 1)[-1].strip()
    tree = parse_expression(text)
    if tree is None:
        parsed = parse_statement(text)
        return {parsed[0]: parsed[1]} if isinstance(parsed, tuple) else None
    return tree


def _takes_word(query: str, tree: Any, variables: frozenset[str]) -> bool:
    """Whether a text of a body takes metadata's word; one that can't be read does where it says a word of it."""
    if tree is None:
        return any(word in query for word in (*_METADATA, *variables))
    return trusts(tree, variables)
