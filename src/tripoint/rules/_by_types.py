"""Columns of tables that no migration makes, held against what generated types tell of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Severity
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.query import Query
from tripoint.model.words import counted, listed
from tripoint.rules._shared import own_tables, unknown_tables

__all__ = ["beyond_types"]

_ANSWERS = {"written": "PGRST204"}
_OF_A_FIELD = frozenset({"*", "count"})
_FEW = 3
"""From more on, what a table lacks has one cause."""
_MANY = 10
"""From more on, the types are what lags behind."""
_OLD = "no migration makes the table, and types that were generated from a database may be older than it is"
_BEHIND = "no migration makes the table, and the types lag behind the database"
_WEIGHT: dict[bool, tuple[Severity, str]] = {False: ("medium", _OLD), True: ("low", _BEHIND)}
_STATED = frozenset({"migrations", "declarative", "dump"})
"""What defines a database by SQL."""


class _Use(Struct, frozen=True):
    """A column that a query names."""

    column: str
    how: str
    """What is done with it, as a mark says it."""
    place: Place
    query: Query


def beyond_types(evidence: Evidence) -> Iterator[Fault]:
    """Yield a fault for each column that the code names of a table which generated types alone tell of, and that those
    lack; one for a table that lacks many, and one for all where the types are what lags behind.
    """
    if evidence.database.definition not in _STATED or evidence.held is not None:
        return
    told = _told(evidence)
    found: dict[Name, dict[str, list[_Use]]] = defaultdict(lambda: defaultdict(list))
    for name, queries in unknown_tables(evidence).items() if told else ():
        for query in queries if name in told else ():
            for use in _named(query):
                if ("column", f"{name}.{use.column}") not in evidence.elsewhere:
                    found[name][use.column].append(use)
    if sum(map(len, found.values())) > _MANY:
        yield _of_all(found, told)
        return
    behind = bool(found) and _are_behind(evidence, told)
    for name, columns in sorted(found.items()):
        groups = [{column: uses} for column, uses in sorted(columns.items())] if len(columns) <= _FEW else [columns]
        for group in groups:
            yield _fault(name, group, told[name], behind)


def _told(evidence: Evidence) -> dict[Name, Mark]:
    """Return the tables and views whose rows types tell that a generator wrote, each with where."""
    found: dict[Name, Mark] = {}
    for path, types in evidence.generated:
        if types.by_hand or not evidence.is_told_of_by(types):
            continue
        for table in types.tables:
            mark = Mark(Place(path, table.start, table.end), "code", "related", "the types have the table")
            if table.columns:
                found.setdefault(Name(table.schema, table.name), mark)
    return found


def _are_behind(evidence: Evidence, told: dict[Name, Mark]) -> bool:
    """Whether types lack what a migration makes, or adds to one of the tables: they were not generated since."""
    declared: dict[Name, set[str]] = defaultdict(set)
    for _, types in evidence.generated:
        for table in types.tables:
            declared[Name(table.schema, table.name)] |= set(table.columns)
    schemas = {name.schema for name in told}
    for own in own_tables(evidence):
        if own.name.schema in schemas and not set(own.columns) <= declared[own.name]:
            return True
    names = {str(name): name for name in told}
    for (thing, subject), held in evidence.elsewhere.items():
        of, _, column = subject.rpartition(".")
        if thing == "column" and held.by == "comment" and of in names and column not in declared[names[of]]:
            return True
    return False


def _named(query: Query) -> Iterator[_Use]:
    """Yield the table's own columns that a query names for certain."""
    if query.kind not in ("table", "channel") or query.alternatives:
        return
    select = query.select
    embedded = {name for one in select.embeds for name in (one.alias, one.target)} if select is not None else set()
    for field in select.fields if select is not None else ():
        if field.name not in _OF_A_FIELD:
            yield _Use(field.name, "selected", field.place, query)
    for one in query.filters:
        # `is` may ask whether there is a row of a relation that is embedded.
        open_to_more = one.operator == "is" and (select is None or not select.complete)
        if not one.path and one.column not in embedded and not open_to_more:
            yield _Use(one.column, "ordered by" if one.operator == "order" else "filtered by", one.place, query)
    for written in query.written:
        yield _Use(written.column, "written", written.place, query)
    for column in query.conflict or ():
        yield _Use(column, "the conflict target", query.conflict_place or query.place, query)


def _of_all(found: dict[Name, dict[str, list[_Use]]], told: dict[Name, Mark]) -> Fault:
    names = sorted(f"{name}.{column}" for name, columns in found.items() for column in columns)
    uses = [use for _, columns in sorted(found.items()) for column in sorted(columns) for use in columns[column]]
    marks = (Mark(use.place, "code", "primary", f"{use.column} is {use.how} here", use.query.symbol) for use in uses)
    types = told[min(found)]
    return Fault(
        subject=types.place.path,
        message=f"{types.place.path} lacks {len(names)} columns that the code names of {counted(len(found), 'table')} "
        f"which no migration makes ({listed(names, 4)}).",
        marks=(*dict.fromkeys(marks), types),
        severity="low",
        severity_reason=_BEHIND,
        help="Generate the types anew, and add a dump of the database as the first migration.",
    )


def _fault(name: Name, columns: dict[str, list[_Use]], types: Mark, behind: bool) -> Fault:
    uses = [use for column in sorted(columns) for use in columns[column]]
    names, places = sorted(columns), {use.place for use in uses}
    one = len(names) == 1
    marks = (
        Mark(use.place, "code", "primary", f"{'' if one else f'{use.column} is '}{use.how} here", use.query.symbol)
        for use in uses
    )
    severity, reason = _WEIGHT[behind]
    guards = {use.query.guarded for use in uses}
    if None not in guards:
        severity, reason = "low", f"the code expects that it may fail: {min(guard for guard in guards if guard)}"
    return Fault(
        subject=f"{name}.{names[0]}" if one else str(name),
        message=f"{name} has no {'column' if one else 'columns'} {listed(names, 6)} in the types that alone tell of it,"
        f" but the code names {'it' if one else 'them'} in {counted(len(places), 'place')}: "
        f"the request is answered with {listed(sorted({_ANSWERS.get(use.how, '42703') for use in uses}))}.",
        marks=(*dict.fromkeys(marks), types),
        severity=severity,
        severity_reason=reason,
        help="Correct the name, or generate the types anew where the database has it.",
    )
