"""ORM models: what they map to counts as use, and defines the schema where nothing else does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from tripoint.bind.tables import may_be_changed, may_be_created
from tripoint.model.catalog import Catalog, Table
from tripoint.model.evidence import Evidence
from tripoint.model.generated import GeneratedTypes
from tripoint.model.name import Name
from tripoint.model.place import Place, Problem
from tripoint.model.query import Query
from tripoint.model.regex import regex
from tripoint.sources.code.facts import CodeFacts, Words
from tripoint.sources.discover import DatabaseFiles
from tripoint.sources.layouts.kinds import RUNNER_TABLES
from tripoint.sources.orm.fold import model_queries, orm_catalog
from tripoint.sources.orm.models import Model, ModelFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Mapped", "beyond", "hear_models", "in_full"]

_SNAKE_CASE = regex(rb"""\bcasing\s*:\s*['"`]snake_case['"`]""")
_SCRIPTS = frozenset({"typescript", "tsx", "javascript"})
_MARKS = {
    "sqlalchemy": frozenset({"__tablename__", "declarative_base", "mapped_column", "SQLModel"}),
    "django": frozenset({"django"}),
}
"""Words without which a Python module holds no models of that kind."""


class Mapped(Struct, frozen=True):
    """The models of one database: as queries, and as the catalog that they would define."""

    queries: tuple[Query, ...] = ()
    catalog: Catalog | None = None
    kinds: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    problems: tuple[tuple[str, Problem], ...] = ()
    enums: tuple[tuple[Name, tuple[str, ...], Place], ...] = ()
    """The enumerated types that schema files declare: values, and where it stands."""
    beside: Catalog | None = None
    """What all of the product's models map to, where something else defines the schema."""


def hear_models(
    files: DatabaseFiles,
    facts: Mapping[str, Any],
    read: Callable[[str], bytes | None],
    load: Callable[[Iterable[str]], Mapping[str, CodeFacts]],
    defining: bool,
) -> Mapped:
    """Read the models of a database's ORM schema files and of its Python code.

    `defining` says that they define the schema; those in Python do where there are no others.
    """
    schemas = _schemas(files, facts, read, load)
    classes, unnamed = _classes(files, facts, read, load)
    tests = {file.path for file in files.code if file.test}
    queries: list[Query] = []
    idle: list[tuple[str, Problem]] = []
    if not defining:
        idle = _without_idle(files, schemas, classes, facts, read)
    if defining and not schemas:
        schemas = {path: ModelFacts(tuple(models)) for path, models in classes.items() if path not in tests}
        classes = {path: models for path, models in classes.items() if path in tests}
    every = {**{path: list(found.models) for path, found in schemas.items()}, **classes}
    for path, models in sorted(every.items()):
        if files.database.by_types:
            break  # types map nothing: they say what the database held
        queries += model_queries(path, models, path in tests)
    own = {path: ModelFacts(tuple(models)) for path, models in every.items() if path not in tests}
    named = [] if defining else _python_enums(files, [*own], facts, read, load)
    return Mapped(
        tuple(queries),
        orm_catalog(schemas, files.default_schema) if any(f.models for f in schemas.values()) else None,
        tuple(sorted({schema.kind for schema in files.orm})),
        tuple(sorted(schemas)),
        (*((path, problem) for path, found in sorted(schemas.items()) for problem in found.problems), *unnamed, *idle),
        tuple(
            (Name(schema or files.default_schema, name), values, Place(path, start, end))
            for path, found in sorted(schemas.items())
            for schema, name, values, start, end in found.enums
        )
        + tuple(named),
        orm_catalog(own, files.default_schema, written=True) if own and not defining else None,
    )


