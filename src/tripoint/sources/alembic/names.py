"""The names that SQLAlchemy gives where the one that is meant is longer than PostgreSQL keeps."""

from __future__ import annotations

from hashlib import md5
from typing import Final

__all__ = ["NAME_LENGTH", "shortened"]

NAME_LENGTH: Final = 63


def shortened(name: str) -> str:
    """Return a name of a convention (`op.f(…)`) as SQLAlchemy writes it: cut, with four digits of its digest."""
    if len(name) <= NAME_LENGTH:
        return name
    digest = md5(name.encode(), usedforsecurity=False).hexdigest()
    return f"{name[: NAME_LENGTH - 8]}_{digest[-4:]}"
