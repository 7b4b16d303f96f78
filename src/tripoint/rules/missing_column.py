"""A column that the code or the database's own SQL names and its table does not have.

**What it finds.** A column in a select, a filter, an order, an insert, an update or a conflict target that the table
or view does not have, also deep in an embedded relation; one that nothing but the declared type of a written row has
(*medium*: callers may leave it out); one without which a type of Swift or Kotlin can't be decoded from the rows
(*medium*); or a column in SQL, be it in the code or in the body of a function, a view, a trigger or a
check of the database: a function that still names a dropped column is found. All places of one missing column make one
finding. Where the migrations do not hold the database's beginning, a table may have what they do not tell of: then all
such columns of one table are one finding, and *low*; those that only SQL of the database names are *medium*. Where
generated types have many columns that the migrations lack, those of one table are one finding, too, and so are those
that one place of the code names of several tables: a function that is handed the table's name. The columns of a table
that no migration makes, and that types tell of which a generator wrote, are held against those (*medium*).

**Why it matters.** The request fails as a whole: `42703` for a select, a filter or an order, `PGRST204` for a
payload. A function is not checked when it is created or when a column is dropped: it fails when it runs.

**How to mend it.** Correct the name, or add the column in a migration.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.bind.sql_uses import SqlUse
from tripoint.bind.tables import lookup_table
from tripoint.model.binding import ColumnBinding
from tripoint.model.evidence import Evidence
from tripoint.model.fault import LIKELY, Fault, Mark, Rule, Severity
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.query import Query, Select
from tripoint.model.words import counted, listed
from tripoint.rules._baseline import NO_BEGINNING, OLDER, baseline_is_missing, may_be_older
from tripoint.rules._by_types import beyond_types
from tripoint.rules._elsewhere import all_by_hand, lowered
from tripoint.rules._shared import Gone, bindings, table_marks, went
from tripoint.rules._sql import (
    OF_ANOTHER,
    ONLY_IN_CODE,
    SKIPPED,
    held_by,
    of_another_database,
    sql_marks,
    sql_severity,
    unknown_in_sql,
)

_ANSWERS = {"write": "PGRST204", "conflict": "42703", "select": "42703", "filter": "42703", "order": "42703"}
_USES = {
    "select": "selected",
    "filter": "filtered by",
    "order": "ordered by",
    "write": "written",
    "conflict": "the conflict target",
    "decode": "needed to decode a row",
}
_TAKEN_AWAY = "a migration took it away, and the code still names it"


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each column that the code names in vain."""
    found: dict[str, list[tuple[Query, ColumnBinding]]] = defaultdict(list)
    decoded: dict[str, list[tuple[Query, ColumnBinding]]] = defaultdict(list)
    for binding in bindings(evidence, "table", "function", "channel", "model"):
        for column in binding.columns:
            if column.outcome == "unknown":
                uses = decoded if column.use == "decode" else found
                uses[f"{column.table.name}.{column.column}"].append((binding.query, column))
    in_sql = unknown_in_sql(evidence, "column")
    for subject in decoded.keys() & found.keys():
        found[subject] += decoded.pop(subject)
    older = bool(found or in_sql or decoded) and baseline_is_missing(evidence)
    others = of_another_database(evidence) if in_sql else ()
    if older:
        yield from _of_older_tables(found, in_sql)
        in_sql = {subject: uses for subject, uses in in_sql.items() if subject not in found}
        found, decoded = {}, {}
    gathered = _told_by_types(found, evidence)
    for name, of_table in gathered.items():
        yield _of_typed_table(name, of_table, evidence)
    grown = _grown_by_hand({s: uses for s, uses in found.items() if s not in in_sql}, evidence)
    for name, of_table in grown.items():
        yield _of_grown_table(name, of_table, evidence)
    gathered |= {name: gathered.get(name, {}) | of_table for name, of_table in grown.items()}
    told = {subject for of_table in gathered.values() for subject in of_table}
    single = {subject: uses for subject, uses in found.items() if subject not in told and subject not in in_sql}
    for subjects in _of_one_place(single, evidence):
        yield _of_several_tables({subject: found[subject] for subject in subjects}, evidence)
        told |= set(subjects)
    for subject in sorted({*found, *in_sql} - told):
        if subject in found:
            yield _asked(subject, found[subject], in_sql.get(subject, []), evidence)
        else:
            yield from _in_sql(subject, in_sql[subject], evidence, older, others)
    for subject in sorted(decoded.keys() - in_sql.keys()):
        yield _needed(subject, decoded[subject], evidence)
    yield from beyond_types(evidence)


