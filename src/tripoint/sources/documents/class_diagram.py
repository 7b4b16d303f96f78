"""Mermaid's class diagrams (https://mermaid.js.org/syntax/classDiagram.html), by which some draw their data model.

A class need not be a table and its members need not be columns: what a diagram names that is there is described, and it
expects nothing that is not.
"""

from __future__ import annotations

from msgspec import Struct

from tripoint.model.claim import ColumnCandidate, EntityCandidate
from tripoint.model.regex import regex
from tripoint.sources.documents.text import Piece, Source
from tripoint.sources.documents.words import is_sql_type

__all__ = ["read_class_diagram"]

_CLASS = regex(r"^\s*class\s+`?(?P<name>[^\W\d][\w.-]*)`?(?:~[^~]*~)?\s*(?:\[[^\]]*\])?(?:::?:?\w+)?\s*(?P<open>\{)?")
_MEMBER_OF = regex(r"^\s*(?P<name>[^\W\d][\w-]*)\s*:\s*(?=\S)")
_MEMBER = regex(
    r"\s*[+\-#~]?\s*(?:(?P<named>[^\W\d]\w*)\s*:\s*\S|(?P<first>[^\W\d]\w*+)(?:[\[\](),.\w?<>~]*\s+(?P<second>[^\W\d]\w*))?)"
)

_METHOD = regex(r"\w\s*\((?!\d+(?:,\s*\d+)?\))")
"""A name with arguments, which the length of a type is not: `varchar(255) email`."""


class _Class(Struct):
    name: str
    span: tuple[int, int]
    columns: list[ColumnCandidate]


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.classes: dict[str, _Class] = {}
        self.open: _Class | None = None

    def line(self, piece: Piece) -> None:
        if self.open is not None:
            if piece.text.strip().startswith("}"):
                self.open = None
            else:
                self.member(self.open, piece)
        elif (opened := _CLASS.match(piece.text)) is not None:
            name = piece.cut(*opened.span("name"))
            found = self.classes.setdefault(name.text, _Class(name.text, self.source.span(name), []))
            self.open = found if opened["open"] and "}" not in piece.text else None
        elif (outside := _MEMBER_OF.match(piece.text)) is not None and outside["name"] in self.classes:
            self.member(self.classes[outside["name"]], piece.cut(outside.end()))

    def member(self, owner: _Class, piece: Piece) -> None:
        """Add a member that is no method and no annotation: `+UUID id`, `id: uuid`, `id uuid` or `id`."""
        match = _MEMBER.match(piece.text)
        if match is None or _METHOD.search(piece.text) is not None or "<<" in piece.text:
            return
        group = "named" if match["named"] else "first"
        if match["second"] and (is_sql_type(match["first"]) or not is_sql_type(match["second"])):
            group = "second" if match["first"].lower() != "id" else "first"
        start, end = self.source.span(piece.cut(*match.span(group)))
        owner.columns.append(ColumnCandidate(match[group], start, end))


def read_class_diagram(source: Source, first: int, last: int, context: tuple[str, ...]) -> tuple[EntityCandidate, ...]:
    """Return the classes of the lines `first` to `last` (exclusive); none where they are no `classDiagram`."""
    reader = _Reader(source)
    started = False
    for number in range(first, last):
        text, _, _ = source.lines[number].partition("%%")
        if not started:
            started = text.strip().lstrip("> ").startswith("classDiagram")
        elif text.strip():
            reader.line(Piece(text, number, 0))
    return tuple(
        EntityCandidate(one.name, *one.span, "classdiagram", columns=tuple(one.columns), context=context)
        for one in reader.classes.values()
    )
