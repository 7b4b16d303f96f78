"""Comparisons of one thing with several values, of which it costs nothing that one is never met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from tripoint.sql.facts import Node
from tripoint.sql.types import strings

__all__ = ["alternatives", "denied", "equality"]


def equality(node: Node | None) -> tuple[tuple[str, ...], str, int] | None:
    """Return the column, the text and where it stands, of a comparison `column = 'text'`; else None."""
    body = (node or {}).get("A_Expr", {})
    if body.get("kind", "AEXPR_OP") != "AEXPR_OP" or strings(body.get("name")) != ("=",):
        return None
    for one, other in ((body.get("lexpr"), body.get("rexpr")), (body.get("rexpr"), body.get("lexpr"))):
        constant = _uncast(other).get("A_Const", {})
        fields = (one or {}).get("ColumnRef", {}).get("fields", ())
        if "sval" in constant and fields and all("String" in field for field in fields):
            written = tuple(field["String"].get("sval", "") for field in fields)
            return written, constant["sval"].get("sval", ""), constant.get("location", -1)
    return None


def _uncast(node: Node | None) -> Node:
    """Return what a cast to text is of, and anything else as it is."""
    cast = (node or {}).get("TypeCast")
    if cast is not None and strings(cast.get("typeName", {}).get("names"))[-1:] in (("text",), ("varchar",)):
        return cast.get("arg") or {}
    return node or {}


def alternatives(nodes: Iterable[Node | None]) -> set[int]:
    """Return where the texts stand that several of the conditions compare one column with: each may be the one.

    The conditions are those of an OR, or of the branches of a CASE.
    """
    found = [one for node in nodes for one in _within(node)]
    seen = Counter(column for column, _, _ in found)
    return {at for column, _, at in found if seen[column] > 1}


def denied(node: Node | None) -> set[int]:
    """Return where the texts stand that a condition under NOT compares columns with."""
    return {at for _, _, at in _within(node)}


def _within(node: Node | None) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """Yield the comparisons of a condition, without those of its subqueries; texts of an IN have none of their own."""
    waiting: list[Any] = [node]
    while waiting:
        one = waiting.pop()
        if not one:
            continue
        found = equality(one)
        if found is not None:
            yield found
        elif "BoolExpr" in one:
            waiting.extend(reversed(one["BoolExpr"].get("args", ())))
        elif one.get("A_Expr", {}).get("kind") in ("AEXPR_IN", "AEXPR_OP_ANY"):
            fields = (one["A_Expr"].get("lexpr") or {}).get("ColumnRef", {}).get("fields", ())
            if fields and all("String" in field for field in fields):
                yield tuple(field["String"].get("sval", "") for field in fields), "", -1
