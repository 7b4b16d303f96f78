"""The names that stand in a statement, an expression or a view's query."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

from msgspec import Struct

from tripoint.sql.facts import Node
from tripoint.sql.grammar import parse_expression, parse_statement
from tripoint.sql.types import strings

__all__ = ["Reference", "references_in", "references_in_expression", "relations_in", "relations_in_query"]


class Reference(Struct, frozen=True):
    """A name as written, in its parts. `location` is its byte in the statement, -1 where the grammar keeps none."""

    kind: Literal["relation", "column", "function", "type"]
    name: tuple[str, ...]
    location: int


def references_in(node: Any) -> tuple[Reference, ...]:
    """Return every name in a part of a syntax tree, in the order of the tree.

    The names of WITH queries are left out where these are in reach; a column's star is `*`.
    """
    found: list[Reference] = []
    _collect(node, frozenset(), found)
    return tuple(found)


@lru_cache(maxsize=4096)
def references_in_expression(text: str) -> tuple[Reference, ...]:
    """Return every name in an expression; none where it is no expression. What policies say is asked for often."""
    node = parse_expression(text)
    return () if node is None else references_in([node])


def relations_in(node: Any) -> tuple[Reference, ...]:
    """Return the relations that a part of a syntax tree names, those of WITH queries left out."""
    return tuple(r for r in references_in(node) if r.kind == "relation")


@lru_cache(maxsize=4096)
def relations_in_query(text: str | None) -> tuple[Reference, ...]:
    """Return the relations that a view's query names. Views that read views ask for the same ones again and again."""
    parsed = parse_statement(text or "")
    return relations_in([{parsed[0]: parsed[1]}]) if isinstance(parsed, tuple) else ()


def _collect(value: Any, queries: frozenset[str], found: list[Reference]) -> None:
    if isinstance(value, list):
        for entry in value:
            _collect(entry, queries, found)
        return
    if not isinstance(value, dict):
        return
    clause = value.get("withClause")
    if isinstance(clause, dict):
        queries = _with(clause, queries, found)
    for key, entry in value.items():
        if key == "withClause" or not isinstance(entry, dict | list):
            continue
        if isinstance(entry, dict):
            _name(key, entry, queries, found)
        _collect(entry, queries, found)


def _with(clause: Node, queries: frozenset[str], found: list[Reference]) -> frozenset[str]:
    """Collect from the queries of a WITH clause, and return the names in reach behind it."""
    entries = [entry["CommonTableExpr"] for entry in clause.get("ctes", ())]
    if clause.get("recursive"):
        queries |= {entry["ctename"] for entry in entries}
    for entry in entries:
        _collect(entry.get("ctequery"), queries, found)
        queries |= {entry["ctename"]}
    return queries


def _name(key: str, body: Node, queries: frozenset[str], found: list[Reference]) -> None:
    location = body.get("location", -1)
    if key in ("RangeVar", "relation", "pktable", "sequence") and "relname" in body:
        schema = body.get("schemaname")
        if schema is not None or body["relname"] not in queries:
            found.append(Reference("relation", (schema, body["relname"]) if schema else (body["relname"],), location))
    elif key == "ColumnRef":
        fields = body["fields"]
        name = strings(fields) + (("*",) if "A_Star" in fields[-1] else ())
        found.append(Reference("column", name, location))
    elif key == "FuncCall":
        found.append(Reference("function", strings(body["funcname"]), location))
    elif key in ("TypeName", "typeName") and "names" in body:
        found.append(Reference("type", strings(body["names"]), location))