def _of_older_tables(
    found: dict[str, list[tuple[Query, ColumnBinding]]], in_sql: dict[str, list[SqlUse]]
) -> Iterator[Fault]:
    """Yield one fault for each table: it may be older than the migrations, and have all of these columns."""
    tables: dict[Name, list[tuple[Query, ColumnBinding]]] = defaultdict(list)
    for uses in found.values():
        tables[uses[0][1].table.name] += uses
    for name, uses in sorted(tables.items()):
        columns = sorted({column.column for _, column in uses})
        sql = [use for column in columns for use in in_sql.get(f"{name}.{column}", [])]
        also = f", and so does SQL ({listed(held_by(sql))})" if sql else ""
        yield Fault(
            subject=str(name) if len(columns) > 1 else f"{name}.{columns[0]}",
            message=f"{name} has no {'column' if len(columns) == 1 else 'columns'} {listed(columns, 6)} in the "
            f"migrations, but the code names {'it' if len(columns) == 1 else 'them'} in "
            f"{_places(uses)}{also}.",
            marks=(
                *dict.fromkeys(
                    Mark(c.place, "code", "primary", f"{c.column} is {_USES[c.use]} here", q.symbol) for q, c in uses
                ),
                *sql_marks(sql),
                *table_marks(uses[0][1].table),
            ),
            severity="low",
            severity_reason=NO_BEGINNING,
            help="Give the audit a dump of the database, or --database, to know which of them are missing.",
        )


def _told_by_types(
    found: dict[str, list[tuple[Query, ColumnBinding]]], evidence: Evidence
) -> dict[Name, dict[str, list[tuple[Query, ColumnBinding]]]]:
    """Return the tables of which generated types have many columns that the migrations lack: they have one cause."""
    tables: dict[Name, dict[str, list[tuple[Query, ColumnBinding]]]] = defaultdict(dict)
    for subject, uses in sorted(found.items()):
        held = evidence.elsewhere.get(("column", subject))
        if held is not None and held.by == "types":
            tables[uses[0][1].table.name][subject] = uses
    return {name: of_table for name, of_table in sorted(tables.items()) if len(of_table) > _FEW}


_FEW = 3


def _of_typed_table(name: Name, of_table: dict[str, list[tuple[Query, ColumnBinding]]], evidence: Evidence) -> Fault:
    uses = [use for subject in of_table for use in of_table[subject]]
    held = [evidence.elsewhere["column", subject] for subject in of_table]
    return Fault(
        subject=str(name),
        message=f"{name} has no columns {listed(sorted({column.column for _, column in uses}), 6)} in the "
        f"migrations, but the code names them in {_places(uses)}.",
        marks=(
            *dict.fromkeys(
                Mark(c.place, "code", "primary", f"{c.column} is {_USES[c.use]} here", q.symbol) for q, c in uses
            ),
            *(Mark(one.place, "code", "related", "the types have it") for one in held),
            *table_marks(uses[0][1].table),
        ),
        severity="medium",
        severity_reason=held[0].reason,
        help="Add these columns in a migration: `supabase db diff --linked` writes what the database has beyond it.",
    )


