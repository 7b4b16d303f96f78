"""`tripoint prove`: show who may do what to whose rows by doing it, and hold it against what was recorded."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tripoint.audit import AuditError, Options, audit, limited
from tripoint.commands.auditing import demanding, exit_code, render_options, settings
from tripoint.commands.outcome import CommandError, Outcome, Screen
from tripoint.commands.speed import quick
from tripoint.commands.write import within
from tripoint.config import ConfigError
from tripoint.formats import RenderOptions, format_named
from tripoint.formats.access import render_markdown, render_terminal
from tripoint.model.audit import Audit
from tripoint.model.evidence import Evidence
from tripoint.model.proof import Proof
from tripoint.tree import RootError, TreeError, WorkTree

__all__ = ["prover", "run"]

_RULES = frozenset({"leaks-rows", "function-leaks-rows", "access-widened", "access-narrowed"})


def run(arguments: argparse.Namespace, screen: Screen) -> Outcome:
    """Prove the access to a project's tables; raise CommandError with one sentence where that can't be done."""
    try:
        tree = WorkTree(arguments.path)
        if arguments.write:
            from tripoint.proof.record import RECORD

            within(tree.folder, RECORD)  # the project's own link may lead to any file of the person's
        config = demanding(settings(tree, arguments.config), "migrations")
        tree = limited(tree, config)
        prove = _forgetful if arguments.write else prover
        options = Options(select=_RULES, schema_only=True, prove=prove, progress=screen.progress)
        outcome = audit(tree, config, quick(arguments, options))
    except (AuditError, ConfigError, RootError, TreeError) as error:
        raise CommandError(str(error)) from error
    finally:
        screen.progress("")
    shown = render_options(arguments, screen, tree, config)
    render = _MATRIX.get(arguments.format) or format_named(arguments.format).render
    text = render(outcome, shown)
    code = exit_code(outcome, shown.fail_on)
    if not arguments.write:
        return Outcome(text, code)
    from tripoint.proof.record import write_record

    path = str(Path(tree.folder) / RECORD)
    return Outcome(text, code, files=((path, write_record(outcome.access)),))


_MATRIX: dict[str, Callable[[Audit, RenderOptions], str]] = {"terminal": render_terminal, "markdown": render_markdown}


def prover(
    evidence: Evidence,
    facts: Mapping[str, Any],
    read: Callable[[str], bytes | None],
    progress: Callable[[str], None],
) -> Proof:
    """Prove one database for an audit; raise AuditError where that can't be done."""
    from tripoint.postgres.binaries import ServerUnavailable
    from tripoint.proof.evidence import prove_evidence
    from tripoint.proof.record import RecordError

    try:
        return prove_evidence(evidence, facts, read, progress)
    except (ServerUnavailable, RecordError) as error:
        raise AuditError(str(error).rstrip(".")) from error


def _forgetful(
    evidence: Evidence,
    facts: Mapping[str, Any],
    read: Callable[[str], bytes | None],
    progress: Callable[[str], None],
) -> Proof:
    """Prove without a look at the record that is about to be written anew."""
    return prover(evidence, facts, lambda path: None, progress)
