"""What the migrations lack and another file of the project holds: generated types, SQL that no runner applies, code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from tripoint.model.evidence import Elsewhere, Evidence, Thing
from tripoint.model.generated import GeneratedTypes
from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.model.text import legible
from tripoint.sources.code.automigrate import made_by_automigrate
from tripoint.sources.code.clients.drivers import names_a_driver
from tripoint.sources.code.facts import CodeFacts
from tripoint.sources.code.scripts import is_example

__all__ = ["held_by_code", "held_elsewhere"]

_NAME = rb"(?:\"?(\w+)\"?\s*\.\s*)?(?:\"([^\"\n]+)\"|(\w+))"
_CREATES = regex(
    rb"^[ \t]*CREATE\s+(?:OR\s+REPLACE\s+)?(?:UNLOGGED\s+|MATERIALIZED\s+|RECURSIVE\s+)?(?:TABLE|VIEW|(FUNCTION))\s+"
    rb"(?:IF\s+NOT\s+EXISTS\s+)?" + _NAME,
    re.I | re.M,
)
_EXTENSION = regex(rb"\bCREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:\"([^\"\n]+)\"|(\w+))", re.I)
_BRACKETS = regex(rb"[(),]|--[^\n]*")
_PARAMETER = regex(rb"\s*(?:--[^\n]*\n\s*)*(?:(?:IN|INOUT|VARIADIC)\s+)?(?:\"([^\"\n]+)\"|(\w+))\s+[\w\"]", re.I)
_WIDEST = 4000
"""How many bytes the parameters of a function take at most."""
_COLUMN = regex(rb"[(,]\s*(?:--[^\n]*\n\s*)*(?:\"([^\"\n]+)\"|(\w+))\s+[a-z_\"]", re.I)
"""What looks like a column of a CREATE TABLE; that a word of a constraint does too takes nothing away."""
_END = regex(rb"\)\s*;")
_ALTERS = regex(
    rb"^[ \t]*ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?" + _NAME + rb"((?:[^;\n]|\n(?![ \t]*ALTER\s+TABLE\s))*)",
    re.I | re.M,
)
"""Statements in a list of a program's strings end without a semicolon."""
_ADDS = regex(rb"\bADD\s+COLUMN\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:\"([^\"\n]+)\"|(\w+))", re.I)
_RENAMES = regex(
    rb"^\s*RENAME\s+(?:(?:COLUMN\s+)?(?!TO\b|CONSTRAINT\b|COLUMN\b)(?:\"([^\"\n]+)\"|(\w+))\s+)?TO\s+(?:\"([^\"\n]+)\"|(\w+))",
    re.I,
)
_FREES = regex(
    rb"\bALTER\s+(?:COLUMN\s+)?(?:\"([^\"\n]+)\"|(\w+))\s+(?:DROP\s+NOT\s+NULL|SET\s+DEFAULT)\b"
    rb"|\bDROP\s+COLUMN\s+(?:IF\s+EXISTS\s+)?(?:\"([^\"\n]+)\"|(\w+))",
    re.I,
)
_ADDS_VALUE = regex(
    rb"^[ \t]*ALTER\s+TYPE\s+" + _NAME + rb"\s+ADD\s+VALUE\s+(?:IF\s+NOT\s+EXISTS\s+)?'((?:[^']|'')*)'", re.I | re.M
)
_ENUM = regex(rb"^[ \t]*CREATE\s+TYPE\s+" + _NAME + rb"\s+AS\s+ENUM\s*\(([^()]*)\)", re.I | re.M)
_UNIQUE = regex(rb"\bUNIQUE\s*(?:NULLS\s+(?:NOT\s+)?DISTINCT\s*)?\(([^()]*)\)", re.I)
_UNIQUE_INDEX = regex(
    rb"^[ \t]*CREATE\s+UNIQUE\s+INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?"
    rb"(?:\"[^\"\n]+\"\s+|(?!ON\b)[\w.]+\s+)?ON\s+(?:ONLY\s+)?" + _NAME + rb"\s*(?:USING\s+\w+\s*)?\(([^()]*)\)\s*;",
    re.I | re.M,
)
_ENABLES = regex(rb"\bENABLE\s+ROW\s+LEVEL\s+SECURITY\b", re.I)
_POLICY = regex(rb"^[ \t]*CREATE\s+POLICY\s+(?:\"[^\"\n]+\"|\w+)\s+ON\s+" + _NAME, re.I | re.M)
_PUBLISHES = regex(
    rb"\bALTER\s+PUBLICATION\s+\"?supabase_realtime\"?\s+(?:ADD|SET)\s+TABLE\s+((?:ONLY\s+)?[\w.\",\s]+)", re.I
)
_LISTED = regex(rb"(?:\A|,)\s*(?:ONLY\s+)?" + _NAME, re.I)
_CHECKS = regex(
    rb"\bCHECK\s*\(+\s*(?:\"([^\"\n]+)\"|(\w+))\)?(?:\s*::\s*\w+)?\s*(?:IN|=\s*ANY)\s*\(+\s*(?:ARRAY\s*\[)?([^)\]]*)",
    re.I,
)
_COMMENT = regex(rb"^[ \t]*--[^\n]*", re.M)
_TAKEN = regex(rb"\b(?:already|assum\w+|expected\s+to)\b", re.I)
_EXISTS = regex(rb"\bexists?\b", re.I)
_OF_ENUM = regex(r"\[[\"'](\w+)[\"']\]\[[\"']Enums[\"']\]\[[\"'](\w+)[\"']\]\Z")
"""The type of a column in generated types that is an enum's: the enum may bear another name than in the migrations."""
_LITERAL = regex(rb"'((?:[^']|'')*)'")
_SAYS_NAME = regex(rb"[\"'`]\"?(\w+)\"?[\"'`]")
_ENABLES_BY_NAME = regex(
    rb"\bALTER\s+TABLE\b[^;]{0,120}?(?:%|\|\||\{|\+)[^;]{0,120}?\bENABLE\s+ROW\s+LEVEL\s+SECURITY\b", re.I
)
"""A statement that is put together of a table's name, which the file then gives as text."""
_QUOTE = regex(rb"[\"'`](?=\s*(?:CREATE|ALTER)\s)", re.I)
"""What SQL in a string of code begins with."""
_BY_HAND = regex(rb"\bSQL[ -]editor\b", re.I)
"""What a document says that has SQL to be pasted into Supabase's dashboard, in all languages."""
_WORDS = regex(r"[A-Za-z_]\w*")
_SQLITE = frozenset(
    {"sqflite", "sqlite3", "aiosqlite", "sqlite_async", "expo_sqlite", "SQLiteDatabase", "SQLiteOpenHelper", "GRDB"}
)
"""Words of a file whose SQL makes the tables of a database on the device, or of a local file."""
_POSTGRES = frozenset(
    {"psycopg", "psycopg2", "asyncpg", "pg8000", "postgres", "postgresql", "Postgres", "PostgreSQL", "pg", "pgx"}
)
_BUILDS = regex(rb"\.createTable\(\s*[\"'`](\w+)[\"'`]")
_MAKES_MODELS = regex(rb"^[^#\"'`\n]*\w\.(create_all)\s*[(,)]", re.M)
"""A call of it, or what a call is given; comments and docstrings speak of it as well."""
_DOES: dict[Thing, str] = {
    "signature": "makes a function of that name",
    "policy": "creates policies of the table",
    "optional": "lets it be left out",
    "unique": "makes the key unique",
    "value": "has a CHECK or a type that takes it",
    "row security": "enables row security there",
    "published": "publishes it",
}