def _grown_by_hand(
    found: dict[str, list[tuple[Query, ColumnBinding]]], evidence: Evidence
) -> dict[Name, dict[str, list[tuple[Query, ColumnBinding]]]]:
    """Return the tables of which SQL that people run by hand lacks many columns, which nothing else knows of: most
    likely somebody gave them to the table in another way."""
    tables: dict[Name, dict[str, list[tuple[Query, ColumnBinding]]]] = defaultdict(dict)
    for subject, uses in sorted(found.items()) if all_by_hand(evidence) and evidence.held is None else ():
        kept = subject not in evidence.skipped and went(subject, evidence) is None
        kept &= not any(s.kind == "rename" and s.confidence >= _SURE for s in evidence.meanings.get(subject, ()))
        if kept and ("column", subject) not in evidence.elsewhere and any(query.guarded is None for query, _ in uses):
            tables[uses[0][1].table.name][subject] = uses
    return {name: of_table for name, of_table in sorted(tables.items()) if len(of_table) > _FEW}


_SURE = 0.9
"""From where on a name is another one misspelt, whatever else a table lacks."""


def _of_grown_table(name: Name, of_table: dict[str, list[tuple[Query, ColumnBinding]]], evidence: Evidence) -> Fault:
    uses = [use for subject in of_table for use in of_table[subject]]
    columns = sorted({column.column for _, column in uses})
    return Fault(
        subject=str(name),
        message=f"{name} has no columns {listed(columns, 6)}, but the code names them in "
        f"{_places(uses)}: "
        f"the requests are answered with {listed(sorted({_ANSWERS[c.use] for _, c in uses if c.use in _ANSWERS}))}.",
        marks=(
            *dict.fromkeys(
                Mark(c.place, "code", "primary", f"{c.column} is {_USES[c.use]} here", q.symbol) for q, c in uses
            ),
            *table_marks(uses[0][1].table),
        ),
        # A document, or SQL in pieces, lags behind before anything else.
        severity="medium" if evidence.database.migrations[0].layout in ("schema", "numbered", "supabase") else "low",
        severity_reason="no known runner applies the schema: so many columns were most likely added in another way",
        help=f"Add to the schema what {name} has by now, and correct the names that are wrong.",
    )


def _of_one_place(found: dict[str, list[tuple[Query, ColumnBinding]]], evidence: Evidence) -> Iterator[tuple[str, ...]]:
    """Yield the columns of one name that the very same places name of several tables, and no other witness knows."""
    groups: dict[tuple[str, frozenset[Place]], list[str]] = defaultdict(list)
    for subject, uses in found.items():
        table, column = uses[0][1].table, uses[0][1].column
        claimed = {c.name for claim in evidence.claims.by_table.get(table.name, ()) for c in claim.columns}
        if column not in claimed and subject not in evidence.skipped and ("column", subject) not in evidence.elsewhere:
            groups[column, frozenset(_asked_at(q, c) for q, c in uses)].append(subject)
    yield from sorted(tuple(sorted(subjects)) for subjects in groups.values() if len(subjects) > 1)


def _of_several_tables(found: dict[str, list[tuple[Query, ColumnBinding]]], evidence: Evidence) -> Fault:
    """Return the fault of code that names a column of tables that it is handed, where several of them lack it."""
    uses = [use for of_table in found.values() for use in of_table]
    places = {_asked_at(query, column) for query, column in uses}
    tables = {column.table.name: column.table for _, column in uses}
    kinds = ("table", "function", "channel", "model")
    named = {c.table.name for b in bindings(evidence, *kinds) for c in b.columns if _asked_at(b.query, c) in places}
    some = "none of them has it" if len(tables) == len(named) else f"{len(tables)} of them do not have it"
    answers = listed(sorted({_ANSWERS[column.use] for _, column in uses if column.use in _ANSWERS}))
    guards = {query.guarded for query, _ in uses}
    guarded = None not in guards
    return Fault(
        subject=min(found),
        message=f"The code names the column {uses[0][1].column} of {counted(len(named), 'table')} in "
        f"{counted(len(places), 'place')}, and {some} "
        f"({listed(sorted(map(str, tables)), _SHOWN)}): the request is answered with {answers}.",
        marks=(
            *_use_marks(uses),
            *(mark for table in list(tables.values())[:_SHOWN] for mark in table_marks(table)),
        ),
        severity="low" if guarded else "high",
        severity_reason=f"the code expects that it may fail: {sorted(guard for guard in guards if guard)[0]}"
        if guarded
        else ONLY_IN_CODE,
        help="Let the code ask each table for a column that it has, or add the column to those that lack it.",
    )


