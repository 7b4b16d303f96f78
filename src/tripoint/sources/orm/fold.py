"""Models → the queries that they stand for, and → a catalog where no migrations define one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tripoint.model.catalog import (
    Argument,
    Catalog,
    Column,
    Constraint,
    Enum,
    Function,
    Index,
    IndexColumn,
    Schema,
    Sequence,
    Table,
)
from tripoint.model.generated import DeclaredFunction
from tripoint.model.name import Name, quote_identifier
from tripoint.model.place import Place
from tripoint.model.query import Field, Query, Select
from tripoint.sources.orm.models import Model, ModelFacts, ModelKey

__all__ = ["model_queries", "orm_catalog", "tables_of_classes"]

_KINDS = {"primary": "primary", "unique": "unique", "foreign": "foreign"}


def model_queries(path: str, models: Iterable[Model], test: bool = False) -> list[Query]:
    """Return what models use: each its table, and in `select` the columns that it maps to."""
    queries: list[Query] = []
    for model in models:
        place = Place(path, model.start, model.end)
        fields = tuple(Field(column.name, Place(path, column.start, column.end)) for column in model.columns)
        queries.append(
            Query(
                kind="model",
                name=model.table,
                place=place,
                call=place,
                client=model.client,
                operation="map",
                schema=model.schema,
                symbol=model.label,
                test=test,
                select=Select(fields, complete=model.complete),
            )
        )
    return queries


def tables_of_classes(queries: Iterable[Query], default_schema: str) -> dict[str, Name]:
    """Return the tables of the classes of models, of those names that one class alone has."""
    found: dict[str, set[Name]] = {}
    for query in queries:
        if query.kind == "model" and query.symbol and query.name is not None and not query.test:
            found.setdefault(query.symbol, set()).add(Name(query.schema or default_schema, query.name))
    return {name: tables.pop() for name, tables in found.items() if len(tables) == 1}


def orm_catalog(files: Mapping[str, ModelFacts], default_schema: str = "public", written: bool = False) -> Catalog:
    """Return the catalog that models define, for a database without migrations, or as they write it: what the program
    fills in itself is never null then.
    """
    catalog = Catalog()
    catalog.schemas[default_schema] = Schema(default_schema)
    for path, facts in sorted(files.items()):
        for schema, name, values, start, end in facts.enums:
            full = Name(schema or default_schema, name)
            catalog.schemas.setdefault(full.schema, Schema(full.schema))
            catalog.enums[full] = Enum(full, list(values), place=Place(path, start, end))
    for path, facts in sorted(files.items()):
        for model in facts.models:
            _add(catalog, path, model, default_schema, written)
        for function in facts.functions:
            declared = _function(path, function)
            catalog.schemas.setdefault(declared.name.schema, Schema(declared.name.schema))
            catalog.functions.setdefault(declared.name, []).append(declared)
    tables = set(catalog.tables)
    for table in catalog.tables.values():
        for constraint in table.constraints.values():
            if (
                constraint.references is not None
                and not constraint.referenced_columns
                and constraint.references in tables
            ):
                primary = catalog.tables[constraint.references].primary_key
                constraint.referenced_columns = primary.columns if primary is not None else ()
    return catalog


def _function(path: str, declared: DeclaredFunction) -> Function:
    """Return a function that generated types tell of: what it is called with, by name, and no types of PostgreSQL's."""
    taken: tuple[Argument, ...] = (Argument(None, "json"),)  # takes whatever it is given
    if declared.arguments is not None:
        taken = tuple(Argument(n, "unknown", default="" if free else None) for n, free in declared.arguments.items())
    place = Place(path, declared.start, declared.end)
    return Function(Name(declared.schema, declared.name), taken, "unknown", place=place)


def _add(catalog: Catalog, path: str, model: Model, default_schema: str, written: bool) -> None:
    name = Name(model.schema or default_schema, model.table)
    catalog.schemas.setdefault(name.schema, Schema(name.schema))
    table = Table(
        name, "view" if model.view else "table", complete=model.complete, place=Place(path, model.start, model.end)
    )
    other = catalog.tables.get(name)
    if other is None:
        catalog.tables[name] = table
    for column in model.columns:
        default = column.default
        if column.identity:
            sequence = Name(name.schema, f"{name.name}_{column.name}_seq")
            catalog.sequences[sequence] = Sequence(sequence, column.type or "integer", (name, column.name))
            quoted = f"{quote_identifier(sequence.schema)}.{quote_identifier(sequence.name)}"
            default = f"nextval('{quoted}'::regclass)"
        place = Place(path, column.start, column.end)
        nullable = column.nullable and not (written and column.filled)
        table.columns[column.name] = Column(column.name, column.type or "unknown", nullable, default, place=place)
    if other is not None:
        _join(other, table)
        return
    for key in model.keys:
        _key(table, path, key, default_schema)


def _join(table: Table, again: Table) -> None:
    """Add what a second model of a table maps (another program's, say): nothing tells which of them made it, so that
    it has the columns of both, and what only one of them has may be left out.
    """
    for name, column in table.columns.items():
        column.nullable = column.nullable or name not in again.columns
    for name, column in again.columns.items():
        if name not in table.columns:
            column.nullable = True
            table.columns[name] = column
    table.complete = table.complete and again.complete


def _key(table: Table, path: str, key: ModelKey, default_schema: str) -> None:
    place = Place(path, key.start, key.end)
    suffix = {"primary": "pkey", "unique": "key", "foreign": "fkey", "index": "idx"}[key.kind]
    name = key.name or "_".join([table.name.name, *key.columns, suffix])
    if key.kind in ("index", "unique", "primary"):
        columns = tuple(IndexColumn(column) for column in key.columns)
        owner = name if key.kind == "primary" else None
        table.indexes[name] = Index(name, columns, key.kind != "index", constraint=owner, place=place)
    if key.kind == "primary":
        for column in key.columns:
            if column in table.columns:
                table.columns[column].nullable = False
    if key.kind in _KINDS:
        references = None
        if key.references is not None:
            references = Name(key.references[0] or default_schema, key.references[1])
        table.constraints[name] = Constraint(
            name,
            _KINDS[key.kind],  # type: ignore[arg-type]
            key.columns,
            references=references,
            referenced_columns=key.referenced_columns,
            on_delete=key.on_delete,
            on_update=key.on_update,
            place=place,
        )
