"""What the settings say of databases, applied to the layouts that were found."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from tripoint.config import Config, ConfigError, DatabaseConfig
from tripoint.model.evidence import Settings
from tripoint.model.glob import Globs
from tripoint.sources.layouts.folders import files_of
from tripoint.sources.layouts.index import FileIndex, parent_of
from tripoint.sources.layouts.kinds import is_sql
from tripoint.sources.layouts.records import DatabaseFiles, Definition, Found, Remark, problem

__all__ = ["choose", "override"]

_FILE = "tripoint.toml"
_FEW = 3


def choose(index: FileIndex, founds: Sequence[Found], config: Config) -> tuple[list[Found], list[Remark]]:
    """Return the layouts that the settings' databases mean. With databases in the settings there are no others.

    Raises ConfigError where the settings lead nowhere: what was audited then would not be what they ask for, and a
    folder that moved would turn a check green.
    """
    problems = _globs(index, config, "documents", config.documents, None)
    if not config.databases:
        return list(founds), problems
    chosen: list[Found] = []
    for number, entry in enumerate(config.databases, 1):
        for key, globs in (("documents", entry.documents), ("code", entry.code)):
            problems += _globs(index, config, f"databases[{number}].{key}", globs, entry.lines.get(key))
        mine = _of(index, founds, entry)
        if len(config.databases) > 1 and not (entry.root or entry.migrations is not None or entry.declarative):
            mine = [found for found in founds if found.root == _root_of(entry)]
        astray = _astray(index, founds, entry, mine, several=len(config.databases) > 1)
        if astray is not None:
            key, reason = astray
            line = entry.lines.get(key, entry.lines.get(""))
            raise ConfigError(config.path or _FILE, line, f"databases[{number}]{'.' if key else ''}{key} {reason}")
        mine = mine or [Found(entry.layout or "schema", entry.root, entry.root, definition="none")]
        chosen += [replace(found, root=entry.root or found.root, database=entry.name) for found in mine]
    return chosen, problems


def _globs(index: FileIndex, config: Config, key: str, globs: Sequence[str], line: int | None) -> list[Remark]:
    """Return what is to be said of globs that name no file; raise ConfigError where none of a key's does."""
    idle = [glob for glob in globs if not any(map(Globs([glob]).matches, index.paths))]
    if globs and len(idle) == len(globs):
        raise ConfigError(config.path or _FILE, line, f"{key} names no file: {', '.join(idle)}")
    return [problem(config.path or _FILE, f"{key} names no file: {glob}", "unread") for glob in idle]


def _astray(
    index: FileIndex, founds: Sequence[Found], entry: DatabaseConfig, mine: Sequence[Found], several: bool
) -> tuple[str, str] | None:
    """Return the key of an entry that leads nowhere, and why; None where each leads to something."""
    if entry.root and not index.below(entry.root):
        return "root", f"leads nowhere: there is no folder {entry.root}"
    if mine:
        return None
    if entry.migrations is not None:
        there = entry.migrations in index.all or index.below(entry.migrations)
        found = sorted({found.folder for found in founds if found.definition == "migrations"})
        hint = f"; migrations are in {', '.join(found[:_FEW])}" if found else ""
        if not there:
            return "migrations", f"leads nowhere: there is no {entry.migrations}{hint}"
        return "migrations", f"names no migrations and no schema that can be read: {entry.migrations}{hint}"
    if entry.declarative:
        return "declarative", f"names no SQL file: {', '.join(entry.declarative)}"
    if several and not (entry.root or entry.code or entry.documents):
        names = sorted({found.root or "default" for found in founds if found.definition != "none"})
        known = f" (found were {', '.join(names)})" if names else ""
        return "", f"says neither root nor migrations, and no database is called {entry.name}{known}"
    return None


def _root_of(entry: DatabaseConfig) -> str:
    """Return the root of the database that is called so where no settings name it: it is called after its folder."""
    return "" if entry.name == "default" else entry.name


def _of(index: FileIndex, founds: Sequence[Found], entry: DatabaseConfig) -> list[Found]:
    mine: list[Found] = []
    if entry.migrations is not None:
        folder = entry.migrations
        fitting = [found for found in founds if found.definition != "none" and _is_at(found, folder)]
        if entry.layout is not None:
            fitting = [found for found in fitting if found.layout == entry.layout]
        paths = [folder] if folder in index.all else [path for path in index.below(folder) if is_sql(path)]
        if fitting:
            layout = entry.layout
            mine += [
                replace(found, files=tuple(replace(file, layout=layout or file.layout) for file in found.files))
                for found in fitting
            ]
        elif paths and folder in index.all:
            whole: Definition = "dump" if entry.layout == "dump" else "declarative"
            mine.append(replace(files_of(index, parent_of(folder), entry.layout or "schema", paths), definition=whole))
        elif paths:
            mine.append(files_of(index, folder, entry.layout or "numbered", paths))
    elif not entry.declarative:
        prefix = f"{entry.root}/" if entry.root else ""
        named = [found for found in founds if found.root == _root_of(entry) and not prefix]
        mine += named or [found for found in founds if f"{found.root}/".startswith(prefix) or not prefix]
    if entry.declarative:
        pattern = [Globs([glob]) for glob in entry.declarative]
        paths = list(dict.fromkeys(p for globs in pattern for p in index.paths if is_sql(p) and globs.matches(p)))
        if mine:
            mine[0] = replace(mine[0], declarative=tuple(paths))
        elif paths:
            mine.append(Found("schema", parent_of(paths[0]), entry.root, (), "declarative", declarative=tuple(paths)))
    return mine


def _is_at(found: Found, folder: str) -> bool:
    places = {found.folder, *(file.path for file in found.files)}
    return folder in places or f"{found.folder}/".startswith(f"{folder}/")


def override(files: DatabaseFiles, config: Config) -> DatabaseFiles:
    """Return a database with what the settings say of its platform and its API."""
    entry = next((entry for entry in config.databases if entry.name == files.database.name), None)
    if entry is None:
        return files
    settings: Settings = files.database.settings
    if entry.exposed_schemas is not None:
        settings = replace(settings, exposed_schemas=entry.exposed_schemas)
    found_out = entry.migrations is None and not entry.declarative
    database = replace(
        files.database,
        root=entry.root or (files.database.root if found_out else ""),
        platform=entry.platform or files.database.platform,
        settings=settings,
    )
    return replace(files, database=database, default_schema=entry.default_schema or files.default_schema)
