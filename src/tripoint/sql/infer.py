"""What a query gives and what an expression is: names and types as PostgreSQL would give them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from tripoint.model.catalog import Catalog
from tripoint.model.name import Name
from tripoint.sql.facts import Node
from tripoint.sql.overload import UNKNOWN
from tripoint.sql.queries import Queries
from tripoint.sql.space import Cell, Item, Rows, Scope

__all__ = ["InferredColumn", "expression_type", "infer_columns"]


class InferredColumn(Struct, frozen=True):
    """A column of a query. `type` is None where it can't be told."""

    name: str
    type: str | None
    source: tuple[Name, str] | None = None
    """The table or view and its column that it passes on unchanged."""


def infer_columns(
    select: Node, catalog: Catalog, search_path: tuple[str, ...] = ("public",)
) -> tuple[InferredColumn, ...] | None:
    """Return the columns of a query, or None where not even their number and names can be told.

    `select` is what stands under the tag SelectStmt, or a tagged statement (an INSERT … RETURNING too).
    """
    if not select or not all(select.values()):  # the tree of a statement that the grammar refused is empty
        return None
    rows = Queries(catalog, search_path).query(select, None)
    if not rows.complete:
        return None
    return tuple(InferredColumn(c.name, c.type, c.source) for c in rows.cells)


def expression_type(
    node: Node,
    catalog: Catalog,
    columns: Mapping[str, str] | Name | None = None,
    search_path: tuple[str, ...] = ("public",),
) -> str | None:
    """Return the type of an expression, or None where it can't be told; an untyped literal's is `unknown`.

    `columns` is what it may name: columns with their types, or a table of the catalog.
    """
    analysis = Queries(catalog, search_path)
    scope = Scope()
    if isinstance(columns, Name):
        if columns in catalog.tables:
            scope.items.append(analysis.table_item(columns))
        else:
            scope.items.append(Item(columns.name, Rows(complete=False), columns))
    elif columns is not None:
        scope.items.append(Item(None, Rows(tuple(Cell(n, t) for n, t in columns.items()))))
    found = analysis.type_of(node, scope)
    return UNKNOWN if found == UNKNOWN else found
