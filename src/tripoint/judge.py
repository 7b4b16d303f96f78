"""What was read → an `Audit`: hear → check → assemble → suppress."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from time import perf_counter
from typing import Any

from msgspec import Struct

from tripoint import __version__
from tripoint.assemble import Locator, assemble_findings, finding_order, notice_of
from tripoint.config import SPECIALISTS, Config
from tripoint.fingerprint import first_names
from tripoint.hear import Folds, Heard, hear, platform_catalog
from tripoint.kept import Kept
from tripoint.model.audit import Audit, AuditedFile, CallCount, Finding, Notice, Testimony
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule, Witness
from tripoint.model.internal import internal_problem
from tripoint.model.place import Problem
from tripoint.model.text import legible
from tripoint.model.words import counted
from tripoint.options import AuditError, Options
from tripoint.project import Project
from tripoint.reading import WITNESS, Read, Reading, Wanted
from tripoint.reading.parts import in_parts
from tripoint.rules import load_rules, names_of_rules
from tripoint.rules._upkeep import could_find, counted_once, held_by_others, holds, is_decided, lowered, moved_away
from tripoint.sources.discover import DatabaseFiles, Layout
from tripoint.sources.migrations.state import REFUSED
from tripoint.specialists.consult import Consulted
from tripoint.suppress import (
    UNUSED,
    Baseline,
    BaselineError,
    find_ignores,
    idle_entries,
    idle_globs,
    read_baseline,
    suppress,
)
from tripoint.tree import Tree, TreeError
from tripoint.tree.git import checkout_of

__all__ = ["Prepared", "baseline_in_force", "judge"]

WITNESSES: tuple[Witness, ...] = ("documents", "migrations", "code", "database")


_LARGE = 20_000
"""Queries and columns from which on several processes check the rules: a copy of this one takes 20 to 50 ms."""


class _Checked(Struct, frozen=True):
    """What a rule found, and the seconds that it took."""

    faults: list[Fault]
    problems: list[tuple[str, Problem, Witness]]
    seconds: float


class Prepared:
    """What judging needs beside the facts of code and documents, got ready while those are still read."""

    def __init__(self, layout: Layout, options: Options) -> None:
        load_rules(options.select or None)
        for files in layout.databases:
            platform_catalog(files.database.platform, files.database.settings)
        self._databases = layout.databases
        self.kept = Kept(options.cache)
        self.folds = Folds(self.kept)

    def go_on(self, facts: Mapping[str, Any]) -> bool:
        """Do what the facts that were read by now allow; return whether anything is left to do."""
        return self.folds.begin(self._databases, facts)


def judge(
    tree: Tree,
    layout: Layout,
    wanted: list[Wanted],
    reading: Reading,
    read: Read,
    problems: list[tuple[str, Problem, Witness]],
    config: Config,
    options: Options,
    prepared: Prepared,
) -> Audit:
    """Return the audit of what was read; `problems` met so far become notices. Raises AuditError."""
    asked = options.specialists | frozenset(config.specialists)
    consulted = Consulted(tuple(name for name in SPECIALISTS if name in asked))
    project = _project(tree, reading, read, config, options, consulted, prepared.kept)
    with options.step("fold, bind and resolve"):
        heard = [_hear(files, project, prepared.folds) for files in layout.databases]
    for one in heard:
        problems += one.problems
        if options.prove is not None:
            one.evidence.proof = options.prove(one.evidence, read.facts, project.read, project.progress)
            problems += [("", Problem("unresolved", 0, 0, note), "database") for note in one.evidence.proof.notes]
    locator = Locator(project.read)
    findings: list[Finding] = []
    for one in heard:
        name = one.evidence.database.name
        faults = counted_once(_check(one, options, heard, problems), one.evidence)
        if consulted.asked:
            from tripoint.specialists.consult import consult
            from tripoint.specialists.duplicates import without_duplicates

            theirs, notes = consult(consulted, one.evidence, read.facts, project.read)
            faults += [pair for pair in without_duplicates(theirs, faults) if _is_wanted(pair[0].name, options)]
            problems += [(path, problem, "migrations") for path, problem in notes]
        problems[:] = _unanswered(problems, one.evidence)
        with options.step("assemble"):
            first = first_names((old, new) for old, new, _ in one.evidence.renames)
            findings += assemble_findings(name, faults, dict(config.severity), locator, first)
    baseline = baseline_in_force(tree, config, options)
    findings = _suppress(findings, read.addressed, project, config, options, baseline, consulted, locator, heard)
    testimonies = _testimonies(layout, heard)
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
        lasting=all(one.lasting for one in heard) and not any(p.kind == "internal" for _, p, _ in problems),
        files=_files(wanted, read, heard, frozenset(layout.unassigned_documents)),
        calls=_calls(heard),
        access=tuple(cell for one in heard if one.evidence.proof is not None for cell in one.evidence.proof.access),
        left_out=dict(layout.left_out),
        specialists=consulted.heard,
        spots=locator,
    )


def _hear(files: DatabaseFiles, project: Project, folds: Folds) -> Heard:
    if not project.live:
        return hear(files, project, folds)
    from tripoint.sources.database.live import DatabaseUnreadable

    try:
        return hear(files, project, folds)
    except DatabaseUnreadable as error:
        raise AuditError(str(error)) from error


def _project(
    tree: Tree, reading: Reading, facts: Read, config: Config, options: Options, consulted: Consulted, kept: Kept
) -> Project:
    def read(path: str) -> bytes | None:
        try:
            return legible(tree.read(path))
        except TreeError:
            return None  # whoever asks says what it could not find

    return Project(
        facts.facts,
        frozenset(entry.path for entry in tree.files()),
        lambda paths: reading.several(paths, "code-full"),
        read,
        kept,
        indexed={} if options.memory is None else options.memory.indexed,
        include_tests=options.include_tests or config.include_tests,
        schema_only=options.schema_only,
        meanings=options.meanings,
        replay=options.replay or consulted.needs_server,
        visit=consulted.visit if consulted.needs_server else None,
        live=options.live,
        database_url=options.database_url,
        progress=options.progress or (lambda text: None),
        hunks=tree.hunks,
        commits=(tree.revision, *checkout_of(tree.root)),
    )


def _check(
    heard: Heard, options: Options, everywhere: Iterable[Heard], problems: list[tuple[str, Problem, Witness]]
) -> Iterable[tuple[Rule, Fault]]:
    evidence = heard.evidence
    elsewhere = held_by_others(evidence, (one.evidence for one in everywhere))
    wanted = load_rules(options.select or None)
    rules = [rule for rule in wanted if _is_wanted(rule.name, options) and holds(rule, evidence)]

    def check(number: int) -> _Checked:
        return _checked(rules[number], evidence, elsewhere)

    evidence.answers = {}
    large = len(evidence.queries) + sum(len(table.columns) for table in evidence.defined.tables.values()) > _LARGE
    found = in_parts(len(rules), check, _Checked, options.processes if large else 0)
    evidence.answers = None
    for rule, checked in zip(rules, found, strict=True):
        if options.timed is not None:
            options.timed(f"rule {rule.name}", checked.seconds)
        problems += checked.problems
        for fault in checked.faults:
            yield rule, fault


def _checked(rule: Rule, evidence: Evidence, elsewhere: Mapping[str, str]) -> _Checked:
    """Return the faults that a rule finds, each with the severity that it has here."""
    start = perf_counter()
    problems: list[tuple[str, Problem, Witness]] = []
    faults: list[Fault] = []
    try:
        told = list(rule.check(evidence))
        if rule.left_open is not None:
            problems += [(path, problem, "code") for path, problem in rule.left_open(evidence)]
    except Exception as error:
        told = []
        problems.append(("", internal_problem(error, f"the rule {rule.name} was not decided"), "code"))
    seconds = perf_counter() - start
    for fault in told:
        if not is_decided(rule, fault, evidence):
            continue
        moved = moved_away(rule, fault, evidence, elsewhere)
        if moved is not None:
            problems.append((*moved, "migrations"))
            continue
        faults.append(lowered(rule, fault, evidence, elsewhere))
    return _Checked(faults, problems, seconds)


def _is_wanted(name: str, options: Options) -> bool:
    return (not options.select or name in options.select) and name not in options.ignore


def _suppress(
    findings: list[Finding],
    addressed: Iterable[str],
    project: Project,
    config: Config,
    options: Options,
    baseline: Baseline,
    consulted: Consulted,
    locator: Locator,
    heard: Sequence[Heard],
) -> list[Finding]:
    """Apply ignores, settings and baseline; an ignore without effect becomes a finding of its own."""
    rules = {rule.name: rule for rule in load_rules(options.select or None)}
    ignores = [ignore for path in addressed for ignore in find_ignores(path, project.read(path) or b"")]
    names = set(names_of_rules())
    tools = {one.name for one in consulted.heard if one.heard}
    wanted = {name for name in names if _is_wanted(name, options)}
    decided = {name for name, rule in rules.items() if all(could_find(rule, one.evidence) for one in heard)}
    ran = {name for name in wanted if name in decided or name.partition("/")[0] in tools}
    suppressed = suppress(findings, ignores, baseline, config, ran, names)
    done = list(suppressed.findings)
    if UNUSED in ran:

        def told(faults: Iterable[Fault]) -> list[Finding]:
            return assemble_findings("", [(rules[UNUSED], fault) for fault in faults], dict(config.severity), locator)

        unused = told((*suppressed.unused, *idle_globs(config, project.paths, project.read)))
        if options.baseline is None and config.baseline is not None:
            data = project.read(config.baseline) or b""
            unused += told(idle_entries(baseline, config.baseline, data, (*findings, *unused), ran))
        done += suppress(unused, (), baseline, config, ran, names).findings
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


def _testimonies(layout: Layout, heard: list[Heard]) -> tuple[Testimony, ...]:
    counts: Counter[Witness] = Counter()
    for files in layout.databases:
        counts["migrations"] += len(files.database.migrations) or len(files.declarative)
        counts["documents"] += len(files.documents)
        counts["code"] += len(files.code) + len(files.queries)
    found = []
    for witness in WITNESSES:
        spoke = any(witness in one.evidence.heard and witness not in one.unheard for one in heard)
        reasons = [one.unheard[witness] for one in heard if witness in one.unheard]
        detail = "; ".join(dict.fromkeys(d for one in heard for d in one.details)) if witness == "database" else ""
        unread = sum(len(files.code_migrations) for files in layout.databases)
        if witness == "migrations" and spoke and unread:
            detail = (
                f"{counted(counts[witness], 'file')}; {unread} more, in code, {'is' if unread == 1 else 'are'} not read"
            )
        reason = None if spoke else next(iter(reasons), "not found")
        if reason is not None and witness == "documents" and layout.unassigned_documents and not counts[witness]:
            strays = counted(len(layout.unassigned_documents), "document")
            reason = f"{strays} under none of the databases; name them in tripoint.toml under `documents`"
        found.append(Testimony(witness, spoke, counts[witness], reason, detail or None))
    return tuple(found)


def _require(testimonies: tuple[Testimony, ...], required: frozenset[Witness]) -> None:
    for testimony in testimonies:
        if testimony.name in required and not testimony.heard:
            raise AuditError(f"the witness {testimony.name} is required, but was not heard: {testimony.reason}")


def _unanswered(problems: list[tuple[str, Problem, Witness]], evidence: Evidence) -> list[tuple[str, Problem, Witness]]:
    """Return the problems less what PostgreSQL would refuse where a replay has asked it."""
    if evidence.held_by != "replay":
        return problems
    asked = {file.path for file in evidence.database.migrations}
    return [one for one in problems if one[0] not in asked or not one[1].reason.startswith(REFUSED)]


def _notices(problems: Iterable[tuple[str, Problem, Witness]], locator: Locator) -> tuple[Notice, ...]:
    notices = set()
    for path, problem, witness in problems:
        notices.add(notice_of(path, problem, witness, locator) if path else Notice(problem.kind, problem.reason))
    return tuple(sorted(notices, key=_notice_order))


def _notice_order(notice: Notice) -> tuple[str, int, int, str, str]:
    spot = notice.spot
    return (spot.path if spot else "", spot.line if spot else 0, spot.column if spot else 0, notice.kind, notice.reason)


def _files(wanted: list[Wanted], read: Read, heard: list[Heard], strays: frozenset[str]) -> tuple[AuditedFile, ...]:
    files = {AuditedFile(w.path, WITNESS[w.kind]) for w in wanted if w.path in read.facts and w.path not in strays}
    files |= {AuditedFile(path, "code") for one in heard for path in one.followed}
    return tuple(sorted(files, key=lambda file: (file.path, file.witness)))


def _calls(heard: list[Heard]) -> tuple[CallCount, ...]:
    counts: Counter[str] = Counter()
    for one in heard:
        for call in one.calls:
            counts[call.outcome] += call.count
    return tuple(CallCount(outcome, count) for outcome, count in sorted(counts.items()))
