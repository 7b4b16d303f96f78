"""Markdown's block structure by CommonMark 0.31 with GitHub's tables: which lines are what, and nothing inside of them.

Libraries for it render, too: to load one takes longer than to read the documents of most projects. What markdown-it
makes of blocks is what the tests hold this against.
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct, field

from tripoint.model.regex import regex
from tripoint.sources.documents.links import TRIMMED, LinkDefinition

__all__ = ["Node", "parse_blocks"]

_LINE_END = regex(r"\r\n?")
_SPACES = " \t"
_DEEP = 20
"""Blocks nested deeper are not looked into."""

_RULE = regex(r"([*_-])[ \t]*(?:\1[ \t]*){2,}$")
_FENCE = regex(r"(`{3,})[^`]*$|(~{3,})")
_HEADING = regex(r"(#{1,6})(?=[ \t]|$)")
_UNDERLINE = regex(r"(?:=+|-+)[ \t]*$")
_MARKER = regex(r"(?:[*+-]|([0-9]{1,9})[.)])(?=[ \t]|$)")
_PIPE = regex(r"(?<!\\)\|")
_DELIMITERS = regex(r"(?:[|:]|-(?![ \t]))[|:\- \t][|:\- \t]*$")
_DELIMITER = regex(r":?-+:?$")

_TAG = (
    r"""<[A-Za-z][A-Za-z0-9-]*(?:\s+[a-zA-Z_:][a-zA-Z0-9:._-]*(?:\s*=\s*(?:[^"'=<>`\x00-\x20]+|'[^']*'|"[^"]*"))?)*\s*/?>"""
    r"|</[A-Za-z][A-Za-z0-9-]*\s*>"
)
_NAMES = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|"
    "fieldset|figcaption|figure|footer|form|frame|frameset|h1|h2|h3|h4|h5|h6|head|header|hr|html|iframe|legend|li|link|"
    "main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|"
    "title|tr|track|ul"
)
_HTML = (
    (regex(r"<(?a:script|pre|style|textarea)(?=\s|>|$)", re.I), regex(r"</(?a:script|pre|style|textarea)>", re.I)),
    (regex(r"<!--"), regex(r"-->")),
    (regex(r"<\?"), regex(r"\?>")),
    (regex(r"<![A-Za-z]"), regex(r">")),
    (regex(r"<!\[CDATA\["), regex(r"\]\]>")),
    (regex(rf"</?(?a:{_NAMES})(?=\s|/?>|$)", re.I), None),
    (regex(rf"(?:{_TAG})\s*$"), None),
)
"""How blocks of HTML begin, and with what they end; None is a blank line. The last can't interrupt a paragraph."""

_Into = Literal["paragraph", "definition", "quote", "list"]
"""What another block would interrupt."""


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
    parser = _Parser(_LINE_END.sub("\n", text).replace("\0", "\ufffd").split("\n"))
    found: list[Node] = []
    parser.blocks(found, 0, parser.count)
    return found


def _columns(blanks: str, column: int) -> int:
    """Return the column that blanks lead to, from a column on; tab stops are four columns apart."""
    if "\t" not in blanks:
        return column + len(blanks)
    for blank in blanks:
        column += 4 - column % 4 if blank == "\t" else 1
    return column


class _Parser:
    """The lines of a text, each with what the blocks around it leave of it."""

    def __init__(self, lines: list[str]) -> None:
        if not lines[-1].strip(_SPACES):
            lines.pop()
        self.lines = lines
        self.count = len(lines)
        """How many lines there are to be read: fewer while a quotation is."""
        self.begin = [0] * (len(lines) + 1)
        """Where what is left of each line begins."""
        self.start = [len(line) - len(line.lstrip(_SPACES)) for line in lines]
        """Where the text of each line begins."""
        self.indent = [_columns(line[:start], 0) for line, start in zip(lines, self.start, strict=True)]
        """How many columns each text is indented by; -1 of a line that goes on with a paragraph in a quotation."""
        self.before = [0] * (len(lines) + 1)
        """The column that what is left of each line begins at."""
        self.start.append(0)
        self.indent.append(0)
        lines.append("")  # so that there is a line behind each
        self.block = 0
        """The column that text has to be indented to, to be part of the block around it."""
        self.list = -1
        """That of the block around the list."""
        self.depth = 0

    def empty(self, line: int) -> bool:
        return self.start[line] >= len(self.lines[line])

    def rest(self, line: int) -> str:
        return self.lines[line][self.start[line] :]

    def is_code(self, line: int) -> bool:
        return self.indent[line] - self.block >= 4

    # ---- blocks

    def blocks(self, into: list[Node], line: int, end: int) -> int:
        """Read the blocks of lines; return the line behind them."""
        while line < end:
            while line < self.count and self.empty(line):
                line += 1
            if line >= end or self.indent[line] < self.block:
                return line
            if self.depth >= _DEEP:
                return end
            line = self._block(into, line, end)
            if line < end and self.empty(line):
                line += 1
        return line

    def _block(self, into: list[Node], line: int, end: int) -> int:
        found = self._table(into, line, end)
        if found is not None:
            return found
        if self.is_code(line):
            return self._code(line, end)
        text, at = self.lines[line], self.start[line]
        first = text[at]
        if first in "`~" and _FENCE.match(text, at):
            return self._fence(into, line, end)
        if first == ">":
            return self._quote(into, line, end)
        if first in "*-_" and _RULE.match(text, at):
            return line + 1
        if first in "*+-0123456789" and self._is_item(line):
            return self._list(into, line, end)
        if first == "[" and (found := self._definition(line)) is not None:
            return found
        if first == "<" and (kind := self._html_kind(line)) is not None:
            return self._html(into, line, end, kind)
        if first == "#" and (heading := _HEADING.match(text, at)):
            title = text[heading.end() :].rstrip(_SPACES)
            without = title.rstrip("#")
            title = without if without and without[-1] in _SPACES else title
            into.append(Node("heading", line, line + 1, len(heading[1]), content=title.strip(TRIMMED)))
            return line + 1
        return self._paragraph(into, line, end)

    def _interrupted(self, line: int, end: int, what: _Into) -> bool:
        """Return whether another block begins in a line, which else would go on with what is before."""
        text, at = self.lines[line], self.start[line]
        if what in ("paragraph", "definition") and self._columns_of_table(line, end):
            return True
        if self.is_code(line) or at >= len(text):
            return False
        first = text[at]
        if first in "`~":
            return bool(_FENCE.match(text, at))
        if first == ">":
            return True
        if first in "*-_" and _RULE.match(text, at):
            return True
        if what == "list":
            return False
        if first in "*+-0123456789":
            return self._is_item(line, interrupts=what == "paragraph")
        if first == "<":
            kind = self._html_kind(line)
            return kind is not None and kind < len(_HTML) - 1
        return first == "#" and bool(_HEADING.match(text, at))

    def _code(self, line: int, end: int) -> int:
        last = line = line + 1
        while line < end and (self.empty(line) or self.is_code(line)):
            if not self.empty(line):
                last = line + 1
            line += 1
        return last

    def _fence(self, into: list[Node], line: int, end: int) -> int:
        opened = _FENCE.match(self.lines[line], self.start[line])
        assert opened is not None
        mark = opened[1] or opened[2]
        node = Node("fence", line, line, info=self.lines[line][self.start[line] + len(mark) :])
        into.append(node)
        line += 1
        while line < end:
            text = self.rest(line)
            if text and self.indent[line] < self.block:
                break
            if text.startswith(mark) and not text.lstrip(mark[0]).strip(_SPACES) and not self.is_code(line):
                line += 1
                break
            line += 1
        node.last = line
        return line

    def _paragraph(self, into: list[Node], first: int, end: int) -> int:
        """Read a paragraph, or the heading that it is when a line of dashes or equals signs follows."""
        line = first + 1
        while line < self.count and not self.empty(line):
            indent = self.indent[line]
            if indent - self.block <= 3:
                if line < end and indent >= self.block and _UNDERLINE.match(self.lines[line], self.start[line]):
                    level = 1 if self.lines[line][self.start[line]] == "=" else 2
                    into.append(Node("heading", first, line + 1, level, content=self._content(first, line)))
                    return line + 1
                if indent >= 0 and self._interrupted(line, self.count, "paragraph"):
                    break
            line += 1
        into.append(Node("paragraph", first, line, content=self._content(first, line)))
        return line

    def _content(self, first: int, end: int) -> str:
        return "\n".join(self._cut(line) for line in range(first, end)).strip(TRIMMED)

    def _cut(self, line: int) -> str:
        """Return a line without what the blocks around it are indented by."""
        text, at, indent = self.lines[line], self.begin[line], 0
        while at < len(text) and indent < self.block:
            if text[at] == "\t":
                indent += 4 - (indent + self.before[line]) % 4
            elif text[at] == " " or at < self.start[line]:  # or the marker of a list's item
                indent += 1
            else:
                break
            at += 1
        return " " * (indent - self.block) + text[at:]

    # ---- quotations

    def _quote(self, into: list[Node], first: int, end: int) -> int:
        held = [self._state(first)]
        blank = self._unquote(first)
        count = self.count
        line = first + 1
        while line < end and not self.empty(line):
            if self.lines[line][self.start[line]] == ">" and self.indent[line] >= self.block:
                held.append(self._state(line))
                blank = self._unquote(line)
                line += 1
                continue
            if blank:
                break
            if self._interrupted(line, end, "quote"):
                self.count = line
                if self.block != 0:
                    held.append(self._state(line))
                    self.indent[line] -= self.block
                break
            held.append(self._state(line))
            self.indent[line] = -1
            line += 1
        node = Node("quote", first, first)
        into.append(node)
        block, self.block = self.block, 0
        self.depth += 1
        node.last = self.blocks(node.children, first, line)
        self.depth -= 1
        self.block, self.count = block, count
        for number, state in enumerate(held, first):
            self.begin[number], self.start[number], self.indent[number], self.before[number] = state
        return node.last

    def _state(self, line: int) -> tuple[int, int, int, int]:
        return self.begin[line], self.start[line], self.indent[line], self.before[line]

    def _unquote(self, line: int) -> bool:
        """Leave the mark of a quotation out of a line; return whether nothing else is in it."""
        text, at = self.lines[line], self.start[line] + 1
        column = content = self.indent[line] + 1
        after = text[at : at + 1]
        spaced = bool(after) and after in _SPACES
        # A tab that is wider than the space that belongs to the mark stays, and is narrower by it.
        part = after == "\t" and (self.before[line] + column) % 4 != 3
        if spaced and not part:
            at, column, content = at + 1, column + 1, content + 1
        start = len(text) - len(text[at:].lstrip(_SPACES))
        shift = self.before[line] + part
        self.begin[line], self.start[line] = at, start
        self.before[line] = self.indent[line] + 1 + spaced
        self.indent[line] = _columns(text[at:start], column + shift) - shift - content
        return start >= len(text)

    # ---- lists

    def _is_item(self, line: int, interrupts: bool = False) -> bool:
        """Return whether an item of a list begins in a line, one that may interrupt a paragraph if it `interrupts`."""
        indent, text = self.indent[line], self.lines[line]
        if 0 <= self.list <= indent - 4 and indent < self.block:
            return False
        marker = _MARKER.match(text, self.start[line])
        if marker is None:
            return False
        if interrupts and indent >= self.block:
            return (marker[1] is None or int(marker[1]) == 1) and bool(text[marker.end() :].strip(_SPACES))
        return True

    def _list(self, into: list[Node], first: int, end: int) -> int:
        node = Node("list", first, first)
        into.append(node)
        self.depth += 1
        line = first
        marker = _MARKER.match(self.lines[line], self.start[line])
        while marker is not None and line < end:
            kind = (marker[1] is None, self.lines[line][marker.end() - 1])
            line = self._item(node.children, line, end, marker.end())
            if line >= end or self.indent[line] < self.block or self.is_code(line):
                break
            if self._interrupted(line, end, "list"):
                break
            marker = _MARKER.match(self.lines[line], self.start[line])
            if marker is not None and (marker[1] is None, self.lines[line][marker.end() - 1]) != kind:
                break
        self.depth -= 1
        node.last = line
        return line

    def _item(self, into: list[Node], first: int, end: int, after: int) -> int:
        text = self.lines[first]
        marked = self.indent[first] + after - self.start[first]
        start = len(text) - len(text[after:].lstrip(_SPACES))
        column = _columns(text[after:start], marked + self.before[first]) - self.before[first]
        # An item that begins with code, or with nothing, is indented by one.
        wide = column - marked if start < len(text) and column - marked <= 4 else 1
        held = self._state(first), self.block, self.list
        self.list, self.block = self.block, marked + wide
        self.start[first], self.indent[first] = start, column
        node = Node("item", first, first)
        into.append(node)
        self.depth += 1
        if start >= len(text) and self.empty(first + 1):
            line = min(first + 2, end)
        else:
            line = self.blocks(node.children, first, end)
        self.depth -= 1
        (self.begin[first], self.start[first], self.indent[first], self.before[first]), self.block, self.list = held
        node.last = line
        return line

    # ---- tables

    def _columns_of_table(self, line: int, end: int) -> int:
        """Return how many columns the table has that begins in a line; 0 where none does."""
        below = line + 1
        if line + 2 > end or self.indent[below] < self.block or self.is_code(below) or self.is_code(line):
            return 0
        if not _DELIMITERS.match(self.lines[below], self.start[below]):
            return 0
        delimiters = [part.strip(_SPACES) for part in self.rest(below).split("|")]
        if not delimiters[0]:
            delimiters.pop(0)
        if delimiters and not delimiters[-1]:
            delimiters.pop()
        head = self.rest(line).strip(TRIMMED)
        if "|" not in head or not all(_DELIMITER.match(part) for part in delimiters):
            return 0
        cells = _PIPE.split(head)
        if not cells[0]:
            cells.pop(0)
        if cells and not cells[-1]:
            cells.pop()
        return len(cells) if len(cells) == len(delimiters) else 0

    def _table(self, into: list[Node], first: int, end: int) -> int | None:
        if not self._columns_of_table(first, end):
            return None
        line = first + 2
        while line < end and self.indent[line] >= self.block and not self._interrupted(line, end, "quote"):
            if not self.rest(line).strip(TRIMMED) or self.is_code(line):
                break
            line += 1
        into.append(Node("table", first, line))
        return line

    # ---- HTML

    def _html_kind(self, line: int) -> int | None:
        text = self.rest(line)
        return next((number for number, (opens, _) in enumerate(_HTML) if opens.match(text)), None)

    def _html(self, into: list[Node], first: int, end: int, kind: int) -> int:
        closes = _HTML[kind][1]
        line = first + 1
        if closes is None or not closes.search(self.rest(first)):
            while line < end:
                text = self.rest(line)
                if self.indent[line] < self.block and (closes is None or text):
                    break
                if closes is None and not text:
                    break
                line += 1
                if closes is not None and closes.search(text):
                    break
        into.append(Node("html", first, line))
        return line

    # ---- definitions of links

    def _definition(self, first: int) -> int | None:
        """Return the line behind the definition of a link that begins in a line, if one does."""
        return LinkDefinition(self.rest(first), first + 1, self._continued).end()

    def _continued(self, line: int) -> str | None:
        """Return the text of a line with which a definition goes on; None where something else begins."""
        if line >= self.count or self.empty(line):
            return None
        if not self.is_code(line) and self.indent[line] >= 0 and self._interrupted(line, self.count, "definition"):
            return None
        return self.rest(line)
