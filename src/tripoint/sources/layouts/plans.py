"""Runners that keep a plan or a strict naming of their own: Sqitch, Flyway, Atlas."""

from __future__ import annotations

import re
from collections import defaultdict

from tripoint.model.evidence import MigrationFile
from tripoint.sources.layouts.index import FileIndex, parent_of, project_root
from tripoint.sources.layouts.kinds import is_sql
from tripoint.sources.layouts.records import Found, Remark, problem

__all__ = ["find_atlas", "find_flyway", "find_sqitch", "not_postgresql"]


def not_postgresql(index: FileIndex, layout: str, folder: str, root: str, paths: list[str]) -> Found | None:
    """Return a layout that says so where SQL files are written for another database; None where they are not."""
    dialect = index.dialect_of(paths)
    if dialect is None:
        return None
    reason = f"is written for {dialect}, not PostgreSQL: {folder or 'its folder'} ({len(paths)} files) is not audited"
    said = problem(paths[0], reason)
    return Found(layout, folder, root, definition="none", explained=frozenset(paths), problems=(said,))


# ---- Sqitch

_PRAGMA = re.compile(r"^\s*%")
_CHANGE = re.compile(r"^\s*([^\s@#%][^\s]*)")
_TAG = re.compile(r"^\s*@(\S+)")
_ENGINE = re.compile(rb"^\s*engine\s*=\s*(\w+)", re.MULTILINE)


def find_sqitch(index: FileIndex, taken: frozenset[str]) -> list[Found]:
    """Return every Sqitch project: the changes of its plan, in the plan's order."""
    founds: list[Found] = []
    for plan in index.by_name.get("sqitch.plan", []):
        folder = parent_of(plan)
        prefix = f"{folder}/" if folder else ""
        below = [
            path
            for path in index.below(folder)
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
        for change, script in _sqitch_changes(index.read(plan).decode("utf-8", "replace")):
            path = f"{prefix}deploy/{script}.sql"
            if path in index.all:
                files.append(MigrationFile(path, change, "sqitch"))
            else:
                problems.append(problem(plan, f"lists the change {change}, which has no {path}", "unresolved"))
        applied = {file.path for file in files}
        for path in below:
            if path.startswith(f"{prefix}deploy/") and path not in applied:
                problems.append(problem(path, "is not applied by Sqitch: the plan does not list it"))
        founds.append(Found("sqitch", folder, root, tuple(files), explained=frozenset(below), problems=tuple(problems)))
    return founds


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


def _sqitch_changes(plan: str) -> list[tuple[str, str]]:
    """Return (change, script) in order. A change that was reworked ran from `change@tag` before the later tag's."""
    changes: list[tuple[str, str]] = []
    for line in plan.splitlines():
        tag = _TAG.match(line)
        change = _CHANGE.match(line)
        if tag:
            changes.append(("", tag.group(1)))
        elif change and not _PRAGMA.match(line):
            changes.append((change.group(1), change.group(1)))
    result: list[tuple[str, str]] = []
    for at, (name, script) in enumerate(changes):
        if not name:
            continue
        later = next((i for i in range(at + 1, len(changes)) if changes[i][0] == name), None)
        if later is not None:
            tags = [changes[i][1] for i in range(at + 1, later) if not changes[i][0]]
            script = f"{name}@{tags[-1]}" if tags else script
        result.append((name, script))
    return result


# ---- Flyway

_VERSIONED = re.compile(r"^V([0-9]+(?:[._][0-9]+)*)__(.+)\.sql$", re.IGNORECASE)
_BASELINE = re.compile(r"^B([0-9]+(?:[._][0-9]+)*)__(.+)\.sql$")
_REPEATABLE = re.compile(r"^R__(.+)\.sql$", re.IGNORECASE)
_UNDO = re.compile(r"^U([0-9]+(?:[._][0-9]+)*)__(.+)\.sql$")
_CALLBACK = re.compile(r"^(?:before|after)[A-Z]\w*?(?:__.*)?\.sql$")


def find_flyway(index: FileIndex, taken: frozenset[str]) -> list[Found]:
    """Return every Flyway location: versioned migrations by version, then repeatable ones by description."""
    folders: dict[str, list[str]] = defaultdict(list)
    for path in index.sql:
        name = path.rpartition("/")[2]
        if path not in taken and (_VERSIONED.match(name) or _REPEATABLE.match(name) or _BASELINE.match(name)):
            folders[_location(parent_of(path))].append(path)
    founds: list[Found] = []
    for folder, paths in sorted(folders.items()):
        names = [path.rpartition("/")[2] for path in paths]
        if not any(_VERSIONED.match(name) or _BASELINE.match(name) for name in names):
            continue
        root = project_root(index, folder)
        founds.append(
            not_postgresql(index, "flyway", folder, root, paths) or _flyway(index, folder, root, paths, taken)
        )
    return founds


def _location(folder: str) -> str:
    """Return the location that Flyway scans with its subfolders: the outermost part that is called after migrations."""
    parts = folder.split("/")
    for at, part in enumerate(parts):
        if part.lower() in ("migration", "migrations", "flyway") and at + 1 < len(parts):
            # Below it, folders of one database each stay apart; anything else is one location.
            inner = parts[at + 1].lower()
            vendor = inner in (
                "postgresql",
                "postgres",
                "mysql",
                "h2",
                "oracle",
                "mariadb",
                "sqlite",
                "sqlserver",
                "mssql",
            )
            return "/".join(parts[: at + 2 if vendor else at + 1])
    return folder


def _flyway(index: FileIndex, folder: str, root: str, paths: list[str], taken: frozenset[str]) -> Found:
    versioned: list[tuple[tuple[int, ...], str, str]] = []
    repeatable: list[tuple[str, str]] = []
    baselines: list[tuple[tuple[int, ...], str, str]] = []
    problems: list[Remark] = []
    for path in paths:
        name = path.rpartition("/")[2]
        if match := _VERSIONED.match(name):
            versioned.append((_version(match.group(1)), path, match.group(1)))
        elif match := _BASELINE.match(name):
            baselines.append((_version(match.group(1)), path, match.group(1)))
        elif match := _REPEATABLE.match(name):
            repeatable.append((match.group(1), path))
    if baselines:
        # A new environment starts from the latest baseline and skips what it sums up.
        top = max(baselines)
        versioned = [top, *(entry for entry in versioned if entry[0] > top[0])]
    files = [MigrationFile(path, version, "flyway") for _, path, version in sorted(versioned)]
    files += [MigrationFile(path, None, "flyway") for _, path in sorted(repeatable)]
    below = [path for path in index.below(folder) if is_sql(path) and path not in taken]
    for path in below:
        name = path.rpartition("/")[2]
        if path not in paths and not _UNDO.match(name):
            what = "is a callback of Flyway, which is not read" if _CALLBACK.match(name) else "is not applied by Flyway"
            problems.append(problem(path, what))
    return Found("flyway", folder, root, tuple(files), explained=frozenset(below), problems=tuple(problems))


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
