"""Names of rules as a person types them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from tripoint.commands.outcome import CommandError
from tripoint.model.fault import Rule
from tripoint.rules import load_rules

__all__ = ["rule_named", "rule_names"]


def rule_named(name: str) -> Rule:
    """Return the rule of that name; raise CommandError with the nearest name where there is none."""
    rules = {rule.name: rule for rule in load_rules()}
    if name in rules:
        return rules[name]
    near = difflib.get_close_matches(name, rules, n=1, cutoff=0.5)
    raise CommandError(
        f"there is no rule {name!r}" + (f"; did you mean {near[0]}?" if near else "; tripoint rules lists them")
    )


def rule_names(option: str | None) -> frozenset[str] | None:
    """Return the rules of a list with commas, each held against the rules that exist; None stays None."""
    if option is None:
        return None
    return frozenset(rule_named(name).name for name in _split(option))


def _split(option: str) -> Iterable[str]:
    return (name for part in option.split(",") if (name := part.strip()))
