"""Mermaid's entity diagrams: https://mermaid.js.org/syntax/entityRelationshipDiagram.html."""

from __future__ import annotations

import re

from msgspec import Struct

from tripoint.model.claim import ColumnCandidate, EntityCandidate, RelationshipCandidate
from tripoint.model.regex import regex
from tripoint.sources.documents.fields import described
from tripoint.sources.documents.text import Piece, Source

__all__ = ["Diagram", "read_er_diagram"]

_NAME = (
    r'(?:"(?P<q{n}>[^"]+)"|(?P<w{n}>[^\W\d](?:[\w.-]*\w)?))'
    r'(?:\s*\[\s*(?:"(?P<b{n}>[^"\]]+)"|(?P<a{n}>[^\]"]+))\s*\])?(?::::?[\w,-]+)?'
)
_CARDINALITIES: dict[str, tuple[str, str]] = {
    "||": ("1", "1"),
    "|o": ("0..1", "0..1"),
    "o|": ("0..1", "0..1"),
    "}o": ("0..*", "0..*"),
    "o{": ("0..*", "0..*"),
    "}|": ("1..*", "1..*"),
    "|{": ("1..*", "1..*"),
    "only one": ("1", "1"),
    "one or zero": ("0..1", "0..1"),
    "zero or one": ("0..1", "0..1"),
    "one or more": ("1..*", "1..*"),
    "one or many": ("1..*", "1..*"),
    "zero or more": ("0..*", "0..*"),
    "zero or many": ("0..*", "0..*"),
    "many(1)": ("1..*", "1..*"),
    "many(0)": ("0..*", "0..*"),
    "1+": ("1..*", "1..*"),
    "0+": ("0..*", "0..*"),
    "one": ("1", "1"),
    "many": ("0..*", "0..*"),
    "1": ("1", "1"),
}
_CARD = "|".join(sorted(map(re.escape, _CARDINALITIES), key=len, reverse=True))
_EDGE = regex(
    r"^\s*"
    + _NAME.format(n=1)
    + rf"\s*(?P<left>{_CARD})\s*(?:--|\.\.|-\.|\.-|\boptionally\s+to\b|\bto\b)\s*(?P<right>{_CARD})\s*"
    + _NAME.format(n=2)
    + r"\s*(?::\s*(?P<label>.*?)\s*)?$"
)
_ENTITY = regex(r"^\s*" + _NAME.format(n=1) + r"\s*(?P<open>\{)?")
_ATTRIBUTE = regex(r'\s*(?:(?P<end>\})|(?P<comment>"[^"]*")|(?P<comma>,)|(?P<word>[^\s{}",]+(?:\([^)]*\))?(?:\[\])*))')
_FOREIGN_KEY = regex(r"FOREIGN KEY \(([^)]*)\) REFERENCES [^(]+(?:\(([^)]*)\))?", re.IGNORECASE)
_COLUMN_LABEL = regex(r'^"?(\w+_id)"?$')
_TO_ENUM = regex(r'"?enum:')
"""What generators of diagrams write at the line from an entity to the enum of one of its fields."""
_KEYS = frozenset({"PK", "FK", "UK"})
_DIRECTIVES = regex(r"^\s*(?:direction|title|accTitle|accDescr|classDef|class|style|section|config|layout)\b")


class Diagram(Struct, frozen=True):
    """The entities and edges of one diagram."""

    entities: tuple[EntityCandidate, ...]
    relationships: tuple[RelationshipCandidate, ...]


class _Entity(Struct):
    name: str
    span: tuple[int, int]
    columns: list[ColumnCandidate]
    aliases: list[tuple[str, int, int]]


def _name(match: re.Match[str], number: int, piece: Piece) -> tuple[str, Piece]:
    group = f"q{number}" if match[f"q{number}"] is not None else f"w{number}"
    return match[group], piece.cut(match.start(group), match.end(group))


