"""Which names a heading, or a bold line that stands in for one, gives to what follows it."""

from __future__ import annotations

import re

from tripoint.model.regex import regex
from tripoint.sources.documents.fields import IDENTIFIER, QUALIFIED, Mention, mention_of
from tripoint.sources.documents.text import Piece
from tripoint.sources.documents.words import label_kind

__all__ = ["bold_lead", "heading_mentions", "introduced_in", "labelled_in"]

_START = regex(r"[^\w`\"(]*(?:\d+(?:\.\d+)*[.):]?\s+)?[^\w`\"(]*")
_KIND = (
    r"(?:database |db )?(?:table|entity|model|view|materialized view|relation|tabelle|tabla|tabela|テーブル"
    r"|tabel|tablo|таблица|таблиця|테이블|جدول|bảng)"
)
_PREFIX = regex(
    rf"(?:the\s+)?{_KIND}(?:\s+name|\s+\d+(?:\.\d+)*)?(?:\s*[:：]\s*|\s+[-–—]\s+|\s+(?=[`\"*]))", re.IGNORECASE
)
_CODE = regex(rf'`\s*("?{QUALIFIED}"?)\s*(?:\([^`]*\))?`')
_ANY_CODE = regex(r"`[^`]*`")
_KINDS = regex(_KIND, re.IGNORECASE)
_LED = regex(
    rf"(?!(?:extend|add|alter|chang|modif|updat|remov|drop|delet|renam|fix|migrat|quer|insert|populat|seed|why|how)\w*\s)"
    rf"(?:[\w-]+\s+){{0,3}}{_KIND}[\s:：]*$|(?:[\w-]+\s+){{0,2}}[\w-]+\s*[:：]\s*$",
    re.IGNORECASE,
)
"""What stands before the name in `Main table: x` and `Database: x table`; not in `Extend table x`."""
_CLOSED = regex(rf"\s*(?:(?P<kind>{_KIND})\b\s*)?(?:$|[-–—:：(（*])", re.IGNORECASE)
_ASIDE = regex(r"\s[-–—]+\s")
_CUT = regex(r"(?<!\s)\s+[-–—|→]+\s+|(?<!\s)\s+\{#|[:：(（\[|,/→]|\*\*\s*[-–—:]")
_TAIL = regex(
    rf"(?<!\s)\s+(?:{_KIND}|tables|entities|テーブル)(?:\s+(?:schema|structure|definition))?\s*$|(?:テーブル|表)$",
    re.IGNORECASE,
)
_SPELLED = regex(r"([a-z_][a-z0-9_]*) (?:schema|structure)")
"""`orders schema`; a `User Schema` may be one of JSON."""
_HEAD = regex(
    r"^(?:(?:schema|structure|definition)\s+(?:of|for)\s+(?:the\s+)?(?:table\s+)?|(?:the|table|entity)\s+)(?=\S)",
    re.IGNORECASE,
)
_WORDS = regex(r"[A-Za-z_][\w-]*(?: [A-Za-z][\w-]*){0,3}|" + QUALIFIED)
_PAREN = regex(rf"[(（]\s*(?:table:?\s*)?`?\"?({QUALIFIED})\"?`?\s*(?:table)?\s*[)）]", re.IGNORECASE)
_BESIDE = regex(r"([A-Za-z_]\w*)(?:\s+[^\W\d_]+)+|(?:[^\W\d_]+\s+)+([A-Za-z_]\w*)")
"""A name beside words."""
_FILLER = frozenset(
    [
        "the",
        "a",
        "an",
        "table",
        "tables",
        "entity",
        "entities",
        "view",
        "views",
        "model",
        "models",
        "and",
        "of",
        "&",
        "/",
    ]
)
_BOLD = regex(r"\s*(?:[^\w\s`*_]\S*\s+)?(\*\*|__)(?P<inner>[^*\n]+?)\1(?P<rest>.*)$")
_CODED = regex(rf"\s*(?P<inner>`{IDENTIFIER}(?:\.{IDENTIFIER})?`)(?P<rest>.*)$")
_AFTER_BOLD = regex(r"^\s*(?:$|[:：]|[-–—(]|table\b|\(table\))", re.IGNORECASE)


def heading_mentions(piece: Piece) -> list[list[Mention]]:
    """Return the entities that a heading may name, each with its alternative names; empty where it is a phrase."""
    start = _START.match(piece.text)
    position = start.end() if start else 0
    if prefix := _PREFIX.match(piece.text, position):
        position = prefix.end()
    text = piece.text
    codes = list(_CODE.finditer(text, position))
    if codes:
        return _coded(piece, position, codes)
    if _ANY_CODE.search(text):
        return []
    end = len(text)
    if cut := _CUT.search(text, position):
        end = cut.start()
    segment = text[position:end].rstrip(" *_#]")
    if head := _HEAD.match(segment):
        position += head.end()
        segment = segment[head.end() :]
    segment = _TAIL.sub("", segment).strip("\" '")
    if spelled := _SPELLED.fullmatch(segment):
        segment = spelled[1]
    position = text.find(segment, position)
    mentions: list[Mention] = []
    beside = _BESIDE.fullmatch(segment)
    named = (beside[1] or beside[2] or "") if beside else ""
    if named and _is_foreign(segment.replace(named, "", 1)):  # `orders 订单表`
        begin = position + segment.index(named)
        return [[mention_of(piece, begin, begin + len(named), coded=False)]]
    if segment and _WORDS.fullmatch(segment):
        mentions.append(mention_of(piece, position, position + len(segment), coded=False))
    if paren := _PAREN.search(text, end):
        mentions.append(mention_of(piece, paren.start(1), paren.end(1), coded=False))
        if _is_foreign(segment):  # `订单表（orders）`: what is built bears the name in Latin letters
            mentions.reverse()
    return [mentions] if mentions else []


