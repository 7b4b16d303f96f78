"""Calls of a project's own functions: which one a statement consists of, and the called function's text."""

from __future__ import annotations

from collections.abc import Sequence

from tripoint.model.catalog import Catalog, Function
from tripoint.model.name import quote_identifier
from tripoint.sql.builtins import Signature
from tripoint.sql.facts import Node
from tripoint.sql.grammar import Refusal, parse_statement
from tripoint.sql.overload import UNKNOWN, Types, laid_out, signature_of

__all__ = ["call_of", "called_function", "definition", "single_call"]


def called_function(candidates: Sequence[Function], call: Node, catalog: Catalog) -> Function | None:
    """Return the function of one name that a call means; None where that can't be told, or it is none of them."""
    arguments = call.get("args", ())
    names = [argument.get("NamedArgExpr", {}).get("name") for argument in arguments]
    fitting: list[tuple[Function, Signature]] = []
    for function in candidates:
        laid = laid_out(signature_of(function.arguments, function.returns, function.kind), names, False)
        if laid is not None:
            fitting.append((function, laid))
    if len(fitting) == 1:
        return fitting[0][0]
    types = [_literal_type(argument.get("NamedArgExpr", {}).get("arg", argument)) for argument in arguments]
    chosen, _ = Types(catalog).call([laid for _, laid in fitting], types)
    return next((function for function, laid in fitting if laid is chosen), None)


def _literal_type(node: Node) -> str | None:
    """Return the type of a literal, or of an array of them; None of everything else."""
    constant = node.get("A_Const", {})
    for key, type_ in (("sval", UNKNOWN), ("ival", "integer"), ("fval", "numeric"), ("boolval", "boolean")):
        if key in constant:
            return type_
    elements = {_literal_type(element) for element in node.get("A_ArrayExpr", {}).get("elements", ())}
    if len(elements) != 1 or None in elements:
        return None
    return str(elements.pop()).replace(UNKNOWN, "text") + "[]"


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
