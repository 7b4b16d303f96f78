"""Rows for users who have nothing to do with each other, made as the owner of the tables makes them.

A world is what belongs to one user: one row of each table, linked among themselves by every key that leads to the user
or to the user's tenant. World a is the one whose rows are probed; b is a colleague of the same tenant, where a tenancy
is seen; c is a stranger of another tenant; d holds the rows that are a privilege in themselves, so that nobody else
does.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from tripoint.model.catalog import Table
from tripoint.model.name import Name, quote_identifier
from tripoint.proof.reading import SUBJECT
from tripoint.proof.values import literal

__all__ = ["Row", "World", "key_of", "matching"]

Row = dict[str, str | None]


class World(Struct):
    """What belongs to one user."""

    key: str
    number: int
    user: str | None = None
    email: str = ""
    rows: dict[Name, Row] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    """What the caller's session says, beside who the user is."""
    failed: dict[Name, str] = field(default_factory=dict)
    """Why a table has no row in this world."""

    def claims(self) -> dict[str, Any]:
        """Return the claims of the user's token, as the platform makes them."""
        claims: dict[str, Any] = {
            "sub": self.user,
            "role": "authenticated",
            "aud": "authenticated",
            "email": self.email,
            "app_metadata": {"provider": "email", "providers": ["email"]},
            "user_metadata": {},
            "aal": "aal1",
            "is_anonymous": False,
        }
        for source, value in self.sources.items():
            if not source.startswith("claim:") or source in (SUBJECT, "claim:email"):
                continue
            place = claims
            *parents, last = source.removeprefix("claim:").split(".")
            for part in parents:
                inner = place.get(part)
                place[part] = inner if isinstance(inner, dict) else {}
                place = place[part]
            place[last] = value
        return claims

    def settings(self) -> dict[str, str]:
        """Return the settings by which a session without tokens says who calls."""
        return {s.removeprefix("setting:"): v for s, v in self.sources.items() if s.startswith("setting:")}


def key_of(table: Table, row: Row) -> tuple[str, ...]:
    """Return the columns that identify a row: of the primary or a unique key, else `ctid`."""
    constraints = [*table.constraint("primary"), *table.constraint("unique")]
    for constraint in constraints:
        if constraint.columns and all(row.get(column) is not None for column in constraint.columns):
            return constraint.columns
    return ("ctid",) if "ctid" in row else ()


def matching(columns: tuple[str, ...], row: Row) -> str:
    """Return the condition that these columns have the row's values."""
    return " AND ".join(f"{quote_identifier(c)} = {literal(row[c])}" for c in columns)
