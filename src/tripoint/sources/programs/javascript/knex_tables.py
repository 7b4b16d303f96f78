"""Knex's builder of one table: what is asked of `table` in its callback."""

from __future__ import annotations

from msgspec import Struct, field

from tripoint.model.name import quote_identifier, quote_literal
from tripoint.sources.programs import tables
from tripoint.sources.programs.javascript.values import Handle, Link, Value
from tripoint.sources.programs.javascript.written_by import NotTold, flag, label, labels, sql_value
from tripoint.sources.programs.tables import Column, Key
from tripoint.sources.programs.values import is_known_text
from tripoint.sources.programs.written import Sql

__all__ = ["Builder", "create", "value_of"]

_TYPES = {
    "integer": "integer", "int": "integer", "bigInteger": "bigint", "biginteger": "bigint", "bigint": "bigint",
    "smallint": "smallint",
    "tinyint": "smallint", "mediumint": "integer", "text": "text", "float": "real", "double": "double precision",
    "boolean": "boolean", "bool": "boolean", "date": "date", "time": "time", "binary": "bytea", "json": "json",
    "jsonb": "jsonb", "uuid": "uuid", "geometry": "geometry", "geography": "geography", "point": "point",
}  # fmt: skip
_SERIALS = {"increments": "serial", "bigIncrements": "bigserial", "bigincrements": "bigserial",
            "smallIncrements": "smallserial"}  # fmt: skip
_SERIAL_TYPES = frozenset(_SERIALS.values())
_MODIFIERS = frozenset(["unsigned", "comment", "after", "first", "collate", "index", "deferrable", "withKeyName"])
_TABLE_ONLY = frozenset(["comment", "engine", "charset", "collate", "inherits", "queryContext"])


class Builder(Struct):
    """What was asked of a table's builder, one chain after the other."""

    outside: int
    """The number of the conditions that its callback itself stands under."""
    chains: list[tuple[Link, ...]] = field(default_factory=list)
    conditional: dict[str, list[tuple[Link, ...]]] = field(default_factory=dict)
    """What is asked of it under a condition alone, by that condition."""
    problems: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    """What may be touched by that which is not understood."""

    def add(self, links: tuple[Link, ...], under: list[str]) -> None:
        """Note a chain, and under which conditions it is reached."""
        own = under[self.outside :]
        if not own:
            self.chains.append(links)
        elif links[0].name not in _TABLE_ONLY:
            said = own[0] if len(own) == 1 else " AND ".join(f"({one})" for one in own)
            self.conditional.setdefault(said, []).append(links)


def value_of(value: Value) -> str | None:
    """Return a value as SQL; None where it can't be told."""
    if isinstance(value, Handle) and value.links:
        link = value.links[-1]
        if link.name == "raw" and is_known_text(link.argument(0)) and link.argument(1) is None:
            return str(link.argument(0))
        if link.name == "now":
            return "CURRENT_TIMESTAMP"
        if link.name == "uuid":
            return "gen_random_uuid()"
    return sql_value(value)


class _Parts(Struct):
    columns: list[Column] = field(default_factory=list)
    inside: list[Sql] = field(default_factory=list)
    """Constraints, as they stand in CREATE TABLE."""
    after: list[Sql] = field(default_factory=list)
    """What follows in statements of their own, without the table."""
    alters: list[Sql] = field(default_factory=list)
    before: list[Sql] = field(default_factory=list)
    """The types that are created for it."""


