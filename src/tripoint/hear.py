"""One database's witnesses: facts are folded, names bound, meanings resolved, into the evidence that rules see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from tripoint.bind.bodies import bind_bodies
from tripoint.bind.queries import bind_queries
from tripoint.bind.sql import SqlBinder, bind_sql, made_in
from tripoint.mapped import hear_models
from tripoint.model.audit import CallCount
from tripoint.model.catalog import Catalog
from tripoint.model.claim import Claims, DocumentFacts
from tripoint.model.evidence import Evidence, Platform, Settings
from tripoint.model.fault import Witness
from tripoint.model.place import Place, Problem
from tripoint.model.query import Query
from tripoint.resolve import resolve
from tripoint.sources.code import CodeFacts, fold_queries
from tripoint.sources.code.mentions import words_elsewhere, words_of_statements
from tripoint.sources.discover import DatabaseFiles
from tripoint.sources.documents import fold_claims
from tripoint.sources.migrations.fold import Folded, fold
from tripoint.sources.migrations.skipped import skipped_columns
from tripoint.sql.facts import SqlFacts

__all__ = ["Heard", "Project", "hear"]

_SHIPPED_SECRET = re.compile(
    r"(?:NEXT_PUBLIC|NUXT_PUBLIC|VITE|REACT_APP|EXPO_PUBLIC|GATSBY|PUBLIC|VUE_APP)_\w*"
    r"(?:SERVICE_ROLE|SUPABASE_SERVICE_KEY|SUPABASE_SECRET)\w*"
)
"""Variables whose prefix has a bundler write their value into the page."""

Found = tuple[str, Problem, Witness]


class Project(Struct, frozen=True):
    """What folding may ask of the project beyond the facts that were read."""

    facts: Mapping[str, Any]
    paths: frozenset[str]
    load_code: Callable[[str], CodeFacts | None]
    read: Callable[[str], bytes | None]
    include_tests: bool = False
    replay: bool = False
    live: bool = False
    database_url: str | None = None
    """Where the live database is; None leaves it to the environment's usual variables."""
    progress: Callable[[str], None] = lambda text: None


class Heard(Struct, frozen=True):
    """The evidence of one database, and what could not be decided on the way."""

    evidence: Evidence
    problems: tuple[Found, ...] = ()
    calls: tuple[CallCount, ...] = ()
    unheard: Mapping[Witness, str] = field(default_factory=dict)
    """Why a witness was not heard."""
    followed: tuple[str, ...] = ()
    """Files of code that were read because others lead to them."""
    details: tuple[str, ...] = ()
    """How the witness `database` was heard."""


def assumed_settings(settings: Settings) -> Settings:
    """Return the settings with what is assumed where they do not say.

    Where `[api].auto_expose_new_tables` is not set, the former default grants: tables of a production database that is
    older than the change hold them, and an exposure that is overlooked costs more than one that is gone by now.
    """
    if settings.auto_expose_new_tables is None:
        return replace(settings, auto_expose_new_tables=True)
    return settings


def platform_catalog(platform: Platform, settings: Settings) -> Catalog:
    """Return what the platform brings along."""
    if platform != "supabase":
        return Catalog()
    from tripoint.supabase import base_catalog

    return base_catalog(assumed_settings(settings))


