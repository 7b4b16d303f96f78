"""Prisma and Drizzle: migrations that an ORM generates, and the schema that it generates them from."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Collection, Iterable
from typing import Any

from msgspec.structs import replace

from tripoint.model.evidence import MigrationFile
from tripoint.model.glob import Globs
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.sources.code.modules import Modules
from tripoint.sources.layouts.folders import stands_aside
from tripoint.sources.layouts.index import FileIndex, parent_of, project_root
from tripoint.sources.layouts.kinds import is_sql, is_test, language_of
from tripoint.sources.layouts.records import Definition, Found, OrmSchema, Remark, problem

__all__ = ["find_drizzle", "find_prisma"]

_DATASOURCE = regex(rb"^[ \t]*datasource\s+\w+\s*\{([^{}]*)\}", re.MULTILINE)
_PROVIDER = regex(rb"^[ \t]*provider\s*=\s*\"(\w+)\"", re.MULTILINE)
_POSTGRES = frozenset({"postgresql", "postgres", "pg"})


def find_prisma(index: FileIndex, taken: frozenset[str]) -> list[Found]:
    """Return every Prisma schema with its migrations, which apply in the order of their folders' names."""
    folders: dict[str, list[str]] = {}
    for path in index.by_name.get("migration.sql", []):
        if path not in taken:
            folders.setdefault(parent_of(parent_of(path)), []).append(path)
    schemas: dict[str, str] = {}
    for path in index.paths:
        if path.endswith(".prisma"):
            source = _DATASOURCE.search(index.read(path))
            provider = _PROVIDER.search(source.group(1)) if source else None
            if provider:
                schemas[path] = provider.group(1).decode("ascii", "replace")
    founds: list[Found] = []
    used: set[str] = set()
    runs = {schema: _run_folder(index, schema, folders) for schema in sorted(schemas)}
    for folder, paths in sorted(folders.items()):
        schema = next((each for each in runs if runs[each] == folder), None) or _schema_of(folder, schemas)
        provider_name = _lock_provider(index, folder) or schemas.get(schema or "")
        if schema is None and provider_name is None:
            continue
        used |= {schema} if schema else set()
        run = runs.get(schema or "")
        if run not in (None, folder) and (stands_aside(folder) or f"{folder}/migration_lock.toml" not in index.all):
            count = counted(len(paths), "folder")
            reason = f"is not applied by Prisma ({count} in {folder}): the migrations of {schema} are in {run}"
            found = Found("prisma", folder, project_root(index, parent_of(folder)), definition="none")
            founds.append(replace(found, explained=frozenset(paths), problems=(problem(min(paths), reason),)))
            continue
        founds.append(_prisma(index, folder, sorted(paths), schema, provider_name or "postgresql"))
    for schema, name in sorted(schemas.items()):
        if schema not in used:
            founds.append(_prisma(index, f"{parent_of(schema)}/migrations".lstrip("/"), [], schema, name))
    return founds


def _schema_of(folder: str, schemas: dict[str, str]) -> str | None:
    """Return the schema file that stands nearest above the folder of the migrations."""
    current = parent_of(folder)
    while True:
        beside = sorted(path for path in schemas if parent_of(path) in (current, f"{current}/schema".lstrip("/")))
        if beside:
            return beside[0]
        if not current:
            return None
        current = parent_of(current)


_RUN = regex(rb"\bmigrations\s*:\s*\{[^{}]*?\bpath\s*:\s*[^\"'`{}]*[\"'`](?:\./)?([\w./@-]+)[\"'`]")


def _run_folder(index: FileIndex, schema: str, folders: Collection[str]) -> str | None:
    """Return the folder of migrations that Prisma applies for a schema: the one that it is told, or `migrations` beside
    the schema; None where neither is there.
    """
    beside = parent_of(schema)
    for path in (path for name in _PRISMA_CONFIGS for path in index.by_name.get(name, ())):
        match = _RUN.search(index.read(path))
        if match and f"{schema}/".startswith(f"{parent_of(path)}/".lstrip("/")):
            told = posixpath.normpath(posixpath.join(parent_of(path), match.group(1).decode("ascii", "replace")))
            if told in folders:
                return told
    either = (f"{folder}/migrations".lstrip("/") for folder in (beside, parent_of(beside)))
    return next((folder for folder in either if folder in folders), None)


_PRISMA_CONFIGS = tuple(f"prisma.config.{suffix}" for suffix in ("ts", "mts", "cts", "js", "mjs", "cjs"))


def _lock_provider(index: FileIndex, folder: str) -> str | None:
    path = f"{folder}/migration_lock.toml"
    match = _PROVIDER.search(index.read(path)) if path in index.all else None
    return match.group(1).decode("ascii", "replace") if match else None


