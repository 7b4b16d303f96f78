"""Names of rules as a person types them."""

from __future__ import annotations

from collections.abc import Iterable

from tripoint.commands.outcome import CommandError
from tripoint.config import SPECIALISTS
from tripoint.model.fault import Rule
from tripoint.rules import load_rules, names_of_rules
from tripoint.specialists.catalogue import specialist_rule

__all__ = ["rule_named", "rule_names", "specialists_named"]


def rule_named(name: str) -> Rule:
    """Return the rule of that name; raise CommandError with the nearest name where there is none."""
    names = names_of_rules()
    if name in names:
        return specialist_rule(name) or next(rule for rule in load_rules() if rule.name == name)
    import difflib

    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    raise CommandError(
        f"there is no rule {name!r}" + (f"; did you mean {near[0]}?" if near else "; tripoint rules lists them")
    )


def rule_names(options: Iterable[str]) -> frozenset[str]:
    """Return the rules of lists with commas, each held against the rules that exist."""
    return frozenset(rule_named(name).name for name in _split(options))


def _split(options: Iterable[str]) -> Iterable[str]:
    return (name for option in options for part in option.split(",") if (name := part.strip()))


def specialists_named(options: Iterable[str]) -> frozenset[str]:
    """Return the linters of others in lists with commas; raise CommandError for one that is not known."""
    names = frozenset(_split(options))
    unknown = sorted(names - set(SPECIALISTS))
    if unknown:
        raise CommandError(f"there is no specialist {unknown[0]!r}; known are {', '.join(SPECIALISTS)}")
    return names
