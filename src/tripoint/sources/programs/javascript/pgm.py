"""node-pg-migrate: `pgm.sql(…)` and the builders that its migrations mostly use."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tripoint.model.name import quote_identifier, quote_literal
from tripoint.sources.programs import tables
from tripoint.sources.programs.javascript.values import Handle, Link, SqlText, Value, shown
from tripoint.sources.programs.javascript.written_by import NotTold, flag, label, labels, send, sql_value
from tripoint.sources.programs.tables import Column, Key
from tripoint.sources.programs.values import is_known_text
from tripoint.sources.programs.written import Sql, Text
from tripoint.sql.system_views import HOLE
from tripoint.sql.values import HOLE_CHARACTER

if TYPE_CHECKING:
    from tripoint.sources.programs.javascript.run import Run

__all__ = ["interpret"]

_TYPES = {"string": "text", "int": "integer", "float": "real", "double": "double precision", "datetime": "timestamp",
          "bool": "boolean"}  # fmt: skip
_HARMLESS = frozenset(
    ["noTransaction", "dropTrigger", "dropRule", "dropExtension", "select", "dropSequence", "dropOperator", "dropCast",
     "dropRole", "createRole", "alterRole"]
)  # fmt: skip


def interpret(run: Run, handle: Handle) -> Value:
    """Do what a call of the migration's builder does."""
    link = handle.links[-1]
    if link.name == "func":
        return SqlText(link.argument(0)) if isinstance(link.argument(0), str) else HOLE
    if link.name in ("sql", "query"):
        text, named = link.argument(0), link.argument(1)
        if isinstance(text, str) and isinstance(named, dict) and link.name == "sql":
            for key, value in named.items():
                text = Text(text.replace("{" + key + "}", shown(value)), link.span)
        run.raw(text, link.span)
        return HOLE
    if link.name in _HARMLESS:
        return HOLE
    send(run, link, partial(_written, link))
    return HOLE


def _written(link: Link) -> list[Sql]:
    name, first, second, third = link.name, link.argument(0), link.argument(1), link.argument(2)
    exists = isinstance(third, dict) and flag(third.get("ifNotExists"))
    if name in ("createTable", "addTable"):
        return _create(first, second, third if isinstance(third, dict) else {})
    if name == "dropTable":
        options = second if isinstance(second, dict) else {}
        tail = " CASCADE" if flag(options.get("cascade")) else ""
        return [Sql.of("DROP TABLE IF EXISTS ", _table(first), tail)]
    if name in ("createType", "addType") and isinstance(second, list):
        listed = ", ".join(quote_literal(label(one)) for one in second)
        return [Sql.of("CREATE TYPE ", _table(first), f" AS ENUM ({listed})")]
    if name == "dropType":
        return [Sql.of("DROP TYPE IF EXISTS ", _table(first), " CASCADE")]
    if name == "addTypeValue":
        return [Sql.of("ALTER TYPE ", _table(first), f" ADD VALUE IF NOT EXISTS {quote_literal(label(second))}")]
    if name in ("createExtension", "addExtension"):
        return [Sql.of("CREATE EXTENSION IF NOT EXISTS ", tables.name(one)) for one in labels(first)]
    if name == "createSchema":
        return [Sql.of("CREATE SCHEMA IF NOT EXISTS ", tables.name(label(first)))]
    if name in ("createView", "createMaterializedView"):
        kind = "MATERIALIZED VIEW" if "Material" in name else "OR REPLACE VIEW"
        return [Sql.of(f"CREATE {kind} ", _table(first), " AS ", label(third))]
    if name in ("dropView", "dropMaterializedView"):
        return [Sql.of(f"DROP {'MATERIALIZED ' if 'Material' in name else ''}VIEW IF EXISTS ", _table(first))]
    table = _table(first)
    alter = Sql.of("ALTER TABLE ", table, " ")
    if name in ("addColumn", "addColumns"):
        return [tables.add_column(table, one, exists) for one in _columns(second)]
    if name in ("dropColumn", "dropColumns"):
        dropped: list[str] = list(second) if isinstance(second, dict) else labels(second)
        return [Sql.of(alter, "DROP COLUMN IF EXISTS ", tables.name(one), " CASCADE") for one in dropped]
    if name == "renameColumn":
        return [Sql.of(alter, "RENAME COLUMN ", tables.name(label(second)), " TO ", tables.name(label(third)))]
    if name == "renameTable":
        return [Sql.of(alter, "RENAME TO ", tables.name(_own(second)))]
    if name == "alterColumn" and isinstance(third, dict):
        return _alter(alter, label(second), third)
    if name in ("createIndex", "addIndex"):
        return [_index(first, table, second, third if isinstance(third, dict) else {})]
    if name == "dropConstraint":
        return [Sql.of(alter, "DROP CONSTRAINT IF EXISTS ", tables.name(label(second)))]
    if name == "dropIndex":
        return _drop_index(first, second, third if isinstance(third, dict) else {})
    if name in ("addConstraint", "createConstraint"):
        return _constraints(alter, second, third)
    raise NotTold(f"{name} is not read")


