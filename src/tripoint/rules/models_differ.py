"""Models of an ORM and migrations that make different databases.

**What it finds.** Tables and columns, in number, that the models of Prisma, Drizzle, SQLAlchemy or Django map and no
migration makes: they are one finding, since they most likely have one cause, and every other name is then held against
the models too. (Few of them are told one by one, as `missing-table` and `missing-column`.) And a table of which the
migrations have what its models do not say: a column that must have a value and that no model maps, a type of another
kind, a value that must be given here and not there, a column that no model maps. All differences of one table make one
finding, and so do the values of an enum that the models lack or write otherwise, and a table that no model maps where
they map nearly all.

**Why it matters.** Only migrations are deployed: what stands in the models alone fails where it is read or written. Of
what stands in the migrations alone, a column that must have a value refuses every row that the model adds (`23502`),
Prisma fails on a row with a type or a value that its schema does not have, and the next migration that is generated
from the models may drop the rest.

**Severity.** *Medium* where what goes through the models fails, *low* otherwise.

**How to mend it.** Have the migration written by the ORM's own tool (`prisma migrate dev`, `drizzle-kit generate`,
`alembic revision --autogenerate`), or bring the models up to date.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from msgspec import Struct, field

from tripoint.bind.tables import bind_table, may_be_changed
from tripoint.model.catalog import Column, Table
from tripoint.model.evidence import Evidence, Thing
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.words import counted, listed
from tripoint.rules._baseline import baseline_is_missing
from tripoint.rules._kinds import KINDS
from tripoint.rules._shared import of_one_cause, own_tables
from tripoint.rules._triggers import must_be_given
from tripoint.sources.layouts.records import ORMS
from tripoint.sql.key_types import key_type_base

_MOST = 0.8
"""The share of the migrations' tables that models must map before what they leave out is worth a word."""
_WRITERS = {
    "prisma": "prisma migrate dev",
    "drizzle": "drizzle-kit generate",
    "sqlalchemy": "alembic revision --autogenerate",
    "django": "manage.py makemigrations",
}
_THINGS: tuple[tuple[Thing, bool], ...] = (("table", True), ("column", False))
_UNKNOWN = " What keys, policies and grants these tables have is not known."
_AS_TEXT = frozenset({"text", "a UUID", "an enum", "a time"})
"""Kinds that a driver sends as text alike, so that a model may say one for another; Prisma says which it sends."""


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for what the models alone have, and one for each table and enum in which the two differ."""
    mapped = evidence.mapped
    if mapped is None:
        return
    clients = _clients(evidence)
    yield from _beyond(clients, evidence)
    if evidence.held is not None or baseline_is_missing(evidence):
        return
    own = list(own_tables(evidence, "table"))
    whole = sum(table.name in mapped.tables for table in own) >= _MOST * len(own)
    for table in own:
        model = mapped.tables.get(table.name)
        if model is None and whole and table.place is not None and may_be_changed(table.name.name, evidence) is None:
            yield Fault(
                subject=str(table.name),
                message=f"The migrations make {table.name}, which no model maps: one that is generated from the models "
                "may drop it.",
                marks=(Mark(table.place, "migrations", "primary", "created here"),),
                severity="low",
                help=f"Bring the models up to date, or drop {table.name} in a migration.",
            )
        if model is not None and model.complete and table.complete and model.kind == "table":
            yield from _table(table, model, clients.get(table.name, []), whole, evidence)
    yield from _enums(evidence)


def _clients(evidence: Evidence) -> dict[Name, list[str]]:
    """Return the ORMs whose models map to each table, one for each model."""
    found: dict[Name, list[str]] = defaultdict(list)
    for query in evidence.queries:
        if query.kind == "model" and not query.test and query.client:
            name = bind_table(query, evidence).name
            if name is not None:
                found[name].append(query.client)
    return found


def _beyond(clients: dict[Name, list[str]], evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for the tables and columns that models map and no migration makes, where they are many."""
    if evidence.beyond is None or evidence.mapped is None:
        return
    tables: list[tuple[str, Place | None]] = []
    columns: list[tuple[str, Place | None]] = []
    orms: Counter[str] = Counter()
    for name, table in sorted(evidence.beyond.tables.items()):
        known = evidence.defined.tables.get(name)
        orms.update(clients.get(name, ()))
        if known is None:
            tables.append((str(name), table.place))
        else:
            columns += [(f"{name}.{c.name}", c.place) for c in table.columns.values() if c.name not in known.columns]
    orm = orms.most_common(1)[0][0] if orms else ""
    said = []
    if tables:
        of = counted(len(evidence.mapped.tables), "table")
        said.append(f"{len(tables)} of the {of} ({listed(subject for subject, _ in tables)})")
    if columns:
        others = " of the others" if tables else ""
        said.append(f"{counted(len(columns), 'column')}{others} ({listed(subject for subject, _ in columns)})")
    made = [evidence.elsewhere.get(("table", subject)) for subject, _ in tables]
    calls = next((one for one in made if one is not None and one.by == "models"), None) if not columns else None
    loose = [evidence.elsewhere.get((thing, s)) for thing, of in _THINGS for s, _ in (tables if of else columns)]
    by_hand = [one for one in loose if one is not None and one.by == "sql"]
    by_chance = 2 * len(by_hand) > len(loose)
    lack = "migrations lack" if evidence.database.definition == "migrations" else "schema files lack"
    yield Fault(
        subject=evidence.database.migrations_root or evidence.database.root,
        message=f"The {lack} {' and '.join(said)} that the models of {ORMS.get(orm, 'an ORM')} map.",
        marks=(
            *(Mark(p, "code", "primary", "in the models alone") for _, p in (*tables, *columns) if p is not None),
            *(Mark(one.place, "migrations", "related", "here, where no runner applies it") for one in by_hand),
        ),
        severity="low" if calls is not None or by_chance else None,
        severity_reason=calls.reason if calls is not None else _BY_HAND if by_chance else _FAILS,
        help=f"Have the migration written{f' ({_WRITERS[orm]})' if orm in _WRITERS else ''}, or take out of the models "
        f"what is not meant to be there.{_UNKNOWN if tables else ''}",
    )


