"""Migrations in code, which say nothing to a reader of SQL, and SQL that no layout accounts for: said aloud."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from tripoint.model.regex import regex
from tripoint.model.words import as_are, counted
from tripoint.sources.layouts.folders import DEFINES, undoes
from tripoint.sources.layouts.index import FileIndex, parent_of
from tripoint.sources.layouts.kinds import is_test, test_folder, unread_language_of
from tripoint.sources.layouts.records import DatabaseFiles, Found, Remark, problem

__all__ = [
    "beside_code_migrations",
    "code_migrations",
    "find_unread_code",
    "find_unreadable",
    "loose_sql",
    "unexplained",
    "unread_language_in",
]

_RUNNERS: tuple[tuple[str, re.Pattern[str], re.Pattern[bytes]], ...] = (
    ("Alembic", regex(r"(?:^|/)(?!env\.py$)[^/]+\.py$"), regex(rb"^down_revision\b", re.M)),
    ("Django", regex(r"(?:^|/)migrations/\d{4}_\w+\.py$"), regex(rb"\bmigrations\.Migration\b")),
    ("Rails", regex(r"(?:^|/)db/migrate/\d+_\w+\.rb$"), regex(rb"ActiveRecord::Migration")),
    ("TypeORM", regex(r"\d{10,}[^/]*\.[jt]s$"), regex(rb"\bMigrationInterface\b|\bqueryRunner\b")),
    ("MikroORM", regex(r"(?:^|/)Migration\d+[^/]*\.[jt]s$"), regex(rb"@mikro-orm/migrations")),
    ("Sequelize", regex(r"/\d{8,}[^/]*\.c?[jt]s$"), regex(rb"\bqueryInterface\b")),
    ("db-migrate", regex(r"/\d{8,}[^/]*\.[cm]?[jt]s$"), regex(rb"\bdb-migrate\b|\bdbm\b|\bdb\s*\.\s*runSql\b")),
    (
        "Knex",
        regex(r"/\d{8,}[^/]*\.[cm]?[jt]s$|/migrations(?:-\w+)?/\d[^/]*\.[cm]?[jt]s$"),
        regex(rb"\bknex\b|\bschema\s*\.\s*(?:create|alter)Table\b|\.createTable\s*\("),
    ),
    ("Kysely", regex(r"/\d+[^/]*\.[cm]?[jt]s$"), regex(rb"\bKysely\b")),
    ("node-pg-migrate", regex(r"/\d{10,}[^/]*\.[cm]?[jt]s$"), regex(rb"\bpgm\b|node-pg-migrate")),
    ("goose (Go)", regex(r"/\d+_\w+\.go$"), regex(rb"pressly/goose")),
    ("bun", regex(r"/\d+_\w+\.go$"), regex(rb"uptrace/bun")),
    ("gormigrate", regex(r"\.go$"), regex(rb"go-gormigrate/gormigrate")),
    ("SeaORM", regex(r"\.rs$"), regex(rb"\bMigrationTrait\b")),
    ("Doctrine", regex(r"/Version\d+\.php$"), regex(rb"\bAbstractMigration\b")),
    ("Phinx", regex(r"(?:^|/)migrations/\d{14}_\w+\.php$"), regex(rb"\bAbstractMigration\b")),
    ("Flyway (Java)", regex(r"/[VR][\w.]*__\w+\.(?:java|kt)$"), regex(rb"\b(?:Base)?JavaMigration\b")),
    ("Ecto", regex(r"/migrations/\d+_\w+\.exs$"), regex(rb"Ecto\.Migration")),
    ("Laravel", regex(r"/migrations/\d{4}_\d\d_\d\d_\w+\.php$"), regex(rb"Illuminate")),
    ("Liquibase", regex(r"\.(?:xml|ya?ml|json)$", re.I), regex(rb"\bdatabaseChangeLog\b", re.I)),
    ("Liquibase", regex(r"\.sql$", re.I), regex(rb"^--\s*liquibase formatted sql", re.I | re.M)),
    ("Entity Framework", regex(r"/Migrations/\d{14}_\w+\.cs$"), regex(rb"MigrationBuilder")),
    (
        "the application's own runner",
        regex(r"/v?\d{2,}[^/]*\.(?:py|[cm]?[jt]s|go)$", re.I),
        regex(rb"\b(?:CREATE|ALTER|DROP)\s+(?:UNLOGGED\s+|UNIQUE\s+)?(?:TABLE|INDEX|TYPE|VIEW|FUNCTION)\b"),
    ),
    (
        "Pop",
        regex(r"\.up\.fizz$"),
        regex(rb"\b(?:create_table|add_column|add_index|add_foreign_key|drop_\w+|sql)\s*\("),
    ),
    ("pgroll", regex(r"/migrations/[^/]+\.(?:json|ya?ml)$"), regex(rb"[\"']?operations[\"']?\s*:")),
)
"""Name, what the files are called, and what stands in them."""
_FOLDERS = ("migrat", "alembic", "changelog", "change-log", "changeset", "liquibase")
"""Parts of the paths of migrations in code."""
_NAMED = 3


_SUMMED_UP = frozenset({"Rails", "Ecto"})
"""Runners that write a dump of what their migrations came to, with the versions of those that it holds."""
_RECORDED = regex(rb"\bINSERT\s+INTO\s+[\w\".]*schema_migrations\b.*", re.I | re.S)


def code_migrations(index: FileIndex, taken: frozenset[str]) -> tuple[dict[str, list[str]], frozenset[str]]:
    """Return the migrations in code that no layout has taken by their runner.

    Apart are those that a `structure.sql` says it holds.
    """
    found: dict[str, list[str]] = {}
    held: set[str] = set()
    recorded: set[bytes] = set()
    for path in index.by_name.get("structure.sql", ()):
        if (match := _RECORDED.search(index.read(path))) is not None:
            recorded.update(re.findall(rb"[0-9]+", match[0]))
    for path in index.paths:
        if path in taken or test_folder(path) is not None or not any(part in path.lower() for part in _FOLDERS):
            continue
        for runner, name, text in _RUNNERS:
            if name.search(path) and text.search(index.head(path)):
                version = path.rpartition("/")[2].partition("_")[0].encode()
                if runner in _SUMMED_UP and version in recorded:
                    held.add(path)
                else:
                    found.setdefault(runner, []).append(path)
                break
    return found, frozenset(held)


_WITHOUT_READER = frozenset({"Django", "Rails", "Ecto", "Laravel", "Doctrine", "Entity Framework", "SeaORM"})


def beside_code_migrations(index: FileIndex, found: Found) -> Remark | None:
    """Return what is to be said of numbered SQL that no known runner applies, below or beside a folder of migrations in
    code that no reader is there for: of a longer history, these are steps that it hands to PostgreSQL or someone ran.
    """
    if found.layout != "numbered" or found.definition != "migrations" or not found.folder:
        return None
    above = parent_of(found.folder)
    near = [path for path in index.below(above) if parent_of(parent_of(path)) == above or parent_of(path) == above]
    for runner, name, text in _RUNNERS:
        if runner not in _WITHOUT_READER or not above:
            continue
        history = [path for path in near if name.search(path) and parent_of(path) != found.folder]
        history = [path for path in history if not path.endswith(".Designer.cs")]
        if len(history) > len(found.files) and text.search(index.head(history[0])):
            reason = (
                f"is numbered SQL ({counted(len(found.files), 'file')}) beside {len(history)} migrations of {runner} "
                f"in {parent_of(history[0])}, which make the schema and are not read: neither is this"
            )
            return problem(found.files[0].path, reason)
    return None


def find_unreadable(migrations: dict[str, list[str]], held: bool) -> list[Remark]:
    """Return one notice for each runner of migrations in code, which names the number of files and where they are.

    `held` says that a database is read, which knows what they made.
    """
    remarks: list[Remark] = []
    for runner, paths in sorted(migrations.items()):
        folders = sorted({parent_of(path) for path in paths})
        more = f" and {len(folders) - _NAMED} more" if len(folders) > _NAMED else ""
        others = as_are(len(paths) - 1)
        where = ", ".join(folder or "the root" for folder in folders[:_NAMED])
        reason = f"is a migration of {runner} in code{others} ({where}{more}): what they define is not read"
        if not held:
            reason += (
                ", and nothing that they name is called missing; give a dump (pg_dump --schema-only) or a connection "
                "with --database"
            )
        remarks.append(problem(paths[0], reason))
    return remarks


_SPEAKS = regex(
    rb"\b(?:sqlx|diesel|sea_orm|tokio_postgres|postgres(?:ql)?|jdbc\w*|jooq|jdbi\d*|hibernate|jakarta\.persistence"
    rb"|javax\.persistence|active_?record|sequel|ecto|pdo|eloquent|doctrine|npgsql|dapper|entityframework\w*|slick"
    rb"|doobie|next\.jdbc|dbi|libpq|hasql|supabase|postgrest)\b",
    re.I,
)
"""What stands in code that speaks to a database, in the languages without a reader."""


_RUST_ORM = regex(rb"\b(?:diesel|sea_orm)::")


def _unread(index: FileIndex, path: str) -> str | None:
    """Return the language of code that asks a database unread: one without a reader, or Rust through an ORM."""
    if path.endswith(".rs"):
        return "Rust (Diesel, SeaORM)" if _RUST_ORM.search(index.head(path)) else None
    language = unread_language_of(path)
    return language if language is not None and _SPEAKS.search(index.head(path)) else None


_UNREAD = (" to a database in ", ", which is not read")
"""What stands before and behind the language in what is said of code without a reader."""


def unread_language_in(reason: str) -> str | None:
    """Return the language of code that is not read, where a problem is about such code."""
    language, ends, _ = reason.partition(_UNREAD[0])[2].partition(_UNREAD[1])
    return language if ends else None


def find_unread_code(index: FileIndex, migrations: frozenset[str]) -> tuple[tuple[str, ...], list[Remark]]:
    """Return the languages without a reader in which code speaks to a database, and one notice for each.

    `migrations` are those in code, which have their own.
    """
    speaking: dict[str, list[str]] = {}
    for path in index.paths:
        if path in migrations or is_test(path):
            continue
        language = _unread(index, path)
        if language is not None:
            speaking.setdefault(language, []).append(path)
    remarks = [
        problem(
            paths[0],
            f"{_one_of(paths, 'speaks', 'speak')}{language.join(_UNREAD)}: what is asked for there is held against "
            "nothing (its words keep what they name from being called unused)",
        )
        for language, paths in sorted(speaking.items())
    ]
    return tuple(sorted(speaking)), remarks


_FEW_FOLDERS = 5


def _one_of(paths: list[str], one: str, several: str) -> str:
    return one if len(paths) == 1 else f"one of {len(paths)} files that {several}"


def loose_sql(index: FileIndex, databases: Iterable[DatabaseFiles]) -> list[str]:
    """Return the files of SQL that define something, and that neither a runner nor a declared schema applies.

    What is written for another system was not run on this one, and what undoes a migration tells what was before it.
    """
    applied: set[str] = set()
    for files in databases:
        applied.update(file.path for file in files.database.migrations)
        applied.update((*files.declarative, *files.seeds, *files.tests))
    loose = (path for path in index.sql if path not in applied and DEFINES.search(index.head(path)))
    return [path for path in loose if index.dialect(path) is None and not undoes(path)]


def _told(path: str) -> str:
    import json

    return json.dumps(path, ensure_ascii=False)


def unexplained(index: FileIndex, taken: frozenset[str]) -> list[Remark]:
    """Return what is to be said of SQL that defines something and belongs to no layout: one notice a folder, where
    there are few; folders of many are told by those above them.
    """
    folders: Counter[str] = Counter()
    first: dict[str, str] = {}
    for path in index.sql:
        if path not in taken and DEFINES.search(index.head(path)):
            folder = parent_of(path)
            folders[folder] += 1
            first.setdefault(folder, path)
    while len(folders) > _FEW_FOLDERS and (deepest := max(folders, key=lambda name: (name.count("/"), name))):
        above = parent_of(deepest)
        folders[above] += folders.pop(deepest)
        first[above] = min(first.pop(deepest), first.get(above, "\U0010ffff"))
    return [
        problem(
            first[folder],
            f"holds DDL, but no runner of migrations that is known applies it ({count} such "
            f"{'file' if count == 1 else 'files'} in {folder or 'the root'}): not read; if that defines a database, "
            f"[[databases]] with migrations = {_told(first[folder] if count == 1 else folder or '.')} in tripoint.toml "
            "has it read, in the order of the names",
        )
        for folder, count in sorted(folders.items())
    ]
