"""Lists of columns in blocks of plain text, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.claim import ColumnCandidate
from tripoint.model.regex import regex
from tripoint.sources.documents.fields import Mention, mention_of, read_fields
from tripoint.sources.documents.text import Piece, Source

__all__ = ["plain_lists"]

_REMARK = regex(r"\s*(?:--|#|//|[─=-]{3,}|\.{3}|…)")
_COLUMN_LINE = regex(r"[\s│├└─|•*-]*[a-z_][a-z0-9_]*(?:\s*:|\s*\(|\s)")
_ALONE = regex(r"\s*[`\"*]*([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?)[`\"*]*(?:\s*:)?\s*")
_EVERYDAY = frozenset({"string", "number", "boolean", "bool", "date", "array", "object", "int", "float"})
"""Types that payloads and classes have, too."""
_FEW_LINES = 3


def plain_lists(
    lines: list[Piece], source: Source
) -> Iterator[tuple[Mention | None, tuple[ColumnCandidate, ...], bool]]:
    """Yield the lists of columns in a block of plain text, `email  text not null` line by line: the name above each,
    and whether it holds nothing else; none where it is anything else, as a payload or a drawing."""
    written = [piece for piece in lines if piece.text.strip() and not _REMARK.match(piece.text)]
    if any(piece.text.rstrip().endswith((";", "{")) for piece in written):
        return  # a program's
    lists: list[tuple[Mention | None, list[Piece]]] = [(None, [])]
    for piece in written:
        alone = _ALONE.fullmatch(piece.text)
        if alone is not None:
            lists.append((mention_of(piece, alone.start(1), alone.end(1), coded=True), []))
        else:
            lists[-1][1].append(piece)
    for name, pieces in lists:
        fields = [read_fields(piece, source) if _COLUMN_LINE.match(piece.text) else [] for piece in pieces]
        found = [read[0] for read in fields if len(read) == 1 and read[0].typed]
        columns = tuple(column for field in found for column in field.columns)
        told = any((column.type or "").lower() not in _EVERYDAY for column in columns)
        if told and len(found) >= _FEW_LINES and len(found) * 10 >= len(pieces) * 8:
            yield name, columns, len(found) == len(pieces)
