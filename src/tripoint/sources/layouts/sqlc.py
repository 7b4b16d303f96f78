"""sqlc: the schema and the queries that its settings name, and query files of its kind that no settings name."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from tripoint.model.evidence import MigrationFile
from tripoint.model.glob import Globs
from tripoint.model.regex import regex
from tripoint.sources.layouts.index import FileIndex, parent_of, project_root
from tripoint.sources.layouts.kinds import is_sql
from tripoint.sources.layouts.plans import not_postgresql
from tripoint.sources.layouts.records import DatabaseFiles, Found
from tripoint.sources.layouts.yaml_subset import read_yaml

__all__ = ["QueryFiles", "find_sqlc", "mark_sqlc_engines"]

_NAMES = ("sqlc.yaml", "sqlc.yml", "sqlc.json")
_POSTGRESQL = (None, "postgresql")
_NAMED_QUERY = regex(
    rb"(?:\s*--[^\n]*\n|\s*/\*(?:[^*]|\*(?!/))*\*/)*?\s*(?:--|/\*)[ \t]*name[ \t]*:[ \t]*[\w-]", re.DOTALL
)
"""How a file of named queries begins, for sqlc as for yesql and its kin."""


class _Package(Struct, frozen=True):
    """One package of a sqlc configuration; its paths are files and folders of the project."""

    engine: str | None
    schema: tuple[str, ...]
    queries: tuple[str, ...]


def find_sqlc(index: FileIndex, taken: frozenset[str]) -> list[Found]:
    """Return the schema of every sqlc configuration whose engine is PostgreSQL, where no runner explains the files."""
    founds: list[Found] = []
    for package in _packages(index):
        if package.engine not in _POSTGRESQL:
            continue
        files = [path for path in _sql_files(index, package.schema) if path not in taken]
        if files:
            folder = package.schema[0]
            root = project_root(index, folder)
            applied = tuple(MigrationFile(path, None, "sqlc") for path in files)
            foreign = not_postgresql(index, "sqlc", folder, root, files)
            founds.append(foreign or Found("sqlc", folder, root, applied, "declarative"))
            taken |= set(files)
    return founds


def mark_sqlc_engines(index: FileIndex) -> None:
    """Note which SQL is another database's because sqlc's settings say so."""
    for package in _packages(index):
        if package.engine is not None and package.engine not in _POSTGRESQL:
            for path in (*package.schema, *package.queries):
                index.mark_foreign(path, package.engine)


class QueryFiles:
    """The project's files of named queries, and to which database each belongs."""

    def __init__(self, index: FileIndex, taken: frozenset[str]) -> None:
        self._schema_of: dict[str, frozenset[str]] = {}
        for package in _packages(index):
            if package.engine in _POSTGRESQL:
                schema = frozenset(_sql_files(index, package.schema))
                for path in _sql_files(index, package.queries):
                    self._schema_of.setdefault(path, schema)
        for path in index.sql:
            if path not in taken and path not in self._schema_of and _NAMED_QUERY.match(index.head(path)):
                self._schema_of[path] = frozenset()
        self.paths = tuple(path for path in sorted(self._schema_of) if index.dialect(path) is None)

    def of(
        self, databases: Sequence[DatabaseFiles], nearest: dict[str | None, list[str]]
    ) -> dict[str | None, list[str]]:
        """Return the files of each database by its name: the one that holds the schema beside which sqlc names them;
        else as `nearest` has it.
        """
        held = {
            path: files.database.name
            for files in databases
            for path in (*(file.path for file in files.database.migrations), *files.declarative, *files.dumps)
        }
        groups: dict[str | None, list[str]] = {}
        for name, paths in nearest.items():
            for path in paths:
                owners = {held[schema] for schema in self._schema_of[path] if schema in held}
                groups.setdefault(owners.pop() if len(owners) == 1 else name, []).append(path)
        return {name: sorted(paths) for name, paths in groups.items()}


def _sql_files(index: FileIndex, places: Iterable[str]) -> list[str]:
    """Return the files that sqlc reads for its paths: files, those right inside folders, and what globs match."""
    found: dict[str, None] = {}
    for place in places:
        if place in index.all:
            paths: Iterable[str] = [place]
        elif place in index.by_folder:
            paths = index.by_folder[place]
        elif "*" in place or "?" in place:
            pattern = Globs([place])
            paths = [path for path in index.sql if pattern.matches(path)]
        else:
            paths = []
        found.update(dict.fromkeys(path for path in paths if is_sql(path) and not path.endswith(".down.sql")))
    return list(found)


def _packages(index: FileIndex) -> list[_Package]:
    packages: list[_Package] = []
    for path in sorted(p for name in _NAMES for p in index.by_name.get(name, [])):
        text = index.read(path).decode("utf-8", "replace")
        document = _json(text) if path.endswith(".json") else read_yaml(text)
        for key in ("sql", "packages"):
            entries: Any = document.get(key) if isinstance(document, dict) else None
            for entry in entries if isinstance(entries, list) else []:
                if isinstance(entry, dict):
                    engine = entry.get("engine")
                    base = parent_of(path)
                    packages.append(
                        _Package(
                            engine if isinstance(engine, str) and engine else None,
                            _paths(base, entry.get("schema")),
                            _paths(base, entry.get("queries")),
                        )
                    )
    return packages


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _paths(base: str, value: Any) -> tuple[str, ...]:
    """Return the paths of a setting that may be one or a list, as paths of the project; what leaves it is left out."""
    written = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    joined = [posixpath.normpath(posixpath.join(base, each)) for each in written if isinstance(each, str) and each]
    return tuple("" if each == "." else each for each in joined if not each.startswith(("../", "/")) and each != "..")
