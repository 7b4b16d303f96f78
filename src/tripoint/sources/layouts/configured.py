"""What the settings say of databases, applied to the layouts that were found."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from tripoint.config import Config, DatabaseConfig
from tripoint.model.evidence import Settings
from tripoint.model.glob import Globs
from tripoint.sources.layouts.folders import files_of
from tripoint.sources.layouts.index import FileIndex, parent_of
from tripoint.sources.layouts.kinds import is_sql
from tripoint.sources.layouts.records import DatabaseFiles, Definition, Found, Remark, problem

__all__ = ["choose", "override"]


def choose(index: FileIndex, founds: Sequence[Found], config: Config) -> tuple[list[Found], list[Remark]]:
    """Return the layouts that the settings' databases mean. With databases in the settings there are no others."""
    file = config.path or "tripoint.toml"
    problems = [
        problem(file, f"documents names no file: {glob}", "unread")
        for glob in (*config.documents, *(glob for entry in config.databases for glob in entry.documents))
        if not any(map(Globs([glob]).matches, index.paths))
    ]
    if not config.databases:
        return list(founds), problems
    chosen: list[Found] = []
    for entry in config.databases:
        if entry.root and not index.below(entry.root):
            problems.append(
                problem(file, f"there is no folder {entry.root}, the root of database {entry.name!r}", "unread")
            )
        mine = _of(index, founds, entry)
        if not mine and (entry.migrations is not None or entry.declarative):
            where = entry.migrations or ", ".join(entry.declarative)
            reason = f"names no SQL file: database {entry.name!r} should have its schema at {where}"
            problems.append(problem(file, reason, "unread"))
        mine = mine or [Found(entry.layout or "schema", entry.root, entry.root, definition="none")]
        chosen += [replace(found, root=entry.root or found.root, database=entry.name) for found in mine]
    return chosen, problems


def _of(index: FileIndex, founds: Sequence[Found], entry: DatabaseConfig) -> list[Found]:
    mine: list[Found] = []
    if entry.migrations is not None:
        folder = entry.migrations
        fitting = [found for found in founds if found.definition != "none" and _is_at(found, folder)]
        if entry.layout is not None:
            fitting = [found for found in fitting if found.layout == entry.layout]
        paths = [folder] if folder in index.all else [path for path in index.below(folder) if is_sql(path)]
        if fitting:
            mine += fitting
        elif paths and folder in index.all:
            whole: Definition = "dump" if entry.layout == "dump" else "declarative"
            mine.append(replace(files_of(index, parent_of(folder), entry.layout or "schema", paths), definition=whole))
        elif paths:
            mine.append(files_of(index, folder, entry.layout or "numbered", paths))
    elif not entry.declarative:
        prefix = f"{entry.root}/" if entry.root else ""
        # Without settings a database is called after its folder.
        named = [found for found in founds if found.root == entry.name and not prefix]
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
