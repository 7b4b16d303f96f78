"""Libraries that build queries by calls of their own, which are not read: what they ask for is held against nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set

from msgspec import Struct

from tripoint.model.place import Problem
from tripoint.model.regex import regex
from tripoint.sources.code.facts import CodeFacts

__all__ = ["unread_builders"]


class _Builder(Struct, frozen=True):
    name: str
    """What people call the library."""
    word: str
    """A word that files which use it have; few files without it do."""
    package: str
    """What an import of it says, as a regular expression."""
    languages: frozenset[str]
    models: bool = False
    """Whether the models that it is given are read."""
    calls: bool = False
    """Whether its calls are read, as far as they say what they name."""
    maker: str = ""
    """A word beside an import of it, where files that do not import it have the other one as well."""


_SCRIPT = frozenset({"typescript", "tsx", "javascript"})
_PYTHON = frozenset({"python"})
_GO = frozenset({"go"})
_KOTLIN = frozenset({"kotlin"})
_FROM = r"\b(?:from|import|require)\s*\(?\s*[\"'`]"
"""What stands before the name of an imported package: some are words that code writes for other things, too."""
_PRISMA = r"@prisma/client|generated/prisma|[\"'`]\.prisma/client|\{[^{}]*\bPrismaClient\b[^{}]*\}\s*(?:from|=)\s"
"""The client may be generated into any folder, and be given on by a package of the project's own."""
_BUILDERS = (
    _Builder("Prisma's client", "prisma", _PRISMA, _SCRIPT, models=True, maker="PrismaClient"),
    _Builder("Drizzle", "drizzle", r"drizzle-orm", _SCRIPT, models=True),
    _Builder("TypeORM", "typeorm", rf"{_FROM}(?:@nestjs/)?typeorm[\"'`]", _SCRIPT),
    _Builder("Sequelize", "sequelize", rf"{_FROM}(?:@nestjs/)?sequelize(?:-typescript)?[\"'`]", _SCRIPT),
    _Builder("Knex", "knex", rf"{_FROM}knex[\"'`]", _SCRIPT, calls=True),
    _Builder("Kysely", "kysely", rf"{_FROM}kysely[\"'`]", _SCRIPT, calls=True),
    _Builder("MikroORM", "mikro", r"@mikro-orm/", _SCRIPT),
    _Builder("Objection", "objection", rf"{_FROM}objection[\"'`]", _SCRIPT),
    _Builder("Lucid", "lucid", r"@adonisjs/lucid|@ioc:Adonis/Lucid", _SCRIPT),
    _Builder("Bookshelf", "bookshelf", rf"{_FROM}bookshelf[\"'`]", _SCRIPT),
    _Builder("Massive", "massive", rf"{_FROM}massive[\"'`]", _SCRIPT),
    _Builder("SQLAlchemy", "sqlalchemy", r"(?:from|import)\s+(?:sqlalchemy|flask_sqlalchemy)\b", _PYTHON, models=True),
    _Builder("SQLAlchemy", "flask_sqlalchemy", r"(?:from|import)\s+flask_sqlalchemy\b", _PYTHON, models=True),
    _Builder("SQLModel", "sqlmodel", r"(?:from|import)\s+sqlmodel\b", _PYTHON, models=True),
    _Builder("Django", "django", r"from\s+django\.db\s+import\s+.*\bmodels\b", _PYTHON, models=True),
    _Builder("Peewee", "peewee", r"(?:from|import)\s+peewee\b", _PYTHON),
    _Builder("Tortoise", "tortoise", r"(?:from|import)\s+tortoise\b", _PYTHON),
    _Builder("Piccolo", "piccolo", r"(?:from|import)\s+piccolo\b", _PYTHON),
    _Builder("Pony", "pony", r"(?:from|import)\s+pony\b", _PYTHON),
    _Builder("Ormar", "ormar", r"(?:from|import)\s+ormar\b", _PYTHON),
    _Builder("Prisma's client", "prisma", r"from\s+prisma\s+import\b", _PYTHON, models=True),
    _Builder("GORM", "gorm", r"\"gorm\.io/gorm\"", _GO),
    _Builder("Bun", "bun", r"\"github\.com/uptrace/bun\"", _GO),
    _Builder("ent", "ent", r"\"entgo\.io/ent", _GO),
    _Builder("go-pg", "pg", r"\"github\.com/go-pg/pg", _GO),
    _Builder("XORM", "xorm", r"\"xorm\.io/xorm\"", _GO),
    _Builder("SQLBoiler", "sqlboiler", r"\"github\.com/(?:volatiletech|aarondl)/sqlboiler", _GO),
    _Builder("Pop", "pop", r"\"github\.com/gobuffalo/pop", _GO),
    _Builder("Squirrel", "squirrel", r"\"github\.com/Masterminds/squirrel\"", _GO),
    _Builder("goqu", "goqu", r"\"github\.com/doug-martin/goqu", _GO),
    _Builder("Jet", "jet", r"\"github\.com/go-jet/jet", _GO),
    _Builder("Exposed", "exposed", r"import\s+org\.jetbrains\.exposed\b", _KOTLIN),
    _Builder("Ktorm", "ktorm", r"import\s+org\.ktorm\b", _KOTLIN),
    _Builder("jOOQ", "jooq", r"import\s+org\.jooq\b", _KOTLIN),
    _Builder("JPA", "persistence", r"import\s+(?:jakarta|javax)\.persistence\b", _KOTLIN),
)
_LOOKED_AT = 20
"""Files with its word that are looked at for the import of a library before it is taken to be none of the project's."""


def unread_builders(
    facts: Mapping[str, CodeFacts], words: Set[str], read: Callable[[str], bytes | None]
) -> list[tuple[str, str, Problem]]:
    """Return the libraries that code builds queries with, each with a file that imports it and what is to be said.

    `words` are those of all files: what none has is not looked for in each.
    """
    found: list[tuple[str, str, Problem]] = []
    told: set[tuple[str, frozenset[str]]] = set()
    for builder in _BUILDERS:
        if builder.word not in words or (builder.name, builder.languages) in told:
            continue
        using = [path for path, one in sorted(facts.items()) if one.language in builder.languages]
        using = [path for path in using if builder.word in facts[path].words]
        imports = regex(builder.package.encode())
        looked = sorted(using, key=lambda path: builder.maker not in facts[path].words) if builder.maker else using
        for path in looked[:_LOOKED_AT]:
            match = imports.search(read(path) or b"")
            if match is None:
                continue
            of = f"uses {builder.name}" if len(using) == 1 else f"one of {len(using)} files that use {builder.name}"
            what = (
                "its models and SQL are read, the queries that are built with it are not"
                if builder.models
                else "SQL is read, its models and the queries that are built with it are not"
            )
            if builder.calls:
                what = "SQL is read, and what its calls name in so many words; callbacks, variables and models are not"
            reason = f"{of}: {what}"
            found.append((builder.name, path, Problem("unsupported", *match.span(), reason)))
            told.add((builder.name, builder.languages))
            break
    return found
