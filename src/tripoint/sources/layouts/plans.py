"""Runners that keep a plan or a strict naming of their own: Sqitch, Flyway, Atlas."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable

from tripoint.model.evidence import MigrationFile
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.sources.layouts.flyway import flyway_schema
from tripoint.sources.layouts.index import FileIndex, names_a_database, parent_of, project_root
from tripoint.sources.layouts.kinds import is_sql
from tripoint.sources.layouts.records import Found, Remark, problem

__all__ = ["find_atlas", "find_flyway", "find_sqitch", "not_postgresql"]


def not_postgresql(
    index: FileIndex, layout: str, folder: str, root: str, paths: list[str], also: Iterable[str] = ()
) -> Found | None:
    """Return a layout that says so where SQL files are written for another database; None where they are not.

    `also` are files that go with them, such as down scripts.
    """
    dialect = index.dialect_of(paths) or _of_sqlx(index, root, paths) or _of_d1(index, folder, paths)
    if dialect is None:
        return None
    where = f"{folder or 'its folder'} ({counted(len(paths), 'file')})"
    reason = f"is written for {dialect}, not PostgreSQL: {where} is not audited"
    said = problem(paths[0], reason)
    explained = frozenset([*paths, *also])
    return Found(layout, folder, root, definition="none", explained=explained, problems=(said,), dialect=dialect)


# ---- sqlx

_SQLX = regex(rb"^[ \t]*sqlx[ \t]*=[ \t]*\{[^}]*\}|^\[dependencies\.sqlx\][^\[]*(?:\[[^\]]*\][^\[]*)*", re.M)


def _of_sqlx(index: FileIndex, root: str, paths: list[str]) -> str | None:
    """Return the other database that a crate builds sqlx for alone, whose SQL may be such as all of them read."""
    manifest = f"{root}/Cargo.toml".lstrip("/")
    if manifest not in index.all or any(index.speaks_postgres(path) for path in paths):
        return None
    asked = b" ".join(_SQLX.findall(index.read(manifest)))
    if b'"postgres"' in asked or b'"any"' in asked:
        return None
    return "SQLite" if b'"sqlite"' in asked else "MySQL" if b'"mysql"' in asked else None


# ---- Cloudflare's D1

_D1 = regex(rb"\bd1_databases\b")
_D1_FOLDER = regex(rb"\bmigrations_dir\"?\s*[:=]\s*\"([^\"]+)\"")


def _of_d1(index: FileIndex, folder: str, paths: list[str]) -> str | None:
    """Return SQLite where a folder is the one from which Wrangler applies migrations to D1, and one of its files is
    SQLite's, or none seems to be PostgreSQL's."""
    above = folder
    while above:
        above = parent_of(above)
        for name in ("wrangler.toml", "wrangler.json", "wrangler.jsonc"):
            path = f"{above}/{name}".lstrip("/")
            text = index.read(path) if path in index.all else b""
            foreign = any(map(index.dialect, paths)) or not any(map(index.speaks_postgres, paths))
            if _D1.search(text) and foreign:
                given = [found.decode("utf-8", "replace") for found in _D1_FOLDER.findall(text)] or ["migrations"]
                folders = {posixpath.normpath(posixpath.join(above, each)) for each in given}
                return "SQLite" if folder in folders else None
    return None


# ---- Sqitch

_PRAGMA = regex(r"^\s*%")
_CHANGE = regex(r"^\s*([^\s@#%][^\s]*)")
_TAG = regex(r"^\s*@(\S+)")
_ENGINE = regex(rb"^[ \t]*engine\s*=\s*(\w+)", re.MULTILINE)
_TOP = regex(rb"^[ \t]*top_dir\s*=\s*\"?([\w./-]+)", re.MULTILINE)


def find_sqitch(index: FileIndex, taken: frozenset[str]) -> list[Found]:
    """Return every Sqitch project: the changes of its plan, in the plan's order."""
    founds: list[Found] = []
    for plan in index.by_name.get("sqitch.plan", []):
        folder = parent_of(plan)
        elsewhere = _top_plan(index, folder)
        if elsewhere not in (None, plan):
            said = problem(plan, f"is not the plan that Sqitch follows: its settings lead to {elsewhere}")
            founds.append(Found("sqitch", folder, project_root(index, folder), definition="none", problems=(said,)))
            continue
        top = _scripts_folder(index, folder)
        prefix = f"{top}/" if top else ""
        below = [
            path
            for path in index.below(top)
            if is_sql(path)
            and path[len(prefix) :].split("/")[0] in ("deploy", "revert", "verify")
            and path not in taken
        ]
        root = project_root(index, folder)
        engine = _sqitch_engine(index, folder)
        if engine not in (None, "pg", "cockroach"):
            said = problem(plan, f"is a Sqitch plan for {engine}, not PostgreSQL: it is not audited")
            founds.append(
                Found("sqitch", folder, root, definition="none", explained=frozenset(below), problems=(said,))
            )
            continue
        files: list[MigrationFile] = []
        problems: list[Remark] = []
        for scripts in _sqitch_changes(index.read(plan).decode("utf-8", "replace")):
            script = next((each for each in scripts if f"{prefix}deploy/{each}.sql" in index.all), scripts[0])
            path = f"{prefix}deploy/{script}.sql"
            if path in index.all:
                files.append(MigrationFile(path, script, "sqitch"))
            else:
                problems.append(problem(plan, f"lists the change {script}, which has no {path}", "unresolved"))
        if not files and not problems:
            problems.append(problem(plan, "lists no change, so nothing is applied", "unresolved"))
        applied = {file.path for file in files}
        for path in below:
            if path.startswith(f"{prefix}deploy/") and path not in applied:
                problems.append(problem(path, "is not applied by Sqitch: the plan does not list it"))
        founds.append(Found("sqitch", folder, root, tuple(files), explained=frozenset(below), problems=tuple(problems)))
    return founds


