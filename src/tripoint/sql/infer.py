"""What a query gives and what an expression is: names and types as PostgreSQL would give them."""

from __future__ import annotations

from msgspec import Struct

from tripoint.model.catalog import Catalog
from tripoint.model.name import Name
from tripoint.sql.facts import Node
from tripoint.sql.queries import Queries

__all__ = ["InferredColumn", "infer_columns"]


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
