"""Every name in SQL that the database or the code holds, with what holds it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from tripoint.model.binding import BodyBinding, SqlReference
from tripoint.model.evidence import Evidence
from tripoint.model.place import NOWHERE
from tripoint.model.query import ASKED_FIRST, Query

__all__ = ["SqlUse", "sql_uses"]


class SqlUse(Struct, frozen=True):
    """A name in SQL: in a body that the database holds, or in a query of the code."""

    reference: SqlReference
    body: BodyBinding | None = None
    query: Query | None = None

    @property
    def guarded(self) -> str | None:
        """How its author shows that it may fail, in words."""
        if self.reference.guarded or self.query is None:
            return self.reference.guarded
        named = self.reference.column or self.reference.written.rpartition(".")[2]
        if named in self.query.asks:
            return f"{ASKED_FIRST} whether {named} exists"
        return self.query.guarded

    @property
    def owner(self) -> str:
        """What holds it, as a key of counting."""
        if self.body is not None:
            return f"{self.body.kind} {self.body.subject}"
        return self.query.place.path if self.query is not None else ""


def sql_uses(evidence: Evidence, *kinds: str) -> Iterator[SqlUse]:
    """Yield the names of the given kinds (`relation`, `column`, …) in SQL; the code's tests are left out.

    So is what a database alone holds: it took every name when it was made, or knows better what an extension brought.
    """
    for body in evidence.bodies:
        if body.place == NOWHERE:
            continue
        for reference in body.references:
            if reference.kind in kinds:
                yield SqlUse(reference, body)
    for binding in evidence.bindings:
        if binding.query.test or not binding.query.certain:
            continue
        for reference in binding.references:
            if reference.kind in kinds:
                yield SqlUse(reference, None, binding.query)
