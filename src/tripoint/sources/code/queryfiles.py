"""Files of named queries: sqlc's, and those of yesql and its kin (aiosql, goyesql, pugsql), which mark them alike."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from tripoint.model.place import Place, Problem
from tripoint.model.query import Operation, Query
from tripoint.model.regex import regex
from tripoint.model.text import as_utf8
from tripoint.sources.code.placeholders import readable
from tripoint.sources.code.sqltext import OPERATIONS
from tripoint.sql.grammar import Refusal, parse

__all__ = ["NamedSql", "QueryFile", "named_queries", "read_query_file"]

_NAME = regex(rb"^[ \t]*(?:--|/\*)[ \t]*name[ \t]*:[ \t]*([\w-]+)[^\n]*(?:\n|\Z)", re.MULTILINE)
_CALL = regex(r"\bsqlc\.(?P<macro>n?arg|slice|embed)\(\s*['\"]?(?P<what>[\w.]+)['\"]?\s*\)")


class NamedSql(Struct, frozen=True):
    """A query under its name. `text` lies in the file from `start` to `end`, its placeholders made parameters."""

    name: str
    text: str
    operation: Operation
    start: int
    end: int


class QueryFile(Struct, frozen=True):
    """All facts of one file of named queries."""

    queries: tuple[NamedSql, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_query_file(data: bytes) -> QueryFile:
    """Return the queries of a file in which each follows a line such as `-- name: GetJob :one`."""
    queries: list[NamedSql] = []
    data, unread = as_utf8(data)
    problems = list(unread)
    marks = list(_NAME.finditer(data))
    for index, mark in enumerate(marks):
        start = mark.end()
        end = marks[index + 1].start() if index + 1 < len(marks) else len(data)
        name = mark[1].decode("ascii")
        source = data[start:end]
        read = readable(_CALL.sub(_plain, source.decode("utf-8")))
        if isinstance(read, Refusal):
            problems.append(_unread(name, source, read, mark.start(), mark.end()))
        elif (operation := OPERATIONS.get(read[1])) is not None:
            text = _first_statement(read[0])
            queries.append(NamedSql(name, text, operation, start, start + len(text.encode("utf-8"))))
    return QueryFile(tuple(queries), tuple(problems))


def named_queries(files: Mapping[str, QueryFile]) -> tuple[Query, ...]:
    """Return the queries of a project's files, by path."""
    found: list[Query] = []
    for path, file in sorted(files.items()):
        for query in file.queries:
            place = Place(path, query.start, query.end)
            found.append(
                Query("sql", None, place, place, "query file", query.operation, symbol=query.name, text=query.text)
            )
    return tuple(found)


def _unread(name: str, source: bytes, refusal: Refusal, start: int, end: int) -> Problem:
    if _FILLED.search(source):
        reason = f"a part of the query {name} is only known at run time, and PostgreSQL can't read it without"
        return Problem("unresolved", start, end, reason)
    return Problem("unparsed", start, end, f"PostgreSQL's grammar does not read the query {name}: {refusal.message}")


_FILLED = regex(rb"%(?:[sdvqL]\b|\w+%)")
"""What a program puts SQL for: `FROM %s`, `WITH found AS (%query%)`."""


def _first_statement(text: str) -> str:
    """The statement that the name stands for: sqlc makes nothing of others that follow without a name."""
    statements = parse(text)
    if isinstance(statements, Refusal) or len(statements) < 2:
        return text
    length = statements[0].get("stmt_location", 0) + statements[0]["stmt_len"]
    return text.encode("utf-8")[:length].decode("utf-8", "replace")


def _plain(match: re.Match[str]) -> str:
    """What sqlc makes of its macros, as long as they are written: a parameter, or all columns of a table."""
    made = f"{match['what']}.*" if match["macro"] == "embed" else "$1"
    return made.ljust(len(match[0]))