_SHOWN = 6


def _asked_at(query: Query, column: ColumnBinding) -> Place:
    """Return where a column is asked for: the call, where another file has the name, as a constant that many share."""
    return column.place if column.place.path == query.call.path or query.kind == "model" else query.call


def _places(uses: list[tuple[Query, ColumnBinding]]) -> str:
    return counted(len({column.place for _, column in uses}), "place")


def _use_marks(uses: list[tuple[Query, ColumnBinding]]) -> Iterator[Mark]:
    """Yield where names are written, once each however many calls they are of, and the calls of other files."""
    yield from {c.place: Mark(c.place, "code", "primary", f"{_use(q, c)} here", q.symbol) for q, c in uses}.values()
    calls = {at: q for q, c in uses if (at := _asked_at(q, c)) != c.place}
    yield from (Mark(at, "code", "related", "asked here", query.symbol) for at, query in calls.items())


def _asked(subject: str, uses: list[tuple[Query, ColumnBinding]], sql: list[SqlUse], evidence: Evidence) -> Fault:
    table = uses[0][1].table
    gone = went(subject, evidence)
    since = _since(gone, subject, evidence)
    answers = sorted({_ANSWERS[column.use] for _, column in uses if column.use in _ANSWERS})
    guards = {query.guarded for query, _ in uses}
    guarded = None not in guards
    severity: Severity = "medium" if guarded else "high"
    claims = [c for claim in evidence.claims.by_table.get(table.name, ()) for c in claim.columns]
    documented = [claim for claim in claims if claim.name == uses[0][1].column]
    reason = ONLY_IN_CODE if gone is None else _TAKEN_AWAY
    if guarded:
        reason = f"the code expects that it may fail: {sorted(guard for guard in guards if guard)[0]}"
    elif documented and gone is None and not evidence.claims.by_table[table.name][0].generated:
        severity, reason = "critical", "the code needs it, and a document vouches for it"
        if any(use.body is not None for use in sql):  # what was written for a database that has it was run against one
            severity, reason = "high", f"the migrations name it too, without creating it: {OLDER}"
    elif sql:
        reason = "the database's own SQL and the code name it"
    if not sql and severity != "medium" and all(query.kind == "model" for query, _ in uses):
        severity, reason = "medium", "an ORM's model maps it: whatever reads the whole model fails"
    elif gone is None and all(_is_declared(*use) for use in uses):
        severity, reason = "medium", _DECLARED
    skipped = evidence.skipped.get(subject)
    if skipped is not None and severity in ("critical", "high", "medium"):
        severity, reason = _of_skipped(skipped, subject, evidence)
    before = may_be_older(table, evidence) if severity in ("critical", "high") and gone is None else None
    if before is not None:
        severity, reason = "medium", before
    severity, why, held = lowered(evidence, "column", subject, severity, reason)
    places = _places(uses)
    also = f", and so does SQL ({listed(held_by(sql))})" if sql else ""
    mapped = all(query.kind == "model" for query, _ in uses)
    who = f"a model of an ORM maps it in {places}" if mapped else f"the code names it in {places}"
    what = "whatever reads the whole model" if mapped else "the request"
    return Fault(
        subject=subject,
        message=f"{table.name} has no column {uses[0][1].column}{since}, but {who}{also}: "
        f"{what} is answered with {listed(answers)}.",
        marks=(
            *_use_marks(uses),
            *sql_marks(sql),
            *(Mark(claim.place, "documents", "related", "described here") for claim in documented),
            *((gone.mark,) if gone is not None else ()),
            *((Mark(skipped, "migrations", "related", "has it, without effect"),) if skipped is not None else ()),
            *held,
            *table_marks(table),
        ),
        severity=severity,
        severity_reason=why,
        help=_behind_alias(uses) or _correct(subject, gone, evidence),
        suggestions=evidence.meanings.get(subject, ()),
    )


