"""The SQL that the calls of a query builder come to, with where its names stand in the file."""

from __future__ import annotations

from msgspec import Struct, field

from tripoint.model.name import quote_identifier, quote_literal
from tripoint.model.place import Place
from tripoint.model.query import Span
from tripoint.sources.code.facts import Text

__all__ = ["Column", "Table", "Written"]


class Table(Struct, frozen=True):
    """A table that a query names, with its place."""

    schema: str | None
    name: str
    alias: str | None
    place: Place


class Column(Struct, frozen=True):
    """A column that a query names, with its place."""

    qualifier: str | None
    name: str
    place: Place


class Written(Struct):
    """SQL that is put together, with where its names stand in the file."""

    path: str
    parts: list[str] = field(default_factory=list)
    size: int = 0
    spans: list[Span] = field(default_factory=list)
    parameters: int = 0

    def add(self, text: str, place: Place | None = None) -> Written:
        """Add a text, which stands at a place of the file."""
        if place is not None:
            self.spans.append(Span(self.size, place, False))
        self.parts.append(text)
        self.size += len(text.encode("utf-8", "replace"))
        return self

    def table(self, table: Table) -> Written:
        """Add a table with its alias."""
        schema = f"{quote_identifier(table.schema)}." if table.schema else ""
        self.add(schema + quote_identifier(table.name), table.place)
        return self.add(f" as {quote_identifier(table.alias)}") if table.alias else self

    def value(self, value: Text | None) -> Written:
        """Add a value: a parameter where it is not told."""
        if value is not None:
            return self.add(quote_literal(value.value), Place(self.path, value.start, value.end))
        self.parameters += 1
        return self.add(f"${self.parameters}")

    def column(self, column: Column) -> Written:
        """Add a column with what stands before it."""
        before = f"{quote_identifier(column.qualifier)}." if column.qualifier else ""
        return self.add(before + quote_identifier(column.name), column.place)