def hear(files: DatabaseFiles, project: Project) -> Heard:
    """Fold the facts of one database's files into its evidence."""
    database = files.database
    problems: list[Found] = []
    unheard: dict[Witness, str] = {}
    base = platform_catalog(database.platform, database.settings)
    defining = [migration.path for migration in database.migrations]
    defined = _fold_sql(defining or list(files.declarative), base, files, project, problems)
    declared = _fold_sql(list(files.declarative), base, files, project, problems) if defining else None
    mapped = hear_models(files, project.facts, project.read, project.load_code)
    problems += [(path, problem, "code") for path, problem in mapped.problems]
    by_models = mapped.catalog is not None and not defining and not files.declarative
    catalog = mapped.catalog if by_models and mapped.catalog is not None else defined.catalog
    for bucket in files.buckets:
        catalog.buckets.setdefault(bucket.id, bucket)
    evidence = Evidence(
        database=database,
        defined=catalog,
        platform=base,
        declared=declared.catalog if declared is not None and files.declarative else None,
        opaque=defined.opaque,
        references=defined.references,
        renames=defined.renames,
        drops=defined.drops,
    )
    evidence.generated = tuple((path, project.facts[path]) for path in files.types if path in project.facts)
    for path, types in evidence.generated:
        problems += [(path, problem, "code") for problem in types.problems]
    heard: set[Witness] = set()
    if defining or files.declarative or by_models:
        heard.add("migrations")
    else:
        unheard["migrations"] = "no migrations, schema files or dump were found"
    details = _hear_database(project, evidence, problems, unheard)
    if details:
        heard.add("database")
    if by_models:
        reason = f"no migrations were found: the schema is taken from the models of {', '.join(mapped.kinds)}"
        problems += [(path, Problem("unsupported", 0, 0, reason), "migrations") for path in mapped.paths[:1]]
    calls = _hear_code(files, project, evidence, problems)
    evidence.queries += mapped.queries
    if evidence.queries:
        heard.add("code")
    elif files.code:
        unheard["code"] = f"none of {len(files.code)} files of code asks the database for anything"
    else:
        unheard["code"] = "no code was found"
    evidence.claims = _hear_documents(files, project, evidence, problems)
    if evidence.claims.tables or evidence.claims.relationships:
        heard.add("documents")
    elif files.documents:
        unheard["documents"] = f"none of {len(files.documents)} documents describes the schema"
    else:
        unheard["documents"] = "no documents were found"
    if evidence.queries and defining:
        evidence.words |= _other_words(files, project)
    evidence.heard = frozenset(heard)
    evidence.bindings = bind_queries(evidence)
    _hear_sql(evidence, project, problems)
    evidence.meanings = resolve(evidence)
    return Heard(evidence, tuple(problems), calls.calls, unheard, calls.followed, details)


def _fold_sql(paths: list[str], base: Catalog, files: DatabaseFiles, project: Project, problems: list[Found]) -> Folded:
    facts: list[tuple[str, SqlFacts]] = [(path, project.facts[path]) for path in paths if path in project.facts]
    folded = fold(facts, base, files.database.platform)
    for path, sql in facts:
        problems += [(path, problem, "migrations") for problem in sql.problems]
    for path, found in folded.problems.items():
        problems += [(path, problem, "migrations") for problem in found]
    refused = {(path, statement.start) for path, sql in facts for statement in sql.statements if statement.recovered}
    for opaque in folded.opaque:
        place = opaque.place
        if (place.path, place.start) in refused:
            continue  # the reader has said so, with PostgreSQL's words
        problems.append((place.path, Problem("unresolved", place.start, place.end, opaque.reason), "migrations"))
    return folded


def _hear_sql(evidence: Evidence, project: Project, problems: list[Found]) -> None:
    """Bind the names in SQL: of the database's own, and of the code's."""
    paths = [migration.path for migration in evidence.database.migrations]
    migrations = [(path, project.facts[path]) for path in paths if path in project.facts]
    evidence.skipped = skipped_columns(evidence.defined, migrations, {subject for subject, _ in evidence.drops})
    binder = SqlBinder(evidence)
    binder.unclear = _made_unseen(evidence, project)
    binder.made |= binder.unclear
    for query in evidence.queries:
        binder.made |= made_in(query.text or "")
    if evidence.database.definition != "orm":  # expressions of models hold code, not SQL as it will run
        evidence.bodies = bind_bodies(binder, project.read)
    for body in evidence.bodies:
        if body.undecided is not None:
            problem = Problem("unresolved", body.place.start, body.place.end, f"{body.subject}: {body.undecided}")
            problems.append((body.place.path, problem, "migrations"))
    evidence.bindings = tuple(
        bind_sql(binding.query, binder) if binding.query.kind == "sql" else binding for binding in evidence.bindings
    )
    for binding in evidence.bindings:
        if binding.undecided is not None and not binding.query.test:
            place = binding.query.place
            reason = f"this SQL is not held against the schema: {binding.undecided}"
            problems.append((place.path, Problem("unresolved", place.start, place.end, reason), "code"))


