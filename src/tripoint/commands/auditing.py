"""One audit for a command line: made, rendered and judged."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from tripoint.audit import AuditError, Options, audit, limited
from tripoint.commands.names import rule_names, specialists_named
from tripoint.commands.outcome import CommandError, Outcome, Screen
from tripoint.commands.speed import quick
from tripoint.compare import audit_since
from tripoint.config import Config, ConfigError, parse_config, read_config
from tripoint.formats import FORMATS, RenderOptions, format_named
from tripoint.model.audit import Audit, Notice
from tripoint.model.fault import SEVERITIES, Severity, Witness
from tripoint.model.internal import internal_problem
from tripoint.model.text import legible
from tripoint.rules import names_of_rules
from tripoint.suppress import Baseline, BaselineError, read_baseline
from tripoint.tree import RevisionError, RootError, Tree, TreeError, WorkTree
from tripoint.tree.git import GitError, run_git

if TYPE_CHECKING:
    from tripoint.options import Prover
    from tripoint.reading.memory import Memory

__all__ = [
    "DEFAULT_FAIL_ON",
    "Audited",
    "Lines",
    "audit_once",
    "baseline_at",
    "demanding",
    "exit_code",
    "render_options",
    "rendered",
    "report_of",
    "settings",
    "shows_proposals",
]

DEFAULT_FAIL_ON: Severity = "high"

_UNFOUNDED = (
    "the code asks a database for what no migrations, schema files or dump define, so its calls were held against "
    "nothing; --database takes a database, or a dump of it"
)


class Audited(NamedTuple):
    """An audit, and what it was made of."""

    audit: Audit
    tree: WorkTree
    config: Config
    times: tuple[tuple[str, float], ...] = ()
    """Its steps and the seconds that each took, where they are asked for."""


def audit_once(
    arguments: argparse.Namespace,
    screen: Screen,
    proposing: bool = True,
    memory: Memory | None = None,
    tree: WorkTree | None = None,
) -> Audited:
    """Audit the project once, with proposals where they are to be shown; raise CommandError.

    What audits more than once gives a `memory`, in which the facts of unchanged files stay; `tree` is the project where
    it has been listed.
    """
    times: list[tuple[str, float]] = []
    select, ignore = rule_names(arguments.select), rule_names(arguments.ignore)
    if select and select <= ignore:
        raise CommandError("no rule is left to check: --ignore leaves out all that --select names")
    options = Options(
        select=select,
        ignore=ignore,
        require=frozenset(arguments.require),
        include_tests=arguments.include_tests,
        baseline=baseline_at(arguments.baseline) if arguments.baseline is not None else None,
        replay=arguments.replay,
        specialists=specialists_named(arguments.specialists),
        live=arguments.database is not None,
        database_url=arguments.database or None,
        prove=_prover() if arguments.prove else None,
        memory=memory,
        progress=screen.progress,
        timed=(lambda name, seconds: times.append((name, seconds))) if arguments.timings else None,
    )
    try:
        tree = tree or WorkTree(arguments.path)
        config = settings(tree, arguments.config)
        tree = limited(tree, config)
        options = quick(arguments, options)
        if arguments.since is None:
            outcome = audit(tree, config, options)
        else:
            outcome = audit_since(tree, arguments.path, arguments.since, config, options)
        if proposing:
            with options.step("propose"):
                outcome = _proposing(outcome, _Bytes(tree))
    except (AuditError, ConfigError, RevisionError, RootError, TreeError) as error:
        raise CommandError(str(error)) from error
    finally:
        screen.progress("")
    return Audited(outcome, tree, config, tuple(times))


def shows_proposals(arguments: argparse.Namespace) -> bool:
    """Whether a format that the arguments name shows proposals; raise CommandError where a `--report` names none."""
    names = [arguments.format, *(report_of(text)[0] for text in arguments.report)]
    return any(format_named(name).proposing for name in names)


def _proposing(outcome: Audit, read: _Bytes) -> Audit:
    from tripoint.propose.proposals import with_proposals

    try:
        return replace(outcome, proposals=with_proposals(outcome, read))
    except Exception as error:
        notice = Notice("internal", internal_problem(error, "nothing is proposed").reason)
        return replace(outcome, notices=(*outcome.notices, notice), lasting=False)


def _prover() -> Prover:
    from tripoint.commands.prove import prover

    return prover


def rendered(audited: Audited, arguments: argparse.Namespace, screen: Screen) -> Outcome:
    """Return the audit in the formats that the arguments name, and the exit code that it deserves."""
    further = [report_of(text) for text in arguments.report]
    outcome, tree, config, times = audited
    shown = render_options(arguments, screen, tree, config)
    if any(format_named(name).anchored for name in (arguments.format, *(name for name, _ in further))):
        shown = replace(shown, prefix=_prefix(tree.folder))
    text = format_named(arguments.format).render(outcome, shown)
    plain = replace(shown, color=False, links=False)
    files = tuple((path, format_named(name).render(outcome, plain)) for name, path in further)
    code = exit_code(outcome, shown.fail_on)
    error = _UNFOUNDED if code == 2 and _unfounded(outcome) else None
    return Outcome(text, code, error, files, said=_timings(times) if times else None)


def render_options(arguments: argparse.Namespace, screen: Screen, tree: WorkTree, config: Config) -> RenderOptions:
    """Return how the arguments of a command and its screen want an audit to be shown."""
    return RenderOptions(
        color=screen.color,
        links=screen.links,
        width=screen.width,
        verbose=arguments.verbose,
        quiet=arguments.quiet,
        statistics=getattr(arguments, "statistics", False),
        group_by=getattr(arguments, "group_by", None),
        suppressed=getattr(arguments, "sarif_suppressed", False),
        fail_on=arguments.fail_on or config.fail_on or DEFAULT_FAIL_ON,
        root_uri=_uri(tree.folder) if screen.links else "",
        read_line=Lines(tree),
    )


def _timings(times: Sequence[tuple[str, float]]) -> str:
    """Return the steps of an audit with their times, those of all databases together, the longest first."""
    spent: dict[str, float] = {}
    for name, seconds in times:
        spent[name] = spent.get(name, 0.0) + seconds
    longest = sorted(spent.items(), key=lambda one: -one[1])
    return "\n".join(f"{seconds * 1000:>9.1f} ms  {name}" for name, seconds in longest)


def _prefix(folder: str) -> str:
    """Return the path of the audited folder in its repository, with a slash at its end; "" where it has none."""
    try:
        return run_git(folder, "rev-parse", "--show-prefix").decode("utf-8", "replace").rstrip("\n")
    except GitError:
        return ""


def report_of(text: str) -> tuple[str, str]:
    """Return the format and the file of a `--report`; raise CommandError where it names none."""
    name, equals, path = text.partition("=")
    names = [known.name for known in FORMATS]
    if not equals or not path or name not in names:
        raise CommandError(f"--report {text} is not FORMAT=FILE with a FORMAT of {', '.join(names)}")
    return name, path


def baseline_at(path: str) -> Baseline:
    """Return the baseline in a file; raise CommandError where there is none."""
    try:
        return read_baseline(_content(path))
    except OSError as error:
        reason = error.strerror or error
        raise CommandError(f"the baseline {path} can't be read: {reason}; tripoint baseline writes one") from error
    except BaselineError as error:
        raise CommandError(f"{path}: {error}") from error


def settings(tree: Tree, path: str | None) -> Config:
    """Return the settings of a file, or where none is named those of the tree; raise ConfigError or CommandError."""
    names = names_of_rules()
    if path is None:
        return read_config(tree, names)
    try:
        data = _content(path)
    except OSError as error:
        raise CommandError(f"the settings {path} can't be read: {error.strerror or error}") from error
    return parse_config(data, path, names)


def demanding(config: Config, *heard: Witness) -> Config:
    """Return the settings for a command that hears these witnesses alone: it can't be asked for the others."""
    return replace(config, require=tuple(witness for witness in config.require if witness in heard))


