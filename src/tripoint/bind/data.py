"""The rows that files of SQL write: seeds, and what the last migration writes, held against what is there by then."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from tripoint.bind.sql import SqlBinder, Text, inserts_in, made_in
from tripoint.model.binding import DataStatement
from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.sql.facts import SqlFacts, Statement
from tripoint.sql.grammar import Refusal, parse_statement
from tripoint.sql.lexer import tokens

__all__ = ["bind_data"]

_WRITES: Final = frozenset({"InsertStmt", "UpdateStmt", "DeleteStmt"})
_MAKES: Final = frozenset({"CreateStmt", "CreateTableAsStmt", "ViewStmt", "SelectStmt", "DoStmt"})
_CHANGES: Final = frozenset({"AlterTableStmt", "RenameStmt", "DropStmt", "AlterObjectSchemaStmt"})
_WORD: Final = regex(r"\w+")
_ROWS: Final = regex(r"\bvalues\b", re.I)
_FEW: Final = 20
"""So many INSERTs into the same columns of a table are looked at: a seed may have thousands."""


def bind_data(binder: SqlBinder, path: str, facts: SqlFacts) -> Iterator[DataStatement]:
    """Yield the statements of a file that write rows, without those that name what the file makes or changes itself."""
    own: set[str] = set()
    for statement in facts.statements:
        if statement.kind in _MAKES or statement.recovered:
            own |= made_in(statement.text)
        if statement.kind in _CHANGES:
            own |= set(_WORD.findall(statement.text))
    alike: Counter[str] = Counter()
    for statement in facts.statements:
        if statement.kind in _WRITES and not statement.recovered:
            head = _ROWS.split(statement.text, maxsplit=1)[0]
            alike[head] += 1
            if alike[head] <= _FEW:
                yield from _one(binder, path, statement, own)


def _one(binder: SqlBinder, path: str, statement: Statement, own: set[str]) -> Iterator[DataStatement]:
    def locate(start: int, end: int) -> Place:
        return Place(path, *(statement.where(start, end) if start >= 0 else (statement.start, statement.end)))

    written = statement.text if statement.node else _first_row(statement.text)
    read = (statement.kind, statement.node) if statement.node else parse_statement(written)
    if read is None or isinstance(read, Refusal):
        return
    references = binder.statement(*read, Text(written.encode(), locate))
    if any(r.kind == "relation" and r.written.rpartition(".")[2] in own for r in references):
        return
    inserts = tuple(inserts_in(written, references))
    place = Place(path, statement.start, statement.end)
    yield DataStatement(place, tuple(references), tuple(replace(insert, place=place) for insert in inserts))


def _first_row(text: str) -> str:
    """Return an INSERT of many rows, which is not parsed when it is read, with the first of them alone."""
    data = text.encode()
    depth, rows = 0, False
    for token in tokens(data):
        depth += (token.text == b"(") - (token.text == b")")
        if rows and depth == 0 and token.text == b")":
            return data[: token.end].decode()
        rows = rows or (depth == 0 and token.text.lower() == b"values")
    return text
