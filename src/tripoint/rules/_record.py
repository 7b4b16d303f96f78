"""What two rules say of the project's record of access."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark
from tripoint.model.proof import AccessChange, Outcome
from tripoint.model.words import listed

__all__ = ["changes_to", "table_fault"]


def changes_to(evidence: Evidence, outcome: Outcome) -> Iterator[tuple[str, list[AccessChange]]]:
    """Yield the tables, each with the cells that became `outcome` since the record was written."""
    found: defaultdict[str, list[AccessChange]] = defaultdict(list)
    for change in evidence.proof.changes if evidence.proof is not None else ():
        if change.after == outcome:
            found[change.table].append(change)
    yield from sorted(found.items())


def table_fault(table: str, changes: list[AccessChange], evidence: Evidence, said: str) -> Fault:
    """Return the fault of one table: each of its cells, with the lines of the record."""
    record = evidence.proof.record if evidence.proof is not None else None
    places = dict.fromkeys(change.place for change in changes if change.place is not None)
    cells = listed(map(_cell, changes), 8)
    return Fault(
        subject=table,
        message=f"{said} {table}: {cells}, against {record}.",
        marks=tuple(Mark(place, "documents", "primary", "recorded otherwise") for place in places),
        help="Mend the policy or grant; where this is wanted, tripoint prove --write records it.",
    )


def _cell(change: AccessChange) -> str:
    where = f" where {change.where}" if change.where is not None else ""
    return f"{change.operation} of {change.rows} rows{where} by {change.role}"
