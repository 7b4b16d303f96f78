"""Migrations in code, which say nothing to a reader of SQL, and SQL that no layout accounts for: said aloud."""

from __future__ import annotations

import re
from collections import Counter

from tripoint.sources.layouts.folders import DEFINES
from tripoint.sources.layouts.index import FileIndex, parent_of
from tripoint.sources.layouts.kinds import is_test, test_folder, unread_language_of
from tripoint.sources.layouts.records import Remark, problem

__all__ = ["find_unread_code", "find_unreadable", "unexplained"]

_RUNNERS: tuple[tuple[str, re.Pattern[str], re.Pattern[bytes]], ...] = (
    ("Alembic", re.compile(r"\.py$"), re.compile(rb"^\s*(?:from alembic import|import alembic)\b", re.M)),
    ("Django", re.compile(r"(?:^|/)migrations/\d{4}_\w+\.py$"), re.compile(rb"\bmigrations\.Migration\b")),
    ("Rails", re.compile(r"(?:^|/)db/migrate/\d+_\w+\.rb$"), re.compile(rb"ActiveRecord::Migration")),
    ("TypeORM", re.compile(r"\d{10,}[^/]*\.[jt]s$"), re.compile(rb"\bMigrationInterface\b|\bqueryRunner\b")),
    ("MikroORM", re.compile(r"(?:^|/)Migration\d+[^/]*\.[jt]s$"), re.compile(rb"@mikro-orm/migrations")),
    ("Sequelize", re.compile(r"/\d{8,}[^/]*\.c?[jt]s$"), re.compile(rb"\bqueryInterface\b")),
    (
        "Knex",
        re.compile(r"/\d{8,}[^/]*\.[cm]?[jt]s$"),
        re.compile(rb"\bknex\b|\bschema\s*\.\s*(?:create|alter)Table\b"),
    ),
    ("Kysely", re.compile(r"/\d+[^/]*\.[cm]?[jt]s$"), re.compile(rb"\bKysely\b")),
    ("node-pg-migrate", re.compile(r"/\d{10,}[^/]*\.[cm]?[jt]s$"), re.compile(rb"\bpgm\b|node-pg-migrate")),
    ("goose (Go)", re.compile(r"/\d+_\w+\.go$"), re.compile(rb"pressly/goose")),
    ("Ecto", re.compile(r"/migrations/\d+_\w+\.exs$"), re.compile(rb"Ecto\.Migration")),
    ("Laravel", re.compile(r"/migrations/\d{4}_\d\d_\d\d_\w+\.php$"), re.compile(rb"Illuminate")),
    ("Liquibase", re.compile(r"change-?log[^/]*\.(?:xml|ya?ml|json)$", re.I), re.compile(rb"databaseChangeLog", re.I)),
    ("Liquibase", re.compile(r"\.sql$", re.I), re.compile(rb"^--\s*liquibase formatted sql", re.I | re.M)),
    ("Entity Framework", re.compile(r"/Migrations/\d{14}_\w+\.cs$"), re.compile(rb"MigrationBuilder")),
    ("pgroll", re.compile(r"/migrations/[^/]+\.(?:json|ya?ml)$"), re.compile(rb"[\"']?operations[\"']?\s*:")),
)
"""Name, what the files are called, and what stands in them."""


def find_unreadable(index: FileIndex) -> list[Remark]:
    """Return one notice for each folder of migrations in code, which names the runner and the number of files."""
    folders: dict[tuple[str, str], list[str]] = {}
    for path in index.paths:
        if test_folder(path) is not None or (
            "igrat" not in path and "alembic" not in path and "changelog" not in path.lower()
        ):
            continue
        for runner, name, text in _RUNNERS:
            if name.search(path) and text.search(index.head(path)):
                folders.setdefault((parent_of(path), runner), []).append(path)
                break
    return [
        problem(
            paths[0],
            f"is a migration of {runner} in code, as are {len(paths) - 1} more in {folder or 'this folder'}: what they "
            "define is not read (a dump or a database would be)",
        )
        for (folder, runner), paths in sorted(folders.items())
    ]


_SPEAKS = re.compile(
    rb"\b(?:sqlx|diesel|sea_orm|tokio_postgres|postgres(?:ql)?|jdbc\w*|jooq|jdbi\d*|hibernate|jakarta\.persistence"
    rb"|javax\.persistence|active_?record|sequel|ecto|pdo|eloquent|doctrine|npgsql|dapper|entityframework\w*|slick"
    rb"|doobie|next\.jdbc|dbi|libpq|hasql|supabase|postgrest)\b",
    re.I,
)
"""What stands in code that speaks to a database, in the languages without a reader."""


def find_unread_code(index: FileIndex) -> tuple[tuple[str, ...], list[Remark]]:
    """Return the languages without a reader in which code speaks to a database, and one notice for each."""
    speaking: dict[str, list[str]] = {}
    for path in index.paths:
        language = unread_language_of(path)
        if language is not None and not is_test(path) and _SPEAKS.search(index.head(path)):
            speaking.setdefault(language, []).append(path)
    remarks = [
        problem(
            paths[0],
            f"{_one_of(paths, 'speaks', 'speak')} to a database in {language}, which is not read: what is asked for there "
            "is held against nothing (its words keep what they name from being called unused)",
        )
        for language, paths in sorted(speaking.items())
    ]
    return tuple(sorted(speaking)), remarks


def _one_of(paths: list[str], one: str, several: str) -> str:
    return one if len(paths) == 1 else f"is one of {len(paths)} files that {several}"


def unexplained(index: FileIndex, taken: frozenset[str]) -> list[Remark]:
    """Return what is to be said of SQL that defines something and belongs to no layout: one notice a folder."""
    folders: Counter[str] = Counter()
    first: dict[str, str] = {}
    for path in index.sql:
        if path not in taken and DEFINES.search(index.head(path)):
            folder = parent_of(path)
            folders[folder] += 1
            first.setdefault(folder, path)
    return [
        problem(
            first[folder],
            f"holds DDL, but no runner of migrations that is known applies it ({count} such files in "
            f"{folder or 'the root'}): not read; name the folder in tripoint.toml if it defines a database",
        )
        for folder, count in sorted(folders.items())
    ]
