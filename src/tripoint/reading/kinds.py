"""The kinds of readers, and facts as bytes: the one table of who reads what and how it is written down."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, get_args

import msgspec
from msgspec.structs import force_setattr

from tripoint.model.evidence import MigrationFile
from tripoint.model.fault import Witness
from tripoint.model.place import Problem, ProblemKind
from tripoint.reading.sharing import Share, restore_shared, share
from tripoint.sources.layouts.kinds import DOCUMENT_SUFFIXES

__all__ = ["PROGRAMS", "WITNESS", "Kind", "Program", "decode", "encode", "kind_of", "read_one", "unreadable"]

Program = Literal["typeorm", "knex", "kysely", "sequelize", "node-pg-migrate", "mikro-orm", "db-migrate"]
"""Runners of migrations in TypeScript or JavaScript, by their layouts."""
PROGRAMS: tuple[Program, ...] = get_args(Program)

Kind = Literal["sql", "alembic", Program, "document", "code", "code-full", "code-words", "types", "queries"]
"""`code-full` is code that another file needs the names of, `code-words` code that is not audited."""

WITNESS: Mapping[Kind, Witness] = {
    "sql": "migrations",
    "alembic": "migrations",
    **dict.fromkeys(PROGRAMS, "migrations"),
    "document": "documents",
    "code": "code",
    "code-full": "code",
    "code-words": "code",
    "types": "code",
    "queries": "code",
}
"""The witness that the facts of a kind speak for."""

_SHARING: frozenset[Kind] = frozenset({"code", "code-full"})
"""The kinds in whose facts one value may stand in several places, and is told by identity."""


def kind_of(migration: MigrationFile) -> Kind:
    """Return who reads a migration."""
    program: dict[str, Kind] = {"alembic": "alembic", "yoyo": "alembic", **{name: name for name in PROGRAMS}}
    return program.get(migration.layout, "sql") if migration.program else "sql"


def read_one(kind: Kind, suffix: str, data: bytes) -> Any:
    """Return the facts of one file."""
    if kind == "sql":
        from tripoint.sql.read import read_sql

        if suffix in DOCUMENT_SUFFIXES:
            from tripoint.sources.documents.fences import fenced_sql

            data = fenced_sql(data)
        return read_sql(data)
    if kind == "alembic":
        from tripoint.sources.alembic.read import read_revision

        return read_revision(data)
    if kind in PROGRAMS:
        from tripoint.sources.programs.javascript.read import read_javascript

        return read_javascript(data, suffix, kind)
    if kind == "document":
        from tripoint.sources.documents.read import read_document

        return read_document(data, suffix)
    if kind == "types":
        from tripoint.sources.code.generated import read_generated_types

        return read_generated_types(data)
    if kind == "queries":
        from tripoint.sources.code.queryfiles import read_query_file

        return read_query_file(data)
    from tripoint.sources.code.read import read_code, read_words

    if kind == "code-words":
        return read_words(data, suffix)
    return read_code(data, suffix, full=kind == "code-full")


@cache
def _record(kind: Kind) -> Any:
    if kind in ("sql", "alembic", *PROGRAMS):
        from tripoint.sql.facts import SqlFacts

        return SqlFacts
    if kind == "document":
        from tripoint.model.claim import DocumentFacts

        return DocumentFacts
    if kind == "types":
        from tripoint.model.generated import GeneratedTypes

        return GeneratedTypes
    if kind == "queries":
        from tripoint.sources.code.queryfiles import QueryFile

        return QueryFile
    from tripoint.sources.code.facts import CodeFacts

    return CodeFacts


@cache
def _decoder(kind: Kind) -> msgspec.msgpack.Decoder[Any]:
    record: Any = _record(kind)
    return msgspec.msgpack.Decoder(tuple.__class_getitem__((record, list[Share])) if kind in _SHARING else record)


def decode(kind: Kind, content: bytes) -> Any:
    """Return the facts that were written down; raise ValueError where the bytes are not such facts."""
    try:
        found = _decoder(kind).decode(content)
        if kind in _SHARING:
            found, shared = found
            restore_shared(found, shared)
        return found
    except (msgspec.MsgspecError, RecursionError, IndexError, AttributeError) as error:
        raise ValueError(f"no facts of the kind {kind}") from error


def encode(kind: Kind, facts: Any) -> bytes:
    """Write facts down; raise ValueError where they are nested too deep for it."""
    try:
        if kind not in _SHARING:
            return msgspec.msgpack.encode(facts)
        shared, undo = share(facts)
        try:
            return msgspec.msgpack.encode((facts, shared))
        finally:
            for record, name, held in undo:
                force_setattr(record, name, held)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def unreadable(kind: Kind, suffix: str, reason: str, said: ProblemKind = "unread") -> Any:
    """Return the facts of a file that could not be read: the reason alone, `internal` where the fault is ours."""
    problems = (Problem(said, 0, 0, reason),)
    record = _record(kind)
    if kind in ("code", "code-full", "code-words"):
        from tripoint.sources.layouts.kinds import LANGUAGES

        return record(language=LANGUAGES.get(suffix.lower(), ""), problems=problems)
    return record(problems=problems)
