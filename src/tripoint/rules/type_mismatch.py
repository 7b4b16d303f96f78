"""A literal that the column's type can't hold.

**What it finds.** A literal in a filter or a payload that PostgreSQL can't read as the column's type: a word for a
number, a text that is no UUID for a `uuid`, a text that is neither true nor false for a `boolean`.

**Why it matters.** The statement is refused: `22P02 invalid_text_representation`.

**How to mend it.** Pass a value of the column's type, or correct the column.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.query import Value
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.rules._shared import bindings

_READS = {
    "smallint": regex(r"\s*[+-]?(\d[\d_]*|0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+)\s*"),
    "uuid": regex(r"\s*\{?([\da-fA-F]{4}-?){7}[\da-fA-F]{4}\}?\s*"),
    "boolean": regex(r"\s*(t|tr|tru|true|f|fa|fal|fals|false|y|ye|yes|n|no|on|of|off|1|0)\s*", re.IGNORECASE),
}
_READS["integer"] = _READS["bigint"] = _READS["smallint"]
_KINDS = {"uuid": ("string",), "boolean": ("string", "boolean", "number")}
_COMPARES = frozenset({"eq", "neq", "gt", "gte", "lt", "lte", "in", "match"})


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each column and literal that do not go together."""
    found: dict[tuple[str, str], list[Mark]] = defaultdict(list)
    types: dict[str, tuple[Table, str]] = {}
    for binding in bindings(evidence, "table"):
        table = binding.table.table if binding.table is not None else None
        if table is None:
            continue
        literals = [(written.column, value) for written in binding.query.written for value in written.values]
        for condition in binding.query.filters:
            if condition.operator in _COMPARES and not condition.path and condition.json_path is None:
                literals += [(condition.column, value) for value in condition.values if value.certain]
        for column, value in literals:
            if column in table.columns and not _fits(table.columns[column].type, value):
                subject = f"{table.name}.{column}"
                types[subject] = table, table.columns[column].type
                shown = value.value if value.value is not None else value.kind
                mark = Mark(value.place, "code", "primary", f"a {value.kind}", binding.query.symbol)
                found[subject, shown].append(mark)
    for (subject, shown), marks in sorted(found.items()):
        table, type_name = types[subject]
        place = table.columns[subject.rpartition(".")[2]].place or table.place
        made = evidence.elsewhere.get(("column", subject))
        other = made.place if made is not None and made.by in ("sql", "program") else None
        yield Fault(
            subject=subject,
            message=f"{subject} is {type_name}, which can't hold '{shown}' ({counted(len(marks), 'place')}): "
            "PostgreSQL answers 22P02.",
            marks=(
                *marks,
                *((Mark(place, "migrations", "related", "defined here"),) if place is not None else ()),
                *((Mark(other, "migrations", "related", "and here"),) if other is not None else ()),
            ),
            severity="medium" if other is not None else None,
            severity_reason=f"{other.path} makes the column too, of whatever type" if other is not None else None,
            help=f"Pass a value of type {type_name}.",
        )


def _fits(type_name: str, value: Value) -> bool:
    reads = _READS.get(type_name)
    if reads is None or value.value is None or value.kind in ("null", "object", "array"):
        return True
    if value.kind not in _KINDS.get(type_name, ("string", "number")):
        return type_name != "uuid"
    return reads.fullmatch(value.value) is not None or (value.kind == "number" and "." in value.value)


RULE = Rule("type-mismatch", "code", "high", check, needs=("migrations", "code"))
