"""The script blocks of Vue, Svelte, Astro and HTML files, read in place: every offset is one of the whole file.

Where markup asks clients itself, `{#await db.from('jobs').select()}`, its expressions are read as if they stood in the
script, each as a block of its own.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from tree_sitter import Point, Range

from tripoint.model.regex import regex
from tripoint.sources.code.facts import CodeFacts
from tripoint.sources.code.typescript import read_typescript

__all__ = ["read_embedded", "read_html"]

_SCRIPT = regex(rb"<!--.*?-->|<script\b((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_FRONT = regex(rb"\A\s*---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_LANGUAGE = regex(rb"\blang\s*=\s*[\"']?(\w+)", re.IGNORECASE)
_DATA = regex(rb"\btype\s*=\s*[\"']?(?:application/(?:ld\+)?json|text/(?:template|x-\w+)|importmap)", re.IGNORECASE)


def read_embedded(data: bytes) -> CodeFacts:
    """Return the facts of the script blocks, of Astro's front matter and of what the markup asks for."""
    front = _FRONT.match(data)
    return _read(data, [front.span(1)] if front else [], front.end() if front else 0, markup=True)


def read_html(data: bytes) -> CodeFacts:
    """Return the facts of a page's script blocks; what stands before them is no code, whatever it looks like."""
    return _read(data, [], 0)


def _read(data: bytes, spans: list[tuple[int, int]], start: int, markup: bool = False) -> CodeFacts:
    grammar = "typescript"
    taken = [(0, start)] if start else []
    for match in _SCRIPT.finditer(data, start):
        taken.append(match.span())
        if match[2] is None or _DATA.search(match[1]):
            continue
        language = _LANGUAGE.search(match[1])
        if language and language[1].lower() in (b"tsx", b"jsx"):
            grammar = "tsx"
        spans.append(match.span(2))
    spans = [span for span in spans if span[0] < span[1]]
    asking = list(_asking(data, taken)) if markup else []
    if asking and start:  # Astro writes JSX
        grammar = "tsx"
    spans = sorted([*spans, *asking])
    if not spans:
        spans = [(0, 0)]
    lines = [match.start() for match in _LINE.finditer(data)]
    ranges = [Range(_point(lines, start), _point(lines, end), start, end) for start, end in spans]
    return read_typescript(data, grammar, ranges)


_LINE = regex(rb"\n")
_CALL = regex(rb"(?<!\bArray)\.\s*(?:from|rpc)\s*\(\s*[\w\"'`]")
_BLOCK = regex(rb"\{\s*(?:[#:@]\w+(?:\s+(?:if|await)\b)?)")
"""How Svelte begins a block: `{#await`, `{:else if`, `{@const`."""
_NAMED = regex(rb"\s(?:then|as)\s[^()]*\}\Z")
"""What names the value of one: `{#each rows as row}`."""
_ATTRIBUTE = regex(rb"[@:#][\w:.\[\]-]*|v-[\w:.\[\]-]+")
_FAR = 4000
"""How many bytes of an expression are looked through."""


def _asking(data: bytes, taken: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the parts of markup that hold calls of a client, each with what sets it apart from the next."""
    begin = 0
    for first, last in (*taken, (len(data), len(data))):
        for match in _CALL.finditer(data, begin, first):
            if match.start() < begin:
                continue
            parts, begin = _expression(data, match.start(), begin, first)
            yield from parts
        begin = last


def _expression(data: bytes, at: int, begin: int, end: int) -> tuple[list[tuple[int, int]], int]:
    """Return the parts of the expression around a call, and where it ends; none where no expression is around it."""
    start = _outermost(data, at, max(begin, at - _FAR))
    if start >= 0:
        far = min(end, at + _FAR)
        stop = _closing(data, start, far, _QUOTES) or _closing(data, start, far, b"")  # JSX: `<p>don't</p>`
        block = _BLOCK.match(data, start, stop)
        named = _NAMED.search(data, at, stop) if block is not None else None
        if stop <= at:
            return [], at + 1
        if block is None:
            return [(start, stop)], stop
        parts = [(start, start + 1), (block.end(), named.start() if named is not None else stop)]
        return [*parts, (stop - 1, stop)] if named is not None else parts, stop
    quote = data.rfind(b'"', begin, at)
    stop = data.find(b'"', at, min(end, at + _FAR))
    if quote < 1 or stop < 0 or data[quote - 1 : quote] != b"=":
        return [], at + 1
    name = data[max(begin, quote - 100) : quote - 1].split()[-1:]
    line = data.find(b"\n", stop, end)
    if not name or not _ATTRIBUTE.fullmatch(name[0]) or line < 0:
        return [], at + 1
    return [(quote + 1, stop), (line, line + 1)], line + 1


def _outermost(data: bytes, at: int, begin: int) -> int:
    """Return the first brace that is open at a call, or -1 where there is none or it stands in a comment."""
    if data.rfind(b"<!--", begin, at) > data.rfind(b"-->", begin, at):
        return -1
    closed, found = 0, -1
    for index in range(at - 1, begin - 1, -1):
        byte = data[index]
        closed += byte == _CLOSE
        if byte == _OPEN and closed:
            closed -= 1
        elif byte == _OPEN:
            found = index
    return found


def _closing(data: bytes, start: int, end: int, quotes: bytes) -> int:
    """Return where the brace that opens at `start` is closed, behind it; 0 where it is not."""
    depth, quote = 0, 0
    for index in range(start, end):
        byte = data[index]
        if quote:
            quote = 0 if byte == quote and data[index - 1] != _BACKSLASH else quote
        elif byte in quotes:
            quote = byte
        elif byte in (_OPEN, _CLOSE):
            depth += 1 if byte == _OPEN else -1
            if depth == 0:
                return index + 1
    return 0


_OPEN, _CLOSE, _BACKSLASH = b"{}\\"
_QUOTES = b"'\"`"


def _point(lines: list[int], offset: int) -> Point:
    """Return the row and column of an offset; `lines` is where the line feeds stand."""
    row = bisect_left(lines, offset)
    return Point(row, offset - (lines[row - 1] + 1 if row else 0))
