"""Realtime subscriptions, calls of edge functions, and buckets that the code creates."""

from __future__ import annotations

from collections.abc import Callable

from tripoint.model.place import Place
from tripoint.model.query import ANY_SCHEMA, Filter, Former, Query
from tripoint.sources.code.clients.methods import FILTERS
from tripoint.sources.code.clients.receivers import client_label, word_of
from tripoint.sources.code.expand import Callers
from tripoint.sources.code.facts import FORMER, STANDS_IN, Array, Chain, Object, Ref, Step, Text, Value
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.literals import values_of
from tripoint.sources.code.postgrest import HOLE
from tripoint.sources.code.postgrest_terms import parse_column, parse_filter_list
from tripoint.sources.code.scene import At, Bound, Client, Frame, Part
from tripoint.sources.code.spelled import spell
from tripoint.sources.code.testcode import is_test_path

__all__ = ["SPECIAL", "Special"]

_REALTIME = frozenset(
    ["on", "on_postgres_changes", "onPostgresChanges", "onPostgresChange", "postgresChange", "postgresChangeFlow"]
)
_CREATING = frozenset(["createBucket", "create_bucket"])

SPECIAL = _REALTIME | _CREATING | {"invoke"}
"""The words of subscriptions, of edge functions' calls and of what creates a bucket."""


