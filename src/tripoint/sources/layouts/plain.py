"""SQL without a runner: Rails' structure.sql, a container's init scripts, a dump, a schema.sql."""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from tripoint.model.evidence import MigrationFile
from tripoint.model.regex import regex
from tripoint.sources.layouts.folders import DEFINES, stands_aside
from tripoint.sources.layouts.index import FileIndex, parent_of, project_root
from tripoint.sources.layouts.kinds import is_sql
from tripoint.sources.layouts.plans import not_postgresql
from tripoint.sources.layouts.records import Definition, Found, problem

__all__ = ["find_containers", "find_plain", "find_rails", "is_copied", "is_outline", "with_parts"]

_TABLE = regex(rb"\bCREATE\s+(?:UNLOGGED\s+|FOREIGN\s+)?TABLE\b", re.IGNORECASE)
_MADE = regex(
    rb"^[ \t]*CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:\"?public\"?\.)?\"?(\w+)", re.IGNORECASE | re.MULTILINE
)
_DUMP = regex(rb"^-- PostgreSQL database dump\b|^-- Dumped (?:from|by) ", re.MULTILINE)

_COPIED = regex(rb"^-- WARNING: This schema is for context only and is not meant to be run\.", re.MULTILINE)
_BEYOND_TABLES = regex(
    rb"^[ \t]*CREATE\s+(?:OR\s+REPLACE\s+)?(?:UNIQUE\s+)?(?:INDEX|POLICY|FUNCTION|TRIGGER|(?:MATERIALIZED\s+)?VIEW)\b"
    rb"|\bENABLE\s+ROW\s+LEVEL\s+SECURITY\b",
    re.MULTILINE | re.IGNORECASE,
)


def is_copied(index: FileIndex, path: str) -> bool:
    """Tell whether a schema file is what Supabase's dashboard copies as SQL."""
    return _COPIED.search(index.head(path)[:4096]) is not None


def is_outline(index: FileIndex, paths: Iterable[str]) -> bool:
    """Tell whether schema files, one of them so copied, hold the tables alone, in no order.

    Columns, keys and checks stand in them as the database holds them; indexes, policies, grants, functions, triggers
    and views stand nowhere, so their absence says nothing. Where such were added it is a schema like any other.
    """
    return not any(_BEYOND_TABLES.search(index.read(path)) for path in paths)


def _found(index: FileIndex, layout: str, folder: str, paths: list[str], definition: Definition) -> Found:
    root = project_root(index, folder)
    foreign = not_postgresql(index, layout, folder, root, paths)
    if foreign is not None:
        return foreign
    return Found(layout, folder, root, tuple(MigrationFile(path, None, layout) for path in paths), definition)


def find_rails(index: FileIndex, taken: frozenset[str]) -> list[Found]:
    """Return every `db/structure.sql` of Rails, which its runner loads in place of the migrations in Ruby."""
    paths = [path for path in index.by_name.get("structure.sql", []) if path not in taken]
    return [_found(index, "rails", parent_of(path), [path], "dump") for path in paths]


# ---- a container's init scripts

_MOUNT = regex(rb"(?<![\w./-])([\w./-]{1,400}):/docker-entrypoint-initdb\.d(?:/([\w.-]+))?")
_COPY = regex(
    rb"^[ \t]*(?:COPY|ADD)\s+(?:--\S+\s+)*([\w./*-]+)\s+/docker-entrypoint-initdb\.d(?:/([\w.-]+))?",
    re.MULTILINE | re.IGNORECASE,
)
_COMPOSE = regex(r"^(?:docker-)?compose[\w.-]*\.ya?ml$|^Dockerfile")


