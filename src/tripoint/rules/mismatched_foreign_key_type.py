"""A foreign key whose column has another type than the column that it points to.

**What it finds.** A foreign key between columns of types that PostgreSQL does not compare for equality through an
index (`text` to `uuid`), or that it compares only after a conversion (`integer` to `bigint`).

**Why it matters.** Incomparable types are refused (`42804`): the migration fails. Different types that can be
compared are accepted, but a narrower column runs out of values before the wider one does, and some joins lose their
index.

**Severity.** *High*; *medium* where other SQL of the project or a program makes one of the columns too; *low* where
PostgreSQL compares the types.

**How to mend it.** Give both columns the same type.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.bind.tables import lookup_table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.rules._filters import doubt_of_type
from tripoint.rules._shared import foreign_keys, place_marks, relationship, table_marks
from tripoint.sql.key_types import are_comparable, key_type_base


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each foreign key with a pair of columns of different types."""
    for table, key in foreign_keys(evidence):
        assert key.references is not None
        target = lookup_table(key.references, evidence)
        if target is None:
            continue
        for own, other in zip(key.columns, key.referenced_columns, strict=False):
            if own not in table.columns or other not in target.columns:
                continue
            here, there = key_type_base(table.columns[own].type), key_type_base(target.columns[other].type)
            if here == there or not (here and there):
                continue  # nothing tells the type of a column that a query made, or a class of the project's own
            domains = {str(name) for name in (*evidence.defined.domains, *evidence.platform.domains)}
            if here in domains or there in domains:
                continue
            severity, consequence = _judge(here, there)
            subjects = (f"{table.name}.{own}", f"{target.name}.{other}") if severity == "high" else ()
            doubts = (doubt_of_type(subject, {None}, evidence)[0] for subject in subjects)
            reason = next((doubt for doubt in doubts if doubt is not None), None)
            yield Fault(
                subject=relationship(table.name, target.name),
                message=f"{table.name}.{own} is {table.columns[own].type}, but {target.name}.{other}, to which it "
                f"points, is {target.columns[other].type}: {consequence}.",
                marks=(
                    *place_marks(key.place, f"{own} is {here}"),
                    *(
                        Mark(column.retyped, "migrations", "related", f"{column.name} is {column.type} since")
                        for column in (table.columns[own], target.columns[other])
                        if column.retyped is not None
                    ),
                    *table_marks(target),
                ),
                severity="medium" if reason is not None else severity,
                severity_reason=reason,
                help=f"Change {table.name}.{own} to {target.columns[other].type}.",
            )


def _judge(here: str, there: str) -> tuple[Severity, str]:
    if are_comparable(here, there):
        return "low", "PostgreSQL converts for each comparison"
    return "high", "PostgreSQL refuses the constraint (42804)"


RULE = Rule("mismatched-foreign-key-type", "schema", "high", check, needs=("migrations",))
