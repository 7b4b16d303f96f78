"""What stands in the blocks of a Markdown text. Inline markup is read from the source lines themselves."""

from __future__ import annotations

from tripoint.model.regex import regex
from tripoint.sources.documents.commonmark import Node
from tripoint.sources.documents.text import Piece, Source

__all__ = ["pieces_of", "table_lines", "visible"]

_HIDDEN = regex(
    r"<!--(?:(?!<!--).)*?-->|~~.+?~~|</?(?:br|b|i|em|strong|code|kbd|sub|sup|small|span|a|p|u|summary|details|h\d)\b[^<>]*>"
)


def visible(text: str) -> str:
    """Return a line with comments, tags and struck-out text blanked, in the same length."""
    if "<" not in text and "~~" not in text:
        return text
    return _HIDDEN.sub(lambda match: " " * len(match[0]), text)


def pieces_of(node: Node, source: Source) -> list[Piece]:
    """Return the text lines of a heading or paragraph, without the markers of the blocks around them."""
    pieces: list[Piece] = []
    for number, content in enumerate(node.content.split("\n"), node.first):
        if number >= len(source.lines) or not content:
            continue
        column = source.lines[number].find(content)
        if column >= 0:
            pieces.append(Piece(visible(content), number, column))
    return pieces


def table_lines(node: Node, source: Source) -> list[Piece]:
    """Return the lines of a table."""
    return [
        Piece(visible(source.lines[number]), number, 0)
        for number in range(node.first, min(node.last, len(source.lines)))
    ]