def _python_enums(
    files: DatabaseFiles,
    models: list[str],
    facts: Mapping[str, Any],
    read: Callable[[str], bytes | None],
    load: Callable[[Iterable[str]], Mapping[str, CodeFacts]],
) -> list[tuple[Name, tuple[str, ...], Place]]:
    """Return the enumerated types that models of SQLAlchemy name, with the members of their classes."""
    python = {file.path for file in files.code if file.language == "python" and not file.test and file.path in facts}
    modules = in_full([path for path in models if path in python], facts, load)
    if not any("Enum" in found.words or "ENUM" in found.words for found in modules.values()):
        return []
    from tripoint.sources.orm.pyenums import enum_classes, sqlalchemy_enums

    names = enum_classes(modules)
    holding = [p for p in sorted(python) if facts[p].words.among({"Enum", "StrEnum"}) and facts[p].words.among(names)]
    return [
        (Name(files.default_schema, name), values, Place(path, start, end))
        for path, name, values, start, end in sqlalchemy_enums(modules, in_full(holding, facts, load), read)
    ]


def beyond(evidence: Evidence) -> Catalog | None:
    """Return the tables of which the models have what no migration makes, each with all of its columns, where that is
    much: the models were brought into the database in another way (`prisma db push`, `create_all`), or a migration was
    never written. Either way the names of one model after another are no faults of their own.

    What a migration dropped or renamed, what a statement that can't be read may make, and what a program makes itself,
    are told on their own.
    """
    if evidence.mapped is None or evidence.held is not None:
        return None
    catalog, lacking = Catalog(), 0
    gone = {subject for subject, _ in evidence.drops} | {old for old, _, _ in evidence.renames}
    gone |= {subject for (_, subject), made in evidence.elsewhere.items() if made.by in _OTHERWISE}
    for name, model in sorted(evidence.mapped.tables.items()):
        known = evidence.defined.tables.get(name) or _only_one(name.name, evidence.defined)
        if known is None:
            if str(name) not in gone and not _is_of_others(name, evidence) and not may_be_created(name.name, evidence):
                catalog.tables[name] = _loosened(model, model)
                lacking += 1
            continue
        absent = [
            column
            for column in model.columns.values()
            if known.complete
            and column.name not in known.columns
            and f"{known.name}.{column.name}" not in gone
            and f"{known.name}.{column.name}" not in evidence.skipped
        ]
        if absent and known.kind == "table" and may_be_changed(known.name.name, evidence) is None:
            catalog.tables[known.name] = _loosened(known, replace(model, columns={c.name: c for c in absent}))
            lacking += len(absent)
    tables = sum(name not in evidence.defined.tables for name in catalog.tables)
    most = tables > _FEW // 2 and 2 * tables >= len(evidence.mapped.tables)
    return catalog if lacking > _FEW or most else None


_OTHERWISE = frozenset({"program", "driver"})
_FEW = 5


def _only_one(name: str, catalog: Catalog) -> Table | None:
    """Return the only table of that name, in whatever schema: a session may look there."""
    named = [table for other, table in catalog.tables.items() if other.name == name]
    return named[0] if len(named) == 1 else None


def _is_of_others(name: Name, evidence: Evidence) -> bool:
    """Whether the platform, a runner of migrations or an extension makes a table."""
    managed = name.schema != "public" and name.schema in evidence.platform.schemas
    return managed or name in evidence.platform.tables or name.name in RUNNER_TABLES


def _loosened(table: Table, model: Table) -> Table:
    """Return a table with the columns that a model has of it; whether they must be given, no migration says."""
    added = {column.name: replace(column, nullable=True) for column in model.columns.values()}
    return replace(table, columns={**table.columns, **added}, complete=table.complete and model.complete)


_CONNECTS = regex(
    rb"\bdrizzle\s*[(<]|\buseDrizzle\b|\bdrizzle-orm/(?!(?:pg|mysql|sqlite|singlestore|gel)-core\b|zod\b|relations\b)[a-z]"
)


