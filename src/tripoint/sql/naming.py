"""The name that PostgreSQL gives to an unnamed column of a query or an index (FigureColname of parse_target.c)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tripoint.sql.facts import Node
from tripoint.sql.types import strings

__all__ = ["column_name", "figured_name"]

_FIXED: Final = {
    "GroupingFunc": "grouping",
    "MergeSupportFunc": "merge_action",
    "A_ArrayExpr": "array",
    "RowExpr": "row",
    "CoalesceExpr": "coalesce",
    "XmlSerialize": "xmlserialize",
    "JsonParseExpr": "json",
    "JsonScalarExpr": "json_scalar",
    "JsonSerializeExpr": "json_serialize",
    "JsonObjectConstructor": "json_object",
    "JsonArrayConstructor": "json_array",
    "JsonArrayQueryConstructor": "json_array",
    "JsonObjectAgg": "json_objectagg",
    "JsonArrayAgg": "json_arrayagg",
}
_BY_OPERATION: Final = {
    "IS_GREATEST": "greatest",
    "IS_LEAST": "least",
    "IS_XMLCONCAT": "xmlconcat",
    "IS_XMLELEMENT": "xmlelement",
    "IS_XMLFOREST": "xmlforest",
    "IS_XMLPARSE": "xmlparse",
    "IS_XMLPI": "xmlpi",
    "IS_XMLROOT": "xmlroot",
    "JSON_EXISTS_OP": "json_exists",
    "JSON_QUERY_OP": "json_query",
    "JSON_VALUE_OP": "json_value",
}


def column_name(node: Node, subquery: Sequence[str] = ()) -> str:
    """Return the name of an unnamed output column. `subquery` holds the name of a scalar subquery's own column."""
    return figured_name(node, subquery) or "?column?"


def figured_name(node: Node | None, subquery: Sequence[str] = ()) -> str | None:
    """Return the name that an expression has by itself, or None where it has none; `subquery` as of `column_name`."""
    return _name(node, subquery)[0]


def _name(node: Node | None, subquery: Sequence[str]) -> tuple[str | None, int]:
    """Return a name and how well it fits: 2 a name of the user's, 1 one made up from a type or CASE, 0 none."""
    if not node:
        return None, 0
    ((tag, body),) = node.items()
    if tag == "ColumnRef":
        names = strings(body["fields"])
        return (names[-1], 2) if names else (None, 0)
    if tag == "A_Indirection":
        names = strings(body.get("indirection"))
        return (names[-1], 2) if names else _name(body.get("arg"), subquery)
    if tag == "FuncCall":
        return strings(body["funcname"])[-1], 2
    if tag == "A_Expr":
        return ("nullif", 2) if body.get("kind") == "AEXPR_NULLIF" else (None, 0)
    if tag == "TypeCast":
        name, strength = _name(body.get("arg"), subquery)
        return (strings(body["typeName"].get("names"))[-1], 1) if strength <= 1 else (name, strength)
    if tag == "CollateClause":
        return _name(body.get("arg"), subquery)
    if tag == "CaseExpr":
        name, strength = _name(body.get("defresult"), subquery)
        return ("case", 1) if strength <= 1 else (name, strength)
    if tag == "SubLink":
        kind = body.get("subLinkType")
        if kind == "EXPR_SUBLINK":
            return (subquery[0], 2) if subquery else (None, 0)
        return {"EXISTS_SUBLINK": ("exists", 2), "ARRAY_SUBLINK": ("array", 2)}.get(kind, (None, 0))
    if tag == "SQLValueFunction":
        return body["op"].removeprefix("SVFOP_").removesuffix("_N").lower(), 2
    if tag in _FIXED:
        return _FIXED[tag], 2
    operation = _BY_OPERATION.get(body.get("op", "")) if isinstance(body, dict) else None
    return operation, 2 if operation else 0