def _top_plan(index: FileIndex, folder: str) -> str | None:
    """Return the plan in the top directory that the settings beside a plan name, where there is one."""
    path = f"{folder}/sqitch.conf".lstrip("/")
    match = _TOP.search(index.read(path)) if path in index.all else None
    if match is None:
        return None
    plan = posixpath.normpath(posixpath.join(folder, match.group(1).decode("ascii", "replace"), "sqitch.plan"))
    return plan if plan in index.all else None


def _scripts_folder(index: FileIndex, folder: str) -> str:
    """Return the folder above a plan's scripts: the top directory that the settings beside the plan give."""
    path = f"{folder}/sqitch.conf".lstrip("/")
    match = _TOP.search(index.read(path)) if path in index.all else None
    if match is None:
        return folder
    top = posixpath.normpath(posixpath.join(folder, match.group(1).decode("ascii", "replace")))
    return top if f"{top}/deploy" in index.by_folder else folder


def _sqitch_engine(index: FileIndex, folder: str) -> str | None:
    current = folder
    while True:
        path = f"{current}/sqitch.conf".lstrip("/")
        if path in index.all:
            match = _ENGINE.search(index.read(path))
            return match.group(1).decode("ascii", "replace") if match else None
        if not current:
            return None
        current = parent_of(current)


def _sqitch_changes(plan: str) -> list[list[str]]:
    """Return the names that each change's script may have, in the plan's order.

    Of a change that was reworked, the earlier script is called after one of the tags between the two.
    """
    steps: list[tuple[str, str]] = []
    for line in plan.splitlines():
        tag = _TAG.match(line)
        change = _CHANGE.match(line)
        if tag:
            steps.append(("", tag.group(1)))
        elif change and not _PRAGMA.match(line):
            steps.append((change.group(1), ""))
    following: dict[str, int] = {}
    tags_after: list[str] = []
    changes: list[list[str]] = []
    # Backwards, so that the tags seen up to a change's next rework are at hand.
    for name, tag_name in reversed(steps):
        if not name:
            tags_after.append(tag_name)
            continue
        known = following.get(name)
        between = tags_after[known:][::-1] if known is not None else []
        changes.append([f"{name}@{tag}" for tag in between] or [name])
        following[name] = len(tags_after)
    return changes[::-1]


# ---- Flyway

_VERSIONED = regex(r"^V([0-9]+(?:[._][0-9]+)*)__(.+)\.sql$", re.IGNORECASE)
_BASELINE = regex(r"^B([0-9]+(?:[._][0-9]+)*)__(.+)\.sql$")
_REPEATABLE = regex(r"^R__(.+)\.sql$", re.IGNORECASE)
_UNDO = regex(r"^U([0-9]+(?:[._][0-9]+)*)__(.+)\.sql$")
_CALLBACK = regex(r"^(?:before|after)[A-Z]\w*?(?:__.*)?\.sql$")
_AROUND = regex(r"^(before|after)Migrate(?:Applied)?(?:__.*)?\.sql$")
"""The callbacks that each run of Flyway makes once, before and after all else: where views are often kept."""


def find_flyway(index: FileIndex, taken: frozenset[str]) -> list[Found]:
    """Return what Flyway applies: versioned migrations of all locations by version, then repeatable ones by name.

    The callbacks around a run come first and last.
    """
    folders: dict[str, list[str]] = defaultdict(list)
    for path in index.sql:
        name = path.rpartition("/")[2]
        if path not in taken and any(kind.match(name) for kind in (_VERSIONED, _REPEATABLE, _BASELINE, _AROUND)):
            folders[_location(parent_of(path))].append(path)
    founds: list[Found] = []
    projects: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for folder, paths in sorted(folders.items()):
        root = project_root(index, folder)
        foreign = not_postgresql(index, "flyway", folder, root, paths)
        if foreign is not None:
            founds.append(foreign)
        else:
            projects[root][folder] = paths
    for root, all_locations in projects.items():
        for at, locations in enumerate(_flyway_histories(all_locations)):
            names = [path.rpartition("/")[2] for paths in locations.values() for path in paths]
            if any(_VERSIONED.match(name) or _BASELINE.match(name) for name in names):
                # Another history is another database's, even where one package holds both.
                own = root if at == 0 else min(locations)
                founds.append(_flyway(index, own, locations, taken))
    return founds


