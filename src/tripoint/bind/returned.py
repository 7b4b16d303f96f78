"""What a function of PL/pgSQL gives, held against what it says that it returns."""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.bind.plpgsql import Body, placed
from tripoint.bind.sql import Located
from tripoint.model.binding import SqlReference
from tripoint.model.catalog import Function
from tripoint.model.words import counted
from tripoint.sql.builtins import base_type
from tripoint.sql.grammar import Refusal, parse_statement_shared
from tripoint.sql.overload import UNKNOWN
from tripoint.sql.queries import Queries

__all__ = ["no_return", "wrong_results"]

_NEEDS_NONE = frozenset({"void", "event_trigger"})


def no_return(function: Function, body: Body, locate: Located) -> Iterator[SqlReference]:
    """Yield the end of a function that has to return something and surely doesn't (2F005)."""
    returns = function.returns
    if not body.falls_through or returns is None or returns in _NEEDS_NONE or returns.startswith(("SETOF ", "TABLE(")):
        return
    if any(argument.mode in ("out", "inout", "table") for argument in function.arguments):
        return
    reason = f"returns {returns}, and comes to its end without RETURN"
    yield SqlReference("result", "", "bound", None, locate(-1, -1), reason=reason)


def wrong_results(function: Function, body: Body, queries: Queries, locate: Located) -> Iterator[SqlReference]:
    """Yield the columns that a RETURN QUERY gives with another type than the function returns, or their wrong number.

    PostgreSQL asks for the very same types (42804), and does not convert. Of a type's modifier nothing is said.
    """
    expected = _expected(function, queries)
    if expected is None:
        return
    for piece in body.pieces:
        parsed = parse_statement_shared(piece.text) if piece.kind == "returned" else None
        if parsed is None or isinstance(parsed, Refusal):
            continue
        rows = queries.query({parsed[0]: parsed[1]}, None)
        if not rows.complete:
            continue
        place = placed(piece, locate)(0, len(piece.text))
        if len(rows.cells) != len(expected):
            found = f"gives {counted(len(rows.cells), 'column')}, and the function returns {len(expected)}"
            yield SqlReference("result", "", "bound", None, place, reason=found, guarded=piece.guarded)
            continue
        for number, (cell, (name, type_)) in enumerate(zip(rows.cells, expected, strict=True), 1):
            if cell.type is None or cell.type == UNKNOWN or not _differ(cell.type, type_):
                continue
            whose = f" for {name} (column {number}), which is" if name else ", and returns"
            found = f"gives {base_type(cell.type)}{whose} {base_type(type_)}"
            table, column = cell.source or (None, None)
            yield SqlReference("result", name, "bound", table, place, column, reason=found, guarded=piece.guarded)


def _expected(function: Function, queries: Queries) -> list[tuple[str, str]] | None:
    """Return the names and types of the columns that a function returns; None where they can't be told."""
    returns = function.returns or ""
    columns = [a for a in function.arguments if a.mode in ("out", "inout", "table")]
    if columns:
        found = [(argument.name or "", argument.type) for argument in columns]
    elif not returns.startswith("SETOF ") or returns == "SETOF record":
        return None
    else:
        type_ = returns.removeprefix("SETOF ")
        rows = queries.fields(type_)
        user = queries.types.user(type_)
        composite = user is not None and (user in queries.catalog.tables or user in queries.catalog.composites)
        if composite and not rows.complete:
            return None
        found = [(cell.name, cell.type or "") for cell in rows.cells] if composite else [("", type_)]
    return None if any(not type_ or type_.startswith("any") or type_ == "record" for _, type_ in found) else found


def _differ(one: str, other: str) -> bool:
    # A type of an extension may be known with its schema in one place and not in the other.
    bare = [base_type(text).rpartition(".")[2].strip('"') for text in (one, other)]
    return bare[0] != bare[1] and "record" not in bare[0]
