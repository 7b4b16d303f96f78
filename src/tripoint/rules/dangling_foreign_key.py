"""A foreign key to a table or column that no migration creates.

**What it finds.** A `REFERENCES` clause whose table is in no migration and not part of the platform, or whose column
the referenced table does not have.

**Why it matters.** PostgreSQL refuses the statement (`42P01`, `42703`): the migration fails, and with it every
environment that is built from the files. Where it once succeeded, the table was made by hand or has gone since.
Where `missing-table` tells of the same table at *high* or above, it counts the keys; each key is then *low*.

**How to mend it.** Create the referenced table in an earlier migration, or point the key to the table that is meant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.bind.tables import lookup_table, may_be_changed, may_be_created
from tripoint.model.catalog import Constraint, Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.name import Name
from tripoint.model.words import listed
from tripoint.rules._baseline import baseline_is_missing
from tripoint.rules._elsewhere import lowered
from tripoint.rules._shared import foreign_keys, relationship, table_marks


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each pair of tables whose foreign key leads nowhere."""
    if "migrations" not in evidence.heard:
        return
    missing_baseline = baseline_is_missing(evidence)
    dangling: dict[tuple[Name, Name], list[tuple[Table, Constraint]]] = defaultdict(list)
    for table, key in foreign_keys(evidence):
        assert key.references is not None
        target = lookup_table(key.references, evidence)
        if target is None:
            if missing_baseline or may_be_created(key.references.name, evidence) is not None:
                continue
            dangling[table.name, key.references].append((table, key))
        elif may_be_changed(target.name.name, evidence) is not None:
            continue
        elif target.complete and any(column not in target.columns for column in key.referenced_columns):
            yield _missing_column(table, key, target)
    for (owner, references), keys in sorted(dangling.items()):
        columns = [", ".join(key.columns) for _, key in keys]
        severity, reason, held = lowered(evidence, "table", str(references), "high", None)
        if severity == "high" and references.schema not in ("public", *evidence.defined.schemas):
            severity = "medium"
            reason = f"no migration makes the schema {references.schema}: another application may fill it"
        yield Fault(
            subject=relationship(owner, references),
            message=f"{owner} ({listed(columns)}) refers to {references}, which no migration creates.",
            marks=tuple(
                Mark(key.place, "migrations", "primary", f"{', '.join(key.columns)} points to {references}")
                for _, key in keys
                if key.place is not None
            )
            + held,
            severity=severity,
            severity_reason=reason,
            help=f"Create {references} before {owner}, or point the foreign key to the table that is meant.",
            suggestions=evidence.meanings.get(str(references), ()),
        )


def _missing_column(table: Table, key: Constraint, target: Table) -> Fault:
    missing = [column for column in key.referenced_columns if column not in target.columns]
    marks = (
        *((Mark(key.place, "migrations", "primary", "refers here"),) if key.place is not None else ()),
        *table_marks(target),
    )
    return Fault(
        subject=relationship(table.name, target.name),
        message=f"{table.name} ({', '.join(key.columns)}) refers to {target.name} ({listed(missing)}), "
        "a column that the table does not have.",
        marks=marks,
        help="Point the foreign key to a column that exists and is unique.",
    )


RULE = Rule("dangling-foreign-key", "schema", "high", check, needs=("migrations",))
