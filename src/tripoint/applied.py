"""What a branch does to migrations that a database of its base has applied already.

The files alone can't tell which databases there are, so these are notices. Without them a migration that was edited in
place would read as a pass: the schema that the files make is the one that the code wants.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import zip_longest

from msgspec.structs import replace

from tripoint.assemble import Locator, notice_of
from tripoint.model.audit import Audit, Notice
from tripoint.model.evidence import MigrationFile
from tripoint.model.place import Problem
from tripoint.model.regex import regex
from tripoint.sources.layouts.folders import is_way_back
from tripoint.sql.lexer import DOLLAR_TAG, Token, tokens
from tripoint.tree import RevisionTree, Tree, TreeError
from tripoint.tree.revision import resolve_commit

__all__ = ["on_applied"]

_VERSIONS = {
    "supabase": regex(r"^([0-9]+)_.*\.sql$"),
    "flyway": regex(r"^[vV]([0-9]+(?:[._][0-9]+)*)__.*\.sql$"),
}
_VERSION = regex(r"^[vV]?([0-9]+)[^0-9]")
_NUMBER = regex(r"[0-9]+")
_LATE = {
    "supabase": "supabase db push refuses it without --include-all",
    "golang-migrate": "golang-migrate never applies it",
    "goose": "goose refuses it without -allow-missing",
    "flyway": "Flyway refuses it unless outOfOrder is set",
    "node-pg-migrate": "node-pg-migrate refuses it",
}
"""What a runner makes of a migration that comes before one that it has applied. Those that apply it are not named."""
_BY_VERSION = frozenset({"supabase", "golang-migrate", "goose", "flyway", "dbmate", "drizzle"})
"""Runners that know a migration by its version, or by the day that their journal has: its name may change."""
_WAY_BACK = regex(
    rb"^(?:--|#)[ \t-]*(?:\+(?:goose|migrate)[ \t]+down|migrate:down|down[ \t]+migration|!downs)\b", re.I | re.M
)

_DEPTH = 5
"""How many bodies within each other are looked into: an EXECUTE of a DO within a function is the third."""

_Step = tuple[str, str, tuple[str, ...]]
"""Layout, folder and version, which compares as the runner compares it."""


def on_applied(now: Audit, tree: Tree, root: str | os.PathLike[str], base: str, revision: str) -> tuple[Notice, ...]:
    """Return notices of what was changed of, put before, or taken from the migrations that `base` or `revision` has."""
    told: dict[Notice, None] = {}
    tip = resolve_commit(os.fspath(root), revision)
    with RevisionTree(root, base) as then, RevisionTree(root, tip) as there:
        before = {entry.path for entry in then.files()}
        known = before | {entry.path for entry in there.files()}
        gone = {path for path in before - {entry.path for entry in tree.files()} if not tree.has(path)}
        locator = Locator(lambda path: _read(then if path in gone else tree, path))
        for evidence in now.evidence:
            database = evidence.database
            if database.definition != "migrations" or database.unordered:
                continue
            files = [file for file in database.migrations if file.version is not None and file.path.endswith(".sql")]
            names = _names_before(files, before, gone)
            seen = (*_edited(files, tree, then, names), *_late(files, known, names), *_gone(files, gone, names, then))
            told.update((notice_of(path, problem, "migrations", locator), None) for path, problem in seen)
    return tuple(replace(n, spot=replace(n.spot, state="new")) if n.spot is not None else n for n in told)


def _read(tree: Tree, path: str) -> bytes | None:
    try:
        return tree.read(path)
    except TreeError:
        return None


def _names_before(files: list[MigrationFile], before: set[str], gone: set[str]) -> dict[str, str]:
    """Path to the path in the base, of migrations that it has: one that was moved keeps its name, or its version."""
    moved: dict[_Step | str, str] = {}
    for path in sorted(path for path in gone if not is_way_back(path)):
        moved[_name(path)] = path
        moved.update((step, path) for layout in _BY_VERSION if (step := _step(layout, path)) is not None)
    names: dict[str, str] = {}
    for file in files:
        step = _step(file.layout, file.path)
        found = file.path if file.path in before else moved.get(_name(file.path))
        if found is None and step is not None and file.layout in _BY_VERSION:
            found = moved.get(step)
        if found is not None:
            names[file.path] = found
    return names


def _edited(
    files: list[MigrationFile], tree: Tree, then: RevisionTree, names: dict[str, str]
) -> Iterator[tuple[str, Problem]]:
    for file in files:
        if posixpath.dirname(names.get(file.path, "")) != posixpath.dirname(file.path):
            continue  # what has the same name in another folder may be another's
        old, new = _read(then, names[file.path]), _read(tree, file.path)
        if old is None or new is None or old == new:
            continue
        end = 0
        for one, other in zip_longest(_meant(old), _meant(new)):
            if one is None or other is None or (one.kind, one.text) != (other.kind, other.text):
                start, end = (other.start, other.end) if other is not None else (end, end)
                reason = f"this migration was changed since {_commit(then)}: a database that has applied it "
                yield file.path, Problem("unresolved", start, end, f"{reason}does not get the change")
                break
            end = other.end


def _meant(data: bytes) -> Iterator[Token]:
    """Yield what of a migration a database gets, however that is laid out: an editor may change every line's end."""
    way_back = _WAY_BACK.search(data)
    return _tokens(data, 3 if data.startswith(b"\xef\xbb\xbf") else 0, way_back.start() if way_back else len(data))