_FAILS = "whatever reads such a model fails in a database that is built from them"
_BY_HAND = "SQL beside them makes the most of it, and may have been run by hand"


class _Differences(Struct):
    """In what a table and its model differ: sentences, and where each is seen."""

    severity: Severity = "low"
    said: list[str] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    """By column a note."""

    def add(self, severity: Severity, said: str, columns: list[str], note: str) -> None:
        """Add what is to be said of columns, if there are any."""
        if columns:
            self.severity = "medium" if severity == "medium" else self.severity
            self.said.append(said.format(listed(columns)))
            self.columns.update(dict.fromkeys(columns, note))


def _table(table: Table, model: Table, clients: list[str], whole: bool, evidence: Evidence) -> Iterator[Fault]:
    orms = set(clients)
    if not orms or may_be_changed(table.name.name, evidence) is not None or _skipped(table, evidence):
        return
    found = _Differences()
    needed = [column.name for column in must_be_given(table, evidence)]
    both = [(model.columns[name], column) for name, column in table.columns.items() if name in model.columns]
    absent = [name for name in table.columns if name not in model.columns]
    unmapped = [name for name in absent if name in needed]
    known = whole and any(_kind(table.columns[name].type, evidence) is not None for name in unmapped)
    found.add(
        "medium" if known else "low",  # of a type that the ORM does not know, rows are most likely added by SQL
        "no model maps {}, which must have a value: PostgreSQL refuses the rows that it adds (23502)",
        unmapped,
        "not null, no default",
    )
    for severity, ours, theirs, names in _kinds(both, orms, evidence):
        found.add(
            severity, f"the model takes {{}} for {ours}, where the migrations have {theirs}", names, f"{theirs} here"
        )
    if len(clients) == 1 and not orms & {"django"}:  # of several models, each may leave out what the others give
        empty = [c.name for m, c in both if m.nullable and m.default is None and not m.identity and c.name in needed]
        found.add("low", "the model lets {} be empty, which must have a value", empty, "not null, no default")
    if clients == ["prisma"]:
        given = [c.name for m, c in both if not m.nullable and c.nullable and not c.type.endswith("[]")]
        found.add("low", "the model takes {} for given, which may be null: reading such a row fails", given, "nullable")
    rest = [name for name in absent if name not in needed and not table.columns[name].generated]
    if whole and not orms & {"django"}:
        found.add("low", "no model maps {}: a migration that is generated from them may drop it", rest, "unmapped")
    if not found.said:
        return
    places = [(table.columns[name].place or table.place, note) for name, note in found.columns.items()]
    yield Fault(
        subject=str(table.name),
        message=f"The models and the migrations differ in {table.name}: {'; '.join(found.said)}.",
        marks=(
            *(Mark(place, "code", "primary", "mapped here") for place in _modelled(model, found)),
            *(Mark(place, "migrations", "related", note) for place, note in places if place is not None),
        ),
        severity=found.severity,
        help="Bring the models up to date, or write the migration.",
    )


