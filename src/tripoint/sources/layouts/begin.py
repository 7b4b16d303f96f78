"""What migrations start from that do not create all they change: SQL beside them, read before or in place of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from tripoint.model.evidence import MigrationFile
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.sources.layouts.folders import is_way_back, stands_aside
from tripoint.sources.layouts.index import FileIndex, parent_of
from tripoint.sources.layouts.plain import with_parts
from tripoint.sources.layouts.records import Found, Remark, problem

__all__ = ["MADE", "NEEDED", "begun", "names_in", "spoken_schema"]

_NAME = rb"((?:\"?\w+\"?\s*\.\s*)?\"?\w+\"?)"
MADE = regex(rb"\bCREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?" + _NAME, re.I)
_ALSO_MADE = regex(rb"\b(?:RENAME\s+TO|VIEW)\s+(?:IF\s+NOT\s+EXISTS\s+)?" + _NAME, re.I)
_CHANGED = regex(rb"\bALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?" + _NAME, re.I)
_INDEXED = regex(
    rb"\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?(?:\"[^\"\n]*\"\s+|[\w.]+\s+)?"
    rb"ON\s+(?:ONLY\s+)?" + _NAME,
    re.I,
)
_DROPPED = regex(rb"\bDROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?" + _NAME, re.I)
_ADDED = regex(
    rb"\bADD\s+(?:COLUMN\s+)?(?:IF\s+NOT\s+EXISTS\s+)?"
    rb"(?!(?:CONSTRAINT|CHECK|UNIQUE|PRIMARY|FOREIGN|COLUMN|IF)\b)" + _NAME,
    re.I,
)
NEEDED = regex(rb"\b(?:ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?|REFERENCES\s+)" + _NAME, re.I)
_ONCE = regex(
    rb"\bCREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?!IF\s+NOT\s)|\bADD\s+COLUMN\s+(?!IF\s+NOT\s)|\bRENAME\b"
    rb"|\bADD\s+(?!(?:COLUMN|CONSTRAINT|VALUE)\b)\w|\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?(?!IF\s+NOT\s)"
    rb"|\bDROP\s+(?:TABLE|COLUMN)\b|\bCREATE\s+(?:TYPE|POLICY|TRIGGER|DOMAIN|VIEW|SEQUENCE)\b",
    re.I,
)
"""What a statement does that can't be done again where it is done already, or that undoes what a schema holds."""
_UPDATES = regex(r"^(?:updates?|upgrades?|patches|deltas?)$", re.I)
"""Folders whose files bring an older database up to date, by their name."""
_COMMENT = regex(rb"--[^\n]*")
_KEPT_BY_A_TOOL = frozenset({"supabase", "prisma", "drizzle", "alembic", "sqitch", "liquibase"})
"""Layouts whose tool keeps a history that begins with nothing, or knows of no folder beside it."""
_PASTED = frozenset({"supabase", "numbered"})
"""Layouts whose first file people run in the dashboard, and keep beside the rest."""


def names_in(pattern: re.Pattern[bytes], texts: Iterable[bytes]) -> set[bytes]:
    """Return the names that a pattern finds in SQL, as PostgreSQL folds them and without `public`."""
    names = (name for text in texts for name in pattern.findall(text))
    return {name.lower().replace(b'"', b"").replace(b" ", b"").removeprefix(b"public.") for name in names}


_SPOKEN = regex(
    rb"\b(?:ON|TABLE|FROM|INTO|UPDATE|REFERENCES|JOIN)\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?\"?(\w+)\"?\.\"?(\w+)\"?", re.I
)
_CHANGED_IN = regex(rb"\bALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?\"?(\w+)\"?\.\"?\w", re.I)
_SCHEMA = regex(rb"\bCREATE\s+SCHEMA\s+(?:IF\s+NOT\s+EXISTS\s+)?\"?(\w+)\"?|\bsearch_path\b", re.I)


def spoken_schema(index: FileIndex, files: tuple[MigrationFile, ...]) -> tuple[str, str] | None:
    """Return the file that puts a schema before tables which the migrations create without one, and that schema.

    Where no migration creates the schema or sets a search path, it is the one in which the runner works, which it is
    told elsewhere.
    """
    texts = {file.path: _COMMENT.sub(b"", index.read(file.path)) for file in files if not file.program}
    if any(_SCHEMA.search(text) for text in texts.values()):
        return None
    plain = {name for name in names_in(MADE, texts.values()) if b"." not in name}
    spoken: dict[bytes, set[bytes]] = defaultdict(set)
    first: dict[bytes, str] = {}
    changed: dict[bytes, set[str]] = defaultdict(set)
    for path, text in texts.items():
        for schema in _CHANGED_IN.findall(text):
            changed[schema.lower()].add(path)
        for schema, table in _SPOKEN.findall(text):
            spoken[schema.lower()].add(table.lower())
            first.setdefault(schema.lower(), path)
    known = {name: tables for name, tables in spoken.items() if tables & plain and name != b"public"}
    if len(known) != 1:
        return None
    ((name, tables),) = known.items()
    # A single table may be another application's, but not one that files change again and again.
    several = len(tables) >= _FEW or len(changed[name]) >= _FEW
    return (first[name], name.decode("ascii", "replace")) if several and tables <= plain else None


