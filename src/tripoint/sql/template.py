"""SQL with places that a tool fills in before it runs it.

Go's templates, Jinja and Handlebars write `{{ .Schema }}.users`; graphile-migrate and psql `grant … to :APP_ROLE`.
"""

from __future__ import annotations

import re

from msgspec import Struct

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
_MOST = 40
"""Words of a condition beyond which it is not followed."""
_BLANK = regex(rb"[^\n]")
_WORD = regex(rb"[A-Za-z_]\w*")
_CONTROL = regex(rb"\s*[-~]?\s*[#/]?(?:if|else|end|endif|range|for|with|define|template|block|each|unless)\b")
_TAG = regex(
    rb"\{\{[-~]?\s*(?:(?P<begins>\#?(?:if|range|with|define|block|each|unless))|(?P<otherwise>else)(?:\s+if)?"
    rb"|end|/(?:if|each|with|unless))(?:(?<=if)\s(?P<condition>[^{}\n]*)|[^{}\n]*)\}\}"
)
"""What begins, divides or ends a part that may not be run."""
_ROWS = regex(rb"\s*(?:insert|update|delete|select)\b", re.IGNORECASE)
_DEFINES = regex(rb"\b(?:create|alter|drop)\b", re.IGNORECASE)
_TERM = regex(rb"\(|\)|\"(\w+)\"|[.@]?(\w+(?:\.\w+)*)|\S")
_POSTGRESQL = regex(rb"(?:is|use|using)?_?(?:postgres(?:ql)?|pg|pgx|psql)", re.IGNORECASE)
_ANOTHER = regex(rb"(?:is|use|using)?_?(?:mysql|maria_?db|sqlite3?|mssql|sql_?server|oracle)", re.IGNORECASE)


def filled(data: bytes, problems: list[Problem]) -> bytes:
    """Return the text with a name as long as each place to fill in, so that every offset holds, and say so once.

    The name is the last word that stands there; in strings, comments and quoted names the text stays as it is: a row
    that holds a prompt for `{{name}}` is no template.
    """
    if b"{{" not in data and not _VARIABLE.search(data):
        return data
    data = _chosen(data)
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


class _Branch(Struct):
    """What stands between two tags of one condition."""

    run: bool | None
    """Whether it is run where the database is PostgreSQL; None where that is not told."""
    before: bool
    """Whether a branch before it is run."""
    start: int
    defines: bool = False
    """Whether anything is defined in it."""


def _chosen(data: bytes) -> bytes:
    """Return the text without what its conditions keep for other database systems, as long as it was.

    Rows that are written under another condition, which only a run decides, are left out as well: they define nothing.
    """
    opened: list[_Branch] = []
    left_out: list[tuple[int, int]] = []
    told = 0  # up to where it was looked for what defines
    for tag in _TAG.finditer(data):
        holds = _holds(tag["condition"]) if tag["condition"] is not None else None
        if opened and not opened[-1].defines:
            opened[-1].defines = _DEFINES.search(data, told, tag.start()) is not None
        told = tag.end()
        if tag["begins"] is not None:
            opened.append(_Branch(holds, False, tag.end()))
        elif opened:
            branch = opened.pop()
            if opened:
                opened[-1].defines |= branch.defines
            rows = not branch.defines and _ROWS.match(data, branch.start)
            if branch.run is False or (branch.run is None and rows):
                while left_out and left_out[-1][0] >= branch.start:
                    left_out.pop()
                left_out.append((branch.start, tag.start()))
            if tag["otherwise"] is not None:
                before = branch.before or branch.run is True
                if tag["condition"] is None and branch.run is False:
                    holds = True
                opened.append(_Branch(False if before else holds, before, tag.end()))
    made = bytearray(data)
    for start, end in left_out:
        made[start:end] = _BLANK.sub(b" ", data[start:end])
    return bytes(made)


def _holds(condition: bytes) -> bool | None:
    """Return what a condition is where the database is PostgreSQL; None where it asks for something else."""
    terms = [match[0] for match in _TERM.finditer(condition.rstrip(b"-~ "))]
    return _value(terms, 0)[0] if terms and len(terms) <= _MOST else None


def _value(terms: list[bytes], at: int) -> tuple[bool | None, int]:
    """Return what stands from there on: `and`, `or` and `not` before their operands, as Go has them, or a name."""
    found: list[bool | None] = []
    function, first = b"", at
    while at < len(terms) and terms[at] != b")":
        if terms[at] == b"(":
            value, at = _value(terms, at + 1)
            found.append(value)
        elif at == first and terms[at] in (b"and", b"or", b"not", b"eq", b"ne"):
            function = terms[at]
        else:
            word = terms[at].strip(b'."@').rpartition(b".")[2]
            another = False if _ANOTHER.fullmatch(word) else None
            found.append(True if _POSTGRESQL.fullmatch(word) else another)
        at += 1
    if function in (b"eq", b"ne"):
        value = next((one for one in found if one is not None), None)
        return value if value is None or function == b"eq" else not value, at
    if function == b"not":
        return (None if not found or found[0] is None else not found[0]), at
    if function == b"and":
        return (False if False in found else None if None in found else True), at
    if function == b"or":
        return (True if True in found else None if None in found else False), at
    return (found[0] if len(found) == 1 else None), at
