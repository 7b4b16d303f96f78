"""Every name in a statement of SQL, held against a catalog with PostgreSQL's rules."""

from __future__ import annotations

from collections.abc import Mapping

from tripoint.model.catalog import Catalog
from tripoint.model.name import Name
from tripoint.sql.facts import Node
from tripoint.sql.queries import Queries
from tripoint.sql.space import Item, Rows, Scope, SqlName

__all__ = ["SqlName", "resolve_expression_names", "resolve_names"]

_STATEMENTS = ("SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt")


def resolve_names(
    statement: Node,
    catalog: Catalog,
    search_path: tuple[str, ...],
    parameters: Mapping[str, str | None] | None = None,
    temporary: frozenset[str] = frozenset(),
    variables: frozenset[str] = frozenset(),
) -> tuple[SqlName, ...]:
    """Return every relation, column, function and type that a query names, and what it means.

    `statement` is a tagged node (`{"SelectStmt": …}`); of any other kind nothing is returned. `parameters` are the
    variables of the function around it: name → type, None where its fields can't be told; `new` and `old` are such, of
    the row type of the trigger's table (`public.posts`); `variables` those of them that PL/pgSQL refuses to tell from a
    column of that name. `temporary` names relations that the function makes itself.
    """
    if len(statement) != 1:
        return ()
    ((kind, body),) = statement.items()
    if kind not in _STATEMENTS or not body:  # the tree of a statement that the grammar refused is empty
        return ()
    analysis = Queries(catalog, search_path, parameters or {}, temporary, variables=variables)
    analysis.query(statement, None)
    return tuple(analysis.names)


def resolve_expression_names(
    expression: Node,
    catalog: Catalog,
    search_path: tuple[str, ...],
    table: Name | None = None,
    parameters: Mapping[str, str | None] | None = None,
) -> tuple[SqlName, ...]:
    """Return every name in an expression on its own: a policy's, a check's, a default's, a trigger's WHEN.

    `table` is the relation whose columns it may name.
    """
    analysis = Queries(catalog, search_path, parameters or {})
    scope = Scope()
    if table is not None:
        known = table in catalog.tables
        scope.items.append(analysis.table_item(table) if known else Item(table.name, Rows(complete=False), table))
    analysis.type_of(expression, scope)
    return tuple(analysis.names)
