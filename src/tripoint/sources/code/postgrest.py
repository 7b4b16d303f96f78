"""PostgREST's select language, read with the place of every part; its conditions and orders: `postgrest_terms.py`.

The grammar is that of PostgREST's `ApiRequest.QueryParams` (version 14): `pFieldForest`, `pFieldSelect`,
`pRelationSelect`, `pSpreadRelationSelect`, `pLogicTree`, `pOrder`. White space outside quotes is skipped, as the
clients strip it before they send the request.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Literal

from msgspec.structs import replace

from tripoint.model.place import Place
from tripoint.model.query import REST_IGNORED, REST_REPEATED, Embed, Field, Select

__all__ = [
    "DEPTH",
    "HOLE",
    "PLAIN",
    "Dynamic",
    "Locate",
    "Malformed",
    "Reader",
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
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PLAIN: Final = re.compile(rf"\s*({_PLAIN_NAME.pattern})\s*(?=[,)]|\Z)")
"""A column by itself, as most are that stand in a list or in a filter."""
_PLAIN_LIST: Final = re.compile(rf"\s*{_PLAIN_NAME.pattern}\s*(?:,\s*{_PLAIN_NAME.pattern}\s*)*")
"""A list of nothing else: read at once, and three times as fast."""
DEPTH = 200
"""How many relations, or conditions, may stand one within another."""


class Malformed(Exception):
    """What PostgREST complains of, and where in the text: from `at` to `end`, or one character."""

    def __init__(self, message: str, at: int, end: int | None = None) -> None:
        super().__init__(message)
        self.at = at
        self.end = end


class Dynamic(Exception):
    """A part of the text is only known at run time, where a name must stand."""


class Unread(Exception):
    """A list that is not read here, and that PostgREST may well read."""


class Reader:
    """Reads a text from left to right, each part with its place."""

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
            raise Malformed(f"expected {token!r}", self.at)

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
                raise Malformed("a quoted name does not end", start)
            self.at += 1
            if HOLE in parts:
                raise Dynamic
            return "".join(parts), self.locate(start + 1, self.at - 1)
        found = _NAME.match(self.text, start)
        assert found is not None
        self.at = found.end()
        written = found[0].rstrip()
        name = "".join(written.split()) if self.squeezed else written
        if HOLE in name:
            raise Dynamic
        if not name:
            raise Malformed("expected a name", self.at)
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
        if depth > DEPTH:
            raise Unread
        complete = True
        names: set[str] = set()
        while not self.done and not (nested and self.peek(")")):
            item: Field | Embed | None
            plain = PLAIN.match(self.text, self.at)
            if plain is not None:
                self.at = plain.end()
                item = Field(plain[1], self.locate(*plain.span(1)))
            else:
                try:
                    item = self.item(depth)
                except Dynamic:
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
            if self.peek("!") or (self.peek("(") and not self.peek_call()):
                raise Malformed(f"no schema can be written before what is embedded ({target}.{aggregate})", self.at)
            if aggregate not in _AGGREGATES:
                raise Malformed(f"{target}.{aggregate} is no column: after a dot stands an aggregate only", self.at)
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
                raise Unread
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
    if _PLAIN_LIST.fullmatch(text):
        return Select(tuple([Field(name[0], locate(*name.span())) for name in _PLAIN_NAME.finditer(text)]))
    reader = Reader(text, locate, squeezed=True)
    try:
        select = reader.select(0, nested=False)
        if not reader.done:
            at = reader.at
            if text[at] == ")" or isinstance(reader.last, Embed):
                if HOLE in text:
                    return Select(select.fields, select.embeds, complete=False)
                return Select(select.fields, select.embeds, False, REST_IGNORED, locate(at, at + 1))
            raise Malformed(f"unexpected {text[at]!r}", at)
    except Unread:
        return Select(complete=False)
    except Malformed as error:
        if HOLE in text:
            return Select(complete=False)
        at = min(error.at, max(len(text) - 1, 0))
        return Select(complete=False, refused=str(error), refused_at=locate(at, min(at + 1, len(text))))
    if reader.repeated is not None:
        return replace(select, refused=REST_REPEATED, refused_at=reader.repeated)
    return select
