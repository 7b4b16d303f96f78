"""The rules: one file a rule, named for the fault that it finds.

A rule's module has a docstring, which is its page (what it finds, why it matters, how to mend it), and `RULE`. The
file system is the registry: adding a rule is adding its file here and its case folder in the tests.
"""

from __future__ import annotations

import importlib
import os
from functools import cache

from msgspec.structs import replace

from tripoint.model.fault import Rule
from tripoint.specialists.catalogue import specialist_names, specialist_rule

__all__ = ["load_rules", "names_of_rules", "page_of"]


def names_of_rules() -> tuple[str, ...]:
    """Return the names of all rules, sorted, those of the specialists behind ours, without loading one."""
    return (*(name.replace("_", "-") for name in _modules()), *specialist_names())


def _modules() -> list[str]:
    """Return the modules that hold a rule, sorted. (`pkgutil` finds them too, and loads more than all of them.)"""
    with os.scandir(os.path.dirname(__file__)) as entries:
        files = (entry.name for entry in entries)
        return sorted(name.removesuffix(".py") for name in files if name.endswith(".py") and not name.startswith("_"))


@cache
def load_rules(names: frozenset[str] | None = None) -> tuple[Rule, ...]:
    """Return every rule, or those of these names alone, sorted by name, each with its page."""
    rules = []
    for name in _modules():
        if names is None or name.replace("_", "-") in names:
            module = importlib.import_module(f"{__name__}.{name}")
            rule: Rule = module.RULE
            rules.append(replace(rule, page=(module.__doc__ or "").strip()))
    return tuple(sorted(rules, key=lambda rule: rule.name))


def page_of(name: str) -> str | None:
    """Return the page of the rule called `name`, or None where there is no such rule."""
    rule = specialist_rule(name) or next((rule for rule in load_rules() if rule.name == name), None)
    return rule.page if rule is not None else None
