"""SQL with places that a tool fills in before it runs it (Go's templates, Jinja, Handlebars): `{{ .Schema }}.users`."""

from __future__ import annotations

import re

from tripoint.model.place import Problem
from tripoint.model.regex import regex

__all__ = ["TEMPLATE", "filled"]

TEMPLATE = "the SQL is a template: what is filled in between {{ and }} is taken for a name of its own"
"""How a problem says that names of a file are not those that it will run with."""

_PLACE = regex(
    rb"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|(?P<hole>\"\{\{[^{}\n]*\}\}\"|\{\{[^{}\n]*\}\})|\"[^\"\n]*\"", re.DOTALL
)
_WORD = regex(rb"[A-Za-z_]\w*")
_CONTROL = regex(rb"\s*[-~]?\s*[#/]?(?:if|else|end|endif|range|for|with|define|template|block|each|unless)\b")


def filled(data: bytes, problems: list[Problem]) -> bytes:
    """Return the text with a name as long as each place to fill in, so that every offset holds, and say so once.

    The name is the last word that stands there; in strings, comments and quoted names the text stays as it is.
    """
    first = data.find(b"{{")
    if first < 0:
        return data
    made = _PLACE.sub(lambda match: _name(match, data) if match["hole"] else match[0], data)
    if made == data:
        return data
    problems.append(Problem("unsupported", first, first + 2, TEMPLATE))
    return made


def _name(match: re.Match[bytes], data: bytes) -> bytes:
    written: bytes = match["hole"]
    size, inside = len(written), written.strip(b'"{}')
    words: list[bytes] = _WORD.findall(inside)
    if not words or _CONTROL.match(inside):
        return b" " * size
    word = words[-1].lower()[: size - 2]
    beside = data[max(match.start() - 1, 0) : match.start()] + data[match.end() : match.end() + 1]
    if re.search(rb"\w", beside) and not written.startswith(b'"'):
        return word.ljust(size, b"_")  # a part of a name
    return (b'"' + word + b'"').ljust(size)