def find_containers(index: FileIndex, taken: frozenset[str]) -> list[Found]:
    """Return the SQL that a PostgreSQL container runs when it first starts, in the order of the names there."""
    groups: dict[str, list[str]] = defaultdict(list)
    names: dict[str, str] = {}
    for folder, paths in index.sql_folders.items():
        if folder.rpartition("/")[2] in ("docker-entrypoint-initdb.d", "initdb.d"):
            groups[folder] = list(paths)
    for path in index.paths:
        if not _COMPOSE.match(path.rpartition("/")[2]):
            continue
        text = index.read(path)
        for source, name in (*_MOUNT.findall(text), *_COPY.findall(text)):
            target = posixpath.normpath(posixpath.join(parent_of(path), source.decode("ascii", "replace").rstrip("*")))
            if target in index.all and is_sql(target):
                groups[parent_of(target)].append(target)
                names[target] = name.decode("ascii", "replace")
            elif target in index.sql_folders:
                groups[target] += index.sql_folders[target]
    founds: list[Found] = []
    for folder, paths in sorted(groups.items()):
        there = {path: names.get(path) or path.rpartition("/")[2] for path in paths if path not in taken}
        free = sorted(there, key=lambda path: (there[path], path))
        if any(_TABLE.search(index.read(path)) for path in free):
            founds.append(_found(index, "container", folder, free, "declarative"))
    return founds


# ---- a dump, or a schema file

_SCHEMA_NAMES = regex(
    r"^(?:(?:db|database|full|initial|complete|current|prod|production|remote|postgres|pg|supabase)[-_.]?)?"
    r"(?:schema|structure|tables|ddl|init|initdb|create[-_]?tables|create[-_]?schema|setup|database|db)"
    r"(?:[-_.](?:postgres|postgresql|pg|psql|dump|full|prod|init|db|database|schema|tables|setup|supabase))?\.(?:sql|pgsql|psql|ddl)$",
    re.IGNORECASE,
)
_WIDER_NAMES = regex(
    r"^(?:(?:db|database|full|initial|complete|final|supabase|table|tables)[-_. ]?){1,3}"
    r"(?:schema|tables|setup|database|db|migration)?(?:[-_. ](?:v\d+|final|complete|fixed|new))?\.sql$",
    re.IGNORECASE,
)
"""What people call the one file that they paste into an editor: `SUPABASE.sql`, `supabase_table_setup.sql`."""
_CODE = (".js", ".mjs", ".cjs", ".ts", ".py", ".go", ".rs", ".sh")
_PREFERRED = ("schema.sql", "structure.sql")
_PARTS = (
    *("extensions", "roles", "schemas", "types", "enums", "domains", "sequences", "tables", "primary_keys"),
    *(
        "constraints",
        "foreign_keys",
        "foreign-keys",
        "fk_constraints",
        "views",
        "functions",
        "procedures",
        "rpc",
        "rpcs",
        "rpc_functions",
        "indexes",
        "triggers",
        "rls",
        "policies",
    ),
    *("security", "grants", "permissions"),
)
"""Folders, or files, of a schema that is written a kind of object each, in the order in which one needs the other."""
_OF_THE_PLATFORM = ("rls_policies", "rls-policies", "storage", "realtime")
_SCHEMA_FOLDERS = frozenset({"schema", "schemas", "tables", "ddl"})


