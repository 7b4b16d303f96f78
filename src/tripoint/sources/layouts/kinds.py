"""What a file is, by its name: tables, and no look at content."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import Final

from tripoint.model.regex import regex

__all__ = [
    "DOCUMENT_SUFFIXES",
    "LANGUAGES",
    "RUNNER_TABLES",
    "SQL_SUFFIXES",
    "UNREAD_LANGUAGES",
    "document_kind",
    "is_route",
    "is_sql",
    "is_test",
    "is_unwanted_document",
    "language_of",
    "test_folder",
    "unread_language_of",
]

RUNNER_TABLES: Final = frozenset(
    {
        "__diesel_schema_migrations",
        "__drizzle_migrations",
        "_migrations",
        "_prisma_migrations",
        "_sqlx_migrations",
        "SequelizeData",
        "SequelizeMeta",
        "_yoyo_log",
        "_yoyo_migration",
        "_yoyo_version",
        "alembic_version",
        "ar_internal_metadata",
        "atlas_schema_revisions",
        "databasechangelog",
        "databasechangeloglock",
        "django_migrations",
        "flyway_schema_history",
        "goose_db_version",
        "gorp_migrations",
        "knex_migrations",
        "knex_migrations_lock",
        "kysely_migration",
        "kysely_migration_lock",
        "mikro_orm_migrations",
        "pgmigrations",
        "schema_migrations",
        "schema_version",
        "seaql_migrations",
        "typeorm_metadata",
    }
)
"""The tables in which runners write down what they applied."""

LANGUAGES: dict[str, str] = {
    ".ts": "typescript",
    ".mts": "typescript",
    ".cts": "typescript",
    ".tsx": "tsx",
    ".js": "javascript",
    ".jsx": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".vue": "vue",
    ".svelte": "svelte",
    ".astro": "astro",
    ".html": "html",
    ".htm": "html",
    ".py": "python",
    ".dart": "dart",
    ".swift": "swift",
    ".kt": "kotlin",
    ".kts": "kotlin",
    ".go": "go",
    ".rs": "rust",
}
"""Suffix to language, of the code that can be read."""

UNREAD_LANGUAGES: dict[str, str] = {
    ".java": "Java",
    ".scala": "Scala",
    ".groovy": "Groovy",
    ".clj": "Clojure",
    ".rb": "Ruby",
    ".php": "PHP",
    ".cs": "C#",
    ".fs": "F#",
    ".vb": "Visual Basic",
    ".ex": "Elixir",
    ".exs": "Elixir",
    ".erl": "Erlang",
    ".hs": "Haskell",
    ".ml": "OCaml",
    ".pl": "Perl",
    ".pm": "Perl",
    ".c": "C",
    ".cc": "C++",
    ".cpp": "C++",
    ".jl": "Julia",
    ".r": "R",
    ".nim": "Nim",
    ".zig": "Zig",
    ".cr": "Crystal",
}
"""Suffix to language, of the code that no reader is there for."""

DOCUMENT_SUFFIXES: dict[str, str] = {
    ".md": "markdown",
    ".mdx": "markdown",
    ".markdown": "markdown",
    ".mdown": "markdown",
    ".dbml": "dbml",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
}
"""Suffix to kind, of the documents that can be read."""

SQL_SUFFIXES = (".sql", ".pgsql", ".psql", ".ddl")

_TEST_FOLDER_NAMES = """
    test tests __tests__ e2e cypress playwright testdata test-data test_data testing test-utils testutils
    test-helpers test-files test_files testfiles
    __mocks__ mocks __fixtures__ fixtures integration_test integration-tests androidtest uitests spec specs
    test_driver testsuite unittests
    """
_TEST_FOLDERS = frozenset(_TEST_FOLDER_NAMES.split())

_TEST_NAMES = regex(
    r"(?:[._-](?:test|tests|spec|e2e|e2e-spec|cy|stories|story|mock|mocks|fixture|fixtures|bench)\.[a-z]+"
    r"|^test_.*\.py|^conftest\.py|_test\.(?:py|go|dart)|Tests?\.(?:swift|kt|kts)|Spec\.(?:swift|kt)"
    r"|^tests?\.rs|^[tT]est[-_]?(?:[uU]tils?|[hH]elpers?|[sS]upport|[fF]ixtures?)\.[a-z]+)$"
)

_TEST_FOLDER_SUFFIXES = ("-e2e", "_e2e", "-tests", "_tests", "-test", "tests-e2e")

_UNWANTED_DOCUMENTS = regex(
    r"^(?:changelog|changes|history|release[-_ ]?notes?|licen[cs]e|copying|notice|credits|authors|contributors"
    r"|contributing|code[-_]of[-_]conduct|security|support|funding|governance|maintainers|third[-_ ]party.*)\b",
    re.I,
)
_UNWANTED_FOLDERS = frozenset({".changeset", ".github", ".gitlab", "changelogs", "releases", "locales", "i18n"})
_TOLD = frozenset({"agents", "commands", "prompts", "skills"})
"""Folders of a tool (`.claude/skills`) that say how to go about a task: the SQL in them is an example."""


def _suffix(path: str) -> str:
    name = path.rpartition("/")[2]
    dot = name.rfind(".")
    return name[dot:].lower() if dot >= 0 else ""


def language_of(path: str) -> str | None:
    """Return the language of a file of code; None for other files, and for type declarations without code."""
    lower = path.lower()
    if lower.endswith((".d.ts", ".d.mts", ".d.cts")):
        return None
    return LANGUAGES.get(_suffix(lower))


def unread_language_of(path: str) -> str | None:
    """Return the language of a file of code that no reader is there for; None for other files."""
    return UNREAD_LANGUAGES.get(_suffix(path))


def document_kind(path: str) -> str | None:
    """Return which kind of document a file is; None for other files."""
    return DOCUMENT_SUFFIXES.get(_suffix(path))


def is_unwanted_document(path: str) -> bool:
    """Return whether a document is of a kind that never describes a schema: a licence, a change log, a tool's task."""
    *folders, name = path.split("/")
    if _UNWANTED_DOCUMENTS.match(name) is not None or not _UNWANTED_FOLDERS.isdisjoint(folders):
        return True
    return any(above.startswith(".") and below in _TOLD for above, below in pairwise(folders))


