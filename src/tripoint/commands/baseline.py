"""`tripoint baseline`: write the findings of today into a file, or take out of it what is mended."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from tripoint.audit import AuditError, Options, audit, limited
from tripoint.commands.auditing import baseline_at, settings
from tripoint.commands.names import specialists_named
from tripoint.commands.outcome import CommandError, Outcome, Screen
from tripoint.commands.speed import quick
from tripoint.commands.write import within
from tripoint.config import Config, ConfigError
from tripoint.model.words import counted
from tripoint.suppress import Baseline, baseline_of, prune, write_baseline
from tripoint.tree import RootError, TreeError, WorkTree

__all__ = ["DEFAULT_FILE", "run"]

DEFAULT_FILE = "tripoint-baseline.json"


def run(arguments: argparse.Namespace, screen: Screen) -> Outcome:
    """Audit the project without its baseline and return the new one as a file to write."""
    try:
        tree = WorkTree(arguments.path)
        config = settings(tree, arguments.config)
        tree = limited(tree, config)
        path = _path(arguments.baseline, tree, config)
        former = baseline_at(path) if arguments.prune or Path(path).exists() else Baseline()
        options = Options(
            include_tests=arguments.include_tests,
            specialists=specialists_named(arguments.specialists),
            baseline=Baseline(),
            progress=screen.progress,
        )
        findings = audit(tree, config, quick(arguments, options)).findings
    except (AuditError, ConfigError, RootError, TreeError) as error:
        raise CommandError(str(error)) from error
    finally:
        screen.progress("")
    fresh = prune(former, findings) if arguments.prune else baseline_of(findings)
    added, gone = len(fresh.entries.keys() - former.entries.keys()), len(former.entries.keys() - fresh.entries.keys())
    said = f"{path}: {counted(len(fresh.entries), 'place')} of findings, {added} added, {gone} taken out\n"
    if config.baseline is None and arguments.baseline is None:
        known = "" if config.path is not None else " (tripoint init writes them)"
        said += f'For every audit to use it, the settings{known} need the line: baseline = "{DEFAULT_FILE}"\n'
    return Outcome(said, files=((path, write_baseline(fresh)),))


def _path(wanted: str | None, tree: WorkTree, config: Config) -> str:
    """Return where the baseline stands: what was asked for, else within the project as the person named its folder."""
    if wanted is not None:
        return wanted
    name = config.baseline or DEFAULT_FILE
    within(tree.folder, name)  # the project's own link may lead to any file of the person's
    return name if tree.root in (".", "") else os.path.join(tree.root, *name.split("/"))