def _is_foreign(words: str) -> bool:
    """Whether words are of another script than Latin, so that none of them can be a part of a name beside them."""
    return all(ord(char) > 0x36F for char in words if char.isalpha())


def _coded(piece: Piece, position: int, codes: list[re.Match[str]]) -> list[list[Mention]]:
    text = piece.text
    leading = not text[position : codes[0].start()].strip(' *_("')
    aside = _ASIDE.search(text, codes[0].end())
    if leading and aside is not None:  # `wrap_ups` — renamed from `memories`
        codes = [match for match in codes if match.start() < aside.start()]
    mentions = [mention_of(piece, match.start(1), match.end(1), coded=True) for match in codes]
    outside = _ANY_CODE.sub(" ", re.sub(r"[(（][^()（）]*[)）]", " ", text[position:]))
    if cut := re.search(r"\s[-–—:]+\s|:", outside):
        outside = outside[: cut.start()]
    spare = [word for word in re.findall(r"\w+", outside.lower()) if word not in _FILLER]
    if len(mentions) > 1:
        return [[mention] for mention in mentions] if not spare else []
    if leading and (not spare or re.match(r"\s*(?:$|[-–—:(*])", text[codes[0].end() :])):
        return [mentions]
    announced = _is_announced(text[position : codes[0].start()], text[codes[0].end() :])
    if not spare or announced or _is_foreign("".join(spare)):
        return [mentions]
    in_parens = re.search(r"[(（][\s*]*$", text[: codes[0].start()])
    return [mentions] if in_parens and len(spare) <= 4 else []


def _is_announced(before: str, after: str) -> bool:
    """Whether the words around a name say that it is a table's, and nothing else of it."""
    led, closed = _LED.match(before), _CLOSED.match(after)
    return led is not None and closed is not None and (closed["kind"] is not None or _KINDS.search(before) is not None)


_LEADS = regex(
    r".*\b(?:table|view|entity)(?:\s+(?:is|named|called))?\s+"
    r"|.*\b(?:columns|fields|attributes|schema|structure|definition)\s+(?:of|in|for)\s+(?:the\s+)?(?:table\s+)?"
    r"|.*\b(?:kept|stored|held|lives?)\s+in\s+(?:the\s+)?"
    r"|(?P<name>\W*(?:(?:the|our|this)\s+)?(?:[\w-]+\s+){0,2})",
    re.IGNORECASE,
)
_FOLLOWS = regex(r"\s*(?:table|view|entity)\b|\s+(?:has|have|holds|contains|stores)\b", re.IGNORECASE)


def introduced_in(piece: Piece) -> Mention | None:
    """Return the table whose columns a line announces: "The `orders` table has these columns:"."""
    text = piece.text.rstrip(" *_")
    codes = list(_ANY_CODE.finditer(text))
    if not text.endswith((":", "：")) or len(codes) != 1 or (name := _CODE.fullmatch(codes[0][0])) is None:
        return None
    start = codes[0].start()
    before, after = text[:start].rpartition(". ")[2], text[codes[0].end() : -1]
    led = _LEADS.fullmatch(before)
    if led is None or label_kind(after) == "other" or (led["name"] is not None and _FOLLOWS.match(after) is None):
        return None
    return mention_of(piece, start + name.start(1), start + name.end(1), coded=True)


_LABEL = regex(
    rf"[\W_]*+(?:[^\W_][\w-]*\s+){{0,2}}(?!model|relation){_KIND}(?:\s+name)?(?:\s+#?\d+(?:\.\d+)*)?[*_\s]*+[:：.]",
    re.IGNORECASE,
)
_LABELLED = regex(rf"[\s*_]*+(`?)({QUALIFIED})\1[\s*_.]*+")
_BEFORE_COLON = regex(
    r"[\s*_]*+(?:([a-z][a-z0-9_]*)(?:\s+table)?|(?:[\w-]+\s+){1,5}([a-z]+(?:_[a-z0-9]+)+)\s+table)[\s*_]*+[:：][\s*_]*+"
)


def labelled_in(piece: Piece) -> tuple[Mention, bool] | None:
    """Return the table that a line names and says nothing else of, and whether it calls it a table: `Table: orders`, or
    no more than `orders:`, which a table of columns may follow."""
    label = _LABEL.match(piece.text)
    if label is not None and (name := _LABELLED.fullmatch(piece.text, label.end())) is not None:
        return mention_of(piece, name.start(2), name.end(2), coded=bool(name[1])), True
    alone = _BEFORE_COLON.fullmatch(piece.text)
    if alone is None or label_kind(alone[1] or "") is not None:
        return None
    return mention_of(piece, *alone.span(alone.lastindex or 0), coded=False), False


def bold_lead(piece: Piece) -> tuple[Piece, Piece, bool] | None:
    """Return (the bold or code text that a line starts with, what follows, whether it is code); None without one."""
    for pattern in (_BOLD, _CODED):
        if match := pattern.match(piece.text):
            inner = piece.cut(match.start("inner"), match.end("inner"))
            rest = piece.cut(match.start("rest"))
            if inner.text.rstrip().endswith((":", "：")) or _AFTER_BOLD.match(rest.text):
                return inner, rest, "`" in inner.text
    return None
