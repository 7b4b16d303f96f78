"""A value that the column's type can't hold.

**What it finds.** A literal in a filter, a payload or a function's argument that PostgreSQL can't read as the type of
the column or the argument: a word for a number, a text that is no UUID for a `uuid`, a text that is neither true nor
false for a `boolean`, a word that is no point in time for a date; a list that a `jsonb` column is asked to contain,
which the clients send as `{a,b}`. The same in SQL, of the code and of functions in the migrations. And a value of
another type that SQL writes to a column, of which PostgreSQL makes none by itself: the `text` of a parameter for a
`uuid`, an enum or `jsonb`.

**Severity.** *High*; *medium* where an older database may have another type there, or the code expects a failure.

**Why it matters.** The statement is refused: `22P02 invalid_text_representation`, `22007 invalid_datetime_format`, or
`42804 datatype_mismatch`.

**How to mend it.** Pass a value of the column's type, cast it (`p_status::public.status`), or correct the column.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from tripoint.bind.sql_uses import SqlUse, sql_uses
from tripoint.model.binding import QueryBinding
from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.place import Place
from tripoint.model.query import Value
from tripoint.model.readable import MOMENTS, base_type, reads
from tripoint.model.words import counted, listed
from tripoint.rules._filters import doubt_of_type, made_here
from tripoint.rules._functions import given_literals
from tripoint.rules._shared import bindings, compared, written
from tripoint.rules._sql import held_by, is_whole, sql_marks, sql_severity

_KINDS = {"uuid": ("string",), "boolean": ("string", "boolean", "number")}
_COMPARES = frozenset({"eq", "neq", "gt", "gte", "lt", "lte", "in", "match"})
_CONTAINING = frozenset({"cs", "cd"})
_SENT = {
    ("array", "jsonb"): "a list, which the client sends as {…}: give it the JSON as a text",
    ("object", "array"): "an object, which the client sends as JSON",
}
"""What is asked to be contained, and the type that can't read what the client makes of it."""


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each column, or argument, and literal that do not go together."""
    found: dict[tuple[str, str], list[tuple[Mark, str | None]]] = defaultdict(list)
    takers: dict[str, _Taker] = {}
    yield from _of_types(evidence)
    for taker, shown, mark, guard in (*_in_queries(evidence), *_in_sql(evidence)):
        takers[taker.subject] = taker
        found[taker.subject, shown].append((mark, guard))
    for (subject, shown), uses in sorted(found.items()):
        taker = takers[subject]
        reason, other = doubt_of_type(subject, {guard for _, guard in uses}, evidence)
        answer = "22007" if base_type(taker.type) in MOMENTS else "22P02"
        yield Fault(
            subject=subject,
            message=f"{subject} is {taker.type}, which can't hold '{shown}' ({counted(len(uses), 'place')}): "
            f"PostgreSQL answers {answer}.",
            marks=(
                *(mark for mark, _ in uses),
                *made_here(taker.place, other),
            ),
            severity="medium" if reason is not None else None,
            severity_reason=reason,
            help=f"Pass a value of type {taker.type}.",
        )


def _of_types(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each column and type of values that SQL writes there and PostgreSQL does not convert."""
    found: dict[tuple[str, str], list[SqlUse]] = defaultdict(list)
    takers: dict[str, _Taker] = {}
    for use in sql_uses(evidence, "assignment") if not evidence.own_operators else ():
        reference, body = use.reference, use.body
        table = evidence.defined.tables.get(reference.target) if reference.target is not None else None
        if table is None or reference.column not in table.columns or (body is not None and not body.at_run_time):
            continue
        if use.query is not None and not is_whole(use.query):
            continue
        taker = _column(table, reference.column)
        takers[taker.subject] = taker
        found[taker.subject, reference.reason or ""].append(use)
    for (subject, given), uses in sorted(found.items()):
        taker, holders = takers[subject], held_by(uses)
        writes = "writes" if len(holders) == 1 and holders[0].startswith(("1 ", "SQL")) else "write"
        severity, why = sql_severity(uses)
        reason, other = doubt_of_type(subject, {use.guarded for use in uses}, evidence)
        if reason is not None and severity == "high":
            severity, why = "medium", reason
        yield Fault(
            subject=subject,
            message=f"{subject} is {taker.type}, and {listed(holders)} {writes} {given} there, of which PostgreSQL "
            "makes none by itself: it answers 42804.",
            marks=(*sql_marks(uses), *made_here(taker.place, other)),
            severity=severity,
            severity_reason=why if severity != "high" else None,
            help=f"Write …::{taker.type}.",
        )


