"""Names of an audited project can't steer a terminal, break a table or become markup."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tripoint.formats.escape import cells, markdown_cell, markdown_code, markdown_fence, markdown_text, visible

MARKDOWN = MarkdownIt("commonmark").enable("table").enable("strikethrough")
ONE_LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]) | st.sampled_from(" `|\\*_<&["))


def text_of(markdown: str) -> str:
    """What a reader sees of one paragraph."""
    (inline,) = [token for token in MARKDOWN.parse(markdown) if token.type == "inline"]
    assert inline.children is not None
    assert {child.type for child in inline.children} <= {"text", "code_inline"}
    return "".join(child.content for child in inline.children)


def test_what_a_terminal_obeys_becomes_visible() -> None:
    assert visible("a\x1b[31mb\u202ec\u2066d\x00\x9b\u2028") == "a\\x1b[31mb\\u202ec\\u2066d\\x00\\x9b\\u2028"
    assert visible("tab\there\nand there") == "tab\\there\\nand there"
    assert visible("größe 表 👩‍💻") == "größe 表 👩‍💻"


@given(st.text())
def test_visible_text_is_printable(text: str) -> None:
    shown = visible(text)
    assert not {unicodedata.category(c) for c in shown if c not in "\u200c\u200d"} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_width_counts_columns() -> None:
    assert [cells(text) for text in ("abc", "表", "e\u0301", "ﾊ")] == [3, 2, 1, 1]


@given(ONE_LINE.map(str.strip).filter(bool))
def test_markdown_text_shows_what_it_says(text: str) -> None:
    assert text_of("x " + markdown_text(text)).split() == ("x " + visible(text)).split()


@given(ONE_LINE.filter(lambda text: text.strip() != ""))
def test_code_span_shows_what_it_says(text: str) -> None:
    assert text_of("x " + markdown_code(text) + " y") == "x " + visible(text) + " y"


@given(ONE_LINE.filter(lambda text: "\\" not in text and text.strip() != ""))
def test_cell_stays_a_cell(text: str) -> None:
    cell = markdown_cell(markdown_code(text))
    tokens = MARKDOWN.parse(f"| a | b |\n|---|---|\n| {cell} | end |\n")
    cells_found = [t.content for i, t in enumerate(tokens) if tokens[i - 1].type == "td_open"]
    assert len(cells_found) == 2
    assert cells_found[1] == "end"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_fence_is_not_left(text: str) -> None:
    tokens = MARKDOWN.parse(markdown_fence(text, "sql") + "\n\nafter")
    assert [token.type for token in tokens][:1] == ["fence"]
    assert len(tokens) == 4
