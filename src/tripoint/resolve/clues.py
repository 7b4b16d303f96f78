"""What the way in which a column is used says of which existing column is meant by a name that the table lacks."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from tripoint.model.binding import QueryBinding
from tripoint.model.evidence import Evidence
from tripoint.model.name import Name
from tripoint.model.query import Value
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.resolve.words import tokens

__all__ = ["COMMON", "Clues", "Swaps", "Usage", "agreement", "column_clues", "usage_of"]

COMMON = frozenset({"id", "created_at", "updated_at", "inserted_at", "deleted_at", "createdat", "updatedat", "uuid"})
"""Columns that tables of any sort have, lower case: that nothing asks for one of them says nothing."""

_UUID = regex(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TIME = regex(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?")
_NUMBER = regex(r"[+-]?\d+(?:\.\d+)?")
_NUMERIC = ("smallint", "integer", "bigint", "numeric", "real", "double")
_TIMES = ("timestamp", "date", "time")


class Clues(Struct):
    """How a column that its table lacks is used."""

    beside: set[str] = field(default_factory=set)
    """Columns that are asked for together with it, and in the same way, so that they are other things: what is selected
    may well be what is ordered or filtered by."""
    values: list[Value] = field(default_factory=list)
    """The literals that it is compared with and that are written to it."""
    lacking: list[frozenset[str]] = field(default_factory=list)
    """For each insert that writes it: the columns that must be written and are not."""
    rivals: int = 1
    """How many columns such an insert writes that the table lacks: any of them may be what is left out."""
    declared: bool = False
    """Whether generated types have it."""
    undeclared: frozenset[str] = frozenset()
    """Columns that the table has and the types that have this one do not."""


class Usage(Struct):
    """Which of a table's columns the code asks for by their own names."""

    asked: Counter[str] = field(default_factory=Counter)
    known: int = 0
    """How many columns it has that not every table has."""

    def unasked(self, columns: Iterable[str]) -> int:
        """Return how many of a table's columns nothing asks for, of those that not every table has."""
        return sum(1 for other in columns if other not in self.asked and other.lower() not in COMMON)

    def alone(self, column: str, unasked: int) -> float:
        """Return how much it says that nothing asks for this column: 1 where it is the only one of which that is so.

        `unasked` is how many such columns its table has.
        """
        if column in self.asked or column.lower() in COMMON:
            return 0.0
        asked = self.known - unasked
        return asked / self.known / unasked if asked > unasked else 0.0


def usage_of(evidence: Evidence) -> dict[Name, Usage]:
    """Return by table what the code asks for."""
    found: dict[Name, Usage] = defaultdict(Usage)
    for binding in evidence.bindings:
        for column in binding.columns:
            if column.outcome == "bound":
                found[column.table.name].asked[column.column] += 1
    for name, usage in found.items():
        table = evidence.defined.tables.get(name)
        usage.known = sum(1 for column in table.columns if column.lower() not in COMMON) if table is not None else 0
    return found


def column_clues(evidence: Evidence) -> dict[tuple[Name, str], Clues]:
    """Return the clues by table and unknown column."""
    found: dict[tuple[Name, str], Clues] = {}
    for binding in evidence.bindings:
        for column in binding.columns:
            if column.outcome != "unknown":
                continue
            clues = found.setdefault((column.table.name, column.column), Clues())
            clues.beside |= {
                other.column
                for other in binding.columns
                if other.column != column.column and other.table is column.table and other.use == column.use
            }
            if binding.table is not None and binding.table.table is column.table:
                _add_use(clues, binding, column.column)
    for (table, name), clues in found.items():
        _add_declared(clues, table, name, evidence)
    return found


