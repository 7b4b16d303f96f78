"""What the expressions of a program come to, in whatever language it is written."""

from __future__ import annotations

from typing import TypeGuard

from msgspec import Struct

from tripoint.sql.values import HOLE_CHARACTER

__all__ = ["Condition", "is_known_text"]


class Condition(Struct, frozen=True):
    """Something that is true or false by what the database holds, as SQL."""

    sql: str


def is_known_text(value: object) -> TypeGuard[str]:
    """Whether a value is a string that is known to its last character."""
    return isinstance(value, str) and HOLE_CHARACTER not in value