class _Beside(Struct, frozen=True):
    """A file of SQL beside a history: the tables that it makes, and how much of what the history adds it holds."""

    path: str
    made: set[bytes]
    needed: set[bytes]
    share: float


def begun(
    index: FileIndex, files: tuple[MigrationFile, ...], beside: list[Found], problems: list[Remark], hosted: bool
) -> tuple[MigrationFile, ...]:
    """Return the files with what they start from before them, or with the schema that sums them up in their place.

    Where files change or index tables that none of them creates, SQL in their folder or the one above may make all of
    those. It is the beginning where it holds little of what they add; where it holds most of that, and no known runner
    applies them, they bring an older database up to it, unless they add the rest, and do nothing that can't be done
    twice: then they come behind it. A `hosted` database began in its dashboard, and a file of SQL
    beside the migrations need not be that: there, only what a container runs is read, in the folder of files whose
    numbers begin with a later one than the first (`schema.sql`, `002_sharing.sql`) what makes all that those lack, and
    beside files that make no table at all the schema that they change; and what bears a schema's name above
    a folder of migrations.
    """
    applied = {file.path for file in files}
    if applied.issuperset(index.sql):
        return files
    pasted = hosted and all(file.layout in _PASTED and not file.program for file in files)
    if not pasted and any(file.program or file.layout in _KEPT_BY_A_TOOL for file in files):
        return files if hosted else (*_run_by_a_container(index, files, beside, problems), *files)
    folders: dict[str, list[MigrationFile]] = defaultdict(list)
    for file in files:
        folders[parent_of(file.path)].append(file)
    texts = {file.path: _COMMENT.sub(b"", index.read(file.path)) for file in files}
    made = names_in(MADE, texts.values()) | names_in(_ALSO_MADE, texts.values())
    alone = pasted and not names_in(MADE, texts.values())
    first: dict[str, MigrationFile] = {}
    left = list(files)
    for folder, own in sorted(folders.items()):
        said = [texts[file.path] for file in own]
        missing = (names_in(_CHANGED, said) | names_in(_INDEXED, said)) - made
        if not missing:
            continue
        start = _of_a_container(index, own, beside, missing)
        if start is None and (not hosted or alone or _begins_late(own)):
            start = _start(index, folder, own, said, missing, hosted and not alone)
        if start is None and pasted:
            start = _above(index, folder, missing)
        if start is not None and hosted and start[1]:
            start = None
        if start is not None:
            chosen, instead = start
            first.update({path: MigrationFile(path, None, "schema") for path in chosen})
            left = [file for file in left if not (instead and file in own)]
            problems[:] = [remark for remark in problems if remark[0] not in chosen]
            problems.append(_remark(folder, own, chosen, instead, len(missing)))
    return (*first.values(), *(file for file in left if file.path not in first))


_NAMES = ("schema.sql", "init.sql", "setup.sql", "database.sql")


def _above(index: FileIndex, folder: str, missing: set[bytes]) -> tuple[list[str], bool] | None:
    """Return the schema file above a folder of migrations, by its name, where it makes every table that is missing."""
    for name in _NAMES if folder.endswith("migrations") else ():
        path = f"{parent_of(folder)}/{name}".lstrip("/")
        known = path in index.sql and index.dialect(path) is None
        if known and missing <= names_in(MADE, [_COMMENT.sub(b"", index.read(path))]):
            return [path], False
    return None


def _begins_late(own: list[MigrationFile]) -> bool:
    """Whether files are numbered, and the first of the numbers is none of theirs."""
    numbers = [int(file.version) for file in own if file.version is not None and file.version.isdecimal()]
    return len(numbers) == len(own) and 1 < min(numbers) <= _LATE


_LATE = 5


def _remark(folder: str, own: list[MigrationFile], chosen: list[str], instead: bool, missing: int) -> Remark:
    where = folder or "the root"
    if instead:
        count = f"one of {len(own)} files of {where} that bring" if len(own) > 1 else "brings"
        schema = next((path for path in chosen if "tables" in path.lower()), chosen[0])
        return problem(
            own[0].path,
            f"{count} an older database up to {schema}, which creates what they do not: that is taken for the schema, "
            "and they are not read",
        )
    more = f", as {'is' if len(chosen) == 2 else 'are'} {len(chosen) - 1} more" if len(chosen) > 1 else ""
    tables = "a table that is" if missing == 1 else f"{counted(missing, 'table')} that are"
    return problem(
        chosen[0], f"is read before {where}{more}: it makes {tables} changed there and created by no file there"
    )


_MADE_IN_ANY_WAY = regex(
    rb"\b(?:create_?table(?:IfNotExists)?\s*\(\s*[\"'`]|CREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?)"
    + _NAME,
    re.I,
)
_NEEDED_BY_CALLS = regex(
    rb"\b(?:add_column|alter_column|drop_column|batch_alter_table|ForeignKey)\(\s*[\"'](\w+)"
    rb"|\b(?:addColumn|alterTable|inTable|renameColumn|references)\(\s*[\"'`](\w+)"
)


