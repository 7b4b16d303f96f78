"""Policies that lead back to their own table.

**What it finds.** A policy for select that queries its own table, directly or through the policies of other tables.
Policies that PostgreSQL refuses to create, and what the same statement in a loop would create, are left out.

**Why it matters.** PostgreSQL refuses every query of that table by a role that the policy holds for: *infinite
recursion detected in policy for relation* (42P17). Nothing says so when the policy is created.

**How to mend it.** Put the inner query into a SECURITY DEFINER function with a `search_path` of its own, and call that
in the policy: as its owner it reads the table without its policies.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from tripoint.model.catalog import Policy, Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.name import Name
from tripoint.model.words import listed
from tripoint.rules._access import CLIENT_ROLES, applying, find_relation, is_invoker_view, relations_of
from tripoint.rules._policies import policy_mark
from tripoint.sql.dependencies import relations_in_query

Edge = tuple[Policy, Name]


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each circle of policies."""
    seen: set[frozenset[Name]] = set()
    refused = {
        body.place
        for body in evidence.bodies
        if body.kind == "policy" and any(reference.outcome == "unknown" for reference in body.references)
    }
    for role in CLIENT_ROLES:
        edges = {
            name: [edge for edge in _edges(table, role, evidence) if edge[0].place not in refused]
            for name, table in sorted(evidence.defined.tables.items())
            if table.row_security and table.policies
        }
        for start in edges:
            circle = _circle(start, edges)
            names = frozenset(name for name, _ in circle)
            if not circle or names in seen:
                continue
            seen.add(names)
            yield _fault(start, circle)


def _edges(table: Table, role: str, evidence: Evidence) -> list[Edge]:
    """Return what the select policies of a table read with the caller's rights."""
    policies = [*applying(table, "select", role), *applying(table, "select", role, permissive=False)]
    return [
        (policy, target)
        for policy in policies
        for relation in relations_of(policy.using, evidence)
        for target in _secured(relation, evidence)
    ]


def _secured(relation: Table, evidence: Evidence) -> Iterator[Name]:
    """Yield the tables with row security that reading a relation reads as the caller."""
    pending, seen = [relation], set()
    while pending:
        relation = pending.pop()
        if relation.name in seen:
            continue
        seen.add(relation.name)
        if relation.kind == "table" and relation.row_security:
            yield relation.name
        elif relation.kind == "view" and is_invoker_view(relation):
            inner = [find_relation(reference.name, evidence) for reference in relations_in_query(relation.query)]
            pending += [read for read in reversed(inner) if read is not None]


def _circle(start: Name, edges: dict[Name, list[Edge]]) -> list[tuple[Name, Policy]]:
    """Return the shortest way from a table through policies back to it, as (table, its policy)."""
    came: dict[Name, tuple[Name, Policy]] = {}
    """By table that is reached: the one whose policy leads there first."""
    pending = deque([start])
    while pending and start not in came:
        name = pending.popleft()
        for policy, target in edges.get(name, ()):
            if target not in came:
                came[target] = name, policy
                pending.append(target)
    way: list[tuple[Name, Policy]] = []
    while start in came and (not way or way[-1][0] != start):
        way.append(came[way[-1][0] if way else start])
    return way[::-1]


def _fault(start: Name, circle: list[tuple[Name, Policy]]) -> Fault:
    _, policy = circle[0]
    others = [f"{name}/{p.name}" for name, p in circle[1:]]
    return Fault(
        subject=f"{start}/{policy.name}",
        message=f'Policy "{policy.name}" of {start} queries {start} itself'
        + (f" through {listed(others)}" if others else "")
        + ": every query of it ends in infinite recursion (42P17).",
        marks=(
            *policy_mark(policy, "leads back to its own table"),
            *(
                Mark(p.place, "migrations", "related", f'policy "{p.name}" of {name}')
                for name, p in circle[1:]
                if p.place is not None
            ),
        ),
        help="Put the inner query into a SECURITY DEFINER function and call that in the policy.",
    )


RULE = Rule("policy-recursion", "schema", "high", check, needs=("migrations",))
