"""Small catalogs and claims for the tests of documents."""

from __future__ import annotations

from collections.abc import Mapping

from tripoint.model.catalog import Catalog, Column, Constraint, Schema, Table
from tripoint.model.claim import Claims
from tripoint.model.name import Name
from tripoint.sources.documents.claims import fold_claims
from tripoint.sources.documents.read import read_document

__all__ = ["catalog", "claims_of"]


def catalog(tables: Mapping[str, str]) -> Catalog:
    """Return a catalog of `table` or `schema.table` with columns named in a string; `a>b.c` is a foreign key."""
    result = Catalog(schemas={"public": Schema("public")})
    for written, columns in tables.items():
        schema, _, bare = written.rpartition(".")
        name = Name(schema or "public", bare)
        table = Table(name)
        for word in columns.split():
            column, _, target = word.partition(">")
            table.columns[column] = Column(column, "uuid" if column.endswith("id") else "text")
            if target:
                owner, _, referenced = target.rpartition(".")
                to_schema, _, to_table = owner.rpartition(".")
                key = f"{bare}_{column}_fkey"
                table.constraints[key] = Constraint(
                    key,
                    "foreign",
                    (column,),
                    references=Name(to_schema or "public", to_table),
                    referenced_columns=(referenced,),
                )
        result.tables[name] = table
    return result


def claims_of(
    documents: Mapping[str, str],
    tables: Mapping[str, str],
    *,
    domain_models: tuple[str, ...] | None = None,
    used: tuple[str, ...] = (),
) -> Claims:
    """Read documents by path and fold them against a catalog."""
    facts = {path: read_document(text.encode(), "." + path.rsplit(".", 1)[1]) for path, text in documents.items()}
    return fold_claims(facts, catalog(tables), domain_models=domain_models, used=used)
