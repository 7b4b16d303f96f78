"""What drivers write for values in SQL (`%s`, `%(name)s`, `:name`, `@name`, `?`, `%name%`, `${name}`, `{{name}}`), as
parameters.

Each is as long as what it stands for, so that an offset into the text is an offset into the file.
"""

from __future__ import annotations

import re

from tripoint.model.query import PLACEHOLDER
from tripoint.model.regex import regex
from tripoint.sql.grammar import Refusal, parse_shared

__all__ = ["is_clickhouse", "is_numbered", "readable"]

_QUIET = (
    r"(?<![A-Za-z0-9_])[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?(?:\*/|\Z)"
    r"|(?P<dollar>\$[A-Za-z_]*\$).*?(?P=dollar)|::"
)
_AS = "(?:csv|list|json|value)"
"""How pg-promise writes a value; names and raw text (`:name`, `~`, `^`) are none."""
_OF = rf"[\w.]+(?::{_AS})?"
_STYLES = (
    r"%\(\w+\)s|%s|%%",
    r"%\(\w+\)s|%s|%%|(?<![\w:]):[A-Za-z_]\w*",
    r"(?<![\w@<~&|!#])@[A-Za-z_]\w*(?::[A-Za-z_]\w*)?",  # in Dart with its type: `@id:int4`
    r"\?\??",
    r"(?<![\w:]):[A-Za-z_]\w*",
    r"%[A-Za-z_]\w*%",
    r"\{\{\s*[A-Za-z_][\w.]*(?:::\w+(?:\[\])?)?\s*\}\}",
    r"%%|%(?:\d+\$)?[Ls]",
    rf"\$(?:\d+:{_AS}|<{_OF}>|\({_OF}\)|\{{{_OF}\}}|\[{_OF}\]|/{_OF}/)",
)
_PLACEHOLDERS = tuple(regex(f"(?:{_QUIET})|(?P<hole>{style})", re.DOTALL) for style in _STYLES)
_PERCENT, _AT_NAME = _PLACEHOLDERS[0], _PLACEHOLDERS[2]
_LISTED = regex(
    r"\b(?:(?P<but>NOT\s+)IN|IN)\s+(?=%s|%\(|:\w|\?|@\w|\$\d+:|\$[<({[/])",
    re.IGNORECASE,
)
"""Where a list is given as one parameter, with its brackets (psycopg2's tuples, GORM's slices)."""
_BEHIND_A_NAME = regex(r"[\w\"]\s+\$\d")
_LITERALS = frozenset(
    {"date", "time", "timetz", "timestamp", "timestamptz", "interval", "uuid", "json", "jsonb", "point"}
)
"""Types of which a literal is written `date '2020-01-01'`."""
_ROWS = regex(r"\bVALUES(\s+)%[sL](?!\w)", re.IGNORECASE)
"""Where psycopg puts whole rows (`execute_values`, or a tuple), and pg-format: a SELECT, as long, holds their place."""
_INSERTED = regex(r"(\bINSERT\s+INTO\s+[\w.\"]+\s+)\$1 {4}", re.IGNORECASE)
"""Where postgres.js puts the columns and the rows (`insert into jobs ${sql(rows)}`): a SELECT holds their place."""


def readable(text: str) -> tuple[str, str] | Refusal:
    """Return the text with parameters for its placeholders and its first statement's kind, or what PostgreSQL says."""
    refusal: Refusal | None = None
    # As they stand, PostgreSQL reads `@name` and `=%s` as an operator before a column.
    first = [style for style in (_PERCENT, _AT_NAME) if any(match["hole"] for match in style.finditer(text))]
    for style in dict.fromkeys((*first, None, *_PLACEHOLDERS)):
        tried = text if style is None else style.sub(lambda m: _parameter(m[0]) if m["hole"] else m[0], text)
        if style is not None and tried == text:
            continue
        statements = parse_shared(tried.encode("utf-8", "replace"))
        if not isinstance(statements, Refusal):
            at = _cast_at(statements) if _BEHIND_A_NAME.search(tried) else None
            statements = statements if at is None else Refusal('syntax error at or near "$1"', at)
        if not isinstance(statements, Refusal):
            kind = next(iter(statements[0]["stmt"]), "") if statements else ""
            return tried, kind
        refusal = refusal or statements
    if _LISTED.search(text):
        return readable(_LISTED.sub(_compared, text))
    if _ROWS.search(text):
        return readable(_ROWS.sub(r"SELECT\1%s", text))
    if _INSERTED.search(text):
        return readable(_INSERTED.sub(r"\1SELECT", text))
    return refusal if refusal is not None else ("", "")


def is_clickhouse(text: str) -> bool:
    """Whether SQL has parameters with their types (`{id:UUID}`), as ClickHouse alone."""
    return _TYPED.search(text) is not None


_TYPED = regex(r"\{\w+:\s*[A-Z]\w*(?:\([^{}]*\))?\}")


def is_numbered(text: str) -> bool:
    """Whether SQL has parameters with their numbers (`$1`)."""
    return _NUMBERED.search(text) is not None


_NUMBERED = regex(r"\$[0-9]")


def _cast_at(tree: object) -> int | None:
    """Return where the grammar takes `name $1` for a literal of a type (`date $1`), which PostgreSQL itself refuses:
    the name is a column, and what stands behind it a clause that is filled in."""
    work = [tree]
    while work:
        node = work.pop()
        if isinstance(node, list):
            work += node
        elif isinstance(node, dict):
            cast = node.get("TypeCast")
            if cast is not None and cast.get("location") == -1 and "ParamRef" in cast["arg"]:
                names = [name["String"]["sval"] for name in cast["typeName"]["names"]]
                if names[0] != "pg_catalog" and names[-1] not in _LITERALS:
                    return int(cast["arg"]["ParamRef"].get("location", 0))
            work += node.values()
    return None


def _compared(match: re.Match[str]) -> str:
    """A comparison with one value, as long as `IN` or `NOT IN`."""
    return ("<>" if match["but"] else "=").ljust(len(match[0]))


def _parameter(written: str) -> str:
    """A parameter as long as the placeholder; `%%` is an escaped `%`, and a lone `?` has room for a name alone."""
    if written == "%%":
        return "% "
    size = len(written.encode("utf-8", "replace"))
    return PLACEHOLDER if size < 2 else "$1" + " " * (size - 2)