def _add_use(clues: Clues, binding: QueryBinding, name: str) -> None:
    query, table = binding.query, binding.table.table if binding.table is not None else None
    for condition in query.filters:
        if condition.column == name and not condition.path and condition.operator in ("eq", "neq", "in", "gt", "lt"):
            clues.values += condition.values
    written = {one.column: one.value for one in query.written}
    if name not in written or table is None:
        return
    value = written[name]
    if value is not None:
        clues.values.append(value)
    if query.operation in ("insert", "upsert") and query.written_complete:
        must = {
            column.name
            for column in table.columns.values()
            if not column.nullable and column.default is None and not column.identity and not column.generated
        }
        clues.lacking.append(frozenset(must - set(written)))
        clues.rivals = max(clues.rivals, len(set(written) - set(table.columns)))


def _add_declared(clues: Clues, table: Name, name: str, evidence: Evidence) -> None:
    existing = evidence.defined.tables.get(table)
    for _, types in evidence.generated:
        for declared in types.tables:
            if (declared.schema, declared.name) != tuple(table) or name not in declared.columns or existing is None:
                continue
            clues.declared = True
            clues.undeclared = frozenset(set(existing.columns) - set(declared.columns))
            clues.beside |= set(existing.columns) & set(declared.columns)


def agreement(kind: str, values: Iterable[Value], enum: tuple[str, ...] | None) -> int:
    """Return 1 where literals are just what a column of that type holds, -1 where one can't be meant for it, else 0.

    `kind` is the type as `format_type` writes it, `enum` the values that it has where it is an enum.
    """
    verdicts = {_agrees(kind, value, enum) for value in values if value.kind != "null"}
    return -1 if -1 in verdicts else max(verdicts, default=0)


def _agrees(kind: str, value: Value, enum: tuple[str, ...] | None) -> int:
    text = value.value
    match value.kind:
        case "boolean":
            return 1 if kind == "boolean" else -1
        case "number":
            return 1 if kind.startswith(_NUMERIC) else -1
        case "array":
            return 1 if kind.endswith("[]") else 0 if kind.startswith("json") else -1
        case "object":
            return 1 if kind.startswith("json") else -1
    if text is None or kind.startswith("json"):
        return 0
    if enum is not None:
        return 1 if text in enum else -1
    for holds, pattern in (
        (kind == "uuid", _UUID),
        (kind.startswith(_TIMES), _TIME),
        (kind.startswith(_NUMERIC), _NUMBER),
    ):
        if holds:
            return int(pattern.fullmatch(text) is not None) or -1
    return -1 if kind == "boolean" and text not in ("true", "false") else 0


class Swaps:
    """Words that one replacement explains in several names at once: `project` by `workspace` in three tables."""

    def __init__(self, unknown: Mapping[str, tuple[str, Iterable[str]]]) -> None:
        """`unknown` gives by subject a name and the names that may be meant by it."""
        self._found: dict[tuple[tuple[str, ...], tuple[str, ...]], set[str]] = defaultdict(set)
        self._all: dict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
        for subject, (name, candidates) in unknown.items():
            for candidate in candidates:
                pair = swapped(tokens(name), tokens(candidate))
                if pair is not None and candidate.lower() not in COMMON:
                    self._found[pair].add(subject)
                    self._all[pair[0]].add(pair[1])

    def support(self, one: str, other: str) -> tuple[int, float, str]:
        """Return how many names the replacement explains that turns `one` into `other`, its share, and it in words."""
        pair = swapped(tokens(one), tokens(other))
        if pair is None or pair not in self._found or other.lower() in COMMON:
            return 0, 0.0, ""
        count = len(self._found[pair])
        rest = sum(len(self._found[pair[0], new]) - 1 for new in self._all[pair[0]])
        share = (count - 1) / rest if rest else 0.0
        return count, share, f"{' '.join(pair[0])!r} is {' '.join(pair[1])!r} in {counted(count, 'name')}"


def swapped(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return the runs of words in which two names differ that share the words before and after; None where they
    share none, or one is a part of the other.
    """
    before = 0
    while before < min(len(one), len(other)) and one[before] == other[before]:
        before += 1
    after = 0
    while after < min(len(one), len(other)) - before and one[-1 - after] == other[-1 - after]:
        after += 1
    old, new = one[before : len(one) - after], other[before : len(other) - after]
    return (old, new) if (before or after) and old and new else None
