"""Tables drawn as boxes in a block of text: a name, a line below it, and the columns."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from unicodedata import combining, east_asian_width

from msgspec import Struct

from tripoint.model.claim import ColumnCandidate
from tripoint.model.regex import regex
from tripoint.sources.documents.draft import Draft
from tripoint.sources.documents.fields import KEYISH, SHAPE, described, mention_of
from tripoint.sources.documents.text import Piece, Source
from tripoint.sources.documents.words import leading_type

__all__ = ["read_boxes"]

_TOP = regex(r"[┌╔╭┏][─═━┬╤┳]{3,}[┐╗╮┓]|(?<![+|-])\+[-=]{3,}\+(?![+-])")
_BORDER = regex(r"[─═━┬┴┼╤╧╪┳┻╋=-]+")
_SIDES = frozenset("│║┃|├┤╟╢┠┨┣┫╠╣┼+")
_ENDS = frozenset("└╚╰┗")
_ARROWS = frozenset("►▶◄◀><")
_INNER = regex(r"[│║┃|]")
_TITLE = regex(r"\s*[`\"*]*([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?)[`\"*]*(?:\s+table|\s*\(table\))?\s*", 2)
_ROW = regex(r"[^\w(]*+(?:(?:PK|FK|UK)\b[\s,/:&+]*+)*[^\w(]*([A-Za-z_]\w*)\b(.*)", 16)
_REMARK = regex(r"\s*(?:$|[(\[:←→*?!✓🔑🔗<>–—-]|(?:PK|FK|UK|UQ|unique|not null|null(?:able)?|primary|foreign)\b)", 2)
_MORE = regex(r"\s*(?:\.{2,}|…|\+\s?\d+ more|etc\.?)\s*")
_MOST = 0.8


class _Box(Struct):
    """A box whose lower edge is yet to come: the columns of its sides, and its rows between the lines drawn across."""

    left: int
    right: int
    sections: list[list[Piece]]

    def takes(self, line: str, shown: Sequence[int], number: int) -> bool | None:
        """Take a line of the document, whose characters are shown at some columns; return whether the box goes on, None
        where it ends with the line."""
        if len(shown) <= self.right:
            return False
        left, right = shown[self.left], shown[self.right]
        inside = line[left + 1 : right]
        if line[left] in _ENDS:
            return None
        if line[left] not in _SIDES or line[right] not in _SIDES | _ARROWS:
            return False
        if _BORDER.fullmatch(inside.strip()):
            self.sections.append([])
        elif inside.strip():
            self.sections[-1].append(Piece(_INNER.sub(" ", inside), number, left + 1))
        return True


def _shown(line: str) -> Sequence[int]:
    """Return which character of a line is shown at each column: some take the room of two, and some none."""
    if line.isascii():
        return range(len(line))
    return [
        index
        for index, char in enumerate(line)
        for _ in range(0 if combining(char) or char == "\ufe0f" else 2 if east_asian_width(char) in "WF" else 1)
    ]


def _boxes(source: Source, first: int, last: int) -> Iterator[_Box]:
    """Yield the boxes of a block's lines that have a lower edge."""
    open_boxes: list[_Box] = []
    for number in range(first, last):
        line = source.lines[number]
        if not open_boxes and _TOP.search(line) is None:
            continue
        shown = _shown(line)
        still = []
        for box in open_boxes:
            goes_on = box.takes(line, shown, number)
            if goes_on:
                still.append(box)
            elif goes_on is None or not box.sections[-1]:  # of `+---+`, each line across may be the last
                yield box
        taken = {box.left for box in still}
        tops = [(bisect_left(shown, match.start()), match.end() - match.start()) for match in _TOP.finditer(line)]
        open_boxes = still + [_Box(left, left + size - 1, [[]]) for left, size in tops if left not in taken]
    yield from (box for box in open_boxes if not box.sections[-1])


def read_boxes(source: Source, first: int, last: int, context: tuple[str, ...]) -> list[Draft]:
    """Return the entities of a block's lines that are drawn as boxes: one name, and below a line nothing but columns,
    with a key among them. A box of an architecture has other words in it."""
    found: list[Draft] = []
    for box in _boxes(source, first, last):
        title, *rows = [section for section in box.sections if section] or [[]]
        if not rows:  # no line below the name
            title, rows = title[:1], [title[1:]]
        written = [piece for section in rows for piece in section if not _MORE.fullmatch(piece.text)]
        name = _TITLE.fullmatch(title[0].text) if len(title) == 1 else None
        columns = [column for piece in written if (column := _column(piece, source)) is not None]
        keyed = any(KEYISH.search(column.name) for column in columns)
        if name is None or not keyed or len(columns) < 2 or len(columns) < _MOST * len(written):
            continue
        draft = Draft([mention_of(title[0], *name.span(1), coded=False)], "heading", context)
        draft.add(tuple(columns), complete=False)
        found.append(draft)
    return found


def _column(piece: Piece, source: Source) -> ColumnCandidate | None:
    """Return the column of a row: its name, and nothing behind it but a type and marks."""
    row = _ROW.fullmatch(piece.text)
    if row is None or not SHAPE.match(row[1]):
        return None
    kind = leading_type(row[2].lstrip(" :("))
    if kind is None and not _REMARK.match(row[2]):
        return None
    start, end = source.span(piece.cut(*row.span(1)))
    return described(ColumnCandidate(row[1], start, end, type=kind), piece.text)
