"""Markdown's block structure, as a tree of line ranges. Inline markup is read from the source lines themselves."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec import Struct, field

from tripoint.model.regex import regex
from tripoint.sources.documents.text import Piece, Source

__all__ = ["Node", "parse_blocks", "pieces_of", "table_lines", "visible"]

_PARSER = MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"])
_KINDS = {
    "heading_open": "heading",
    "paragraph_open": "paragraph",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "list_item_open": "item",
    "table_open": "table",
    "blockquote_open": "quote",
    "fence": "fence",
    "html_block": "html",
}
_HIDDEN = regex(
    r"<!--(?:(?!<!--).)*?-->|~~.+?~~|</?(?:br|b|i|em|strong|code|kbd|sub|sup|small|span|a|p|u|summary|details|h\d)\b[^<>]*>"
)


class Node(Struct):
    """A block: the lines `first` to `last` (exclusive)."""

    kind: str
    first: int
    last: int
    level: int = 0
    info: str = ""
    content: str = ""
    children: list[Node] = field(default_factory=list)


def parse_blocks(text: str) -> list[Node]:
    """Return the blocks of a Markdown text."""
    roots: list[Node] = []
    open_nodes: list[Node | None] = []
    for token in _PARSER.parse(text):
        if token.nesting < 0:
            open_nodes.pop()
            continue
        parent = next((node for node in reversed(open_nodes) if node is not None), None)
        if token.type == "inline":
            if parent is not None and parent.kind in ("heading", "paragraph"):
                parent.content = token.content
            continue
        node = _node(token)
        if node is not None:
            (parent.children if parent is not None else roots).append(node)
        if token.nesting > 0:
            open_nodes.append(node)
    return roots


def _node(token: Token) -> Node | None:
    kind = _KINDS.get(token.type)
    if kind is None or token.map is None:
        return None
    level = int(token.tag[1]) if kind == "heading" else 0
    return Node(kind, token.map[0], token.map[1], level, token.info)


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
