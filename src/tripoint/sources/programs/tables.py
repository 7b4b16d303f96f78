"""Columns, keys and indexes that a builder of migrations describes, as SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from tripoint.model.name import quote_identifier, quote_literal
from tripoint.model.regex import regex
from tripoint.sources.programs.values import Condition
from tripoint.sources.programs.written import Sql, Text

__all__ = [
    "UNKNOWN",
    "Column",
    "Key",
    "add_column",
    "column",
    "create_table",
    "has_column",
    "has_table",
    "name",
    "names",
    "qualified",
]

UNKNOWN = "unknown"
"""The type of a column whose type can't be told, as PostgreSQL calls what has none yet."""
_ACTION = regex(r"[A-Za-z][A-Za-z ,()_]*")


class Key(Struct):
    """What a foreign key points to."""

    table: str
    """As SQL."""
    columns: Sequence[str] = ()
    on_delete: str | None = None
    on_update: str | None = None


class Column(Struct):
    """A column as SQL says it."""

    name: str
    type: str
    nullable: bool = True
    default: str | None = None
    primary: bool = False
    unique: bool = False
    generated: str | None = None
    identity: str | None = None
    check: str | None = None
    key: Key | None = None


def name(text: str) -> Sql:
    """Return an identifier, which comes from where it stands in the file."""
    quoted = quote_identifier(text)
    return Sql.of(quoted, at=text.span) if isinstance(text, Text) else Sql(quoted)


def qualified(text: str, schema: str | None = None) -> Sql:
    """Return the name of an object, in a schema where one is given."""
    return Sql.of(quote_identifier(schema), ".", name(text)) if schema else name(text)


def has_table(table: Sql) -> Condition:
    """Return whether a table is there."""
    return Condition(f"to_regclass({quote_literal(table.text)}) IS NOT NULL")


def has_column(table: Sql, column: str) -> Condition:
    """Return whether a table has a column."""
    return Condition(
        f"EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass({quote_literal(table.text)}) "
        f"AND attname = {quote_literal(column)})"
    )


def names(texts: Iterable[str]) -> Sql:
    """Return a list of identifiers in parentheses."""
    return Sql.of("(", Sql.join(", ", [name(text) for text in texts]), ")")


def references(key: Key) -> str:
    """Return the clause of a foreign key from REFERENCES on."""
    said = f" REFERENCES {key.table}"
    if key.columns:
        said += f" ({', '.join(quote_identifier(one) for one in key.columns)})"
    for event, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update)):
        if action and _ACTION.fullmatch(action):
            said += f" ON {event} {action}"
    return said


def column(given: Column, alone: bool = True) -> Sql:
    """Return a column's definition; `alone` says that its primary key is its own."""
    said = f" {given.type}"
    if given.identity:
        said += f" GENERATED {given.identity} AS IDENTITY"
    if given.generated:
        said += f" GENERATED ALWAYS AS ({given.generated}) STORED"
    if not given.nullable:
        said += " NOT NULL"
    if given.default is not None and not given.generated and not given.identity:
        said += f" DEFAULT {given.default}"
    if given.primary and alone:
        said += " PRIMARY KEY"
    if given.unique:
        said += " UNIQUE"
    if given.check:
        said += f" CHECK ({given.check})"
    if given.key is not None:
        said += references(given.key)
    return Sql.of(name(given.name), said)


def create_table(table: Sql, columns: Sequence[Column], more: Iterable[str | Sql] = (), exists: bool = False) -> Sql:
    """Return the statement that creates a table; several columns that are primary are one key."""
    primary = [one.name for one in columns if one.primary]
    parts: list[str | Sql] = [column(one, len(primary) < 2) for one in columns]
    if len(primary) > 1:
        parts.append(Sql.of("PRIMARY KEY ", names(primary)))
    parts += more
    return Sql.of("CREATE TABLE ", "IF NOT EXISTS " if exists else "", table, " (", Sql.join(", ", parts), ")")


def add_column(table: Sql, given: Column, exists: bool = False) -> Sql:
    """Return the statement that adds a column."""
    return Sql.of("ALTER TABLE ", table, " ADD COLUMN ", "IF NOT EXISTS " if exists else "", column(given))
