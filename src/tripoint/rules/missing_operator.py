"""A comparison, or a call, that PostgreSQL does not have for the types.

**What it finds.** A filter of a client whose operator PostgreSQL has for other types alone: `ilike` on a `uuid`, a
number, a date or an enum, `contains` or `overlaps` on a text, a text search in a number, `eq` or `order` on `json`.
The same in SQL of the code that goes to a driver as it stands, and in the database's functions and jobs: `where owner
= p_owner` of a `uuid` and a `text`, or of an enum and a `text`; and calls of PostgreSQL's functions with types that
they do not take: `round` of a `double precision` to two digits, `json_array_length` of a `jsonb`. Types of extensions,
domains and columns of unknown type are left out, and so is everything where the migrations make operators or casts of
their own.

**Severity.** *High*; *medium* where an older database may have another type there, the code expects a failure, nothing
seems to call the function any longer, or a function of the code is handed one of several columns, and may put each to
another operator.

**Why it matters.** Each such request is refused, whatever the value: `42883 undefined_function` (operator does not
exist). A search field over several columns (`or=(name.ilike.…,id.ilike.…)`) fails as a whole.

**How to mend it.** Use an operator of the type, or search what has it: a generated column of `id::text`, an array or a
`jsonb` column in place of a text or a `json` one. In SQL, cast one side to the type of the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from tripoint.bind.sql_uses import SqlUse, sql_uses
from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.place import Place
from tripoint.model.words import counted, listed
from tripoint.rules._filters import SCALARS, TEXTS, doubt_of_type, made_here, severity_of_types, type_kind
from tripoint.rules._shared import bindings, compared
from tripoint.rules._sql import is_whole, sql_marks

_PATTERNS: Final = SCALARS | {"json", "jsonb", "array"}
_JSON_ALONE: Final = frozenset({"json"})
LACKING: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(("like", "ilike", "imatch"), _PATTERNS),
    "cs": SCALARS | TEXTS | {"json"},
    "ov": SCALARS | TEXTS | {"json", "jsonb"},
    # PostgREST makes a text vector of json and jsonb by itself, from its version 13 on.
    **dict.fromkeys(("fts", "plfts", "phfts", "wfts"), SCALARS | {"array"}),
    **dict.fromkeys(("eq", "neq", "gt", "gte", "lt", "lte", "in", "isdistinct", "order"), _JSON_ALONE),
}
"""PostgREST's operators, and the types for which PostgreSQL has none that they could be."""
_HELP: Final = {
    **dict.fromkeys(("like", "ilike", "imatch"), "Compare it with eq, or search a generated column of {column}::text."),
    **dict.fromkeys(("cs", "ov"), "Compare it with eq or in, or make {column} an array."),
    **dict.fromkeys(("fts", "plfts", "phfts", "wfts"), "Compare it with eq, or search a generated column of text."),
}


_ONE_OF: Final = "a function is handed one of several columns, and need not be handed this one for the operator"


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each column and operator that its type does not have."""
    if evidence.own_operators:
        return
    found: dict[str, list[tuple[Mark, str | None, bool]]] = defaultdict(list)
    operators: dict[str, set[str]] = defaultdict(set)
    columns: dict[str, tuple[Table, str]] = {}
    for binding in bindings(evidence, "table"):
        for table, condition in compared(binding):
            lacking = LACKING.get(condition.operator, ())
            if lacking and type_kind(table.columns[condition.column].type, evidence) in lacking:
                subject = f"{table.name}.{condition.column}"
                columns[subject] = table, condition.column
                operators[subject].add(condition.operator)
                mark = Mark(condition.place, "code", "primary", condition.operator, binding.query.symbol)
                found[subject].append((mark, binding.query.guarded, condition.one_of))
    for subject, uses in sorted(found.items()):
        doubt, other = doubt_of_type(subject, {guard for _, guard, _ in uses}, evidence)
        doubt = doubt or (_ONE_OF if all(one_of for *_, one_of in uses) else None)
        marks = tuple({mark.place: mark for mark, *_ in uses}.values())  # several calls may share a constant
        yield _fault(subject, *columns[subject], sorted(operators[subject]), marks, doubt, other)
    yield from _in_functions(evidence)
    yield from _in_code(evidence)


def _in_functions(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each function, and job, that asks for an operator or a function that there is not."""
    found: dict[str, list[SqlUse]] = defaultdict(list)
    for use in sql_uses(evidence, "operator"):
        if use.body is not None and use.body.at_run_time:
            found[use.body.subject].append(use)
    for subject, uses in sorted(found.items()):
        severity, reason = severity_of_types(uses, evidence)
        said = sorted({use.reference.reason or "" for use in uses})
        yield Fault(
            subject=subject,
            message=f"{subject} uses {listed(said)}, which PostgreSQL does not have: it fails with 42883 when it runs.",
            marks=sql_marks(uses),
            severity=severity,
            severity_reason=reason,
            help="Cast one of the values to the type that is asked for.",
        )


def _in_code(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each operator or function that SQL in the code asks for and that there is not."""
    found: dict[str, list[SqlUse]] = defaultdict(list)
    for use in sql_uses(evidence, "operator"):
        if use.query is not None and is_whole(use.query):
            found[use.reference.reason or use.reference.written].append(use)
    for said, uses in sorted(found.items()):
        severity, reason = severity_of_types(uses, evidence)
        yield Fault(
            subject=said,
            message=f"SQL in the code ({counted(len(uses), 'place')}) uses {said}, which PostgreSQL does not have: "
            "it answers 42883.",
            marks=sql_marks(uses),
            severity=severity,
            severity_reason=reason,
            help="Cast one of the values to the type that is asked for.",
        )


def _fault(
    subject: str,
    table: Table,
    name: str,
    operators: list[str],
    marks: tuple[Mark, ...],
    doubt: str | None,
    other: Place | None,
) -> Fault:
    column = table.columns[name]
    return Fault(
        subject=subject,
        message=f"{subject} is {column.type}, which has no operator for {listed(operators)}, but the code uses it "
        f"so in {counted(len(marks), 'place')}: PostgreSQL answers 42883.",
        marks=(*marks, *made_here(column.place or table.place, other)),
        severity="medium" if doubt is not None else None,
        severity_reason=doubt,
        help=_HELP.get(operators[0], "Make {column} jsonb.").format(column=name),
    )


RULE = Rule("missing-operator", "code", "high", check, needs=("migrations",))
