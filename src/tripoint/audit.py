"""The line from a tree to an `Audit`, and nothing else: discover → read → hear → check → assemble → suppress."""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tripoint import __version__
from tripoint.assemble import Locator, assemble_findings, finding_order, notice_of
from tripoint.config import Config, read_config
from tripoint.hear import Heard, Project, hear
from tripoint.model.audit import Audit, AuditedFile, CallCount, Finding, Notice, Testimony
from tripoint.model.fault import Fault, Rule, Witness
from tripoint.model.place import Problem
from tripoint.reading import Wanted, read_files, read_one
from tripoint.rules import load_rules
from tripoint.rules._upkeep import lowered
from tripoint.sources.discover import DatabaseFiles, Layout, discover
from tripoint.suppress import UNUSED, Baseline, BaselineError, find_ignores, read_baseline, suppress
from tripoint.tree import Limits, Tree, TreeError, WorkTree

__all__ = ["AuditError", "Options", "audit", "audit_folder", "baseline_in_force", "limited"]

WITNESSES: tuple[Witness, ...] = ("documents", "migrations", "code", "database")


class AuditError(Exception):
    """The audit itself could not be done; the message is one sentence that says what to do."""


class Options(Struct, frozen=True):
    """What one run asks for beyond the settings."""

    select: frozenset[str] = frozenset()
    """Rules to run; empty means all."""
    ignore: frozenset[str] = frozenset()
    require: frozenset[Witness] = frozenset()
    include_tests: bool = False
    replay: bool = False
    """Whether to run the migrations on the embedded server."""
    live: bool = False
    """Whether to read a live database."""
    database_url: str | None = None
    baseline: Baseline | None = None
    """Takes the place of the baseline that the settings name."""
    schema_only: bool = False
    """Whether to read what defines the schema alone: no documents and no code."""
    processes: int | None = None
    progress: Callable[[str], None] | None = None
    """Told what is being done, in a few words."""


def audit_folder(path: str | os.PathLike[str], options: Options | None = None) -> Audit:
    """Audit the folder at `path` with its own settings. Raises what `audit` and `read_config` raise."""
    tree = WorkTree(path)
    config = read_config(tree, [rule.name for rule in load_rules()])
    return audit(limited(tree, path, config), config, options)


def limited(tree: WorkTree, path: str | os.PathLike[str], config: Config) -> WorkTree:
    """Return the tree with the sizes of files that the settings allow."""
    default, wanted = Limits(), config.limits
    limits = Limits(wanted.sql or default.sql, wanted.other or default.other)
    return tree if limits == default else WorkTree(path, limits)


def audit(tree: Tree, config: Config, options: Options | None = None) -> Audit:
    """Audit the files of `tree`.

    Raises AuditError where there is nothing to audit, or where a required witness was not heard.
    """
    with _uncollected():
        return _audit(tree, config, options or Options())