def _prisma(index: FileIndex, folder: str, paths: list[str], schema: str | None, provider: str) -> Found:
    below = [path for path in index.below(folder) if is_sql(path)] if paths else []
    root = project_root(index, parent_of(folder))
    if provider not in _POSTGRES:
        said = problem(schema or paths[0], f"is a Prisma schema for {provider}, not PostgreSQL: it is not audited")
        return Found("prisma", folder, root, definition="none", explained=frozenset(below), problems=(said,))
    applied = tuple(MigrationFile(path, parent_of(path).rpartition("/")[2], "prisma") for path in paths)
    ignored = sorted(set(below) - set(paths))
    problems = [problem(path, "is not applied by Prisma, which runs each folder's migration.sql") for path in ignored]
    orm: tuple[OrmSchema, ...] = ()
    if schema is not None:
        parts = [path for path in index.below(parent_of(schema)) if path.endswith(".prisma")]
        orm = tuple(OrmSchema("prisma", path) for path in parts or [schema])
    definition: Definition = "migrations" if applied else "orm"
    return Found(
        "prisma", folder, root, applied, definition, explained=frozenset(below), orm=orm, problems=tuple(problems)
    )


_CONFIG = regex(r"^drizzle[\w.-]*\.config\.(?:ts|js|mts|mjs|cjs|cts)$|^drizzle\.config[\w.-]*\.(?:ts|js|mts|mjs|json)$")
_DIALECT = regex(rb"\b(?:dialect|driver)\"?\s*:\s*[\"'`]([\w-]+)")
_OUT = regex(rb"\bout\"?\s*:\s*[\"'`]([^\"'`$]+)[\"'`]")
_SCHEMA = regex(rb"\bschema\"?\s*:\s*(?:\[([^\]]*)\]|([\"'`][^\"'`$]+[\"'`])|(\w+)\s*[,}\n])")
_GIVES_ON = regex(
    rb"^[ \t]*(?:export|import)\b(?:[^;\"'`\n]|\n(?![ \t]*(?:export|import)\b))*?\bfrom\s*[\"']([^\"'\n]+)[\"']",
    re.MULTILINE,
)
"""Where a module takes what it exports from another, as an index of tables does."""
_QUOTED = regex(rb"[\"'`]([^\"'`$]+)[\"'`]")
_DRIZZLE_POSTGRES = frozenset({"postgresql", "pg", "postgres", "aws-data-api", "pglite"})


def find_drizzle(index: FileIndex, taken: frozenset[str]) -> list[Found]:
    """Return every Drizzle history, in the order of its journal, and every Drizzle schema without one."""
    configs = [path for path in index.paths if _CONFIG.match(path.rpartition("/")[2]) and ".test." not in path]
    schemas: dict[str, list[OrmSchema]] = {}
    dialects: dict[str, str] = {}
    origin: dict[str, str] = {}
    modules = Modules(index.all, index.read)
    for path in configs:
        folder, schema, dialect = _read_config(index, path, modules)
        schemas.setdefault(folder, []).extend(schema)
        origin.setdefault(folder, path)
        if dialect is not None:
            dialects[folder] = dialect
    journals = {parent_of(parent_of(p)): p for p in index.by_name.get("_journal.json", []) if "/meta/" in f"/{p}"}
    founds: list[Found] = []
    for folder in sorted({*schemas, *journals}):
        journal = journals.get(folder)
        orm = tuple(dict.fromkeys(schemas.get(folder, [])))
        sql = [path for path in index.below(folder) if is_sql(path)] if journal or folder else []
        free = [path for path in sql if path not in taken]
        root = project_root(index, parent_of(origin[folder]) if folder in origin else folder)
        document = _journal(index, journal)
        dialect = dialects.get(folder) or str(document.get("dialect", "postgresql"))
        if dialect not in _DRIZZLE_POSTGRES:
            said = problem(
                origin.get(folder) or journal or folder, f"is Drizzle for {dialect}, not PostgreSQL: it is not audited"
            )
            founds.append(
                Found("drizzle", folder, root, definition="none", explained=frozenset(free), problems=(said,))
            )
        elif journal is None or (sql and not free):
            # Without a journal there is nothing to apply; in a folder of Supabase's, Supabase's runner applies it.
            folders = [path for path in free if path.endswith("/migration.sql")]
            files = tuple(MigrationFile(p, parent_of(p).rpartition("/")[2], "drizzle") for p in sorted(folders))
            if orm or files:
                definition: Definition = "migrations" if files else "orm"
                explained = frozenset(folders)
                founds.append(Found("drizzle", folder, root, files, definition, explained=explained, orm=orm))
        else:
            founds.append(_drizzle(index, folder, root, journal, document, free, orm))
    return founds


