"""A column whose type keeps PostgreSQL from being upgraded.

**What it finds.** A column of type `regcollation`, `regconfig`, `regdictionary`, `regnamespace`, `regoper`,
`regoperator`, `regproc` or `regprocedure`.

**Why it matters.** Such a column holds object identifiers that are not kept by `pg_upgrade`, which refuses to run while
one exists: the platform can't bring the database to a newer version.

**How to mend it.** Store the name as `text`, and cast where the identifier is needed (`name::regproc`).
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.rules._shared import own_tables, table_marks

_REFUSED = frozenset(
    {
        "regcollation",
        "regconfig",
        "regdictionary",
        "regnamespace",
        "regoper",
        "regoperator",
        "regproc",
        "regprocedure",
    }
)


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each column of such a type."""
    for table in own_tables(evidence, "table", "materialized-view", "foreign-table"):
        for column in table.columns.values():
            type_name = column.type.removesuffix("[]")
            if type_name not in _REFUSED:
                continue
            yield Fault(
                subject=f"{table.name}.{column.name}",
                message=f"{table.name}.{column.name} is of type {type_name}, with which pg_upgrade refuses to run.",
                marks=(Mark(column.place, "migrations", "primary", type_name),)
                if column.place is not None
                else table_marks(table, role="primary"),
                help=f"alter table {table.name} alter column {column.name} type text;",
            )


RULE = Rule("unsupported-reg-type", "schema", "low", check, needs=("migrations",))
