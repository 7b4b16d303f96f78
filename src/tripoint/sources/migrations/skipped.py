"""What a CREATE TABLE or CREATE TYPE that is skipped or refused would have made, were the table not there already."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from tripoint.model.catalog import Catalog, Table
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.sql.facts import Node, SqlFacts, Statement
from tripoint.sql.grammar import parse_statement
from tripoint.sql.types import format_type, serial_type, strings

__all__ = ["skipped_columns"]

_CREATE = regex(r"\bcreate\s+(?:table|type)\b[^;]*", re.I)


def skipped_columns(
    catalog: Catalog, files: Iterable[tuple[str, SqlFacts]], dropped: Collection[str] = ()
) -> dict[str, Place]:
    """Return the columns of such statements that the table of the final catalog lacks, each with its place.

    Beside them stand the values that such a statement's checks of one column name, as `schema.table.column='value'`,
    the columns of text that it checks nothing of, as `schema.table.column=*`, the values of enums that are there
    already with fewer, as `schema.enum='value'`, and the columns of another type, as `type of schema.table.column`.

    `files` are the migrations in order; `dropped` are the subjects of what was there and was dropped, which is another
    story. A dump of a live database that is added as a migration behind the first ones is a common cause: a fresh
    database then lacks what the live one has.
    """
    found: dict[str, Place] = {}
    created: set[Name] = set()
    bare: dict[str, list[Table]] = defaultdict(list)
    for known in catalog.tables.values():
        bare[known.name.name].append(known)
    for path, facts in files:
        for statement in facts.statements:
            for node in _creates(statement):
                if "vals" in node:
                    found |= _labels(catalog, node, Place(path, statement.start, statement.end), created)
                    continue
                place = Place(path, statement.start, statement.end)
                table = _meant(catalog, node["relation"], bare)
                if table is None:
                    continue
                own = table.place is not None and table.place.path == path
                if own and table.place is not None and statement.start <= table.place.start < statement.end:
                    created.add(table.name)
                elif table.name in created:
                    subjects = (*_lacking(table, node), *_values(table, node), *_unchecked(table, node))
                    subjects += (*_of_another_type(catalog, table, node),)
                    found |= {subject: place for subject in subjects if subject not in found}
    return {subject: place for subject, place in found.items() if subject not in dropped}


def _meant(catalog: Catalog, relation: Node, bare: Mapping[str, list[Table]]) -> Table | None:
    """Return the table that a statement means: without a schema, the search path may lead to the only one so called."""
    name = Name(relation.get("schemaname", "public"), relation["relname"])
    so_called = bare.get(name.name, []) if "schemaname" not in relation else []
    return catalog.tables.get(name) or (so_called[0] if len(so_called) == 1 else None)


def _labels(catalog: Catalog, node: Node, place: Place, created: set[Name]) -> dict[str, Place]:
    """Return the values of a CREATE TYPE that the enum lacks, which an earlier statement (`created`) made."""
    written = strings(node.get("typeName"))
    enum = catalog.enums.get(Name(written[-2] if len(written) > 1 else "public", written[-1]))
    if enum is None or enum.place is None:
        return {}
    if enum.place.path == place.path and place.start <= enum.place.start < place.end:
        created.add(enum.name)
        return {}  # what it lacks of its own was renamed since
    lacking = set(strings(node.get("vals"))) - set(enum.values) if enum.name in created else set[str]()
    return {f"{enum.name}='{value}'": place for value in sorted(lacking)}


def _creates(statement: Statement) -> Iterator[Node]:
    """Yield the CREATE TABLE or CREATE TYPE of a statement, or those in a DO block."""
    if statement.kind in ("CreateStmt", "CreateEnumStmt") and statement.node:
        yield statement.node
    elif statement.kind == "DoStmt":
        for match in _CREATE.finditer(statement.text):
            read = parse_statement(match[0])
            if isinstance(read, tuple) and read[0] in ("CreateStmt", "CreateEnumStmt"):
                yield read[1]


def _lacking(table: Table, node: Node) -> Iterator[str]:
    """Yield the columns of a CREATE TABLE that the table does not have."""
    for element in node.get("tableElts", ()):
        column = element.get("ColumnDef", {}).get("colname")
        if column is not None and column not in table.columns:
            yield f"{table.name}.{column}"


def _of_another_type(catalog: Catalog, table: Table, node: Node) -> Iterator[str]:
    """Yield the columns that are of one of PostgreSQL's own types or of an enum, and of another in a CREATE TABLE."""
    for element in node.get("tableElts", ()):
        column = element.get("ColumnDef", {})
        held = table.columns.get(column.get("colname", ""))
        if held is None or "typeName" not in column:
            continue
        written = serial_type(column["typeName"]) or format_type(column["typeName"], lambda _: None, modifiers=False)
        own = held.type.partition("(")[0]
        schema, dot, name = own.rpartition(".")
        known = own in _OWN or Name(schema if dot else "public", name.strip('"')) in catalog.enums
        if written in _OWN and known and written != own:
            yield f"type of {table.name}.{column['colname']}"


_OWN = frozenset({"uuid", "text", "character varying", "smallint", "integer", "bigint", "numeric", "boolean", "jsonb"})


def _values(table: Table, node: Node) -> Iterator[str]:
    """Yield the strings in checks of a CREATE TABLE that speak of one column."""
    for columns, values in _checks(node):
        if len(columns) == 1:
            yield from (f"{table.name}.{min(columns)}='{value}'" for value in sorted(values))


def _unchecked(table: Table, node: Node) -> Iterator[str]:
    """Yield the columns of text that no check of a CREATE TABLE speaks of, though one of the table does."""
    held = " ".join(constraint.expression or "" for constraint in table.constraint("check"))
    checked = {column for columns, _ in _checks(node) for column in columns}
    for element in node.get("tableElts", ()):
        column = element.get("ColumnDef", {})
        name = column.get("colname")
        text = strings(column.get("typeName", {}).get("names"))[-1:] in (("text",), ("varchar",))
        if text and name in table.columns and name not in checked and name in held:
            yield f"{table.name}.{name}=*"


def _checks(node: Node) -> Iterator[tuple[set[str], set[str]]]:
    """Yield the columns and the strings of each check of a CREATE TABLE."""
    for element in node.get("tableElts", ()):
        inner = element.get("ColumnDef", {}).get("constraints", ()) if "ColumnDef" in element else (element,)
        for constraint in (one.get("Constraint", {}) for one in inner):
            if constraint.get("contype") == "CONSTR_CHECK":
                columns, values = set[str](), set[str]()
                _names(constraint.get("raw_expr"), columns, values)
                yield columns, values


def _names(node: object, columns: set[str], values: set[str]) -> None:
    """Collect the columns and the strings of an expression."""
    if isinstance(node, list | tuple):
        for each in node:
            _names(each, columns, values)
    elif isinstance(node, dict):
        if "ColumnRef" in node:
            columns.update(strings(node["ColumnRef"].get("fields"))[-1:])
        elif "A_Const" in node:
            values.update([node["A_Const"]["sval"].get("sval", "")] if "sval" in node["A_Const"] else [])
        elif "TypeCast" in node:
            _names(node["TypeCast"].get("arg"), columns, values)
        else:
            for each in node.values():
                _names(each, columns, values)
