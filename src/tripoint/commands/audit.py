"""`tripoint audit`: what was answered before for the same files and options, else an audit."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tripoint.cache import Cache
from tripoint.commands.answers import Question
from tripoint.commands.outcome import CommandError, Outcome, Screen

if TYPE_CHECKING:
    from tripoint.commands.auditing import Audited
    from tripoint.tree import WorkTree

__all__ = ["run"]


def run(arguments: argparse.Namespace, screen: Screen) -> Outcome | Iterator[Outcome]:
    """Audit the project that the arguments name; raise CommandError with one sentence where that can't be done."""
    nothing_kept = arguments.no_cache or not os.path.exists(Cache().file or "")
    with Question(arguments, screen) as question:
        known = question.answer()
        if known is not None:
            return known
        if arguments.watch:
            from tripoint.commands.watch import watch

            return watch(arguments, screen)
        # Nothing of this is loaded for an answer that is known.
        from tripoint.reading.pool import dismiss, summon

        try:
            if nothing_kept:
                summon()
            audited, outcome = _audit(arguments, screen, question.tree())
        finally:
            dismiss()
        # Other programs may be there in another version the next time.
        if audited.audit.lasting and not audited.audit.specialists:
            question.keep(outcome, audited.tree.beyond)
        return outcome


def _audit(arguments: argparse.Namespace, screen: Screen, tree: WorkTree | None) -> tuple[Audited, Outcome]:
    from tripoint.commands.auditing import audit_once, rendered, report_of, shows_proposals

    files = [report_of(text)[1] for text in arguments.report] + ([arguments.output] if arguments.output else [])
    for path in files:
        if files.count(path) > 1:
            raise CommandError(f"two reports would be written to {path}: give each a file of its own")
    audited = audit_once(arguments, screen, shows_proposals(arguments), tree=tree)
    return audited, rendered(audited, arguments, screen)
