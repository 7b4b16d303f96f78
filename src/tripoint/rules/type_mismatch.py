"""A literal that the column's type can't hold.

**What it finds.** A literal in a filter, a payload or a function's argument that PostgreSQL can't read as the type of
the column or the argument: a word for a number, a text that is no UUID for a `uuid`, a text that is neither true nor
false for a `boolean`, a word that is no point in time for a date.

**Why it matters.** The statement is refused: `22P02 invalid_text_representation`, or `22007 invalid_datetime_format`.

**How to mend it.** Pass a value of the column's type, or correct the column.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from tripoint.model.binding import QueryBinding
from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.place import Place
from tripoint.model.query import Value
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.rules._functions import given_literals
from tripoint.rules._shared import bindings, compared, written

_READS = {
    "smallint": regex(r"\s*[+-]?(\d[\d_]*|0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+)\s*"),
    "uuid": regex(r"\s*\{?([\da-fA-F]{4}-?){7}[\da-fA-F]{4}\}?\s*"),
    "boolean": regex(r"\s*(t|tr|tru|true|f|fa|fal|fals|false|y|ye|yes|n|no|on|of|off|1|0)\s*", re.IGNORECASE),
}
_READS["integer"] = _READS["bigint"] = _READS["smallint"]
_READS["numeric"] = _READS["real"] = _READS["double precision"] = regex(
    r"\s*[+-]?((\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(e[+-]?\d+)?|0[xob][\da-f_]+|nan|inf|infinity)\s*", re.IGNORECASE
)
_MOMENTS = ("date", "timestamp without time zone", "timestamp with time zone")
_READS |= dict.fromkeys(
    # What holds no digit is a word, of which PostgreSQL knows these.
    _MOMENTS,
    regex(r".*\d.*|\W*(now|today|tomorrow|yesterday|epoch|infinity|allballs)\W*", re.IGNORECASE | re.DOTALL),
)
_MODIFIER = regex(r"\(.*?\)")
_KINDS = {"uuid": ("string",), "boolean": ("string", "boolean", "number")}
_COMPARES = frozenset({"eq", "neq", "gt", "gte", "lt", "lte", "in", "match"})


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each column, or argument, and literal that do not go together."""
    found: dict[tuple[str, str], list[Mark]] = defaultdict(list)
    takers: dict[str, _Taker] = {}
    for binding in bindings(evidence, "table", "function"):
        for taker, value in _literals(binding):
            if not _fits(taker.type, value):
                takers[taker.subject] = taker
                shown = value.value if value.value is not None else value.kind
                mark = Mark(value.place, "code", "primary", f"a {value.kind}", binding.query.symbol)
                found[taker.subject, shown].append(mark)
    for (subject, shown), marks in sorted(found.items()):
        taker = takers[subject]
        made = evidence.elsewhere.get(("column", subject))
        other = made.place if made is not None and made.by in ("sql", "program") else None
        answer = "22007" if _MODIFIER.sub("", taker.type) in _MOMENTS else "22P02"
        yield Fault(
            subject=subject,
            message=f"{subject} is {taker.type}, which can't hold '{shown}' ({counted(len(marks), 'place')}): "
            f"PostgreSQL answers {answer}.",
            marks=(
                *marks,
                *((Mark(taker.place, "migrations", "related", "defined here"),) if taker.place is not None else ()),
                *((Mark(other, "migrations", "related", "and here"),) if other is not None else ()),
            ),
            severity="medium" if other is not None else None,
            severity_reason=f"{other.path} makes the column too, of whatever type" if other is not None else None,
            help=f"Pass a value of type {taker.type}.",
        )


class _Taker(NamedTuple):
    """A column or an argument."""

    subject: str
    type: str
    place: Place | None


def _literals(binding: QueryBinding) -> Iterator[tuple[_Taker, Value]]:
    """Yield each literal that a query writes, compares with or gives, and what it is for."""
    for table, key in written(binding):
        yield from ((_column(table, key.column), value) for value in key.values)
    for table, condition in compared(binding):
        if condition.operator in _COMPARES:
            taker = _column(table, condition.column)
            yield from ((taker, value) for value in condition.values if value.certain)
    for function, argument, value in given_literals(binding):
        yield _Taker(f"{function.name}.{argument.name}", argument.type, function.place), value


def _column(table: Table, name: str) -> _Taker:
    column = table.columns[name]
    return _Taker(f"{table.name}.{name}", column.type, column.place or table.place)


def _fits(type_name: str, value: Value) -> bool:
    type_name = _MODIFIER.sub("", type_name)
    reads = _READS.get(type_name)
    if reads is None or value.value is None or value.kind in ("null", "object", "array"):
        return True
    if value.kind not in _KINDS.get(type_name, ("string", "number")):
        return type_name != "uuid" and not (value.kind == "boolean" and type_name not in _MOMENTS)
    return reads.fullmatch(value.value) is not None or (value.kind == "number" and "." in value.value)


RULE = Rule("type-mismatch", "code", "high", check, needs=("migrations", "code"))
