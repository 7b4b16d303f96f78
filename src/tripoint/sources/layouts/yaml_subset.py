"""The part of YAML that settings are written in: block mappings and lists, flow lists, scalars quoted or not.

Anchors, tags, block scalars and flow mappings are read as text, which no setting that is asked for is written as.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tripoint.model.regex import regex

__all__ = ["read_yaml"]

_KEY = regex(r"(?P<key>\"[^\"]*\"|'[^']*'|[^\s#:,\[\]{}\"'][^#:]*?)\s*:(?:\s+(?P<value>.*)|$)")
_SPOKEN = regex(r"(?:\"[^\"]*\"|'[^']*'|(?<=\S)#|[^#])*")
"""A line up to its comment."""
_DEEPEST = 40


class _Line(NamedTuple):
    indent: int
    text: str


def read_yaml(text: str) -> Any:
    """Return the document as dicts, lists and strings; what is not understood is left out."""
    lines = list(_lines(text))
    return _block(lines, 0, lines[0].indent, 0)[0] if lines else None


def _lines(text: str) -> Iterator[_Line]:
    """Yield the lines that say something; a flow list over several lines is one."""
    pending = ""
    for raw in text.expandtabs(2).splitlines():
        spoken = _SPOKEN.match(raw)
        line = spoken[0] if spoken else ""
        if pending:
            line = f"{pending} {line.strip()}"
        if not line.strip() or (not pending and line.startswith(("---", "..."))):
            continue
        pending = line if line.count("[") > line.count("]") and len(line) < 10_000 else ""
        if not pending:
            yield _Line(len(line) - len(line.lstrip()), line.strip())


def _block(lines: list[_Line], at: int, indent: int, depth: int) -> tuple[Any, int]:
    """Return the value whose lines begin at `at` with this indent, and the line after it."""
    if depth > _DEEPEST:
        return None, len(lines)
    if lines[at].text.startswith("- ") or lines[at].text == "-":
        return _list(lines, at, indent, depth)
    if _KEY.fullmatch(lines[at].text) is None:
        return _scalar(lines[at].text), at + 1
    return _mapping(lines, at, indent, depth)


def _list(lines: list[_Line], at: int, indent: int, depth: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    while at < len(lines) and lines[at].indent == indent and lines[at].text[:2] in ("- ", "-"):
        rest = lines[at].text[1:].lstrip()
        if rest:
            # What follows the dash stands as deep as if it began the next line there.
            inner = indent + len(lines[at].text) - len(rest)
            lines[at] = _Line(inner, rest)
            item, at = _block(lines, at, inner, depth + 1)
            items.append(item)
        elif at + 1 < len(lines) and lines[at + 1].indent > indent:
            item, at = _block(lines, at + 1, lines[at + 1].indent, depth + 1)
            items.append(item)
        else:
            at += 1
    return items, at


def _mapping(lines: list[_Line], at: int, indent: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    while at < len(lines) and lines[at].indent >= indent:
        match = _KEY.fullmatch(lines[at].text)
        if match is None or lines[at].indent > indent:
            at += 1
            continue
        key, value = str(_scalar(match["key"])), match["value"]
        at += 1
        if value:
            found[key] = _scalar(value)
        elif at < len(lines) and (
            lines[at].indent > indent or (lines[at].indent == indent and lines[at].text[:2] in ("- ", "-"))
        ):
            found[key], at = _block(lines, at, lines[at].indent, depth + 1)
    return found, at


def _scalar(text: str, depth: int = 0) -> Any:
    text = text.strip()
    if text.startswith("[") and text.endswith("]") and depth < _DEEPEST:
        return [_scalar(part, depth + 1) for part in text[1:-1].split(",") if part.strip()]
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text