_IN_CODE = ("table", "column", "optional", "unique", "value", "extension", "policy", "row security")
"""What SQL in code is heard of."""
_DEFINED = frozenset({"TABLE", "table", "EXTENSION", "extension"})
_RUNS_SQL = frozenset({"unsafe", "query", "execute", "psql"})
_MIGRATES = "migrate"
"""What migrators of several languages are called by, and what hands PostgreSQL a statement: words of a program that
applies an SQL file together with the migrations. One that does the latter alone may have been run once, or never."""


def held_elsewhere(
    evidence: Evidence,
    loose: Iterable[str],
    read: Callable[[str], bytes | None],
    code: Mapping[str, CodeFacts],
    documents: Iterable[str] = (),
    seeds: Iterable[str] = (),
) -> dict[tuple[Thing, str], Elsewhere]:
    """Return what other files hold: tables, columns and functions, and by table policies and row security.

    A function of SQL has a signature, too, which may be another than the one that the migrations made, and one for each
    of its parameters (`public.f(limit)`); types tell none.

    Types come from a database that held it when they were generated. SQL in `loose` files is applied by no runner, but
    someone may have run it by hand, as some `documents` tell to, or the program in `code` that runs the migrations
    does, and `seeds` may be sown where more than a local reset does. Either way nobody can tell from the migrations
    alone that a call fails. What they dropped or renamed is another story: those files are older, unless one renames it
    back.
    """
    gone = {subject for subject, _ in evidence.drops} | {old for old, _, _ in evidence.renames}
    renamed = {(new, old) for old, new, _ in evidence.renames}
    found: dict[tuple[Thing, str], Elsewhere] = {}
    for path, types in evidence.generated:
        reason = f"the types in {path} have it, so a database most likely does: a fresh one fails"
        by: Literal["types", "others"] = "types" if evidence.is_told_of_by(types) else "others"
        if by == "others":
            reason = f"the types in {path} have it, and none of the migrations' tables: they are of another database"
        elif types.by_hand:
            reason = f"the types in {path} have it, but seem written by hand: a database may have it"
        for thing, subject, start, end in _declared(types):
            found.setdefault((thing, subject), Elsewhere(by, reason, Place(path, start, end)))
    loose = tuple(loose)
    programs = _programs(loose, read, code)
    for path in loose:
        raw = read(path) or b""
        data = legible(raw)
        for thing, old, subject, start, end in _renamed(data):
            if (old, subject) in renamed or subject not in gone:
                gone.discard(subject)
                place = Place(path, start, end) if data == raw else Place(path, 0, 0)
                said = f"{path} renames {old} to {subject}, which no runner applies: a database may have it so"
                found.setdefault((thing, subject), Elsewhere("sql", said, place))
                if thing == "column":
                    found.setdefault(("optional", old), Elsewhere("sql", said, place))
        for thing, subject, start, end in _created(data):
            does = _DOES.get(thing, "creates it")
            reason = f"{path} {does}, which no runner applies: a database that it was run on by hand has it"
            program = programs.get(path)
            if program is not None:
                reason = f"{path} {does}, which {program} runs after the migrations: a database that it ran on has it"
            place = Place(path, start, end) if data == raw else Place(path, 0, 0)
            found.setdefault((thing, subject), Elsewhere("sql" if program is None else "program", reason, place))
    for path in seeds:
        data = read(path) or b""
        for thing, subject, start, end in _created(data):
            reason = f"{path} {_DOES.get(thing, 'creates it')}, which is a seed: a database that was seeded has it"
            found.setdefault((thing, subject), Elsewhere("seed", reason, Place(path, start, end)))
    for path in documents:
        data = read(path) or b""
        for thing, subject, start, end in _created(data) if _BY_HAND.search(data) else _extensions(data):
            does = _DOES.get(thing, "creates it")
            reason = f"{path} has SQL that {does}, to be run by hand: a database that it was run on has it"
            found.setdefault((thing, subject), Elsewhere("sql", reason, Place(path, start, end)))
    made = {str(name) for name in evidence.defined.tables}
    for file in evidence.database.migrations:
        data = read(file.path) or b""
        for thing, subject, start, end in _extensions(data):
            reason = f"{file.path} creates it where that is not sure to run: in a condition, a comment or a way back"
            found.setdefault((thing, subject), Elsewhere("comment", reason, Place(file.path, start, end)))
        data = data if not file.program else b""
        for subject, start, end in _added(data, made):
            reason = f"{file.path} adds it to a table that no migration makes"
            found.setdefault(("column", subject), Elsewhere("comment", reason, Place(file.path, start, end)))
        for start, end in _taken_for_made(data) if b"xist" in data else ():
            for name in _WORDS.findall(data[start:end].decode("utf-8", "replace")):
                reason = f"a comment of {file.path} says that it is there already, made by something else"
                place = Place(file.path, start, end)
                found.setdefault(("table", f"public.{name}"), Elsewhere("comment", reason, place))
    return {key: elsewhere for key, elsewhere in found.items() if key[1] not in gone}


