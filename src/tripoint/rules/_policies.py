"""What several rules ask of policies."""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.catalog import Policy, Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Mark
from tripoint.rules._shared import own_tables

__all__ = ["API_ROLES", "expressions", "on_one_line", "policies", "policy_mark", "roles_of"]

API_ROLES = frozenset({"public", "anon", "authenticated"})


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


def roles_of(policy: Policy) -> tuple[str, ...]:
    """Return the roles of requests with the public key that a policy holds for."""
    if "public" in policy.roles:
        return ("anon", "authenticated")
    return tuple(role for role in ("anon", "authenticated") if role in policy.roles)


def expressions(policy: Policy) -> tuple[str, ...]:
    """Return the policy's conditions that there are."""
    return tuple(text for text in (policy.using, policy.check) if text)


def on_one_line(condition: str | None) -> str:
    """Return a condition as a sentence can quote it."""
    return " ".join((condition or "").split())


def policy_mark(policy: Policy, note: str) -> tuple[Mark, ...]:
    """Return the primary mark of a policy, where its place is known."""
    return (Mark(policy.place, "migrations", "primary", note),) if policy.place is not None else ()