_DECLARED = "no more than the declared type of what is written says that it is in it"


def _is_declared(query: Query, column: ColumnBinding) -> bool:
    """Whether a declared type alone says that a row has the column: what its callers hand over may lack it."""
    named = (w for w in query.written if w.column == column.column and w.place == column.place)
    return column.use == "write" and any(one.declared for one in named)


def _of_skipped(skipped: Place, subject: str, evidence: Evidence) -> tuple[Severity, str]:
    """Return how severe it is that only a statement without effect has a column, and why."""
    table = subject.rpartition(".")[0]
    early = (one for one in evidence.references if one.created_later is not None and one.table == table)
    if any(one.place.path == skipped.path for one in early):
        return "low", "the statement that adds it comes before its table's creation, which is told on its own"
    return "medium", SKIPPED


def _needed(subject: str, uses: list[tuple[Query, ColumnBinding]], evidence: Evidence) -> Fault:
    """Return the fault of a class that a row is decoded into, and that a row of the table does not suffice for."""
    column = uses[0][1]
    gone = went(subject, evidence)
    since = _since(gone, subject, evidence)
    severity, why, held = lowered(evidence, "column", subject, "medium", "the request is answered, and not understood")
    calls = {query.place: Mark(query.place, "code", "related", "decoded here", query.symbol) for query, _ in uses}
    return Fault(
        subject=subject,
        message=f"{column.table.name} has no column {column.column}{since}, but what the code decodes its rows "
        f"into can't be made without it ({counted(len(calls), 'call')}): decoding fails.",
        marks=(
            *{c.place: Mark(c.place, "code", "primary", f"{_use(q, c)} here", q.symbol) for q, c in uses}.values(),
            *calls.values(),
            *((gone.mark,) if gone is not None else ()),
            *held,
            *table_marks(column.table),
        ),
        severity=severity,
        severity_reason=why,
        help=f"Correct the name, let the property be optional, or add the column to {column.table.name}.",
        suggestions=evidence.meanings.get(subject, ()),
    )


def _since(gone: Gone | None, subject: str, evidence: Evidence) -> str:
    """Say which migration took the column away, and what it made in its place: ORMs write a renaming as the two."""
    if gone is None:
        return ""
    made = ""
    for one in evidence.meanings.get(subject, ())[:1] if gone.deed == "dropped" else ():
        name = one.target.rpartition(".")[2]
        if one.confidence >= LIKELY and any(reason.endswith(f"created {name}") for reason in one.reasons):
            made = f" and made {name}"
    moved = _moved_to(subject, gone, evidence) if not made else None
    if moved is not None:
        made = f" and made {moved}.{subject.rpartition('.')[2]}"
    return f" since {gone.file} {gone.deed} it{gone.to}{made}"


def _moved_to(subject: str, gone: Gone | None, evidence: Evidence) -> Name | None:
    """Return the one table that has a dropped column since: the same migration gave it one of that name, and a foreign
    key leads from one of the two tables to the other."""
    owner, _, column = subject.rpartition(".")
    if gone is None or gone.deed != "dropped":
        return None
    found: list[Name] = []
    for name, table in evidence.defined.tables.items():
        place = table.columns[column].place if column in table.columns else None
        if place is not None and place.path == gone.mark.place.path and str(name) != owner:
            keys = (str(key.references) for key in table.constraint("foreign"))
            if owner in keys or name in _led_to(owner, evidence):
                found.append(name)
    return found[0] if len(found) == 1 else None