def _columns_of_label(label: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if label and (key := _FOREIGN_KEY.search(label)):
        ends = [tuple(part.strip(' "`') for part in (group or "").split(",") if part.strip()) for group in key.groups()]
        return ends[0], ends[1]
    if label and (column := _COLUMN_LABEL.match(label)):
        return (column[1],), ()
    return (), ()


def _edge(match: re.Match[str], piece: Piece, source: Source) -> RelationshipCandidate:
    (left, start), (right, end) = _name(match, 1, piece), _name(match, 2, piece)
    many_left = _CARDINALITIES[match["left"]][0].endswith("*")
    many_right = _CARDINALITIES[match["right"]][0].endswith("*")
    cardinality = f"{_CARDINALITIES[match['left']][0]}:{_CARDINALITIES[match['right']][0]}"
    columns, target = _columns_of_label(match["label"])
    # The many side holds the key; of two equal ones the optional side, else the left one.
    swapped = (many_right and not many_left) or (
        not many_right and not many_left and match["right"] in ("o|", "|o") and match["left"] == "||"
    )
    ends = (right, left) if swapped else (left, right)
    return RelationshipCandidate(
        ends[0],
        columns,
        ends[1],
        target,
        source.span(start)[0],
        source.span(end)[1],
        "erdiagram",
        cardinality=cardinality,
    )


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.entities: dict[str, _Entity] = {}
        self.edges: list[RelationshipCandidate] = []
        self.open: _Entity | None = None
        self.pending: list[Piece] = []

    def entity(self, match: re.Match[str], number: int, piece: Piece) -> _Entity:
        name, part = _name(match, number, piece)
        entity = self.entities.setdefault(name, _Entity(name, self.source.span(part), [], []))
        for group in (f"b{number}", f"a{number}"):
            if alias := match[group]:
                entity.aliases.append((alias, *self.source.span(piece.cut(match.start(group), match.end(group)))))
        return entity

    def close_attribute(self, comment: str | None) -> None:
        """Turn the words since the last attribute (type, name, keys) into a column."""
        words, self.pending = self.pending, []
        if self.open is None or len(words) < 2:
            return
        name, keys = words[1], {word.text.upper() for word in words[2:]}
        start, end = self.source.span(name)
        offset = 1 if name.text.startswith("*") else 0
        column = ColumnCandidate(
            name.text[offset:],
            start + offset,
            end,
            type=words[0].text,
            nullable=False if "PK" in keys else None,
            primary="PK" in keys,
            unique="UK" in keys,
            description=comment,
        )
        self.open.columns.append(column if comment is None else described(column, comment))

    def attributes(self, piece: Piece) -> int:
        """Read a line inside an entity's braces; return the column after `}`, or -1 where they stay open."""
        position = 0
        while match := _ATTRIBUTE.match(piece.text, position):
            position = match.end()
            if match["end"]:
                self.close_attribute(None)
                self.open = None
                return position
            if match["comment"]:
                self.close_attribute(match["comment"][1:-1])
            elif match["word"]:
                if len(self.pending) >= 2 and match["word"].upper() not in _KEYS:
                    self.close_attribute(None)
                self.pending.append(piece.cut(match.start("word"), match.end("word")))
        self.close_attribute(None)
        return -1

    def line(self, piece: Piece) -> None:
        """Read a line: what closes an open entity, then an edge, or entities one after the other."""
        while piece.text.strip():
            if self.open is not None:
                position = self.attributes(piece)
                if position < 0:
                    return
                piece = piece.cut(position)
                continue
            if _DIRECTIVES.match(piece.text):
                return
            if match := _EDGE.match(piece.text):
                self.entity(match, 1, piece)
                if _TO_ENUM.match(match["label"] or ""):
                    return
                self.entity(match, 2, piece)
                self.edges.append(_edge(match, piece, self.source))
                return
            match = _ENTITY.match(piece.text)
            if match is None or not (match["open"] or not piece.text[match.end() :].strip()):
                return
            entity = self.entity(match, 1, piece)
            if match["open"]:
                self.open = entity
            piece = piece.cut(match.end())


def _is_enum(entity: _Entity) -> bool:
    """Whether an entity lists the values of an enum, each as its own type, as generators of diagrams draw them."""
    return bool(entity.columns) and all(column.type == column.name for column in entity.columns)


def read_er_diagram(source: Source, first: int, last: int, context: tuple[str, ...]) -> Diagram | None:
    """Read the lines `first` to `last` (exclusive); None where they are no `erDiagram`."""
    reader = _Reader(source)
    started = False
    for number in range(first, last):
        text = source.lines[number].replace("\0", " ")
        text = re.sub(r"%%.*$", lambda match: " " * len(match[0]), text)
        stripped = text.strip().lstrip("> ")
        if not started:
            started = stripped.startswith("erDiagram")
            continue
        reader.line(Piece(text, number, 0))
    if not started:
        return None
    entities = tuple(
        EntityCandidate(
            entity.name,
            *entity.span,
            "erdiagram",
            columns=tuple(entity.columns),
            context=context,
            complete=len(entity.columns) > 2,
            aliases=tuple(entity.aliases),
        )
        for entity in reader.entities.values()
        if not _is_enum(entity)
    )
    return Diagram(entities, tuple(reader.edges))
