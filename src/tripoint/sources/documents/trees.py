"""Tables drawn as trees in a block of text: a name, and below it `├── user_id (uuid, FK)`."""

from __future__ import annotations

import re

from tripoint.model.regex import regex
from tripoint.sources.documents.draft import Draft
from tripoint.sources.documents.fields import Field, leading_mentions, read_fields
from tripoint.sources.documents.text import Piece, Source

__all__ = ["read_trees"]

_BRANCH = regex(r"[ \t>]*[├└┣┗][─━]*[ \t]*")
_DEEPER = regex(r"[ \t>]*[│┃]")
_AFTER_NAME = regex(r"[ \t]*(?:\(?table\)?[ \t]*)?:?[ \t]*(?:$|[(#—–-])", re.I)
_LEAST = 2


def read_trees(source: Source, first: int, last: int, context: tuple[str, ...]) -> list[Draft]:
    """Return the entities of a block's lines whose branches are fields, most of them with a type: a tree of files has
    none."""
    found: list[Draft] = []
    name: Piece | None = None
    fields: list[Field | None] = []

    def close() -> None:
        held = [field for field in fields if field is not None]
        typed = sum(field.typed for field in held)
        if name is not None and len(held) >= _LEAST and len(held) == len(fields) and 2 * typed >= len(held):
            mentions, _ = leading_mentions(name)
            draft = Draft(mentions[:1], "heading", context)
            draft.add(tuple(column for field in held for column in field.columns), complete=False)
            found.append(draft)

    for line in range(first, last):
        text = source.lines[line]
        branch = _BRANCH.match(text)
        if branch is not None:
            fields.append(next(iter(read_fields(Piece(text[branch.end() :], line, branch.end()), source)), None))
        elif not _DEEPER.match(text):
            close()
            fields = []
            piece = Piece(text, line, 0).cut(len(text) - len(text.lstrip(" \t>")))
            mentions, rest = leading_mentions(piece)
            name = piece if len(mentions) == 1 and _AFTER_NAME.match(rest.text) else None
    close()
    return found
