"""Where something stands in a file."""

from typing import Literal

from msgspec import Struct

__all__ = ["NOWHERE", "Place", "Problem", "ProblemKind"]

ProblemKind = Literal["unread", "unparsed", "unresolved", "unsupported", "internal"]


class Place(Struct, frozen=True, order=True):
    """A range of one file.

    `start` and `end` are UTF-8 byte offsets into the file's bytes, `end` exclusive: what both parsers give, and what
    survives any encoding of columns. Lines and columns are computed once, when the audit is assembled.
    """

    path: str
    start: int
    end: int


NOWHERE = Place("", 0, 0)
"""Where something stands that a database alone holds: in no file."""


class Problem(Struct, frozen=True, order=True):
    """Something a reader could not read or decide, before it is a notice of the audit.

    `start` and `end` are byte offsets into the file that was read; `kind` is the notice's kind in the report.
    """

    kind: ProblemKind
    start: int
    end: int
    reason: str