def is_sql(path: str) -> bool:
    """Return whether a file is SQL."""
    return path.lower().endswith(SQL_SUFFIXES)


def test_folder(path: str) -> str | None:
    """Return the outermost folder of tests or fixtures that a path lies in."""
    return _test_folder_at(path.rpartition("/")[0])


@lru_cache(maxsize=4096)
def _test_folder_at(folder: str) -> str | None:
    """Say it of a folder: it is asked of each file, several times, and a project has a tenth as many folders."""
    parts = folder.split("/")
    for index, part in enumerate(parts):
        lower = part.lower()
        if lower in _TEST_FOLDERS or lower.endswith(_TEST_FOLDER_SUFFIXES):
            return "/".join(parts[: index + 1])
    return None


_ROUTE = regex(r"^((?:[^/]+/)*?)(?:app|pages|routes)/(?:[^/]+/)*(?:(?:route|page|layout)\.[jt]sx?|\+[\w.]+)$")


def is_route(path: str) -> bool:
    """Return whether a framework serves a file by its folders: `app/api/test/route.ts` answers at /api/test."""
    match = _ROUTE.match(path)
    return match is not None and test_folder(match[1]) is None and "/__" not in path


def is_test(path: str) -> bool:
    """Return whether a file is test code, by its folder or its name."""
    if is_route(path):
        return False
    return test_folder(path) is not None or _TEST_NAMES.search(path.rpartition("/")[2]) is not None