class Special:
    """Collects the queries that subscribe to tables, invoke edge functions or create buckets."""

    def __init__(self, follower: Follower, callers: Callers, problem: Callable[[str, int, int, str], None]) -> None:
        self._follower = follower
        self._callers = callers
        self.problem = problem
        self.queries: list[Query] = []

    def _language(self, path: str) -> str:
        scene = self._follower.scene(path)
        return scene.facts.language if scene is not None else ""

    def _symbol(self, path: str, offset: int) -> str | None:
        scene = self._follower.scene(path)
        return scene.symbol(offset) if scene is not None else None

    def read(self, path: str, chain: Chain, states: list[tuple[At, ...]], seen: set[int]) -> None:
        """Add the queries of a chain's steps that subscribe or invoke, each once."""
        for index, step in enumerate(chain.steps):
            word = word_of(step.name)
            if step.start in seen:
                continue
            if word == "invoke" and step.arguments:
                parts = [
                    at.thing for at in states[index] if isinstance(at.thing, Part) and at.thing.kind == "functions"
                ]
                if parts or _trail(chain, index)[-1:] == ["functions"]:
                    seen.add(step.start)
                    self._invoked(path, chain, step, parts[0].owner if parts else None)
            elif word in _CREATING and _trail(chain, index)[-1:] == ["storage"]:
                seen.add(step.start)
                self._created(path, chain, step)
            elif word in _REALTIME:
                seen.add(step.start)
                self._subscribed(path, chain, step, states[index])

    def _invoked(self, path: str, chain: Chain, step: Step, client: Client | None) -> None:
        argument = step.arguments[0]
        names = {at.thing.value for at in self._follower.evaluate(path, argument) if isinstance(at.thing, Text)}
        if not names:
            made = spell(self._follower, path, argument, None)
            head = made.text.split("/")[0] if made is not None else ""
            names = {head} if head and HOLE not in head else names
        whole = Place(path, chain.start, chain.end)
        label = client_label(client, self._language(path))
        for name in _or_none(names):
            self.queries.append(
                Query(
                    kind="edge-function",
                    name=name.split("/")[0].split("?")[0] if name is not None else None,
                    place=Place(path, argument.start, argument.end) if name is not None else whole,
                    call=whole,
                    client=label,
                    operation="call",
                    reason=None if name is not None else "its name is only known at run time",
                    symbol=self._symbol(path, step.start),
                    test=is_test_path(path),
                    alternatives=len(names) > 1,
                )
            )
        if not names:
            self.problem(path, step.start, step.call_end, "the edge function's name is only known at run time")

    def _created(self, path: str, chain: Chain, step: Step) -> None:
        """Add a query for each bucket that a call may create; one without a name where that is told at run time."""
        given = next((entry.value for entry in step.named if entry.key == "id"), None)
        argument = step.arguments[0] if given is None and step.arguments else given
        held = self._follower.evaluate(path, argument) if argument is not None else ()
        whole = Place(path, chain.start, chain.end)
        for name in _or_none({at.thing.value for at in held if isinstance(at.thing, Text)}):
            self.queries.append(
                Query(
                    kind="bucket",
                    name=name,
                    place=whole if argument is None else Place(path, argument.start, argument.end),
                    call=whole,
                    client=client_label(None, self._language(path)),
                    operation="insert",
                    reason=None if name is not None else "its name is only known at run time",
                    symbol=self._symbol(path, step.start),
                    test=is_test_path(path),
                )
            )

    def _subscribed(self, path: str, chain: Chain, step: Step, before: tuple[At, ...]) -> None:
        options: list[tuple[str, str, Value, Frame | None]] = [(path, e.key, e.value, None) for e in step.named]
        kind = step.arguments[0] if step.arguments else None
        if word_of(step.name) == "on" and self._follower.text(path, kind) != "postgres_changes":
            return
        for argument in step.arguments:
            for at in self._follower.evaluate(path, argument):
                if isinstance(at.thing, Object):
                    options += [(at.path, entry.key, entry.value, at.frame) for entry in at.thing.entries]
        said = {key: (where, value, frame) for where, key, value, frame in options}
        schema = self._follower.text(said["schema"][0], *said["schema"][1:]) or ANY_SCHEMA if "schema" in said else None
        owner = next((at.thing.owner for at in before if isinstance(at.thing, Part)), None)
        whole = Place(path, chain.start, chain.end)
        asked: set[tuple[str, Place, Place]] = set()
        """Each name, with where it is given and the call that asks for it."""
        reason = None if "table" in said else "it subscribes to every table of the schema"
        if "table" in said:
            asked = self._subscribed_to(*said["table"], whole)
            if {name for name, _, _ in asked} == {"*"}:
                asked, reason = set(), "it subscribes to every table of the schema"
            elif not asked:
                reason = "the table that it subscribes to is only known at run time"
                self.problem(path, step.start, step.call_end, reason)
        asking = [call for _, _, call in asked]
        nameless: list[tuple[str | None, Place, Place]] = [(None, whole, whole)]
        for name, place, call in sorted(asked) or nameless:
            self.queries.append(
                Query(
                    kind="channel",
                    name=name,
                    place=place,
                    call=call,
                    client=client_label(owner, self._language(path)),
                    operation="subscribe",
                    schema=schema,
                    reason=reason,
                    symbol=self._symbol(call.path, call.start),
                    test=is_test_path(call.path),
                    alternatives=asking.count(call) > 1,
                    filters=self._channel_filter(said),
                    event=self._event(said),
                    former=_former(said),
                )
            )

    def _event(self, said: dict[str, tuple[str, Value, Frame | None]]) -> str | None:
        if "event" not in said:
            return None
        path, value, frame = said["event"]
        told = self._follower.text(path, value, frame)
        if told is None and isinstance(value, Ref):  # Dart's `PostgresChangeEvent.update`
            told = value.path[-1]
        return told.lower() if told is not None else None

    def _subscribed_to(
        self, path: str, value: Value, frame: Frame | None, whole: Place
    ) -> set[tuple[str, Place, Place]]:
        """Return the tables that a value names, each with its place and its call: a parameter's are its callers'."""
        here = Place(path, value.start, value.end)
        asked: set[tuple[str, Place, Place]] = set()
        for at in self._follower.evaluate(path, value, frame):
            if isinstance(at.thing, Text):
                asked.add((at.thing.value, here, whole))
            elif isinstance(at.thing, Bound) and at.thing.choices:
                asked |= {(choice.value, here, whole) for choice in at.thing.choices}
            elif isinstance(at.thing, Bound):
                for call in self._callers.of(at):
                    given = self._follower.evaluate(path, value, call.frame)
                    names = {one.thing.value for one in given if isinstance(one.thing, Text)}
                    around = Place(call.path, call.chain.start, call.chain.end)
                    asked |= {(name, call.giving(name), around) for name in names}
        return asked

    def _channel_filter(self, said: dict[str, tuple[str, Value, Frame | None]]) -> tuple[Filter, ...]:
        if "filter" not in said:
            return ()
        where, value, frame = said["filter"]
        if isinstance(value, Chain):
            return self._made_filter(where, value, frame)
        made = spell(self._follower, where, value, frame)
        if made is None or "=" not in made.text:
            return ()
        # `column=eq.value` differs from a condition of `or` in its first separator alone.
        head, _, tail = made.text.partition("=")
        return parse_filter_list(f"{head}.{tail}", made.locate).filters

    def _made_filter(self, path: str, value: Chain, frame: Frame | None) -> tuple[Filter, ...]:
        """Read Dart's `PostgresChangeFilter(type: …eq, column: …, value: …)` and Swift's `.eq("column", value: …)`."""
        step = value.steps[-1]
        root = value.root.path if isinstance(value.root, Ref) else ()
        said = {entry.key: entry.value for entry in step.named}
        if root[-1:] == ("PostgresChangeFilter",):
            kind, column = said.get("type"), said.get("column")
            operator = kind.path[-1] if isinstance(kind, Ref) else None
        elif root[:1] == ("*",) and len(root) == 2 and step.arguments:
            operator, column = root[1], step.arguments[0]
        else:
            return ()
        made = spell(self._follower, path, column, frame) if column is not None else None
        named = parse_column(made.text, made.locate) if made is not None else None
        if named is None or operator is None:
            return ()
        given = said.get("value", said.get("values"))
        values = values_of(path, given, frame, self._follower) if given is not None else ()
        return (Filter(named.column, FILTERS.get(operator, operator), named.place, (), values),)


def _trail(chain: Chain, index: int) -> list[str]:
    """Return the words that stand before a step."""
    written = chain.root.path if isinstance(chain.root, Ref) else ()
    return [*written, *(step.name for step in chain.steps[:index])]


def _former(said: dict[str, tuple[str, Value, Frame | None]]) -> tuple[Former, ...]:
    path, value, _ = said.get(FORMER, ("", None, None))
    items = value.items if isinstance(value, Array) else ()
    refs = [item for item in items if isinstance(item, Ref)]
    return tuple(Former(ref.path[0], Place(path, ref.start, ref.end), STANDS_IN in ref.path[1:]) for ref in refs)


def _or_none(names: set[str]) -> list[str | None]:
    return [*sorted(names)] or [None]
