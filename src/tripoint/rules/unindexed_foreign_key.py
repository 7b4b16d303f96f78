"""A foreign key that no index leads with.

**What it finds.** A foreign key whose columns are not the first columns of any index of its table.

**Why it matters.** Each delete or key change of a referenced row reads the whole referencing table, and holds locks
while it does; joins along the key read it too.

**How to mend it.** `create index on … (…)`. A small table does without.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._shared import foreign_keys, place_marks
from tripoint.sql.grammar import parse_expression
from tripoint.sql.types import strings

_METHODS = frozenset({"btree", "hash"})


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each foreign key without an index."""
    for table, key in foreign_keys(evidence):
        if _is_indexed(table, key.columns):
            continue
        columns = ", ".join(key.columns)
        start = f"{table.name}.{columns}" if len(key.columns) == 1 else f"{table.name}.({columns})"
        yield Fault(
            subject=start,
            message=f"No index leads with the foreign key {table.name} ({columns}) to {key.references}.",
            marks=place_marks(key.place, "foreign key"),
            help=f"create index on {table.name} ({columns});",
        )


def _is_indexed(table: Table, columns: tuple[str, ...]) -> bool:
    wanted = set(columns)
    leading = [
        tuple(c.name for c in index.columns)
        for index in table.indexes.values()
        if index.method in _METHODS and (index.predicate is None or _is_not_null(index.predicate, wanted))
    ]
    leading += [c.columns for c in table.constraints.values() if c.kind in ("primary", "unique")]
    return any(set(names[: len(columns)]) == wanted for names in leading)


def _is_not_null(predicate: str, columns: set[str]) -> bool:
    """Whether a partial index holds every row whose key is not null: PostgreSQL finds referencing rows in it."""
    node = parse_expression(predicate)
    test = node.get("NullTest") if node is not None else None
    reference = test["arg"].get("ColumnRef") if test is not None else None
    if test is None or reference is None or test["nulltesttype"] != "IS_NOT_NULL":
        return False
    return strings(reference["fields"])[-1] in columns


RULE = Rule("unindexed-foreign-key", "schema", "info", check, needs=("migrations",))
