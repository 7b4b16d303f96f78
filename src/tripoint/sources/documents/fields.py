"""Names, fields and references as they are written in one line, item or cell of a document."""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.claim import ColumnCandidate
from tripoint.model.regex import regex
from tripoint.sources.documents.text import Piece, Source
from tripoint.sources.documents.words import is_sql_type, leading_type, may_be_a_name

__all__ = [
    "KEYISH",
    "SHAPE",
    "Field",
    "Mention",
    "described",
    "field_list",
    "leading_mentions",
    "mention_of",
    "read_fields",
    "read_listing",
    "read_signature",
]

IDENTIFIER = r"[^\W\d]\w*(?:\\_\w+)*(?:-\w+)*"
QUALIFIED = rf"{IDENTIFIER}(?:\.{IDENTIFIER})?"

SHAPE = regex(r"[a-z_][a-z0-9_]*(?:[A-Z][a-zA-Z0-9]*)*$")
"""How the names of tables and columns are spelled."""
KEYISH = regex(r"^id$|_id$|_at$|Id$|At$")
_LEAD = regex(r"(?:\[[ xX]\]\s+)?[^\w`\"(]*")
_CODE = regex(rf'`\s*("?{QUALIFIED}"?)\s*`')
_PLAIN = regex(QUALIFIED)
_AND = regex(r"[\s*_]*(?:[,;/&、，；]|\b(?:and|und|y|e|et)\b)\s*(?=[\s*_]*`)")
_CLOSE = regex(r"[\s\"*)\]]*(?:\([^()\s]*\.\w+[^()]*\))?[\s*]*")
_PRIMARY = regex(r"\bprimary[\s_-]+key\b|\bPK\b|\bpkey\b|🔑", re.IGNORECASE)
_UNIQUE = regex(r"\bunique\b|\bUK\b", re.IGNORECASE)
_UNIQUE_TOGETHER = regex(
    r"\bunique\b\W{0,3}\([^)]{0,200},|\bunique\W{1,3}(?:\w+\W{1,3})?(?:per|with|within|in|among|across|together|for|when|where|identifier|id)\b"
    r"|\b(?:not|non|composite|partial|part of an?)[ -]unique\b|\bunique index\b",
    re.IGNORECASE,
)
"""What is unique with others, in some rows alone, or not."""
_NOT_NULL = regex(r"\bnot[\s_-]+null(?:able)?\b|\bnon[\s_-]?null(?:able)?\b|\brequired\b", re.IGNORECASE)
_NULL = regex(r"(?<!not )(?<!non-)(?<!non )\bnull(?:able)?\b(?!\s*[=:])|\boptional\b", re.IGNORECASE)
_REFERENCE = regex(
    rf"(?P<word>→|⟶|➜|➔|->|=>|\breferences?\b|\brefers?\s+to\b|\bpoints?\s+to\b|\blinks?\s+to\b|\bref\b:?|\bFK\b|\bforeign\s+key\b)"
    rf"[\s*:_(]*(?:(?:→|->|=>|to|FK|references|ref)\s*:?\s*)*[*_]*(?P<tick>`?)(?P<name>{IDENTIFIER}(?:\.{IDENTIFIER}){{0,2}})"
    rf"(?:\s?\(\s*(?P<column>{IDENTIFIER})\s*\))?",
    re.IGNORECASE,
)
_OR_ANOTHER = regex(r"`?\s*/\s*`?\w|`?\s+or\s", re.IGNORECASE)
_BRACKET_OR_NEXT = regex(r"[()]|,\s*(?=`)")
_NAME_AND_MORE = regex(rf"[^\w`]*`\s*{IDENTIFIER}\s*`\s*(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?(?=,)")
_NAME_AND_NOTE = regex(rf"[^\w`]*`\s*{IDENTIFIER}\s*`\s*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)\s*)?$")
_DEFINITION = regex(rf"[^\w`]*`\s*(?P<name>{IDENTIFIER})\s+(?P<rest>[^`\s][^`]*)`")
_TYPE_LEAD = regex(r"[\s*]*(?:[:(\[|–—-]|::)?[\s*]*`?\s*(?:type:\s*)?", re.IGNORECASE)
_AFTER_NAME = regex(r"\??\s*(?:$|[:([|–—→\[-]|->|=>|<|,|,)")
_LABELLED_TYPE = regex(r"[(:–—-]\s*+(?:`\s*+)?([A-Za-z]\w*+(?:\([\w\s,]*+\))?(?:\[\])?)\s*+(?:`\s*+)?(?:[,);|–—-]|$)")


