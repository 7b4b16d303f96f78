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
from tripoint.sources.layouts.liquibase import find_liquibase
from tripoint.sources.layouts.models import find_python_models, without_steps_beside_models
from tripoint.sources.layouts.orm import find_drizzle, find_prisma
from tripoint.sources.layouts.plain import find_containers, find_plain, find_rails
from tripoint.sources.layouts.plans import find_atlas, find_flyway, find_sqitch
from tripoint.sources.layouts.programs import find_programs, steps_in_code
from tripoint.sources.layouts.records import (
    STRAY_DOCUMENT,
    CodeFile,
    DatabaseFiles,
    Found,
    Layout,
    OrmSchema,
    Remark,
    problem,
)
from tripoint.sources.layouts.settle import as_defined, settle
from tripoint.sources.layouts.sqlc import QueryFiles, find_sqlc, mark_sqlc_engines
from tripoint.sources.layouts.supabase import find_supabase
from tripoint.sources.layouts.unreadable import (
    code_migrations,
    find_unread_code,
    find_unreadable,
    loose_sql,
    unexplained,
)
from tripoint.sources.layouts.whole import find_whole, is_piece, is_schema
from tripoint.sources.layouts.yoyo import find_yoyo
from tripoint.tree import BUNDLED, Tree

__all__ = ["CodeFile", "DatabaseFiles", "Layout", "OrmSchema", "discover"]

_FINDERS = (
    find_supabase,
    find_drizzle,
    find_prisma,
    find_sqitch,
    find_liquibase,
    find_flyway,
    find_atlas,
    find_yoyo,
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
    left_out = Counter(tree.left_out)
    sizes = _listed(tree, config, left_out)
    index = FileIndex(tree, list(sizes), fixtures=config.include_tests or bool(config.databases))
    mark_sqlc_engines(index)
    founds, taken = _found(index, held)
    chosen, problems = choose(index, founds, config)
    settled, said = settle(index, chosen, config)
    databases = [override(files, config) for files in settled]
    taken |= {file.path for files in databases for file in files.database.migrations}
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
    code = _code(index, taken | types, sizes, config, left_out)
    models = Globs(config.documents)
    code_of = owners.of_code(list(code))
    documents_of = owners.of(
        [path for path in index.paths if path not in taken and _is_document(path, config, left_out)]
    )
    types_of = owners.of(sorted(types))
    migrations_of = owners.of(in_code)
    named = QueryFiles(index, taken)
    queries_of = named.of(databases, owners.of_code(named.paths))
    loose_of = owners.of(loose_sql(index, databases))
    foreign = [found for found in founds if found.dialect is not None and index.is_package(found.root)]

    def with_files(files: DatabaseFiles) -> DatabaseFiles:
        name = files.database.name
        documents = documents_of.get(name, ())
        return replace(
            files,
            code_migrations=tuple(migrations_of.get(name, ())),
            unread_languages=unread,
            types=tuple(types_of.get(name, ())),
            loose=(*loose_of.get(name, ()), *loose_of.get(None, ())),
            foreign={
                path: found.dialect or ""
                for found in foreign
                if found.root != files.database.root
                for path in sorted(found.explained)
            },
            queries=tuple(queries_of.get(name, ())),
            documents=tuple(documents),
            domain_models=tuple(path for path in documents if models.matches(path)),
            code=tuple(code[path] for path in code_of.get(name, ())),
        )

    left_out[STRAY_DOCUMENT] += len(documents_of.get(None, ()))
    unassigned = tuple(code[path] for path in code_of.get(None, ()))
    problems += owners.problems([file.path for file in unassigned if not file.test])
    full = tuple(map(with_files, databases))
    problems += index.problems.values()
    return Layout(
        databases=full,
        unassigned_code=unassigned,
        unassigned_documents=tuple(documents_of.get(None, ())),
        problems=tuple(sorted(set(problems), key=lambda remark: (remark[0], remark[1]))),
        left_out={reason: count for reason, count in sorted(left_out.items()) if count},
    )


def _listed(tree: Tree, config: Config, left_out: Counter[str]) -> dict[str, int]:
    """Return the size (bytes) of each file that the settings don't exclude."""
    excluded = Globs(config.exclude)
    sizes: dict[str, int] = {}
    for entry in tree.files():
        if excluded.matches(entry.path):
            left_out["excluded by the settings"] += 1
        else:
            sizes[entry.path] = entry.size
    return sizes


def _found(index: FileIndex, held: bool) -> tuple[list[Found], frozenset[str]]:
    """Return what the layouts find, and the files that these explain; models of Python where nothing else defines."""
    founds: list[Found] = []
    taken: frozenset[str] = frozenset()
    for finder in _FINDERS:
        for found in finder(index, taken):
            founds.append(found)
            taken |= found.paths
    founds = [as_defined(index, found) for found in without_steps_beside_models(index, founds)]
    if all(found.definition == "none" for found in founds):
        founds += find_python_models(index)
    pieces = [found for found in founds if found.definition != "none" and is_piece(index, found)]
    if pieces and all(found.definition == "none" or found in pieces for found in founds):
        wholes = [found for found in find_whole(index) if found.layout == "pieces"]
        if wholes:
            founds = [found for found in founds if found not in pieces and not is_schema(found)] + wholes
            taken = taken.union(*(found.paths for found in wholes))
    if not held and all(found.definition == "none" for found in founds):
        wholes = find_whole(index)
        founds += wholes
        taken = taken.union(*(found.paths for found in wholes))
    if held and all(found.definition == "none" for found in founds):
        founds.append(Found("database", "", "", definition="database"))
    return founds, taken


def _code(
    index: FileIndex, others: frozenset[str], sizes: dict[str, int], config: Config, left_out: Counter[str]
) -> dict[str, CodeFile]:
    """Return the files of code by path; `others` have another meaning."""
    tests = Globs(config.tests)
    steps = steps_in_code(index)
    code: dict[str, CodeFile] = {}
    for path in index.paths:
        language = language_of(path) if path not in others else None
        if language in ("javascript", "html") and is_minified(index, path, sizes[path]):
            left_out[BUNDLED] += 1
        elif language is not None:
            code[path] = CodeFile(path, language, is_test(path) or tests.matches(path) or path in steps)
    return code


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
