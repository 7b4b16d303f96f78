"""SQL with places that a tool fills in before it runs it.

Go's templates, Jinja and Handlebars write `{{ .Schema }}.users`; graphile-migrate and psql `grant … to :APP_ROLE`.
"""

from __future__ import annotations

import re

from tripoint.model.place import Problem
from tripoint.model.regex import regex

__all__ = ["TEMPLATE", "filled", "says_filled"]

TEMPLATE = "the SQL is a template: what is filled in between {{ and }} is taken for a name of its own"
"""How a problem says that names of a file are not those that it will run with."""

VARIABLES = "the SQL is filled in before it runs: what stands in place of {} is taken for a name of its own"
"""How a problem says so of variables."""


def says_filled(reason: str) -> bool:
    """Return whether a problem says that names of a file are not those that it will run with."""
    return reason == TEMPLATE or reason.startswith(VARIABLES.partition("{")[0])


_PLACE = regex(
    rb"'(?:[^']|'')*'|--[^\n]*|/\*.*?(?:\*/|\Z)|(?P<hole>\"\{\{[^{}\n]*\}\}\"|\{\{[^{}\n]*\}\})|\"[^\"\n]*\""
    rb"|(?<=[\s(=,.])(?P<variable>:(?:[A-Z][A-Z0-9_]+\b|\"\w+\"|'\w+'))"
    rb"|(?P<opening>\$(?P<tag>(?:[A-Za-z_]\w*)?)\$)(?P<quoted>.*?)\$(?P=tag)\$",
    re.DOTALL,
)
_BEFORE_CODE = regex(rb"\b(?:as|do|execute|language\s+\w+|format\s*\()\s*$", re.IGNORECASE)
"""What stands before a dollar-quoted string that is SQL; any other is text, as '…' is."""
_VARIABLE = regex(rb"[\s(=,.]:[A-Z\"']")
_WORD = regex(rb"[A-Za-z_]\w*")
_CONTROL = regex(rb"\s*[-~]?\s*[#/]?(?:if|else|end|endif|range|for|with|define|template|block|each|unless)\b")


def filled(data: bytes, problems: list[Problem]) -> bytes:
    """Return the text with a name as long as each place to fill in, so that every offset holds, and say so once.

    The name is the last word that stands there; in strings, comments and quoted names the text stays as it is: a row
    that holds a prompt for `{{name}}` is no template.
    """
    if b"{{" not in data and not _VARIABLE.search(data):
        return data
    holes: list[re.Match[bytes]] = []
    variables: list[re.Match[bytes]] = []

    made, at, done = bytearray(), 0, 0
    closing: set[int] = set()  # where the dollar-quoted code that was gone into ends
    while match := _PLACE.search(data, at):
        at = match.end()
        if match["hole"]:
            holes.append(match)
            made += data[done : match.start()] + _name(match, data)
            done = at
        elif match["variable"]:
            variables.append(match)
            made += data[done : match.start()] + b" " + match[0][1:].lower()
            done = at
        elif match.start() in closing:
            at = match.end("opening")
        elif match["opening"] and _BEFORE_CODE.search(data, max(match.start() - 80, 0), match.start()):
            closing.add(match.end("quoted"))
            at = match.end("opening")
    made += data[done:]
    if holes:
        problems.append(Problem("unsupported", holes[0].start(), holes[0].start() + 2, TEMPLATE))
    if variables:
        named = sorted({match[0].decode("utf-8", "replace") for match in variables})
        more = f" and {len(named) - 3} more" if len(named) > 3 else ""
        reason = VARIABLES.format(", ".join(named[:3]) + more)
        problems.append(Problem("unsupported", variables[0].start(), variables[0].end(), reason))
    return bytes(made)


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
