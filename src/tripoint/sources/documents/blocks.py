"""Markdown's block structure, as a tree of line ranges. Inline markup is read from the source lines themselves."""

from __future__ import annotations

from collections.abc import Mapping

from markdown_it import MarkdownIt, rules_block
from markdown_it.common.utils import mdTrim
from markdown_it.parser_block import RuleFuncBlockType
from markdown_it.ruler import Ruler
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from msgspec import Struct, field

from tripoint.model.regex import regex
from tripoint.sources.documents.text import Piece, Source

__all__ = ["Node", "parse_blocks", "pieces_of", "table_lines", "visible"]

_SIGNS: Mapping[RuleFuncBlockType, str] = {
    rules_block.fence: "`~",
    rules_block.blockquote: ">",
    rules_block.hr: "*-_",
    rules_block.list_block: "*+-0123456789",
    rules_block.reference: "[",
    rules_block.html_block: "<",
    rules_block.heading: "#",
}
"""What a line begins with that such a rule takes; the other rules ask more."""


class _Ruler(Ruler[RuleFuncBlockType]):
    """The parser's rules, of which only those are asked that a line's first sign leaves.

    Each line is put to every rule, and as part of a paragraph or list to most of them again: it is the busiest loop.
    """

    def __init__(self, ruler: Ruler[RuleFuncBlockType]) -> None:
        super().__init__()
        self._ruler = ruler
        self._chains: dict[str, list[RuleFuncBlockType]] = {}

    def getRules(self, chainName: str = "") -> list[RuleFuncBlockType]:
        """Return one rule that stands for all of a chain."""
        if chainName not in self._chains:
            self._chains[chainName] = [_by_sign(self._ruler.getRules(chainName))]
        return self._chains[chainName]

    def get_active_rules(self) -> list[str]:
        """Return the names of the rules."""
        return self._ruler.get_active_rules()


def _by_sign(rules: list[RuleFuncBlockType]) -> RuleFuncBlockType:
    by_sign = {
        sign: tuple(rule for rule in rules if sign in _SIGNS.get(rule, sign)) for sign in "".join(_SIGNS.values())
    }
    always = tuple(rule for rule in rules if rule not in _SIGNS)

    def ask(state: StateBlock, line: int, end: int, silent: bool) -> bool:
        start = state.bMarks[line] + state.tShift[line]
        asked = by_sign.get(state.src[start : start + 1], always)
        return any(rule(state, line, end, silent) for rule in asked)

    return ask


def _table(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """Take a table as the parser's own rule does, but without its cells, which are read from the lines themselves."""
    head = state.src[state.bMarks[first] : state.eMarks[first]]
    if "|" not in head or not rules_block.table(state, first, end, True):
        return False
    if silent:
        return True
    around, state.parentType = state.parentType, "table"
    ends = state.md.block.ruler.getRules("blockquote")
    opened = state.push("table_open", "table", 1)
    line = first + 2
    while line < end and state.sCount[line] >= state.blkIndent:
        text = state.src[state.bMarks[line] : state.eMarks[line]]
        if not mdTrim(text) or state.is_code_block(line) or any(rule(state, line, end, True) for rule in ends):
            break
        line += 1
    opened.map = [first, line]
    state.push("table_close", "table", -1)
    state.parentType = around
    state.line = line
    return True


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").disable(["inline", "text_join"])
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    parser.enable("table")
    parser.block.ruler = _Ruler(parser.block.ruler)
    return parser


_PARSER = _parser()
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
    root = Node("document", 0, 0)
    around = [root]
    for token in _PARSER.parse(text):
        if token.nesting < 0:
            around.pop()
            continue
        parent = around[-1]
        if token.type == "inline":
            if parent.kind in ("heading", "paragraph"):
                parent.content = token.content
            continue
        node = _node(token)
        if node is not None:
            parent.children.append(node)
        if token.nesting > 0:
            around.append(node or parent)
    return root.children


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
