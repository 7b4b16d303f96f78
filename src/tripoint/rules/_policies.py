"""What several rules ask of policies' expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tripoint.model.catalog import Policy, Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Mark
from tripoint.rules._shared import own_tables

__all__ = ["API_ROLES", "expressions", "is_true", "policies", "policy_mark", "without_strings"]

API_ROLES = frozenset({"public", "anon", "authenticated"})
_STRING = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_TRUE = re.compile(r"\(*\s*(?:true|1\s*=\s*1)\s*\)*", re.IGNORECASE)


def policies(evidence: Evidence) -> Iterator[tuple[Table, Policy]]:
    """Yield every policy of the project's own tables, and those that it made on the platform's."""
    for table in own_tables(evidence):
        for _, policy in sorted(table.policies.items()):
            yield table, policy
    for name, table in sorted(evidence.defined.tables.items()):
        brought = evidence.platform.tables.get(name)
        if brought is not None:
            for policy_name, policy in sorted(table.policies.items()):
                if policy_name not in brought.policies:
                    yield table, policy


def expressions(policy: Policy) -> tuple[str, ...]:
    """Return the policy's conditions that there are."""
    return tuple(text for text in (policy.using, policy.check) if text)


def is_true(expression: str | None) -> bool:
    """Whether a condition lets everything pass as it is written."""
    return expression is not None and _TRUE.fullmatch(expression.strip()) is not None


def without_strings(expression: str) -> str:
    """Return an expression with string literals and comments taken out."""
    return _STRING.sub("''", expression)


def policy_mark(policy: Policy, note: str) -> tuple[Mark, ...]:
    """Return the primary mark of a policy, where its place is known."""
    return (Mark(policy.place, "migrations", "primary", note),) if policy.place is not None else ()
