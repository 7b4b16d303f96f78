"""`tripoint audit`: audit a project, render it, and judge it."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from tripoint.audit import AuditError, Options, audit, limited
from tripoint.commands.names import rule_names
from tripoint.commands.outcome import CommandError, Outcome, Screen
from tripoint.config import Config, ConfigError, parse_config, read_config
from tripoint.formats import RenderOptions, format_named
from tripoint.model.audit import Audit
from tripoint.model.fault import SEVERITIES
from tripoint.propose import with_proposals
from tripoint.rules import load_rules
from tripoint.tree import RevisionError, RootError, Tree, TreeError, WorkTree

__all__ = ["run"]

DEFAULT_FAIL_ON = "high"


def run(arguments: argparse.Namespace, screen: Screen) -> Outcome:
    """Audit the project that the arguments name; raise CommandError with one sentence where that can't be done."""
    options = Options(
        select=rule_names(arguments.select) or frozenset(),
        ignore=rule_names(arguments.ignore) or frozenset(),
        require=frozenset(arguments.require),
        include_tests=arguments.include_tests,
        replay=arguments.replay,
        live=arguments.database is not None,
        database_url=arguments.database or None,
        progress=screen.progress,
    )
    try:
        tree = WorkTree(arguments.path)
        config = _config(tree, arguments.config)
        tree = limited(tree, arguments.path, config)
        outcome = audit(tree, config, options)
        outcome = replace(outcome, proposals=with_proposals(outcome, _Bytes(tree)))
    except (AuditError, ConfigError, RevisionError, RootError, TreeError) as error:
        raise CommandError(str(error)) from error
    finally:
        screen.progress("")
    render_options = RenderOptions(
        color=screen.color,
        links=screen.links,
        width=screen.width,
        verbose=arguments.verbose,
        quiet=arguments.quiet,
        statistics=arguments.statistics,
        root_uri=Path(tree.folder).as_uri() if screen.links else "",
        read_line=_Lines(tree),
    )
    text = format_named(arguments.format).render(outcome, render_options)
    return Outcome(text, _exit_code(outcome, arguments.fail_on or config.fail_on or DEFAULT_FAIL_ON))


def _config(tree: Tree, path: str | None) -> Config:
    names = [rule.name for rule in load_rules()]
    if path is None:
        return read_config(tree, names)
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise CommandError(f"the settings {path} can't be read: {error.strerror or error}") from error
    return parse_config(data, path, names)


def _exit_code(outcome: Audit, fail_on: str) -> int:
    if fail_on == "never":
        return 0
    failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    return int(any(f.severity in failing and f.suppressed is None for f in outcome.findings))


class _Bytes:
    """Gives a file's bytes, or None where it can't be read."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def __call__(self, path: str) -> bytes | None:
        try:
            return self._tree.read(path)
        except TreeError:
            return None


class _Lines:
    """Gives lines of the tree's files; the file that was asked for last stays at hand."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._path: str | None = None
        self._lines: list[str] = []

    def __call__(self, path: str, line: int) -> str | None:
        if path != self._path:
            try:
                data = self._tree.read(path)
            except TreeError:
                data = b""
            self._path, self._lines = path, data.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")
        return self._lines[line - 1].removesuffix("\r") if line <= len(self._lines) else None
