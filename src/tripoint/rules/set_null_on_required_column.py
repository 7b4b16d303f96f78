"""A foreign key that sets a column to null which must have a value.

**What it finds.** A foreign key that is `ON DELETE SET NULL`, or `ON DELETE SET DEFAULT` of a column without a default,
where one of the columns that it sets is NOT NULL: alone, or as a part of the primary key. A table with a trigger that
may fill the column is left out, and a referenced table with a trigger before its deletes.

**Why it matters.** PostgreSQL takes the definition, and refuses each delete of a row that is referred to: `23502
not_null_violation`, for a table that the one who deletes did not ask for.

**Severity.** *High* where the code or a function of the database deletes from the referenced table, or from one whose
deletes cascade to it; *medium* where nothing that was read does, and *low* where a statement that can't be evaluated
may change the column.

**How to mend it.** Let the column be null, or let the key cascade or restrict. Of a key of several columns, list those
that it may set: `on delete set null (author_id)`.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from tripoint.bind.tables import lookup_table, may_be_changed
from tripoint.model.catalog import Constraint, Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.model.name import Name
from tripoint.model.words import listed
from tripoint.rules._keys import cascade, deletes
from tripoint.rules._shared import foreign_keys, place_marks
from tripoint.rules._triggers import filled_by_triggers


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each foreign key that would set null where none may stand."""
    refusing = [
        (table, key, target, columns)
        for table, key in foreign_keys(evidence)
        if (target := lookup_table(key.references, evidence) if key.references is not None else None) is not None
        and (columns := _refused(table, key, evidence))
        and not any(one.timing == "before" and "delete" in one.events for one in target.triggers.values())
    ]
    deleted = deletes(evidence) if refusing else {}
    for table, key, target, columns in refusing:
        asked = _asked(target.name, table.name, deleted, evidence)
        severity: Severity = "high" if asked else "medium"
        reason = None if asked else _idle(target.name, evidence)
        if (changed := may_be_changed(table.name.name, evidence, columns=True)) is not None:
            severity, reason = "low", f"a statement that can't be evaluated may change it: {changed}"
        named = columns[0] if len(key.columns) == 1 else f"({', '.join(key.columns)})"
        without = " and has no default" if key.on_delete == "set default" else ""
        yield Fault(
            subject=f"{table.name}.{named}",
            message=f"No row of {target.name} that {table.name} refers to can be deleted: the foreign key {key.name} "
            f"is ON DELETE {key.on_delete.upper()}, but {listed(columns)} must have a value{without} (23502).",
            marks=(
                *place_marks(key.place, f"on delete {key.on_delete}"),
                *_not_null(table, key, columns),
                *asked,
            ),
            severity=severity,
            severity_reason=reason,
            help=_help(table, key, columns),
        )


def _refused(table: Table, key: Constraint, evidence: Evidence) -> list[str]:
    """Return the columns that the key sets to null when a referenced row goes, and that take no null."""
    if key.on_delete not in ("set null", "set default") or table.kind != "table":
        return []
    filled = filled_by_triggers(table, "update", evidence)
    if filled is None:
        return []
    domains = {str(domain.name) for domain in evidence.defined.domains.values()}
    columns = [table.columns[name] for name in key.on_delete_columns or key.columns if name in table.columns]
    return [
        column.name
        for column in columns
        if not column.nullable
        and column.name not in filled
        and (key.on_delete == "set null" or not (column.default or column.identity or column.type in domains))
    ]


def _asked(target: Name, owner: Name, deleted: dict[Name, list[Mark]], evidence: Evidence) -> list[Mark]:
    """Return where rows of a table are deleted: by name, or by a key that cascades and leaves those of `owner`."""
    found = list(deleted.get(target, ()))
    for name, marks in sorted(deleted.items()) if target not in deleted else ():
        gone = cascade(name, evidence)
        if target in gone and owner not in gone:
            found += [replace(mark, note=f"deletes from {name}, which cascades") for mark in marks]
    return found


def _idle(target: Name, evidence: Evidence) -> str:
    if target in evidence.platform.tables:
        return f"the platform deletes from {target}, not the code"
    return f"nothing that was read deletes from {target}"


def _not_null(table: Table, key: Constraint, columns: list[str]) -> Iterator[Mark]:
    """Yield the mark of the first of the columns, where the key is not a part of its definition."""
    place, own = table.columns[columns[0]].place, key.place
    if place is not None and own is not None and not (place.path == own.path and place.start <= own.start < place.end):
        yield Mark(place, "migrations", "related", "not null")


def _help(table: Table, key: Constraint, columns: list[str]) -> str:
    nullable = [name for name in key.columns if name in table.columns and table.columns[name].nullable]
    if key.on_delete == "set null" and nullable:
        return f"Let the key set {listed(nullable)} alone: on delete set null ({', '.join(nullable)})."
    primary = table.primary_key.columns if table.primary_key is not None else ()
    if any(name in primary for name in columns):
        return "Let the key cascade or restrict: a column of the primary key is never null."
    changes = ", ".join(f"alter column {name} drop not null" for name in columns)
    return f"alter table {table.name} {changes}; or let the key cascade or restrict."


RULE = Rule("set-null-on-required-column", "schema", "high", check, needs=("migrations",))