def _without_idle(
    files: DatabaseFiles,
    schemas: dict[str, ModelFacts],
    classes: dict[str, list[Model]],
    facts: Mapping[str, Any],
    read: Callable[[str], bytes | None],
) -> list[tuple[str, Problem]]:
    """Take Drizzle's tables out where no code connects Drizzle to a database, as a template leaves them; say so."""
    kit = {schema.path for schema in files.orm if schema.kind == "drizzle"}
    declared = sorted(
        path
        for path in {**schemas, **classes}
        if path in kit or (isinstance(known := facts.get(path), CodeFacts) and known.language in _SCRIPTS)
    )
    speaking = (path for path, known in facts.items() if isinstance(known, CodeFacts) and "drizzle" in known.words)
    if not declared or any(_CONNECTS.search(read(path) or b"") for path in speaking):
        return []
    for path in declared:
        schemas.pop(path, None)
        classes.pop(path, None)
    reason = "declares tables with Drizzle, which no code connects to a database: they are held against nothing"
    return [(declared[0], Problem("unsupported", 0, 0, reason))]


def _schemas(
    files: DatabaseFiles,
    facts: Mapping[str, Any],
    read: Callable[[str], bytes | None],
    load: Callable[[Iterable[str]], Mapping[str, CodeFacts]],
) -> dict[str, ModelFacts]:
    found: dict[str, ModelFacts] = {}
    prisma: dict[str, bytes] = {}
    for schema in files.orm:
        if schema.kind == "prisma":
            prisma[schema.path] = read(schema.path) or b""
    modules = in_full([schema.path for schema in files.orm if schema.kind == "drizzle"], facts, load)
    for schema in files.orm:
        if schema.kind == "types" and isinstance(types := facts.get(schema.path), GeneratedTypes):
            from tripoint.sources.orm.generated import types_models

            found[schema.path] = types_models(types)
    if prisma:
        from tripoint.sources.orm.prisma import read_prisma

        found.update(read_prisma(prisma))
    if modules:
        from tripoint.sources.orm.drizzle import drizzle_models

        found.update(drizzle_models(modules, _writes_snake_case(files, facts, read)))
    return found


def _writes_snake_case(files: DatabaseFiles, facts: Mapping[str, Any], read: Callable[[str], bytes | None]) -> bool:
    """Whether Drizzle is told to name columns in snake case where a model does not name them itself."""
    speaking = (
        file.path
        for file in files.code
        if (known := facts.get(file.path)) is not None and "drizzle" in known.words and "casing" in known.words
    )
    return any(_SNAKE_CASE.search(read(path) or b"") for path in speaking)


def in_full(
    paths: list[str], facts: Mapping[str, Any], load: Callable[[Iterable[str]], Mapping[str, CodeFacts]]
) -> dict[str, CodeFacts]:
    """Return the facts of files that are read in full: of some they are there already."""
    read = {path: known for path in paths if isinstance(known := facts.get(path), CodeFacts) and known.scopes}
    loaded = load([path for path in paths if path not in read])
    return {path: found for path in paths if (found := read.get(path) or loaded.get(path)) is not None}


def _declares(words: Words) -> bool:
    """Whether a module with these words may declare models of Django: the fields that they are made of stand there."""
    return "models" in words and any(word.endswith(("Field", "ForeignKey", "Model")) for word in words)


_ENGINE = regex(rb"\bcreate_(?:async_)?engine\(\s*(?:url\s*=\s*)?(?:[rf]?[\"'](\w+)[+:]|(\w+))")


def _on_sqlite(files: DatabaseFiles, facts: Mapping[str, Any], read: Callable[[str], bytes | None]) -> tuple[str, ...]:
    """Return how the paths begin of what goes with an engine that SQLAlchemy is given a literal address of SQLite for.

    That is the folder of the module that makes the engine, where none makes another one there or above.
    """
    local: set[str] = set()
    others: set[str] = set()
    for file in files.code:
        known = facts.get(file.path)
        if file.language != "python" or file.test or known is None:
            continue
        if not known.words.among({"create_engine", "create_async_engine"}):
            continue
        text = read(file.path) or b""
        folder = f"{file.path.rpartition('/')[0]}/".lstrip("/")
        for literal, name in _ENGINE.findall(text):
            said = set(re.findall(rb"\b%s\b(?:\s*:\s*\w+)?\s*=\s*([^\n]*)" % name, text)) if name else set()
            of_sqlite = literal == b"sqlite" or (said and all(_SQLITE.match(value) for value in said))
            (local if of_sqlite else others).add(folder)
    return tuple(sorted(each for each in local if not any(each.startswith(other) for other in others)))


