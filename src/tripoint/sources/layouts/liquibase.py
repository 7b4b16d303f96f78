"""Liquibase: the SQL that its changelogs have applied, in the order in which they include it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from tripoint.model.evidence import MigrationFile
from tripoint.model.regex import regex
from tripoint.model.words import as_are
from tripoint.sources.layouts.flyway import liquibase_schema
from tripoint.sources.layouts.index import FileIndex, parent_of, project_root
from tripoint.sources.layouts.kinds import is_sql, test_folder
from tripoint.sources.layouts.plans import not_postgresql
from tripoint.sources.layouts.records import Found, problem

__all__ = ["find_liquibase"]

_CHANGELOG = regex(rb"\bdatabaseChangeLog\b", re.I)
_FORMATTED = regex(rb"^\s*--[ \t]*liquibase[ \t]+formatted[ \t]+sql\b", re.I)
_SUFFIXES = (".xml", ".yaml", ".yml", ".json")
_BUILD_FILES = frozenset({"build.gradle", "build.gradle.kts", "libs.versions.toml", "package.json", "pom.xml"})
_XML = regex(r"<(?:\w+:)?(include|includeAll|sqlFile)\b([^>]*)>|<(?:\w+:)?changeSet\b", re.I)
_ATTRIBUTE = regex(r"\b(file|path|relativeToChangelogFile)\s*=\s*[\"']([^\"']*)[\"']", re.I)
_COMMENT = regex(r"<!--.*?-->", re.S)
_WORDS = regex(
    r"[\"']?\b(?:(?P<kind>include|includeAll|sqlFile)[\"']?[ \t]*:(?=[ \t]*[\n{])"
    r"|(?P<key>file|path|relativeToChangelogFile)[\"']?[ \t]*:[ \t]*[\"']?(?P<value>[^\"'\n,}#]+))",
    re.I,
)
_YAML_COMMENT = regex(r"^[ \t]*#[^\n]*", re.M)
_OTHER_CHANGE = regex(
    r"<(?:\w+:)?(?:create|add|drop|rename|modify|alter|merge|sql\b|insert|loadData|update\b)"
    r"|[\"']?\b(?:create|add|drop|rename|modify|alter|merge)[A-Z]\w*[\"']?[ \t]*:|[\"']?\bsql[\"']?[ \t]*:",
    re.I,
)
"""A change that a changelog states itself, and that no SQL file holds."""


class _Step(NamedTuple):
    """A file or a folder that a changelog names, in its place."""

    path: str
    folder: bool
    relative: bool


def find_liquibase(index: FileIndex, taken: frozenset[str]) -> list[Found]:
    """Return each master changelog's SQL in the order in which it is applied.

    What a changelog states in XML, YAML or JSON stays a migration in code; one that only includes others is explained.
    """
    formatted = [path for path in index.sql if path not in taken and _FORMATTED.match(index.head(path))]
    if not formatted and not _is_used(index):
        return []
    changelogs = {
        path: list(_steps(index, path))
        for path in index.paths
        if path.endswith(_SUFFIXES)
        and path not in taken
        and test_folder(path) is None
        and _CHANGELOG.search(index.head(path))
    }
    lost: dict[str, list[str]] = {}
    included = {path: list(_included(index, path, steps, lost)) for path, steps in changelogs.items()}
    named = {path for paths in included.values() for path in paths}
    founds: list[Found] = []
    read: set[str] = set()
    for master in sorted(changelogs.keys() - named):
        ordered: list[str] = []
        _walk(master, included, ordered, set())
        applied = [path for path in ordered if is_sql(path) and path not in taken and path not in read]
        read.update(applied)
        if applied:
            founds.append(_found(index, parent_of(master), applied, [p for p in ordered if p in changelogs], lost))
    # What no changelog includes is a master of its own where none stands above it.
    folders: dict[str, list[str]] = {}
    for path in formatted:
        if path not in read and path not in named:
            folders.setdefault(parent_of(path), []).append(path)
    for folder, paths in sorted(folders.items()):
        root = project_root(index, folder)
        if any(found.root == root for found in founds):
            reason = f"is SQL for Liquibase, and no changelog includes it{as_are(len(paths) - 1)} beside it: not read"
            said = (problem(paths[0], reason),)
            explained = frozenset(paths)
            founds.append(Found("liquibase", folder, root, definition="none", explained=explained, problems=said))
        else:
            founds.append(_found(index, folder, sorted(paths), [], {}))
    return founds


def _is_used(index: FileIndex) -> bool:
    """Return whether a name or a build file speaks of changelogs; else any XML, YAML and JSON would be read."""
    for path in index.paths:
        name = path.lower()
        if name.endswith(_SUFFIXES) and ("changelog" in name or "liquibase" in name):
            return True
        if name.rpartition("/")[2] in _BUILD_FILES and b"liquibase" in index.head(path):
            return True
    return False


def _found(
    index: FileIndex, folder: str, applied: list[str], changelogs: list[str], lost: dict[str, list[str]]
) -> Found:
    root = project_root(index, folder)
    foreign = not_postgresql(index, "liquibase", folder, root, applied)
    if foreign is not None:
        return foreign
    files = tuple(MigrationFile(path, None, "liquibase") for path in applied)
    plain = [path for path in changelogs if not _OTHER_CHANGE.search(_text(index, path))]
    where = max(sorted({parent_of(path) for path in applied}), key=[parent_of(path) for path in applied].count)
    said = tuple(
        problem(path, f"includes {name}, which is not there: what it defines is not read", "unresolved")
        for path in changelogs
        for name in lost.get(path, ())
    )
    schema = liquibase_schema(index, root)
    return Found("liquibase", where, root, files, explained=frozenset(plain), problems=said, schema=schema)


def _walk(path: str, included: dict[str, list[str]], ordered: list[str], seen: set[str]) -> None:
    if path in seen:
        return
    seen.add(path)
    ordered.append(path)
    for other in included.get(path, ()):
        _walk(other, included, ordered, seen)


def _text(index: FileIndex, path: str) -> str:
    text = index.read(path).decode("utf-8", "replace")
    return _COMMENT.sub("", text) if path.endswith(".xml") else _YAML_COMMENT.sub("", text)


def _steps(index: FileIndex, path: str) -> Iterator[_Step]:
    """Yield what a changelog includes, in its order."""
    text = _text(index, path)
    if path.endswith(".xml"):
        for match in _XML.finditer(text):
            if match[1]:
                given = {key.lower(): value for key, value in _ATTRIBUTE.findall(match[2])}
                yield from _step(match[1], given)
        return
    kind, given = "", {}
    for match in _WORDS.finditer(text):
        if match["kind"]:
            yield from _step(kind, given)
            kind, given = match["kind"], {}
        elif kind:
            given.setdefault(match["key"].lower(), match["value"].strip())
    yield from _step(kind, given)


def _step(kind: str, given: dict[str, str]) -> Iterator[_Step]:
    named = given.get("file") or given.get("path")
    if kind and named:
        relative = given.get("relativetochangelogfile", "").lower() == "true"
        yield _Step(named.strip().removeprefix("classpath:"), kind.lower() == "includeall", relative)


def _included(index: FileIndex, changelog: str, steps: list[_Step], lost: dict[str, list[str]]) -> Iterator[str]:
    """Yield the files that a changelog's steps lead to: names are looked for from its folder up to the root.

    What leads nowhere is added to `lost`.
    """
    for step in steps:
        folder = parent_of(changelog)
        while True:
            target = posixpath.normpath(posixpath.join(folder, step.path.lstrip("/")))
            if step.folder:
                below = [p for p in index.below(target) if is_sql(p) or p.endswith(_SUFFIXES)]
                if below:
                    yield from (p for p in below if p != changelog)
                    break
            elif target in index.all:
                yield target
                break
            if step.relative or not folder:
                lost.setdefault(changelog, []).append(step.path)
                break
            folder = parent_of(folder)
