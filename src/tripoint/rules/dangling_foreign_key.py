"""A foreign key to a table or column that no migration creates.

**What it finds.** A `REFERENCES` clause whose table is in no migration and not part of the platform, or whose column
the referenced table does not have.

**Why it matters.** PostgreSQL refuses the statement (`42P01`, `42703`): the migration fails, and with it every
environment that is built from the files. Where it once succeeded, the table was made by hand or has gone since.
Where `missing-table` tells of the same table at *high* or above, it counts the keys; each key is then *low*. A table or
column that three or more refer to is one finding; *medium* where several files do, since something else may make it. A
key to `auth.users` is *low* where nothing else says that the database is one of Supabase's, which makes that table. A
column that another file has, or a statement without effect, is *medium* or *low*.

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
from tripoint.model.words import counted, listed
from tripoint.rules._baseline import RELIED_ON, baseline_is_missing
from tripoint.rules._elsewhere import lowered
from tripoint.rules._shared import foreign_keys, relationship, table_marks
from tripoint.rules._sql import SKIPPED


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each pair of tables whose foreign key leads nowhere, or for a table that many refer to."""
    if "migrations" not in evidence.heard:
        return
    missing_baseline = baseline_is_missing(evidence)
    dangling: dict[tuple[Name, Name], list[tuple[Table, Constraint]]] = defaultdict(list)
    lacking: dict[tuple[Name, tuple[str, ...]], list[tuple[Table, Constraint]]] = defaultdict(list)
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
            lacking[target.name, key.referenced_columns].append((table, key))
    for (name, _), keys in sorted(lacking.items()):
        target = lookup_table(name, evidence)
        assert target is not None
        many = len({table.name for table, _ in keys}) >= _MANY
        for these in [keys] if many else [[key] for key in keys]:
            yield _missing_column(evidence, target, these)
    owners: dict[Name, list[Name]] = defaultdict(list)
    for owner, references in sorted(dangling):
        owners[references].append(owner)
    for references, several in sorted(owners.items()):
        together = [several] if len(several) >= _MANY else [[owner] for owner in several]
        for some in together:
            yield _leads_nowhere(evidence, some, references, [k for o in some for k in dangling[o, references]])


_USERS = Name("auth", "users")
_MANY = 3
"""So many tables that refer to one which is missing are one fault, which is that table's."""


def _leads_nowhere(
    evidence: Evidence, owners: list[Name], references: Name, keys: list[tuple[Table, Constraint]]
) -> Fault:
    columns = [", ".join(key.columns) for _, key in keys]
    severity, reason, held = lowered(evidence, "table", str(references), "high", None)
    own = evidence.database.begun_in[1] if evidence.database.begun_in is not None else "public"
    if severity == "high" and references == _USERS and "auth" not in evidence.defined.schemas:
        severity = "low"
        reason = "Supabase makes it: only this key says that the database is one of Supabase's"
    elif severity == "high" and references.schema not in (own, *(evidence.defined.schemas.keys() - {"public"})):
        severity = "medium"
        reason = f"no migration makes the schema {references.schema}: another application may fill it"
    elif severity == "high" and len({key.place.path for _, key in keys if key.place is not None}) > 1 < len(owners):
        severity = "medium"
        reason = RELIED_ON
    owner = owners[0]
    said = f"{owner} ({listed(columns)}) refers to {references}, which no migration creates."
    if len(owners) > 1:
        names = listed([str(owner) for owner in owners])
        said = f"{counted(len(owners), 'table')} refer to {references}, which no migration creates ({names})."
    return Fault(
        subject=relationship(owner, references) if len(owners) == 1 else str(references),
        message=said,
        marks=tuple(
            Mark(key.place, "migrations", "primary", f"{', '.join(key.columns)} points to {references}")
            for _, key in keys
            if key.place is not None
        )
        + held,
        severity=severity,
        severity_reason=reason,
        help=f"Create {references} before {owner if len(owners) == 1 else 'them'}, or point the foreign "
        f"{'key' if len(owners) == 1 else 'keys'} to the table that is meant.",
        suggestions=evidence.meanings.get(str(references), ()),
    )


def _missing_column(evidence: Evidence, target: Table, keys: list[tuple[Table, Constraint]]) -> Fault:
    """Return the fault of keys to the same columns of a table, which lacks some of them."""
    missing = [column for column in keys[0][1].referenced_columns if column not in target.columns]
    skipped = [evidence.skipped.get(f"{target.name}.{column}") for column in missing]
    owners = [*dict.fromkeys(table.name for table, _ in keys)]
    severity, reason, held = lowered(evidence, "column", f"{target.name}.{missing[0]}", "high", None)
    if severity == "high" and None not in skipped:
        severity, reason = "medium", SKIPPED
    elif severity == "high" and len({key.place.path for _, key in keys if key.place is not None}) > 1 < len(owners):
        severity, reason = "medium", RELIED_ON
    said = f"{owners[0]} ({listed([', '.join(key.columns) for _, key in keys])}) refers to"
    if len(owners) > 1:
        said = f"{counted(len(owners), 'table')} ({listed([str(owner) for owner in owners])}) refer to"
    marks = (
        *(Mark(key.place, "migrations", "primary", "refers here") for _, key in keys if key.place is not None),
        *(Mark(place, "migrations", "related", "has it, without effect") for place in skipped if place is not None),
        *held,
        *table_marks(target),
    )
    return Fault(
        subject=relationship(owners[0], target.name) if len(owners) == 1 else f"{target.name}.{missing[0]}",
        message=f"{said} {target.name} ({listed(missing)}), a column that the table does not have.",
        marks=marks,
        severity=severity,
        severity_reason=reason,
        help=f"Point the foreign {'key' if len(keys) == 1 else 'keys'} to a column that exists and is unique.",
    )


RULE = Rule("dangling-foreign-key", "schema", "high", check, needs=("migrations",))
