"""What can only be said once every statement was folded."""

from __future__ import annotations

import re

from msgspec.structs import replace

from tripoint.model.catalog import Constraint
from tripoint.model.evidence import Reference
from tripoint.model.name import Name
from tripoint.model.place import Problem
from tripoint.model.regex import regex
from tripoint.sources.migrations.constraints import keys_differ
from tripoint.sources.migrations.state import State
from tripoint.supabase import MANAGED_SCHEMAS

__all__ = ["finish"]


def finish(state: State) -> None:
    """Complete foreign keys to tables that came later, and say of each missing reference where it was created."""
    for table in state.catalog.tables.values():
        for key in table.constraint("foreign"):
            target = state.table(key.references) if key.references is not None else None
            if not key.referenced_columns and target is not None and target.primary_key is not None:
                key.referenced_columns = target.primary_key.columns
    state.references[:] = [_with_creation(state, *reference) for reference in state.references]
    rows = ((*_with_creation(state, reference, number), reason) for reference, number, reason in state.rows)
    state.rows[:] = [row for row in rows if row[0].created_later is None]
    early = (_with_creation(state, *reference) for reference in state.early)
    state.early[:] = [reference for reference in early if reference[0].created_later is not None]
    for place, name, built in state.unfit:
        if not _is_still_unfit(state, name, built):
            state.impossible.append((place, f'foreign key constraint "{built.name}" cannot be implemented'))
    if any(reference.created_later is None for reference, _ in state.references):
        # Some table is older than the migrations, and so may be what they drop.
        for path, problem in state.unless_older:
            state.problems[path].remove(problem)
        state.refused -= len(state.unless_older)
    _leave_out_what_the_platform_has(state)
    state.drops[:] = [(subject, place) for subject, place in state.drops if not _exists(state, subject)]
    state.absent = {subject: place for subject, place in state.absent.items() if not _exists(state, subject)}
    state.kept[:] = [(subject, place) for subject, place in state.kept if _exists(state, subject)]


def _is_still_unfit(state: State, name: Name, built: Constraint) -> bool:
    """Whether a foreign key has other types than what it points to at the end, too, and so is a fault of the schema."""
    table = state.catalog.tables.get(name)
    key = next((one for one in table.constraint("foreign") if one.place == built.place), None) if table else None
    target = state.table(key.references) if key is not None and key.references is not None else None
    return table is not None and key is not None and target is not None and keys_differ(table, target, key)


def _with_creation(state: State, reference: Reference, number: int) -> tuple[Reference, int]:
    """Return a reference, made by the statement of that number, with where a later one creates what it names."""
    later = [(at, unless) for when, at, unless in state.created.get(reference.table, ()) if when > number]
    if later:
        place, unless = later[0]
        reference = replace(reference, created_later=place, unless_there=unless)
    return reference, number


def _leave_out_what_the_platform_has(state: State) -> None:
    """Say once of a dump of a whole database that it makes what the platform brings along: it is there already."""
    found: dict[str, list[Problem]] = {}
    for path, problem, text in state.repeated:
        named = _FIRST_NAME.search(text)
        if named is not None and (named[1] or named[2] or named[3]) in (*MANAGED_SCHEMAS, "supabase_realtime"):
            found.setdefault(path, []).append(problem)
    for path, problems in found.items():
        if len(problems) >= _MANY:
            first, *others = problems
            state.refused -= len(problems)
            reason = f"this and {len(others)} more statements make what the platform brings along: they change nothing"
            gone = {id(problem) for problem in problems}
            said = Problem("unresolved", first.start, first.end, reason)
            state.problems[path] = [said, *(one for one in state.problems[path] if id(one) not in gone)]


_MANY = 10
_FIRST_NAME = regex(
    r"\b(?:SCHEMA|PUBLICATION)\s+(?:IF\s+NOT\s+EXISTS\s+)?\"?(\w+)\"?\s*(?:;|$)|\bON\s+\"?(\w+)\"?\s*\.|^[^.(]*?\"?(\w+)\"?\s*\.",
    re.I,
)


def _exists(state: State, subject: str) -> bool:
    """Tell whether a dropped object is there again at the end."""
    if "/" in subject:
        table_name, _, policy = subject.partition("/")
        schema, _, name = table_name.partition(".")
        table = state.catalog.tables.get(Name(schema, name))
        return table is not None and policy in table.policies
    schema, _, rest = subject.partition(".")
    full = Name(schema, rest)
    if any(full in kind for kind in (state.catalog.tables, state.catalog.functions, state.catalog.enums)):
        return True
    if any(full in kind for kind in (state.catalog.domains, state.catalog.composites, state.catalog.sequences)):
        return True
    table_part, _, column = rest.rpartition(".")
    owner = state.catalog.tables.get(Name(schema, table_part))
    return owner is not None and column in owner.columns
