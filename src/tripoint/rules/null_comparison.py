"""A filter that compares with null.

**What it finds.** `eq`, `neq` and their like with `null` or `None` as the value. The clients put the value into the
address of the request, where it is the text `null`: nothing is compared with NULL by these operators.

**Why it matters.** A number, a date, a uuid, an enum or an array can't be read from that text: PostgreSQL refuses the
request, `22P02` (of dates and times `22007`). Of a text column the rows are asked for that hold the word, which are
none, and no error says so.

**Severity.** *High* where the request is refused, *medium* where it finds nothing, where an
older database may have another type there, and where the code expects a failure. `neq` with null on a text is left
out: it happens to find what was meant.

**How to mend it.** Ask with `is`: `.is('done_at', null)`, `.not('done_at', 'is', null)`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.query import Filter
from tripoint.model.words import counted
from tripoint.rules._filters import SCALARS, TEXTS, TIMES, doubt_of_type, made_here, type_kind
from tripoint.rules._shared import bindings, compared

_COMPARES: Final = frozenset({"eq", "neq", "gt", "gte", "lt", "lte"})
_WORDS: Final = frozenset({"null", "None", "nil"})
_NEAR: Final = 200
"""Bytes within which the value stands behind its column, where it is written into the call itself."""


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each column that the code compares with null."""
    found: dict[str, list[tuple[Mark, str | None]]] = defaultdict(list)
    columns: dict[str, tuple[Table, str]] = {}
    for binding in bindings(evidence, "table"):
        for table, condition in compared(binding) if any(map(_is_with_null, binding.query.filters)) else ():
            kind = type_kind(table.columns[condition.column].type, evidence)
            if _is_with_null(condition) and _is_answered_otherwise(condition, kind):
                subject = f"{table.name}.{condition.column}"
                columns[subject] = table, condition.column
                mark = Mark(condition.place, "code", "primary", condition.operator, binding.query.symbol)
                found[subject].append((mark, binding.query.guarded))
    for subject, uses in sorted(found.items()):
        table, name = columns[subject]
        column = table.columns[name]
        kind = type_kind(column.type, evidence)
        doubt, other = doubt_of_type(subject, {guard for _, guard in uses}, evidence)
        code = "22007" if kind in TIMES else "22P02"
        finds_nothing = kind in TEXTS
        answer = "no row is ever found, and no error says so" if finds_nothing else f"PostgreSQL answers {code}"
        reason = "the request finds nothing, and is not refused" if finds_nothing else doubt
        yield Fault(
            subject=subject,
            message=f"The code compares {subject} with null ({counted(len(uses), 'place')}), which is sent as a text: "
            f"{answer}.",
            marks=(*(mark for mark, _ in uses), *made_here(column.place or table.place, other)),
            severity="medium" if reason is not None else None,
            severity_reason=reason,
            help="Ask with is: .is(column, null), .not(column, 'is', null).",
        )


def _is_with_null(condition: Filter) -> bool:
    """Whether a condition compares with a null that is written into the call itself."""
    if condition.operator not in _COMPARES or len(condition.values) != 1:
        return False
    value, place = condition.values[0], condition.place
    if value.kind != "null" or value.value not in _WORDS or not value.certain:
        return False
    return value.place.path == place.path and place.end <= value.place.start < place.end + _NEAR


def _is_answered_otherwise(condition: Filter, kind: str) -> bool:
    """Whether the text `null` is refused, or never found."""
    finds_nothing = kind in TEXTS and condition.operator == "eq" and condition.required
    return kind in SCALARS or kind == "array" or finds_nothing


RULE = Rule("null-comparison", "code", "high", check, needs=("migrations", "code"))