def create(builder: Builder, name: str, schema: str | None, method: str) -> list[Sql]:
    """Return the statements that a builder comes to."""
    table = tables.qualified(name, schema)
    own = name.rpartition(".")[2]
    if schema is None and "." in name:
        before = name.rpartition(".")[0]
        table = Sql.of(f"{quote_identifier(before)}.{quote_identifier(own)}")
    whole = _Parts()
    creates = method.startswith("create")
    found: list[Sql] = []
    for links in builder.chains:
        parts = whole if creates else _Parts()
        try:
            _chain(parts, links, table, own, schema)
        except NotTold as error:
            builder.problems.append(str(error))
            for link in links[:1]:
                builder.names |= set(_texts(link.argument(0)))
        if not creates:
            found += parts.before
            found += [tables.add_column(table, column) for column in parts.columns]
            found += [Sql.of("ALTER TABLE ", table, " ADD ", one) for one in parts.inside]
            found += [Sql.of("ALTER TABLE ", table, " ", one) for one in parts.alters] + parts.after
    if creates:
        found += whole.before
        found.append(tables.create_table(table, whole.columns, whole.inside, method.endswith("IfNotExists")))
        found += [Sql.of("ALTER TABLE ", table, " ", one) for one in whole.alters] + whole.after
    return found


def _texts(value: Value) -> list[str]:
    if is_known_text(value):
        return [value]
    return [one for one in value if is_known_text(one)] if isinstance(value, list) else []


def _chain(parts: _Parts, links: tuple[Link, ...], table: Sql, own: str, schema: str | None) -> None:
    link, rest = links[0], links[1:]
    name, first, second = link.name, link.argument(0), link.argument(1)
    if name in _TABLE_ONLY:
        return
    if name == "timestamps":
        _timestamps(parts, link)
        return
    made = _column(link, schema)
    if made is not None:
        parts.before += _type_of(link, schema)
        altering = next((one for one in rest if one.name == "alter"), None)
        index = _modify(made, tuple(one for one in rest if one is not altering), schema)
        if made.unique:
            parts.inside.append(Sql.of(_named(own, [made.name], "unique"), "UNIQUE ", tables.names([made.name])))
        if made.key is not None:
            clause = tables.references(made.key)
            listed = tables.names([made.name])
            parts.inside.append(Sql.of(_named(own, [made.name], "foreign"), "FOREIGN KEY ", listed, clause))
        made.unique, made.key = False, None
        if altering is None:
            parts.columns.append(made)
        else:
            _alter(parts, made, altering.argument(0))
        if index:
            parts.after.append(_index(table, own, [made.name], None))
        return
    drop = "DROP COLUMN "
    if name in ("dropColumn", "dropColumns"):
        columns = [one for given in link.arguments or () for one in labels(given)]
        parts.alters += [Sql.of(drop, tables.name(one)) for one in columns]
    elif name == "dropTimestamps":
        both = ("createdAt", "updatedAt") if flag(first) else ("created_at", "updated_at")
        parts.alters += [Sql.of(drop, tables.name(one)) for one in both]
    elif name == "renameColumn":
        parts.alters.append(Sql.of("RENAME COLUMN ", tables.name(label(first)), " TO ", tables.name(label(second))))
    elif name in ("setNullable", "dropNullable"):
        verb = "DROP" if name == "setNullable" else "SET"
        parts.alters.append(Sql.of("ALTER COLUMN ", tables.name(label(first)), f" {verb} NOT NULL"))
    elif name == "primary":
        parts.inside.append(Sql.of("PRIMARY KEY ", tables.names(labels(first))))
    elif name == "unique":
        given = _given(second, "indexName")
        parts.inside.append(Sql.of(_named(own, labels(first), "unique", given), "UNIQUE ", tables.names(labels(first))))
    elif name == "foreign":
        named = _named(own, labels(first), "foreign", _given(second, ""))
        parts.inside.append(Sql.of(named, _foreign(first, rest, schema)))
    elif name == "index":
        parts.after.append(_index(table, own, labels(first), _given(second, "")))
    elif name in ("dropForeign", "dropUnique"):
        named = _named(own, labels(first), name[4:].lower(), _given(second, ""))
        parts.alters.append(Sql(f"DROP CONSTRAINT IF EXISTS {named.text.removeprefix('CONSTRAINT ')}"))
    elif name == "dropPrimary":
        parts.alters.append(Sql(f"DROP CONSTRAINT IF EXISTS {quote_identifier(own + '_pkey')}"))
    elif name == "dropIndex":
        plain = _given(second, "") or _name(own, labels(first), "index")
        parts.after.append(Sql.of("DROP INDEX IF EXISTS ", tables.qualified(plain, schema)))
    elif name in ("check", "dropChecks"):
        pass  # what no finding depends on
    else:
        raise NotTold(f"{name} is not read")