def _in_queries(evidence: Evidence) -> Iterator[tuple[_Taker, str, Mark, str | None]]:
    """Yield what calls of a client write, compare with or give, and how the author shows that it may fail."""
    for binding in bindings(evidence, "table", "function"):
        for taker, value in _misfits(binding):
            mark = Mark(value.place, "code", "primary", f"a {value.kind}", binding.query.symbol)
            yield taker, value.value if value.value is not None else value.kind, mark, binding.query.guarded
        for table, condition in compared(binding):
            if condition.operator not in _CONTAINING:
                continue
            taker = _column(table, condition.column)
            for value in condition.values:
                note = _SENT.get((value.kind, "array" if taker.type.endswith("[]") else base_type(taker.type)))
                if note is not None:
                    mark = Mark(value.place, "code", "primary", note, binding.query.symbol)
                    yield taker, "{…}", mark, binding.query.guarded


def _in_sql(evidence: Evidence) -> Iterator[tuple[_Taker, str, Mark, str | None]]:
    """Yield the same of SQL, of the code and of functions."""
    for use in sql_uses(evidence, "value"):
        reference, body = use.reference, use.body
        table = evidence.defined.tables.get(reference.target) if reference.target is not None else None
        column = table.columns.get(reference.column or "") if table is not None else None
        # Of what is no function, PostgreSQL asks when it is made, and says so there.
        if column is None or table is None or (body is not None and (not body.at_run_time or body.idle is not None)):
            continue
        if not reads(column.type, reference.written):
            yield (
                _column(table, column.name),
                reference.written,
                replace(sql_marks([use])[0], note="a string"),
                use.guarded,
            )


class _Taker(NamedTuple):
    """A column or an argument."""

    subject: str
    type: str
    place: Place | None


def _misfits(binding: QueryBinding) -> Iterator[tuple[_Taker, Value]]:
    """Yield each literal that a query writes, compares with or gives and its column or argument can't read."""
    for table, key in written(binding):
        for value in key.values:
            if not _fits(table.columns[key.column].type, value) and not _is_left_open(value, binding):
                yield _column(table, key.column), value
    for table, condition in compared(binding):
        for value in condition.values if condition.operator in _COMPARES else ():
            if value.certain and not _fits(table.columns[condition.column].type, value):
                yield _column(table, condition.column), value
    for function, argument, value in given_literals(binding):
        if not _fits(argument.type, value):
            yield _Taker(f"{function.name}.{argument.name}", argument.type, function.place), value


def _is_left_open(value: Value, binding: QueryBinding) -> bool:
    """Whether a value is an empty text that does not stand in the call: what a form's state begins with, mostly."""
    return value.value == "" and not binding.query.encloses(value.place)


def _column(table: Table, name: str) -> _Taker:
    column = table.columns[name]
    return _Taker(f"{table.name}.{name}", column.type, column.place or table.place)


def _fits(type_name: str, value: Value) -> bool:
    of_type = base_type(type_name)
    if value.value is None or value.kind in ("null", "object", "array"):
        return True
    if value.kind not in _KINDS.get(of_type, ("string", "number")):
        return of_type in MOMENTS or not (value.kind == "boolean" or of_type == "uuid") or reads(of_type, _STRANGE)
    return reads(of_type, value.value) or (value.kind == "number" and "." in value.value)


_STRANGE = "no value at all"
"""What no type reads of which it is known what it reads."""


RULE = Rule("type-mismatch", "code", "high", check, needs=("migrations",))