class Mention(Struct, frozen=True):
    """A name as a document writes it."""

    name: str
    piece: Piece
    coded: bool

    def span(self, source: Source) -> tuple[int, int]:
        """Return the byte offsets that enclose the name."""
        return source.span(self.piece)


class Field(Struct, frozen=True):
    """A list item that has the shape of a field, or a part of one. `typed` says that a type follows the name."""

    columns: tuple[ColumnCandidate, ...]
    typed: bool
    coded: bool
    whole: bool = True
    """Whether the item says nothing of further fields, as in "plus the usual columns"."""


def unescape(text: str) -> str:
    """Return a name without Markdown's backslashes and SQL's quotes."""
    return text.replace("\\_", "_").strip('"')


def mention_of(piece: Piece, start: int, end: int, *, coded: bool) -> Mention:
    """Return the part of a piece as a mention."""
    part = piece.cut(start, end)
    if part.text[:1] == '"' and part.text[-1:] == '"' and len(part.text) > 2:
        part = part.cut(1, len(part.text) - 1)
    return Mention(unescape(part.text), part, coded)


def leading_mentions(piece: Piece) -> tuple[list[Mention], Piece]:
    """Return the names that a line starts with (several only where each is a code span) and what follows them."""
    at = _LEAD.match(piece.text)
    position = at.end() if at else 0
    found: list[Mention] = []
    while match := _CODE.match(piece.text, position):
        found.append(mention_of(piece, match.start(1), match.end(1), coded=True))
        position = match.end()
        more = _AND.match(piece.text, position)
        if more is None:
            break
        position = more.end()
        skip = re.compile(r"[\s*_]*").match(piece.text, position)
        position = skip.end() if skip else position
    if not found:
        match = _PLAIN.match(piece.text, position)
        if match is None:
            return [], piece
        found.append(mention_of(piece, match.start(), match.end(), coded=False))
        position = match.end()
    close = _CLOSE.match(piece.text, position)
    return found, piece.cut(close.end() if close else position)


def reference_in(text: str) -> tuple[str, str | None] | None:
    """Return the (table, column) that a text says something points to; the table may carry its schema."""
    for match in _REFERENCE.finditer(text):
        parts = unescape(match["name"]).split(".")
        column = match["column"]
        strong = not match["word"][0].isalpha() or match["word"].lower().startswith(("fk", "foreign", "reference"))
        if column:
            return ".".join(parts), unescape(column)
        if _OR_ANOTHER.match(text, match.end()):
            continue  # "reference to order/transaction": to one of them, and no key can point to both
        if len(parts) == 3:
            return ".".join(parts[:2]), parts[2]
        if len(parts) == 2:
            # `auth.users` alone is a table with its schema, `users.id` a column; the fold knows the schemas.
            return (parts[0], parts[1])
        if match["tick"] or (strong and parts[0].islower()):
            return parts[0], None
    return None


def described(column: ColumnCandidate, text: str) -> ColumnCandidate:
    """Return the column with what the text around it says: key, uniqueness, nullability, reference."""
    primary = column.primary or _PRIMARY.search(text) is not None
    nullable = column.nullable
    if nullable is None and (primary or _NOT_NULL.search(text)):
        nullable = False
    elif nullable is None and _NULL.search(text):
        nullable = True
    return replace(
        column,
        primary=primary,
        unique=column.unique or (_UNIQUE.search(text) is not None and _UNIQUE_TOGETHER.search(text) is None),
        nullable=nullable,
        references=column.references or reference_in(text),
    )