def _alter(parts: _Parts, made: Column, options: Value) -> None:
    """Add what Knex makes of a column that is said again: its default and NOT NULL go, then come what is said now."""
    if made.primary or made.check or made.type == tables.UNKNOWN or made.type in _SERIAL_TYPES:
        raise NotTold("a column is altered")
    kept = {key for key in ("alterNullable", "alterType") if isinstance(options, dict) and options.get(key) is False}
    said = ["DROP DEFAULT"]
    if "alterNullable" not in kept:
        said.append("DROP NOT NULL")
    if "alterType" not in kept:
        said.append(f"TYPE {made.type} USING ({quote_identifier(made.name)}::{made.type})")
    if made.default is not None:
        said.append(f"SET DEFAULT {made.default}")
    if not made.nullable and "alterNullable" not in kept:
        said.append("SET NOT NULL")
    column = Sql.of("ALTER COLUMN ", tables.name(made.name))
    parts.alters += [Sql.of(column, f" {one}") for one in said]


def _name(table: str, columns: list[str], kind: str) -> str:
    """Return the name that Knex gives a constraint or an index."""
    return "_".join([table, *columns, kind]).lower().replace(".", "_").replace("-", "_")


def _given(value: Value, key: str) -> str | None:
    """Return the name that is asked for instead."""
    if isinstance(value, dict):
        value = value.get(key)
    return value if is_known_text(value) else None


def _named(table: str, columns: list[str], kind: str, given: str | None = None) -> Sql:
    return Sql(f"CONSTRAINT {quote_identifier(given or _name(table, columns, kind))} ")


def _index(table: Sql, own: str, columns: list[str], given: str | None) -> Sql:
    named = quote_identifier(given or _name(own, columns, "index"))
    return Sql.of(f"CREATE INDEX {named} ON ", table, " ", tables.names(columns))


def _column(link: Link, schema: str | None) -> Column | None:
    """Return the column that a method of the builder adds; None where it adds none."""
    name, first, second = link.name, link.argument(0), link.argument(1)
    if name in _SERIALS:
        options = second if isinstance(second, dict) else {}
        primary = options.get("primaryKey", True) is not False
        return Column(label(first if first is not None else "id"), _SERIALS[name], False, primary=primary)
    if name in _TYPES:
        return Column(label(first), _TYPES[name])
    if name in ("string", "varchar", "char"):
        size = second if isinstance(second, int) and not isinstance(second, bool) else 255
        return Column(label(first), f"{'char' if name == 'char' else 'varchar'}({size})")
    if name in ("decimal", "numeric"):
        third = link.argument(2)
        if second is None and link.arguments is not None and len(link.arguments) > 1:
            return Column(label(first), "numeric")
        sizes = (second if isinstance(second, int) else 8, third if isinstance(third, int) else 2)
        return Column(label(first), f"numeric({sizes[0]}, {sizes[1]})")
    if name in ("datetime", "dateTime", "timestamp"):
        plain = second is True or (isinstance(second, dict) and second.get("useTz") is False)
        return Column(label(first), "timestamp" if plain else "timestamptz")
    if name in ("enum", "enu"):
        return _enum(link, schema)
    if name in ("specificType", "type"):
        return Column(label(first), second if is_known_text(second) else tables.UNKNOWN)
    return None


def _type_of(link: Link, schema: str | None) -> list[Sql]:
    """Return what creates the type of a native enumeration, where it is not there."""
    values, options = link.argument(1), link.argument(2)
    native = link.name in ("enum", "enu") and isinstance(options, dict) and flag(options.get("useNative"))
    if not native or not isinstance(options, dict) or flag(options.get("existingType")):
        return []
    listed = ", ".join(quote_literal(one) for one in labels(values))
    return [Sql.of(f"CREATE TYPE {_type_name(options, schema)} AS ENUM ({listed})")]


