"""What was seen of who may do what to whose rows: cells of a matrix, and the rows that leak."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from tripoint.model.name import Name
from tripoint.model.place import Place

__all__ = ["Access", "AccessChange", "FunctionLeak", "Leak", "Operation", "Outcome", "Proof", "Rows"]

Operation = Literal["select", "insert", "update", "delete", "execute"]
Rows = Literal["own", "tenant", "other", "any"]
Outcome = Literal["allowed", "denied", "not-proven"]


class Access(Struct, frozen=True):
    """One cell of the access matrix, seen by running it."""

    database: str
    table: str
    operation: Operation
    role: str
    rows: Rows
    outcome: Outcome
    reason: str | None = None
    statement: str | None = None
    """What was run to see it, in a session of that role; None where nothing could be run."""
    where: str | None = None
    """The state of the row, as a condition that a policy puts; None for the row as its defaults make it."""


class Leak(Struct, frozen=True):
    """Rows that a user reaches although they belong to somebody else and nothing says that they are meant for all."""

    table: Name
    operations: tuple[Operation, ...]
    role: str
    rows: Rows
    policies: tuple[str, ...]
    """The policies that let the user through; none where row security is off."""
    kind: Literal["unprotected", "unbound", "open", "odd"]
    """`unprotected`: row security is off. `unbound`: a policy asks who calls and lets a stranger pass. `open`: a policy
    lets everyone do what the table's other policies keep to the owner. `odd`: what those of the project's other tables
    do."""
    script: str
    """SQL that shows it, as psql takes it on a database with the project's migrations."""


class FunctionLeak(Struct, frozen=True):
    """A function that runs as its owner, and by which a user reached the row of another one that policies keep."""

    function: Name
    identity: tuple[str, ...]
    """The types of its arguments."""
    role: str
    signed_in: bool
    """Whether a signed-in stranger passes, and not only who has no session."""
    read: tuple[tuple[Name, str], ...]
    """The columns whose values it handed out."""
    changed: tuple[tuple[Name, str], ...]
    """The columns that it changed, other than numbers and times."""
    deleted: tuple[Name, ...]
    whole: bool
    """Whether it hands out rows as they are, or what is nobody else's business, such as an address."""
    asks: bool
    """Whether it asks who calls, and lets a stranger pass all the same."""
    script: str


class AccessChange(Struct, frozen=True):
    """A cell that differs from what the project's record says."""

    table: str
    role: str
    operation: Operation
    rows: Rows
    before: Outcome | None
    """None where the record lacks the table."""
    after: Outcome
    place: Place | None = None
    """The line of the record, where it has one."""
    where: str | None = None
    """As of an `Access`."""


class Proof(Struct, frozen=True):
    """What running every operation as every kind of user showed."""

    access: tuple[Access, ...] = ()
    leaks: tuple[Leak, ...] = ()
    function_leaks: tuple[FunctionLeak, ...] = ()
    changes: tuple[AccessChange, ...] = ()
    """Where it differs from the project's record."""
    record: str | None = None
    """The path of that record, where there is one."""
    notes: tuple[str, ...] = ()
    """What could not be done, in words."""
