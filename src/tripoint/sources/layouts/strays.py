"""Documents that stand below none of several databases, each given to the one whose tables it names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from tripoint.config import Config
from tripoint.model.claim import DocumentFacts
from tripoint.model.glob import Globs
from tripoint.sources.layouts.records import STRAY_DOCUMENT, DatabaseFiles, Layout
from tripoint.sql.facts import SqlFacts

__all__ = ["with_strays"]

_FEW = 2


def with_strays(layout: Layout, facts: Mapping[str, Any], config: Config) -> Layout:
    """Return the layout with each stray document given to the database whose tables it names.

    Only tables count that one database alone has: at least two of them, and more than twice as many as of any other.
    """
    strays = {path: facts[path] for path in layout.unassigned_documents if isinstance(facts.get(path), DocumentFacts)}
    if not strays:
        return layout
    tables = [_tables(files, facts) for files in layout.databases]
    times = Counter(name for made in tables for name in made)
    settled = {entry.name for entry in config.databases if entry.documents}  # whose documents the settings name
    own = [
        set() if files.database.name in settled else {name for name in made if times[name] == 1}
        for files, made in zip(layout.databases, tables, strict=True)
    ]
    given: dict[int, list[str]] = {}
    for path, document in strays.items():
        named = {entity.name.rpartition(".")[2].lower() for entity in document.entities}
        (most, at), (next_most, _) = sorted(((len(named & names), n) for n, names in enumerate(own)), reverse=True)[:2]
        if most >= _FEW and most > 2 * next_most:
            given.setdefault(at, []).append(path)
    return _given(layout, given, Globs(config.documents))


def _given(layout: Layout, given: Mapping[int, list[str]], models: Globs) -> Layout:
    databases = list(layout.databases)
    for number, paths in given.items():
        files = databases[number]
        databases[number] = replace(
            files,
            documents=(*files.documents, *paths),
            domain_models=(*files.domain_models, *(path for path in paths if models.matches(path))),
        )
    found = {path for paths in given.values() for path in paths}
    left = tuple(path for path in layout.unassigned_documents if path not in found)
    left_out = {**layout.left_out, STRAY_DOCUMENT: len(left)}
    return replace(
        layout,
        databases=tuple(databases),
        unassigned_documents=left,
        left_out={reason: count for reason, count in left_out.items() if count},
    )


def _tables(files: DatabaseFiles, facts: Mapping[str, Any]) -> set[str]:
    """Return the names of the tables that a database's files create."""
    paths = (*(migration.path for migration in files.database.migrations), *files.declarative)
    return {
        statement.node["relation"].get("relname", "").lower()
        for path in paths
        if isinstance(read := facts.get(path), SqlFacts)
        for statement in read.statements
        if statement.kind == "CreateStmt" and statement.node
    }
