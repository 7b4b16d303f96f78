"""What the rules on a client's filters share: the column of each, and what kind of type it has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tripoint.model.binding import ColumnBinding, QueryBinding
from tripoint.model.evidence import Evidence
from tripoint.model.query import Filter
from tripoint.model.regex import regex

__all__ = ["SCALARS", "TEXTS", "TIMES", "filtered_columns", "type_kind"]

_LENGTH = regex(r"\(\d+(?:,\s*-?\d+)?\)")
TIMES: Final = frozenset(
    {"date", "interval", *(f"{one} {zone} time zone" for one in ("time", "timestamp") for zone in ("with", "without"))}
)
SCALARS: Final = TIMES | {
    *("smallint", "integer", "bigint", "numeric", "real", "double precision", "money", "boolean", "uuid", "enum"),
}
TEXTS: Final = frozenset({"text", "character varying", "character"})


def filtered_columns(binding: QueryBinding) -> Iterator[tuple[Filter, ColumnBinding]]:
    """Yield each condition and order term on a column that is known, as it is: no part of its JSON."""
    bound = {one.place: one for one in binding.columns if one.use in ("filter", "order") and one.outcome == "bound"}
    for condition in binding.query.filters:
        column = bound.get(condition.place)
        if column is not None and column.column == condition.column and condition.json_path is None:
            yield condition, column


def type_kind(bound: ColumnBinding, evidence: Evidence) -> str:
    """Return what kind of type a column has: the name of the type without a length, `enum` or `array`."""
    column = bound.table.columns.get(bound.column)
    if column is None:
        return ""
    if column.type.endswith("[]"):
        return "array"
    if any(str(name) == column.type for catalog in (evidence.defined, evidence.platform) for name in catalog.enums):
        return "enum"
    return _LENGTH.sub("", column.type)
