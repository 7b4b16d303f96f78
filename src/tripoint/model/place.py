"""Where something stands in a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Place", "Problem", "ProblemKind"]

ProblemKind = Literal["unread", "unparsed", "unresolved", "unsupported"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A range of one file.

    `start` and `end` are UTF-8 byte offsets into the file's bytes, `end` exclusive: what both parsers give, and what
    survives any encoding of columns. Lines and columns are computed once, when the audit is assembled.
    """

    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something a reader could not read or decide, before it is a notice of the audit.

    `start` and `end` are byte offsets into the file that was read; `kind` is the notice's kind in the report.
    """

    kind: ProblemKind
    start: int
    end: int
    reason: str
