"""PostgREST's select language, filters and order terms, read with the place of every part.

The grammar is that of PostgREST's `ApiRequest.QueryParams` (version 14): `pFieldForest`, `pFieldSelect`,
`pRelationSelect`, `pSpreadRelationSelect`, `pLogicTree`, `pOrder`. White space outside quotes is skipped, as the
clients strip it before they send the request.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.place import Place
from tripoint.model.query import REST_IGNORED, REST_REPEATED, Embed, Field, Filter, Select, Value

__all__ = [
    "HOLE",
    "TRUTHS",
    "ColumnPath",
    "Locate",
    "Terms",
    "parse_column",
    "parse_filter_list",
    "parse_in_list",
    "parse_order",
    "parse_select",
]

Locate = Callable[[int, int], Place]
"""Gives the place of a range of the text, counted in its code points."""

HOLE: Final = "\ufffc"
"""Stands in the text for a part that is only known at run time."""

_JOINS: Final[dict[str, Literal["inner", "left"]]] = {"inner": "inner", "left": "left"}
_AGGREGATES: Final = ("sum", "avg", "count", "max", "min")
_NAME: Final = re.compile(r"""(?:[^-,()!:."'*&|<>=;]|-(?!>))*""")
_SPACE: Final = re.compile(r"\s*")
_DEPTH = 200
_OPERATORS: Final = frozenset(
    {
        *("eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike", "match", "imatch", "in", "is", "isdistinct"),
        *("cs", "cd", "ov", "sl", "sr", "nxr", "nxl", "adj", "fts", "plfts", "phfts", "wfts"),
    }
)
TRUTHS: Final = ("null", "not_null", "true", "false", "unknown")
"""What `is` takes, in any case."""
_DIRECTION: Final = re.compile(r"\s*(?:\.(?:asc|desc)(?![\w]))?(?:\.nulls(?:first|last)(?![\w]))?")


class _SyntaxError(Exception):
    def __init__(self, message: str, at: int, end: int | None = None) -> None:
        super().__init__(message)
        self.at = at
        self.end = end


class _Dynamic(Exception):
    """A part of the text is only known at run time, where a name must stand."""


class _Unread(Exception):
    """A list that is not read here, and that PostgREST may well read."""


class _Reader:
    def __init__(self, text: str, locate: Locate, squeezed: bool = False) -> None:
        """`squeezed` says that the client takes white space out of names before it sends them, as of select lists."""
        self.text = text
        self.locate = locate
        self.squeezed = squeezed
        self.at = 0
        self.last: Field | Embed | None = None
        """The item that was read last."""
        self.complete = True
        self.repeated: Place | None = None
        """Where a relation is embedded under the name of another one beside it."""

    # --- characters

    def skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        assert found is not None
        self.at = found.end()

    def peek(self, token: str) -> bool:
        self.skip()
        return self.text.startswith(token, self.at)

    def take(self, token: str) -> bool:
        if self.peek(token):
            self.at += len(token)
            return True
        return False

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise _SyntaxError(f"expected {token!r}", self.at)

    @property
    def done(self) -> bool:
        self.skip()
        return self.at >= len(self.text)

    # --- names

    def name(self) -> tuple[str, Place]:
        """Read a name, quoted or not; `-` belongs to an unquoted one unless it begins an arrow."""
        self.skip()
        start = self.at
        if self.take('"'):
            parts = []
            while self.at < len(self.text) and self.text[self.at] != '"':
                if self.text[self.at] == "\\" and self.at + 1 < len(self.text):
                    self.at += 1
                parts.append(self.text[self.at])
                self.at += 1
            if self.at >= len(self.text):
                raise _SyntaxError("a quoted name does not end", start)
            self.at += 1
            if HOLE in parts:
                raise _Dynamic
            return "".join(parts), self.locate(start + 1, self.at - 1)
        found = _NAME.match(self.text, start)
        assert found is not None
        self.at = found.end()
        written = found[0].rstrip()
        name = "".join(written.split()) if self.squeezed else written
        if HOLE in name:
            raise _Dynamic
        if not name:
            raise _SyntaxError("expected a name", self.at)
        return name, self.locate(start, start + len(written))

    def json_path(self) -> str | None:
        self.skip()
        start = self.at
        while self.peek("->"):
            self.take("->>") or self.take("->")
            self.skip()
            if not self.peek('"'):
                while self.at < len(self.text) and self.text[self.at] not in ",():!.-" + '"':
                    self.at += 1
                while self.at < len(self.text) and self.text[self.at] == "-" and not self.peek("->"):
                    self.at += 1
                    while self.at < len(self.text) and self.text[self.at] not in ",():!.-":
                        self.at += 1
            else:
                self.name()
        path = self.text[start : self.at].strip()
        return path or None

    def cast(self) -> str | None:
        if not self.take("::"):
            return None
        self.skip()
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in ",():.":
            self.at += 1
        return self.text[start : self.at].strip() or None

    # --- select

    def select(self, depth: int, nested: bool) -> Select:
        fields: list[Field] = []
        embeds: list[Embed] = []
        if depth > _DEPTH:
            raise _Unread
        complete = True
        names: set[str] = set()
        while not self.done and not (nested and self.peek(")")):
            try:
                item = self.item(depth)
            except _Dynamic:
                complete = False
                self.resume(nested)
                item = None
            if isinstance(item, Field):
                fields.append(item)
            elif isinstance(item, Embed):
                embeds.append(item)
                name = item.alias or item.target
                if name in names and self.repeated is None:
                    self.repeated = item.place
                names.add(name)
            self.last = item
            if not self.take(","):
                break
        return Select(tuple(fields), tuple(embeds), complete)

    def resume(self, nested: bool) -> None:
        """Go on behind a dynamic part: at the next comma of this level, or at its end."""
        depth = 0
        while self.at < len(self.text):
            char = self.text[self.at]
            if depth == 0 and (char == "," or (nested and char == ")")):
                return
            depth += (char == "(") - (char == ")")
            self.at += 1

    def item(self, depth: int) -> Field | Embed:
        self.skip()
        if self.take("..."):
            target, place = self.name()
            return self.embed(target, place, None, depth, spread=True)
        start = self.at
        if self.take("*"):
            return Field("*", self.locate(start, self.at))
        target, place = self.name()
        if self.done or self.text[self.at] in ",)":
            return Field(target, place)
        alias = None
        if self.peek(":") and not self.peek("::"):
            self.take(":")
            alias = target
            self.skip()
            target, place = self.name()
        if self.peek("!") or (self.peek("(") and not (target == "count" and self.peek_call())):
            return self.embed(target, place, alias, depth, spread=False)
        if target == "count" and self.take("("):
            self.expect(")")
            return Field("count", place, alias, aggregate="count", cast=self.cast())
        path = self.json_path()
        cast = self.cast()
        aggregate = None
        if self.take("."):
            aggregate, _ = self.name()
            if aggregate not in _AGGREGATES:
                raise _SyntaxError(f"{aggregate} is no aggregate", self.at)
            self.expect("(")
            self.expect(")")
            cast = self.cast() or cast
        return Field(target, place, alias, path, cast, aggregate)

    def peek_call(self) -> bool:
        """Whether `()` follows: an aggregate, not an embedded relation."""
        rest = self.text[self.at :].lstrip()
        return rest.startswith("(") and rest[1:].lstrip().startswith(")")

    def embed(self, target: str, place: Place, alias: str | None, depth: int, *, spread: bool) -> Embed:
        hint: str | None = None
        hint_place: Place | None = None
        join: Literal["inner", "left"] | None = None
        while self.take("!"):
            word, word_place = self.name()
            if word in _JOINS:
                join = _JOINS[word]
            elif hint is None:
                hint, hint_place = word, word_place
            else:
                raise _Unread
        self.expect("(")
        select = self.select(depth + 1, nested=True)
        self.expect(")")
        return Embed(target, place, select, alias, hint, hint_place, join, spread)


def parse_select(text: str, locate: Locate) -> Select:
    """Parse the select list `text`, in which `HOLE` stands for parts that are only known at run time.

    A list that can't be parsed yields an empty select that is not complete, and says where PostgREST stops. It does not
    ask for the end of the list: what stands behind a parenthesis that closes nothing, or without a comma behind an
    embedded relation, it ignores. Such a list yields what stands before.
    """
    reader = _Reader(text, locate, squeezed=True)
    try:
        select = reader.select(0, nested=False)
        if not reader.done:
            at = reader.at
            if text[at] == ")" or isinstance(reader.last, Embed):
                if HOLE in text:
                    return Select(select.fields, select.embeds, complete=False)
                return Select(select.fields, select.embeds, False, REST_IGNORED, locate(at, at + 1))
            raise _SyntaxError(f"unexpected {text[at]!r}", at)
    except _Unread:
        return Select(complete=False)
    except _SyntaxError as error:
        if HOLE in text:
            return Select(complete=False)
        at = min(error.at, max(len(text) - 1, 0))
        return Select(complete=False, refused=str(error), refused_at=locate(at, min(at + 1, len(text))))
    if reader.repeated is not None:
        return replace(select, refused=REST_REPEATED, refused_at=reader.repeated)
    return select


class ColumnPath(Struct, frozen=True):
    """A column of a filter or order term: of the table itself, or of the embedded relation that `path` leads to."""

    column: str
    place: Place
    path: tuple[str, ...] = ()
    json_path: str | None = None


def parse_column(text: str, locate: Locate) -> ColumnPath | None:
    """Parse the column of a filter: `name`, `data->>key`, `relation.column`. None where it is dynamic or no name."""
    reader = _Reader(text, locate)
    path: list[str] = []
    try:
        name, place = reader.name()
        while reader.take("."):
            path.append(name)
            name, place = reader.name()
        json_path = reader.json_path()
        reader.cast()
    except (_SyntaxError, _Dynamic):
        return None
    return ColumnPath(name, place, tuple(path), json_path) if reader.done else None


class Terms(Struct, frozen=True):
    """The conditions or order terms of a text. `refused` says what PostgREST complains of (PGRST100), and where."""

    filters: tuple[Filter, ...] = ()
    refused: tuple[str, Place] | None = None


def parse_filter_list(text: str, locate: Locate, path: tuple[str, ...] = ()) -> Terms:
    """Parse the conditions of `or`/`and`: `id.eq.1,and(name.ilike.*a*,not.done.is.true)`.

    A condition whose column is dynamic is left out. One of several, or a negated one, is not required of each row. What
    stands behind a parenthesis that closes nothing PostgREST ignores.
    """
    reader = _Reader(text, locate)
    found: list[Filter] = []
    try:
        single = _conditions(reader, path, found, 0)
        if not reader.done and text[reader.at] not in (")", HOLE) and HOLE not in text:
            raise _SyntaxError(f"unexpected {text[reader.at]!r}", reader.at)
    except _SyntaxError as error:
        return _refused(text, locate, error)
    return Terms(tuple(one if single else replace(one, required=False) for one in found))


def _refused(text: str, locate: Locate, error: _SyntaxError) -> Terms:
    """Return what is said of a text that can't be parsed; nothing behind what is only known at run time."""
    at = min(error.at, max(len(text) - 1, 0))
    if not text.strip() or HOLE in text[: at + 1]:
        return Terms()
    return Terms(refused=(str(error), locate(at, min(error.end or at + 1, len(text)))))


def _conditions(reader: _Reader, path: tuple[str, ...], found: list[Filter], depth: int) -> bool:
    """Read conditions; return whether there is one alone, which is not negated."""
    if depth > _DEPTH:
        raise _SyntaxError("nested too deeply", reader.at)
    single = True
    while True:
        while reader.take("not."):
            single = False
        if reader.take("and(") or reader.take("or("):
            single = _conditions(reader, path, found, depth + 1) and single
            reader.expect(")")
        else:
            single = _condition(reader, path, found) and single
        if not reader.take(","):
            return single
        single = False


def _condition(reader: _Reader, path: tuple[str, ...], found: list[Filter]) -> bool:
    """Read one condition; return whether it is not negated."""
    try:
        name, place = reader.name()
        json_path = reader.json_path()
    except _Dynamic:
        reader.resume(nested=True)
        return True
    reader.expect(".")
    plain = True
    while reader.take("not."):
        plain = False
    operator = _operator(reader)
    start = reader.at
    values = _condition_values(reader, operator)
    if operator == "is" and HOLE not in reader.text[: reader.at]:
        written = reader.text[start : reader.at].strip()
        if not written.lower().startswith(TRUTHS):
            raise _SyntaxError(f"`is` takes no {written}", start, reader.at)
    if HOLE not in operator:
        found.append(Filter(name, operator, place, path, values, json_path))
    return plain


def _operator(reader: _Reader) -> str:
    """Read an operator, what stands in parentheses behind it, and the dot."""
    start = reader.at
    dot = reader.text.find(".", start)
    if dot < 0:
        raise _SyntaxError("expected an operator", len(reader.text) if HOLE in reader.text[start:] else start)
    written = reader.text[start:dot]
    operator = written.partition("(")[0] if written.endswith(")") else written
    if HOLE not in written and operator not in _OPERATORS:
        raise _SyntaxError(f"there is no operator {operator}", start, dot)
    reader.at = dot + 1
    return operator


def parse_in_list(text: str, locate: Locate) -> tuple[Value, ...]:
    """Parse what `in` takes where it is written out: `(a,"b, c")`. What can't be parsed has no values."""
    reader = _Reader(text, locate)
    try:
        return _condition_values(reader, "in") if reader.peek("(") else ()
    except (_SyntaxError, _Dynamic):
        return ()


def _condition_values(reader: _Reader, operator: str) -> tuple[Value, ...]:
    if operator == "in" and not reader.peek("(") and HOLE not in reader.text[reader.at :]:
        raise _SyntaxError("expected '(' behind `in`", reader.at)
    if operator == "in" and reader.take("("):
        values = []
        while not reader.peek(")") and not reader.done:
            values.append(_value(reader, ",)"))
            if not reader.take(","):
                break
        reader.expect(")")
        return tuple(value for value in values if value is not None)
    if reader.peek("{") or reader.peek("(") or reader.peek("["):
        _balanced(reader)
        return ()
    value = _value(reader, ",)")
    return () if value is None else (value,)


def _balanced(reader: _Reader) -> None:
    depth = 0
    while reader.at < len(reader.text):
        char = reader.text[reader.at]
        depth += (char in "({[") - (char in ")}]")
        reader.at += 1
        if depth <= 0:
            return


def _value(reader: _Reader, stop: str) -> Value | None:
    reader.skip()
    start = reader.at
    if reader.take('"'):
        end = reader.text.find('"', reader.at)
        if end < 0:
            raise _SyntaxError("a quoted value does not end", start)
        text, reader.at = reader.text[reader.at : end], end + 1
    else:
        while reader.at < len(reader.text) and reader.text[reader.at] not in stop:
            reader.at += 1
        text = reader.text[start : reader.at]
    return None if HOLE in text else Value("string", text, reader.locate(start, reader.at))


def parse_order(text: str, locate: Locate, path: tuple[str, ...] = (), directed: bool = False) -> Terms:
    """Parse an order parameter: `created_at.desc.nullslast,relation(column).asc`.

    With `directed`, the client adds a direction to the text, which the last term has none of then.
    """
    reader = _Reader(text, locate)
    found: list[Filter] = []
    try:
        while True:
            try:
                found.append(_order_term(reader, path))
            except _Dynamic:
                reader.resume(nested=False)
            _direction(reader, directed)
            if not reader.take(","):
                break
        if not reader.done and HOLE not in text:
            raise _SyntaxError(f"unexpected {text[reader.at]!r}", reader.at)
    except _SyntaxError as error:
        return _refused(text, locate, error)
    return Terms(tuple(found))


def _order_term(reader: _Reader, path: tuple[str, ...]) -> Filter:
    name, place = reader.name()
    if not reader.take("("):
        return Filter(name, "order", place, path, (), reader.json_path())
    path = (*path, name)
    name, place = reader.name()
    json_path = reader.json_path()
    reader.expect(")")
    return Filter(name, "order", place, path, (), json_path)


def _direction(reader: _Reader, directed: bool) -> None:
    start = reader.at
    found = _DIRECTION.match(reader.text, start)
    reader.at = found.end() if found is not None else start
    if HOLE in reader.text[start:]:
        reader.resume(nested=False)
        return
    if reader.text.startswith(".", reader.at):
        end = reader.text.find(",", reader.at)
        end = len(reader.text) if end < 0 else end
        raise _SyntaxError(f"{reader.text[reader.at + 1 : end]} is no direction of an order", reader.at + 1, end)
    if directed and reader.at > start and reader.done:
        raise _SyntaxError("the client adds a direction of its own", start, reader.at)
