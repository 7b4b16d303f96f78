"""`tripoint audit`: what was answered before for the same files and options, else an audit."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from tripoint.commands.answers import Question
from tripoint.commands.outcome import Outcome, Screen

__all__ = ["run"]


def run(arguments: argparse.Namespace, screen: Screen) -> Outcome | Iterator[Outcome]:
    """Audit the project that the arguments name; raise CommandError with one sentence where that can't be done."""
    with Question(arguments, screen) as question:
        known = question.answer()
        if known is not None:
            return known
        # Nothing of this is loaded for an answer that is known.
        from tripoint.commands.auditing import audit_once, rendered, report_of, shows_proposals

        for text in arguments.report:
            report_of(text)
        if arguments.watch:
            from tripoint.commands.watch import watch

            return watch(arguments, screen)
        audited = audit_once(arguments, screen, shows_proposals(arguments))
        outcome = rendered(audited, arguments, screen)
        # Other programs may be there in another version the next time.
        if audited.audit.lasting and not audited.audit.specialists:
            question.keep(outcome, audited.tree.beyond)
        return outcome