def _made_unseen(evidence: Evidence, project: Project) -> set[str]:
    """Return the names of what statements make that were not understood, or files beside the migrations that no runner
    lists.
    """
    made: set[str] = set()
    unclear: dict[str, list[Place]] = {}
    for opaque in evidence.opaque:
        unclear.setdefault(opaque.place.path, []).append(opaque.place)
    folder = evidence.database.migrations_root
    for path, facts in project.facts.items():
        for statement in facts.statements if isinstance(facts, SqlFacts) else ():
            places = unclear.get(path, ())
            if statement.recovered or any(statement.start <= p.start and p.end <= statement.end for p in places):
                made |= made_in(statement.text)
    for path in project.paths:
        if folder and path.startswith(f"{folder}/") and path.endswith(".sql") and path not in project.facts:
            made |= made_in((project.read(path) or b"").decode("utf-8", "replace"))
    return made


def _other_words(files: DatabaseFiles, project: Project) -> frozenset[str]:
    """Return what is named outside code and catalog: in statements that are merely run, in files without a reader."""
    own = [migration.path for migration in files.database.migrations] + list(files.declarative)
    run = words_of_statements(project.facts[path] for path in own if path in project.facts)
    return run | words_elsewhere(sorted(project.paths), project.read, project.facts)


def _hear_database(
    project: Project, evidence: Evidence, problems: list[Found], unheard: dict[Witness, str]
) -> tuple[str, ...]:
    """Replay the migrations and read the live database, as far as asked; return how it was heard."""
    if not project.replay and not project.live:
        unheard["database"] = "no database was read; give one with --database, or try --replay"
        return ()
    from tripoint.held import Held, hear_live, hear_replay

    heard: list[Held] = []
    if project.replay:
        settings = assumed_settings(evidence.database.settings)
        heard.append(hear_replay(evidence, project.facts, settings, project.progress))
    if project.live:
        heard.append(hear_live(evidence, project.database_url))
    for held in heard:
        problems += [(path, problem, "migrations") for path, problem in held.notes]
        if held.reason is not None:
            unheard["database"] = held.reason
            problems.append(("", Problem("unsupported", 0, 0, held.reason), "database"))
    return tuple(held.detail for held in heard if held.detail is not None)


def _shipped_secrets(facts: Mapping[str, CodeFacts], tests: set[str], project: Project) -> Iterator[tuple[str, Place]]:
    """Yield the names that have a bundler ship the service role's key, at each of their places."""
    for path, found in facts.items():
        names = {word for word in found.words if _SHIPPED_SECRET.fullmatch(word)} if path not in tests else set()
        if not names:
            continue
        data = project.read(path) or b""
        for name in sorted(names):
            for match in re.finditer(rb"\b" + name.encode() + rb"\b", data):
                yield name, Place(path, match.start(), match.end())


class _Code(Struct, frozen=True):
    calls: tuple[CallCount, ...]
    followed: tuple[str, ...]


def _hear_code(files: DatabaseFiles, project: Project, evidence: Evidence, problems: list[Found]) -> _Code:
    facts = {file.path: project.facts[file.path] for file in files.code if file.path in project.facts}
    folded = fold_queries(facts, project.load_code, project.paths, project.read)
    tests = {file.path for file in files.code if file.test}

    def judged(query: Query) -> Query:
        test = not project.include_tests and (query.test or query.place.path in tests)
        return query if query.test == test else replace(query, test=test)

    evidence.queries = tuple(judged(query) for query in folded.queries)
    evidence.words = folded.words
    evidence.browser_files = frozenset(
        path
        for path, found in facts.items()
        if path not in tests and ("use client" in found.pragmas or path.endswith((".vue", ".svelte")))
    )
    evidence.shipped_secrets = tuple(_shipped_secrets(facts, tests, project))
    problems += [(path, problem, "code") for path, problem in folded.problems]
    calls = tuple(CallCount(outcome, count) for outcome, count in folded.calls.items())
    return _Code(calls, tuple(folded.asked_files))


def _hear_documents(files: DatabaseFiles, project: Project, evidence: Evidence, problems: list[Found]) -> Claims:
    facts: dict[str, DocumentFacts] = {path: project.facts[path] for path in files.documents if path in project.facts}
    used = {query.name for query in evidence.queries if query.kind == "table" and query.name is not None}
    claims = fold_claims(
        facts,
        evidence.defined,
        domain_models=files.domain_models or None,
        used=used,
        default_schema=files.default_schema,
        root=files.database.root,
    )
    problems += [(path, problem, "documents") for path, problem in claims.problems]
    for path, document in facts.items():
        problems += [(path, problem, "documents") for problem in document.problems]
    return claims
