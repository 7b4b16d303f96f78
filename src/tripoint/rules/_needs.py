"""What a query of the code needs to be allowed: which command on which table, and what for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from tripoint.model.binding import QueryBinding, SqlReference
from tripoint.model.catalog import Function, Sequence, Table
from tripoint.model.evidence import Evidence
from tripoint.model.name import Name
from tripoint.model.place import NOWHERE, Place
from tripoint.model.query import Select
from tripoint.rules._access import Command, Runs, applying, find_relation, is_invoker_view, relations_of, runs_as
from tripoint.rules._functions import called_functions
from tripoint.rules._shared import bindings
from tripoint.sql.dependencies import relations_in_query

__all__ = ["Asked", "Need", "asked_through_api", "implied", "in_function", "sequences_of"]

Purpose = Literal["operation", "filter", "returning", "conflict", "embed", "subscribe"]

_VERBS: Final[dict[str, Command]] = {"insert": "insert", "update": "update", "upsert": "insert", "delete": "delete"}


class Need(Struct, frozen=True):
    """A command on a table that a query needs. `columns` is None where it is all of them, or not known."""

    table: Table
    command: Command
    purpose: Purpose
    place: Place
    columns: frozenset[str] | None = None


class Asked(Struct, frozen=True, eq=False):
    """A query through the API that asks for what one name says: the roles that it may run as, and what it needs."""

    binding: QueryBinding
    runs: Runs
    needs: tuple[Need, ...]


def asked_through_api(evidence: Evidence) -> tuple[Asked, ...]:
    """Return what the product's own code asks of tables and functions through the API, in order."""
    found: tuple[Asked, ...] = evidence.answer("asked through the API", lambda: tuple(_asked(evidence)))
    return found


def _asked(evidence: Evidence) -> Iterator[Asked]:
    for binding in bindings(evidence, "table", "channel", "function"):
        runs = runs_as(binding.query)
        if runs is not None and not binding.query.alternatives:
            yield Asked(binding, runs, tuple(_needs(binding)))


def _needs(binding: QueryBinding) -> Iterator[Need]:
    """Yield what a query through the API needs, its own operation first."""
    query = binding.query
    table = binding.table.table if binding.table is not None else None
    if table is not None:
        columns = _selected(query.select) if query.operation == "select" or query.returning else frozenset()
        filters = frozenset(f.column for f in query.filters if not f.path)
        if query.operation == "subscribe":
            yield Need(table, "select", "subscribe", query.place)
        elif query.operation == "select":
            asked = None if columns is None else columns | filters
            yield Need(table, "select", "operation", query.place, asked)
        elif query.operation in _VERBS:
            known = query.written_complete and not query.written_varies and query.operation != "delete"
            written = frozenset(w.column for w in query.written) if known else None
            yield Need(table, _VERBS[query.operation], "operation", query.place, written)
            if query.operation == "upsert":
                if not query.ignore_duplicates:
                    yield Need(table, "update", "conflict", query.place, written)
                yield Need(table, "select", "conflict", query.place, frozenset(query.conflict or ()))
            elif query.operation in ("update", "delete") and filters:
                yield Need(table, "select", "filter", query.place, filters)
            if query.returning:
                yield Need(table, "select", "returning", query.place, columns)
    for embed in binding.embeds:
        if embed.outcome == "bound" and embed.target is not None:
            yield Need(embed.target, "select", "embed", embed.embed.place, _selected(embed.embed.select))


def _selected(select: Select | None) -> frozenset[str] | None:
    """Return the columns that a select list names; None where it asks for all, or is not all known."""
    if select is None or not select.complete or any(field.name == "*" for field in select.fields):
        return None
    return frozenset(field.name for field in select.fields if field.name != "count")


# --- what PostgreSQL asks for on the way


def implied(table: Table, command: Command, role: str, evidence: Evidence) -> set[tuple[Name, Command]]:
    """Return every (table, command) that a role's command on a table runs with that role's own rights.

    Policies read other tables, views with `security_invoker` the tables under them, and triggers run functions.
    """
    found: set[tuple[Name, Command]] = set()
    pending = [(table, command)]
    while pending:
        table, command = pending.pop()
        if (table.name, command) not in found and table.name not in evidence.platform.tables:
            found.add((table.name, command))
            pending += _next(table, command, role, evidence)
    return found


def _next(table: Table, command: Command, role: str, evidence: Evidence) -> Iterator[tuple[Table, Command]]:
    """Yield what a command on a table runs at once."""
    if table.kind == "view" and is_invoker_view(table):
        for reference in relations_in_query(table.query):
            relation = find_relation(reference.name, evidence)
            if relation is not None:
                yield relation, command
    called: list[Function] = []
    if table.row_security and role != "service_role":
        policies = [*applying(table, command, role), *applying(table, command, role, permissive=False)]
        for text in (text for policy in policies for text in (policy.using, policy.check) if text):
            yield from ((relation, "select") for relation in relations_of(text, evidence))
            called += called_functions(text, evidence)
    for trigger in table.triggers.values() if command != "select" else ():
        called += evidence.defined.functions.get(trigger.function, ()) if command in trigger.events else ()
    for function in called:
        if not function.security_definer:
            yield from ((table, verb) for table, verb, _ in in_function(function, evidence))


def in_function(function: Function, evidence: Evidence) -> Iterator[tuple[Table, Command, SqlReference]]:
    """Yield what a function's body reads and writes, as far as its names are known, each with where it does."""
    body = function.body or ""
    for bound in evidence.bodies:
        if bound.kind != "function" or bound.name != function.name or bound.place != (function.place or NOWHERE):
            continue
        for reference in bound.references:
            table = evidence.defined.tables.get(reference.target) if reference.target is not None else None
            if reference.kind != "relation" or table is None:
                continue
            if not reference.write:
                yield table, "select", reference
                continue
            words = rf'(?:only\s+)?(?:"?{re.escape(table.name.schema)}"?\.)?"?{re.escape(table.name.name)}\b'
            for verb, start in (("insert", r"insert\s+into"), ("update", "update"), ("delete", r"delete\s+from")):
                if re.search(rf"\b{start}\s+{words}", body, re.IGNORECASE):
                    yield table, verb, reference  # type: ignore[misc]


def sequences_of(table: Table, evidence: Evidence) -> list[Sequence]:
    """Return the sequences that an insert into a table draws from with the caller's rights: not those of identities."""
    return [
        sequence
        for _, sequence in sorted(evidence.defined.sequences.items())
        if sequence.owned_by is not None and sequence.owned_by[0] == table.name and not sequence.internal
    ]