def find_plain(index: FileIndex, taken: frozenset[str]) -> list[Found]:
    """Return the dump or schema file that defines each folder's database, and say which others were passed over."""
    candidates: dict[str, list[tuple[int, str]]] = defaultdict(list)
    folders: dict[str, list[str]] = defaultdict(list)
    others: list[Found] = []
    for path in index.sql:
        folder, _, name = path.rpartition("/")
        if path in taken or stands_aside(folder):
            continue
        structure = f"{folder}/structure.sql".lstrip("/")
        if name.endswith("_structure.sql") and structure in taken:
            reason = f"is the structure of another database of the application than {structure}: it is not audited"
            problems = (problem(path, reason),)
            root = project_root(index, folder)
            explained = frozenset([path])
            others.append(Found("rails", folder, root, definition="none", explained=explained, problems=problems))
            continue
        dumped = _DUMP.search(index.head(path)) is not None
        known = _SCHEMA_NAMES.match(name) is not None
        named = known or _WIDER_NAMES.match(name) is not None
        # What the dashboard copies says itself that it is a schema, and is saved under any name.
        copied = not (dumped or named) and is_copied(index, path)
        in_schema_folder = folder.rpartition("/")[2].lower() in _SCHEMA_FOLDERS
        if not (dumped or in_schema_folder or named or copied) or not _TABLE.search(index.read(path)):
            continue
        if dumped and _breaks_off(index.read(path)):
            said = problem(
                path, "is a dump that breaks off within a table's rows: not read, since keys stand at its end"
            )
            explained = frozenset([path])
            root = project_root(index, folder)
            others.append(Found("dump", folder, root, definition="none", explained=explained, problems=(said,)))
            continue
        if dumped or named or copied:
            rank = 4 * (not dumped) + 2 * (name.lower() not in _PREFERRED) + (not _run_beside(index, path)) + copied
            rank += 8 * (not (dumped or known or copied))
            candidates[project_root(index, folder)].append((rank, path))
        else:
            folders[folder].append(path)
    founds = others
    for _, ranked in sorted(candidates.items()):
        native = [(rank, path) for rank, path in sorted(ranked) if index.dialect(path) is None]
        foreign = [path for _, path in sorted(ranked) if index.dialect(path) is not None]
        for path in foreign:
            founds.append(_found(index, "schema", parent_of(path), [path], "none"))
        if native:
            rank, first = native[0]
            found = _found(
                index,
                "dump" if rank < 4 else "schema",
                parent_of(first),
                [first] if rank < 4 or is_copied(index, first) else _with_later(index, first, taken),
                "dump" if rank < 4 else "declarative",
            )
            founds.append(found)
            for path in (path for _, path in native[1:] if path not in found.paths):
                said = problem(
                    path,
                    f"looks like a schema as {first} does, and of the two that one alone counts (name one in "
                    "tripoint.toml)",
                )
                founds.append(
                    Found(
                        "schema",
                        parent_of(path),
                        found.root,
                        definition="none",
                        explained=frozenset([path]),
                        problems=(said,),
                    )
                )
    for folder, paths in sorted(folders.items()):
        beside = _parts_beside(index, folder, taken)
        founds.append(
            _found(index, "schema", parent_of(folder) if beside else folder, beside or sorted(paths), "declarative")
        )
    return founds


def _breaks_off(dump: bytes) -> bool:
    return dump.rfind(b" FROM stdin;") > dump.rfind(b"\n\\.")


def _run_beside(index: FileIndex, path: str) -> bool:
    """Whether code in a schema file's own folder names it, as what sets a database up does."""
    folder, _, name = path.rpartition("/")
    return any(name.encode() in index.read(code) for code in index.by_folder[folder] if code.endswith(_CODE))


def with_parts(index: FileIndex, schema: str, taken: frozenset[str]) -> list[str]:
    """Return a schema file with the files beside it that hold one kind of object each, in an order that serves."""
    beside = {_part_of(path): path for path in index.sql_folders[parent_of(schema)]}
    tables = _PARTS.index("tables")
    before = [beside.get(_SEPARATOR.sub("", part)) for part in _PARTS[:tables]]
    after = [beside.get(_SEPARATOR.sub("", part)) for part in (*_PARTS[tables + 1 :], *_OF_THE_PLATFORM)]
    found = [path for path in (*before, schema, *after) if path is not None and path not in taken]
    return [path for path in dict.fromkeys(found) if index.dialect(path) is None]


_SEPARATOR = regex(r"[-_ ]")
_LATER = regex(r"^(.*?)[-_. ]?(?:v|ver|version)?[-_. ]?(\d{1,3})$", re.IGNORECASE)


def _with_later(index: FileIndex, schema: str, taken: frozenset[str]) -> list[str]:
    """Return a schema file with those beside it that go on from it by their names: `setup.sql`, `setup_v2.sql`, ….

    They do where none makes a table again; else each is the whole anew, and the files of its parts may stand beside it.
    """
    folder = parent_of(schema)
    stem, first = _stem_and_number(schema)
    later = sorted(
        (number, path)
        for path in index.sql_folders[folder]
        if path not in taken and index.dialect(path) is None
        for other, number in [_stem_and_number(path)]
        if other == stem and number > first
    )
    made = [{name.lower() for name in _MADE.findall(index.read(path))} for path in (schema, *(p for _, p in later))]
    if not any(made[1:]) or len(set().union(*made)) < sum(map(len, made)):
        parts = with_parts(index, schema, taken)
        return [*parts, *_of_its_name(index, schema, taken.union(parts))]
    return [schema, *(path for _, path in later)]


