"""yoyo: steps in Python or SQL, in one folder, each behind those that it says it depends on."""

from __future__ import annotations

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
_ROLLBACK = ".rollback.sql"
_DATABASE = regex(rb"^[ \t]*database[ \t]*=[ \t]*(\w+)", re.M)


def find_yoyo(index: FileIndex, taken: frozenset[str]) -> list[Found]:
    """Return every folder with migrations of yoyo in Python, and the SQL among them."""
    groups: dict[str, list[str]] = defaultdict(list)
    for path in index.paths:
        may_be = path.endswith(".py") and path not in taken and test_folder(path) is None and "igrat" in parent_of(path)
        if may_be and _STEP.search(index.head(path)):
            groups[parent_of(path)].append(path)
    founds: list[Found] = []
    for folder, paths in sorted(groups.items()):
        root = project_root(index, folder)
        beside = [path for path in index.by_folder[folder] if is_sql(path) and path not in taken]
        explained = frozenset((*paths, *beside))
        if not _is_postgresql(index, root):
            reason = "is a migration of yoyo, but nothing in the project says that its database is PostgreSQL"
            said = problem(paths[0], f"{reason}: not audited")
            founds.append(Found("yoyo", folder, root, definition="none", explained=explained, problems=(said,)))
            continue
        ordered = _ordered(index, [*paths, *(path for path in beside if not path.endswith(_ROLLBACK))])
        files = tuple(MigrationFile(path, _stem(path), "yoyo") for path in ordered)
        founds.append(Found("yoyo", folder, root, files, explained=explained))
    return founds


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
