"""What record variables of PL/pgSQL hold, as far as the queries tell that fill them."""

from __future__ import annotations

from collections import Counter
from typing import Final

from tripoint.bind.plpgsql import Body, Piece
from tripoint.model.catalog import Table
from tripoint.model.name import quote_identifier
from tripoint.sql.grammar import Refusal, parse_statement_shared
from tripoint.sql.queries import Queries
from tripoint.sql.space import Rows

__all__ = ["records", "row_type"]

_MOST: Final = 200
"""Fields of one record that are remembered."""
_GIVING: Final = ("SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt")


def records(body: Body, queries: Queries) -> dict[str, str | None]:
    """Return what is known of record variables that only ever hold rows of queries, as `Resolver.parameters`.

    That is the row type where these are whole rows of one table, else their fields.
    """
    declared = Counter(one.name for one in body.declared)
    sought = {one.name for one in body.declared if one.type.lower() == "record" and declared[one.name] == 1}
    sought -= body.set_otherwise
    holds: dict[str, list[Rows]] = {name: [] for name in sorted(sought)}
    for piece in body.pieces:
        filled = sought.intersection(piece.into)
        rows = _given(piece, queries) if filled and len(piece.into) == 1 else Rows(complete=False)
        for name in filled:
            holds[name].append(rows)
    found: dict[str, str | None] = {}
    for name, several in holds.items():
        whole = {_whole_row(rows, queries) for rows in several}
        if len(whole) == 1 and None not in whole:
            found |= dict.fromkeys((name,), whole.pop())
        elif several and all(rows.complete and len(rows.cells) <= _MOST for rows in several):
            found[f"{name}.*"] = None
            for cell in (cell for rows in several for cell in rows.cells):
                field = f"{name}.{cell.name}"
                found[field] = cell.type if found.get(field, cell.type) == cell.type else None
    return found


def row_type(table: Table) -> str:
    """Return the name of a table's row type."""
    return f"{quote_identifier(table.name.schema)}.{quote_identifier(table.name.name)}"


def _given(piece: Piece, queries: Queries) -> Rows:
    parsed = parse_statement_shared(piece.text)
    if parsed is None or isinstance(parsed, Refusal) or parsed[0] not in _GIVING or not parsed[1]:
        return Rows(complete=False)
    return queries.query({parsed[0]: parsed[1]}, None)


def _whole_row(rows: Rows, queries: Queries) -> str | None:
    """Return the row type of a query's rows, where they are whole rows of one table."""
    sources = {cell.source[0] for cell in rows.cells if cell.source is not None}
    if not rows.complete or len(sources) != 1 or any(cell.source is None for cell in rows.cells):
        return None
    table = queries.catalog.tables.get(next(iter(sources)))
    if table is None or [cell.source[1] for cell in rows.cells if cell.source is not None] != list(table.columns):
        return None
    return row_type(table)
