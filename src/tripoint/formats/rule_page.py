"""A rule's page: its docstring under its name, with what it needs to speak."""

from __future__ import annotations

from tripoint.model.fault import Rule

__all__ = ["FAMILIES", "rule_page", "summary_of"]

FAMILIES = {
    "code": "Between code and schema",
    "documents": "Between documents and schema",
    "schema": "Within the schema",
    "migrations": "In the migrations themselves",
    "database": "Between migrations and the live database",
}
"""The families of rules in the order in which they are listed."""


def summary_of(rule: Rule) -> str:
    """Return the first sentence of a rule's page."""
    return " ".join(rule.page.split("\n\n", 1)[0].split())


def rule_page(rule: Rule) -> str:
    """Return a rule's page as Markdown with a final line end."""
    needs = ", ".join(rule.needs) or "nothing in particular"
    return (
        f"# {rule.name}\n\n"
        f"{rule.page.strip()}\n\n"
        f"Family: {FAMILIES[rule.family].lower()}. Default severity: {rule.severity}. Needs to hear: {needs}.\n"
    )