def _tokens(data: bytes, start: int, end: int, depth: int = 0) -> Iterator[Token]:
    for token in tokens(data, start, end):
        tag = DOLLAR_TAG.match(token.text) if depth < _DEPTH else None
        if token.kind != "string":
            yield token
        elif tag is None:
            yield replace(token, text=token.text.replace(b"\r\n", b"\n"))
        else:  # a function's body, whose blanks and comments do nothing either
            yield replace(token, text=b"$$", end=token.start + len(tag[0]))
            inner = token.start + len(tag[0])
            yield from _tokens(data, inner, max(token.end - len(tag[0]), inner), depth + 1)
            yield replace(token, text=b"$$", start=token.end)


def _late(files: list[MigrationFile], known: set[str], names: dict[str, str]) -> Iterator[tuple[str, Problem]]:
    folders: dict[str, list[str]] = defaultdict(list)
    for path in known:
        folders[posixpath.dirname(path)].append(path)
    steps: dict[tuple[str, str], tuple[dict[_Step, str], _Step]] = {}
    """By layout and folder the migrations that are there, and the last one."""
    for file in files:
        step = _step(file.layout, file.path)
        if step is None or file.path in known or file.path in names or file.layout not in _LATE:
            continue
        history = file.layout, step[1]
        if history not in steps:
            there = {s: path for path in folders[step[1]] if (s := _step(file.layout, path)) is not None}
            steps[history] = there, max(there, default=("", "", ()))
        there, last_step = steps[history]
        if step not in there and step < last_step:
            last = posixpath.basename(there[last_step])
            reason = f"this migration is new and comes before {last}, which is there already: where that was applied, "
            yield file.path, Problem("unresolved", 0, 0, f"{reason}{_LATE[file.layout]}")


def _gone(
    files: list[MigrationFile], gone: set[str], names: dict[str, str], then: RevisionTree
) -> Iterator[tuple[str, Problem]]:
    """Yield one notice for each folder that has lost migrations: those that are summed up in another go together."""
    held = {step for file in files if (step := _step(file.layout, file.path)) is not None}
    for layout, folder in sorted({step[:2] for step in held}):
        left = []
        for path in sorted(gone - set(names.values())):
            step = _step(layout, path)
            taken = step in held and layout in _BY_VERSION  # one of several of its version: a runner applies one
            if step is not None and step[1] == folder and not taken and not is_way_back(path):
                left.append(path)
        if len(left) == 1:
            reason = f"this migration of {_commit(then)} is gone: a database that has applied it keeps what it made"
            yield left[0], Problem("unresolved", 0, 0, reason)
        elif left:
            reason = f"this migration of {_commit(then)} and {len(left) - 1} more of its folder are gone: a database "
            yield left[0], Problem("unresolved", 0, 0, f"{reason}that has applied them keeps what they made")


def _commit(tree: RevisionTree) -> str:
    return (tree.revision or "")[:12]


def _name(path: str) -> str:
    """What a file is called: with its folder, where each migration has one."""
    name = posixpath.basename(path)
    return name if _VERSION.match(name) else "/".join(path.split("/")[-2:])


def _step(layout: str, path: str) -> _Step | None:
    """Return where a migration stands among those of its folder; None if the layout's runner does not apply it."""
    folder, name = posixpath.split(path)
    if not name.endswith(".sql"):
        return None
    found = _VERSIONS.get(layout, _VERSION).match(name)
    if found is None and layout not in _VERSIONS:
        folder, name = posixpath.split(folder)
        found = _VERSION.match(name)
    if found is None:
        return None
    numbers = [found[1]] if layout == "supabase" else [n.rjust(20, "0") for n in _NUMBER.findall(found[1])]
    return layout, folder, tuple(numbers)
