"""Whether the migrations hold the database's beginning."""

from __future__ import annotations

from collections import defaultdict

from tripoint.bind.tables import bind_table, lookup_table, may_be_created
from tripoint.model.catalog import Constraint, Table
from tripoint.model.evidence import Evidence, Failure, Reference
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.query import Query
from tripoint.rules._shared import foreign_keys, own_tables, table_queries, unknown_tables
from tripoint.rules._sql import tables_in_sql, unknown_in_sql
from tripoint.supabase import MANAGED_SCHEMAS

__all__ = [
    "NO_BEGINNING",
    "OLDER",
    "RELIED_ON",
    "baseline_is_missing",
    "changed_but_never_created",
    "changed_if_there_alone",
    "dropped_objects",
    "is_at_fault_itself",
    "is_relied_on",
    "may_be_older",
    "pointed_at",
    "unseen_tables",
    "used_tables",
]

OLDER = "a fresh environment fails; a database that is older than the migrations may hold it"
RELIED_ON = "migrations have relied on it again and again: something else may make it in the same database"
NO_BEGINNING = "the migrations do not hold the database's beginning, which may have it"

_CHANGES = frozenset({"alter", "index", "policy", "trigger", "comment", "grant"})
_FEW = 3
_OF_THE_TEXT = frozenset({"42601", "42P13"})
"""Syntax errors and impossible definitions of functions, which no database makes good."""


def changed_but_never_created(evidence: Evidence, beyond: bool = False) -> dict[Name, list[Reference]]:
    """Return the tables that statements change although no migration creates them, with those statements; with those
    that the models alone have where `beyond` is asked for."""
    found: dict[Name, list[Reference]] = defaultdict(list)
    if any(opaque.anything for opaque in evidence.opaque):
        return {}  # one of them may create whatever it is
    for reference in evidence.references:
        schema, _, table = reference.table.partition(".")
        name = Name(schema, table)
        if schema in MANAGED_SCHEMAS:
            continue  # its tables are made by calls (pgmq.create) and by the platform
        known = lookup_table(name, evidence) and not (beyond and evidence.is_beyond(str(name)))
        absent = reference.created_later is None and not known
        if reference.statement in _CHANGES and absent and may_be_created(table, evidence) is None:
            found[name].append(reference)
    return dict(sorted(found.items()))


def changed_if_there_alone(evidence: Evidence) -> dict[Name, Place]:
    """Return the tables that the code or the database's SQL asks for, that no migration creates, and that migrations
    change where they are there alone, each with such a statement: in some database they are."""
    if not evidence.if_there or any(opaque.anything for opaque in evidence.opaque):
        return {}
    asked = {*map(str, unseen_tables(evidence)), *unknown_in_sql(evidence, "relation")}
    changed = changed_but_never_created(evidence)
    return {
        name: place
        for name, place in sorted(evidence.if_there.items())
        if str(name) in asked - dropped_objects(evidence) and name not in changed
    }


def is_relied_on(name: str, evidence: Evidence) -> bool:
    """Tell whether several migrations change a table that none creates."""
    schema, _, table = name.partition(".")
    references = changed_but_never_created(evidence).get(Name(schema, table), ())
    return len({reference.place.path for reference in references}) > 1


def may_be_older(table: Table, evidence: Evidence) -> str | None:
    """Return why a table may have been there before the migration that creates it, with other columns, or None.

    That one creates it only where it is not there, and one of an earlier version needs it.
    """
    early = [one for one in evidence.references if one.table == str(table.name) and one.unless_there]
    if not early or table.place is None:
        return None
    versions = {file.path: file.version or file.path for file in evidence.database.migrations}
    if {versions.get(one.place.path) for one in early} <= {versions.get(table.place.path)}:
        return None
    return "a migration needs the table before another creates it unless it is there: it may have been, with more"


