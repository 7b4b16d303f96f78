"""The block structure of Markdown is what another parser of CommonMark says of the same text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tripoint.sources.documents.commonmark import Node, parse_blocks

_OTHER = MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"])
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
_MARKS = [
    *("- ", "* ", "+ ", "-", "1. ", "2) ", "10. ", "1.", "1234567890. ", "> ", ">", "\t", " ", "  ", "    "),
    *("# ", "#", "## ", "###", " #", "```", "~~~", "````", "`", "---", "***", "_ _ _", "===", "--", "=", "-\t"),
    *("| a | b |", "|---|---|", "|--|", "a|b", "-|-", ":-:", "|", "\\|", "text", "two words", "\\", "Kelvin"),
    *("[a]: b", "[a]:", "<b>", '"title"', "'t'", "(t)", '[x]: <u> "t', "\\[", "[", "]", "((", ")", "javascript:"),
    *("<div>", "</div>", "<!-- c", "-->", "<?", "?>", "<script>", "</script>", '<a href="x">', "<![CDATA[", "]]>"),
    *("<!X", "<", "\xa0", "\x0b", "\u2003", "- [ ] x", "\r", "\0", "{.x}", "\x85"),
]


def ours(nodes: list[Node]) -> list[Any]:
    return [[n.kind, n.first, n.last, n.level, n.info, n.content, ours(n.children)] for n in nodes]


def theirs(text: str) -> list[Any]:
    """Return what the other parser says, in the shape of ours."""
    roots: list[Any] = []
    around: list[list[Any]] = [["", 0, 0, 0, "", "", roots]]
    """The blocks around a token; those that are none of ours stand as the one around them."""
    for token in _OTHER.parse(text):
        inside = around[-1]
        if token.nesting < 0:
            around.pop()
        elif token.type == "inline" and inside[0] in ("heading", "paragraph"):
            inside[5] = token.content
        elif token.type in _KINDS and token.map is not None:
            kind = _KINDS[token.type]
            level = int(token.tag[1]) if kind == "heading" else 0
            inside[6].append([kind, *token.map, level, token.info if kind == "fence" else "", "", []])
            if token.nesting > 0:
                around.append(inside[6][-1])
        elif token.nesting > 0:
            around.append(inside)
    return roots


lines = st.lists(st.sampled_from(_MARKS), max_size=6).map("".join)


@given(st.lists(lines, min_size=1, max_size=12).map(lambda found: "\n".join(found) + "\n"))
@example("- a\n\n  b\n- c\n    - d\n\n\n      e\n")
@example("> a\nb\n> - c\nd\n===\n")
@example("a | b\n- | -\nc\n# d\n")
@example("[a]:\n  <b\\> c>\n  'd\n  e'\n[f]: g 'h' i\n")
@example("<!-- a\n\nb -->\nc\n<b>\nd\n\n<div\ne\n\nf\n")
@example(">\t\ta\n> \tb\n-\t\tc\n \t d\n")
@example("> " * 12 + "a\n")
def test_blocks_are_those_of_another_parser(text: str) -> None:
    assert ours(parse_blocks(text)) == theirs(text)


@pytest.mark.parametrize("text", ["", "\n", " ", "\n\n\t", "# a", "a\n  ", "```\na", "> ```\n> a", "- "])
def test_texts_need_no_line_end(text: str) -> None:
    assert ours(parse_blocks(text)) == theirs(text)
