"""The project's files, indexed for those who look for a layout, and what a layout's finder returns."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from tripoint.model.regex import regex
from tripoint.model.text import legible, without_comments
from tripoint.sources.layouts.kinds import is_sql, test_folder
from tripoint.sources.layouts.records import Remark, problem
from tripoint.tree import Tree, TreeError

__all__ = [
    "FileIndex",
    "carried_by",
    "foreign_name",
    "names_a_database",
    "package_folders",
    "parent_of",
    "project_root",
]


def parent_of(path: str) -> str:
    """Return the folder that holds a path; "" is the root."""
    return path.rpartition("/")[0]


_MANIFESTS = frozenset(
    [
        "package.json",
        "deno.json",
        "pyproject.toml",
        "setup.py",
        "manage.py",
        "Pipfile",
        "requirements.txt",
        "go.mod",
        "pubspec.yaml",
        "Cargo.toml",
        "Gemfile",
        "composer.json",
        "mix.exs",
        "pom.xml",
        "build.gradle",
        "build.gradle.kts",
        "Package.swift",
    ]
)

_HEAD = 64 * 1024

_FOREIGN_FOLDERS = regex(
    r"^(?:.*[-_.])?(mysql|mariadb|maria|sqlite3?|libsql|turso|d1|mssql|sqlserver|oracle|clickhouse|bigquery|snowflake"
    r"|spanner|db2|duckdb|redshift|databricks|cassandra|h2|hsqldb|tidb|vitess|firebird|ql|neo4j|mongodb|rqlite|ydb|scylla)(?:[-_.0-9].*)?$"
)
_POSTGRES_FOLDERS = regex(r"^(?:.*[-_.])?(postgres(?:ql)?|pg|psql|supabase|pglite)(?:[-_.0-9].*)?$")

_FOREIGN_TEXT = (
    (
        "MySQL",
        regex(
            rb"\bAUTO_INCREMENT\b|\bENGINE\s*=\s*\w|(?:TABLE|EXISTS)\s+`\w|^[ \t]*`\w+`\s"
            rb"|\b(?:TINY|MEDIUM|LONG)(?:INT|TEXT|BLOB)\b|\bINT(?:EGER)?\s+UNSIGNED\b|\bON\s+UPDATE\s+CURRENT_TIMESTAMP\b",
            re.I | re.M,
        ),
    ),
    (
        "SQLite",
        regex(
            rb"\bAUTOINCREMENT\b|^[ \t]*PRAGMA\s+\w|\bWITHOUT\s+ROWID\b|\b(?:strftime|unixepoch|julianday)\s*\("
            rb"|\bINSERT\s+OR\s+(?:REPLACE|IGNORE|ABORT|FAIL|ROLLBACK)\b|\bRAISE\s*\(\s*(?:ABORT|FAIL|IGNORE|ROLLBACK)\b"
            rb"|\bdatetime\s*\(\s*'now'|\bDATETIME\s+(?:NOT\s+NULL\s+)?DEFAULT\s+\(?CURRENT_TIMESTAMP\b"
            rb"|\bBOOLEAN\s+(?:NOT\s+NULL\s+)?DEFAULT\s+[01]\b"
            rb"|^[ \t]*\"?\w+\"?[ \t]+(?:BLOB|DATETIME)\b(?=[ \t]*(?:(?:NOT|NULL|PRIMARY|UNIQUE|DEFAULT)\b|[,)]|\r?$))",
            re.I | re.M,
        ),
    ),
    (
        "SQL Server",
        regex(rb"\bIDENTITY\s*\(\s*1\s*,|\bNVARCHAR\s*\(|(?:TABLE|EXISTS)\s+\[\w|^GO\s*$", re.I | re.M),
    ),
    ("ClickHouse", regex(rb"\bENGINE\s*=\s*\w*MergeTree|\bLowCardinality\s*\(", re.I)),
    (
        "CockroachDB",
        regex(rb"\bunique_rowid\s*\(|:::\s*\w|\bINTERLEAVE\s+IN\s+PARENT\b|\bFAMILY\s+\"?primary\"?\s*\(", re.I),
    ),
    ("Oracle", regex(rb"\bVARCHAR2\b|\bNUMBER\s*\(\d", re.I)),
)
_POSTGRES_TEXT = regex(
    rb"\b(?:big|small)?serial\b|\btimestamptz\b|\bplpgsql\b|\$\$|\bCREATE\s+(?:EXTENSION|TYPE|DOMAIN|POLICY)\b"
    rb"|\bROW\s+LEVEL\s+SECURITY\b|\btext\[\]|::\w|\bgen_random_uuid\b|\bUSING\s+(?:btree|gin|gist)\b|\bpg_catalog\b"
    rb"|\bGENERATED\s+(?:ALWAYS|BY\s+DEFAULT)\s+AS\s+IDENTITY\b|\buuid_generate_v4\b|\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\b|\bbytea\b|\bWITH(?:OUT)?\s+TIME\s+ZONE\b",
    re.I,
)


def package_folders(paths: Iterable[str]) -> frozenset[str]:
    """Return the folders that have a package manager's manifest; "" is the root."""
    return frozenset(folder for folder, _, name in (path.rpartition("/") for path in paths) if name in _MANIFESTS)