def _skipped(table: Table, evidence: Evidence) -> bool:
    """Whether an older database may have the table otherwise."""
    return any(subject.startswith(f"{table.name}.") for subject in evidence.skipped)


def _modelled(model: Table, found: _Differences) -> Iterator[Place]:
    """Yield where the model says what differs: the columns, or the model where it leaves them out."""
    places = [model.columns[name].place for name in found.columns if name in model.columns]
    if len(places) < len(found.columns):
        places.insert(0, model.place)
    yield from dict.fromkeys(place for place in places if place is not None)


def _kinds(
    both: list[tuple[Column, Column]], orms: set[str], evidence: Evidence
) -> Iterator[tuple[Severity, str, str, list[str]]]:
    """Yield the kinds of value that models and migrations take the same columns for, with these columns."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for model, column in both:
        ours, theirs = _kind(model.type, evidence), _kind(column.type, evidence)
        if ours is not None and theirs is not None and ours != theirs:
            found[ours, theirs].append(column.name)
    for (ours, theirs), names in sorted(found.items()):
        pair = {ours, theirs}
        if orms == {"prisma"} and pair != {"a whole number", "a number"}:
            yield "medium", ours, theirs, names
        elif not pair <= _AS_TEXT:
            yield "low", ours, theirs, names


def _kind(type_name: str, evidence: Evidence) -> str | None:
    """Return what kind of value a type holds; None where that is none of the common ones."""
    if type_name.endswith("[]"):
        return "an array"
    base = key_type_base(type_name)
    enums = {*evidence.defined.enums, *(evidence.mapped.enums if evidence.mapped is not None else ())}
    return KINDS.get(base) or ("an enum" if any(str(name) == type_name for name in enums) else None)


def _enums(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each enum of which the ORM's schema lacks values; of two with one name, nothing is told."""
    declared = Counter(name for name, _, _ in evidence.mapped_enums)
    for name, values, place in evidence.mapped_enums:
        known = evidence.defined.enums.get(name)
        absent = [value for value in known.values if value not in values] if known is not None else []
        if known is None or declared[name] > 1 or may_be_changed(name.name, evidence) is not None:
            continue
        more = [value for value in values if value not in known.values]
        if of_one_cause(more, values):
            taken = [evidence.elsewhere.get(("value", f"{name}='{value}'")) for value in more]
            held = next((one for one in taken if one is not None), None) if None not in taken else None
            yield Fault(
                subject=str(name),
                message=f"{name} takes {listed(known.values, 8)}, but the models write {listed(more, 8)}: PostgreSQL "
                "answers 22P02 where one of these is written or asked for.",
                marks=(
                    Mark(place, "code", "primary", "listed here"),
                    *((Mark(p, "migrations", "related", "the enum is here"),) if (p := known.place) else ()),
                    *((Mark(held.place, "migrations", "related", "all of them are taken here"),) if held else ()),
                ),
                severity="low" if held is not None else None,
                severity_reason=held.reason if held is not None else None,
                help="Have the migration written, or the models write what the type takes (SQLAlchemy writes the names "
                "of a class's members, where no values_callable says otherwise).",
            )
            continue
        if not absent:
            continue
        yield Fault(
            subject=str(name),
            message=f"{name} takes {listed(absent)} in the database, which the schema of the ORM lacks: a row that "
            f"holds {'it' if len(absent) == 1 else 'one'} is more than the models expect, "
            "and Prisma and SQLAlchemy fail to read it.",
            marks=(
                Mark(place, "code", "primary", "without it"),
                *((Mark(known.place, "migrations", "related", "the enum is here"),) if known.place is not None else ()),
            ),
            severity="low",
            help="Add the value to the ORM's schema.",
        )


RULE = Rule("models-differ", "code", "medium", check, needs=("migrations", "code"))
