"""Calls by which drivers copy rows into a table (`copy_records_to_table("items", columns=[…])`), as what they send."""

from __future__ import annotations

from tripoint.sources.code.facts import Array, Step, Template, Text, Value

__all__ = ["COPIES", "copied"]

COPIES = {"copy_records_to_table": 0, "copy_to_table": 0, "copy_from": 1, "CopyFrom": 1}
"""Methods of asyncpg, psycopg2 and pgx, and where their table stands; the columns stand behind it or by their name."""


def copied(called: str, step: Step) -> Template | None:
    """Return the COPY of a call whose table and columns are written out."""
    at = COPIES[called]
    named = {entry.key: entry.value for entry in step.named}
    table = step.arguments[at] if len(step.arguments) > at else named.get("table_name", named.get("table"))
    columns = named.get("columns", step.arguments[at + 1] if called == "CopyFrom" and len(step.arguments) > 2 else None)
    names = [schema, table] if (schema := named.get("schema_name")) is not None else [table]
    if isinstance(table, Array):
        names = list(table.items)
    listed = list(columns.items) if isinstance(columns, Array) else []
    if not listed or not all(isinstance(one, Text) for one in (*names, *listed)):
        return None
    start = names[0].start if names[0] is not None else 0
    parts: list[Value] = [Text("COPY ", start, start, False)]
    for index, name in enumerate(names):
        parts += [*_between(index, ".", start), *_quoted(name)]
    parts.append(Text(" (", start, start, False))
    for index, name in enumerate(listed):
        parts += [*_between(index, ", ", start), *_quoted(name)]
    return Template((*parts, Text(") FROM STDIN", start, start, False)), start, step.call_end)


def _between(index: int, separator: str, at: int) -> list[Value]:
    return [Text(separator, at, at, False)] if index else []


def _quoted(name: Value | None) -> list[Value]:
    """Return a name in quotes, as the drivers send it."""
    if not isinstance(name, Text):
        return []
    quote = Text('"', name.start, name.start, False)
    return [quote, name, quote]
