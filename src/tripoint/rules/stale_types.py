"""Generated types that no longer match the migrations.

**What it finds.** A file of generated type declarations (`supabase gen types typescript`) in which tables, columns,
functions or enum values are missing that the migrations define, or that holds tables, columns or enum values which the
migrations do not. All differences of one file make one finding.

**Why it matters.** The compiler vouches for what is not there, and refuses what is: code that type-checks fails when
it runs.

**How to mend it.** Generate the types again, in the same commit as the migration.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Literal, NamedTuple

from tripoint.model.catalog import Function
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.generated import GeneratedTypes
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.words import counted, listed
from tripoint.rules._baseline import baseline_is_missing
from tripoint.rules._shared import own_tables


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each file of generated types that differs from the migrations."""
    if "migrations" not in evidence.heard or baseline_is_missing(evidence):
        return
    for path, types in evidence.generated:
        if not types.tables:
            continue
        differences = [
            *_tables(path, types, evidence),
            *_functions(path, types, evidence),
            *_enums(path, types, evidence),
        ]
        if not differences:
            continue
        shared = evidence.is_told_of_by(types)
        against = _AGAINST.get(
            "types" if evidence.database.by_types else evidence.database.definition, "the migrations"
        )
        yield Fault(
            subject=path,
            message=f"{path} differs from {against} in {counted(len(differences), 'place')}: "
            f"{_said(differences).replace('the migrations', against)}.",
            marks=tuple(one.mark for one in differences),
            severity=None if shared else "low",
            severity_reason=None if shared else "they have no table in common, and are most likely of another database",
            help="Have the types generated, in the same commit as the migration: these seem written by hand."
            if types.by_hand
            else "Generate the types again, in the same commit as the migration.",
        )


_NOT_MADE = "not in the migrations"
_AGAINST = {"types": "the other types", "orm": "the models", "declarative": "the schema files"}


_Side = Literal["the migrations lack", "the types lack"]


class _Difference(NamedTuple):
    """One thing that stands in the types or in the migrations alone."""

    how: _Side
    name: str
    mark: Mark


def _said(differences: list[_Difference]) -> str:
    by_kind = groupby(sorted(differences, key=lambda one: one.how), key=lambda one: one.how)
    return ", ".join(f"{how} {listed([one.name for one in alike], 4)}" for how, alike in by_kind)


def _tables(path: str, types: GeneratedTypes, evidence: Evidence) -> Iterator[_Difference]:
    schemas = {table.schema for table in types.tables}
    declared = {Name(table.schema, table.name): table for table in types.tables}
    extensions = {*evidence.defined.extensions, *evidence.platform.extensions}  # theirs: pgmq's tables stand in pgmq
    for name, table in declared.items():
        known = evidence.defined.tables.get(name)
        if name in evidence.platform.tables or (name.schema in evidence.platform.schemas and name.schema != "public"):
            continue
        if known is None and name.schema in extensions:
            continue
        if known is None:
            mark = _mark(path, table.start, table.end, _NOT_MADE)
            yield _Difference("the migrations lack", str(name), mark)
            continue
        if not known.complete or not table.columns:  # a row that is another type by its name is not read
            continue
        for column, (start, end, _) in table.columns.items():
            if column not in known.columns and not _is_computed(name, column, evidence):
                mark = _mark(path, start, end, _NOT_MADE)
                yield _Difference("the migrations lack", f"{name}.{column}", mark)
        for column in known.columns:
            if column not in table.columns:
                mark = _mark(path, table.start, table.end, f"{column} is missing")
                yield _Difference("the types lack", f"{name}.{column}", mark)
    first = types.tables[0]
    for own in own_tables(evidence):
        if own.name.schema in schemas and own.name not in declared:
            mark = _mark(path, first.start, first.start, f"{own.name} is missing")
            yield _Difference("the types lack", str(own.name), mark)


def _is_computed(table: Name, column: str, evidence: Evidence) -> bool:
    """Whether a function of the table's row makes the column: the generator lists those too."""
    functions = evidence.defined.functions.get(Name(table.schema, column), [])
    return any(function.identity == (str(table),) for function in functions)


def _functions(path: str, types: GeneratedTypes, evidence: Evidence) -> Iterator[_Difference]:
    """Yield the functions that the generator would list; who writes types by hand lists what the code calls.

    What they list and the migrations do not have may be an extension's.
    """
    listed = {Name(function.schema, function.name) for function in types.functions}
    schemas = {name.schema for name in listed}
    for name, functions in sorted(evidence.defined.functions.items()):
        if types.by_hand or name.schema not in schemas or name in listed or name in evidence.platform.functions:
            continue
        if any(_is_listed(function) for function in functions):
            start = types.functions[0].start
            yield _Difference("the types lack", str(name), _mark(path, start, start, f"{name} is missing"))


def _is_listed(function: Function) -> bool:
    """Whether the generator lists a function in each of its versions: the API can call it, by its arguments' names."""
    given = [a for a in function.arguments if a.mode in ("in", "inout", "variadic")]
    called = function.kind == "function" and function.returns not in (None, "trigger", "event_trigger")
    return called and function.place is not None and all(argument.name for argument in given)


def _enums(path: str, types: GeneratedTypes, evidence: Evidence) -> Iterator[_Difference]:
    for enum in types.enums:
        known = evidence.defined.enums.get(Name(enum.schema, enum.name))
        if known is None:
            continue
        apart: list[tuple[_Side, str]] = [
            ("the migrations lack", value) for value in enum.values if value not in known.values
        ]
        apart += [("the types lack", value) for value in known.values if value not in enum.values]
        for how, value in apart:
            mark = _mark(path, enum.start, enum.end, f"{how} '{value}'")
            yield _Difference(how, f"the value '{value}' of {known.name}", mark)


def _mark(path: str, start: int, end: int, note: str) -> Mark:
    """Return a place in the types. Where several things are missing at one, what each is tells them apart."""
    own_place = note == _NOT_MADE
    return Mark(Place(path, start, end), "code", "primary", note, None if own_place else note)


RULE = Rule("stale-types", "code", "medium", check, needs=("migrations", "code"), models_suffice=True)
