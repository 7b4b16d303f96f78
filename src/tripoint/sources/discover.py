"""Which file speaks for which witness, and for which database."""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from tripoint.config import Config
from tripoint.model.glob import Globs
from tripoint.model.words import as_are
from tripoint.sources.layouts.alembic import find_alembic
from tripoint.sources.layouts.assign import Owners
from tripoint.sources.layouts.configured import choose, override
from tripoint.sources.layouts.folders import find_folders
from tripoint.sources.layouts.generated import is_generated_types, is_minified
from tripoint.sources.layouts.index import FileIndex
from tripoint.sources.layouts.kinds import document_kind, is_test, is_unwanted_document, language_of, test_folder
from tripoint.sources.layouts.models import find_python_models
from tripoint.sources.layouts.orm import find_drizzle, find_prisma
from tripoint.sources.layouts.plain import find_containers, find_plain, find_rails
from tripoint.sources.layouts.plans import find_atlas, find_flyway, find_sqitch
from tripoint.sources.layouts.programs import find_programs
from tripoint.sources.layouts.records import CodeFile, DatabaseFiles, Found, Layout, OrmSchema, Remark, problem
from tripoint.sources.layouts.settle import settle
from tripoint.sources.layouts.sqlc import QueryFiles, find_sqlc, mark_sqlc_engines
from tripoint.sources.layouts.supabase import find_supabase
from tripoint.sources.layouts.unreadable import (
    code_migrations,
    find_unread_code,
    find_unreadable,
    loose_sql,
    unexplained,
)
from tripoint.tree import BUNDLED, Tree

__all__ = ["CodeFile", "DatabaseFiles", "Layout", "OrmSchema", "discover"]

_FINDERS = (
    find_supabase,
    find_drizzle,
    find_prisma,
    find_sqitch,
    find_flyway,
    find_atlas,
    find_folders,
    find_alembic,
    find_programs,
    find_rails,
    find_sqlc,
    find_containers,
    find_plain,
)
"""In the order of how plainly a layout speaks: what an earlier one explains, a later one no longer looks at."""


def discover(tree: Tree, config: Config, held: bool = False) -> Layout:
    """Return a project's databases, each with its migrations, documents and code; the same for the same files.

    `held` says that a database or a dump of one is given, which defines where nothing in the project does.
    """
    excluded = Globs(config.exclude)
    left_out = Counter(tree.left_out)
    paths: list[str] = []
    sizes: dict[str, int] = {}
    for entry in tree.files():
        sizes[entry.path] = entry.size
        if excluded.matches(entry.path):
            left_out["excluded by the settings"] += 1
        else:
            paths.append(entry.path)
    index = FileIndex(tree, paths, fixtures=config.include_tests or bool(config.databases))
    mark_sqlc_engines(index)
    founds: list[Found] = []
    taken: frozenset[str] = frozenset()
    for finder in _FINDERS:
        for found in finder(index, taken):
            founds.append(found)
            taken |= found.paths
    if all(found.definition == "none" for found in founds):
        founds += find_python_models(index)
    if held and all(found.definition == "none" for found in founds):
        founds.append(Found("database", "", "", definition="database"))
    chosen, problems = choose(index, founds, config)
    settled, said = settle(index, chosen, config)
    databases = [override(files, config) for files in settled]
    problems += said
    fixtures = [path for path in index.fixtures if path not in taken]
    left_out["SQL among tests or fixtures"] += len(fixtures)
    if fixtures and not databases:
        reason = f"one of {len(fixtures)} SQL files among tests or fixtures, which are taken for no database"
        problems.append(problem(fixtures[0], f"{reason}; include-tests in tripoint.toml has them read"))
    by_runner, summed_up = code_migrations(index, taken)
    problems += find_unreadable(by_runner, held)
    in_code = sorted(path for paths in by_runner.values() for path in paths)
    unread, remarks = find_unread_code(index, summed_up.union(in_code))
    problems += remarks
    problems += unexplained(index, taken)
    problems += _of_the_tree(tree)

    owners = Owners(index, databases, config)
    types = {path for path in index.paths if is_generated_types(index, path)}
    tests = Globs(config.tests)
    code: dict[str, CodeFile] = {}
    for path in index.paths:
        language = language_of(path) if path not in types and path not in taken else None
        if language in ("javascript", "html") and is_minified(index, path, sizes[path]):
            left_out[BUNDLED] += 1
        elif language is not None:
            code[path] = CodeFile(path, language, is_test(path) or tests.matches(path))
    documents = [path for path in index.paths if _is_document(path, config, left_out)]
    models = Globs(config.documents)
    code_of = owners.of_code(list(code))
    documents_of = owners.of(documents)
    types_of = owners.of(sorted(types))
    migrations_of = owners.of(in_code)
    named = QueryFiles(index, taken)
    queries_of = named.of(databases, owners.of_code(named.paths))
    loose_of = owners.of(loose_sql(index, databases))
    foreign = [found for found in founds if found.dialect is not None and index.is_package(found.root)]
    full = [
        replace(
            files,
            code_migrations=tuple(migrations_of.get(files.database.name, ())),
            unread_languages=unread,
            types=tuple(types_of.get(files.database.name, ())),
            loose=(*loose_of.get(files.database.name, ()), *loose_of.get(None, ())),
            foreign={
                path: found.dialect or ""
                for found in foreign
                if found.root != files.database.root
                for path in sorted(found.explained)
            },
            queries=tuple(queries_of.get(files.database.name, ())),
            documents=tuple(documents_of.get(files.database.name, ())),
            domain_models=tuple(p for p in documents_of.get(files.database.name, ()) if models.matches(p)),
            code=tuple(code[path] for path in code_of.get(files.database.name, ())),
        )
        for files in databases
    ]
    left_out["document under none of the databases"] += len(documents_of.get(None, ()))
    unassigned = tuple(code[path] for path in code_of.get(None, ()))
    problems += owners.problems([file.path for file in unassigned if not file.test])
    problems += index.problems.values()
    return Layout(
        databases=tuple(full),
        unassigned_code=unassigned,
        unassigned_documents=tuple(documents_of.get(None, ())),
        problems=tuple(sorted(set(problems), key=lambda remark: (remark[0], remark[1]))),
        left_out={reason: count for reason, count in sorted(left_out.items()) if count},
    )


def _is_document(path: str, config: Config, left_out: Counter[str]) -> bool:
    if document_kind(path) is None:
        return False
    if Globs(config.documents).matches(path):
        return True
    if is_unwanted_document(path):
        left_out["document of a kind that describes no schema"] += 1
        return False
    if test_folder(path) is not None and not config.include_tests:
        left_out["document among tests or fixtures"] += 1
        return False
    return True


def _of_the_tree(tree: Tree) -> list[Remark]:
    """Return what of the tree can't be read: each file by itself, links once for each reason."""
    links: dict[str, list[str]] = {}
    found: list[Remark] = []
    for path, reason in tree.problems:
        if reason.startswith("is a link"):
            links.setdefault(reason, []).append(path)
        else:
            found.append(problem(path, reason, "unread"))
    for reason, paths in sorted(links.items()):
        found.append(problem(paths[0], reason + as_are(len(paths) - 1), "unread"))
    return found