def pointed_at(evidence: Evidence) -> dict[Name, Constraint]:
    """Return the tables that nothing creates and foreign keys point to, each with the first of these keys."""
    gone = dropped_objects(evidence)
    found: dict[Name, Constraint] = {}
    for _, key in foreign_keys(evidence):
        target = key.references
        if target is None or target in found or str(target) in gone or lookup_table(target, evidence) is not None:
            continue
        if may_be_created(target.name, evidence) is None:
            found[target] = key
    return dict(sorted(found.items()))


def used_tables(evidence: Evidence) -> set[Name]:
    """Return every table that the product's code asks for, or that SQL of the code or the database names."""
    names = (bind_table(query, evidence).name for query in table_queries(evidence))
    return {name for name in names if name is not None} | tables_in_sql(evidence)


def unseen_tables(evidence: Evidence) -> dict[Name, list[Query]]:
    """Return the unknown tables that the code asks for and that a beginning may hold, each with its queries.

    A known table whose schema is written into its name (`from('app.notes')`) is no sign of one, nor is `from('_')`,
    which only asks whether the database answers.
    """
    unknown = unknown_tables(evidence)
    return {
        name: queries
        for name, queries in unknown.items()
        if any(map(str.isalnum, name.name)) and not _is_spelled_with_schema(name, evidence)
    }


def _is_spelled_with_schema(name: Name, evidence: Evidence) -> bool:
    schema, dot, table = name.name.partition(".")
    return bool(dot) and lookup_table(Name(schema, table), evidence) is not None


def baseline_is_missing(evidence: Evidence) -> bool:
    """Whether the migrations most likely begin with a database that already held tables.

    They do where statements change, or foreign keys point to, at least three tables that no migration creates and these
    are no small part of all, or a good number of them; or where half of what the code and the database's own SQL use is
    unknown, although that is a good number of tables, or fewer and the SQL is a schema file that no runner applies.
    """
    return bool(evidence.answer("baseline is missing", lambda: _is_missing(evidence)))


def _is_missing(evidence: Evidence) -> bool:
    changed = len({*changed_but_never_created(evidence, beyond=True), *changed_if_there_alone(evidence)})
    known = sum(1 for _ in own_tables(evidence, "table"))
    if changed >= _FEW and (changed * 5 >= known or changed >= 2 * _FEW):
        return True
    if 0 < len(changed_but_never_created(evidence)) >= known:
        return True
    needed = len({*changed_but_never_created(evidence), *pointed_at(evidence)})
    if needed >= _FEW and needed * 5 >= known:
        return True
    # A model that no migration makes is no sign of a beginning: it is told as what it is.
    asked = (bind_table(query, evidence).name for query in table_queries(evidence) if query.kind != "model")
    used = {name for name in asked if name is not None} | tables_in_sql(evidence)
    unseen = {n for n, queries in unseen_tables(evidence).items() if any(query.kind != "model" for query in queries)}
    unknown = {*map(str, unseen), *unknown_in_sql(evidence, "relation")} - dropped_objects(evidence)
    # What the application makes itself was there at no beginning.
    unknown -= {name for (thing, name), at in evidence.elsewhere.items() if thing == "table" and at.by == "driver"}
    if len(used) >= 2 * _FEW and len(unknown) * 2 >= len(used):
        return True
    # A file that someone pastes into an editor may be the SQL of one table.
    files = evidence.database.migrations
    pasted = bool(files) and all(file.layout == "schema" for file in files)
    unknown -= {name for (thing, name), _ in evidence.elsewhere.items() if thing == "table"}
    if pasted and len(used) >= _FEW and len(unknown) * 2 > len(used):
        return True
    # Of a schema in pieces, what some tables need is a piece that nobody kept.
    pieces = any(file.layout == "pieces" for file in files)
    return pieces and len(unknown) >= _FEW and (needed > 0 or len(unknown) * 3 >= len(used))


def dropped_objects(evidence: Evidence) -> frozenset[str]:
    """Return what migrations dropped: that it is not there is no sign of a beginning that they do not hold."""
    return frozenset(subject for subject, _ in evidence.drops)


def is_at_fault_itself(failure: Failure) -> bool:
    """Whether a statement would be refused whatever the unknown beginning of a database holds."""
    return failure.sqlstate in _OF_THE_TEXT