def _own(value: Value) -> str:
    return label(value.get("name") if isinstance(value, dict) else value)


def _table(value: Value) -> Sql:
    if isinstance(value, dict):
        schema = value.get("schema")
        return tables.qualified(label(value.get("name")), label(schema) if schema is not None else None)
    return tables.name(label(value))


def _create(first: Value, columns: Value, options: dict[str, Value]) -> list[Sql]:
    if isinstance(columns, dict) and isinstance(columns.get("columns"), dict):
        columns = columns["columns"]
    if flag(options.get("inherits")) or "like" in options or "inherits" in options:
        raise NotTold("it takes columns of another table")
    table = _table(first)
    made = tables.create_table(table, _columns(columns), exists=flag(options.get("ifNotExists")))
    alter = Sql.of("ALTER TABLE ", table, " ")
    given = options.get("constraints")
    return [made, *(_constraints(alter, None, given) if given is not None else [])]


def _columns(value: Value) -> list[Column]:
    if not isinstance(value, dict) or HOLE_CHARACTER in value:
        raise NotTold("its columns can't be told")
    return [_column(name, given) for name, given in value.items()]


def _column(name: str, given: Value) -> Column:
    if is_known_text(given):
        given = {"type": given}
    if not isinstance(given, dict):
        return Column(name, tables.UNKNOWN)
    kind = given.get("type")
    if kind == "id":
        return Column(name, "serial", False, primary=True)
    made = Column(name, _TYPES.get(kind, kind) if is_known_text(kind) else tables.UNKNOWN)
    made.nullable = not flag(given.get("notNull"))
    made.primary, made.unique = flag(given.get("primaryKey")), flag(given.get("unique"))
    if "default" in given:
        made.default = sql_value(given["default"]) or "null"
    if is_known_text(given.get("expressionGenerated")):
        made.generated = given["expressionGenerated"]
    if isinstance(sequence := given.get("sequenceGenerated"), dict):
        made.identity = "ALWAYS" if sequence.get("precedence") == "ALWAYS" else "BY DEFAULT"
    if (references := given.get("references")) is not None:
        made.key = _key(references, given)
    return made


def _key(value: Value, given: dict[str, Value]) -> Key | None:
    actions = [one if is_known_text(one) else None for one in (given.get("onDelete"), given.get("onUpdate"))]
    if is_known_text(value):
        quoted = value if "(" in value or '"' in value else quote_identifier(value)
        return Key(quoted, (), *actions)
    return Key(_table(value).text, (), *actions) if isinstance(value, dict) else None