def _flyway_histories(locations: dict[str, list[str]]) -> list[dict[str, list[str]]]:
    """Return the locations that can be one history, then each other alone: Flyway refuses a version that two hold.

    So locations with versions that the larger ones have serve other databases.
    """
    taken: set[tuple[int, ...]] = set()
    main: dict[str, list[str]] = {}
    others: list[dict[str, list[str]]] = []
    for folder, paths in sorted(locations.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        versions = {_version(m.group(1)) for path in paths if (m := _VERSIONED.match(path.rpartition("/")[2]))}
        if versions.isdisjoint(taken):
            taken |= versions
            main[folder] = paths
        else:
            others.append({folder: paths})
    return [main, *others]


def _location(folder: str) -> str:
    """Return the location that Flyway scans with its subfolders: the outermost part that is called after migrations.

    Below it, a folder that is named for a database is a location of its own.
    """
    parts = folder.split("/")
    for at, part in enumerate(parts):
        if part.lower() in ("migration", "migrations", "flyway"):
            vendor = at + 1 < len(parts) and names_a_database(parts[at + 1])
            return "/".join(parts[: at + 2 if vendor else at + 1])
    return folder


def _flyway(index: FileIndex, root: str, locations: dict[str, list[str]], taken: frozenset[str]) -> Found:
    versioned: list[tuple[tuple[int, ...], str, str]] = []
    repeatable: list[tuple[str, str]] = []
    around: dict[str, list[str]] = {"before": [], "after": []}
    baselines: list[tuple[tuple[int, ...], str, str]] = []
    problems: list[Remark] = []
    paths = {path for found in locations.values() for path in found}
    for path in sorted(paths):
        name = path.rpartition("/")[2]
        if match := _VERSIONED.match(name):
            versioned.append((_version(match.group(1)), path, match.group(1)))
        elif match := _BASELINE.match(name):
            baselines.append((_version(match.group(1)), path, match.group(1)))
        elif match := _REPEATABLE.match(name):
            repeatable.append((match.group(1), path))
        elif match := _AROUND.match(name):
            around[match.group(1)].append(path)
    if baselines:
        # A new environment starts from the latest baseline and skips what it sums up.
        top = max(baselines)
        versioned = [top, *(entry for entry in versioned if entry[0] > top[0])]
    files = [MigrationFile(path, None, "flyway") for path in sorted(around["before"], key=_file_name)]
    files += [MigrationFile(path, version, "flyway") for _, path, version in sorted(versioned)]
    files += [MigrationFile(path, None, "flyway") for _, path in sorted(repeatable)]
    files += [MigrationFile(path, None, "flyway") for path in sorted(around["after"], key=_file_name)]
    below = {path for folder in locations for path in index.below(folder) if is_sql(path) and path not in taken}
    for path in sorted(below - paths):
        name = path.rpartition("/")[2]
        if not _UNDO.match(name):
            what = "is a callback of Flyway, which is not read" if _CALLBACK.match(name) else "is not applied by Flyway"
            problems.append(problem(path, what))
    # The location with most of the files stands for all of them.
    folder = max(sorted(locations), key=lambda location: len(locations[location]))
    explained, said = frozenset(below), tuple(problems)
    schema = flyway_schema(index, project_root(index, folder))
    return Found("flyway", folder, root, tuple(files), explained=explained, problems=said, schema=schema)


def _file_name(path: str) -> str:
    return path.rpartition("/")[2]


def _version(text: str) -> tuple[int, ...]:
    numbers = [int(part[:18]) for part in re.split(r"[._]", text)]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


# ---- Atlas


def find_atlas(index: FileIndex, taken: frozenset[str]) -> list[Found]:
    """Return every folder with an `atlas.sum`: its SQL files in the order of their names."""
    founds: list[Found] = []
    for path in index.by_name.get("atlas.sum", []):
        folder = parent_of(path)
        paths = [each for each in index.by_folder[folder] if is_sql(each) and each not in taken]
        if not paths or any(each.endswith(".up.sql") or b"+goose" in index.head(each) for each in paths):
            continue  # Atlas also vouches for folders in other runners' formats.
        root = project_root(index, folder)
        foreign = not_postgresql(index, "atlas", folder, root, paths)
        if foreign is not None:
            founds.append(foreign)
            continue
        files = []
        for each in sorted(paths):
            version = re.match(r"^([0-9]+)", each.rpartition("/")[2])
            files.append(MigrationFile(each, version.group(1) if version else None, "atlas"))
        founds.append(Found("atlas", folder, root, tuple(files)))
    return founds
