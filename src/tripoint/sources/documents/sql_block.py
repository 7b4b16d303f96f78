"""SQL in a document: the tables that it creates."""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace

from tripoint.model.claim import ColumnCandidate, EntityCandidate, RelationshipCandidate
from tripoint.model.regex import regex
from tripoint.sources.documents.text import Block, Source
from tripoint.sources.migrations.columns import default_in, flagged
from tripoint.sources.migrations.constraints import ACTIONS
from tripoint.sql.extent import Extents
from tripoint.sql.facts import Statement
from tripoint.sql.read import read_sql

__all__ = ["read_sql_block"]

_CREATE = regex(
    rb"\bcreate\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?"
    rb'(?P<name>(?:"[^"\n]+"|[A-Za-z_]\w*)(?:\.(?:"[^"\n]+"|[A-Za-z_]\w*))?)\s*\(',
    re.IGNORECASE,
)
_IDENTIFIER = regex(rb'"((?:[^"\n]|"")+)"|([A-Za-z_\x80-\xff][\w$\x80-\xff]*)')
_SCHEMA = regex(rb'(?:"[^"\n]+"|[\w$\x80-\xff]+)\s*\.\s*')
_INTERNAL_TYPES = {
    "int4": "integer",
    "int8": "bigint",
    "int2": "smallint",
    "bool": "boolean",
    "float8": "double precision",
    "float4": "real",
    "bpchar": "character",
}


def _name_at(block: Block, position: int) -> tuple[int, int] | None:
    """Return the file's offsets of the identifier at a position, without its quotes."""
    match = _IDENTIFIER.match(block.data, position)
    if match is None:
        return None
    group = 1 if match[1] is not None else 2
    return block.offset(match.start(group)), block.offset(match.end(group))


def _type_of(node: dict[str, Any]) -> str | None:
    names = [part.get("String", {}).get("sval", "") for part in node.get("names", [])]
    if not names:
        return None
    name = ".".join(names[1:] if names[0] == "pg_catalog" else names)
    modifiers = [
        str(value.get("A_Const", {}).get("ival", {}).get("ival", ""))
        for value in node.get("typmods", [])
        if "ival" in value.get("A_Const", {})
    ]
    text = _INTERNAL_TYPES.get(name, name)
    if modifiers and all(modifiers) and name not in ("interval",):
        text += f"({','.join(modifiers)})"
    return text + "[]" * len(node.get("arrayBounds", []))


def _strings(nodes: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(node.get("String", {}).get("sval", "") for node in nodes)


def _relation(node: dict[str, Any]) -> str:
    schema, name = node.get("schemaname"), node.get("relname", "")
    return f"{schema}.{name}" if schema else name


def _column(node: dict[str, Any], statement: Statement, block: Block, extents: Extents) -> ColumnCandidate | None:
    span = _name_at(block, statement.start + node.get("location", 0))
    if span is None:
        return None
    primary = unique = False
    nullable: bool | None = True
    references: tuple[str, str | None] | None = None
    default = on_delete = None
    for constraint in flagged(node):
        if constraint.node.get("contype") == "CONSTR_DEFAULT":
            default = default_in(extents, constraint) or None
    for entry in node.get("constraints", []):
        constraint = entry.get("Constraint", {})
        kind = constraint.get("contype")
        primary |= kind == "CONSTR_PRIMARY"
        unique |= kind == "CONSTR_UNIQUE"
        if kind in ("CONSTR_NOTNULL", "CONSTR_PRIMARY", "CONSTR_IDENTITY"):
            nullable = False
        if kind == "CONSTR_FOREIGN":
            target = _strings(constraint.get("pk_attrs", []))
            references = (_relation(constraint.get("pktable", {})), target[0] if target else None)
            on_delete = ACTIONS.get(constraint.get("fk_del_action", "a"))
    return ColumnCandidate(
        node.get("colname", ""),
        *span,
        type=_type_of(node.get("typeName", {})),
        nullable=nullable,
        primary=primary,
        unique=unique,
        references=references,
        default=default,
        on_delete=on_delete,
    )


def _table(
    statement: Statement, block: Block, context: tuple[str, ...]
) -> tuple[EntityCandidate, list[RelationshipCandidate]] | None:
    relation = statement.node.get("relation", {})
    at = statement.start + relation.get("location", 0)
    name = _relation(relation)
    schema = _name_at(block, at)
    if schema is None or not name:
        return None
    span = schema
    if "schemaname" in relation:
        dotted = _SCHEMA.match(block.data, at)
        inner = _name_at(block, dotted.end()) if dotted else None
        if inner is None:
            return None
        span = schema[0], inner[1]
    columns: list[ColumnCandidate] = []
    relationships: list[RelationshipCandidate] = []
    keys: set[str] = set()
    extents = Extents(block.data[statement.start : statement.end].decode("utf-8", "replace"))
    for element in statement.node.get("tableElts", []):
        if definition := element.get("ColumnDef"):
            if column := _column(definition, statement, block, extents):
                columns.append(column)
        elif constraint := element.get("Constraint"):
            if constraint.get("contype") == "CONSTR_PRIMARY":
                keys.update(_strings(constraint.get("keys", [])))
            elif constraint.get("contype") == "CONSTR_FOREIGN":
                place = block.offset(statement.start + constraint.get("location", 0))
                relationships.append(
                    RelationshipCandidate(
                        name,
                        _strings(constraint.get("fk_attrs", [])),
                        _relation(constraint.get("pktable", {})),
                        _strings(constraint.get("pk_attrs", [])),
                        place,
                        place,
                        "sql",
                    )
                )
    columns = [replace(column, primary=True, nullable=False) if column.name in keys else column for column in columns]
    entity = EntityCandidate(
        name, *span, "sql", columns=tuple(columns), context=context, coded=True, complete=not statement.recovered
    )
    return entity, relationships


def read_sql_block(
    source: Source, first: int, last: int, context: tuple[str, ...]
) -> tuple[list[EntityCandidate], list[RelationshipCandidate]]:
    """Return the tables that the lines `first` to `last` (exclusive) create, and their table-level foreign keys.

    A statement that is no PostgreSQL (an ellipsis, another dialect) still gives the name of the table that it creates.
    """
    block = source.block(first, last)
    entities: list[EntityCandidate] = []
    relationships: list[RelationshipCandidate] = []
    if _CREATE.search(block.data) is None:
        return entities, relationships
    read: list[tuple[int, int]] = []
    for statement in read_sql(block.data).statements:
        if statement.kind != "CreateStmt" or "relation" not in statement.node:
            continue
        if statement.node["relation"].get("relpersistence") == "t":
            read.append((statement.start, statement.end))
            continue
        if found := _table(statement, block, context):
            read.append((statement.start, statement.end))
            entities.append(found[0])
            relationships.extend(found[1])
    for match in _CREATE.finditer(block.data):
        if any(start <= match.start("name") < end for start, end in read):
            continue
        name = match["name"].decode("utf-8", "replace")
        inner, outer = match.span("name")
        if '"' in name:
            continue
        start = block.offset(inner)
        entities.append(EntityCandidate(name.lower(), start, start + outer - inner, "sql", context=context, coded=True))
    return entities, relationships