def read_fields(piece: Piece, source: Source) -> list[Field]:
    """Return the fields that a list item's first line describes: none where it has no such shape.

    Several stand on one line as "`id` (uuid, PK), `user_id` (uuid), plus the usual columns".
    """
    parts = _listed(piece.cut(0, len(piece.text.rstrip(" .;"))))
    # Without a note it may be any enumeration: `leading_mentions` takes such names for one field of several names.
    if len(parts) > 1 and ")" in parts[0].text and all(_NAME_AND_NOTE.match(part.text) for part in parts[:-1]):
        last = _NAME_AND_NOTE.match(parts[-1].text) or _NAME_AND_MORE.match(parts[-1].text)
        fields = [field for part in parts if (field := _read_field(part, source)) is not None]
        if last is not None and len(fields) == len(parts):
            return [*fields[:-1], replace(fields[-1], whole=last.end() == len(parts[-1].text))]
    field = _read_field(piece, source) or _read_code(piece, source)
    return [field] if field is not None else []


def _read_code(piece: Piece, source: Source) -> Field | None:
    """Return the field of a line that begins with a definition in one code span: `id uuid not null`."""
    match = _DEFINITION.match(piece.text)
    kind = leading_type(match["rest"]) if match is not None else None
    if match is None or kind is None:
        return None
    name = piece.cut(*match.span("name"))
    start, end = source.span(name)
    said = f"{match['rest']} {piece.text[match.end() :]}"
    column = ColumnCandidate(name.text, start, end, type=kind, description=said[len(kind) :].strip(" `*:-–—") or None)
    return Field((described(column, said),), typed=True, coded=True)


def _listed(piece: Piece) -> list[Piece]:
    """Return the parts of a line that a comma before a code span divides, outside of parentheses."""
    starts, ends, depth = [0], [], 0
    for match in _BRACKET_OR_NEXT.finditer(piece.text):
        if match[0] in "()":
            depth += 1 if match[0] == "(" else -1
        elif depth == 0:
            ends.append(match.start())
            starts.append(match.end())
    return [piece.cut(start, end) for start, end in zip(starts, [*ends, len(piece.text)], strict=True)]


_NEXT_FIELD = regex(rf"\)\s*,\s*{IDENTIFIER}\s*\(")
"""Where in `id (uuid), user_id (uuid, FK users)`, without any code spans, what is said of the first field ends."""


def _read_field(piece: Piece, source: Source) -> Field | None:
    mentions, rest = leading_mentions(piece)
    if not mentions or any("." in mention.name for mention in mentions):
        return None
    coded = mentions[0].coded
    lead = _TYPE_LEAD.match(rest.text)
    kind = leading_type(rest.text[lead.end() :]) if lead else None
    if kind is None and not _AFTER_NAME.match(rest.text):
        return None
    written = kind
    if written is None:
        labelled = _LABELLED_TYPE.match(rest.text.lstrip(" *"))
        if labelled and re.search(r"_(?:type|status|enum|role|kind)$|\[\]$", labelled[1]):
            written = labelled[1]
    description = rest.text.strip(" *:-–—()") or None
    columns = []
    for mention in mentions:
        start, end = mention.span(source)
        column = ColumnCandidate(mention.name, start, end, type=written, description=description)
        columns.append(described(column, _NEXT_FIELD.split(_listed(rest)[0].text, maxsplit=1)[0]))
    return Field(tuple(columns), kind is not None, coded)


