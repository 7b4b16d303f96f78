"""What a branch does to migrations that a database of its base has applied already.

The files alone can't tell which databases there are, so these are notices. Without them a migration that was edited in
place would read as a pass: the schema that the files make is the one that the code wants.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import zip_longest

from msgspec.structs import replace

from tripoint.assemble import Locator, notice_of
from tripoint.model.audit import Audit, Notice
from tripoint.model.evidence import MigrationFile
from tripoint.model.place import Problem
from tripoint.model.regex import regex
from tripoint.sql.lexer import tokens
from tripoint.tree import RevisionTree, Tree, TreeError
from tripoint.tree.revision import resolve_commit

__all__ = ["on_applied"]

_VERSION = regex(r"[vV]?([0-9]{1,20})(?=[^0-9])")
_LATE = {
    "supabase": "supabase db push refuses it without --include-all",
    "golang-migrate": "golang-migrate never applies it",
    "goose": "goose refuses it without -allow-missing",
    "flyway": "Flyway refuses it unless outOfOrder is set",
    "node-pg-migrate": "node-pg-migrate refuses it",
}
"""What a runner makes of a migration that comes before one that it has applied. Those that apply it are not named."""


def on_applied(now: Audit, tree: Tree, root: str | os.PathLike[str], base: str, revision: str) -> tuple[Notice, ...]:
    """Return notices of what was changed of, or put before, the migrations that `base` or `revision` has."""
    told: list[Notice] = []
    locator = Locator(lambda path: _read(tree, path))
    tip = resolve_commit(os.fspath(root), revision)
    with RevisionTree(root, base) as then, RevisionTree(root, tip) as there:
        before = {entry.path for entry in then.files()}
        known = before | {entry.path for entry in there.files()}
        for evidence in now.evidence:
            database = evidence.database
            if database.definition != "migrations" or database.unordered:
                continue
            files = [file for file in database.migrations if file.version is not None]
            for path, problem in (*_edited(files, tree, then, before), *_late(files, known)):
                told.append(notice_of(path, problem, "migrations", locator))
    return tuple(replace(n, spot=replace(n.spot, state="new")) if n.spot is not None else n for n in told)


def _read(tree: Tree, path: str) -> bytes | None:
    try:
        return tree.read(path)
    except TreeError:
        return None


def _edited(
    files: list[MigrationFile], tree: Tree, then: RevisionTree, before: set[str]
) -> Iterator[tuple[str, Problem]]:
    for file in files:
        if file.path not in before or not file.path.endswith(".sql"):
            continue
        old, new = _read(then, file.path), _read(tree, file.path)
        if old is None or new is None or old == new:
            continue
        end = 0
        for one, other in zip_longest(tokens(old), tokens(new)):
            if one is None or other is None or (one.kind, one.text) != (other.kind, other.text):
                start, end = (other.start, other.end) if other is not None else (end, end)
                reason = (
                    f"this migration was changed since {(then.revision or '')[:12]}: a database that has applied it "
                )
                yield file.path, Problem("unresolved", start, end, f"{reason}does not get the change")
                break
            end = other.end


def _late(files: list[MigrationFile], known: set[str]) -> Iterator[tuple[str, Problem]]:
    latest: dict[str, tuple[int, str]] = {}
    for path in known:
        folder, name = os.path.split(path)
        if path.endswith(".sql"):
            latest[folder] = max(latest.get(folder, (-1, "")), (_number(name), name))
    for file in files:
        folder, name = os.path.split(file.path)
        number, last = latest.get(folder, (-1, ""))
        if file.path not in known and file.layout in _LATE and -1 < _number(name) < number:
            reason = f"this migration is new and comes before {last}, which is there already: where that was applied, "
            yield file.path, Problem("unresolved", 0, 0, f"{reason}{_LATE[file.layout]}")


def _number(name: str) -> int:
    found = _VERSION.match(name)
    return int(found[1]) if found is not None else -1
