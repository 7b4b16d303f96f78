"""One file of SQL → `SqlFacts`. Never raises: a statement that PostgreSQL's grammar refuses costs that statement."""

from __future__ import annotations

import codecs
import re
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from tripoint.model.place import Problem
from tripoint.model.regex import regex
from tripoint.model.text import as_utf8, legible
from tripoint.model.words import counted, listed
from tripoint.sql.facts import SAID, SqlFacts, Statement
from tripoint.sql.grammar import Refusal, parse_statement
from tripoint.sql.split import Span, Splitter
from tripoint.sql.template import filled

__all__ = ["read_sql"]

_DATA_BYTES: Final = 4096
"""An INSERT of this size or more is data: it keeps its kind, and only the rows of storage.buckets are parsed."""
_INSERT: Final = regex(rb"insert\s+into\s+([\w.\"]+)", re.I)
_NO_TYPE: Final = regex(rb"(?<=[\w\"] )(?:ARRAY|USER-DEFINED)(?=,| NOT NULL| DEFAULT| UNIQUE| CHECK|\r?\n|$)")
_TOKEN: Final = regex(rb"[\w\x80-\xff]+|\S")
_MAKES_IF_NOT: Final = regex(
    rb"\b((?:create|add)\s+(?:or\s+replace\s+)?(?:policy|trigger|type|constraint|role|domain|aggregate|function))\s+if\s+not(?:\s+exists)?\Z",
    re.I,
)
_WIDE: Final = "is UTF-16, or goes on in it, and PostgreSQL reads UTF-8: it is read here as it was meant"
_MAX_RESUMPTIONS: Final = 200
_MAX_TRIES: Final = 20

_STATEMENT_WORDS: Final = (
    b"abort|alter|analyze|begin|call|checkpoint|close|cluster|comment|commit|copy|create|deallocate|declare|delete|discard"
    b"|do|drop|end|execute|explain|fetch|grant|import|insert|listen|load|lock|merge|move|notify|prepare|reassign|refresh"
    b"|reindex|release|reset|revoke|rollback|savepoint|security|select|set|show|start|table|truncate|update|vacuum|values"
    b"|with"
)
_NEXT_STATEMENT: Final = regex(
    rb";[ \t]*(?:--[^\n]*)?\r?\n(?:\s|--[^\n]*\n)*(?=(?:" + _STATEMENT_WORDS + rb")\b)", re.I
)

_HEADS: Final[tuple[tuple[re.Pattern[bytes], str], ...]] = tuple(
    (regex(pattern.encode(), re.I), kind)
    for pattern, kind in (
        (r"create\s+(?:(?:global|local|unlogged|temp|temporary|foreign)\s+)*table\b", "CreateStmt"),
        (r"create\s+(?:or\s+replace\s+)?(?:temp\s+|temporary\s+|recursive\s+)*view\b", "ViewStmt"),
        (r"create\s+materialized\s+view\b", "CreateTableAsStmt"),
        (r"create\s+(?:unique\s+)?index\b", "IndexStmt"),
        (r"create\s+(?:or\s+replace\s+)?(?:function|procedure)\b", "CreateFunctionStmt"),
        (r"create\s+(?:or\s+replace\s+)?(?:constraint\s+)?trigger\b", "CreateTrigStmt"),
        (r"create\s+policy\b", "CreatePolicyStmt"),
        (r"create\s+type\b", "CompositeTypeStmt"),
        (r"alter\s+table\b", "AlterTableStmt"),
        (r"drop\b", "DropStmt"),
        (r"grant\b|revoke\b", "GrantStmt"),
        (r"do\b", "DoStmt"),
        (r"insert\b", "InsertStmt"),
        (r"update\b", "UpdateStmt"),
        (r"delete\b", "DeleteStmt"),
        (r"select\b|with\b|values\b", "SelectStmt"),
    )
)


def read_sql(data: bytes) -> SqlFacts:
    """Return the statements of a file with their offsets into the `legible` bytes, and what could not be read of it."""
    text = legible(data)
    wrong = [Problem("unsupported", 0, 0, _WIDE)] if text is not data else []
    data, unread = as_utf8(text)
    problems = [*wrong, *unread]
    data = _with_types(filled(_evolved(data), problems))
    splitter = Splitter(data)
    statements: list[Statement] = []
    position = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    resumptions = 0
    while position >= 0:
        position = _read_on(splitter, position, statements, problems, resumptions < _MAX_RESUMPTIONS)
        resumptions += 1
    marks = tuple(sorted(set(splitter.marks), key=lambda mark: mark[1]))
    problems = [*_summed_up(problems, data), *_of_several_databases(statements, splitter.entered)]
    found = sorted({*problems, *splitter.problems}, key=lambda problem: (problem.start, problem.end, problem.reason))
    return SqlFacts(tuple(statements), tuple(found), marks)


