"""An upsert on columns that no unique key covers.

**What it finds.** `upsert(…, { onConflict: 'a,b' })`, or `INSERT … ON CONFLICT (a, b)` in SQL of the code or of a
function of the database, where the table has no primary key, unique constraint or unique index (without a condition,
unless the SQL gives one) on exactly these columns. An upsert without `onConflict` takes the primary key; without one it
is an insert, which nothing refuses. Where a migration dropped the key, or an index on the columns has a condition,
that is named.

**Why it matters.** PostgreSQL refuses the statement: `42P10`, "there is no unique or exclusion constraint matching
the ON CONFLICT specification".

**Severity.** *High*; less where SQL that no runner applies makes the key; *low* where the history lacks its beginning,
or where migrations in code, which are not read, name the table and the columns.

**How to mend it.** Add the unique constraint, or name the columns of one that exists. Where the key was dropped so that
rows may be equal, insert without a conflict target.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.bind.tables import may_be_changed
from tripoint.model.catalog import Index, Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.name import key_subject
from tripoint.model.place import NOWHERE
from tripoint.model.words import counted, listed
from tripoint.rules._baseline import NO_BEGINNING, baseline_is_missing
from tripoint.rules._elsewhere import lowered
from tripoint.rules._shared import bindings, table_marks, went


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each set of columns that an upsert needs a unique key for."""
    found: dict[tuple[str, tuple[str, ...]], list[tuple[Table, tuple[str, ...], Mark]]] = defaultdict(list)
    for table, written, partial, mark in (*_upserts(evidence), *_in_sql(evidence)):
        if table.kind != "table" or not table.complete or any(column not in table.columns for column in written):
            continue
        if set(written) not in _unique_keys(table, partial=partial):
            found[str(table.name), tuple(sorted(set(written)))].append((table, written, mark))
    for (subject, columns), uses in sorted(found.items()):
        table, written, _ = uses[0]
        doubt = NO_BEGINNING if baseline_is_missing(evidence) else _made_unseen(table, columns, evidence)
        keys = sorted(f"({', '.join(sorted(key))})" for key in _unique_keys(table))
        key = f"{subject}.({', '.join(columns)})" if len(columns) > 1 else f"{subject}.{columns[0]}"
        severity, reason, held = lowered(evidence, "unique", key, "high", None)
        some = _for_some_rows(table, set(columns))
        gone = went(key_subject(table.name, columns), evidence) if some is None else None
        shown = ", ".join(dict.fromkeys(written))
        of_all = f" for all rows ({some.name} has a condition)" if some is not None else ""
        since = f" since {gone.file} {gone.deed} it, and it is" if gone is not None else ","
        yield Fault(
            subject=key,
            message=f"{table.name} has no unique key on ({shown}){of_all}{since} the conflict target of "
            f"{counted(len(uses), 'upsert')}: PostgreSQL refuses the statement (42P10).",
            marks=(
                *(mark for *_, mark in uses),
                *((Mark(some.place, "migrations", "related", "for some rows alone"),) if some and some.place else ()),
                *((gone.mark,) if gone is not None else ()),
                *held,
                *table_marks(table),
            ),
            severity="low" if doubt else severity,
            severity_reason=doubt or reason,
            help=_without_condition(some)
            if some is not None
            else f"{_MAY_BE_EQUAL if gone is not None else 'Add'} a unique constraint on ({shown})"
            + (f", or use one of the keys that exist: {listed(keys)}." if keys else "."),
        )


def _for_some_rows(table: Table, columns: set[str]) -> Index | None:
    """Return a unique index on exactly these columns that has a condition: a client's upsert can't name it."""
    for index in table.indexes.values():
        if index.unique and index.predicate is not None and {column.name for column in index.columns} == columns:
            return index
    return None


def _without_condition(index: Index) -> str:
    nulls = ": rows with a NULL there never collide" if "is not null" in (index.predicate or "").lower() else ""
    return f"Create {index.name} again without its condition{nulls}, or write the statement in SQL, with the condition."


_MAY_BE_EQUAL = "Insert without a conflict target, if rows may be equal there since; else add"


def _made_unseen(table: Table, columns: tuple[str, ...], evidence: Evidence) -> str | None:
    """Return why there may be such a key all the same: what is not read names the table and each of the columns."""
    named = (table.name.name, *columns)
    return next((unseen.reason for unseen in evidence.unseen if all(map(unseen.may_make, named))), None)


def _upserts(evidence: Evidence) -> Iterator[tuple[Table, tuple[str, ...], bool, Mark]]:
    """Yield the conflict targets of a client's calls."""
    for binding in bindings(evidence, "table"):
        query, table = binding.query, binding.table.table if binding.table is not None else None
        if query.operation == "upsert" and query.conflict and table is not None:
            mark = Mark(query.conflict_place or query.place, "code", "primary", "conflict target", query.symbol)
            yield table, query.conflict, False, mark


def _in_sql(evidence: Evidence) -> Iterator[tuple[Table, tuple[str, ...], bool, Mark]]:
    """Yield the conflict targets of SQL in the code and in functions, on tables whose keys are all known."""
    for binding in bindings(evidence, "sql"):
        for insert in binding.inserts:
            table = evidence.defined.tables.get(insert.table)
            if table is not None and insert.conflict and may_be_changed(insert.table.name, evidence) is None:
                mark = Mark(
                    insert.place, "code", "primary", "inserted into with this conflict target", binding.query.symbol
                )
                yield table, insert.conflict, insert.conflict_filtered, mark
    for body in evidence.bodies if "migrations" in evidence.heard else ():
        for insert in body.inserts if body.place != NOWHERE and body.idle is None else ():
            table = evidence.defined.tables.get(insert.table)
            if table is None or not insert.conflict or insert.guarded or may_be_changed(insert.table.name, evidence):
                continue
            note = f"conflict target of {body.subject}"
            mark = Mark(insert.place, "migrations", "primary", note, body.subject)
            yield table, insert.conflict, insert.conflict_filtered, mark


def _unique_keys(table: Table, *, partial: bool = False) -> list[set[str]]:
    """Return the columns of each unique key; with `partial` also of those that hold for some rows only."""
    keys = [set(c.columns) for c in table.constraints.values() if c.kind in ("primary", "unique")]
    for index in table.indexes.values():
        names = [column.name for column in index.columns if column.name is not None]
        total = partial or index.predicate is None
        if index.unique and total and len(names) == len(index.columns) and set(names) not in keys:
            keys.append(set(names))
    return keys


RULE = Rule("missing-conflict-target", "code", "high", check, needs=("migrations",))