def _alter(alter: Sql, column: str, options: dict[str, Value]) -> list[Sql]:
    head = Sql.of(alter, "ALTER COLUMN ", tables.name(column), " ")
    found: list[Sql] = []
    if is_known_text(kind := options.get("type")):
        found.append(Sql.of(head, f"TYPE {_TYPES.get(kind, kind)} USING NULL"))
    if "notNull" in options or "allowNull" in options:
        strict = flag(options.get("notNull")) or options.get("allowNull") is False
        found.append(Sql.of(head, "SET NOT NULL" if strict else "DROP NOT NULL"))
    if "default" in options:
        default = options["default"]
        found.append(Sql.of(head, "DROP DEFAULT" if default is None else f"SET DEFAULT {sql_value(default) or 'null'}"))
    return found


def _drop_index(first: Value, columns: Value, options: dict[str, Value]) -> list[Sql]:
    own = options.get("name") or _index_name(first, columns, options)
    schema = first.get("schema") if isinstance(first, dict) else None
    return [Sql.of("DROP INDEX IF EXISTS ", tables.qualified(label(own), schema if is_known_text(schema) else None))]


def _index_name(first: Value, columns: Value, options: dict[str, Value]) -> str:
    """Return the name that the runner gives an index."""
    listed = [one.get("name") if isinstance(one, dict) else one for one in columns] if isinstance(columns, list) else []
    parts = [_own(first), *(label(one) for one in listed or [columns])]
    return "_".join([*parts, *(["unique"] if flag(options.get("unique")) else []), "index"])


def _index(of: Value, table: Sql, columns: Value, options: dict[str, Value]) -> Sql:
    listed = columns if isinstance(columns, list) else [columns]
    parts: list[str | Sql] = []
    for one in listed:
        named = one.get("name") if isinstance(one, dict) else one
        parts.append(Sql(label(named)) if "(" in label(named) else tables.name(label(named)))
    unique = "UNIQUE " if flag(options.get("unique")) else ""
    own, where, method = options.get("name"), options.get("where"), options.get("method")
    return Sql.of(
        f"CREATE {unique}INDEX {'IF NOT EXISTS ' if flag(options.get('ifNotExists')) else ''}",
        tables.name(own if is_known_text(own) else _index_name(of, columns, options)),
        " ON ",
        table,
        f" USING {method}" if is_known_text(method) else "",
        " (",
        Sql.join(", ", parts),
        ")",
        f" WHERE {where}" if is_known_text(where) else "",
    )


def _constraints(alter: Sql, name: Value, given: Value) -> list[Sql]:
    named = Sql.of("CONSTRAINT ", tables.name(name), " ") if is_known_text(name) else Sql("")
    if is_known_text(given):
        return [Sql.of(alter, "ADD ", named, given)]
    if not isinstance(given, dict):
        raise NotTold("a constraint can't be told")
    found: list[Sql] = []
    for kind, value in given.items():
        if kind == "primaryKey":
            found.append(Sql.of(alter, "ADD ", named, "PRIMARY KEY ", tables.names(labels(value))))
        elif kind == "unique":
            each = value if isinstance(value, list) and value and isinstance(value[0], list) else [value]
            found += [Sql.of(alter, "ADD ", named, "UNIQUE ", tables.names(labels(one))) for one in each]
        elif kind == "check":
            checks = value if isinstance(value, list) else [value]
            found += [Sql.of(alter, "ADD ", named, f"CHECK ({label(one)})") for one in checks]
        elif kind == "foreignKeys":
            for one in value if isinstance(value, list) else [value]:
                key = _key(one.get("references"), one) if isinstance(one, dict) else None
                if key is None:
                    raise NotTold("a foreign key can't be told")
                columns = tables.names(labels(one.get("columns")))
                found.append(Sql.of(alter, "ADD ", named, "FOREIGN KEY ", columns, tables.references(key)))
        elif kind not in ("comment", "deferrable", "deferred"):
            raise NotTold(f"a constraint of the kind {kind} is not read")
    return found
