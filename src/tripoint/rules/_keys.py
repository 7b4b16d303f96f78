"""What goes with a row that is deleted, and where rows are deleted."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from tripoint.model.catalog import Function
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Mark
from tripoint.model.name import Name, fold_identifier
from tripoint.model.regex import regex
from tripoint.rules._access import find_relation
from tripoint.rules._shared import bindings, code_mark, foreign_keys, own_functions, place_marks

__all__ = ["USERS", "cascade", "changes_in", "deletes"]

USERS: Final = Name("auth", "users")
_NAME = r"(\"[^\"]+\"|\w+)"
_CHANGE: Final = regex(
    rf"\b(delete\s+from|update)\s+(?:only\s+)?(?:{_NAME}\s*\.\s*)?{_NAME}(?=([^;]{{0,2000}}))", re.IGNORECASE
)
_COMMENT: Final = regex(r"--[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)")


def deletes(evidence: Evidence) -> dict[Name, list[Mark]]:
    """Return where the code and the functions of the migrations delete from each table: of `auth.users` by the API."""
    found: dict[Name, list[Mark]] = evidence.answer("deletes", lambda: _deletes(evidence))
    return found


def _deletes(evidence: Evidence) -> dict[Name, list[Mark]]:
    found: dict[Name, list[Mark]] = defaultdict(list)
    for binding in bindings(evidence, "table", "model", "sql"):
        if binding.query.operation != "delete":
            continue
        own = binding.table.table if binding.table is not None else None
        names = {own.name} if own is not None else set()
        names |= {r.target for r in binding.references if r.kind == "relation" and r.write and r.target is not None}
        for name in names:
            found[name].append(replace(code_mark(binding.query, "deletes"), role="related"))
    for function in own_functions(evidence):
        for written in sorted({written for verb, written, _ in changes_in(function) if verb == "delete"}):
            table = find_relation(written, evidence)
            if table is not None:
                found[table.name] += (replace(m, role="related") for m in place_marks(function.place, "deletes"))
    found[USERS] += (Mark(place, "code", "related", "deletes accounts") for place in evidence.account_deletions)
    return {name: marks for name, marks in found.items() if marks}


def changes_in(function: Function) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield each DELETE and UPDATE of a function's body: its word, the table as it is written, and what follows."""
    body = _COMMENT.sub(" ", function.body or "")
    for match in _CHANGE.finditer(body):
        written = tuple(fold_identifier(part) for part in match.groups()[1:3] if part)
        yield match[1].lower()[:6], written, match[4]


def cascade(name: Name, evidence: Evidence) -> set[Name]:
    """Return the tables whose rows go with those of another."""
    children: dict[Name, set[Name]] = evidence.answer("cascading keys", lambda: _cascading(evidence))
    gone, pending = set[Name](), [name]
    while pending:
        new = children.get(pending.pop(), set()) - gone
        gone |= new
        pending += new
    return gone


def _cascading(evidence: Evidence) -> dict[Name, set[Name]]:
    children: dict[Name, set[Name]] = defaultdict(set)
    for table, key in foreign_keys(evidence):
        if key.on_delete == "cascade" and key.references is not None:
            children[key.references].add(table.name)
    return children
