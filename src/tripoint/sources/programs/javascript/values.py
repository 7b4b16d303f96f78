"""What an expression of a migration in TypeScript or JavaScript comes to, as far as its text tells. Nothing is run."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field
from tree_sitter import Node

from tripoint.sources.programs.values import Condition, is_known_text
from tripoint.sources.programs.written import Sql, Text
from tripoint.sql.system_views import HOLE, Hole
from tripoint.sql.values import HOLE_CHARACTER

__all__ = [
    "DIALECTS_OF_KNEX",
    "Class",
    "Described",
    "Function",
    "Handle",
    "Link",
    "New",
    "PostgreSQL",
    "Ref",
    "Scope",
    "SqlText",
    "Value",
    "handles_in",
    "joined",
    "names_in",
    "shown",
    "truth",
]

Value = Any
"""A Text, list, dict, number, bool, None, or one of the records below; HOLE where it is only known at run time."""


class Scope(Struct):
    """The names that are known at a place."""

    parent: Scope | None = None
    names: dict[str, Value] = field(default_factory=dict)

    def holder(self, name: str) -> Scope | None:
        """Return the scope that declares a name."""
        here: Scope | None = self
        while here is not None and name not in here.names:
            here = here.parent
        return here


class Ref(Struct, frozen=True):
    """Something of another module or of the language, by its path: `kysely.sql`, `process.env`."""

    path: str


class Function(Struct):
    """A function of the file, with what it sees."""

    node: Node
    scope: Scope
    this: Value = HOLE


class Class(Struct):
    """A class of the file, with its methods and fields by name."""

    node: Node
    members: dict[str, Value]


class New(Struct, frozen=True):
    """What a constructor of another module makes: `new Table({…})`."""

    name: str
    arguments: tuple[Value, ...]
    span: tuple[int, int]


class SqlText(Struct, frozen=True):
    """SQL that is a value, as Kysely's `sql` makes it."""

    text: str


class Link(Struct, frozen=True):
    """One step of a chain: a property, or with arguments a call."""

    name: str
    arguments: tuple[Value, ...] | None
    span: tuple[int, int]
    """The chain up to the end of the link."""
    head: tuple[int, int]
    """The chain up to the end of the link's first argument."""

    def argument(self, at: int) -> Value:
        """Return an argument; None where there is none."""
        return self.arguments[at] if self.arguments and at < len(self.arguments) else None


class Handle(Struct, frozen=True):
    """What a runner hands to a migration, and what was asked of it since."""

    kind: str
    links: tuple[Link, ...] = ()
    data: Any = None
    """What the runner's reader keeps with it: of what may not be there, the condition under which it is."""


class Described(Struct, frozen=True):
    """The columns of a table by their names, as the database describes them."""

    table: Sql


DIALECTS_OF_KNEX = frozenset([("client", "config", "client"), ("client", "dialect"), ("client", "driverName")])
"""The properties of Knex that say which database it speaks to."""


class PostgreSQL(Text):
    """The database's name, which settings write in one way or another."""

    def __eq__(self, other: object) -> bool:
        return other in ("pg", "postgres", "postgresql", "pg-native")

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def handles_in(value: Value, depth: int = 6) -> bool:
    """Return whether a value leads to what the runner handed over."""
    if isinstance(value, Handle):
        return True
    if depth and isinstance(value, list | tuple):
        return any(handles_in(one, depth - 1) for one in value)
    if depth and isinstance(value, dict):
        return any(handles_in(one, depth - 1) for one in value.values())
    if isinstance(value, New):
        return any(handles_in(one, depth - 1) for one in value.arguments)
    return False


def names_in(value: Value, depth: int = 6) -> list[str]:
    """Return the known strings in a value."""
    if isinstance(value, SqlText):
        return [value.text]
    if is_known_text(value):
        return [value]
    if depth and isinstance(value, list | tuple):
        return [name for one in value for name in names_in(one, depth - 1)]
    if depth and isinstance(value, dict):
        keys = [key for key in value if isinstance(key, str)]
        return keys + [name for one in value.values() for name in names_in(one, depth - 1)]
    return names_in(value.arguments, depth - 1) if isinstance(value, New) else []


def shown(value: Value) -> str:
    """Return a value as it stands in a string that it is put into."""
    if isinstance(value, str):
        return value
    if isinstance(value, SqlText):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list):
        return ",".join(shown(one) for one in value)
    return HOLE_CHARACTER


def joined(parts: list[Value], span: tuple[int, int]) -> Text:
    """Return the string that parts are put together to."""
    return Text("".join(shown(part) for part in parts), span)


def truth(value: Value) -> bool | Condition | Hole:
    """Return whether a value counts as true."""
    if isinstance(value, Condition):
        return value
    if isinstance(value, Handle) and isinstance(value.data, Condition):
        return value.data
    if value is None or isinstance(value, bool | int | float):
        return bool(value)
    if isinstance(value, str):
        return HOLE if HOLE_CHARACTER in value else bool(value)
    if isinstance(value, list | dict | Function | Class | New):
        return True
    return HOLE