_SQLITE = regex(rb"[rf]?[\"']sqlite(?:\+\w+)?:")
_DIALECT = regex(
    r"(?:clickhouse_connect\.cc_sqlalchemy|clickhouse_sqlalchemy|snowflake\.sqlalchemy|(?:sqlalchemy|py)_?bigquery"
    r"|duckdb_engine|(?:trino|databricks|teradatasqlalchemy|sqlalchemy_cratedb|starrocks)\b(?:\.sqlalchemy)?|pyhive|pyathena)\b"
)
"""Packages of SQLAlchemy for databases that keep what is analysed; who imports one in a module of models is of that."""


def _classes(
    files: DatabaseFiles,
    facts: Mapping[str, Any],
    read: Callable[[str], bytes | None],
    load: Callable[[Iterable[str]], Mapping[str, CodeFacts]],
) -> tuple[dict[str, list[Model]], list[tuple[str, Problem]]]:
    """Return the models that no configuration names: those of Python, and tables of Drizzle without its kit; and what
    is to be said of models that are not read.
    """
    problems: list[tuple[str, Problem]] = []
    paths: dict[str, list[str]] = {kind: [] for kind in _MARKS}
    tables: list[str] = []
    kit = any(schema.kind == "drizzle" for schema in files.orm)
    for file in files.code:
        known = facts.get(file.path)
        if known is None:
            continue
        if file.language in _SCRIPTS and not kit and "pgTable" in known.words and "drizzle" in known.words:
            tables.append(file.path)
        if file.language != "python":
            continue
        for kind, marks in _MARKS.items():
            if known.words.among(marks) and (kind != "django" or _declares(known.words)):
                paths[kind].append(file.path)
            elif kind == "sqlalchemy" and "Column" in known.words and known.words.among({"Model", "sqlalchemy"}):
                paths[kind].append(file.path)  # a base class, as that of Flask's extension, names the tables
    modules = {kind: in_full(of_kind, facts, load) for kind, of_kind in paths.items()}
    found: dict[str, list[Model]] = {}
    if tables:
        from tripoint.sources.orm.drizzle import drizzle_models

        declared = drizzle_models(in_full(tables, facts, load), _writes_snake_case(files, facts, read))
        found.update((path, list(of_file.models)) for path, of_file in declared.items() if of_file.models)
    if modules["sqlalchemy"]:
        from tripoint.sources.orm.sqlalchemy import sqlalchemy_models, unnamed_models

        local = _on_sqlite(files, facts, read)
        classes = sqlalchemy_models(modules["sqlalchemy"])
        imports = {path: [one.module for one in modules["sqlalchemy"][path].imports] for path in classes}
        aside = {
            "made with an engine of SQLite": [path for path in classes if local and path.startswith(local)],
            "written in the dialect of another database": [p for p in classes if any(map(_DIALECT.match, imports[p]))],
        }
        found.update(classes)
        for how, them in aside.items():
            if them:
                of = "is a module" if len(them) == 1 else f"one of {len(them)} modules"
                reason = f"{of} whose models are {how}: they are held against nothing"
                problems.append((min(them), Problem("unresolved", 0, 0, reason)))
                found = {path: models for path, models in found.items() if path not in them}
        unnamed = sorted(unnamed_models(modules["sqlalchemy"]), key=lambda made: (made.path, made.start))
        if unnamed:
            of = "is a model" if len(unnamed) == 1 else f"is one of {len(unnamed)} models"
            reason = f"{of} of SQLAlchemy whose table a method names, or a base class that is not read: what it maps "
            reason += "to is held against nothing"
            problems.append((unnamed[0].path, Problem("unresolved", unnamed[0].start, unnamed[0].end, reason)))
    if modules["django"]:
        from tripoint.sources.orm.django import django_models

        for path, models in django_models(modules["django"]).items():
            found.setdefault(path, []).extend(models)
    return found, problems
