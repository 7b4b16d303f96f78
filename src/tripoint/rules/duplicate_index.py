"""Two indexes of a table that are the same.

**What it finds.** Indexes of one table with the same columns, order, method, operator classes and condition.

**Why it matters.** Each write keeps both; no query needs more than one.

**How to mend it.** Drop one: the one that no constraint owns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.catalog import Index
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule, Suggestion
from tripoint.model.words import listed
from tripoint.rules._shared import own_tables


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each group of equal indexes."""
    order = {file.path: number for number, file in enumerate(evidence.database.migrations)}

    def made(index: Index) -> tuple[int, int, str]:
        place = index.place
        return (order.get(place.path, -1), place.start, index.name) if place is not None else (-1, 0, index.name)

    for table in own_tables(evidence, "table", "materialized-view"):
        groups: dict[object, list[Index]] = defaultdict(list)
        for index in sorted(table.indexes.values(), key=made):  # the one that came first stays
            groups[index.columns, index.method, _words(index.predicate), index.include].append(index)
        for equal in groups.values():
            spare = [index for index in equal if index.constraint is None]
            if len(equal) < 2 or not spare or (any(i.unique for i in spare) and not all(i.unique for i in equal)):
                continue
            kept = next((index for index in equal if index.constraint is not None), equal[0])
            dropped = next(index for index in reversed(spare) if index is not kept)
            marks = tuple(
                Mark(i.place, "migrations", "primary" if i is dropped else "related", f"index {i.name}")
                for i in (dropped, kept)
                if i.place is not None
            )
            yield Fault(
                subject=str(table.name),
                message=f"{table.name} has the same index {len(equal)} times: {listed(i.name for i in equal)}.",
                marks=marks,
                help=f"drop index {table.name.schema}.{dropped.name};",
                suggestions=(
                    Suggestion("drop", f"{table.name.schema}.{dropped.name}", 0.9, ("another does its work",)),
                ),
            )


def _words(text: str | None) -> str | None:
    return None if text is None else " ".join(text.lower().split())


RULE = Rule("duplicate-index", "schema", "low", check, needs=("migrations",))