_SIGNATURE = regex(r"\s*[`*]*\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_SIGNATURE_ITEM = regex(rf"\s*`?({IDENTIFIER})`?(\s+.*)?$")
_NO_COLUMN = regex(
    r"\s*(?:not null|nullable|required|optional|unique|pk|fk|primary key|foreign key|default)\b", re.IGNORECASE
)


_LISTING = regex(r"\s*[`*]*\s*[:：–—-]\s*[`*]*\s*(.+)$", re.DOTALL)
_LISTED_ITEM = regex(rf"\s*`?({IDENTIFIER})`?[*?]?(\s*\([^()]*(?:\([^()]*\)[^()]*)*\))?\s*\.?\s*$")
_MOST = 0.8


_COMMA_OR_BRACKET = regex(r"[(),]")


def _parts(text: str) -> list[str]:
    """Return what commas divide, but for those within parentheses: those that a closing one follows first."""
    cuts: list[int] = []
    within = False
    for match in reversed(list(_COMMA_OR_BRACKET.finditer(text))):
        if match[0] != ",":
            within = match[0] == ")"
        elif not within:
            cuts.append(match.start())
    starts = [0, *(cut + 1 for cut in reversed(cuts))]
    return [text[start:end] for start, end in zip(starts, [*reversed(cuts), len(text)], strict=True)]


def read_listing(rest: Piece, source: Source) -> tuple[tuple[ColumnCandidate, ...], bool]:
    """Return the columns of `table: id, user_id, title (text), …`, given what follows the table's name, and whether
    those are all that stand there. A list in which no `id` stands may be one of anything."""
    match = _LISTING.match(rest.text)
    parts = _parts(match[1]) if match is not None else []
    if match is None or len(parts) < 3:
        return (), False
    columns: list[ColumnCandidate] = []
    position = match.start(1)
    for part in parts:
        item = _LISTED_ITEM.match(part)
        if item is not None and not _NO_COLUMN.match(part):
            name = mention_of(rest, position + item.start(1), position + item.end(1), coded=False)
            start, end = name.span(source)
            remark = item[2] or ""
            kind = leading_type(remark.strip(" ()"))
            columns.append(described(ColumnCandidate(name.name, start, end, type=kind), remark))
        position += len(part) + 1
    if len(columns) < _MOST * len(parts) or all(column.name != "id" for column in columns):
        return (), False
    return tuple(columns), len(columns) == len(parts)


def read_signature(rest: Piece, source: Source) -> tuple[ColumnCandidate, ...]:
    """Return the columns of `table(id, user_id uuid, …)`, given what follows the table's name."""
    match = _SIGNATURE.match(rest.text)
    if match is None:
        return ()
    columns: list[ColumnCandidate] = []
    position = match.start(1)
    for part in _parts(match[1]):
        item = _SIGNATURE_ITEM.match(part)
        if item is None or _NO_COLUMN.match(part) or (is_sql_type(part) and not may_be_a_name(part)):
            return ()
        kind = leading_type((item[2] or "").strip())
        if item[2] and item[2].strip() and kind is None and not _PRIMARY.search(item[2]):
            return ()
        name = mention_of(rest, position + item.start(1), position + item.end(1), coded=False)
        start, end = name.span(source)
        columns.append(described(ColumnCandidate(name.name, start, end, type=kind), item[2] or ""))
        position += len(part) + 1
    return tuple(columns) if len(columns) > 1 else ()


def field_list(fields: list[Field | None], announced: bool) -> tuple[ColumnCandidate, ...]:
    """Return the columns of a list whose items, by their number and shape, are fields; empty where they are not."""
    found = [field for field in fields if field is not None]
    if not found or len(found) * 10 < len(fields) * 7:
        return ()
    shaped = [field for field in found if all(SHAPE.match(column.name) for column in field.columns)]
    typed = [field for field in found if field.typed]
    keyed = any(KEYISH.search(column.name) for field in found for column in field.columns)
    if (
        announced
        or (len(typed) * 2 >= len(found) and len(shaped) * 10 >= len(found) * 7)
        or (keyed and len(shaped) == len(found) and len(found) > 1)
    ):
        return tuple(column for field in found for column in field.columns)
    return ()