def _drizzle(
    index: FileIndex,
    folder: str,
    root: str,
    journal: str,
    document: dict[str, Any],
    free: list[str],
    orm: tuple[OrmSchema, ...],
) -> Found:
    files: list[MigrationFile] = []
    problems: list[Remark] = []
    for tag in _tags(document):
        path = f"{folder}/{tag}.sql".lstrip("/")
        if path in index.all:
            files.append(MigrationFile(path, tag, "drizzle"))
        else:
            problems.append(problem(journal, f"lists the migration {tag}, which has no file", "unresolved"))
    others = [path for path in free if path not in {file.path for file in files}]
    program = _own_runner(index, folder, root, others) if others else None
    if program is not None:
        beside = sorted(path for path in free if parent_of(path) == folder)
        files = [MigrationFile(path, path.rpartition("/")[2].removesuffix(".sql"), "drizzle") for path in beside]
        said = f"applies every SQL file of {folder} by its name, whatever Drizzle's journal lists: so they are read"
        problems = [problem(program, said)]
    elif others:
        count = f"{len(others)} SQL files stand" if len(others) > 1 else "this SQL file stands"
        problems.append(problem(others[0], f"{count} beside the journal of Drizzle, which applies only what it lists"))
    if files or orm:
        definition: Definition = "migrations" if files else "orm"
        return Found(
            "drizzle", folder, root, tuple(files), definition, None, frozenset(free), orm=orm, problems=tuple(problems)
        )
    # Not one file of the journal is here: what is here was applied by hand, and its names are all that orders it.
    return Found("drizzle", folder, root, definition="none", problems=tuple(problems))


_LISTS_FILES = regex(rb"\b(?:readdir(?:Sync)?|scandir|listdir|glob(?:Sync)?|iterdir)\b")
_HANDS_ON = regex(rb"\.(?:unsafe|query|execute|exec|raw|file)\s*\(|\bpsql\b")
_OF_DRIZZLE = regex(rb"\b_journal\b|\bdrizzle-orm/[\w/-]*migrator\b")


def _own_runner(index: FileIndex, folder: str, root: str, others: list[str]) -> str | None:
    """Return a program of the project that hands a database the SQL files of a folder of Drizzle's which the journal
    lacks: those that it finds there, or that it names one by one."""
    name = folder.rpartition("/")[2].encode()
    files = [path.rpartition("/")[2].encode() for path in others if parent_of(path) == folder]
    named = regex(rb"[\"'`/]" + re.escape(name) + rb"[\"'`/]")
    for path in index.below(root):
        if "migrat" not in path.rpartition("/")[2].lower() or language_of(path) is None or is_test(path):
            continue
        text = index.head(path)
        finds = b".sql" in text and _LISTS_FILES.search(text) and named.search(text)
        if (
            (finds or (files and all(file in text for file in files)))
            and _HANDS_ON.search(text)
            and not _OF_DRIZZLE.search(text)
        ):
            return path
    return None


def _journal(index: FileIndex, path: str | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        document = json.loads(index.read(path))
    except (ValueError, RecursionError):
        index.problems[path] = problem(
            path, "is no valid JSON, so the order of the migrations is not known", "unparsed"
        )
        return {}
    return document if isinstance(document, dict) else {}


def _tags(document: dict[str, Any]) -> list[str]:
    entries = document.get("entries")
    rows = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    numbered = [(row["idx"], str(row["tag"])) for row in rows if isinstance(row.get("idx"), int) and "tag" in row]
    return [tag for _, tag in sorted(numbered)]


def _read_config(index: FileIndex, path: str, modules: Modules) -> tuple[str, list[OrmSchema], str | None]:
    """Return where a Drizzle configuration puts migrations, its schema's files, and its dialect, from its text."""
    text = index.read(path)
    base = parent_of(path)
    out = _OUT.search(text)
    folder = _inside(base, out.group(1).decode("utf-8", "replace") if out else "./drizzle")
    dialect = _DIALECT.search(text)
    schema = _SCHEMA.search(text)
    files: list[str] = []
    for item in _QUOTED.findall(_told(text, schema)) if schema else []:
        target = _inside(base, item.decode("utf-8", "replace"))
        pattern = Globs([target])
        files += [p for p in index.paths if language_of(p) and target and pattern.matches(p)]
    orm = [OrmSchema("drizzle", p) for p in _given_on(index, files, modules)]
    return folder, orm, dialect.group(1).decode("ascii", "replace") if dialect else None


def _told(text: bytes, schema: re.Match[bytes]) -> bytes:
    """Return the text that holds the paths of a configuration's `schema`: of a variable, what it is given."""
    listed, quoted, variable = schema.groups()
    if variable is None:
        return bytes(listed or quoted)
    given = re.search(rb"\b(?:const|let|var)\s+" + variable + rb"\b[^=;\n]*=\s*([^;\n]+)", text)
    return given.group(1) if given else b""


def _given_on(index: FileIndex, files: Iterable[str], modules: Modules) -> list[str]:
    """Return the files of a Drizzle schema with those that they take what they export from, at any remove.

    Of these, only what speaks of Drizzle or takes from others itself is followed: a schema imports helpers, too.
    """
    found = dict.fromkeys(files)
    waiting = list(found)
    while waiting:
        path = waiting.pop()
        for specifier in _GIVES_ON.findall(index.read(path)):
            other = modules.resolve(path, specifier.decode("utf-8", "replace"))
            if other is not None and other not in found and language_of(other) and _is_of_drizzle(index.read(other)):
                found[other] = None
                waiting.append(other)
    return list(found)


def _is_of_drizzle(text: bytes) -> bool:
    return b"drizzle-orm" in text or _GIVES_ON.search(text) is not None


def _inside(base: str, path: str) -> str:
    joined = posixpath.normpath(posixpath.join(base, path))
    return "" if joined == "." or joined.startswith(("..", "/")) else joined
