"""`tripoint rules`: the rules there are."""

from __future__ import annotations

import argparse
from itertools import groupby

from tripoint.commands.outcome import Outcome, Screen
from tripoint.config import SPECIALISTS
from tripoint.formats.paint import Line, Painter, Span
from tripoint.formats.rule_page import FAMILIES, summary_of
from tripoint.rules import load_rules
from tripoint.specialists.program import installed

__all__ = ["run"]


def run(arguments: argparse.Namespace, screen: Screen) -> Outcome:
    """Return the rules by family, each with its default severity and its page's first sentence."""
    order = list(FAMILIES)
    rules = sorted(load_rules(), key=lambda rule: (order.index(rule.family), rule.name))
    column = max(len(rule.name) for rule in rules)
    lines: list[Line] = []
    for family, members in groupby(rules, key=lambda rule: rule.family):
        lines += [*([[]] if lines else []), [Span(FAMILIES[family], "bold")]]
        for rule in members:
            lines.append(
                [
                    Span(f"  {rule.name:<{column}}  "),
                    Span(f"{rule.severity:<8}", rule.severity),
                    Span(f"  {summary_of(rule)}", "dim"),
                ]
            )
    lines += [[], [Span("From other linters, where they are asked for", "bold")]]
    for name in SPECIALISTS:
        version = installed(name)
        state = f"version {version}" if version else f"not installed: pip install 'tripoint[{name}]'"
        lines.append([Span(f"  {f'{name}/…':<{column}}  "), Span(f"--with {name}"), Span(f"  {state}", "dim")])
    return Outcome(Painter(screen.color, False, "").paint(lines))
