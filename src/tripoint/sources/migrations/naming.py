"""The names that PostgreSQL gives to what is created without one (makeObjectName, ChooseRelationName and kin)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from tripoint.sql.facts import Node
from tripoint.sql.types import strings

__all__ = ["choose_name", "column_part", "figure_name", "index_column_names", "make_object_name"]

_MAX_BYTES: Final = 63


def _clip(raw: bytes, size: int) -> bytes:
    """Cut UTF-8 text to at most `size` bytes without splitting a character."""
    return raw[:size].decode("utf-8", "ignore").encode("utf-8")


def make_object_name(name1: str, name2: str | None, label: str) -> str:
    """Return `name1_name2_label` in at most 63 bytes, the longer of the two names shortened first."""
    first, second = name1.encode("utf-8"), name2.encode("utf-8") if name2 is not None else None
    available = _MAX_BYTES - len(label.encode("utf-8")) - 1 - (1 if second is not None else 0)
    size1, size2 = len(first), len(second) if second is not None else 0
    while size1 + size2 > available:
        if size1 > size2:
            size1 -= 1
        else:
            size2 -= 1
    parts = [_clip(first, size1)]
    if second is not None:
        parts.append(_clip(second, size2))
    return b"_".join([*parts, label.encode("utf-8")]).decode("utf-8")


def choose_name(name1: str, name2: str | None, label: str, taken: Callable[[str], bool]) -> str:
    """Return the first of `…_label`, `…_label1`, `…_label2`, … that is not taken."""
    number = 0
    while True:
        name = make_object_name(name1, name2, f"{label}{number}" if number else label)
        if not taken(name):
            return name
        number += 1


def column_part(columns: Iterable[str]) -> str:
    """Return the middle part of the name of something over several columns."""
    part = b""
    for column in columns:
        if part:
            part += b"_"
        part += column.encode("utf-8")
        if len(part) >= _MAX_BYTES + 1:
            break
    return part.decode("utf-8")


def index_column_names(elements: Sequence[tuple[str | None, Node | None]]) -> list[str]:
    """Return the attribute names of an index over columns and expressions, told apart by numbers."""
    chosen: list[str] = []
    for column, expression in elements:
        original = column if column is not None else (figure_name(expression)[0] or "expr")
        name, number = original, 1
        while name in chosen:
            suffix = str(number)
            name = _clip(original.encode("utf-8"), _MAX_BYTES - len(suffix)).decode("utf-8") + suffix
            number += 1
        chosen.append(name)
    return chosen


# What FigureColname (parse_target.c) calls an expression by its node alone.
_CALLED: Final = {
    "A_ArrayExpr": "array",
    "CoalesceExpr": "coalesce",
    "GroupingFunc": "grouping",
    "JsonArrayAgg": "json_arrayagg",
    "JsonArrayConstructor": "json_array",
    "JsonArrayQueryConstructor": "json_array",
    "JsonObjectAgg": "json_objectagg",
    "JsonObjectConstructor": "json_object",
    "JsonParseExpr": "json",
    "JsonScalarExpr": "json_scalar",
    "JsonSerializeExpr": "json_serialize",
    "MergeSupportFunc": "merge_action",
    "RowExpr": "row",
    "XmlSerialize": "xmlserialize",
}
_XML: Final = {
    "IS_XMLCONCAT": "xmlconcat",
    "IS_XMLELEMENT": "xmlelement",
    "IS_XMLFOREST": "xmlforest",
    "IS_XMLPARSE": "xmlparse",
    "IS_XMLPI": "xmlpi",
    "IS_XMLROOT": "xmlroot",
}


def figure_name(node: Node | None) -> tuple[str | None, int]:
    """Return the name that PostgreSQL figures for an expression without one, and how sure it is of it (0 to 2)."""
    if not node:
        return None, 0
    ((kind, body),) = node.items()
    if kind in _CALLED:
        return _CALLED[kind], 2
    if kind == "ColumnRef":
        fields = strings(body.get("fields"))
        return (fields[-1], 2) if fields and "String" in body["fields"][-1] else (None, 0)
    if kind == "FuncCall":
        return strings(body["funcname"])[-1], 2
    if kind == "A_Indirection":
        fields = strings(body.get("indirection"))
        return (fields[-1], 2) if fields else figure_name(body.get("arg"))
    if kind == "TypeCast":
        name, strength = figure_name(body.get("arg"))
        if strength <= 1:
            names = strings(body.get("typeName", {}).get("names"))
            return (names[-1], 1) if names else (name, strength)
        return name, strength
    if kind == "CollateClause":
        return figure_name(body.get("arg"))
    if kind == "A_Expr" and body.get("kind") == "AEXPR_NULLIF":
        return "nullif", 2
    if kind == "CaseExpr":
        name, strength = figure_name(body.get("defresult"))
        return ("case", 1) if strength <= 1 else (name, strength)
    if kind == "MinMaxExpr":
        return ("greatest" if body.get("op") == "IS_GREATEST" else "least"), 2
    if kind == "SQLValueFunction":
        return str(body.get("op", "")).removeprefix("SVFOP_").removesuffix("_N").lower(), 2
    if kind == "XmlExpr":
        found = _XML.get(body.get("op", ""))
        return found, 2 if found else 0
    if kind == "SubLink":
        return _sublink_name(body)
    return None, 0


def _sublink_name(body: Node) -> tuple[str | None, int]:
    kind = body.get("subLinkType")
    if kind in ("EXISTS_SUBLINK", "ARRAY_SUBLINK"):
        return ("exists" if kind == "EXISTS_SUBLINK" else "array"), 2
    if kind == "EXPR_SUBLINK":
        targets = body.get("subselect", {}).get("SelectStmt", {}).get("targetList", [])
        target = targets[0].get("ResTarget", {}) if targets else {}
        if target.get("name"):
            return target["name"], 2
        return figure_name(target.get("val"))
    return None, 0
