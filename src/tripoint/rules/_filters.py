"""What the rules on a client's filters share: the kinds of types."""

from __future__ import annotations

from typing import Final

from tripoint.model.evidence import Evidence
from tripoint.model.readable import base_type

__all__ = ["SCALARS", "TEXTS", "TIMES", "type_kind"]

TIMES: Final = frozenset(
    {"date", "interval", *(f"{one} {zone} time zone" for one in ("time", "timestamp") for zone in ("with", "without"))}
)
SCALARS: Final = TIMES | {
    *("smallint", "integer", "bigint", "numeric", "real", "double precision", "money", "boolean", "uuid", "enum"),
}
TEXTS: Final = frozenset({"text", "character varying", "character"})


def type_kind(type_name: str, evidence: Evidence) -> str:
    """Return what kind of type it is: its name without a length, `enum` or `array`."""
    kinds: dict[str, str] = evidence.answer("kinds of types", dict)
    if type_name not in kinds:
        kinds[type_name] = _kind(type_name, evidence)
    return kinds[type_name]


def _kind(type_name: str, evidence: Evidence) -> str:
    if type_name.endswith("[]"):
        return "array"
    if any(str(name) == type_name for catalog in (evidence.defined, evidence.platform) for name in catalog.enums):
        return "enum"
    return base_type(type_name)
