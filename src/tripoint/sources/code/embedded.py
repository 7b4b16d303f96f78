"""The script blocks of Vue, Svelte, Astro and HTML files, read in place: every offset is one of the whole file."""

from __future__ import annotations

import re

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
    """Return the facts of the script blocks and of Astro's front matter; none where there are no such blocks."""
    front = _FRONT.match(data)
    return _read(data, [front.span(1)] if front else [], front.end() if front else 0)


def read_html(data: bytes) -> CodeFacts:
    """Return the facts of a page's script blocks; what stands before them is no code, whatever it looks like."""
    return _read(data, [], 0)


def _read(data: bytes, spans: list[tuple[int, int]], start: int) -> CodeFacts:
    grammar = "typescript"
    for match in _SCRIPT.finditer(data, start):
        if match[2] is None or _DATA.search(match[1]):
            continue
        language = _LANGUAGE.search(match[1])
        if language and language[1].lower() in (b"tsx", b"jsx"):
            grammar = "tsx"
        spans.append(match.span(2))
    spans = [span for span in spans if span[0] < span[1]]
    if not spans:
        return read_typescript(data, grammar, [_range(data, 0, 0)])
    return read_typescript(data, grammar, [_range(data, *span) for span in spans])


def _range(data: bytes, start: int, end: int) -> Range:
    return Range(_point(data, start), _point(data, end), start, end)


def _point(data: bytes, offset: int) -> Point:
    return Point(data.count(b"\n", 0, offset), offset - (data.rfind(b"\n", 0, offset) + 1))
