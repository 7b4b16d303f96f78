"""SQL that is put together from a Python file, with where each part of it comes from."""

from __future__ import annotations

import ast
import codecs
from collections.abc import Iterable

from msgspec import Struct

from tripoint.sql.facts import Origin

__all__ = ["Lines", "Sql", "Text"]


class Text(str):
    """A string of Python, with the bytes of the file that say it; `exact` where they are its very characters."""

    span: tuple[int, int]
    exact: bool

    def __new__(cls, value: str, span: tuple[int, int], exact: bool = False) -> Text:
        """Return the string with its place."""
        made = super().__new__(cls, value)
        made.span, made.exact = span, exact
        return made


class Lines:
    """From the lines and columns of Python's own syntax trees to bytes of the file."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        mark = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
        self._starts = [mark]
        for line in data[mark:].splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Return the bytes of a node."""
        last, column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self._starts[node.lineno - 1] + node.col_offset, self._starts[last - 1] + column

    def head(self, node: ast.Call) -> tuple[int, int]:
        """Return the bytes of a call up to the end of its first argument: `op.create_table("orders"`."""
        start, end = self.span(node)
        return (start, self.span(node.args[0])[1]) if node.args else (start, end)

    def text(self, node: ast.Constant, value: str) -> Text:
        """Return the string that a literal is."""
        start, end = self.span(node)
        raw = self._data[start:end]
        for quotes in (b'"""', b"'''", b'"', b"'"):
            opening = raw.find(quotes)
            if 0 <= opening <= 2 and raw.endswith(quotes):
                inner = raw[opening + len(quotes) : len(raw) - len(quotes)]
                if inner == value.encode("utf-8", "replace"):
                    return Text(value, (start + opening + len(quotes), end - len(quotes)), True)
                break
        return Text(value, (start, end))


class Sql(Struct):
    """A piece of SQL, with the origins of its parts (by bytes of the piece)."""

    text: str
    origins: tuple[Origin, ...] = ()

    @classmethod
    def of(cls, *parts: str | Sql, at: tuple[int, int] | None = None) -> Sql:
        """Return the parts one after the other; all of it comes from `at`."""
        text = ""
        origins: list[Origin] = []
        length = 0
        for part in parts:
            if isinstance(part, Sql):
                origins += [origin.moved(length) for origin in part.origins]
                part = part.text
            elif isinstance(part, Text) and part.exact:
                origins.append(Origin(length, length + len(part.encode()), *part.span))
            text += part
            length += len(part.encode("utf-8", "replace"))
        if at is not None:
            origins.append(Origin(0, length, *at))
        return cls(text, tuple(origins))

    @classmethod
    def join(cls, between: str, parts: Iterable[str | Sql]) -> Sql:
        """Return the parts with a text between them."""
        listed: list[str | Sql] = []
        for part in parts:
            listed += [between, part] if listed else [part]
        return cls.of(*listed)