@contextmanager
def _uncollected() -> Iterator[None]:
    """Leave out the search for cycles: facts and catalogs hold none and live until the end, whatever is searched."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _audit(tree: Tree, config: Config, options: Options) -> Audit:
    told = options.progress or (lambda text: None)
    told("looking for migrations, documents and code")
    layout = discover(tree, config)
    if not any(files.database.migrations or files.code or files.documents for files in layout.databases):
        raise AuditError(_nothing(layout, tree))
    if options.schema_only:
        layout = replace(
            layout, databases=tuple(replace(d, documents=(), code=(), types=(), queries=()) for d in layout.databases)
        )
    sizes = {entry.path: entry.size for entry in tree.files()}
    problems: list[tuple[str, Problem, Witness]] = [(path, p, _witness_of(layout, path)) for path, p in layout.problems]
    wanted = _wanted(layout, sizes)
    witness_of = {w.path: _WITNESS[w.kind] for w in wanted}
    facts, addressed = read_files(
        tree,
        wanted,
        lambda path, reason: problems.append((path, Problem("unread", 0, 0, reason), witness_of[path])),
        lambda done, total: told(f"reading {done} of {total} files"),
        options.processes,
    )
    told("comparing the witnesses")
    project = _project(tree, facts, frozenset(sizes), config, options)
    if options.live and len(layout.databases) > 1:
        raise AuditError(_which(layout))
    heard = [_hear(files, project) for files in layout.databases]
    for one in heard:
        problems += one.problems
    locator = Locator(project.read)
    findings: list[Finding] = []
    for one in heard:
        name = one.evidence.database.name
        findings += assemble_findings(name, _check(one, options), dict(config.severity), locator)
    baseline = baseline_in_force(tree, config, options)
    findings = _suppress(findings, addressed, project, config, options, baseline, locator)
    testimonies = _testimonies(layout.databases, heard)
    _require(testimonies, options.require | frozenset(config.require))
    return Audit(
        version=__version__,
        root=".",
        revision=tree.revision,
        revision_date=tree.revision_date,
        evidence=tuple(one.evidence for one in heard),
        testimonies=testimonies,
        findings=tuple(sorted(findings, key=finding_order)),
        notices=_notices(problems, locator),
        files=_files(wanted, facts, heard),
        calls=_calls(heard),
        left_out=dict(layout.left_out),
        spots=locator,
    )


_WITNESS: dict[str, Witness] = {
    "sql": "migrations",
    "document": "documents",
    "code": "code",
    "types": "code",
    "queries": "code",
}


def _wanted(layout: Layout, sizes: dict[str, int]) -> list[Wanted]:
    wanted: dict[str, Wanted] = {}
    for files in layout.databases:
        sql = [migration.path for migration in files.database.migrations]
        for path in (*sql, *files.declarative):
            wanted.setdefault(path, Wanted(path, "sql", sizes.get(path, 0)))
        for path in files.documents:
            wanted.setdefault(path, Wanted(path, "document", sizes.get(path, 0)))
        for path in files.types:
            wanted.setdefault(path, Wanted(path, "types", sizes.get(path, 0)))
        for path in files.queries:
            wanted.setdefault(path, Wanted(path, "queries", sizes.get(path, 0)))
        for file in files.code:
            wanted.setdefault(file.path, Wanted(file.path, "code", sizes.get(file.path, 0)))
    return list(wanted.values())


def _hear(files: DatabaseFiles, project: Project) -> Heard:
    if not project.live:
        return hear(files, project)
    from tripoint.sources.database.live import DatabaseUnreadable

    try:
        return hear(files, project)
    except DatabaseUnreadable as error:
        raise AuditError(str(error)) from error


def _which(layout: Layout) -> str:
    names = ", ".join(files.database.name for files in layout.databases)
    return f"the project has several databases ({names}); audit the folder of the one that --database is"


def _project(tree: Tree, facts: dict[str, Any], paths: frozenset[str], config: Config, options: Options) -> Project:
    def read(path: str) -> bytes | None:
        try:
            return tree.read(path)
        except TreeError:
            return None  # whoever asks says what it could not find

    def load_code(path: str) -> Any:
        data = read(path)
        return None if data is None else read_one("code-full", os.path.splitext(path)[1].lower(), data)

    return Project(
        facts,
        paths,
        load_code,
        read,
        include_tests=options.include_tests or config.include_tests,
        replay=options.replay,
        live=options.live,
        database_url=options.database_url,
        progress=options.progress or (lambda text: None),
    )


def _check(heard: Heard, options: Options) -> Iterable[tuple[Rule, Fault]]:
    for rule in load_rules():
        if options.select and rule.name not in options.select:
            continue
        if rule.name in options.ignore:
            continue
        if heard.evidence.database.definition == "orm" and not rule.models_suffice:
            continue
        for fault in rule.check(heard.evidence):
            yield rule, lowered(rule, fault, heard.evidence)


def _suppress(
    findings: list[Finding],
    addressed: Iterable[str],
    project: Project,
    config: Config,
    options: Options,
    baseline: Baseline,
    locator: Locator,
) -> list[Finding]:
    """Apply ignores, settings and baseline; an ignore without effect becomes a finding of its own."""
    rules = {rule.name: rule for rule in load_rules()}
    ignores = [ignore for path in addressed for ignore in find_ignores(path, project.read(path) or b"")]
    ran = {name for name in rules if (not options.select or name in options.select) and name not in options.ignore}
    suppressed = suppress(findings, ignores, baseline, config, ran, set(rules))
    done = list(suppressed.findings)
    if UNUSED in ran:
        unused = [(rules[UNUSED], fault) for fault in suppressed.unused]
        found = assemble_findings("", unused, dict(config.severity), locator)
        done += suppress(found, (), Baseline(), config, ran, set(rules)).findings
    return done


def baseline_in_force(tree: Tree, config: Config, options: Options) -> Baseline:
    """Return the options' baseline, else the one that the settings name, else an empty one; raise AuditError."""
    if options.baseline is not None:
        return options.baseline
    if config.baseline is None:
        return Baseline()
    try:
        data = tree.read(config.baseline)
    except TreeError as error:
        raise AuditError(f"the baseline that the settings name can't be read: {error}") from error
    try:
        return read_baseline(data)
    except BaselineError as error:
        raise AuditError(f"{config.baseline}: {error}") from error


