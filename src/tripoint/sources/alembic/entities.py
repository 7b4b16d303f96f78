"""Operations that widely used extensions of Alembic add: alembic_utils' entities, alembic_postgresql_enum's values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tripoint.model.name import quote_identifier, quote_literal
from tripoint.sources.alembic.columns import NotTold, name_of
from tripoint.sources.alembic.values import Made, qualified
from tripoint.sources.programs.steps import Guarded, Run, Step
from tripoint.sources.programs.values import is_known_text
from tripoint.sources.programs.written import Sql

__all__ = ["create_entity", "drop_entity", "replace_entity", "sync_enum_values"]

Given = dict[str, Any]

_KINDS: Final = {
    "PGFunction": "FUNCTION",
    "PGExtension": "EXTENSION",
    "PGView": "VIEW",
    "PGMaterializedView": "MATERIALIZED VIEW",
    "PGTrigger": "TRIGGER",
    "PGPolicy": "POLICY",
}


class _Entity:
    """An entity of alembic_utils: what it is, its name as SQL, and what defines it."""

    def __init__(self, value: object) -> None:
        if not isinstance(value, Made) or value.name not in _KINDS:
            raise NotTold("what it makes can't be told")
        given = dict(zip(("schema", "signature", "definition"), value.arguments, strict=False)) | value.named
        self.kind = _KINDS[value.name]
        schema = name_of(given.get("schema"), "its schema")
        signature = name_of(given.get("signature"), "its name")
        self.definition: Any = given.get("definition", "")
        if not is_known_text(self.definition):
            raise NotTold("its definition can't be told")
        self.name = quote_identifier(signature)
        if self.kind == "FUNCTION":
            self.name = f"{quote_identifier(schema)}.{signature}"
        elif self.kind.endswith("VIEW"):
            self.name = qualified(signature, schema)
        self.schema = quote_identifier(schema)
        entity = given.get("on_entity")
        self.on = entity if is_known_text(entity) else None
        if self.on is not None and "." not in self.on and self.kind == "POLICY":
            self.on = qualified(self.on, schema)
        self.constraint = "CONSTRAINT " if given.get("is_constraint") is True else ""

    def create(self, replacing: str = "") -> Sql:
        """Return the statement that makes it."""
        if self.kind == "EXTENSION":
            return Sql(f"CREATE EXTENSION IF NOT EXISTS {self.name} WITH SCHEMA {self.schema}")
        between = f" ON {self.on} " if self.kind == "POLICY" else " AS " if self.kind.endswith("VIEW") else " "
        return Sql.of(f"CREATE {replacing}{self.constraint}{self.kind} {self.name}{between}", self.definition)

    def drop(self) -> Sql:
        """Return the statement that drops it."""
        if self.kind in ("TRIGGER", "POLICY"):
            if self.on is None:
                raise NotTold("the table that it belongs to can't be told")
            return Sql(f"DROP {self.kind} {self.name} ON {self.on}")
        # A signature names its arguments with their defaults, with which DROP FUNCTION takes none.
        name = self.name.partition("(")[0] if self.kind == "FUNCTION" and "default" in self.name.lower() else self.name
        return Sql(f"DROP {self.kind} {name}")


def _run(sql: Sql, call: Made) -> Run:
    return Run(Sql.of(sql, at=call.span), call.span)


def create_entity(given: Given, call: Made) -> Iterator[Step]:
    """`op.create_entity(PGFunction(…))`."""
    yield _run(_Entity(given.get("entity")).create(), call)


def drop_entity(given: Given, call: Made) -> Iterator[Step]:
    """`op.drop_entity(PGFunction(…))`."""
    yield _run(_Entity(given.get("entity")).drop(), call)


def replace_entity(given: Given, call: Made) -> Iterator[Step]:
    """`op.replace_entity(PGFunction(…))`."""
    entity = _Entity(given.get("entity"))
    if entity.kind in ("FUNCTION", "VIEW"):
        yield _run(entity.create("OR REPLACE "), call)
        return
    yield _run(entity.drop(), call)
    yield _run(entity.create(), call)


def sync_enum_values(given: Given, call: Made) -> Iterator[Step]:
    """`op.sync_enum_values(…)`: the type is made anew, and the columns that have it are given the new one."""
    schema, name = given.get("enum_schema"), name_of(given.get("enum_name"), "the name of the type")
    values, columns = given.get("new_values"), given.get("affected_columns")
    if not isinstance(values, list) or not all(map(is_known_text, values)) or not isinstance(columns, list):
        raise NotTold("the values of the type can't be told")
    own, old = qualified(name, schema), quote_identifier(f"{name}_old")
    steps = [
        f"ALTER TYPE {own} RENAME TO {old}",
        f"CREATE TYPE {own} AS ENUM ({', '.join(map(quote_literal, values))})",
    ]
    for one in columns:
        steps += _moved(one, own)
    for step in steps:
        yield _run(Sql(step), call)
    # A default that is not told here, and that the library reads from the database, would hold the old one.
    yield Guarded([_run(Sql(f"DROP TYPE {qualified(f'{name}_old', schema)}"), call)])


def _moved(one: object, own: str) -> list[str]:
    """Return what gives a column the new type."""
    if isinstance(one, Made):
        names = ("table_name", "column_name")
        given = dict(zip(names, one.arguments, strict=False)) | one.named
    elif isinstance(one, list) and len(one) >= 2:
        given = {"table_name": one[0], "column_name": one[1]}
    else:
        raise NotTold("the columns of the type can't be told")
    table = qualified(name_of(given.get("table_name"), "the name of the table"), given.get("table_schema"))
    column = quote_identifier(name_of(given.get("column_name"), "the name of the column"))
    kind = own + ("[]" if getattr(given.get("column_type"), "path", "").endswith("ARRAY") else "")
    default = given.get("existing_server_default")
    change = f"ALTER TABLE {table} ALTER COLUMN {column}"
    steps = [f"{change} TYPE {kind} USING {column}::text{'[]' if kind.endswith('[]') else ''}::{kind}"]
    if is_known_text(default) and default:
        steps = [f"{change} DROP DEFAULT", *steps, f"{change} SET DEFAULT {default}"]
    return steps
