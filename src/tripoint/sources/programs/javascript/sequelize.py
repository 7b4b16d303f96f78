"""Sequelize: `queryInterface.sequelize.query(…)` and the methods of its query interface."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tripoint.model.name import quote_identifier, quote_literal
from tripoint.model.regex import regex
from tripoint.sources.programs import tables
from tripoint.sources.programs.javascript.values import Described, Function, Handle, Link, New, Ref, Value
from tripoint.sources.programs.javascript.written_by import NotTold, flag, label, labels, send, sql_value
from tripoint.sources.programs.tables import Column, Key
from tripoint.sources.programs.values import is_known_text
from tripoint.sources.programs.written import Sql
from tripoint.sql.system_views import HOLE
from tripoint.sql.values import HOLE_CHARACTER

if TYPE_CHECKING:
    from tripoint.sources.programs.javascript.run import Run

__all__ = ["interpret"]

_TYPES = {
    "STRING": "varchar(255)", "TEXT": "text", "CITEXT": "citext", "INTEGER": "integer", "BIGINT": "bigint",
    "SMALLINT": "smallint", "TINYINT": "smallint", "MEDIUMINT": "integer", "FLOAT": "double precision",
    "REAL": "real", "DOUBLE": "double precision", "DECIMAL": "numeric", "NUMERIC": "numeric", "BOOLEAN": "boolean",
    "DATE": "timestamptz", "DATEONLY": "date", "TIME": "time", "UUID": "uuid", "UUIDV4": "uuid", "UUIDV1": "uuid",
    "JSON": "json", "JSONB": "jsonb", "BLOB": "bytea", "CHAR": "char(255)", "INET": "inet", "CIDR": "cidr",
    "MACADDR": "macaddr", "TSVECTOR": "tsvector", "HSTORE": "hstore", "NOW": "timestamptz",
}  # fmt: skip
_SIZED = {"STRING": "varchar", "CHAR": "char", "DECIMAL": "numeric", "NUMERIC": "numeric"}
_HUMP = regex(r"([a-z0-9])([A-Z])")
_SERIALS = {"integer": "serial", "bigint": "bigserial", "smallint": "smallserial"}
# What `tableExists` answers is left open: `sync()` of the models may have made a table before the first migration.
_ROWS = frozenset(
    ["bulkInsert", "bulkUpdate", "bulkDelete", "insert", "update", "delete", "upsert", "select", "describeTable",
     "showAllTables", "showAllSchemas", "showIndex", "showConstraint", "getForeignKeyReferencesForTable", "quoteTable",
     "quoteIdentifier", "rawSelect", "nameIndexes", "startTransaction", "log", "tableExists", "authenticate",
     "getForeignKeysForTables", "dropTrigger", "escape", "getQueryInterface", "isDefined", "model", "getDialect"]
)  # fmt: skip


def interpret(run: Run, handle: Handle) -> Value:
    """Do what a call of the query interface does."""
    link = handle.links[-1]
    if link.name == "query":
        run.raw(link.argument(0), link.span)
        return HOLE
    if link.name == "transaction":
        for given in link.arguments or ():
            if isinstance(given, Function):
                run.flush(run.invoke(given, [HOLE]))
        return HOLE
    if link.name == "getQueryInterface":
        return Handle(handle.kind)
    if link.name in ("literal", "fn", "col"):
        return New(link.name, link.arguments or (), link.span)
    if link.name == "describeTable" and is_known_text(link.argument(0)):
        return Described(_table(link.argument(0)))
    if link.name in _ROWS:
        return HOLE
    send(run, link, partial(_written, link))
    return HOLE


def _written(link: Link) -> list[Sql]:
    name, first, second, third = link.name, link.argument(0), link.argument(1), link.argument(2)
    if name == "createTable":
        return _create(first, second, third if isinstance(third, dict) else {})
    if name == "createSchema":
        return [Sql.of("CREATE SCHEMA IF NOT EXISTS ", tables.name(label(first)))]
    if name == "dropSchema":
        return [Sql.of("DROP SCHEMA IF EXISTS ", tables.name(label(first)), " CASCADE")]
    table = _table(first)
    alter = Sql.of("ALTER TABLE ", table, " ")
    if name == "dropTable":
        return [Sql.of("DROP TABLE IF EXISTS ", table, " CASCADE")]
    if name == "renameTable":
        return [Sql.of(alter, "RENAME TO ", tables.name(_own(second)))]
    if name == "addColumn":
        column, before = _column(_own(first), label(second), third)
        return [*before, tables.add_column(table, column)]
    if name == "removeColumn":
        return [Sql.of(alter, "DROP COLUMN ", tables.name(label(second)), " CASCADE")]
    if name == "renameColumn":
        return [Sql.of(alter, "RENAME COLUMN ", tables.name(label(second)), " TO ", tables.name(label(third)))]
    if name == "changeColumn":
        return _change(alter, _own(first), label(second), third)
    if name == "addIndex":
        return [_index(first, table, second, third)]
    if name == "removeIndex":
        own = second if isinstance(second, str) else _index_name(first, second)
        return [Sql.of("DROP INDEX IF EXISTS ", tables.name(label(own)))]
    if name == "removeConstraint":
        return [Sql.of(alter, "DROP CONSTRAINT IF EXISTS ", tables.name(label(second)))]
    if name == "addConstraint":
        return [_constraint(alter, second if isinstance(second, dict) else third, second)]
    raise NotTold(f"{name} is not read")


def _own(value: Value) -> str:
    return label(value.get("tableName") if isinstance(value, dict) else value)


def _table(value: Value, schema: Value = None) -> Sql:
    if isinstance(value, dict):
        schema = value.get("schema", schema)
    return tables.qualified(_own(value), label(schema) if schema is not None else None)


def _create(first: Value, columns: Value, options: dict[str, Value]) -> list[Sql]:
    if not isinstance(columns, dict) or HOLE_CHARACTER in columns:
        raise NotTold("its columns can't be told")
    table = _table(first, options.get("schema"))
    found: list[Sql] = []
    made: list[Column] = []
    for name, given in columns.items():
        column, before = _column(_own(first), name, given)
        made.append(column)
        found += before
    more: list[Sql] = []
    keys = options.get("uniqueKeys")
    for key in keys.values() if isinstance(keys, dict) else keys if isinstance(keys, list) else ():
        fields = key.get("fields") if isinstance(key, dict) else key
        more.append(Sql.of("UNIQUE ", tables.names(labels(fields))))
    return [*found, tables.create_table(table, made, more, exists=True)]


def _type(value: Value, table: str, column: str) -> tuple[str, list[Sql]]:
    """Return a type as SQL, and the statements that create it."""
    if is_known_text(value):
        return value, []
    if isinstance(value, Ref):
        return _TYPES.get(value.path.rpartition(".")[2], tables.UNKNOWN), []
    if not isinstance(value, New):
        return tables.UNKNOWN, []
    given = value.arguments
    if value.name == "ARRAY" and given:
        inner, before = _type(given[0], table, column)
        return (f"{inner}[]" if inner != tables.UNKNOWN else inner), before
    if value.name == "ENUM":
        options = given[0] if given and isinstance(given[0], list | dict) else list(given)
        values = options.get("values") if isinstance(options, dict) else options
        kind = quote_identifier(f"enum_{table}_{column}")
        listed = ", ".join(quote_literal(one) for one in labels(values))
        made = (
            f"DO $do$ BEGIN CREATE TYPE {kind} AS ENUM ({listed}); EXCEPTION WHEN duplicate_object THEN NULL; END $do$"
        )
        return kind, [Sql(made)]
    sizes = [str(one) for one in given if isinstance(one, int) and not isinstance(one, bool)]
    if value.name in _SIZED and sizes:
        return f"{_SIZED[value.name]}({', '.join(sizes)})", []
    return _TYPES.get(value.name, tables.UNKNOWN), []


def _column(table: str, name: str, given: Value) -> tuple[Column, list[Sql]]:
    if not isinstance(given, dict):
        kind, before = _type(given, table, name)
        return Column(name, kind), before
    kind, before = _type(given.get("type"), table, name)
    made = Column(label(given.get("field") or name), kind)
    made.nullable = given.get("allowNull", True) is not False and not flag(given.get("primaryKey"))
    made.primary = flag(given.get("primaryKey"))
    made.unique = flag(given.get("unique")) or is_known_text(given.get("unique"))
    if flag(given.get("autoIncrement")):
        made.type = _SERIALS.get(kind, kind)
    elif "defaultValue" in given:
        made.default = _default(given["defaultValue"])
    references = given.get("references")
    if references is not None:
        made.key = _key(references, given)
    return made, before


def _default(value: Value) -> str | None:
    if isinstance(value, New) and value.name == "literal" and value.arguments:
        return value.arguments[0] if is_known_text(value.arguments[0]) else "null"
    if isinstance(value, New) and value.name == "fn" and value.arguments:
        return f"{value.arguments[0]}()" if is_known_text(value.arguments[0]) else "null"
    if isinstance(value, Ref):
        return {"NOW": "now()", "UUIDV4": None, "UUIDV1": None}.get(value.path.rpartition(".")[2], "null")
    if isinstance(value, dict | list):
        return "null"
    return sql_value(value) or "null"


def _key(references: Value, given: dict[str, Value]) -> Key | None:
    actions = [one if is_known_text(one) else None for one in (given.get("onDelete"), given.get("onUpdate"))]
    if is_known_text(references):
        return Key(quote_identifier(references), (), *actions)
    if not isinstance(references, dict):
        return None
    model, key = references.get("model", references.get("table")), references.get("key", references.get("field"))
    if not is_known_text(model) and not isinstance(model, dict):
        return None
    return Key(_table(model).text, [key] if is_known_text(key) else (), *actions)


def _change(alter: Sql, table: str, column: str, given: Value) -> list[Sql]:
    """Write what the runner does: it leaves a column that gets a key its type, and takes from another what is not said
    again, the duty to have a value and the default."""
    made, found = _column(table, column, given)
    said = given if isinstance(given, dict) else {"type": given}
    head = Sql.of(alter, "ALTER COLUMN ", tables.name(column), " ")
    anew = made.key is None and "type" in said
    if anew:
        found.append(Sql.of(head, f"TYPE {made.type} USING NULL"))
    if "allowNull" in said or (anew and not made.primary):
        found.append(Sql.of(head, "DROP NOT NULL" if made.nullable else "SET NOT NULL"))
    if "defaultValue" in said or (anew and not flag(said.get("autoIncrement"))):
        found.append(Sql.of(head, f"SET DEFAULT {made.default}" if made.default else "DROP DEFAULT"))
    if made.unique:
        found.append(Sql.of(alter, "ADD UNIQUE ", tables.names([column])))
    if made.key is not None:
        found.append(Sql.of(alter, "ADD FOREIGN KEY ", tables.names([column]), tables.references(made.key)))
    return found


def _fields(value: Value) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [label(one.get("name", one.get("attribute")) if isinstance(one, dict) else one) for one in listed]


def _index_name(table: Value, fields: Value) -> str:
    """Return the name that the runner gives an index."""
    whole = "_".join([_own(table), *_fields(fields)]).replace("-", "_")
    return _HUMP.sub(r"\1_\2", whole).lower()


def _index(of: Value, table: Sql, second: Value, third: Value) -> Sql:
    options = second if isinstance(second, dict) else third if isinstance(third, dict) else {}
    fields = options.get("fields") if isinstance(second, dict) else second
    unique = flag(options.get("unique")) or "UNIQUE" in (options.get("type"), options.get("indicesType"))
    own = options.get("name", options.get("indexName"))
    listed = fields if isinstance(fields, list) else [fields]
    by_expression = any(isinstance(one, New) for one in listed)
    columns = Sql("((1))") if by_expression else tables.names(_fields(fields))
    named = tables.name(label(own) if by_expression or is_known_text(own) else _index_name(of, fields))
    where = " WHERE true" if "where" in options else ""
    head = f"CREATE {'UNIQUE ' if unique else ''}INDEX "
    return Sql.of(head, named, " ON ", table, " ", columns, where)


def _constraint(alter: Sql, options: Value, second: Value) -> Sql:
    if not isinstance(options, dict):
        raise NotTold("a constraint can't be told")
    fields = options.get("fields", second if isinstance(second, list) else None)
    own = options.get("name")
    named = Sql.of("CONSTRAINT ", tables.name(own), " ") if is_known_text(own) else Sql("")
    kind = label(options.get("type")).lower()
    if kind in ("unique", "primary key"):
        return Sql.of(alter, "ADD ", named, kind.upper(), " ", tables.names(_fields(fields)))
    if kind == "foreign key":
        key = _key(options.get("references"), options)
        if key is not None:
            return Sql.of(alter, "ADD ", named, "FOREIGN KEY ", tables.names(_fields(fields)), tables.references(key))
    raise NotTold(f"a constraint of the kind {kind} is not read")
