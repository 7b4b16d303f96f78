"""ORM models: what they map to counts as use, and defines the schema where nothing else does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tripoint.model.catalog import Catalog
from tripoint.model.name import Name
from tripoint.model.place import Place, Problem
from tripoint.model.query import Query
from tripoint.model.regex import regex
from tripoint.sources.code.facts import CodeFacts, Words
from tripoint.sources.discover import DatabaseFiles
from tripoint.sources.orm.fold import model_queries, orm_catalog
from tripoint.sources.orm.models import Model, ModelFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Mapped", "hear_models"]

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
    if defining and not schemas:
        schemas = {path: ModelFacts(tuple(models)) for path, models in classes.items() if path not in tests}
        classes = {path: models for path, models in classes.items() if path in tests}
    for path, found in sorted({**{p: list(f.models) for p, f in schemas.items()}, **classes}.items()):
        queries += model_queries(path, found, path in tests)
    return Mapped(
        tuple(queries),
        orm_catalog(schemas, files.default_schema) if any(f.models for f in schemas.values()) else None,
        tuple(sorted({schema.kind for schema in files.orm})),
        tuple(sorted(schemas)),
        (*((path, problem) for path, found in sorted(schemas.items()) for problem in found.problems), *unnamed),
        tuple(
            (Name(schema or files.default_schema, name), values, Place(path, start, end))
            for path, found in sorted(schemas.items())
            for schema, name, values, start, end in found.enums
        ),
    )


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
    modules = _in_full([schema.path for schema in files.orm if schema.kind == "drizzle"], facts, load)
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


def _in_full(
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
            elif kind == "sqlalchemy" and "Model" in known.words and "Column" in known.words:
                paths[kind].append(file.path)  # of Flask's extension, whose base class names the tables
    modules = {kind: _in_full(of_kind, facts, load) for kind, of_kind in paths.items()}
    found: dict[str, list[Model]] = {}
    if tables:
        from tripoint.sources.orm.drizzle import drizzle_models

        declared = drizzle_models(_in_full(tables, facts, load), _writes_snake_case(files, facts, read))
        found.update((path, list(of_file.models)) for path, of_file in declared.items() if of_file.models)
    if modules["sqlalchemy"]:
        from tripoint.sources.orm.sqlalchemy import sqlalchemy_models, unnamed_models

        local = _on_sqlite(files, facts, read)
        classes = sqlalchemy_models(modules["sqlalchemy"])
        aside = sorted(path for path in classes if local and path.startswith(local))
        found.update((path, models) for path, models in classes.items() if path not in aside)
        if aside:
            reason = (
                f"{'is a module' if len(aside) == 1 else f'one of {len(aside)} modules'} whose models are made with "
            )
            reason += "an engine of SQLite: they are held against nothing"
            problems.append((aside[0], Problem("unresolved", 0, 0, reason)))
        unnamed = sorted(unnamed_models(modules["sqlalchemy"]), key=lambda made: (made.path, made.start))
        if unnamed:
            of = "is a model" if len(unnamed) == 1 else f"is one of {len(unnamed)} models"
            reason = f"{of} of SQLAlchemy whose table is named by a method: what it maps to is held against nothing"
            problems.append((unnamed[0].path, Problem("unresolved", unnamed[0].start, unnamed[0].end, reason)))
    if modules["django"]:
        from tripoint.sources.orm.django import django_models

        for path, models in django_models(modules["django"]).items():
            found.setdefault(path, []).extend(models)
    return found, problems
