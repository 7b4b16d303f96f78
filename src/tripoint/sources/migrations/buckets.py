"""Rows of storage.buckets, which are the platform's way of defining a bucket."""

from __future__ import annotations

from tripoint.model.catalog import Bucket
from tripoint.sources.migrations.early import needs_table
from tripoint.sources.migrations.functions import constant_text
from tripoint.sources.migrations.state import Context, State
from tripoint.sql.facts import Node
from tripoint.sql.types import strings

__all__ = ["delete", "insert", "update"]

_WORDS = {"t": True, "true": True, "f": False, "false": False}
_TABLES = (("storage", "buckets"), ("buckets",))


def insert(state: State, context: Context, node: Node) -> None:
    """INSERT INTO storage.buckets: its literal rows are buckets, also where ON CONFLICT changes one."""
    needs_table(state, context, node)
    if state.written(node["relation"]) not in _TABLES:
        return
    columns = [item["ResTarget"]["name"] for item in node.get("cols", ())]
    query = node.get("selectStmt", {}).get("SelectStmt", {})
    rows = [row["List"]["items"] for row in query.get("valuesLists", ())]
    if not rows and "targetList" in query:
        rows = [[item["ResTarget"].get("val", {}) for item in query["targetList"]]]
    changes = _public_of(node.get("onConflictClause", {}))
    known = False
    for row in rows:
        values = dict(zip(columns or ["id", "name", "owner", "created_at", "updated_at", "public"], row, strict=False))
        key = values.get("id") or values.get("name")
        if key is None or not is_text(key):
            continue
        known = True
        name, public = constant_text(key), _boolean(values["public"]) if "public" in values else False
        if public is None:
            _cannot_tell(state, context)
        bucket = state.catalog.buckets.setdefault(name, Bucket(name, bool(public), context.place))
        if changes is not None:
            excluded = "ColumnRef" in changes
            bucket.public = bool(public if excluded else _boolean(changes))
    if not known:
        _cannot_tell(state, context)


def update(state: State, context: Context, node: Node) -> None:
    """UPDATE storage.buckets: whether buckets that are named by literals are public."""
    needs_table(state, context, node)
    public = _public_of(node)
    if state.written(node["relation"]) not in _TABLES or public is None:
        return
    names, value = _named(node.get("whereClause")), _boolean(public)
    if names is None or value is None:
        _cannot_tell(state, context)
        return
    for name in names & state.catalog.buckets.keys():
        state.catalog.buckets[name].public = value


def delete(state: State, context: Context, node: Node) -> None:
    """DELETE FROM storage.buckets: those that are named by literals."""
    needs_table(state, context, node)
    if state.written(node["relation"]) not in _TABLES:
        return
    names = _named(node.get("whereClause"))
    if names is None:
        _cannot_tell(state, context)
    for name in names or ():
        state.catalog.buckets.pop(name, None)


def _cannot_tell(state: State, context: Context) -> None:
    state.cannot_tell(context, "rows of storage.buckets that are not literals", frozenset({"storage.buckets"}))


def _public_of(node: Node) -> Node | None:
    """Return what SET gives to the column `public`."""
    targets = (item["ResTarget"] for item in node.get("targetList", ()))
    return next((target.get("val", {}) for target in targets if target.get("name") == "public"), None)


def _boolean(node: Node) -> bool | None:
    constant = node.get("TypeCast", {}).get("arg", node).get("A_Const", {})
    if "sval" in constant:
        return _WORDS.get(constant["sval"].get("sval", "").lower())
    value = constant.get("boolval")
    return None if value is None else bool(value.get("boolval", False))


def _named(where: Node | None) -> set[str] | None:
    """Return the buckets of `id = 'x'` and `id in ('x', 'y')`; None where the condition is another one."""
    condition = (where or {}).get("A_Expr", {})
    column = condition.get("lexpr", {}).get("ColumnRef", {})
    fields = strings([field for field in column.get("fields", ()) if "String" in field])
    right = condition.get("rexpr", {})
    items = right["List"]["items"] if "List" in right else [right]
    equal = condition.get("kind") in ("AEXPR_OP", "AEXPR_IN") and strings(condition.get("name")) == ("=",)
    if not equal or fields[-1:] not in (("id",), ("name",)) or not all(is_text(item) for item in items):
        return None
    return {constant_text(item) for item in items}


def is_text(node: Node) -> bool:
    """Tell whether a node is a string literal, also with a cast."""
    inner = node.get("TypeCast", {}).get("arg")
    return is_text(inner) if inner else "sval" in node.get("A_Const", {})
