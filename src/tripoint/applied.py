"""What a branch does to migrations that a database of its base has applied already.

The files alone can't tell which databases there are, so these are notices. Without them a migration that was edited in
place would read as a pass: the schema that the files make is the one that the code wants.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tripoint.assemble import Locator, notice_of
from tripoint.model.audit import Audit, Notice
from tripoint.model.evidence import MigrationFile
from tripoint.model.place import Problem
from tripoint.model.regex import regex
from tripoint.reading import Kind, Reading, kind_of
from tripoint.sql.facts import SqlFacts
from tripoint.sql.lexer import DOLLAR_TAG, Token, tokens
from tripoint.tree import RevisionTree, Tree, TreeError
from tripoint.tree.revision import resolve_commit

if TYPE_CHECKING:
    from tripoint.options import Options

__all__ = ["histories", "on_applied"]

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
_BY_VERSION = frozenset({"supabase", "golang-migrate", "goose", "flyway", "dbmate", "drizzle", "alembic"})
"""Runners that know a migration by its version, or by the day that their journal has: its name may change."""
_WAY_BACK = regex(
    rb"^(?:--|#)[ \t-]*(?:\+(?:goose|migrate)[ \t]+down|migrate:down|down[ \t]+migration|!downs)\b", re.I | re.M
)

_DEPTH = 5
"""How many bodies within each other are looked into: an EXECUTE of a DO within a function is the third."""

_Step = tuple[str, str, tuple[str, ...]]
"""Layout, folder and version, which compares as the runner compares it."""

_Key = tuple[str, str, str]
"""What a runner knows a migration by: its layout, the folder of its history, and its version or its name."""

_Part = tuple[object, int, int]
"""A part of what a migration says, and the bytes of it."""


def histories(audit: Audit) -> tuple[MigrationFile, ...]:
    """Return the migrations of which a database remembers that it has applied them."""
    databases = (evidence.database for evidence in audit.evidence)
    ordered = (one for one in databases if one.definition == "migrations" and not one.unordered)
    return tuple(dict.fromkeys(file for one in ordered for file in one.migrations if file.version is not None))


def on_applied(
    now: Audit, past: tuple[MigrationFile, ...], tree: Tree, root: str, base: str, revision: str, options: Options
) -> tuple[Notice, ...]:
    """Return notices of what was changed of, put before, or taken from the migrations that `base` or `revision` has.

    `past` are the migrations that the audit of `base` found.
    """
    files = histories(now)
    tip = resolve_commit(root, revision)
    with RevisionTree(root, base) as then, RevisionTree(root, tip) as there:
        before = {entry.path for entry in then.files()}
        known = before | {entry.path for entry in there.files()}
        left = {entry.path for entry in tree.files()}
        gone = {file.path: file for file in past if file.path not in left and not tree.has(file.path)}
        names = _names_before(files, before, gone)
        locator = Locator(lambda path: _read(then if path in gone else tree, path))
        seen = (
            *_edited(_may_be_edited(files, names, tree, then), names, tree, then, options),
            *_late(files, known, names),
            *_gone(files, gone, names, then),
        )
        told = dict.fromkeys(notice_of(path, problem, "migrations", locator) for path, problem in seen)
    return tuple(replace(n, spot=replace(n.spot, state="new")) if n.spot is not None else n for n in told)


def _read(tree: Tree, path: str) -> bytes | None:
    try:
        return tree.read(path)
    except TreeError:
        return None


def _names_before(files: tuple[MigrationFile, ...], before: set[str], gone: dict[str, MigrationFile]) -> dict[str, str]:
    """Path to the path in the base, of migrations that it has: one that was moved keeps its name, or its version."""
    moved: dict[_Key | str, str] = {}
    for path, file in sorted(gone.items()):
        moved[_name(path)] = moved[_key(file)] = path
    names: dict[str, str] = {}
    for file in files:
        found = file.path if file.path in before else moved.get(_name(file.path)) or moved.get(_key(file))
        if found is not None:
            names[file.path] = found
    return names


def _may_be_edited(
    files: tuple[MigrationFile, ...], names: dict[str, str], tree: Tree, then: RevisionTree
) -> list[MigrationFile]:
    found = []
    for file in files:
        if posixpath.dirname(names.get(file.path, "")) != posixpath.dirname(file.path):
            continue  # what has the same name in another folder may be another's
        old, new = _read(then, names[file.path]), _read(tree, file.path)
        if old is not None and new is not None and old != new:
            found.append(file)
    return found


def _edited(
    files: list[MigrationFile], names: dict[str, str], tree: Tree, then: RevisionTree, options: Options
) -> Iterator[tuple[str, Problem]]:
    kinds = {file.path: kind_of(file) for file in files if file.program}
    sent = _sent(kinds, tree, options)
    sent_then = _sent({names[path]: kind for path, kind in kinds.items()}, then, options)
    for file in files:
        old: Iterable[_Part]
        new: Iterable[_Part]
        if file.program:
            old, new = sent_then.get(names[file.path], ()), sent.get(file.path, ())
        else:
            old, new = _meant(_read(then, names[file.path]) or b""), _meant(_read(tree, file.path) or b"")
        end = 0
        for one, other in zip_longest(old, new):
            if one is None or other is None or one[0] != other[0]:
                start, end = other[1:] if other is not None else (end, end)
                reason = f"this migration was changed since {_commit(then)}: a database that has applied it "
                yield file.path, Problem("unresolved", start, end, f"{reason}does not get the change")
                break
            end = other[2]


def _sent(kinds: dict[str, Kind], tree: Tree, options: Options) -> dict[str, list[_Part]]:
    """Return what programs send to the database on the way up, whatever else is changed of them."""
    paths: dict[Kind, list[str]] = defaultdict(list)
    for path, kind in kinds.items():
        paths[kind].append(path)
    facts: dict[str, SqlFacts] = {}
    if paths:
        with Reading(tree, lambda path, reason: None, options.cache, options.processes) as reading:
            for kind, of in paths.items():
                facts |= reading.several(of, kind)
    return {
        path: [
            ((one.kind, one.node.get("reason"), [part for part, _, _ in _meant(one.text.encode())]), one.start, one.end)
            for one in found.statements
        ]
        for path, found in facts.items()
    }


def _meant(data: bytes) -> Iterator[_Part]:
    """Yield what of SQL a database gets, however that is laid out: an editor may change every line's end."""
    way_back = _WAY_BACK.search(data)
    start, end = 3 if data.startswith(b"\xef\xbb\xbf") else 0, way_back.start() if way_back else len(data)
    return (((token.kind, token.text), token.start, token.end) for token in _tokens(data, start, end))


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


