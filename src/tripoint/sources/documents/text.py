"""The text of a document with the way back to its bytes."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from msgspec import Struct

from tripoint.model.regex import regex
from tripoint.model.text import text_of

__all__ = ["Block", "Piece", "Source"]

_LINE_END = regex(r"\r\n|\r|\n")
"""What Markdown takes for the end of a line (CommonMark 0.31, section 2.1)."""


class Piece(Struct, frozen=True):
    """A stretch of one line: its text, the line's index and the column (in characters) that it starts at."""

    text: str
    line: int
    column: int

    def cut(self, start: int, end: int | None = None) -> Piece:
        """Return the part from `start` to `end` (characters of this piece)."""
        return Piece(self.text[start:end], self.line, self.column + start)


class Source:
    """A document's lines. A byte that is no UTF-8 reads as a question mark, so that every offset is the file's."""

    def __init__(self, data: bytes) -> None:
        self._bom = 3 if data.startswith(b"\xef\xbb\xbf") else 0
        body = data[self._bom :]
        self.text = text_of(body)
        self.lines = _LINE_END.split(self.text)
        # A line of bytes ends where one of text does, and each byte that is no UTF-8 is one character.
        self._starts = [0, *accumulate(map(len, body.splitlines(keepends=True)))]
        self._ascii = body.isascii()
        self._measured = (-1, 0, 0)
        """A line, a column, and the bytes before it: where the last question ended."""

    def _size(self, text: str) -> int:
        return len(text) if self._ascii else len(text.encode("utf-8"))

    def offset(self, line: int, column: int) -> int:
        """Return the byte offset in the file of a character of a line."""
        start = self._bom + self._starts[line]
        text = self.lines[line]
        if self._ascii:
            return start + min(column, len(text))
        # Most questions are about what comes next on the line: long lines are not measured from their start each time.
        before, known = self._measured[1:] if self._measured[0] == line and self._measured[1] <= column else (0, 0)
        size = known + self._size(text[before:column])
        self._measured = (line, min(column, len(text)), size)
        return start + size

    def span(self, piece: Piece) -> tuple[int, int]:
        """Return the byte offsets that enclose a piece."""
        start = self.offset(piece.line, piece.column)
        return start, start + self._size(piece.text)

    def piece(self, line: int, start: int = 0, end: int | None = None) -> Piece:
        """Return a stretch of a line by its columns."""
        return Piece(self.lines[line][start:end], line, start)

    def block(self, first: int, last: int) -> Block:
        """Return the lines `first` to `last` (exclusive) with the indentation that they share taken off."""
        lines = self.lines[first:last]
        indent = min((len(line) - len(line.lstrip(" \t>")) for line in lines if line.strip()), default=0)
        out = bytearray()
        inner: list[int] = []
        outer: list[int] = []
        for number, line in enumerate(lines, first):
            inner.append(len(out))
            outer.append(self.offset(number, min(indent, len(line))))
            out += line[indent:].encode("utf-8") + b"\n"
        return Block(bytes(out), tuple(inner), tuple(outer))


class Block(Struct, frozen=True):
    """The bytes of a code block, with the way back to the file: each line's start here and there."""

    data: bytes
    inner: tuple[int, ...]
    outer: tuple[int, ...]

    def offset(self, position: int) -> int:
        """Return the byte offset in the file of a position in `data`."""
        line = max(0, bisect_right(self.inner, position) - 1)
        return self.outer[line] + position - self.inner[line] if self.outer else position
