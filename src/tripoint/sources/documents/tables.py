"""Markdown tables: field lists, tables of tables, and tables of relationships."""

from __future__ import annotations

import re

from msgspec import Struct

from tripoint.model.claim import ColumnCandidate, RelationshipCandidate
from tripoint.model.regex import regex
from tripoint.sources.documents.draft import Draft
from tripoint.sources.documents.fields import IDENTIFIER, Mention, described, leading_mentions, mention_of
from tripoint.sources.documents.text import Piece, Source
from tripoint.sources.documents.words import (
    COLUMN_HEADERS,
    DEFAULT_HEADERS,
    DESCRIPTION_HEADERS,
    KEY_HEADERS,
    NULLABLE_HEADERS,
    REFERENCE_HEADERS,
    REQUIRED_HEADERS,
    TABLE_HEADERS,
    TYPE_HEADERS,
    WEAK_COLUMN_HEADERS,
    is_sql_type,
    words_of,
    written_type,
)

__all__ = ["Grid", "cells_of", "field_columns", "grid_of", "relationship_rows", "table_rows"]

_PREFIX = regex(r"[\s>]*(?:(?:[-*+]|\d+[.)])\s+(?=\|))?")
_YES = regex(
    r"^\W*(?:yes|y|true|x|✓|✔|✅|☑|ja|si|sí|sim|oui|да|так|예|evet|ya|có|tak|○|是|null)\W*$|✓|✔|✅|☑", re.IGNORECASE
)
_NO = regex(
    r"^\W*(?:no|n|false|not null|nein|non|não|нет|ні|아니오|hayır|tidak|không|nie|×|✗|否)\W*$|✗|❌|✘|not null",
    re.IGNORECASE,
)
_LISTED_HEADERS = frozenset(
    {"key columns", "key fields", "main columns", "main fields", "important columns", "notable columns", "column names"}
)
"""What heads a column that lists some columns of each row's table."""
_BETWEEN_COMMAS = regex(r"[^,(（]*(?:[(（][^()（）]*[)）][^,(（]*)*")
_NOTE = regex(r"\s*(?:[(（][^()（）]*[)）]\s*)?")
_MORE = regex(r"^\W*(?:\.{2,}|…|etc\b.*)\W*$|^\W*\.\.\.")
_LEFT = frozenset(
    {"from", "source", "child", "foreign key", "fk", "column", "table.column", "from column", "from (fk)"}
)
_RIGHT = frozenset({"to", "target", "parent", "references", "reference", "referenced", "points to", "to column", "ref"})
_END = regex(rf"^\W*({IDENTIFIER}(?:\.{IDENTIFIER}){{1,2}}|(?:{IDENTIFIER}\.)?{IDENTIFIER}\(\s*{IDENTIFIER}\s*\))\W*$")


class Grid(Struct, frozen=True):
    """A table's cells, ragged as they may be, and its headers in lower case."""

    headers: tuple[str, ...]
    rows: tuple[tuple[Piece, ...], ...]
    lines: tuple[Piece, ...]

    def column(self, names: frozenset[str], *, besides: int | None = None) -> int | None:
        """Return the index of the first column whose header is one of the names."""
        return next((n for n, header in enumerate(self.headers) if header in names and n != besides), None)


def cells_of(line: Piece) -> tuple[Piece, ...]:
    """Split a row at its unescaped pipes; the outer ones are optional."""
    prefix = _PREFIX.match(line.text)
    start = prefix.end() if prefix else 0
    cuts: list[int] = []
    escaped = False
    for position in range(start, len(line.text)):
        char = line.text[position]
        if char == "|" and not escaped:
            cuts.append(position)
        escaped = char == "\\" and not escaped
    if cuts and not line.text[start : cuts[0]].strip():
        start = cuts.pop(0) + 1
    if cuts and not line.text[cuts[-1] + 1 :].strip():
        end = cuts.pop()
    else:
        end = len(line.text)
    cells: list[Piece] = []
    for cut in [*cuts, end]:
        text = line.text[start:cut]
        left = len(text) - len(text.lstrip())
        cells.append(line.cut(start + left, start + max(left, len(text.rstrip()))))
        start = cut + 1
    return tuple(cells)


def grid_of(lines: list[Piece]) -> Grid | None:
    """Return the grid of a table's lines: the header, the delimiter row and the body."""
    if len(lines) < 3:
        return None
    headers = tuple(words_of(cell.text) for cell in cells_of(lines[0]))
    return Grid(headers, tuple(cells_of(line) for line in lines[2:]), tuple(lines[2:]))


def _cell(row: tuple[Piece, ...], index: int | None) -> str:
    return row[index].text if index is not None and index < len(row) else ""


def _name_column(grid: Grid, fields_announced: bool) -> int | None:
    index = grid.column(COLUMN_HEADERS)
    if index is not None and len(grid.headers) > 1:
        return index
    weak = grid.column(WEAK_COLUMN_HEADERS)
    if weak is None or grid.column(TYPE_HEADERS) is None:
        return None
    schema_like = any(
        grid.column(names, besides=weak) is not None for names in (NULLABLE_HEADERS, KEY_HEADERS, DEFAULT_HEADERS)
    )
    return weak if fields_announced or schema_like or _typed(grid) else None


def _typed(grid: Grid) -> bool:
    kind = grid.column(TYPE_HEADERS)
    types = [is_sql_type(written_type(_cell(row, kind).strip("` *"))) for row in grid.rows if _cell(row, kind)]
    return sum(types) * 2 > len(types)


def _nullable(grid: Grid, row: tuple[Piece, ...]) -> bool | None:
    null, required = _cell(row, grid.column(NULLABLE_HEADERS)), _cell(row, grid.column(REQUIRED_HEADERS))
    if null:
        return True if _YES.search(null) and "not" not in null.lower() else False if _NO.search(null) else None
    if required:
        return False if _YES.search(required) else True if _NO.search(required) else None
    return None


