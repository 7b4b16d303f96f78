"""The steps of one query → its select, filters, payload and arguments."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from tripoint.model.place import Place
from tripoint.model.query import Argument, Field, Operation, Query, Row, Select, Written
from tripoint.sources.code.bounded import bounds
from tripoint.sources.code.clients.methods import OPERATIONS
from tripoint.sources.code.clients.receivers import word_of
from tripoint.sources.code.conditions import Conditions, Link, argument_of, filters_by, is_go, read_condition
from tripoint.sources.code.facts import (
    Array,
    Choice,
    Function,
    Object,
    Plain,
    Ref,
    Template,
    Text,
    Value,
)
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.payloads import payload
from tripoint.sources.code.postgrest import parse_select
from tripoint.sources.code.scene import At, Frame
from tripoint.sources.code.spelled import spell

__all__ = ["Link", "complete", "names_by", "payload_of", "with_asked"]

_OPTIONS = frozenset(["columns", "count", "head", "returning", "json", "values", "row", "rows", "data", "params", "fn"])
_ROWS = ("values", "json", "row", "value")
"""What a payload is called where it is a named argument."""
_PARAMETERS = ("params", "args", "parameters")
_WRITES = frozenset(["insert", "update", "upsert"])
_GO_WRITES = {"Upsert": 4, "Insert": 5}
"""How many arguments Go's client takes where it has no options: the conflict target, what is returned and the count are
the last three, and whether an insert is an upsert is the second one. Its `Rpc` takes the count before the arguments."""
_LOOSENING = frozenset(["not", "not_", "or"])
"""Steps without arguments after which a filter is negated (Python's `not_`) or one of several (Kotlin's `or`)."""
_WAYS = 8
"""How many texts a template is written out to."""
_SPREADS = 2
"""How many spreads within spreads are looked into for what a row is made of."""


class _Parts(Struct):
    conditions: Conditions
    operation: Operation | None = None
    select: Select | None = None
    returning: bool = False
    filters_complete: bool = True
    written: list[Written] = field(default_factory=list)
    written_complete: bool = True
    written_varies: bool = False
    bounds: tuple[str, ...] | None = None
    """The columns that the row may have, where those are told although not all of them need be written."""
    conflict: tuple[str, ...] | None = None
    conflict_place: Place | None = None
    ignore_duplicates: bool = False


def complete(query: Query, links: list[Link], follower: Follower) -> Query:
    """Return the query with everything that its steps say."""
    if query.kind == "function":
        return _call(query, links, follower)
    parts = _Parts(Conditions(one_table=not query.alternatives))
    loose = False
    for link in links:
        word = word_of(link.step.name)
        if word in _LOOSENING and not link.step.arguments and not link.step.named:
            loose = True
            continue
        if not link.step.call_end:
            continue
        if word in OPERATIONS and not (word == "select" and _takes_function(link)):
            _operation(parts, OPERATIONS[word], link, follower)
        else:
            found = parts.conditions.filters
            before = len(found)
            if not read_condition(parts.conditions, word, link, follower) and filters_by(word, link.step):
                parts.filters_complete = False
            if loose:
                found[before:] = [replace(one, required=False) for one in found[before:]]
        loose = False
    return replace(
        query,
        operation=parts.operation or query.operation,
        select=_distinct(parts.select),
        filters=tuple(dict.fromkeys(parts.conditions.filters)),
        refused=tuple(dict.fromkeys(parts.conditions.refused)),
        filters_complete=parts.filters_complete,
        written=tuple(parts.written),
        written_complete=parts.written_complete,
        written_varies=parts.written_varies,
        rows=() if parts.bounds is None else (Row(parts.bounds, query.place),),
        returning=parts.returning,
        conflict=parts.conflict,
        conflict_place=parts.conflict_place,
        ignore_duplicates=parts.ignore_duplicates,
    )


def _distinct(select: Select | None) -> Select | None:
    """Return a select with each term once: several ways may lead to one query."""
    if select is None:
        return None
    return replace(select, fields=tuple(dict.fromkeys(select.fields)), embeds=tuple(dict.fromkeys(select.embeds)))


def _takes_function(link: Link) -> bool:
    return bool(link.step.arguments) and isinstance(link.step.arguments[0], Function)


def payload_of(query: Query, link: Link) -> Value | None:
    """Return what a step of a query gives as its payload or as its arguments; None where it gives none."""
    if query.kind == "function":
        return argument_of(link.step, 1, *_PARAMETERS) if link.step.name == "rpc" else None
    if OPERATIONS.get(word_of(link.step.name)) not in _WRITES or not link.step.call_end:
        return None
    return argument_of(link.step, 0, *_ROWS)


def names_by(link: Link) -> Value | None:
    """Return what a step takes columns from, a select list or the column of a filter; None where it takes none."""
    word = word_of(link.step.name)
    if not link.step.call_end or (word == "select" and _takes_function(link)):
        return None
    if word == "select":
        return argument_of(link.step, 0, "columns")
    return argument_of(link.step, 0, "column", "field") if filters_by(word, link.step) else None


def with_asked(query: Query, links: Iterable[Link], follower: Follower) -> Query:
    """Return the query with what steps ask for on some ways that lead to it."""
    selects = [] if query.select is None else [query.select]
    conditions = Conditions()
    for link in links:
        word = word_of(link.step.name)
        if word == "select":
            made = _select(None, link, follower)
            selects += [] if made is None else [replace(made, complete=False)]
        else:
            read_condition(conditions, word, link, follower)
    return replace(
        query,
        select=_distinct(_joined(selects)) if selects else None,
        filters=tuple(dict.fromkeys((*query.filters, *(replace(one, required=False) for one in conditions.filters)))),
        refused=tuple(dict.fromkeys((*query.refused, *conditions.refused))),
    )


def _operation(parts: _Parts, operation: Operation, link: Link, follower: Follower) -> None:
    step = link.step
    if operation == "select":
        if parts.operation in (None, "select"):
            parts.operation = "select"
        else:
            parts.returning = True
        parts.select = _select(parts.select, link, follower, parts.conditions.one_table)
        return
    if operation == "insert" and len(step.arguments) == _GO_WRITES["Insert"] and _is_true(step.arguments[1]):
        operation = "upsert" if is_go(link, follower) else operation
    parts.operation = operation
    if operation in _WRITES:
        row = argument_of(step, 0, *_ROWS)
        if row is None:
            parts.written_complete = False
        else:
            varies = _varies(link.path, row, link.frame, follower)
            keys, whole = payload(link.path, row, link.frame, follower, parts.conditions.one_table)
            if varies and not parts.conditions.one_table:  # which row goes with which table is open
                keys, whole = [], False
            elif not parts.conditions.one_table:  # and which value of a condition's
                keys = [replace(key, others=()) for key in keys]
            parts.written.extend(keys)
            parts.written_complete = parts.written_complete and whole and not step.spread
            parts.written_varies = varies
            if not parts.written_complete and parts.conditions.one_table:
                columns = bounds(link.path, row, link.frame, follower)
                parts.bounds = None if columns is None else tuple(sorted(columns | {one.column for one in keys}))
    if operation == "upsert":
        _conflict(parts, link, follower)


def _varies(path: str, row: Value, frame: Frame | None, follower: Follower, depth: int = 0) -> bool:
    """Whether rows of several kinds may be written, or one that spreads a value of several kinds."""
    rows = [
        one
        for at in follower.evaluate(path, row, frame)
        for one in _each(at, follower)
        if isinstance(one.thing, Object)
    ]
    if len({_keys(at.thing) for at in rows if isinstance(at.thing, Object)}) > 1:
        return True
    return depth < _SPREADS and any(
        _varies(at.path, spread, at.frame, follower, depth + 1)
        for at in rows
        if isinstance(at.thing, Object)
        for spread in at.thing.spreads
    )


def _each(at: At, follower: Follower) -> Iterable[At]:
    """Return the rows of a list, or the one thing that is no list."""
    if not isinstance(at.thing, Array):
        return (at,)
    return [one for item in at.thing.items for one in follower.evaluate(at.path, item, at.frame)]


def _keys(row: Object) -> frozenset[str]:
    return frozenset(entry.key for entry in row.entries)


def _select(known: Select | None, link: Link, follower: Follower, one_table: bool = True) -> Select | None:
    step = link.step
    argument = argument_of(step, 0, "columns")
    if argument is None or isinstance(argument, Object):
        here = Place(link.path, step.start, step.end)
        return Select((Field("*", here),))
    if len(step.arguments) > 1 and all(isinstance(part, Text) for part in step.arguments):
        # Clients of Python take the columns one by one.
        return _joined(_parsed(link.path, part, link.frame, follower) for part in step.arguments)
    lists = _lists(argument, link, follower)
    if len(lists) > 1 and not one_table:  # which list goes with which table is open
        return Select(complete=False)
    selects = [_parsed(path, option, frame, follower) for path, option, frame in lists]
    return _joined(selects if known is None else [known, *selects])


def _lists(argument: Value, link: Link, follower: Follower) -> list[tuple[str, Value, Frame | None]]:
    """Return the select lists that an argument may be; the argument where those are not all written out."""
    options = argument.options if isinstance(argument, Choice) else (argument,)
    held = follower.evaluate(link.path, argument, link.frame) if isinstance(argument, Ref) else ()
    written = [(at.path, at.thing, at.frame) for at in held if isinstance(at.thing, (Text, Template))]
    if len(written) == len(held) > 1:
        return [*written]
    return [(link.path, each, link.frame) for option in options for each in _written_out(option)]


def _written_out(value: Value) -> list[Value]:
    """Return the texts that a template is where parts of it are conditions: `id, ${all ? 'body' : 'title'}`."""
    made = [value]
    for number, part in enumerate(value.parts) if isinstance(value, Template) and value.tag is None else ():
        if isinstance(part, Choice) and len(made) * len(part.options) <= _WAYS:
            made = [
                replace(one, parts=(*one.parts[:number], option, *one.parts[number + 1 :]))
                for one in made
                if isinstance(one, Template)
                for option in part.options
            ]
    return made


def _joined(selects: Iterable[Select]) -> Select:
    """Return what several select lists ask for together."""
    parts = tuple(selects)
    refused = next((part for part in parts if part.refused is not None), None)
    return Select(
        tuple(one for part in parts for one in part.fields),
        tuple(one for part in parts for one in part.embeds),
        all(part.complete for part in parts),
        None if refused is None else refused.refused,
        None if refused is None else refused.refused_at,
    )


def _parsed(path: str, value: Value, frame: Frame | None, follower: Follower) -> Select:
    made = spell(follower, path, value, frame)
    if made is None:
        return Select(complete=False)
    if not made.text.strip():
        return Select((Field("*", made.locate(0, 0)),))
    return parse_select(made.text, made.locate)


def _conflict(parts: _Parts, link: Link, follower: Follower) -> None:
    written: Value | None = None
    path, frame = link.path, link.frame
    for entry in link.step.named:
        if entry.key in ("on_conflict", "onConflict"):
            written = entry.value
        elif entry.key in ("ignore_duplicates", "ignoreDuplicates"):
            parts.ignore_duplicates = _is_true(entry.value)
    for argument in link.step.arguments[1:]:
        for at in follower.evaluate(link.path, argument, link.frame):
            for entry in at.thing.entries if isinstance(at.thing, Object) else ():
                if word_of(entry.key) in ("onConflict", "on_conflict"):
                    written, path, frame = entry.value, at.path, at.frame
                elif word_of(entry.key) in ("ignoreDuplicates", "ignore_duplicates"):
                    parts.ignore_duplicates = _is_true(entry.value)
    if is_go(link, follower) and len(link.step.arguments) == _GO_WRITES.get(link.step.name):
        written = link.step.arguments[-3]
    if written is None:
        return
    things = follower.evaluate(path, written, frame)
    # Of several, which one goes with this table is open; an empty one stands for the primary key.
    if len(things) == 1 and isinstance(things[0].thing, Text) and things[0].thing.value:
        parts.conflict = tuple(part.strip() for part in things[0].thing.value.split(",") if part.strip())
        parts.conflict_place = Place(path, written.start, written.end)


def _is_true(value: Value) -> bool:
    return isinstance(value, Plain) and value.kind == "boolean" and value.value.lower() == "true"


# Functions


def _call(query: Query, links: list[Link], follower: Follower) -> Query:
    """A function's call: its arguments, and what is asked of the rows that it gives."""
    arguments: list[Argument] = []
    whole = True
    step = links[0].step
    given = argument_of(step, 1, *_PARAMETERS)
    if len(step.arguments) > 2 and is_go(links[0], follower) and isinstance(step.arguments[1], (Text, Ref)):
        counted = follower.text(links[0].path, step.arguments[1], links[0].frame)
        given = step.arguments[2] if counted is not None else given
    path, frame = links[0].path, links[0].frame
    if given is not None and not (isinstance(given, Plain) and given.kind == "null"):
        keys, whole = payload(path, given, frame, follower)
        if isinstance(given, Object) and not given.entries and not given.spreads:
            whole = given.complete
        for key in keys:
            arguments.append(Argument(key.column, key.place, key.value))
    conditions = Conditions()
    select: Select | None = None
    for link in links[1:]:
        word = word_of(link.step.name)
        if word == "select" and link.step.call_end:
            select = _select(select, link, follower)
        elif link.step.call_end:
            read_condition(conditions, word, link, follower)
    return replace(
        query,
        operation="call",
        arguments=tuple(arguments),
        arguments_complete=whole and not step.spread,
        select=_distinct(select),
        filters=tuple(dict.fromkeys(conditions.filters)),
        refused=tuple(dict.fromkeys(conditions.refused)),
    )
