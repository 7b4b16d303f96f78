"""Differences between the migrations and the live database, object by object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.evidence import Disagreement, Evidence
from tripoint.model.fault import Mark
from tripoint.model.name import Name

__all__ = ["absent", "defining_marks", "differing"]

_WITH_TABLE = frozenset({"column", "constraint", "index", "policy", "trigger"})
"""Kinds of objects that come and go with their table."""


def absent(evidence: Evidence, side: str) -> Iterator[Disagreement]:
    """Yield the objects that one side (`defined` or `held`) does not have, without what goes with a missing table."""
    missing = [d for d in evidence.disagreements if d.aspect == "presence" and getattr(d, side) is None]
    tables = {d.subject for d in missing if d.kind == "table"}
    for found in sorted(missing):
        owner = found.subject.split("/", 1)[0]
        inside = any(owner == table or owner.startswith(f"{table}.") for table in tables)
        if found.kind == "table" or not (found.kind in _WITH_TABLE and inside):
            yield found


def differing(evidence: Evidence) -> dict[tuple[str, str], list[Disagreement]]:
    """Return the aspects in which objects differ that both sides have, by kind and subject."""
    found: dict[tuple[str, str], list[Disagreement]] = defaultdict(list)
    for one in sorted(evidence.disagreements):
        if one.aspect != "presence":
            found[one.kind, one.subject].append(one)
    return found


def defining_marks(subject: str, evidence: Evidence) -> tuple[Mark, ...]:
    """Return the mark of the statement that defines what `subject` names, as near as it is known."""
    path, _, policy = subject.partition("/")
    parts = path.split(".")
    if len(parts) < 2:
        return ()
    table = evidence.defined.tables.get(Name(parts[0], parts[1]))
    if table is None:
        functions = evidence.defined.functions.get(Name(parts[0], parts[1].split("(")[0]), [])
        place = next((f.place for f in functions if f.place is not None), None)
        return (Mark(place, "migrations", "primary", "defined here"),) if place is not None else ()
    place = table.place
    if policy and policy in table.policies:
        place = table.policies[policy].place or place
    elif len(parts) > 2 and parts[2] in table.columns:
        place = table.columns[parts[2]].place or place
    return (Mark(place, "migrations", "primary", "defined here"),) if place is not None else ()