def _run_by_a_container(
    index: FileIndex, files: tuple[MigrationFile, ...], beside: list[Found], problems: list[Remark]
) -> list[MigrationFile]:
    """Return what a container runs when it first starts, before a tool's history that leans on the tables in it, or
    that makes a few others beside the most of them."""
    texts = [index.read(file.path) for file in files]
    made = names_in(_MADE_IN_ANY_WAY, texts)
    called = {(a or b).lower() for text in texts for a, b in _NEEDED_BY_CALLS.findall(text)}
    needed = (names_in(NEEDED, texts) | called) - made
    for found in beside:
        paths = [file.path for file in found.files]
        first = names_in(MADE, map(index.read, paths)) if found.layout == "container" else set()
        if _sums_up(first, made):
            continue
        folder = files[0].path.rpartition("/")[0]
        if needed & first:
            problems.append(_remark(folder, [], paths, False, len(needed & first)))
            return [MigrationFile(path, None, "schema") for path in paths]
        if first.isdisjoint(made) and len(first) > _BESIDES * len(made):
            more = f"makes {counted(len(first), 'table')}, and that makes others"
            problems.append(problem(paths[0], f"is read before {folder}, since a container runs it first: it {more}"))
            return [MigrationFile(path, None, "schema") for path in paths]
    return []


def _sums_up(first: set[bytes], made: set[bytes]) -> bool:
    """Whether a container's script holds most of what a history makes, and little else: a dump of what that leads to.

    A dump writes each table's schema, which the history may leave to the search path.
    """
    here, there = ({name.rpartition(b".")[2] for name in names} for names in (first, made))
    both = len(here & there)
    return both >= _FEW and 2 * both > len(here) and 2 * both > len(there)


def _of_a_container(
    index: FileIndex, own: list[MigrationFile], beside: list[Found], missing: set[bytes]
) -> tuple[list[str], bool] | None:
    """Return what a container runs first, where that makes every table that is missing."""
    for found in beside:
        paths = [file.path for file in found.files]
        if found.layout == "container" and missing <= names_in(MADE, map(index.read, paths)):
            return (paths, False) if all(f.layout == "numbered" for f in own) else None
    return None


def _start(
    index: FileIndex, folder: str, own: list[MigrationFile], said: list[bytes], missing: set[bytes], near: bool
) -> tuple[list[str], bool] | None:
    """Return the files beside a history that hold its beginning or, with True, that sum it up; None where none do."""
    applied = {file.path for file in own}
    tables = names_in(MADE, said) - names_in(_DROPPED, said)
    added = {name.rpartition(b".")[2] for name in names_in(_ADDED, said)}
    around: list[_Beside] = []
    places = [folder, parent_of(folder)]
    if _UPDATES.match(places[1].rpartition("/")[2]):  # `updates/2024`, below what they update
        places.append(parent_of(places[1]))
    for above in dict.fromkeys(places[:1] if near else places):
        for path in index.sql_folders.get(above, ()):
            aside = path in applied or stands_aside(above) or is_way_back(path) or index.dialect(path) is not None
            text = b"" if aside else _COMMENT.sub(b"", index.read(path))
            made = names_in(MADE, [text])
            if made:
                words = set(re.findall(rb"\w+", text.lower()))
                holds = len(tables & made) + len(added & words)
                needed = names_in(NEEDED, [text]) - made
                around.append(_Beside(path, made, needed, holds / max(len(tables) + len(added), 1)))
    starts = [one for one in around if one.made & missing and one.share <= _LITTLE]
    whole = max((one for one in starts if missing <= one.made), key=lambda one: len(one.made), default=None)
    if whole is not None:
        return [whole.path], False
    if starts and missing <= set().union(*(one.made for one in starts)):
        held = {parent_of(one.path) for one in starts}
        rest = [one for one in around if parent_of(one.path) in held and tables.isdisjoint(one.made)]
        return _in_order([one for one in around if one in starts or one in rest]), False
    if any(file.layout != "numbered" for file in own):
        return None
    updates = any(_UPDATES.match(place.rpartition("/")[2]) for place in places[:2])
    several = len(missing) >= _FEW
    sums = [one for one in around if one.share >= _MOST and (updates or (several and missing <= one.made))]
    if not sums:
        return None
    schema = max(sums, key=lambda one: (len(one.made), one.path)).path
    parts = with_parts(index, schema, frozenset(applied))
    again = any(one.share < 1 for one in sums if one.path == schema) and not any(map(_ONCE.search, said))
    return parts if schema in parts else [schema], not again


def _in_order(files: list[_Beside]) -> list[str]:
    """Return files so that each comes behind those that make what it needs, as far as that goes."""
    left, ordered = list(files), list[_Beside]()
    while left:
        free = (one for one in left if not any(one.needed & other.made for other in left if other is not one))
        ordered.append(next(free, left[0]))
        left.remove(ordered[-1])
    return [one.path for one in ordered]


_LITTLE, _MOST = 0.4, 0.6
_FEW = 2
_BESIDES = 2
"""How many times the tables of a history a container makes where that history is no whole of its own."""