def _of_several_databases(statements: list[Statement], entered: dict[int, str]) -> Iterator[Problem]:
    """Yield one problem where psql goes from one database to another, and the file makes tables in both."""
    places = sorted(entered)
    made: dict[str, int] = {}
    for statement in statements if places else ():
        if statement.kind == "CreateStmt":
            last = bisect(places, statement.start) - 1
            made.setdefault(entered[places[last]] if last >= 0 else "", statement.start)
    if len(made) > 1:
        names = listed([name or "the one that it begins in" for name in made], _NAMED)
        at = list(made.values())[1]
        reason = f"makes tables in {counted(len(made), 'database')} ({names}), which are read as one"
        yield Problem("unsupported", at, at, reason)


_NAMED: Final = 3


def _summed_up(problems: list[Problem], data: bytes) -> list[Problem]:
    """Return the problems with one for all statements that say IF NOT EXISTS where PostgreSQL knows no such thing.

    Who writes one `CREATE POLICY IF NOT EXISTS` writes them all so.
    """
    alike: dict[str, list[Problem]] = defaultdict(list)
    rest: list[Problem] = []
    for problem in problems:
        words = _MAKES_IF_NOT.search(data, max(problem.start - 80, 0), problem.end)
        if words is not None:
            alike[" ".join(words[1].decode().upper().split())].append(problem)
        else:
            rest.append(problem)
    for words_said, several in alike.items():
        first = several[0]
        many = f": so {counted(len(several), 'statement')} of this file are refused" if len(several) > 1 else ""
        reason = f"{first.reason}; it has no {words_said} IF NOT EXISTS{many}"
        rest.append(Problem(first.kind, first.start, first.end, reason))
    return rest


_EVOLUTION: Final = regex(rb"^(?:#|--)[ \t]*(?:---)?[ \t]*!Ups\b", re.M)
_HASH: Final = regex(rb"^#[^\r\n]", re.M)


def _evolved(data: bytes) -> bytes:
    """Return one of Play's evolutions as SQL: its comments begin with `#`, and `;;` is a semicolon within a statement.

    Every offset still holds.
    """
    if b"!Ups" not in data or not _EVOLUTION.search(data):
        return data
    return _HASH.sub(b"--", data).replace(b";;", b"; ")


def _with_types(data: bytes) -> bytes:
    """Return a schema that was copied from Supabase's dashboard with a type where it has but a kind of types.

    It writes a column's type as information_schema.columns.data_type does: `ARRAY` of whatever, `USER-DEFINED` for an
    enum, a domain or a type of an extension, and neither is SQL. Every offset still holds.
    """
    if b"schema is for context only" not in data[:_DATA_BYTES]:
        return data
    return _NO_TYPE.sub(lambda match: b'"any"'.ljust(len(match[0])), data)


def _read_on(
    splitter: Splitter, position: int, statements: list[Statement], problems: list[Problem], may_resume: bool
) -> int:
    """Read statements from an offset on; return where to go on after a broken one that swallowed others, or -1."""
    data = splitter.data
    for span in splitter.spans(position):
        raw = data[span.start : span.end]
        insert = _INSERT.match(raw) if len(raw) >= _DATA_BYTES else None
        if insert is not None and b"buckets" not in insert.group(1).lower():
            statements.append(Statement("InsertStmt", {}, span.start, span.end, raw.decode("utf-8")))
            continue
        read = parse_statement(raw)
        if read is None:
            continue
        if not isinstance(read, Refusal):
            statements.append(Statement(read[0], read[1], span.start, span.end, raw.decode("utf-8")))
            continue
        at = span.start + min(read.position, len(raw))
        shown = _TOKEN.match(data, at)
        half = ": a body stands between $$, of which half is lost here" if shown and shown.group() == b"$" else ""
        problems.append(Problem("unparsed", at, shown.end() if shown else at, f"{SAID}{read.message}{half}"))
        resume = _resumption(splitter, span, at) if may_resume else -1
        end = resume - 1 if resume >= 0 else span.end
        kind = next((kind for head, kind in _HEADS if head.match(raw)), "Unparsed")
        text = data[span.start : end].decode("utf-8", "replace")
        statements.append(Statement(kind, {}, span.start, end, text, recovered=True))
        if resume >= 0:
            return resume
    return -1


def _resumption(splitter: Splitter, span: Span, error: int) -> int:
    """Return where the next statement begins when the broken one at `span` has swallowed it, else -1.

    A quote that is not closed, or closes too early, turns what follows inside out; a missing parenthesis hides every
    semicolon. So each end of a line with a semicolon, in text that this may have happened to, is tried until a whole
    statement stands behind it.
    """
    data = splitter.data
    quotes = [place for place in span.breaks if data[place : place + 1] != b";"]
    # A word right behind a quote: that quote opened, and the text before it was none.
    inside_out = data[error - 1 : error] in (b"'", b'"') and bool(quotes)
    if not span.open and not inside_out and not any(place >= error for place in span.breaks):
        return -1
    start = min([error, *quotes]) if span.open or inside_out else error
    tries = 0
    for candidate in _NEXT_STATEMENT.finditer(data, start, span.end):
        tries += 1
        if tries > _MAX_TRIES:
            break
        following = next(Splitter(data).spans(candidate.start() + 1), None)
        if following is None:
            continue
        read = parse_statement(data[following.start : following.end])
        if read is not None and not isinstance(read, Refusal):
            return candidate.start() + 1
    return -1
