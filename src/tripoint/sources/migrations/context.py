"""One statement on its way through a handler."""

from __future__ import annotations

from msgspec import Struct

from tripoint.model.place import Place
from tripoint.sql.extent import Extents
from tripoint.sql.facts import Statement

__all__ = ["Context"]


class Context(Struct):
    """One statement on its way through a handler."""

    path: str
    statement: Statement
    extents: Extents
    built: Place | None = None
    """Where a statement is put together that stands nowhere itself; all its parts are there."""
    caught: frozenset[str] = frozenset()
    """The errors that the block around it expects."""
    in_block: bool = False
    """Whether a block runs it, most often under a condition."""
    only: bool = False
    """Whether it says ONLY: what it does to a partitioned table stays off its partitions, as pg_dump writes keys."""

    @property
    def place(self) -> Place:
        """The whole statement."""
        if self.built is not None:
            return self.built
        return Place(self.path, self.statement.start, self.statement.end)

    def span(self, start: int, end: int) -> Place:
        """A part of the statement, by its own offsets."""
        if self.built is not None:
            return self.built
        return Place(self.path, *self.statement.where(start, end))

    def head(self, location: int) -> Place:
        """The statement up to the end of the name at a location: `create table public.notes`.

        That is where an object is said to be created. What follows may change without its being another object.
        """
        tokens = self.extents.tokens
        last = self.extents.index(location)
        while last + 2 < len(tokens) and tokens[last + 1].text == b".":
            last += 2
        if last >= len(tokens):
            return self.place
        return self.span(0, tokens[last].end)

    def item(self, location: int, stop: int | None = None) -> Place:
        """The list item that begins at a location: a column's or constraint's definition."""
        first = self.extents.index(location)
        last = self.extents.term_end(first, stop) - 1
        tokens = self.extents.tokens
        if first >= len(tokens):
            return self.place
        return self.span(tokens[first].start, tokens[max(first, last)].end)
