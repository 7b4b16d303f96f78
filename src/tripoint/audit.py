"""The line from a tree to an `Audit`, and nothing else: discover → read → hear → check → assemble → suppress."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec.structs import replace

from tripoint.config import Config, read_config
from tripoint.model.audit import Audit
from tripoint.model.fault import Witness
from tripoint.model.place import Problem
from tripoint.model.words import counted, listed
from tripoint.options import AuditError, Options
from tripoint.reading import WITNESS, Kind, Reading, Wanted, kind_of
from tripoint.rules import names_of_rules
from tripoint.sources.code.testcode import is_test_path
from tripoint.sources.discover import Layout, discover
from tripoint.sources.layouts.unreadable import unread_language_in
from tripoint.tree import Limits, Tree, TreeError, WorkTree

__all__ = ["AuditError", "Options", "audit", "audit_folder", "limited"]


def audit_folder(path: str | os.PathLike[str], options: Options | None = None) -> Audit:
    """Audit the folder at `path` with its own settings. Raises what `audit` and `read_config` raise."""
    tree = WorkTree(path)
    config = read_config(tree, names_of_rules())
    return audit(limited(tree, config), config, options)


def limited(tree: WorkTree, config: Config) -> WorkTree:
    """Return the tree with the sizes of files that the settings allow."""
    default, wanted = Limits(), config.limits
    limits = Limits(wanted.sql or default.sql, wanted.other or default.other)
    return tree if limits == default else tree.limited(limits)


def audit(tree: Tree, config: Config, options: Options | None = None) -> Audit:
    """Audit the files of `tree`.

    Raises AuditError where there is nothing to audit, or where a required witness was not heard, and ConfigError where
    the settings name databases or documents that are not there.
    """
    with _uncollected(), _bounded():
        return _audit(tree, config, options or Options())


@contextmanager
def _uncollected() -> Iterator[None]:
    """Leave out the search for cycles: what an audit makes lives until its end, whatever is searched."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


MOST_SECONDS = 1800
"""How much computing an audit may take, beside that of reading files: no project that was tried takes two minutes."""


class _Spent(BaseException):
    """An audit took all the computing that it may: no fault of a part that may be contained there."""


@contextmanager
def _bounded() -> Iterator[None]:
    """End an audit that takes more computing than it may, where the system counts it: on its way it would be waited for
    by everything that runs behind it.
    """
    counts = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not counts or signal.getitimer(signal.ITIMER_VIRTUAL)[0] or signal.getsignal(signal.SIGVTALRM) != signal.SIG_DFL:
        yield
        return

    def end(number: int, frame: object) -> None:
        raise _Spent

    signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_SECONDS, 30)  # again, should something have caught it
    try:
        yield
    except _Spent:
        sentence = f"the audit took more than {MOST_SECONDS // 60} minutes of computing and was given up"
        raise AuditError(f"{sentence}; exclude leaves files out") from None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL)


def _audit(tree: Tree, config: Config, options: Options) -> Audit:
    told = options.progress or (lambda text: None)
    told("looking for migrations, documents and code")
    with options.step("discover"):
        layout = discover(tree, config, options.live)
    if not any(files.database.migrations or files.code or files.documents for files in layout.databases):
        raise AuditError(_nothing(layout, tree))
    if options.schema_only:
        alone = (replace(d, documents=(), code=(), types=(), queries=(), seeds=()) for d in layout.databases)
        layout = replace(layout, databases=tuple(alone), unassigned_documents=())
    sizes = {entry.path: entry.size for entry in tree.files()}
    wanted = _wanted(layout, sizes, options.include_tests or config.include_tests)
    witness_of = {file.path: WITNESS[file.kind] for file in wanted}
    whose = _witnesses(layout) if layout.problems else {}
    problems: list[tuple[str, Problem, Witness]] = [
        (path, p, whose.get(path, "migrations")) for path, p in layout.problems
    ]
    if options.live and len(layout.databases) > 1:
        raise AuditError(_which(layout))

    def unread(path: str, reason: str) -> None:
        problems.append((path, Problem("unread", 0, 0, reason), witness_of[path]))

    with Reading(tree, unread, options.cache, options.processes, options.memory) as reading:
        with options.step("read"):
            reading.start(wanted)
            # Loaded while the workers read.
            from tripoint.judge import Prepared, judge

            prepared = Prepared(layout, options)
            read = reading.finish(
                lambda done, total: told(f"reading {done} of {counted(total, 'file')}"), prepared.go_on
            )
        told("comparing the witnesses")
        if layout.unassigned_documents:
            from tripoint.sources.layouts.strays import with_strays

            layout = with_strays(layout, read.facts, config)
        return judge(tree, layout, wanted, reading, read, problems, config, options, prepared)


