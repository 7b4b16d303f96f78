"""TypeORM: `queryRunner.query(…)` and the methods of its schema API. Subsquid's `db.query(…)` is the same."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tripoint.model.name import quote_identifier, quote_literal
from tripoint.model.regex import regex
from tripoint.sources.code.typescript_values import node_text
from tripoint.sources.programs import tables
from tripoint.sources.programs.javascript.values import Function, Handle, Link, New, Value
from tripoint.sources.programs.javascript.written_by import NotTold, flag, label, labels, send
from tripoint.sources.programs.tables import Column, Key
from tripoint.sources.programs.values import is_known_text
from tripoint.sources.programs.written import Sql
from tripoint.sql.system_views import HOLE
from tripoint.sql.values import HOLE_CHARACTER

if TYPE_CHECKING:
    from tripoint.sources.programs.javascript.run import Run

__all__ = ["interpret"]

_SERIAL = {"integer": "serial", "int": "serial", "bigint": "bigserial", "smallint": "smallserial"}
_TYPES = {"datetime": "timestamp", "int": "integer", "double": "double precision", "enum": "", "simple-array": "text",
          "simple-json": "text", "string": "varchar"}  # fmt: skip
_ROWS = frozenset(["manager", "connection", "dataSource", "data-source"])
_HARMLESS = frozenset(
    ["startTransaction", "commitTransaction", "rollbackTransaction", "connect", "release", "clearSqlMemory",
     "getTable", "getTables", "getView", "getViews", "getDatabases", "getSchemas", "hasDatabase", "hasSchema",
     "hasView", "clearTable", "enableSqlMemory", "disableSqlMemory", "getCurrentSchema", "getCurrentDatabase",
     "createDatabase", "stream"]
)  # fmt: skip


def interpret(run: Run, handle: Handle) -> Value:
    """Do what a call of the query runner does."""
    link = handle.links[-1]
    if link.name == "query":
        return _query(run, link)
    if any(one.name in _ROWS for one in handle.links):
        for given in link.arguments or ():
            if isinstance(given, Function):  # manager.transaction(async (manager) => …)
                run.flush(run.invoke(given, [Handle(handle.kind)]))
        return HOLE
    asked = next((one for one in handle.links[:-1] if one.name == "getTable"), None)
    if asked is not None:
        return _of_a_table(_table(asked.argument(0)), handle.links[handle.links.index(asked) + 1 :])
    if link.name == "getTable" and is_known_text(link.argument(0)):
        return replace(handle, data=tables.has_table(_table(link.argument(0))))
    if link.name in _HARMLESS:
        return HOLE
    if link.name == "hasTable" and is_known_text(link.argument(0)):
        return tables.has_table(_table(link.argument(0)))
    if link.name == "hasColumn" and is_known_text(link.argument(0)) and is_known_text(link.argument(1)):
        return tables.has_column(_table(link.argument(0)), link.argument(1))
    send(run, link, partial(_written, link))
    return HOLE


_CALLED = regex(r"=>\s*\(?\s*\w+\s*\.\s*name\s*===?\s*[\"'`](\w+)[\"'`]\s*\)?\s*$")


def _of_a_table(table: Sql, links: tuple[Link, ...]) -> Value:
    """Return what is asked of a table that was looked up: whether it has a column, or what only a database knows."""
    name, first = links[-1].name, links[-1].argument(0)
    if name == "findColumnByName" and is_known_text(first):
        return tables.has_column(table, first)
    if name in ("find", "some") and links[0].name == "columns" and len(links) == 2 and isinstance(first, Function):
        called = _CALLED.search(node_text(first.node))
        return tables.has_column(table, called[1]) if called is not None else HOLE
    return HOLE


def _query(run: Run, link: Link) -> Value:
    text = link.argument(0)
    run.raw(text, link.span)
    return HOLE


def _written(link: Link) -> list[Sql]:
    """Return the statements that a method of the schema API sends."""
    name, first, second = link.name, link.argument(0), link.argument(1)
    if name == "createTable":
        return _create(first, flag(second))
    if name in ("dropTable", "dropView"):
        kind = name[4:].upper()
        exists = "IF EXISTS " if flag(second) else ""
        cascade = " CASCADE" if name == "dropTable" else ""
        return [Sql.of(f"DROP {kind} {exists}", _table(first), cascade)]
    if name in ("createSchema", "dropSchema"):
        verb, test = name[:-6].upper(), "IF NOT EXISTS " if name.startswith("create") else "IF EXISTS "
        cascade = " CASCADE" if flag(link.argument(2)) and verb == "DROP" else ""
        return [Sql.of(f"{verb} SCHEMA {test if flag(second) else ''}", tables.name(label(first)), cascade)]
    table = _table(first)
    alter = Sql.of("ALTER TABLE ", table, " ")
    if name == "renameTable":
        return [Sql.of(alter, "RENAME TO ", tables.name(label(second).rpartition(".")[2]))]
    if name in ("addColumn", "addColumns"):
        columns = second if name == "addColumns" else [second]
        return [sql for one in _listed(columns) for sql in _add(first, table, one)]
    if name in ("dropColumn", "dropColumns"):
        columns = second if name == "dropColumns" else [second]
        return [Sql.of(alter, "DROP COLUMN ", tables.name(_named(one)), " CASCADE") for one in _listed(columns)]
    if name == "renameColumn" and isinstance(second, str):
        return [Sql.of(alter, "RENAME COLUMN ", tables.name(label(second)), " TO ",
                       tables.name(_named(link.argument(2))))]  # fmt: skip
    if name in ("createIndex", "createIndices"):
        return [_index(table, one) for one in _listed(second if name == "createIndices" else [second])]
    if name in ("createForeignKey", "createForeignKeys"):
        listed = _listed(second if name == "createForeignKeys" else [second])
        return [Sql.of(alter, "ADD ", _foreign(one)) for one in listed]
    if name in ("createUniqueConstraint", "createUniqueConstraints"):
        listed = _listed(second if name == "createUniqueConstraints" else [second])
        return [Sql.of(alter, "ADD ", _constraint(one, "UNIQUE")) for one in listed]
    if name in ("createCheckConstraint", "createCheckConstraints"):
        listed = _listed(second if name == "createCheckConstraints" else [second])
        return [Sql.of(alter, "ADD ", _check(one)) for one in listed]
    if name == "createPrimaryKey":
        return [Sql.of(alter, "ADD PRIMARY KEY ", tables.names(labels(second)))]
    raise NotTold(f"{name} is not read")


def _create(value: Value, exists: bool) -> list[Sql]:
    options = _options(value)
    table = _table(options.get("name"), options.get("schema"))
    columns = _listed(options.get("columns", []))
    found: list[Sql] = []
    made: list[Column] = []
    for one in columns:
        column, before = _column(options.get("name"), one)
        found += before
        made.append(column)
    more = [_foreign(one) for one in _listed(options.get("foreignKeys", []))]
    more += [_constraint(one, "UNIQUE") for one in _listed(options.get("uniques", []))]
    more += [_check(one) for one in _listed(options.get("checks", []))]
    found.append(tables.create_table(table, made, more, exists))
    found += [_index(table, one) for one in _listed(options.get("indices", []))]
    return found


def _add(of: Value, table: Sql, value: Value) -> list[Sql]:
    column, before = _column(of, value)
    return [*before, tables.add_column(table, column)]


def _options(value: Value) -> dict[str, Value]:
    """Return the options that a `new Table({…})` or the like is made of."""
    if isinstance(value, New) and value.arguments:
        value = value.arguments[0]
    if not isinstance(value, dict) or HOLE_CHARACTER in value:
        raise NotTold("its options can't be told")
    return value


def _listed(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise NotTold("a list in its options can't be told")
    return value


def _named(value: Value) -> str:
    return label(value if isinstance(value, str) else _options(value).get("name"))


def _table(value: Value, schema: Value = None) -> Sql:
    if isinstance(value, Handle):
        value = next((link.argument(0) for link in value.links if link.name == "getTable"), HOLE)
    if isinstance(value, New):
        options = _options(value)
        value, schema = options.get("name"), options.get("schema")
    text = label(value)
    if "." in text:
        before, _, own = text.rpartition(".")
        return Sql(f"{quote_identifier(before)}.{quote_identifier(own)}")
    return tables.qualified(text, schema if is_known_text(schema) else None)


def _column(table: Value, value: Value) -> tuple[Column, list[Sql]]:
    """Return a column, and the statements that create its type."""
    options = _options(value)
    name, kind = label(options.get("name")), options.get("type")
    before: list[Sql] = []
    if not is_known_text(kind):
        kind = tables.UNKNOWN
    kind = _TYPES.get(kind, kind)
    if values := options.get("enum"):
        own = options.get("enumName")
        plain = label(table).rpartition(".")[2] if isinstance(table, str) else _named(table)
        kind = quote_identifier(own if is_known_text(own) else f"{plain}_{name}_enum".lower())
        if isinstance(values, list) and all(is_known_text(one) for one in values):
            listed = ", ".join(quote_literal(one) for one in values)
            before.append(Sql.of(
                f"DO $do$ BEGIN CREATE TYPE {kind} AS ENUM ({listed}); "
                "EXCEPTION WHEN duplicate_object THEN NULL; END $do$"
            ))  # fmt: skip
        else:
            kind = tables.UNKNOWN
    elif not kind:
        kind = tables.UNKNOWN
    length, precision, scale = options.get("length"), options.get("precision"), options.get("scale")
    if length not in (None, "") and (is_known_text(length) or isinstance(length, int)):
        kind += f"({length})"
    elif isinstance(precision, int) and not isinstance(precision, bool):
        size = f"({precision}, {scale})" if isinstance(scale, int) else f"({precision})"
        kind = kind.replace(" with", f"{size} with", 1) if " with" in kind else kind + size
    default = options.get("default")
    made = Column(
        name,
        kind,
        nullable=flag(options.get("isNullable")),
        primary=flag(options.get("isPrimary")),
        unique=flag(options.get("isUnique")),
    )
    if default is HOLE:
        made.default = None if made.nullable else "null"
    elif default is not None:
        made.default = str(default).lower() if isinstance(default, bool) else str(default)
        if HOLE_CHARACTER in made.default:
            made.default = "null"
    if flag(options.get("isGenerated")):
        strategy = options.get("generationStrategy", "increment")
        if strategy == "uuid":
            made.default = "uuid_generate_v4()"
        elif strategy == "increment":
            made.type, made.default = _SERIAL.get(made.type, made.type), None
        elif strategy == "identity":
            made.identity = "BY DEFAULT"
    if flag(options.get("isArray")):
        made.type += "[]"
    as_expression = options.get("asExpression")
    if is_known_text(as_expression):
        made.generated = as_expression
    return made, before


def _index(table: Sql, value: Value) -> Sql:
    options = _options(value)
    unique = "UNIQUE " if flag(options.get("isUnique")) else ""
    own = options.get("name")
    where = options.get("where")
    named = Sql.of(tables.name(own), " ") if is_known_text(own) else Sql("")
    condition = f" WHERE {where}" if is_known_text(where) and where else ""
    listed = tables.names(labels(options.get("columnNames")))
    return Sql.of(f"CREATE {unique}INDEX ", named, "ON ", table, " ", listed, condition)


def _constraint(value: Value, kind: str) -> Sql:
    options = _options(value)
    own = options.get("name")
    named = Sql.of("CONSTRAINT ", tables.name(own), " ") if is_known_text(own) and own else Sql("")
    return Sql.of(named, kind, " ", tables.names(labels(options.get("columnNames"))))


def _check(value: Value) -> Sql:
    options = _options(value)
    own = options.get("name")
    named = Sql.of("CONSTRAINT ", tables.name(own), " ") if is_known_text(own) and own else Sql("")
    return Sql.of(named, f"CHECK ({label(options.get('expression'))})")


def _foreign(value: Value) -> Sql:
    options = _options(value)
    schema = options.get("referencedSchema")
    key = Key(
        _table(options.get("referencedTableName"), schema if is_known_text(schema) else None).text,
        labels(options.get("referencedColumnNames", [])),
        *(one if is_known_text(one) else None for one in (options.get("onDelete"), options.get("onUpdate"))),
    )
    return Sql.of(_constraint(options, "FOREIGN KEY"), tables.references(key))
