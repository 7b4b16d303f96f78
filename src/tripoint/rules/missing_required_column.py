"""An insert that leaves out a column which must have a value.

**What it finds.** An `insert` or `upsert` whose row, where the code shows all keys that it may have (they are written
out, a caller hands them to the function that inserts, or the row is of a class that is written as it stands), or an
`INSERT` of SQL in the code or in a function of the database that lists its columns, has no value for a column that is
NOT NULL, has no default, is neither generated nor an identity, and that no BEFORE INSERT trigger could fill. Where the
insert writes a column that the table does not have, and that one is what it most likely means, the two are one fault:
`missing-column` tells it. And a row that is told whole in its call and gives `null` to a NOT NULL column, of a table
without BEFORE triggers.

**Severity.** *High*; *medium* where an older database may not need the column (a guarded CREATE TABLE, or a file that
no runner applies, makes the table otherwise, or a statement that can't be evaluated may change it), where the code
expects that the insert may fail, or where the project's generated types say that it may be left out, and *low* where
those and the migrations are in doubt both, or nothing that was read calls the function.

**Why it matters.** PostgreSQL refuses the row: `23502 not_null_violation`.

**How to mend it.** Write the column, or give it a default.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tripoint.bind.tables import may_be_changed
from tripoint.model.catalog import Column, Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.model.place import NOWHERE
from tripoint.model.query import Row
from tripoint.model.words import counted, listed
from tripoint.rules._baseline import NO_BEGINNING, baseline_is_missing
from tripoint.rules._elsewhere import lowered
from tripoint.rules._shared import bindings, written
from tripoint.rules._sql import idle_severity
from tripoint.rules._triggers import must_be_given


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each column that an insert leaves out although it must have a value."""
    found: dict[str, list[tuple[Mark, Table, Column]]] = defaultdict(list)
    names: dict[str, set[str]] = defaultdict(set)
    guards: dict[str, list[str | None]] = defaultdict(list)
    idle: dict[str, list[str]] = defaultdict(list)
    for table, keys, mark, guard, why in (*_inserts(evidence), *_in_functions(evidence)):
        for column in must_be_given(table, evidence):
            if column.name not in keys and not _misspelt(table, column, keys, evidence):
                found[f"{table.name}.{column.name}"].append((mark, table, column))
                names[f"{table.name}.{column.name}"] |= keys - set(table.columns)
                guards[f"{table.name}.{column.name}"].append(guard)
                idle[f"{table.name}.{column.name}"] += [why] if why is not None else []
    for table, column, mark, guard in _nulls(evidence):
        found[f"{table.name}.{column.name}"].append((mark, table, column))
        guards[f"{table.name}.{column.name}"].append(guard)
    older = bool(found) and baseline_is_missing(evidence)
    for subject, uses in sorted(found.items()):
        _, table, column = uses[0]
        place = column.place or table.place
        reason = _OTHERWISE if any(skipped.startswith(f"{table.name}.") for skipped in evidence.skipped) else None
        if reason is None and older:
            reason = NO_BEGINNING
        if reason is None and (changed := may_be_changed(table.name.name, evidence, columns=True)) is not None:
            reason = f"a statement that can't be evaluated may change it: {changed}"
        if reason is None and all(guards[subject]):
            reason = f"the code expects that it may fail: {guards[subject][0]}"
        made = _made_without(table, column, evidence)
        reason = reason or (made[1] if made is not None else None)
        leaving = [mark for mark, _, _ in uses if mark.note != _NULL]
        optional = _said_optional(table, column, names[subject], evidence) if leaving else None
        severity: Severity | None = None
        if reason is not None:
            # An insert of columns that the table is without is meant for the one that came before the migrations.
            severity = "low" if reason == NO_BEGINNING and names[subject] else "medium"
        if made is not None and made[0] == "low":
            severity, reason = made
        if len(idle[subject]) == len(uses):
            severity, reason = idle_severity(idle[subject])
        own = evidence.elsewhere.get(("table", str(table.name)))
        if own is not None and own.by in _BY_CODE and {own.place.path} == {mark.place.path for mark, _, _ in uses}:
            severity, reason = "low", "the file that inserts makes the table itself, where there is none yet"
        meant = _meant_elsewhere(table, names[subject], evidence)
        if meant is not None:
            severity, reason = "low", meant
        if optional is not None:
            doubted = reason is not None or evidence.in_vain > 0
            severity, reason = "low" if doubted else "medium", optional
        severity, reason, held = lowered(evidence, "optional", subject, severity or "high", reason)
        yield Fault(
            subject=subject,
            message=_message(f"{table.name}.{column.name}", leaving, len(uses) - len(leaving)),
            marks=(
                *(mark for mark, _, _ in uses),
                *(
                    (Mark(place, "migrations", "related", "not null, no default" if leaving else "not null"),)
                    if place is not None
                    else ()
                ),
                *held,
            ),
            severity=severity,
            severity_reason=reason,
            help=f"Write {column.name}, or give the column a default." if leaving else "Write a value.",
        )


def _message(column: str, leaving: list[Mark], nulls: int) -> str:
    by_functions = sum(mark.witness == "migrations" for mark in leaving)
    by_code = len(leaving) - by_functions
    who = [f"{counted(by_code, 'insert')} of the code"] if by_code else []
    who += [f"{counted(by_functions, 'insert')} of the database's functions"] if by_functions else []
    said = [f"{listed(who)} {'leaves' if len(leaving) == 1 else 'leave'} it out"] if leaving else []
    said += [f"{counted(nulls, 'place')} of the code {'gives' if nulls == 1 else 'give'} it null"] if nulls else []
    must = "must have a value and has no default" if leaving else "must have a value"
    return f"{column} {must}, but {listed(said)}: PostgreSQL refuses the row (23502)."


