"""Where the author shows that a call may meet another version of the schema: the error of a missing name is handled.

A `try` alone says nothing: everything may fail. What counts is a function that asks for PostgreSQL's or PostgREST's
codes of a missing relation, column or function, or for their words; or one that says in so many words, in a comment or
in what it logs, that a table, column or function may not be there. One that first asks whether a column or a table is
there (`has_column(conn, "staff", "badge")`, `table_exists(conn, "badges")`) expects that of this one alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from tripoint.model.regex import regex
from tripoint.sources.code.facts import Scope

__all__ = ["is_of", "with_guards"]

_GUARD = regex(
    rb"""
    ['"](?P<code>42703|42P01|42883|42704|PGRST20[0-5])['"]
    | (?:includes|contains|match|test|search|indexOf|find|\bin)\b\s*\(?\s*(?P<words>['"/]
        [^'"/\n]*(?:does\ not\ exist|schema\ cache|could\ not\ find\ the)[^'"/\n]*['"/])
    | (?P<function>(?:\b|(?<=\W_))is_?(?:missing|unknown|undefined)_?
        \w*(?:column|table|relation|function|schema)\w*)\s*\(
    | (?P<error>(?-i:\bUndefined(?:Table|Column|Function)(?:Error)?\b))
    """,
    re.VERBOSE | re.IGNORECASE,
)

_SIGNS = (
    *(
        b"42703",
        b"42P01",
        b"42p01",
        b"42883",
        b"42704",
        b"PGRST20",
        b"pgrst20",
        b"oes not exist",
        b"chema cache",
        b"ould not find",
    ),
    *(b"sMissing", b"s_missing", b"sUn", b"s_un", b"UndefinedTable", b"UndefinedColumn", b"UndefinedFunction"),
)
"""One of these stands in every such guard, in its line or in the next one: cheaper to look for than the pattern."""
_SIGN = regex(b"|".join(_SIGNS))
_DOUBT = regex(
    rb"""
    \b(?:(?:table|view|relation|column|function|rpc)s?(?:\ (?:or|and)\ |/))?
        (?:table|view|relation|column|function|rpc)s?\ (?:(?:might|may)\ not(?:\ yet)?\ exist\b
        |do(?:es)?(?:\ not|n(?:'|\xe2\x80\x99)?t)\ (?:yet\ exist|exist\ yet)\b)(?:\ yet\b)?
    | \b(?:if|when|in\ case)\ (?:[\w`]+\ ){0,3}?(?:table|view|relation|column|function|rpc)s?
        \ do(?:es)?(?:\ not|n(?:'|\xe2\x80\x99)?t)\ exist\b
    | \bif\ (?:[\w`]+\ )?(?:table|view|relation|column|function|rpc)s?\ exists?\b
    | \b(?:if|when|in\ case|until)\ (?:[\w`.]+\ ){0,3}?(?:table|view|relation|column|function|rpc)s?
        \ (?:(?:is|are)\ )?(?:missing|not\ (?:present|available|migrated|there))\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DOUBTS = (b" exist", b" missing", b" not present", b" not available", b" not migrated", b" not there")
_BEFORE, _BEHIND = 120, len(b" not available")
"""What every such doubt says, and how many bytes before and from there on the rest of it stands."""
_ASKING = regex(
    rb"(?P<made>\b(?:def|function|func|fn|fun)\s+)?"
    rb"\b\w{0,40}(?:col(?:umn)?_?exists|has_?(?:table_?)?column|(?P<table>table_?exist|has_?table(?!_?(?:col|priv))))"
    rb"\w{0,40}\s*\((?P<given>[^()]{1,240})\)(?P<body>\s*(?:\{|:[ \t]*\w|->))?",
    re.IGNORECASE,
)
_ASKING_SIGNS = (
    *(b"ol_exists", b"olumn_exists", b"olExists", b"olumnExists", b"as_column", b"asColumn", b"table_column"),
    *(b"able_exist", b"ableExist", b"as_table", b"asTable"),
)
_OF_FUNCTIONS = regex(r"42883|PGRST20[23]|function|\brpc\b", re.I)
_OF_TABLES = regex(r"42703|42P01|PGRST20[0145]|table|\bviews?\b|relation|column", re.I)
_IF = regex(rb"\bif\b[^\n]*\Z")
_LITERAL = regex(rb"""(['"])([^'"\n]*)\1""")


def with_guards(data: bytes, scopes: tuple[Scope, ...]) -> tuple[Scope, ...]:
    """Return the scopes; the functions in which such an error is handled say so in `guard`, those that ask whether a
    column or a table is there have it in `asks`."""
    found: dict[int, dict[str, None]] = {}
    asks: dict[int, set[str]] = {}
    starts = [scope.start for scope in scopes]
    for offset, how in _guards(data) if scopes else ():
        index = _function_at(offset, scopes, starts)
        if index > 0:
            found.setdefault(index, {})[how] = None
    for offset, name in _asked(data) if scopes else ():
        index = _function_at(offset, scopes, starts)
        if index > 0 and name is None:
            found.setdefault(index, {})["asks which columns are there"] = None
        elif index > 0 and name is not None:
            asks.setdefault(index, set()).add(name)
    if not found and not asks:
        return scopes
    return tuple(
        replace(scope, guards=tuple(found.get(i, ())), asks=tuple(sorted(asks.get(i, ()))))
        if i in found or i in asks
        else scope
        for i, scope in enumerate(scopes)
    )


def is_of(guard: str, kind: str) -> bool:
    """Whether what is handled or doubted concerns a query of a kind: where a column may be missing, a function that is
    called may not, and the other way round; SQL may name both."""
    of_functions, of_others = _OF_FUNCTIONS.search(guard) is not None, _OF_TABLES.search(guard) is not None
    return kind == "sql" or of_functions == of_others or of_functions == (kind == "function")


def _asked(data: bytes) -> Iterator[tuple[int, str | None]]:
    """Yield where the code asks whether a column or a table is there, and which; None where only a run tells which
    column."""
    if not any(sign in data for sign in _ASKING_SIGNS):
        return
    for match in _ASKING.finditer(data):
        given = match["given"].rstrip(b", \t\r\n")
        literals = list(_LITERAL.finditer(given))
        if literals and literals[-1].end() == len(given):
            yield match.start(), literals[-1][2].decode("utf-8", "replace")
            continue
        if match["table"] or match["made"]:
            continue
        if not match["body"] or _IF.search(data, max(match.start() - 60, 0), match.start()):
            yield match.start(), None


def _guards(data: bytes) -> Iterator[tuple[int, str]]:
    """Yield where something of the kind stands, and what it does."""
    seen = 0
    for sign in _SIGN.finditer(data) if any(sign in data for sign in _SIGNS) else ():
        if sign.start() < seen:
            continue
        line = data.rfind(b"\n", seen, sign.start())
        begin = data.rfind(b"\n", seen, line) + 1 if line > seen else seen
        end = data.find(b"\n", sign.end())
        for match in _GUARD.finditer(data, max(begin, seen), end if end >= 0 else len(data)):
            text = next(part for part in match.groups() if part is not None)
            yield match.start(), f"handles {text.decode('utf-8', 'replace')}"
        seen = end if end >= 0 else len(data)
    for doubt in _DOUBTS:
        at = data.find(doubt)
        while at >= 0:
            for match in _DOUBT.finditer(data, max(at - _BEFORE, 0), at + _BEHIND):
                yield match.start(), f'says "{match[0].decode("utf-8", "replace")}"'
            at = data.find(doubt, at + 1)


def _function_at(offset: int, scopes: Sequence[Scope], starts: list[int]) -> int:
    """Return the innermost function with a name around an offset, else the outermost one; 0 outside of functions."""
    index = bisect_right(starts, offset) - 1
    while index > 0 and scopes[index].end <= offset:
        index = scopes[index].parent
    outermost = 0
    while index > 0:
        if scopes[index].kind == "function":
            if scopes[index].name is not None:
                return index
            outermost = index
        index = scopes[index].parent
    return outermost
