"""What an expression of Python comes to, as far as its text tells. Nothing is run."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from tripoint.model.name import quote_identifier
from tripoint.sources.programs.values import Condition
from tripoint.sql.system_views import HOLE, Hole

__all__ = [
    "Asked",
    "Batch",
    "Each",
    "EnumClass",
    "Function",
    "Made",
    "Member",
    "Names",
    "Ref",
    "either",
    "qualified",
    "same",
    "texts_in",
    "truth",
]


class Ref(Struct, frozen=True):
    """Something of another module, by its whole name: `sqlalchemy.String`."""

    path: str
    span: tuple[int, int] = (0, 0)


class Made(Struct, frozen=True):
    """What a call makes: `sa.String(50)`, or with a receiver the method of something made: `.with_variant(…)`."""

    path: str
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    span: tuple[int, int]
    receiver: Any = None
    spread: bool = False
    """Whether there are more arguments than could be told."""
    head: tuple[int, int] = (0, 0)
    """The call up to the end of its first argument."""

    @property
    def name(self) -> str:
        """The last part of the name."""
        return self.path.rpartition(".")[2]


class Function(Struct):
    """A function of the file, and the names that it sees of the function around it."""

    node: Any
    within: dict[str, Any] = field(default_factory=dict)


class EnumClass(Struct):
    """An enumeration that the file declares."""

    name: str
    members: dict[str, Any] = field(default_factory=dict)


class Member(Struct):
    """A member of an enumeration."""

    name: str
    value: Any


class Batch(Struct, frozen=True):
    """The operations of `op.batch_alter_table`."""

    table: Any
    schema: Any = None


class Names(Struct, frozen=True):
    """The names that an inspector gives: SQL that asks whether a name is among them, which stands for `{}`."""

    question: str


class Each(Struct, frozen=True):
    """One of such names, or what bears it, whichever it is."""

    names: Names


class Asked(Struct, frozen=True):
    """The answer to a query: its first value, else its first row or its rows."""

    sql: str
    value: bool


def qualified(name: str, schema: object) -> str:
    """Return the name of an object as SQL."""
    own = quote_identifier(name)
    return f"{quote_identifier(schema)}.{own}" if isinstance(schema, str) and schema else own


def texts_in(value: object) -> list[str]:
    """Return the strings in a value, however deep."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list | tuple | set | frozenset):
        return [text for one in value for text in texts_in(one)]
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts_in(one)]
    if isinstance(value, Made):
        return texts_in([*value.arguments, *value.named.values(), value.receiver])
    return []


def truth(value: Any) -> bool | Condition | Hole:
    """Return whether a value counts as true."""
    if isinstance(value, Condition | Hole):
        return value
    if isinstance(value, Asked):
        whole = value.value and value.sql.lstrip(" (\n").lower().startswith("select exists")
        return Condition(f"({value.sql})" if whole else f"EXISTS ({value.sql})")
    if isinstance(value, str):
        return bool(value)
    if value is None or isinstance(value, bool | int | float | list | tuple | dict | set):
        return bool(value)
    return HOLE


def same(one: Any, other: Any) -> bool:
    """Whether two values are known to be the same."""
    plain = isinstance(one, str | int | Ref | Names | Condition)
    return one is other or (plain and type(one) is type(other) and one == other)


def either(said: Any, then: Any, other: Any) -> Any:
    """Return what is known of a value that is one of two, by a condition."""
    for one, another in ((then, other), (other, then)):
        if same(one, another) or (one in ([], {}) and isinstance(another, Names)):
            return another  # of a table that is not there, an inspector gives no names
    values = [truth(value) for value in (then, other) if value is None or isinstance(value, bool | Condition | Asked)]
    if isinstance(said, Condition) and len(values) == 2:
        first, second = (value.sql if isinstance(value, Condition) else str(value).lower() for value in values)
        return Condition(f"(({said.sql}) AND ({first})) OR (NOT ({said.sql}) AND ({second}))")
    return HOLE
