"""yoyo: steps in Python or SQL, in one folder, each behind those that it says it depends on."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict

from tripoint.model.evidence import MigrationFile
from tripoint.model.regex import regex
from tripoint.sources.layouts.index import FileIndex, parent_of, project_root
from tripoint.sources.layouts.kinds import is_sql, test_folder
from tripoint.sources.layouts.models import is_postgresql
from tripoint.sources.layouts.records import Found, problem

__all__ = ["find_yoyo"]

_STEP = regex(rb"^(?:from[ \t]+yoyo[ \t]+import|import[ \t]+yoyo)\b", re.M)
_DEPENDS = regex(rb"^__depends__[ \t]*(?::[^=\n]*)?=[ \t]*([\[{(][^\])}]*|[^\n]*)|^--[ \t]*depends:([^\n]*)", re.M)
_NAME = regex(rb"[\w.\-]+")
_DEFINES = regex(
    rb"\b(?:CREATE|ALTER|DROP)\s+(?:UNLOGGED\s+)?(?:TABLE|VIEW|TYPE|INDEX)\b|\bcreate_(?:all|table)\b", re.I
)
_ROLLBACK = ".rollback.sql"
_SOURCES = regex(rb"^[ \t]*sources[ \t]*=[ \t]*([^\r\n]+)", re.M)
_DATABASE = regex(rb"^[ \t]*database[ \t]*=[ \t]*(\w+)", re.M)


def find_yoyo(index: FileIndex, taken: frozenset[str]) -> list[Found]:
    """Return every folder with migrations of yoyo: of settings that name it, or with steps in Python."""
    groups: dict[str, list[str]] = defaultdict(list)
    for folder in _sources(index):
        groups[folder] = [path for path in index.sql_folders.get(folder, ()) if path not in taken]
    for path in index.paths:
        may_be = path.endswith(".py") and path not in taken and test_folder(path) is None and "igrat" in parent_of(path)
        if may_be and _STEP.search(index.head(path)):
            groups[parent_of(path)].append(path)
    founds: list[Found] = []
    for folder, found in sorted(groups.items()):
        beside = [path for path in index.by_folder[folder] if is_sql(path) and path not in taken]
        paths = sorted({*found, *beside})
        if not paths:
            continue
        root = project_root(index, folder)
        explained = frozenset(paths)
        if not _is_postgresql(index, root):
            reason = "is a migration of yoyo, but nothing in the project says that its database is PostgreSQL"
            said = problem(paths[0], f"{reason}: not audited")
            founds.append(Found("yoyo", folder, root, definition="none", explained=explained, problems=(said,)))
            continue
        if not any(_DEFINES.search(index.read(path)) for path in paths):
            said = problem(paths[0], "is a migration of yoyo, of which none defines anything: not read")
            founds.append(Found("yoyo", folder, root, definition="none", explained=explained, problems=(said,)))
            continue
        ordered = _ordered(index, [path for path in paths if not path.endswith(_ROLLBACK)])
        files = tuple(MigrationFile(path, _stem(path), "yoyo") for path in ordered)
        founds.append(Found("yoyo", folder, root, files, explained=explained))
    return founds


def _sources(index: FileIndex) -> list[str]:
    """Return the folders that settings name."""
    found: list[str] = []
    for path in index.by_name.get("yoyo.ini", ()):
        said = _SOURCES.search(index.head(path))
        for part in re.split(r"[\s,]+", said[1].decode("utf-8", "replace").strip()) if said is not None else ():
            folder = posixpath.normpath(posixpath.join(parent_of(path), part.replace("%(here)s", ".")))
            if folder in index.by_folder:
                found.append(folder)
    return found


def _is_postgresql(index: FileIndex, root: str) -> bool:
    settings = f"{root}/yoyo.ini".lstrip("/")
    said = _DATABASE.search(index.head(settings)) if settings in index.all else None
    if said is not None and not said[1].startswith((b"postgres", b"redshift")):
        return False
    return said is not None or is_postgresql(index, root)


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def _ordered(index: FileIndex, paths: list[str]) -> list[str]:
    """Return the files by their names, each behind those that it depends on; those of a circle are the last."""
    left = {_stem(path): path for path in sorted(paths, key=_stem)}
    needs = {stem: _needed(index.read(path)) & left.keys() for stem, path in left.items()}
    ordered: list[str] = []
    while left:
        stem = next((one for one in left if needs[one].isdisjoint(left)), next(iter(left)))
        ordered.append(left.pop(stem))
    return ordered


def _needed(text: bytes) -> set[str]:
    return {
        name.decode("utf-8", "replace")
        for match in _DEPENDS.finditer(text)
        for name in _NAME.findall(match[1] or match[2] or b"")
    }
