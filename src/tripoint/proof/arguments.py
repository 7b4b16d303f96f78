"""Arguments for a function: of those that name a user or a row, what belongs to one world."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from tripoint.model.catalog import Argument, Function, Table
from tripoint.model.name import Name, quote_identifier
from tripoint.model.regex import regex
from tripoint.proof.reading import PolicyReader
from tripoint.proof.session import quoted
from tripoint.proof.values import is_text, literal
from tripoint.proof.world import World
from tripoint.proof.worlds import Builder

__all__ = ["Arguments", "Call"]

_PREFIX = regex(r"^(?:_+|(?:p|v|i|in|arg|param|input)_)+")
_USER = regex(r"(?:^|_)(?:user|uid|userid|user_id|user_uuid|owner_id|author_id|created_by)$")
_SECRET = regex(r"token|code|secret|hash|otp|pin\b|key\b|slug|nonce|password")
_WORD = regex(r"\w+")
_UNKNOWN = frozenset({"anyelement", "anyarray", "internal", "record", "cstring", "anycompatible", "anynonarray"})
_KEYS = frozenset({"uuid", "smallint", "integer", "bigint"})


class Call(Struct, frozen=True):
    """A call of a function."""

    statement: str
    tied: bool
    """Whether an argument names the world's user, or a row that is theirs."""
    by_secret: bool
    """Whether an argument is what only those know who were told, such as the token of an invitation."""
    given: frozenset[str]
    """The values of the arguments."""


class Arguments:
    """Makes calls."""

    def __init__(self, reader: PolicyReader, builder: Builder) -> None:
        self.reader, self.builder = reader, builder
        self.catalog = reader.catalog

    def call(self, function: Function, world: World) -> Call | str:
        """Return a call on what belongs to a world; the reason where an argument can't be made."""
        written: list[str] = []
        tied = by_secret = named = False
        given: set[str] = set()
        for argument in function.arguments:
            if argument.mode in ("out", "table"):
                continue
            if argument.mode == "variadic":
                return "it takes any number of arguments"
            found = self._of_world(function, argument, world)
            if found is None and (argument.default is not None):
                named = True
                continue
            value = found or self._any(argument)
            if value is None:
                return f"no value is known for its argument of type {argument.type}"
            if found is not None:
                tied = True
                by_secret = by_secret or bool(_SECRET.search((argument.name or "").lower()))
                given.add(found)
            name = f"{quote_identifier(argument.name)} => " if argument.name else ""
            if named and not name:
                return "an argument without a name follows one that is left out"
            written.append(f"{name}{literal(value)}::{argument.type}")
        call = f"{quoted(function.name)}({', '.join(written)})"
        untyped = (function.returns or "").removeprefix("SETOF ") == "record" and not any(
            a.mode in ("out", "inout", "table") for a in function.arguments
        )
        return Call(f"SELECT {'' if untyped else '* FROM '}{call}", tied, by_secret, frozenset(given))

    def _any(self, argument: Argument) -> str | None:
        if argument.type in _UNKNOWN:
            return None
        kind = self.builder.values.named(argument.type)
        name = self.builder.values.base(argument.type)
        if kind is None and name in {text for table in self.catalog.tables for text in (str(table), table.name)}:
            return None
        enum = self.builder.values.enum(argument.type)
        return enum[0] if enum else self.builder.values.of(argument.type, argument.name or "value", 7)

    def _of_world(self, function: Function, argument: Argument, world: World) -> str | None:
        """Return what of the world an argument names, by its own name."""
        base = self.builder.values.base(argument.type)
        name = _PREFIX.sub("", (argument.name or "").lower())
        if not name or not (base in _KEYS or is_text(base)):
            return None
        if base == "uuid" and _USER.search(name):
            return world.user
        if is_text(base) and name.endswith("email"):
            return world.email or None
        for table, column in self._columns(function, name):
            declared = table.columns.get(column)
            row = world.rows.get(table.name)
            fits = declared is not None and self.builder.values.base(declared.type) == base
            # A text that is no key is what one looks for, and not whose it is.
            names_it = base in _KEYS or _SECRET.search(name)
            if row is not None and fits and names_it and row.get(column) is not None and self._owned(table.name):
                return row[column]
        return None

    def _owned(self, name: Name) -> bool:
        return name in self.builder.ties.to_user or name in self.builder.ties.to_tenant

    def _columns(self, function: Function, name: str) -> Iterator[tuple[Table, str]]:
        """Yield the columns that an argument may stand for: keys of tables it is named after, and its namesakes."""
        body = function.body or ""
        words = set(_WORD.findall(body.lower()))
        first = [n for n in sorted(self.builder.own) if n.name.lower() in words]
        # delete_note means the notes, whatever else it looks at.
        first.sort(key=lambda n: n.name.lower().removesuffix("s") not in function.name.name.lower())
        names = [*first, *(n for n in sorted(self.builder.own) if n not in first)]
        stem = name.removesuffix("_id").removesuffix("_uuid")
        for known in names:
            table = self.catalog.tables[known]
            if stem != name and _is_named(known, stem):
                yield from self._key(table)
        if name in ("id", "uuid", "row_id", "record_id"):
            for known in first:
                yield from self._key(self.catalog.tables[known])
            return
        for known in names if name.endswith("_id") else first:
            if name in self.catalog.tables[known].columns:
                yield self.catalog.tables[known], name

    def _key(self, table: Table) -> Iterator[tuple[Table, str]]:
        key = table.primary_key
        if key is not None and len(key.columns) == 1:
            yield table, key.columns[0]


def _is_named(table: Name, stem: str) -> bool:
    name = table.name.lower()
    plurals = {stem, f"{stem}s", f"{stem}es", f"{stem[:-1]}ies"}
    return name in plurals or any(name.endswith(f"_{plural}") for plural in plurals)