def _misspelt(table: Table, column: Column, keys: set[str], evidence: Evidence) -> bool:
    """Whether the insert means the column by a name that its table does not have."""
    for name in keys - set(table.columns):
        if f"{table.name}.{name}" in evidence.skipped:
            continue  # an older database may have it, and that one lacks the other
        meant = evidence.meanings.get(f"{table.name}.{name}", ())
        if meant and meant[0].kind == "rename" and meant[0].target == f"{table.name}.{column.name}":
            return True
    return False


def _said_optional(table: Table, column: Column, unknown: set[str], evidence: Evidence) -> str | None:
    """Return what generated types say against it: that an insert may leave the column out, or that the table is without
    it and has others that the migrations lack, as the columns of the inserts that are `unknown` to them: types which
    are only older lack columns, and have none of their own."""
    gone = {subject for subject, _ in evidence.drops} | {old for old, _, _ in evidence.renames}
    for path, types in evidence.generated:
        for told in types.tables:
            known = (told.schema, told.name) == (table.name.schema, table.name.name) and not told.view
            if not known or types.by_hand or column.name in told.given:
                continue
            if column.name in told.columns:
                return f"the types in {path} say that it may be left out: the database that they were made of took that"
            if unknown & told.columns.keys():
                return f"the table of the types in {path} is without it, and has what the inserts write instead"
            if any(f"{table.name}.{name}" not in gone for name in told.columns.keys() - table.columns.keys()):
                return f"the table of the types in {path} is without it, and has columns that the migrations lack"
    return None


def _made_without(table: Table, column: Column, evidence: Evidence) -> tuple[Severity, str] | None:
    """Return which SQL that no runner applies makes the table without the column, and how severe that leaves it.

    That is another schema of the project, or what a program makes itself, which inserts into its own.
    """
    made = evidence.elsewhere.get(("table", str(table.name)))
    listed = any(("column", f"{table.name}.{name}") in evidence.elsewhere for name in table.columns)
    by_code = made is not None and made.by in _BY_CODE and listed
    if made is None or not (made.by in ("sql", "seed") or by_code):
        return None
    if ("column", f"{table.name}.{column.name}") in evidence.elsewhere:
        return None
    said = f"{made.place.path} makes the table without it, and the database may be made by that one"
    return "low" if by_code else "medium", said


_BY_CODE = frozenset({"driver", "code"})


def _meant_elsewhere(table: Table, unknown: set[str], evidence: Evidence) -> str | None:
    """Return what makes the table with all columns of the inserts that the migrations don't know: they are for that."""
    found = [evidence.elsewhere.get(("column", f"{table.name}.{name}")) for name in sorted(unknown)]
    if not found or any(one is None or one.by == "types" for one in found):
        return None
    path = next(one.place.path for one in found if one is not None)
    return f"{path} makes the table otherwise, with what the inserts write: the database may be made by that one"


_OTHERWISE = "a later CREATE TABLE makes the table otherwise: an older database may be made by that one"


_Insert = tuple[Table, set[str], Mark, str | None, str | None]
"""Its table, its columns, its place, how its author shows that it may fail, and why nothing may run it."""


def _in_functions(evidence: Evidence) -> Iterator[_Insert]:
    """Yield every INSERT in a function of the migrations that lists its columns."""
    for body in evidence.bodies if "migrations" in evidence.heard else ():
        for insert in body.inserts if body.place != NOWHERE else ():
            if (table := evidence.defined.tables.get(insert.table)) is not None:
                mark = Mark(insert.place, "migrations", "primary", f"insert of {body.subject} without it", body.subject)
                yield table, set(insert.columns), mark, insert.guarded, body.idle


def _inserts(evidence: Evidence) -> Iterator[_Insert]:
    """Yield every insert of the code whose columns are all known: a client's call, or SQL that lists them."""
    for binding in bindings(evidence, "table"):
        query, table = binding.query, binding.table.table if binding.table is not None else None
        if query.operation not in ("insert", "upsert") or table is None:
            continue
        rows = query.rows
        if query.written and query.written_complete:
            rows = (Row(tuple(key.column for key in query.written), query.place),)
        for row in rows:
            mark = Mark(row.place, "code", "primary", f"{query.operation} without it", query.symbol)
            yield table, set(row.columns), mark, query.guarded, None
    for binding in bindings(evidence, "sql"):
        for insert in binding.inserts:
            if (table := evidence.defined.tables.get(insert.table)) is not None:
                mark = Mark(insert.place, "code", "primary", "insert without it", binding.query.symbol)
                yield table, set(insert.columns), mark, binding.query.guarded, None


def _nulls(evidence: Evidence) -> Iterator[tuple[Table, Column, Mark, str | None]]:
    """Yield every null that is written to a column which takes none, and how the author shows that it may fail."""
    for binding in bindings(evidence, "table"):
        given = Counter(key.column for key in binding.query.written) if binding.query.written_complete else Counter()
        for table, key in written(binding):
            column, value = table.columns[key.column], key.value
            if value is None or value.kind != "null" or not value.certain or column.nullable or column.identity:
                continue
            # What a name holds, or what is spread in, may be given something else on the way.
            if given[key.column] != 1 or not binding.query.encloses(value.place):
                continue
            if table.kind != "table" or any(one.timing == "before" for one in table.triggers.values()):
                continue
            yield (
                table,
                column,
                Mark(value.place, "code", "primary", _NULL, binding.query.symbol),
                binding.query.guarded,
            )


_NULL = "null"


RULE = Rule("missing-required-column", "code", "high", check, needs=("migrations",))