class FileIndex:
    """A tree's files by folder and by name. Files are read when asked for; what can't be read is remembered once.

    `sql` holds the SQL that may define a database: without `fixtures`, none of that among tests.
    """

    def __init__(self, tree: Tree, paths: Iterable[str], fixtures: bool = False) -> None:
        self.tree = tree
        self.paths = tuple(sorted(paths))
        self.all = frozenset(self.paths)
        self.problems: dict[str, Remark] = {}
        self._heads: dict[str, bytes] = {}
        self._dialects: dict[str, str | None] = {}
        all_sql = [path for path in self.paths if is_sql(path)]
        self.fixtures = [] if fixtures else [path for path in all_sql if test_folder(path) is not None]
        self.sql = tuple(sorted(set(all_sql) - set(self.fixtures)))
        self.by_name: dict[str, list[str]] = defaultdict(list)
        self.by_folder: dict[str, list[str]] = defaultdict(list)
        for path in self.paths:
            folder, _, name = path.rpartition("/")
            self.by_name[name].append(path)
            self.by_folder[folder].append(path)

    @cached_property
    def sql_folders(self) -> dict[str, list[str]]:
        """Folder to its SQL files."""
        folders: dict[str, list[str]] = defaultdict(list)
        for path in self.sql:
            folders[parent_of(path)].append(path)
        return dict(folders)

    def below(self, folder: str) -> list[str]:
        """Return the files below a folder, at any depth."""
        if not folder:
            return list(self.paths)
        prefix = folder + "/"
        return [path for path in self.paths if path.startswith(prefix)]

    def is_package(self, folder: str) -> bool:
        """Return whether a folder has a package manager's manifest."""
        prefix = f"{folder}/" if folder else ""
        return any(prefix + name in self.all for name in _MANIFESTS)

    def read(self, path: str) -> bytes:
        """Return a file's `legible` bytes; a file that can't be read becomes a problem and reads as empty."""
        try:
            return legible(self.tree.read(path))
        except TreeError as error:
            self.problems[path] = problem(path, error.reason, "unread")
            return b""

    def head(self, path: str) -> bytes:
        """Return the first 64 KiB of a file."""
        known = self._heads.get(path)
        if known is None:
            known = self._heads[path] = self.read(path)[:_HEAD]
        return known

    def dialect(self, path: str) -> str | None:
        """Return the name of the other database that a SQL file is written for; None where it may be PostgreSQL."""
        if path not in self._dialects:
            self._dialects[path] = self._dialect(path)
        return self._dialects[path]

    def dialect_of(self, paths: Iterable[str]) -> str | None:
        """Return the name of the other database that a folder's SQL files are written for.

        One history is one system's. Most files of any are SQL that all systems read, so those decide that are not.
        """
        paths = list(paths)
        foreign = [vote for path in paths if (vote := self.dialect(path)) is not None]
        if not foreign:
            return None
        native = sum(self._dialects[path] is None and self.speaks_postgres(path) for path in paths)
        if 2 * len(foreign) <= len(paths) and len(foreign) <= 2 * native:
            return None
        return max(set(foreign), key=lambda name: (foreign.count(name), name))

    def speaks_postgres(self, path: str) -> bool:
        """Return whether a file holds what only PostgreSQL reads."""
        return _POSTGRES_TEXT.search(without_comments(self.head(path))) is not None

    def mark_foreign(self, path: str, dialect: str) -> None:
        """Note that a file, or everything below a folder, is another database's by its tool's own settings."""
        for each in self.paths:
            if each == path or each.startswith(f"{path}/"):
                self._dialects[each] = dialect

    def _dialect(self, path: str) -> str | None:
        by_name = foreign_name(path)
        if by_name is not None:
            return by_name
        text = without_comments(self.head(path))
        foreign = [(len(pattern.findall(text)), name) for name, pattern in _FOREIGN_TEXT]
        count, name = max(foreign, key=lambda pair: pair[0])
        return name if count > 0 and count > len(_POSTGRES_TEXT.findall(text)) else None


def names_a_database(part: str) -> bool:
    """Return whether a folder is named for PostgreSQL or another database."""
    return bool(_POSTGRES_FOLDERS.match(part.lower()) or _FOREIGN_FOLDERS.match(part.lower()))


def foreign_name(path: str) -> str | None:
    """Return the other database that a path names, innermost first; None where it names PostgreSQL or none."""
    for part in reversed(path.lower().removesuffix(".sql").split("/")):
        if _POSTGRES_FOLDERS.match(part):
            return None
        foreign = _FOREIGN_FOLDERS.match(part)
        if foreign:
            return foreign.group(1)
    return None


_CARRIER_NAMES = """
    migrations migration migrate db database databases sql schema schemas ddl prisma drizzle supabase deploy
    resources main src priv repo postgres postgresql pg flyway liquibase goose sqitch atlas docker initdb init
    init-scripts initdb.d     docker-entrypoint-initdb.d infra storage store alembic versions
    """
_CARRIERS = frozenset(_CARRIER_NAMES.split())
"""Names of folders that carry migrations and are no project of their own."""


def project_root(index: FileIndex, folder: str) -> str:
    """Return the folder whose code the migrations in `folder` serve.

    The nearest folder above that has a package manager's manifest; without one, what is left after the names that
    folders of migrations usually have.
    """
    current = folder
    while current:
        if index.is_package(current):
            return current
        current = parent_of(current)
    if index.is_package(""):
        return ""
    return carried_by(index, folder)


def carried_by(index: FileIndex, folder: str) -> str:
    """Return the folder without the last names that only carry migrations, up to a package: `shop/infra` is `shop`."""
    while folder and folder.rpartition("/")[2].lower() in _CARRIERS and not index.is_package(folder):
        folder = parent_of(folder)
    return folder