def _programs(
    loose: Iterable[str], read: Callable[[str], bytes | None], code: Mapping[str, CodeFacts]
) -> dict[str, str]:
    """Return by SQL file the first program that names it, runs migrations and hands SQL to a database."""
    found: dict[str, str] = {}
    running = [p for p, facts in sorted(code.items()) if _MIGRATES in facts.words and facts.words.among(_RUNS_SQL)]
    for path in loose:
        name = path.rpartition("/")[2]
        stem = set(_WORDS.findall(name.removesuffix(".sql")))
        for program in running:
            if code[program].words.among(stem) == stem and name.encode() in (read(program) or b""):
                found[path] = program
                break
    return found


def held_by_code(
    evidence: Evidence, code: Mapping[str, CodeFacts], read: Callable[[str], bytes | None]
) -> dict[tuple[Thing, str], Elsewhere]:
    """Return what code makes, as far as its text shows: tables, columns, keys and values of SQL in its strings, which
    columns it lets be left out, and, where it has SQLAlchemy make them, the tables of the models.

    Nothing tells whether and when it runs, so that it is neither part of the schema nor certain to be missing.
    """
    gone = {subject for subject, _ in evidence.drops} | {old for old, _, _ in evidence.renames}
    found: dict[tuple[Thing, str], Elsewhere] = {}
    making: Place | None = None
    for path, facts in sorted(code.items()):
        local = facts.words.among(_SQLITE) and not facts.words.among(_POSTGRES)
        defines = facts.words.among(_DEFINED) and facts.words.among({"CREATE", "ALTER", "create", "alter"})
        if defines and not local:
            sends = names_a_driver(frozenset(one.module for one in facts.imports)) is not None
            by: Literal["driver", "code"] = "driver" if sends else "code"
            for thing, subject, start, end in _created(_QUOTE.sub(b"\n", read(path) or b"")):
                if thing in _IN_CODE and subject not in gone:
                    does = _DOES.get(thing, "makes it")
                    reason = f"{path} holds SQL that {does}: a database that it was run on has it"
                    if sends:
                        reason = f"{path}, which speaks to PostgreSQL, {does}: a database that it ran on has it"
                    found.setdefault((thing, subject), Elsewhere(by, reason, Place(path, start, end)))
        if "createTable" in facts.words:  # of a query builder
            text = read(path) or b""
            for match in _BUILDS.finditer(text) if b"knex" in text.lower() or b"kysely" in text.lower() else ():
                reason = f"{path} makes it with a query builder: a database that it ran on has it"
                subject = f"public.{match[1].decode('utf-8', 'replace')}"
                if subject not in gone:
                    found.setdefault(("table", subject), Elsewhere("code", reason, Place(path, *match.span(1))))
        if making is None and facts.language == "python" and "create_all" in facts.words and not is_example(path):
            call = _MAKES_MODELS.search(read(path) or b"")
            making = Place(path, *call.span(1)) if call is not None else None
    go = [path for path, facts in code.items() if facts.language == "go"]
    if any("AutoMigrate" in code[path].words for path in go):
        for table, column, place, calling in made_by_automigrate(sorted(go), read):
            made: Thing = "table" if column is None else "column"
            subject = table if column is None else f"{table}.{column}"
            reason = f"{calling} calls AutoMigrate, which makes what the models have when the program starts"
            if subject not in gone:
                found.setdefault((made, subject), Elsewhere("driver", reason, place))
    if making is not None:
        reason = f"{making.path} calls create_all, which makes the models' tables that a database does not have yet"
        for query in evidence.queries:
            if query.kind == "model" and query.name is not None:
                subject = f"{query.schema or 'public'}.{query.name}"
                found.setdefault(("table", subject), Elsewhere("models", reason, making))
    return found


