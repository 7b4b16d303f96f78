"""Requests that call PostgREST by its address: `fetch(`${url}/rest/v1/orders?select=id&status=eq.paid`)`.

The path names the table or function, the query string what a client's methods would say, the method the operation, the
headers the schema. What is only known at run time stands as a hole, as in the strings of a client's calls.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import accumulate

from msgspec.structs import replace

from tripoint.model.place import Place, Problem
from tripoint.model.query import Argument, Filter, Query, Row, Written
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.sources.code.bounded import bounds
from tripoint.sources.code.clients.receivers import client_label
from tripoint.sources.code.clients.servers import server_names
from tripoint.sources.code.expand import Callers
from tripoint.sources.code.facts import Addressed, Chain, CodeFacts, Ref, Step, Template, Text, Value
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.payloads import payload
from tripoint.sources.code.postgrest import HOLE, parse_select
from tripoint.sources.code.postgrest_terms import parse_column, parse_filter_list, parse_order
from tripoint.sources.code.reaching import reaching
from tripoint.sources.code.reading import reading
from tripoint.sources.code.requests import VERBS, Asked, Requests, sends
from tripoint.sources.code.scene import At, Bound, FileScene, Frame
from tripoint.sources.code.spelled import Spelled, spell
from tripoint.sources.code.testcode import is_test_path

__all__ = ["Urls", "addressed_queries"]

_REST = regex(r"(?:^|/)rest/v1/")
_OWN_HOST = regex(
    r"^(?:\ufffc.*|/?|https?://(?:[^/]*(?:supabase|\ufffc)[^/]*|localhost|127\.0\.0\.1|kong|rest)(?::\d+)?)$"
)
_OWN_WORDS = regex(r"supabase|postgrest|\bsb_?url|apikey", re.IGNORECASE)
"""What an address or its headers are made from where the API is the database's."""
_WRAPPERS = frozenset({"parse", "URL", "Request", "new", "()", "tryParse", "replace", "from", "create"})
"""What makes an address or a request of a string."""
_SPELLERS = frozenset({"toString", "href"})
"""What says an address as a string: `url.toString()`."""
_FILTER = regex(
    r"(?:not\.)?(?:eq|neq|gte?|lte?|i?like|i?match|isdistinct|in|is|cs|cd|ov|sl|sr|nxr|nxl|adj|w?fts|plfts|phfts)\b"
)
_NO_COLUMN = regex(r"(?:^|\.)(?:select|order|limit|offset|columns|on_conflict|apikey|and|or)$")