def _late(files: tuple[MigrationFile, ...], known: set[str], names: dict[str, str]) -> Iterator[tuple[str, Problem]]:
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
    files: tuple[MigrationFile, ...], gone: dict[str, MigrationFile], names: dict[str, str], then: RevisionTree
) -> Iterator[tuple[str, Problem]]:
    """Yield one notice for each folder that has lost migrations: those that are summed up in another go together."""
    held = {_key(file) for file in files}  # of several of one version, a runner applies one
    moved = set(names.values())
    left: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path, file in sorted(gone.items()):
        if path not in moved and _key(file) not in held:
            left[_key(file)[:2]].append(path)
    for paths in left.values():
        reason = f"this migration of {_commit(then)} is gone: a database that has applied it keeps what it made"
        if len(paths) > 1:
            reason = f"this migration of {_commit(then)} and {len(paths) - 1} more of its folder are gone: a database "
            reason += "that has applied them keeps what they made"
        yield paths[0], Problem("unresolved", 0, 0, reason)


def _commit(tree: RevisionTree) -> str:
    return (tree.revision or "")[:12]


def _name(path: str) -> str:
    """What a file is called: with its folder, where each migration has one."""
    name = posixpath.basename(path)
    return name if _VERSION.match(name) else "/".join(path.split("/")[-2:])


def _key(file: MigrationFile) -> _Key:
    folder, name = posixpath.split(file.path)
    if name.endswith(".sql") and file.layout not in _VERSIONS and not _VERSION.match(name):
        folder, name = posixpath.split(folder)  # each has a folder of its own
    if file.layout not in _BY_VERSION:
        return file.layout, folder, name
    version = file.version or name
    number = _VERSION.match(version) if file.layout == "drizzle" else None
    return file.layout, folder, number[1] if number is not None else version


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
