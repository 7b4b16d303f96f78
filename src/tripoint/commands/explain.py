"""`tripoint explain RULE`: a rule's page."""

from __future__ import annotations

import argparse
import re

from tripoint.commands.names import rule_named
from tripoint.commands.outcome import Outcome, Screen
from tripoint.formats.rule_page import rule_page
from tripoint.model.regex import regex

__all__ = ["run"]

_MARKS = regex(r"\*\*(.+?)\*\*|^# (.+)$|`([^`]+)`", re.MULTILINE | re.DOTALL)


def run(arguments: argparse.Namespace, screen: Screen) -> Outcome:
    """Return the page of one rule; in colour, Markdown's marks become the terminal's."""
    page = rule_page(rule_named(arguments.rule))
    return Outcome(_MARKS.sub(_painted, page) if screen.color else page)


def _painted(match: re.Match[str]) -> str:
    strong, heading, code = match.groups()
    return f"\x1b[36m{code}\x1b[0m" if code is not None else f"\x1b[1m{strong or heading}\x1b[0m"