def _wanted(layout: Layout, sizes: dict[str, int], tests: bool) -> list[Wanted]:
    wanted: dict[str, Wanted] = {}
    for files in layout.databases:
        for migration in files.database.migrations:
            wanted.setdefault(migration.path, Wanted(migration.path, kind_of(migration), sizes.get(migration.path, 0)))
        for path in (*files.declarative, *files.seeds):
            wanted.setdefault(path, Wanted(path, "sql", sizes.get(path, 0)))
        for path in files.documents:
            wanted.setdefault(path, Wanted(path, "document", sizes.get(path, 0)))
        for path in files.types:
            wanted.setdefault(path, Wanted(path, "types", sizes.get(path, 0)))
        for path in files.queries:
            wanted.setdefault(path, Wanted(path, "queries", sizes.get(path, 0)))
        for file in files.code:
            kind: Kind = "code" if tests or not (file.test or is_test_path(file.path)) else "code-words"
            if file.path not in wanted or (kind, wanted[file.path].kind) == ("code", "code-words"):
                wanted[file.path] = Wanted(file.path, kind, sizes.get(file.path, 0))
    for path in layout.unassigned_documents if len(layout.databases) > 1 else ():
        wanted.setdefault(path, Wanted(path, "document", sizes.get(path, 0)))
    return list(wanted.values())


def _which(layout: Layout) -> str:
    names = ", ".join(files.database.name for files in layout.databases)
    return f"the project has several databases ({names}); audit the folder of the one that --database is"


def _witnesses(layout: Layout) -> dict[str, Witness]:
    """Return whose each path is that is not of the migrations."""
    found: dict[str, Witness] = {}
    for files in reversed(layout.databases):
        found |= dict.fromkeys(files.documents, "documents")
        found |= dict.fromkeys((*files.queries, *(file.path for file in files.code)), "code")
    return found


def _least_telling(remark: tuple[str, Problem]) -> bool:
    """Whether a remark is not about what defines the schema."""
    return remark[1].kind == "unread" or not ("migration" in remark[1].reason or "schema" in remark[1].reason)


_OF_PYTHON = ((b"tortoise", "Tortoise"), (b"peewee", "Peewee"), (b"piccolo", "Piccolo"), (b"ormar", "Ormar"))
_OF_JAVA = ((b"exposed", "Exposed"), (b"hibernate", "Hibernate"), (b"data-jpa", "JPA"))
_UNREAD_MODELS = {
    "package.json": ((b'"typeorm"', "TypeORM"), (b'"sequelize"', "Sequelize"), (b'"@mikro-orm/core"', "MikroORM")),
    "requirements.txt": _OF_PYTHON,
    "pyproject.toml": _OF_PYTHON,
    "Pipfile": _OF_PYTHON,
    "aerich.ini": _OF_PYTHON,
    "go.mod": ((b"gorm", "GORM"), (b"entgo.io/ent", "ent"), (b"uptrace/bun", "Bun")),
    "build.gradle": _OF_JAVA,
    "build.gradle.kts": _OF_JAVA,
    "pom.xml": _OF_JAVA,
    "Cargo.toml": ((b"sea-orm", "SeaORM"), (b"diesel", "Diesel")),
    "mix.exs": ((b":ecto_sql", "Ecto"),),
}
"""Manifests, and what stands in them of an ORM whose models may be all that says what the tables are."""


def _unread_models(tree: Tree) -> str:
    found: set[str] = set()
    for entry in tree.files():
        for word, orm in _UNREAD_MODELS.get(entry.path.rpartition("/")[2], ()):
            try:
                found.update((orm,) if word in tree.read(entry.path) else ())
            except TreeError:
                continue
    return f" (models of {listed(sorted(found))} are not read)" if found else ""


def _nothing(layout: Layout, tree: Tree) -> str:
    if not tree.files():
        return f"{tree.root} holds no files to read"
    code = len(layout.unassigned_code)
    unread = [language for _, remark in layout.problems if (language := unread_language_in(remark.reason)) is not None]
    remarks = [r for r in layout.problems if unread_language_in(r[1].reason) is None]
    telling = sorted((r for r in remarks if r[1].kind != "unread" or not code), key=_least_telling)[:2]
    if not telling and (code or unread):
        written = f" (files: {code})" if code else f" in {' and '.join(unread)}, which is not read"
        return (
            f"{tree.root} holds code{written}, but no migrations or schema files of a PostgreSQL database to "
            f"hold it against{_unread_models(tree)}; {_GIVE_ONE}"
        )
    of_path: dict[str, list[str]] = {}
    for path, remark in telling:
        of_path.setdefault(path, []).append(remark.reason)
    said = "; ".join(f"{path}: {'; '.join(reasons)}".removeprefix(": ") for path, reasons in of_path.items())
    do = "" if "--database" in said or "tripoint.toml" in said else f"; {_GIVE_ONE}"
    return f"{tree.root} holds no schema of a PostgreSQL database that can be read" + (f": {said}" if said else "") + do


_GIVE_ONE = "--database takes one, or a dump of it"
