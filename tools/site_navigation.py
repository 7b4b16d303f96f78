"""A hook of mkdocs: the rules stand in the navigation by family, as they stand in the code."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from tripoint.formats.rule_page import FAMILIES
from tripoint.rules import load_rules


def on_config(config: Any) -> Any:
    """Fill the section `Rules`, which names its index alone."""
    order = list(FAMILIES)
    rules = sorted(load_rules(), key=lambda rule: (order.index(rule.family), rule.name))
    section = next(entry["Rules"] for entry in config.nav if "Rules" in entry)
    for family, members in groupby(rules, key=lambda rule: rule.family):
        section.append({FAMILIES[family]: [f"rules/{rule.name}.md" for rule in members]})
    return config
