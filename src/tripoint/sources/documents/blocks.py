"""Markdown's block structure, as a tree of line ranges. Inline markup is read from the source lines themselves."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from msgspec import Struct, field
from pyromark import Options, events_with_range

from tripoint.model.regex import regex
from tripoint.sources.documents.text import Piece, Source

__all__ = ["Node", "parse_blocks", "pieces_of", "table_lines", "visible"]

_KINDS = {
    "Paragraph": "paragraph",
    "Heading": "heading",
    "List": "list",
    "Item": "item",
    "Table": "table",
    "BlockQuote": "quote",
    "CodeBlock": "code",
    "HtmlBlock": "html",
}
"""The parser's names of the blocks. What else starts and ends is inline markup, or a part of a table."""
_DEPTH = 100
"""How deep the tree may get; what is nested deeper hangs there, for those who walk it call themselves."""
_HIDDEN = regex(
    r"<!--(?:(?!<!--).)*?-->|~~.+?~~|</?(?:br|b|i|em|strong|code|kbd|sub|sup|small|span|a|p|u|summary|details|h\d)\b[^<>]*>"
)
_OPENING = regex(r"#{1,6}(?:[ \t]+|$)")
_CLOSING = regex(r"(?:^|(?<![ \t])[ \t]+)#+[ \t]*$")


class Node(Struct):
    """A block: the lines `first` to `last` (exclusive). It starts at `column` of the first, in characters.

    The kind is one of `_KINDS`, or "fence": a block of code whose `info` is what its first line says after the marks.
    """

    kind: str
    first: int
    last: int
    column: int = 0
    level: int = 0
    info: str = ""
    children: list[Node] = field(default_factory=list)


def parse_blocks(text: str) -> list[Node]:
    """Return the blocks of a Markdown text: CommonMark, with the tables of GitHub's dialect."""
    data = text.encode("utf-8")
    lines = [0, *accumulate(map(len, data.splitlines(keepends=True)))]
    root = Node("document", 0, 0)
    around = [root]
    words: Node | None = None
    """What an item of a tight list says: the parser gives it no paragraph."""
    for event, where in events_with_range(text, options=Options.ENABLE_TABLES):
        start, end = where["start"], where["end"]
        (edge, tag) = next(iter(event.items())) if isinstance(event, dict) else (event, event)
        name = next(iter(tag)) if isinstance(tag, dict) else tag
        if name in _KINDS and edge == "Start":
            words = None
            node = _node(name, tag, start, end, lines)
            around[:_DEPTH][-1].children.append(node)
            around.append(node)
        elif name in _KINDS and edge == "End":
            words = None
            around.pop()
        elif name == "Rule":
            words = None
        elif around[-1].kind == "item":
            if words is None:
                start -= data[start - 1 : start] == b"\\"  # what a backslash stands before starts after it, it is told
                words = _node("Paragraph", None, start, end, lines)
                around[:_DEPTH][-1].children.append(words)
            words.last = max(words.last, bisect_right(lines, end - 1))
    return root.children


def _node(name: str, tag: object, start: int, end: int, lines: list[int]) -> Node:
    first = bisect_right(lines, start) - 1
    last = max(first + 1, bisect_right(lines, end - 1))
    # Only markers and indentation, which are ASCII, stand before a block on its line: its column is the same in bytes.
    node = Node(_KINDS[name], first, last, start - lines[first])
    match tag:
        case {"Heading": {"level": level}}:
            node.level = int(level[1])
        case {"CodeBlock": {"Fenced": info}}:
            node.kind, node.info = "fence", info
    return node


def visible(text: str) -> str:
    """Return a line with comments, tags and struck-out text blanked, in the same length."""
    if "<" not in text and "~~" not in text:
        return text
    return _HIDDEN.sub(lambda match: " " * len(match[0]), text)


def pieces_of(node: Node, source: Source) -> list[Piece]:
    """Return the text lines of a heading or paragraph, without the markers of the blocks around them."""
    pieces: list[Piece] = []
    for number in range(node.first, min(node.last, len(source.lines))):
        line = source.lines[number].rstrip(" \t")
        # Before a later line stand indentation and the marks of the quotes around it.
        column = node.column if number == node.first else len(line) - len(line.lstrip(" \t>"))
        if node.kind == "heading":
            if opening := _OPENING.match(line, column):
                column = opening.end()
                line = _CLOSING.sub("", line)
            elif number == node.last - 1:
                break
        if column < len(line):
            pieces.append(Piece(visible(line[column:]), number, column))
    return pieces


def table_lines(node: Node, source: Source) -> list[Piece]:
    """Return the lines of a table."""
    return [
        Piece(visible(source.lines[number]), number, 0)
        for number in range(node.first, min(node.last, len(source.lines)))
    ]