class Urls:
    """Collects the queries of requests that are sent to the database's API by its address."""

    def __init__(self, follower: Follower, callers: Callers, problem: Callable[[str, int, int, str], None]) -> None:
        self._follower = follower
        self._requests = Requests(follower)
        self._callers = callers
        self._problem = problem
        self._read: dict[str, list[tuple[int, int]]] = {}
        """By file, where the addresses stand that were read."""
        self._seen: set[tuple[str, int]] = set()
        self._open: dict[str, list[int]] = {}
        self.queries: list[Query] = []

    def read(self, scene: FileScene) -> None:
        """Add the queries of a file's requests."""
        for chain in scene.chains:
            for index, step in enumerate(chain.steps):
                if step.call_end and (scene.path, step.start) not in self._seen and sends(chain, index):
                    for where, value, frame in self._addresses(scene, chain, index):
                        self._request(scene, chain, index, where, value, frame)

    def finish(self, scene: FileScene) -> None:
        """Say which addresses of the API in a file were not read as requests."""
        read = sorted((start - 8, end) for start, end in self._read.get(scene.path, ()))
        ends = list(accumulate((end for _, end in read), max))
        left = [
            at for at in scene.facts.urls if not ((before := bisect_left(read, (at + 1, 0))) and ends[before - 1] >= at)
        ]
        left = sorted({*left, *self._open.get(scene.path, ())})
        if left:
            more = f" (nor from {counted(len(left) - 1, 'other place')} of this file)" if len(left) > 1 else ""
            said = f"what is asked of the database's API from this address is not followed{more}"
            reason = f"{said}: it is held against nothing"
            self._problem(scene.path, left[0], left[0] + len("rest/v1"), reason)

    # Which strings are addresses

    def _addresses(self, scene: FileScene, chain: Chain, index: int) -> Iterator[tuple[str, Value, Frame | None]]:
        step = chain.steps[index]
        named = [entry.value for entry in step.named if entry.key in ("url", "uri", "path", "string", "urlString")]
        for given in (*step.arguments[:3], *named):
            if isinstance(given, Chain) and sends(given, 0):
                continue  # `fetch(new Request(address))` asks once
            for where, value, frame in self._strings(scene.path, given, 0):
                made = spell(self._follower, where, value, frame)
                if made is not None and _REST.search(made.text):
                    yield where, value, frame

    def _strings(self, path: str, value: Value, depth: int) -> Iterator[tuple[str, Value, Frame | None]]:
        """Yield the strings that an argument comes from, also by way of `new URL(…)` and `Uri.parse(…)`."""
        if isinstance(value, (Text, Template)):
            yield path, value, None
        elif isinstance(value, Chain) and depth < 4:
            if value.steps[0].name in _WRAPPERS and value.steps[0].call_end:
                first = value.steps[0]
                for given in (*first.arguments[:2], *(entry.value for entry in first.named)):
                    yield from self._strings(path, given, depth + 1)
            elif value.steps[-1].name in _SPELLERS and len(value.steps) == 1:
                yield from self._strings(path, value.root, depth + 1)
        elif isinstance(value, Ref) and depth < 4:
            found = self._follower.strings(path, value, None)
            yield from found
            scene = self._follower.scene(path)
            if found or scene is None or value.path[1:] not in ((), ("href",)):
                return
            for binding in reaching(scene, scene.held(value), value.start):
                if binding.value is not None and not binding.path:
                    yield from self._strings(path, binding.value, depth + 1)

    # One request

    def _request(
        self, scene: FileScene, chain: Chain, index: int, where: str, value: Value, frame: Frame | None
    ) -> None:
        made = spell(self._follower, where, value, frame)
        found = _REST.search(made.text) if made is not None else None
        if made is None or found is None:
            return
        step = chain.steps[index]
        self._seen.add((scene.path, step.start))
        address = made.locate(found.start(), found.end())
        self._read.setdefault(address.path, []).append((address.start, address.end))
        if not _OWN_HOST.match(made.text[: found.start()]):
            return
        asked = self._requests.asked(scene, chain, index)
        words = self._words(where, value, frame, 0)
        certain = "apikey" in asked.keys or bool(_OWN_WORDS.search(words)) or "supabase" in made.text[: found.start()]
        certain = certain or (not found.start() and "supabase" in scene.path.lower())  # a path, whose host stands apart
        first = len(self.queries)
        if not self._query(scene, chain, step, made, found.end(), asked, certain, None) and not self._by_callers(
            scene, chain, index, where, value, certain
        ):
            self._open.setdefault(scene.path, []).append(address.start)
        if server := server_names(words):
            self.queries[first:] = [replace(query, server=server) for query in self.queries[first:]]

    def _by_callers(self, scene: FileScene, chain: Chain, index: int, where: str, value: Value, certain: bool) -> bool:
        """Add the queries of a request whose path is given by who calls its function; False where none says it."""
        calls = [
            (call, spelled)
            for bound in self._parameters(where, value)
            for call in self._callers.of(bound)
            if (spelled := spell(self._follower, where, value, call.frame)) is not None
        ]
        resolved = False
        for call, spelled in calls:
            at = _REST.search(spelled.text)
            caller = self._follower.scene(call.path)
            if at is not None and caller is not None:
                here = self._requests.asked(scene, chain, index, call.frame)
                made_here = self._query(caller, call.chain, call.step, spelled, at.end(), here, certain, call.frame)
                resolved = resolved or made_here
        return resolved

    def _words(self, path: str, value: Value, frame: Frame | None, depth: int) -> str:
        """The names that an address is made from."""
        if isinstance(value, Text):
            return value.value.partition("?")[0]
        if isinstance(value, Template) and depth < 4:
            return " ".join(self._words(path, part, frame, depth + 1) for part in value.parts)
        words = [reading(self._follower, path, frame).words(value)]
        if depth < 4:
            followed = self._follower.strings(path, value, frame)
            words += [self._words(where, one, inner, depth + 1) for where, one, inner in followed]
        return " ".join(words)

    def _parameters(self, path: str, value: Value) -> list[At]:
        """Return the parameters that the address takes behind its fixed part."""
        parts = value.parts if isinstance(value, Template) else ()
        behind = False
        for part in parts:
            if behind:
                return [at for at in self._follower.evaluate(path, part) if isinstance(at.thing, Bound)]
            behind = isinstance(part, Text) and part.value.endswith(("/rest/v1/", "/rpc/"))
        return []

    def _query(
        self,
        scene: FileScene,
        chain: Chain,
        step: Step,
        made: Spelled,
        start: int,
        asked: Asked,
        certain: bool,
        frame: Frame | None,
    ) -> bool:
        """Add the query of one address, whose path begins at `start`; False where what it names is not known."""
        target, _, _ = made.text[start:].partition("?")
        kind = "function" if target.startswith("rpc/") else "table"
        begin = start + (4 if kind == "function" else 0)
        name = made.text[begin : start + len(target)].rstrip("/")
        if not name and HOLE not in target:
            return True  # the API's own description
        if not re.fullmatch(r"\w+", name):
            return False
        operation = VERBS.get((asked.method or "get").lower(), "select")
        if operation == "insert" and "resolution=" in asked.prefer:
            operation = "upsert"
        role, reason = asked.role
        query = Query(
            kind="function" if kind == "function" else "table",
            name=name,
            place=made.locate(begin, begin + len(name)),
            call=Place(scene.path, chain.start, chain.end),
            client=client_label(None, scene.facts.language).replace("supabase", "http"),
            operation="call" if kind == "function" else operation,
            schema=asked.schema,
            symbol=scene.symbol(step.start),
            test=is_test_path(scene.path),
            certain=certain and asked.told,
            returning="return=representation" in asked.prefer,
            ignore_duplicates="ignore-duplicates" in asked.prefer,
            role=role,  # type: ignore[arg-type]
            role_reason=reason,
        )
        query = self._with_parameters(query, made, start + len(target) + 1)
        for parameter in asked.parameters:
            query = self._with_parameters(query, parameter, 0)
        if not asked.told and query.select is not None:
            query = replace(query, certain=certain)  # whatever sends it, these columns are asked for
        elif not asked.told and certain:
            self._open.setdefault(scene.path, []).append(query.place.start)
        if operation in ("insert", "update", "upsert") or kind == "function":
            written: list[Written] = []
            whole = bool(asked.body)
            for where, value, given in asked.body:
                keys, complete = payload(where, value, given or frame, self._follower)
                written += keys
                whole = whole and complete
            if kind == "function":
                arguments = tuple(Argument(one.column, one.place, one.value) for one in written)
                query = replace(query, arguments=arguments, arguments_complete=whole)
            else:
                rows = () if whole else tuple(self._bounded(asked, frame, written, query.place))
                query = replace(query, written=tuple(written), written_complete=whole, rows=rows)
        self.queries.append(query)
        return True

    def _bounded(self, asked: Asked, frame: Frame | None, written: list[Written], place: Place) -> Iterator[Row]:
        """Yield the one row that a request writes where all columns are told that it may have."""
        if len(asked.body) == 1:
            ((where, value, given),) = asked.body
            columns = bounds(where, value, given or frame, self._follower)
            if columns is not None:
                yield Row(tuple(sorted(columns | {one.column for one in written})), place)

    def _with_parameters(self, query: Query, made: Spelled, start: int) -> Query:
        filters = list(query.filters)
        select = query.select
        at = start
        for part in made.text[start:].split("&"):
            key, equals, value = part.partition("=")
            here, at = at, at + len(part) + 1
            begin = here + len(key) + 1
            if not equals or HOLE in key or "%" in part or "+" in part:
                continue
            moved = _moved(made, begin)
            if key == "select":
                select = parse_select(value, moved)
            elif key == "order":
                filters += parse_order(value, moved).filters
            elif key == "on_conflict" and HOLE not in value:
                columns = tuple(one.strip() for one in value.split(",") if one.strip())
                query = replace(query, conflict=columns, conflict_place=made.locate(begin, begin + len(value)))
            elif key in ("or", "and", "not.or", "not.and"):
                if value.startswith("(") and value.endswith(")"):
                    listed = parse_filter_list(value[1:-1], _moved(made, begin + 1)).filters
                    filters += [replace(one, required=False) for one in listed] if key.startswith("not.") else listed
            elif not _NO_COLUMN.search(key) and _FILTER.match(value):
                # `column=eq.value` differs from a condition of `or` in its first separator alone.
                whole = parse_filter_list(f"{key}.{value}", _moved(made, here)).filters if "." not in key else ()
                column = parse_column(key, _moved(made, here))
                if whole:
                    filters += [_as_written(one) for one in whole]
                elif column is not None:
                    operator = value.removeprefix("not.").partition(".")[0].partition("(")[0]
                    filters.append(Filter(column.column, operator, column.place, column.path, (), column.json_path))
        return replace(query, select=select, filters=tuple(filters))


