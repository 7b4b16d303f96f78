"""From Python's own syntax trees to bytes of the file."""

from __future__ import annotations

import ast
import codecs

from tripoint.sources.programs.written import Text

__all__ = ["Lines"]


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
