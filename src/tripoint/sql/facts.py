"""What one file of SQL says: its statements as PostgreSQL's own grammar reads them."""

from bisect import bisect_right
from functools import cached_property
from typing import Any, Final

from msgspec import Struct

from tripoint.model.place import Problem

__all__ = ["SAID", "UNCLEAR", "Node", "Origin", "SqlFacts", "Statement"]

Node = dict[str, Any]
"""A node of libpg_query's JSON syntax tree. Zero values are absent; locations are bytes of the statement."""


UNCLEAR: Final = "Unclear"
"""The kind of what is no statement: something of a migration in code whose effect can't be told. Its node holds the
`reason` and, where it can't be just anything, the names that it `may_touch`."""


SAID: Final = "PostgreSQL: "
"""How a reason begins that is PostgreSQL's own words about a text which it refuses."""


class Origin(Struct, frozen=True, array_like=True):
    """Where a part of a statement comes from that is put together: bytes of its text, and bytes of the file.

    Where both are as long, the part stands in the file word for word.
    """

    start: int
    end: int
    at: int
    to: int

    def moved(self, by: int) -> "Origin":
        """Return the origin of the same part in a text in which it stands further on."""
        return Origin(self.start + by, self.end + by, self.at, self.to)


class Statement(Struct, frozen=True, dict=True):
    """One statement of a file.

    `kind` is the tag of its syntax tree (`CreateStmt`, `AlterTableStmt`, …), `node` what stands under that tag. `start`
    and `end` are byte offsets into the file: `data[start:end]` is the statement's text without its semicolon, and a
    location in the tree is relative to `start`. `text` is that text.

    A statement that a migration in code stands for is put together: `text` is what is sent, `start` and `end` enclose
    the call in the file, and `origins` say where the parts of the text come from.
    """

    kind: str
    node: Node
    start: int
    end: int
    text: str
    recovered: bool = False
    """Whether PostgreSQL's grammar refused it and only a more forgiving one could tell what it is."""
    origins: tuple[Origin, ...] = ()

    def where(self, start: int, end: int) -> tuple[int, int]:
        """Return the bytes of the file that a part of the text comes from."""
        if not self.origins:
            return self.start + start, self.start + end
        starts, ordered, around = self._nested
        index = bisect_right(starts, start) - 1
        while index >= 0 and ordered[index].end < end:
            index = around[index]
        if index < 0:
            return self.start, self.end
        nearest = ordered[index]
        if nearest.end - nearest.start == nearest.to - nearest.at:
            return nearest.at + start - nearest.start, nearest.at + end - nearest.start
        return nearest.at, nearest.to

    @cached_property
    def _nested(self) -> tuple[list[int], list[Origin], list[int]]:
        """The origins, outer ones first, with where each begins and the index of the one around it: they only nest."""
        ordered = list(reversed(self.origins))  # of two alike, the first is the inner one
        ordered.sort(key=lambda origin: (origin.start, -origin.end))
        around: list[int] = []
        for index, origin in enumerate(ordered):
            outer = index - 1
            while outer >= 0 and ordered[outer].end < origin.end:
                outer = around[outer]
            around.append(outer)
        return [origin.start for origin in ordered], ordered, around

    def part(self, start: int, end: int) -> tuple[Origin, ...]:
        """Return the origins of a part of the text that is a statement of its own."""
        return tuple(
            Origin(max(o.start, start) - start, min(o.end, end) - start, o.at, o.to)
            for o in self.origins
            if o.start < end
            and start < o.end
            and ((start <= o.start and o.end <= end) or o.end - o.start != o.to - o.at)
        )


class SqlFacts(Struct, frozen=True):
    """The statements of one file in order, and what could not be read."""

    statements: tuple[Statement, ...] = ()
    problems: tuple[Problem, ...] = ()
    marks: tuple[tuple[str, int], ...] = ()
    """Directives in comments that a runner obeys, each with its offset: `+goose Down`, `migrate:down`, …"""