def addressed_queries(path: str, facts: CodeFacts, scene: FileScene | None) -> tuple[list[Query], Problem | None]:
    """Return the buckets and edge functions that a file asks for by their address, and what is said of the others."""
    queries: list[Query] = []
    left: list[Addressed] = []
    for one in facts.addressed:
        if one.name is None:
            left.append(one)
            continue
        place = Place(path, one.start, one.end)
        queries.append(
            Query(
                kind=one.kind,
                name=one.name,
                place=place,
                call=place,
                client=client_label(None, facts.language).replace("supabase", "http"),
                operation="call" if one.kind == "edge-function" else "select",
                symbol=scene.symbol(one.start) if scene is not None else None,
                test=is_test_path(path),
                certain=one.own,
            )
        )
    if not left:
        return queries, None
    what = "the bucket" if left[0].kind == "bucket" else "the edge function"
    more = f" (and {counted(len(left) - 1, 'other')} in this file)" if len(left) > 1 else ""
    reason = f"{what} of this address{more} is only known at run time: it is held against nothing"
    return queries, Problem("unresolved", left[0].start, left[0].end, reason)


def _as_written(condition: Filter) -> Filter:
    """Return a condition with those values alone that stand behind its column: a variable's first may have changed."""
    place = condition.place
    near = [
        value
        for value in condition.values
        if value.value
        and value.place.path == place.path
        and place.end < value.place.start <= place.end + len(".not.isdistinct.(")
    ]
    return replace(condition, values=tuple(near) if len(near) == len(condition.values) else ())


def _moved(made: Spelled, by: int) -> Callable[[int, int], Place]:
    return lambda start, end: made.locate(start + by, end + by)
