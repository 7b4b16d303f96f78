"""Calls of a project's own functions: which one a statement consists of, and the called function's text."""

from __future__ import annotations

from tripoint.model.catalog import Function
from tripoint.model.name import quote_identifier
from tripoint.sql.facts import Node
from tripoint.sql.grammar import Refusal, parse_statement

__all__ = ["call_of", "definition", "single_call"]


def definition(function: Function) -> str:
    """Return the text of a CREATE FUNCTION of PL/pgSQL with a function's arguments and body."""
    body = function.body or ""
    tag = "$body$"
    while tag in body:
        tag = tag[:-1] + "y$"
    arguments = ", ".join(
        f"{a.mode if a.mode != 'table' else 'out'} {quote_identifier(a.name) if a.name else ''} {a.type}"
        for a in function.arguments
    )
    returns = f" returns {function.returns}" if function.returns and not function.returns.startswith("TABLE") else ""
    kind = "procedure" if function.kind == "procedure" else "function"
    return f"create {kind} f({arguments}){returns} language plpgsql as {tag}{body}{tag}"


def single_call(text: str) -> Node | None:
    """Return the call of `SELECT f(…)`, `SELECT * FROM f(…)` and `CALL f(…)`; None where a query is more than that."""
    parsed = parse_statement(text)
    if parsed is None or isinstance(parsed, Refusal):
        return None
    return call_of(*parsed)


def call_of(kind: str, node: Node) -> Node | None:
    """Return the FuncCall that a statement consists of."""
    if kind == "CallStmt":
        return node.get("funccall")
    targets, sources = node.get("targetList", ()), node.get("fromClause", ())
    if kind != "SelectStmt" or len(targets) != 1 or "whereClause" in node:
        return None
    value = targets[0].get("ResTarget", {}).get("val", {})
    if not sources:
        call: Node | None = value.get("FuncCall")
        return call
    functions = sources[0].get("RangeFunction", {}).get("functions", ())
    if len(sources) == 1 and len(functions) == 1 and "ColumnRef" in value:
        return next((item["FuncCall"] for item in functions[0]["List"]["items"] if "FuncCall" in item), None)
    return None
