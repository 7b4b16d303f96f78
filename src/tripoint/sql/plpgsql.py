"""libpg_query's tree of a PL/pgSQL function: where its statements stand, and what they set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from tripoint.model.catalog import Catalog
from tripoint.model.name import Name, fold_identifier
from tripoint.model.regex import regex
from tripoint.sql.dependencies import references_in
from tripoint.sql.facts import Node
from tripoint.sql.grammar import Refusal, parse, parse_statement
from tripoint.sql.types import strings

__all__ = [
    "Located",
    "assigned",
    "concern",
    "fields_of",
    "functions_in",
    "handles",
    "located",
    "only_data",
    "query_of",
    "refused_at_once",
    "returned",
    "statements_of",
    "touched",
    "unknown_condition",
]

_CHANGES: Final = frozenset(["create", "alter", "drop", "execute", "grant", "revoke", "comment", "rename", "call"])
_HOLE: Final = regex("\ue000+")
_READS: Final = regex(
    r"\s*\(*\s*(select|values|analyze|vacuum|notify|listen|show|explain|lock|refresh|discard|checkpoint|fetch)\b", re.I
)
_RETURN: Final = regex(r"\breturn\s+(\w+|\"[^\"]+\")\s*;", re.I)
_WRITES: Final = regex(r"\s*(insert|update|delete|merge|with|truncate|copy)\b", re.I)


class Located(NamedTuple):
    """Where a statement's text stands in the body, in bytes; `exact` if it stands there word for word."""

    start: int
    end: int
    exact: bool


def located(action: Node, body: str) -> Mapping[int, Located]:
    """Return the place of each statement by the identity of its node.

    The tree keeps line numbers and texts alone, so each text is sought from its line on, after those before it.
    """
    data = body.encode()
    lines = [0, *(m.end() for m in re.finditer(b"\n", data))]
    places: dict[int, Located] = {}
    cursor = 0

    def visit(value: Any) -> None:
        nonlocal cursor
        if isinstance(value, list):
            for entry in value:
                visit(entry)
        if not isinstance(value, dict):
            return
        for key, node in value.items():
            if key.startswith("PLpgSQL_stmt_") and isinstance(node, dict):
                own: Node = next((node[k] for k in ("sqlstmt", "query", "expr", "cond", "t_expr") if k in node), {})
                text = own.get("PLpgSQL_expr", {}).get("query", "").removeprefix("SELECT ").encode()
                line = lines[min(max(node.get("lineno", 1) - 1, 0), len(lines) - 1)]
                found = data.find(text, max(cursor, line)) if text else -1
                if found >= 0:
                    places[id(node)] = Located(found, found + len(text), "sqlstmt" in node)
                    cursor = found + len(text)
                else:
                    start = max(line, 0)
                    stop = data.find(b";", start)
                    places[id(node)] = Located(start, stop if stop >= 0 else len(data), False)
            visit(node)

    visit(action)
    return places


def returned(action: Node, body: str) -> Mapping[int, str]:
    """Return the variable of each `RETURN variable` by the identity of its node: the tree keeps expressions alone."""
    starts = [0, *(match.end() for match in re.finditer("\n", body))]
    names: dict[int, str] = {}
    cursor = 0

    def visit(value: Any) -> None:
        nonlocal cursor
        for key, node in value.items() if isinstance(value, dict) else ():
            if key == "PLpgSQL_stmt_return" and "expr" not in node:
                line = starts[min(max(node.get("lineno", 1) - 1, 0), len(starts) - 1)]
                match = _RETURN.search(body, max(cursor, line))
                if match is not None:
                    names[id(node)], cursor = fold_identifier(match[1]), match.end()
            visit(node)
        for entry in value if isinstance(value, list) else ():
            visit(entry)

    visit(action)
    return names


def fields_of(datum: Node) -> list[str]:
    """Return the names of the variables that a datum of the tree stands for."""
    for tag, body in datum.items():
        if tag == "PLpgSQL_row":
            return [f["name"] for f in body.get("fields", ())]
        if tag in ("PLpgSQL_var", "PLpgSQL_rec"):
            return [body["refname"]]
    return []


def assigned(value: Any, datums: list[Node]) -> set[str]:
    """Return the names of the variables that a part of the tree sets."""
    found: set[str] = set()
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, dict):
            number = item.get("varno", item.get("target"))  # GET DIAGNOSTICS calls it by the latter
            if isinstance(number, int) and number < len(datums) and "name" not in item:
                found.update(fields_of(datums[number]))
            found.update(fields_of(item))
            pending.extend(item.values())
    return found


def concern(text: str) -> Literal["nothing", "rows", "catalog"]:
    """Return what a statement, by its first word, can change: `rows` are those of tables.

    A query counts as changing nothing; what the functions that it calls do is another matter.
    """
    if _READS.match(text):
        return "nothing"
    # A storage bucket is a row that the catalog's model holds.
    return "rows" if _WRITES.match(text) and "buckets" not in text.lower() else "catalog"


