"""Statements that PostgreSQL keeps to superusers, turned into calls of the helpers that do a harmless part of them."""

from __future__ import annotations

from typing import Any

from tripoint.model.evidence import Platform
from tripoint.model.name import quote_identifier, quote_literal
from tripoint.postgres.template import FURNITURE
from tripoint.sql.extensions import EXTENSION_SCHEMAS, placed_by
from tripoint.sql.facts import Node, Statement
from tripoint.sql.types import text_option

__all__ = ["as_run"]


def as_run(statement: Statement, platform: Platform) -> str:
    """Return the text to send for a statement: its own, but for wrappers, event triggers and whole publications, and
    for what the platform makes of it."""
    node = statement.node
    if statement.kind == "CreateExtensionStmt" and placed_by(platform, node["extname"]):
        return _where_it_belongs(node)
    if statement.kind == "CreateFdwStmt":
        return f"SELECT {FURNITURE}.create_wrapper({quote_literal(node['fdwname'])})"
    if statement.kind == "CreateEventTrigStmt":
        function = ".".join('"' + part.replace('"', '""') + '"' for part in _strings(node.get("funcname", ())))
        return (
            f"SELECT {FURNITURE}.create_event_trigger({quote_literal(node['trigname'])}, "
            f"{quote_literal(node['eventname'])}, {quote_literal(function)}::pg_catalog.regproc)"
        )
    if statement.kind == "AlterEventTrigStmt" or _owns_event_trigger(statement):
        return "SELECT"
    if statement.kind == "DropStmt" and node.get("removeType") == "OBJECT_EVENT_TRIGGER":
        names = [name for item in node.get("objects", ()) for name in _strings([item])]
        missing = "true" if node.get("missing_ok") else "false"
        return "; ".join(f"SELECT {FURNITURE}.drop_event_trigger({quote_literal(name)}, {missing})" for name in names)
    if statement.kind == "CreatePublicationStmt":
        return _publication(statement)
    return statement.text


def _where_it_belongs(node: Node) -> str:
    options = {item["DefElem"]["defname"] for item in node.get("options", ())}
    unless = "IF NOT EXISTS " if node.get("if_not_exists") else ""
    name, schema = quote_identifier(node["extname"]), EXTENSION_SCHEMAS[node["extname"]]
    return f"CREATE EXTENSION {unless}{name} SCHEMA {schema}{' CASCADE' if 'cascade' in options else ''}"


def _owns_event_trigger(statement: Statement) -> bool:
    return statement.kind == "AlterOwnerStmt" and statement.node.get("objectType") == "OBJECT_EVENT_TRIGGER"


def _publication(statement: Statement) -> str:
    node = statement.node
    specs = [item.get("PublicationObjSpec", {}) for item in node.get("pubobjects", ())]
    schemas = [spec.get("name", "") for spec in specs if spec.get("pubobjtype") == "PUBLICATIONOBJ_TABLES_IN_SCHEMA"]
    if not node.get("for_all_tables") and (not schemas or len(schemas) != len(specs)):
        return statement.text
    listed = ", ".join(quote_literal(schema) for schema in schemas)
    every = "true" if node.get("for_all_tables") else "false"
    said = text_option(node, "publish")
    publish = "null" if said is None else quote_literal(said)
    name = quote_literal(node["pubname"])
    return f"SELECT {FURNITURE}.create_publication({name}, {every}, array[{listed}]::text[], {publish})"


def _strings(items: Any) -> list[str]:
    return [item.get("String", {}).get("sval", "") for item in items]
