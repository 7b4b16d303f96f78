"""Which types the columns of a foreign key and of the key that it points to may have."""

from __future__ import annotations

from typing import Final

__all__ = ["KEY_TYPES", "are_comparable", "key_type_base"]

_FAMILIES: Final = {
    "smallint": "integer number",
    "integer": "integer number",
    "bigint": "integer number",
    "numeric": "number",
    "real": "number",
    "double precision": "number",
    "text": "text",
    "character varying": "text",
    "character": "text",
    "name": "text",
    "date": "time",
    "timestamp without time zone": "time",
    "timestamp with time zone": "time",
}
KEY_TYPES: Final = frozenset({*_FAMILIES, "uuid", "boolean", "bytea", "inet", "jsonb"})
"""PostgreSQL's own types that keys have."""


def key_type_base(type_name: str) -> str:
    """Return a type without its modifier: PostgreSQL compares keys of `varchar(20)` and `varchar(50)` as they are.

    It is empty for one that a migration in code leaves open, as a class of the project's own.
    """
    base = type_name.split("(")[0].strip()
    return "" if base == "unknown" else base


def are_comparable(here: str, there: str) -> bool:
    """Whether PostgreSQL compares keys of two types, which differ: it refuses a foreign key of others (42804)."""
    families = {_FAMILIES.get(here), _FAMILIES.get(there)}
    return None not in families and (len(families) == 1 or families == {"integer number", "number"})