def touched(text: str) -> tuple[frozenset[str] | None, bool]:
    """Return the names that a statement with holes in it may touch, None where that could be any; and whether it may
    change relations or columns."""
    filled = _HOLE.sub("tripoint_hole", text)
    parsed = parse_statement(filled)
    if parsed is None or isinstance(parsed, Refusal):
        return None, True
    names = {r.name for r in references_in({parsed[0]: parsed[1]}) if r.kind == "relation"} | _named(*parsed)
    if parsed[0] == "AlterTableStmt":  # what its foreign keys point to stays as it is
        own = parsed[1].get("relation", {})
        names = {name for name in names if name[-1] == own.get("relname")} or names
    if not names or any("tripoint_hole" in part for name in names for part in name):
        return None, True
    return frozenset(".".join(name) for name in names), not _keeps_columns(*parsed)


_BESIDE = frozenset({"IndexStmt", "CreateTrigStmt", "CreatePolicyStmt", "AlterPolicyStmt", "CommentStmt", "GrantStmt"})
_OF_CONSTRAINTS = frozenset(f"AT_{step}Constraint" for step in ("Add", "Drop", "Validate", "Alter"))
_OBJECTS_BESIDE = frozenset(f"OBJECT_{kind}" for kind in ("INDEX", "TRIGGER", "POLICY", "RULE"))


def _keeps_columns(kind: str, node: Node) -> bool:
    """Whether a statement leaves every relation and column as it is, and changes what hangs on them alone."""
    if kind == "AlterTableStmt":
        steps = [step["AlterTableCmd"]["subtype"] for step in node.get("cmds", ()) if "AlterTableCmd" in step]
        return _OF_CONSTRAINTS.issuperset(steps)
    return kind in _BESIDE or (kind == "DropStmt" and node["removeType"] in _OBJECTS_BESIDE)


def _named(kind: str, node: Node) -> set[tuple[str, ...]]:
    """Return the tables of what is no reference in the tree: of CREATE and ALTER POLICY, and of DROP."""
    if kind in ("CreatePolicyStmt", "AlterPolicyStmt"):
        table = node["table"]
        return {(table["schemaname"], table["relname"]) if "schemaname" in table else (table["relname"],)}
    if kind != "DropStmt":
        return set()
    names = {strings(item["List"]["items"]) for item in node.get("objects", ()) if "List" in item}
    within = node["removeType"] in ("OBJECT_POLICY", "OBJECT_TRIGGER", "OBJECT_RULE")
    return {name[:-1] if within else name for name in names}


def statements_of(text: str) -> list[str]:
    """Return the statements of a text that is executed as one."""
    parsed = parse(text)
    if isinstance(parsed, Refusal) or len(parsed) < 2:
        return [text]
    data = text.encode()
    spans = [(s.get("stmt_location", 0), s.get("stmt_len", 0)) for s in parsed]
    return [data[start : start + length if length else len(data)].decode().strip() for start, length in spans]


def query_of(expression: Node | None) -> str:
    """Return the SQL of an expression."""
    inner = (expression or {}).get("PLpgSQL_expr", expression or {})
    return str(inner.get("query", ""))


def handles(handler: Node, conditions: frozenset[str]) -> bool:
    """Whether an exception handler takes what was raised under these conditions."""
    names = {c["PLpgSQL_condition"]["condname"] for c in handler.get("conditions", ())}
    return "others" in names or bool(names & conditions)


def refused_at_once(body: Node, catalog: Catalog, search_path: tuple[str, ...]) -> frozenset[str]:
    """Return the conditions under which a block's first statement fails: it creates what the catalog holds already."""
    first: Node = next(iter(body.get("body", ())), {})
    if "PLpgSQL_stmt_execsql" not in first:
        return frozenset()
    parsed = parse_statement(query_of(first["PLpgSQL_stmt_execsql"]["sqlstmt"]["PLpgSQL_expr"]))
    if parsed is None or isinstance(parsed, Refusal):
        return frozenset()
    kind, statement = parsed
    if kind == "CreateStmt" and not statement.get("if_not_exists"):
        relation, condition = statement["relation"], "duplicate_table"
    elif kind == "CompositeTypeStmt":
        relation, condition = statement["typevar"], "duplicate_object"
    elif kind in ("CreateEnumStmt", "CreateDomainStmt"):
        *schema, name = strings(statement["typeName" if kind == "CreateEnumStmt" else "domainname"])
        relation, condition = {"schemaname": schema[-1] if schema else None, "relname": name}, "duplicate_object"
    else:
        return frozenset()
    made = Name(relation.get("schemaname") or next(iter(search_path), "public"), relation["relname"])
    held = (catalog.tables,) if kind == "CreateStmt" else (catalog.enums, catalog.domains, catalog.composites)
    return frozenset([condition]) if any(made in names for names in held) else frozenset()


def unknown_condition(condition: Node | None) -> str:
    """Say that nobody can tell whether a condition holds."""
    return f"whether it runs depends on what only a database knows: {' '.join(query_of(condition).split())[:80]}"


def functions_in(text: str) -> list[tuple[str, ...]]:
    """Return the functions that a statement calls, as they are written; `?` where it does not parse."""
    parsed = parse_statement(text)
    if parsed is None or isinstance(parsed, Refusal):
        return [("?",)]
    return [r.name for r in references_in(parsed[1]) if r.kind == "function"]


def only_data(language: str, body: str | None) -> bool:
    """Whether a function's body can change rows alone, and no schema."""
    words = {w.strip("();'\"").lower() for w in (body or "").split()}
    return language in ("sql", "plpgsql") and body is not None and not words & _CHANGES
