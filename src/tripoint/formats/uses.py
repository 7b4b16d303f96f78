"""Every place where the code uses a table, and which of its columns it names there."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from tripoint.model.binding import QueryBinding
from tripoint.model.evidence import Evidence
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.query import Query, Select

__all__ = ["TableUse", "table_uses"]

_NOTES = {
    "select": "selected here",
    "insert": "inserted here",
    "update": "updated here",
    "upsert": "upserted here",
    "delete": "deleted here",
    "subscribe": "subscribed to here",
    "map": "mapped here",
}


class TableUse(Struct, frozen=True):
    """One use of a table. `whole` says that the code asks for all columns, or that not all of them are known."""

    table: Name
    place: Place
    note: str
    columns: frozenset[str]
    whole: bool


def table_uses(evidence: Evidence) -> Iterator[TableUse]:
    """Yield the uses of tables by the product's own code: each call, and each relation embedded in its select."""
    for binding in evidence.bindings:
        query, table = binding.query, binding.table
        if query.test:
            continue
        if table is not None and table.name is not None and (query.certain or table.outcome == "bound"):
            columns = _bound(binding, table.name) if table.table is not None else _named(query)
            whole = _is_whole(query.select) or not query.written_complete
            yield TableUse(table.name, query.place, _NOTES.get(query.operation, "used here"), columns, whole)
        for embed in binding.embeds:
            if embed.target is not None:
                name, asked = embed.target.name, embed.embed
                whole = _is_whole(asked.select)
                yield TableUse(name, asked.place, "embedded here", _bound(binding, name), whole)
        yield from _in_sql(binding)


def _in_sql(binding: QueryBinding) -> Iterator[TableUse]:
    """Yield the tables that a query in SQL names."""
    columns: dict[Name, set[str]] = {}
    for reference in binding.references:
        if reference.kind == "column" and reference.target is not None and reference.column is not None:
            columns.setdefault(reference.target, set()).add(reference.column)
    whole = "*" in (binding.query.text or "")
    note = _NOTES.get(binding.query.operation, "used here")
    for reference in binding.references:
        name = reference.target
        if reference.kind == "relation" and name is not None and reference.outcome != "undecidable":
            said = note if reference.write else _NOTES["select"]
            yield TableUse(name, reference.place, said, frozenset(columns.get(name, ())), whole)


def _bound(binding: QueryBinding, table: Name) -> frozenset[str]:
    return frozenset(column.column for column in binding.columns if column.table.name == table)


def _named(query: Query) -> frozenset[str]:
    """The columns that a query names on a table that nobody knows."""
    columns = {condition.column for condition in query.filters if not condition.path}
    columns |= {written.column for written in query.written} | set(query.conflict or ())
    if query.select is not None:
        columns |= {field.name for field in query.select.fields if field.name not in ("*", "count")}
    return frozenset(columns)


def _is_whole(select: Select | None) -> bool:
    return select is not None and (not select.complete or any(field.name == "*" for field in select.fields))