def _type_name(options: dict[str, Value], schema: str | None) -> str:
    given = options.get("schemaName") or schema
    before = f"{quote_identifier(given)}." if is_known_text(given) else ""
    return f"{before}{quote_identifier(label(options.get('enumName')))}"


def _enum(link: Link, schema: str | None) -> Column:
    values, options = link.argument(1), link.argument(2)
    made = Column(label(link.argument(0)), "text")
    if isinstance(options, dict) and flag(options.get("useNative")):
        made.type = _type_name(options, schema)
    elif isinstance(values, list) and values and all(is_known_text(one) for one in values):
        made.check = f"{quote_identifier(made.name)} in ({', '.join(quote_literal(one) for one in values)})"
    return made


def _modify(made: Column, links: tuple[Link, ...], schema: str | None) -> bool:
    """Apply what is said of a column behind its type; return whether it gets an index."""
    key: Key | None = None
    index = False
    for link in links:
        name, first = link.name, link.argument(0)
        if name in ("notNullable", "notNull"):
            made.nullable = False
        elif name == "nullable":
            made.nullable = first is not False
        elif name == "primary":
            made.primary = True
        elif name == "unique":
            made.unique = True
        elif name == "defaultTo":
            default = value_of(first)
            if isinstance(first, dict | list) or (default is None and not made.nullable):
                default = "null"  # there is one, whatever it is
            made.default = default
        elif name == "references":
            text = label(first)
            table, _, column = text.rpartition(".")
            key = Key(tables.qualified(table, schema).text if table else "", [column])
        elif name in ("inTable", "on") and key is not None:
            key.table = _table(label(first), schema)
        elif name in ("onDelete", "onUpdate") and key is not None:
            action = first if is_known_text(first) else None
            key.on_delete, key.on_update = (action, key.on_update) if name == "onDelete" else (key.on_delete, action)
        elif name == "index":
            index = True
        elif name not in _MODIFIERS and not name.startswith("check"):
            raise NotTold(f"{name} of a column is not read")
    if key is not None and key.table:
        made.key = key
    return index


def _table(text: str, schema: str | None) -> str:
    if "." in text:
        return ".".join(quote_identifier(part) for part in text.split("."))
    return tables.qualified(text, schema).text


def _foreign(columns: Value, links: tuple[Link, ...], schema: str | None) -> Sql:
    key = Key("", [])
    for link in links:
        if link.name == "references":
            given = labels(link.argument(0))
            if len(given) == 1 and "." in given[0]:
                table, _, column = given[0].rpartition(".")
                key.table, given = _table(table, schema), [column]
            key.columns = given
        elif link.name in ("inTable", "on"):
            key.table = _table(label(link.argument(0)), schema)
        elif link.name in ("onDelete", "onUpdate") and is_known_text(link.argument(0)):
            if link.name == "onDelete":
                key.on_delete = link.argument(0)
            else:
                key.on_update = link.argument(0)
    if not key.table:
        raise NotTold("what a foreign key points to can't be told")
    return Sql.of("FOREIGN KEY ", tables.names(labels(columns)), tables.references(key))


def _timestamps(parts: _Parts, link: Link) -> None:
    first = link.argument(0)
    options = first if isinstance(first, dict) else {}
    plain = flag(options.get("useTimestamps")) if options else flag(first)
    now = flag(options.get("defaultToNow")) if options else flag(link.argument(1))
    camel = flag(options.get("useCamelCase")) if options else flag(link.argument(2))
    for one in ("createdAt", "updatedAt") if camel else ("created_at", "updated_at"):
        kind = "timestamp" if plain and options.get("useTz") is False else "timestamptz"
        parts.columns.append(Column(one, kind, not now, "CURRENT_TIMESTAMP" if now else None))