_SHORT = 4
_DROPS = regex(rb"^[ \t]*DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:\"?public\"?\.)?\"?(\w+)", re.IGNORECASE | re.MULTILINE)


def _of_its_name(index: FileIndex, schema: str, taken: frozenset[str]) -> list[str]:
    """Return the files beside a schema that bear its name and a word more (`schema_votes.sql`, `stripe_schema.sql`), in
    an order that serves: they go on from it where each makes tables of its own, and none drops one of another's.
    """
    stem = _stem_and_number(schema)[0]
    stems = {path: _stem_and_number(path)[0] for path in index.sql_folders[parent_of(schema)]}
    words = [
        word[: -len(stem)]
        for word in stems.values()
        if len(stem) >= _SHORT and _SEPARATOR.sub("_", word).endswith(f"_{stem}")
    ]
    kinds = "|".join(map(re.escape, (stem, *_PARTS)))
    named = regex(rf"^{re.escape(stem)}[-_. ]\w" + "".join(rf"|^{re.escape(word)}(?:{kinds})$" for word in words))
    texts = {
        path: index.read(path)
        for path, own in stems.items()
        if len(stem) >= _SHORT and path not in taken and index.dialect(path) is None and named.search(own)
    }
    texts = {path: text for path, text in texts.items() if DEFINES.search(text)}
    made = {path: {name.lower() for name in _MADE.findall(text)} for path, text in texts.items()}
    known = {name.lower() for name in _MADE.findall(index.read(schema))}
    counts = Counter(name for names in made.values() for name in names)
    every = known.union(counts)
    own = [
        path
        for path, text in texts.items()
        if made[path].isdisjoint(known)
        and all(counts[name] == 1 for name in made[path])
        and every.isdisjoint(name.lower() for name in _DROPS.findall(text))
    ]
    return needed_first({path: texts[path] for path in own})


_NEEDED = regex(
    rb"\b(?:REFERENCES|ALTER\s+TABLE(?:\s+IF\s+EXISTS)?(?:\s+ONLY)?|ON|INTO|FROM|UPDATE)\s+(?:\"?public\"?\.)?\"?(\w+)",
    re.I,
)


def needed_first(texts: Mapping[str, bytes]) -> list[str]:
    """Return files of SQL in their order, but what creates a table before what needs it."""
    made = {path: {name.lower() for name in _MADE.findall(text)} for path, text in texts.items()}
    needed = {path: {name.lower() for name in _NEEDED.findall(text)} - made[path] for path, text in texts.items()}
    waiting, ordered = list(texts), list[str]()
    while waiting:
        blocked = (p for p in waiting if not any(made[other] & needed[p] for other in waiting if other != p))
        ordered.append(next(blocked, waiting[0]))
        waiting.remove(ordered[-1])
    return ordered


def _stem_and_number(path: str) -> tuple[str, int]:
    stem = path.rpartition("/")[2].rpartition(".")[0].lower()
    match = _LATER.match(stem)
    return (match[1], int(match[2])) if match is not None else (stem, 0)


def _part_of(path: str) -> str:
    """Return the kind of objects that a file is called after: `CreateForeignKeys.sql`, `create_foreign_keys.sql`."""
    stem = path.rpartition("/")[2].rpartition(".")[0].lower()
    return _SEPARATOR.sub("", stem).removeprefix("create")


def _parts_beside(index: FileIndex, folder: str, taken: frozenset[str]) -> list[str]:
    """Return the SQL of a schema that is written a kind of object a folder (`tables`, `functions`, `policies`), in an
    order that serves; nothing where `folder` has no such folders beside it.
    """
    above = f"{parent_of(folder)}/".lstrip("/")
    parts = [part for part in _PARTS if f"{above}{part}" in index.sql_folders]
    if len(parts) < 2:
        return []
    found: list[str] = []
    for part in _PARTS:
        found += [path for path in index.below(f"{above}{part}") if path in index.sql]
        found += [path for path in index.sql_folders.get(parent_of(folder), ()) if path == f"{above}{part}.sql"]
    return [path for path in dict.fromkeys(found) if path not in taken]