def _declared(types: GeneratedTypes) -> Iterator[tuple[Thing, str, int, int]]:
    values = {(enum.schema, enum.name): enum.values for enum in types.enums}
    for table in types.tables:
        yield "table", f"{table.schema}.{table.name}", table.start, table.end
        for column, (start, end, _) in table.columns.items():
            subject = f"{table.schema}.{table.name}.{column}"
            yield "column", subject, start, end
            of_enum = _OF_ENUM.search(table.types.get(column, ""))
            for value in values.get((of_enum[1], of_enum[2]), ()) if of_enum is not None else ():
                yield "value", f"{subject}='{value}'", start, end
        for relation in {key.relation: None for key in table.keys}:
            yield "relationship", f"{table.schema}.{table.name} -> {table.schema}.{relation}", table.start, table.end
    for function in types.functions:
        yield "function", f"{function.schema}.{function.name}", function.start, function.end
    for enum in types.enums:
        for value in enum.values:
            yield "value", f"{enum.schema}.{enum.name}='{value}'", enum.start, enum.end


def _added(data: bytes, made: set[str]) -> Iterator[tuple[str, int, int]]:
    """Yield each column that a migration adds to a table which is not among those that are made, and where."""
    for match in _ALTERS.finditer(data):
        table = _subject(*match.groups()[:3])
        for column in _ADDS.finditer(match[4]) if table not in made else ():
            yield f"{table}.{_plain(column[1], column[2])}", match.start(), match.end()


