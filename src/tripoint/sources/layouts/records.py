"""What discover hands out: databases and the files that speak of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field

from tripoint.model.catalog import Bucket
from tripoint.model.evidence import Database, MigrationFile, Platform, Settings
from tripoint.model.place import Problem, ProblemKind

__all__ = [
    "ORMS",
    "STRAY_DOCUMENT",
    "CodeFile",
    "DatabaseFiles",
    "Definition",
    "Found",
    "Layout",
    "OrmSchema",
    "Remark",
    "problem",
]

Definition = Literal["migrations", "declarative", "dump", "orm", "database", "none"]
Remark = tuple[str, Problem]
"""A path and what is to be said of it; an empty path is the whole project."""

STRAY_DOCUMENT = "document under none of the databases"
"""Why a document is not heard that stands below none of several databases and names no one's tables."""
ORMS = {
    "prisma": "Prisma",
    "drizzle": "Drizzle",
    "sqlalchemy": "SQLAlchemy",
    "django": "Django",
    "typeorm": "TypeORM",
    "types": "generated types",
}
"""What the ORMs call themselves."""


class OrmSchema(Struct, frozen=True):
    """A file in which an ORM defines the schema."""

    kind: Literal["prisma", "drizzle", "sqlalchemy", "django", "typeorm", "types"]
    path: str


class Found(Struct, frozen=True):
    """One layout at one place, with the files that it explains.

    `folder` is the folder of the migrations, or the schema file; `root` the folder whose code it serves.
    """

    layout: str
    folder: str
    root: str
    files: tuple[MigrationFile, ...] = ()
    definition: Definition = "migrations"
    platform: Platform | None = None
    explained: frozenset[str] = frozenset()
    """SQL files that this layout accounts for without applying them: down scripts, seeds, tests, ignored ones."""
    declarative: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    orm: tuple[OrmSchema, ...] = ()
    settings: Settings | None = None
    buckets: tuple[Bucket, ...] = ()
    problems: tuple[Remark, ...] = ()
    database: str | None = None
    """The database that the settings say it belongs to."""
    dialect: str | None = None
    """The other system that its files are written for, where that is not PostgreSQL."""
    schema: tuple[str, str] | None = None
    """The file that says in which other schema than public the runner works, and that schema."""
    hosted_as: str | None = None
    """The reference of the platform's project that a configuration names."""

    @property
    def paths(self) -> frozenset[str]:
        """Every SQL file that this layout accounts for."""
        applied = {file.path for file in self.files}
        return self.explained | applied | {*self.declarative, *self.seeds, *self.tests}


def problem(path: str, reason: str, kind: ProblemKind = "unsupported") -> Remark:
    """Return something to be said of a file as a whole."""
    return path, Problem(kind, 0, 0, reason)


class CodeFile(Struct, frozen=True):
    """A file of code."""

    path: str
    language: str
    test: bool = False


class DatabaseFiles(Struct, frozen=True):
    """One database and the files that speak of it. All paths are sorted, but where an order matters."""

    database: Database
    declarative: tuple[str, ...] = ()
    """Schema files that declare the whole, in the order in which they apply."""
    dumps: tuple[str, ...] = ()
    """Dumps and plain schema files that stand beside migrations: neither a migration nor the definition."""
    loose: tuple[str, ...] = ()
    """Files of SQL that define something and that nothing applies, dumps and schema files beside migrations too."""
    foreign: Mapping[str, str] = field(default_factory=dict)
    """Files of SQL that define another database, of another package of the project, with the name of its system."""
    seeds: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    """Tests in SQL."""
    orm: tuple[OrmSchema, ...] = ()
    types: tuple[str, ...] = ()
    """Generated type declarations of the schema."""
    queries: tuple[str, ...] = ()
    """Files of named queries in SQL, such as sqlc's."""
    buckets: tuple[Bucket, ...] = ()
    documents: tuple[str, ...] = ()
    domain_models: tuple[str, ...] = ()
    """Those of the documents that the settings name as the domain model."""
    code: tuple[CodeFile, ...] = ()
    code_migrations: tuple[str, ...] = ()
    """Migrations in code, which are not read."""
    unread_languages: tuple[str, ...] = ()
    """The languages without a reader in which code of the project speaks to a database."""
    default_schema: str = "public"


class Layout(Struct, frozen=True):
    """What a project consists of, as far as its file names and its runners' own files tell."""

    databases: tuple[DatabaseFiles, ...] = ()
    unassigned_code: tuple[CodeFile, ...] = ()
    """Code that belongs to none of the databases, or to no telling which; it is also a problem, once."""
    unassigned_documents: tuple[str, ...] = ()
    problems: tuple[Remark, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    """How many files are not read, by reason: the tree's and those that the settings exclude."""