def exit_code(outcome: Audit, fail_on: str) -> int:
    """Return 1 where a finding that counts is at least as grave as `fail_on`, else 2 where a fault of tripoint's own
    may have hidden one, or where the code's calls could be held against nothing, else 0.
    """
    if fail_on == "never":
        return 0
    failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    if any(f.severity in failing and f.suppressed is None and f.state != "unchanged" for f in outcome.findings):
        return 1
    return 2 if any(notice.kind == "internal" for notice in outcome.notices) or _unfounded(outcome) else 0


def _unfounded(outcome: Audit) -> bool:
    """Whether code asks a database for something, and nothing tells what that holds. Documents don't: no name is held
    against what they expect alone.
    """
    heard = {testimony.name for testimony in outcome.testimonies if testimony.heard}
    return heard <= {"code", "documents"} and any(
        e.queries and e.database.definition != "orm" for e in outcome.evidence
    )


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _uri(folder: str) -> str:
    from pathlib import Path

    return Path(folder).as_uri()


class _Bytes:
    """Gives a file's bytes, or None where it can't be read."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def __call__(self, path: str) -> bytes | None:
        try:
            return legible(self._tree.read(path))
        except TreeError:
            return None


class Lines:
    """Gives lines of the tree's files; the file that was asked for last stays at hand."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._path: str | None = None
        self._lines: list[str] = []

    def __call__(self, path: str, line: int) -> str | None:
        if path != self._path:
            try:
                data = legible(self._tree.read(path))
            except TreeError:
                data = b""
            self._path, self._lines = path, data.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")
        return self._lines[line - 1].removesuffix("\r") if line <= len(self._lines) else None