def _testimonies(databases: tuple[DatabaseFiles, ...], heard: list[Heard]) -> tuple[Testimony, ...]:
    counts: Counter[Witness] = Counter()
    for files in databases:
        counts["migrations"] += len(files.database.migrations) or len(files.declarative)
        counts["documents"] += len(files.documents)
        counts["code"] += len(files.code) + len(files.queries)
    found = []
    for witness in WITNESSES:
        spoke = any(witness in one.evidence.heard for one in heard)
        reasons = [one.unheard[witness] for one in heard if witness in one.unheard]
        detail = "; ".join(dict.fromkeys(d for one in heard for d in one.details)) if witness == "database" else ""
        reason = None if spoke else next(iter(reasons), "not found")
        found.append(Testimony(witness, spoke, counts[witness], reason, detail or None))
    return tuple(found)


def _require(testimonies: tuple[Testimony, ...], required: frozenset[Witness]) -> None:
    for testimony in testimonies:
        if testimony.name in required and not testimony.heard:
            raise AuditError(f"the witness {testimony.name} is required, but was not heard: {testimony.reason}")


def _notices(problems: Iterable[tuple[str, Problem, Witness]], locator: Locator) -> tuple[Notice, ...]:
    notices = set()
    for path, problem, witness in problems:
        notices.add(notice_of(path, problem, witness, locator) if path else Notice(problem.kind, problem.reason))
    return tuple(sorted(notices, key=_notice_order))


def _notice_order(notice: Notice) -> tuple[str, int, int, str, str]:
    spot = notice.spot
    return (spot.path if spot else "", spot.line if spot else 0, spot.column if spot else 0, notice.kind, notice.reason)


def _files(wanted: list[Wanted], facts: dict[str, Any], heard: list[Heard]) -> tuple[AuditedFile, ...]:
    files = {AuditedFile(w.path, _WITNESS[w.kind]) for w in wanted if w.path in facts}
    files |= {AuditedFile(path, "code") for one in heard for path in one.followed}
    return tuple(sorted(files, key=lambda file: (file.path, file.witness)))


def _calls(heard: list[Heard]) -> tuple[CallCount, ...]:
    counts: Counter[str] = Counter()
    for one in heard:
        for call in one.calls:
            counts[call.outcome] += call.count
    return tuple(CallCount(outcome, count) for outcome, count in sorted(counts.items()))


def _witness_of(layout: Layout, path: str) -> Witness:
    for files in layout.databases:
        if path in files.queries or any(file.path == path for file in files.code):
            return "code"
        if path in files.documents:
            return "documents"
    return "migrations"


def _nothing(layout: Layout, tree: Tree) -> str:
    if not tree.files():
        return f"{tree.root} holds no files to read"
    code = len(layout.unassigned_code)
    if code and not layout.problems:
        return (
            f"{tree.root} holds code ({code} files), but no migrations, schema files or documents of a PostgreSQL "
            "database to hold it against"
        )
    said = "; ".join(f"{path}: {p.reason}" if path else p.reason for path, p in layout.problems[:2])
    return f"{tree.root} holds no migrations, documents or code of a PostgreSQL database" + (
        f" ({said})" if said else ""
    )
