"""What kind of value a type holds, in words."""

from __future__ import annotations

from typing import Final

__all__ = ["KINDS"]

_WHOLE, _TIME = ("smallint", "integer", "bigint"), ("date", "timestamp", "timestamp with time zone")
KINDS: Final = {
    **dict.fromkeys(_WHOLE, "a whole number"),
    **dict.fromkeys(("numeric", "real", "double precision"), "a number"),
    **dict.fromkeys(("text", "character varying", "character", "citext"), "text"),
    **dict.fromkeys((*_TIME, "timestamp without time zone"), "a time"),
    "boolean": "true or false",
    "json": "JSON",
    "jsonb": "JSON",
    "bytea": "bytes",
    "uuid": "a UUID",
}
"""By the type's name without its modifier; types that are not common are not here."""