def _candidate(grid: Grid, row: tuple[Piece, ...], name: Mention, source: Source) -> ColumnCandidate:
    kind = written_type(_cell(row, grid.column(TYPE_HEADERS)).strip("` *").replace("\\|", "|")) or None
    start, end = name.span(source)
    column = ColumnCandidate(
        name.name,
        start,
        end,
        type=kind,
        nullable=_nullable(grid, row),
        description=_cell(row, grid.column(DESCRIPTION_HEADERS)) or None,
    )
    for headers, word in ((KEY_HEADERS, ""), (DESCRIPTION_HEADERS, ""), (REFERENCE_HEADERS, "→ ")):
        if text := _cell(row, grid.column(headers)):
            column = described(column, word + text)
    return described(column, _cell(row, grid.column(TYPE_HEADERS)))


def field_columns(
    grid: Grid, source: Source, *, fields_announced: bool
) -> tuple[tuple[ColumnCandidate, ...], bool] | None:
    """Return the columns of a field list and whether every row was one; None where the table lists no fields."""
    index = _name_column(grid, fields_announced)
    if index is None or grid.column(TABLE_HEADERS) is not None:
        return None
    columns: list[ColumnCandidate] = []
    whole = True
    for row in grid.rows:
        if index >= len(row) or not row[index].text:
            continue
        mentions, rest = leading_mentions(row[index])
        after = rest.text.strip()
        if _MORE.match(row[index].text) or not mentions or (after and not re.match(r"[(*🔑🔗?]|PK|FK", after)):
            whole = whole and bool(re.match(r"^[^\w]*$", row[index].text)) and not _MORE.match(row[index].text)
            continue
        columns.extend(_candidate(grid, row, mention, source) for mention in mentions)
    return tuple(columns), whole


def table_rows(grid: Grid, source: Source, context: tuple[str, ...], *, tables_announced: bool) -> list[Draft]:
    """Return the entities of a table of tables; of a table that names table and column per row, with the columns."""
    index = grid.column(TABLE_HEADERS)
    if index is None and tables_announced:
        index = grid.column(WEAK_COLUMN_HEADERS)
    if index is None or (len(grid.headers) < 2 and not tables_announced):
        return []
    column_index = grid.column(COLUMN_HEADERS | _LISTED_HEADERS, besides=index)
    by_name: dict[str, Draft] = {}
    current: Draft | None = None
    for row in grid.rows:
        if index >= len(row):
            continue
        mentions, rest = leading_mentions(row[index])
        if mentions and _name_ends(rest.text):
            for mention in mentions:
                draft = Draft([mention], "table-row", (*context, grid.headers[index]))
                draft.description = _cell(row, grid.column(DESCRIPTION_HEADERS)) or None
                current = by_name.setdefault(mention.name, draft)
        elif row[index].text:
            words = re.match(r"[^\w]*((?:[A-Z]\w*)(?: [A-Za-z]\w*){1,2})\W*$", row[index].text)
            current = None
            if words:
                name = mention_of(row[index], words.start(1), words.end(1), coded=False)
                current = by_name.setdefault(name.name, Draft([name], "table-row", (*context, grid.headers[index])))
        if current is not None and column_index is not None and column_index < len(row):
            names, after = leading_mentions(row[column_index])
            one = len(names) == 1 or grid.column(TYPE_HEADERS) is not None
            if names and not after.text.strip(" ,") and (names[0].coded or len(names) == 1) and one:
                columns = tuple(_candidate(grid, row, name, source) for name in names)
            else:  # what else the row says is of the table
                columns = tuple(_enumerated(row[column_index], source))
            current.add(columns, complete=False)
    return list(by_name.values())


def _enumerated(cell: Piece, source: Source) -> list[ColumnCandidate]:
    """Return the columns of a cell that lists several, each with what is noted in parentheses: `id, owner (FK), at`."""
    found: list[ColumnCandidate] = []
    for part in _BETWEEN_COMMAS.finditer(cell.text.rstrip(" .…")):
        if part[0].strip():
            mentions, rest = leading_mentions(cell.cut(part.start(), part.end()))
            if len(mentions) != 1 or "." in mentions[0].name or _NOTE.fullmatch(rest.text) is None:
                return []
            note = rest.text.strip(" ()（）")
            start, end = mentions[0].span(source)
            found.append(described(ColumnCandidate(mentions[0].name, start, end, description=note or None), note))
    return found if len(found) > 1 else []


def _name_ends(rest: str) -> bool:
    return (
        not rest.strip() or rest.lstrip()[0] in "(–—-:,/⚠✅❌*" or rest.strip().lower() in ("table", "view", "tables")
    )


def relationship_rows(grid: Grid, source: Source) -> list[RelationshipCandidate]:
    """Return the relationships of a table with one column for each end (`From`, `To`)."""
    left, right = grid.column(_LEFT), grid.column(_RIGHT)
    if left is None or right is None or left == right:
        return []
    found: list[RelationshipCandidate] = []
    for row in grid.rows:
        one, other = _END.match(_cell(row, left)), _END.match(_cell(row, right))
        if one is None or other is None:
            continue
        ends = []
        for text in (one[1], other[1]):
            parts = text.replace("\\_", "_").rstrip(") ").replace("(", ".").split(".")
            ends.append((".".join(part.strip() for part in parts[:-1]), (parts[-1].strip(),)))
        start, end = source.span(row[left].cut(one.start(1), one.end(1)))[0], source.span(row[right])[1]
        found.append(RelationshipCandidate(*ends[0], *ends[1], start, max(start, end), "table-row"))
    return found