def _taken_for_made(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where a comment, with the line of it before, takes something for made already."""
    before = -1, -1
    for line in _COMMENT.finditer(data):
        taken = _TAKEN.search(line[0])
        if taken is not None and _EXISTS.search(line[0], taken.end()) is not None:
            yield before[0] if before[1] + 1 == line.start() else line.start(), line.end()
        before = line.span()


def _renamed(data: bytes) -> Iterator[tuple[Thing, str, str, int, int]]:
    """Yield each table and column that a text renames: what it is, its old name and its new one, and where."""
    for match in _ALTERS.finditer(data):
        name = _RENAMES.match(match[4])
        if name is None:
            continue
        table, old, new = _subject(*match.groups()[:3]), _plain(name[1], name[2]), _plain(name[3], name[4])
        if old:
            yield "column", f"{table}.{old}", f"{table}.{new}", match.start(), match.end()
        else:
            yield "table", table, f"{table.partition('.')[0]}.{new}", match.start(), match.end()


def _created(data: bytes) -> Iterator[tuple[Thing, str, int, int]]:
    for match in _CREATES.finditer(data):
        thing: Thing = "function" if match[1] else "table"
        subject = _subject(*match.groups()[1:])
        yield thing, subject, match.start(), match.end()
        if thing == "function":
            yield "signature", subject, match.start(), match.end()
            for name in _parameters(data, match.end()):
                yield "signature", f"{subject}({name})", match.start(), match.end()
        end = _END.search(data, match.end()) if thing == "table" else None
        for key in _UNIQUE.finditer(data, match.end(), end.end()) if end is not None else ():
            yield "unique", _key(subject, key[1]), key.start(), key.end()
        for checked in _CHECKS.finditer(data, match.end(), end.end()) if end is not None else ():
            yield from (("value", value, *checked.span()) for value in _values(subject, checked))
        for column in _COLUMN.finditer(data, match.end(), end.end()) if end is not None else ():
            which = column.lastindex or 0
            yield "column", f"{subject}.{_plain(column[1], column[2])}", column.start(which), column.end(which)
    for match in _ALTERS.finditer(data):
        table = _subject(*match.groups()[:3])
        for column in _ADDS.finditer(match[4]):
            name = _plain(column[1], column[2])
            yield "column", f"{table}.{name}", match.start(4) + column.start(), match.start(4) + column.end()
        for key in _UNIQUE.finditer(match[4]):
            yield "unique", _key(table, key[1]), match.start(4) + key.start(), match.start(4) + key.end()
        for column in _FREES.finditer(match[4]):
            name = _plain(column[1] or column[3], column[2] or column[4])
            yield "optional", f"{table}.{name}", match.start(4) + column.start(), match.start(4) + column.end()
        for checked in _CHECKS.finditer(match[4]):
            yield from (("value", value, *match.span()) for value in _values(table, checked))
        if _ENABLES.search(match[4]):
            yield "row security", table, match.start(), match.end()
    if _ENABLES_BY_NAME.search(data):
        for match in _SAYS_NAME.finditer(data):
            yield "row security", _subject(None, match[1], None), match.start(), match.end()
    for match in _UNIQUE_INDEX.finditer(data):
        yield "unique", _key(_subject(*match.groups()[:3]), match[4]), match.start(), match.end()
    for match in _ADDS_VALUE.finditer(data):
        value = match[4].decode("utf-8", "replace").replace("''", "'")
        yield "value", f"{_subject(*match.groups()[:3])}='{value}'", match.start(), match.end()
    for match in _ENUM.finditer(data):
        for literal in _LITERAL.finditer(match[4]):
            value = literal[1].decode("utf-8", "replace").replace("''", "'")
            yield "value", f"{_subject(*match.groups()[:3])}='{value}'", match.start(), match.end()
    for match in _PUBLISHES.finditer(data):
        for listed in _LISTED.finditer(match[1]):
            yield "published", _subject(*listed.groups()), match.start(), match.end()
    yield from _extensions(data)
    for match in _POLICY.finditer(data):
        yield "policy", _subject(*match.groups()), match.start(), match.end()


def _extensions(data: bytes) -> Iterator[tuple[Thing, str, int, int]]:
    for match in _EXTENSION.finditer(data):
        yield "extension", _plain(*match.groups()), match.start(), match.end()


def _values(table: str, checked: re.Match[bytes]) -> Iterator[str]:
    """Yield the values that a check of a column takes, as `schema.table.column='value'`."""
    for literal in _LITERAL.finditer(checked[3]):
        value = literal[1].decode("utf-8", "replace").replace("''", "'")
        yield f"{table}.{_plain(checked[1], checked[2])}='{value}'"


def _parameters(data: bytes, start: int) -> Iterator[str]:
    """Yield the names of a function's parameters, as far as its text shows."""
    depth, first = 0, start
    for match in _BRACKETS.finditer(data, start, start + _WIDEST):
        mark = match[0]
        depth += (mark == b"(") - (mark == b")")
        if mark == b"(" and depth == 1:
            first = match.end()
        elif depth == 0 or (mark == b"," and depth == 1):
            name = _PARAMETER.match(data, first, match.start())
            if name is not None:
                yield _plain(name[1], name[2])
            first = match.end()
        if depth == 0:
            return


def _key(table: str, columns: bytes) -> str:
    """Return the subject of a unique key: its columns in the order of their names."""
    names = sorted({one.strip().strip(b'"').decode("utf-8", "replace") for one in columns.lower().split(b",")})
    return f"{table}.({', '.join(names)})" if len(names) > 1 else f"{table}.{names[0]}"


def _subject(schema: bytes | None, quoted: bytes | None, plain: bytes | None) -> str:
    return f"{(schema or b'public').lower().decode('utf-8', 'replace')}.{_plain(quoted, plain)}"


def _plain(quoted: bytes | None, plain: bytes | None) -> str:
    return (quoted if quoted is not None else (plain or b"").lower()).decode("utf-8", "replace")