def _led_to(owner: str, evidence: Evidence) -> set[Name | None]:
    tables = (table for name, table in evidence.defined.tables.items() if str(name) == owner)
    return {key.references for table in tables for key in table.constraint("foreign")}


def _correct(subject: str, gone: Gone | None, evidence: Evidence) -> str:
    owner, _, column = subject.rpartition(".")
    moved = _moved_to(subject, gone, evidence)
    if moved is not None:
        return f"Ask {moved} for {column}, or add the column to {owner} again."
    return f"Correct the name, or add the column to {owner}."


def _behind_alias(uses: list[tuple[Query, ColumnBinding]]) -> str | None:
    """Return what to write where the name is what a select calls a column: only the answer knows it by that."""
    behind: set[str | None] = set()
    for query, column in uses:
        select = query.select if column.use in ("filter", "order") else None
        behind |= set(_called(select, column.column)) or {None} if select is not None else {None}
    name, called = behind.pop(), uses[0][1].column
    if name is None or behind:
        return None
    return f"Write {name}: {called} is what the select calls it, and filters and orders take the column."


def _called(select: Select, alias: str) -> Iterator[str]:
    """Yield the columns that a select calls so, those of embedded relations that it spreads out with their path."""
    yield from (field.name for field in select.fields if field.alias == alias)
    for embed in select.embeds if not select.refused else ():
        if embed.spread:
            yield from (f"{embed.alias or embed.target}.{name}" for name in _called(embed.select, alias))


def _use(query: Query, column: ColumnBinding) -> str:
    return "mapped" if query.kind == "model" else _USES[column.use]


def _in_sql(
    subject: str, sql: list[SqlUse], evidence: Evidence, older: bool, others: tuple[str, ...]
) -> Iterator[Fault]:
    name, column = sql[0].reference.target, sql[0].reference.column
    table = lookup_table(name, evidence) if name is not None else None
    if table is None:
        return
    severity, reason = sql_severity(sql)
    skipped = evidence.skipped.get(subject)
    if older and severity in ("high", "medium"):
        severity, reason = "low", NO_BEGINNING
    elif skipped is not None:
        severity, reason = _of_skipped(skipped, subject, evidence)
    elif others and all(use.query is not None and use.query.place.path.startswith(others) for use in sql):
        severity, reason = "low", OF_ANOTHER
    before = may_be_older(table, evidence) if severity in ("critical", "high") else None
    if before is not None and went(subject, evidence) is None:
        severity, reason = "medium", before
    gone = went(subject, evidence)
    since = _since(gone, subject, evidence)
    if gone is not None and reason == ONLY_IN_CODE:
        reason = _TAKEN_AWAY
    severity, why, held = lowered(evidence, "column", subject, severity, reason)
    holders = held_by(sql)
    names = "names" if len(holders) == 1 and holders[0].startswith(("1 ", "SQL")) else "name"
    yield Fault(
        subject=subject,
        message=f"{table.name} has no column {column}{since}, but {listed(holders)} {names} it: "
        "PostgreSQL answers with 42703.",
        marks=(
            *sql_marks(sql),
            *((gone.mark,) if gone is not None else ()),
            *((Mark(skipped, "migrations", "related", "has it, without effect"),) if skipped is not None else ()),
            *held,
            *table_marks(table),
        ),
        severity=severity,
        severity_reason=why,
        help=_correct(subject, gone, evidence),
        suggestions=evidence.meanings.get(subject, ()),
    )


RULE = Rule("missing-column", "code", "high", check, needs=("migrations",), models_suffice=True)
