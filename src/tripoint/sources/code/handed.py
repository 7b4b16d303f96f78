"""What the callers of a function write or ask for by it: a payload that is its parameter is what each of them hands to
it, and so are columns.

    async function createOrder(order) { await db.from('orders').insert(order) }
    createOrder({ customer: id, note: 'x' })
    const orders = (columns) => db.from('orders').select(columns)
    orders('id, note')

A parameter that goes into several tables is left out: which of them a call is for hangs on what is not read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.place import Place
from tripoint.model.query import Argument, Query, Row, Written
from tripoint.model.query import Value as Literal_
from tripoint.sources.code.bounded import bounds
from tripoint.sources.code.build import Link, names_by, payload_of, with_asked
from tripoint.sources.code.expand import Call, Callers
from tripoint.sources.code.facts import Array, Entry, Object, Ref, Template, Text, Value
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.payloads import payload
from tripoint.sources.code.scene import At, Bound
from tripoint.sources.code.testcode import is_test_path

__all__ = ["Handed"]


_WRITES = frozenset(["insert", "update", "upsert", "Insert", "Update", "Upsert"])
_LONGEST = 20_000
"""Bytes of a function beyond which it is not looked through for what it does with each of its parameters."""
_SPREADS = 3
"""How many lists and spreads deep a payload is looked into for parameters."""


class _Row(Struct, frozen=True, eq=False):
    """A payload of the query at `index` that is made of parameters."""

    index: int
    path: str
    value: Value
    parameters: tuple[At, ...]


class _Value(Struct, frozen=True, eq=False):
    """A key of what the query at `index` writes whose value is a parameter, and nothing else is done with that one."""

    index: int
    path: str
    entry: Entry
    parameter: At


class _Asked(Struct, frozen=True, eq=False):
    """A step of the query at `index` that takes its columns from parameters: `select(columns)`, `eq(column, 1)`."""

    index: int
    link: Link
    parameters: tuple[At, ...]


class Handed:
    """Collects the payloads that functions are handed, and adds to their queries what callers hand them."""

    def __init__(self, follower: Follower, callers: Callers) -> None:
        self._follower = follower
        self._callers = callers
        self._rows: list[_Row] = []
        self._values: list[_Value] = []
        self._asked: list[_Asked] = []
        self._texts: dict[str, bytes | None] = {}

    def note(self, index: int, query: Query, links: list[Link]) -> None:
        """Remember the query at `index` where parameters of the function around it are what it writes."""
        if query.test or query.alternatives:
            return
        if query.kind == "table" and any(not one.value for one in query.written):
            self._values.extend(self._by_parameter(index, links))
        if query.kind == "table" and not (query.filters_complete and (query.select is None or query.select.complete)):
            self._asked.extend(self._asking(index, links))
        if query.written_complete and query.arguments_complete:
            return
        for link in links:
            value = payload_of(query, link)
            if value is not None:
                parameters = tuple(self._parameters(link.path, value))
                if parameters:
                    self._rows.append(_Row(index, link.path, value, parameters))

    def _asking(self, index: int, links: list[Link]) -> Iterator[_Asked]:
        for link in links:
            if link.frame is not None:
                continue  # it is asked by one call, which says what its columns are
            named = names_by(link)
            parts = named.parts if isinstance(named, Template) else (named,)
            given = [part for part in parts if isinstance(part, Ref)]
            held = [at for part in given for at in self._follower.evaluate(link.path, part)]
            found = tuple(at for at in held if isinstance(at.thing, Bound) and not at.thing.choices)
            if found:
                yield _Asked(index, link, found)

    def _by_parameter(self, index: int, links: list[Link]) -> Iterator[_Value]:
        for link in links:
            row = None if link.step.name not in _WRITES else next(iter(link.step.arguments), None)
            made = self._follower.evaluate(link.path, row) if row is not None else ()
            for at in made:
                for entry in at.thing.entries if isinstance(at.thing, Object) and len(made) == 1 else ():
                    held = self._follower.evaluate(at.path, entry.value) if isinstance(entry.value, Ref) else ()
                    bound = held[0] if len(held) == 1 and isinstance(held[0].thing, Bound) else None
                    if bound is None and held:  # who calls may give other than what its type spells
                        bound = self._follower.parameters.named(at.path, entry.value)
                    if bound is not None and self._is_only_written(bound, at):
                        yield _Value(index, at.path, entry, bound)

    def _is_only_written(self, bound: At, row: At) -> bool:
        """Whether the text of a parameter's function names it in the row alone: else its value may be told apart."""
        assert isinstance(bound.thing, Bound)
        function, thing = bound.thing.function, row.thing
        if row.path not in self._texts:
            self._texts[row.path] = self._follower.modules.text(row.path)
        text = self._texts[row.path] if bound.path == row.path and not bound.thing.members else None
        if text is None or function.end - function.start > _LONGEST:
            return False
        if not isinstance(thing, Object) or not function.start <= thing.start <= function.end:
            return False
        # What stands in quotes is a text: `status: Tables<'orders'>['status']`.
        name = rf"(?<![\w.'\"]){re.escape(bound.thing.name)}\b".encode()
        outside = text[function.start : thing.start], text[thing.end : function.end]
        return sum(len(re.findall(name, part)) for part in outside) == 1

    def _parameters(self, path: str, value: Value, depth: int = 0) -> Iterator[At]:
        if depth > _SPREADS:
            return
        for at in self._follower.evaluate(path, value):
            if isinstance(at.thing, Bound) and not at.thing.choices:
                yield at
            elif isinstance(at.thing, Array):
                for item in at.thing.items:
                    yield from self._parameters(at.path, item, depth + 1)
            elif isinstance(at.thing, Object):
                for spread in at.thing.spreads:
                    yield from self._parameters(at.path, spread, depth + 1)

    def add_to(self, queries: list[Query]) -> None:
        """Add to each query the keys that are handed to it."""
        goals: dict[tuple[str, int], set[tuple[str, str | None]]] = {}
        for row in self._rows:
            for at in row.parameters:
                goals.setdefault(_function(at), set()).add((queries[row.index].kind, queries[row.index].name))
        for asked in self._asked:
            for at in asked.parameters:
                goals.setdefault(_function(at), set()).add((queries[asked.index].kind, queries[asked.index].name))
        for row in self._rows:
            if all(len(goals[_function(at)]) == 1 for at in row.parameters):
                queries[row.index] = self._extended(queries[row.index], row)
        for asked in self._asked:
            if all(len(goals[_function(at)]) == 1 for at in asked.parameters):
                frames = [call.frame for call in self._calls(asked.parameters[0])]
                links = [replace(asked.link, frame=frame) for frame in frames]
                queries[asked.index] = with_asked(queries[asked.index], links, self._follower)
        for value in self._values:
            queries[value.index] = self._with_texts(queries[value.index], value)

    def _calls(self, at: At) -> list[Call]:
        """Return the calls of the product's own code that give a parameter its value."""
        return [call for call in self._callers.of(at) if not is_test_path(call.path)]

    def _with_texts(self, query: Query, one: _Value) -> Query:
        """Return a query with the texts that callers hand to a parameter which it writes."""
        texts: dict[Literal_, None] = {}
        for call in self._callers.of(one.parameter):
            for at in self._follower.evaluate(one.path, one.entry.value, call.frame):
                text = at.thing if isinstance(at.thing, Text) and at.path == call.path else None
                in_place = text is not None and call.chain.start <= text.start < call.chain.end
                if text is not None and text.value and in_place and not is_test_path(call.path):
                    texts[Literal_("string", text.value, Place(at.path, text.start, text.end))] = None
        place = Place(one.path, one.entry.start, one.entry.end)
        written = [replace(key, others=tuple(texts)) if key.place == place else key for key in query.written]
        return replace(query, written=tuple(written)) if texts else query

    def _extended(self, query: Query, row: _Row) -> Query:
        known = {(one.column, one.place) for one in query.written} | {(one.name, one.place) for one in query.arguments}
        found: list[Written] = []
        rows: list[Row] = []
        for at in row.parameters:
            for call in self._calls(at):
                keys, whole = payload(row.path, row.value, call.frame, self._follower)
                most = frozenset[str]() if whole else bounds(row.path, row.value, call.frame, self._follower)
                if keys and most is not None:
                    columns = tuple(sorted(most | {one.column for one in keys}))
                    rows.append(Row(columns, Place(call.path, call.chain.start, call.chain.end)))
                found += [one for one in keys if (one.column, one.place) not in known]
                known |= {(one.column, one.place) for one in keys}
        if query.kind == "function":
            given = tuple(Argument(one.column, one.place, one.value) for one in found)
            return replace(query, arguments=(*query.arguments, *given)) if given else query
        rows = [] if query.rows else list(dict.fromkeys(rows))
        return replace(query, written=(*query.written, *found), rows=(*query.rows, *rows))


def _function(at: At) -> tuple[str, int]:
    assert isinstance(at.thing, Bound)
    return at.path, at.thing.function.scope
