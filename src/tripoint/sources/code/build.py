"""The steps of one query → its select, filters, payload and arguments."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from tripoint.model.place import Place
from tripoint.model.query import Argument, Field, Filter, Operation, Query, Select, Written
from tripoint.model.query import Value as Literal_
from tripoint.sources.code.changes import assigned_to, taken_from
from tripoint.sources.code.clients.methods import FILTERS, OPERATIONS, REFERENCED_TABLE
from tripoint.sources.code.clients.receivers import word_of
from tripoint.sources.code.facts import (
    Array,
    Chain,
    Choice,
    Entry,
    Function,
    Object,
    Opaque,
    Plain,
    Ref,
    Step,
    Template,
    Text,
    Value,
)
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.postgrest import parse_column, parse_filter_list, parse_in_list, parse_select
from tripoint.sources.code.scene import At, Bound, Frame, Instance, Typed
from tripoint.sources.code.spelled import Spelled, spell

__all__ = ["Link", "complete", "literal", "payload"]

_OPTIONS = frozenset(["columns", "count", "head", "returning", "json", "values", "row", "rows", "data", "params", "fn"])
_WRITES = frozenset(["insert", "update", "upsert"])
_LITERALS = {"number": "number", "boolean": "boolean", "null": "null"}


class Link(Struct, frozen=True, eq=False):
    """A step of a query, and where its arguments are read."""

    path: str
    step: Step
    frame: Frame | None


class _Parts(Struct):
    operation: Operation | None = None
    select: Select | None = None
    returning: bool = False
    one_table: bool = True
    """Whether the call is of this table alone: else what is assigned to its payload by the way may be for another."""
    filters: list[Filter] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    written_complete: bool = True
    written_varies: bool = False
    conflict: tuple[str, ...] | None = None
    conflict_place: Place | None = None
    ignore_duplicates: bool = False


def literal(path: str, value: Value) -> Literal_ | None:
    """Return a literal value with its place, or None where it is no literal."""
    if isinstance(value, Text):
        return Literal_("string", value.value, Place(path, value.start, value.end))
    if isinstance(value, Plain) and value.kind in _LITERALS:
        return Literal_(_LITERALS[value.kind], value.value, Place(path, value.start, value.end))  # type: ignore[arg-type]
    if isinstance(value, Object):
        return Literal_("object", None, Place(path, value.start, value.end))
    if isinstance(value, Array):
        return Literal_("array", None, Place(path, value.start, value.end))
    return None


def complete(query: Query, links: list[Link], follower: Follower) -> Query:
    """Return the query with everything that its steps say."""
    if query.kind == "function":
        return _call(query, links, follower)
    parts = _Parts(one_table=not query.alternatives)
    for link in links:
        word = word_of(link.step.name)
        if not link.step.call_end:
            continue
        if word in OPERATIONS and not (word == "select" and _takes_function(link, follower)):
            _operation(parts, OPERATIONS[word], link, follower)
        else:
            _filters(parts.filters, word, link, follower)
    return replace(
        query,
        operation=parts.operation or query.operation,
        select=_distinct(parts.select),
        filters=tuple(dict.fromkeys(parts.filters)),
        written=tuple(parts.written),
        written_complete=parts.written_complete,
        written_varies=parts.written_varies,
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


def _takes_function(link: Link, follower: Follower) -> bool:
    return bool(link.step.arguments) and isinstance(link.step.arguments[0], Function)


def _argument(step: Step, index: int, *names: str) -> Value | None:
    for entry in step.named:
        if entry.key in names:
            return entry.value
    return step.arguments[index] if index < len(step.arguments) else None


def _operation(parts: _Parts, operation: Operation, link: Link, follower: Follower) -> None:
    step = link.step
    if operation == "select":
        if parts.operation in (None, "select"):
            parts.operation = "select"
        else:
            parts.returning = True
        parts.select = _select(parts.select, link, follower)
        return
    parts.operation = operation
    if operation in _WRITES:
        row = _argument(step, 0, "values", "json", "row", "value")
        if row is None:
            parts.written_complete = False
        else:
            rows = [at.thing for at in follower.evaluate(link.path, row, link.frame)]
            varies = len({_keys(one) for one in rows if isinstance(one, Object)}) > 1
            keys, whole = payload(link.path, row, link.frame, follower, parts.one_table)
            if varies and not parts.one_table:  # which row goes with which table is open
                keys, whole = [], False
            parts.written.extend(keys)
            parts.written_complete = parts.written_complete and whole and not step.spread
            parts.written_varies = varies
    if operation == "upsert":
        _conflict(parts, link, follower)


def _keys(row: Object) -> frozenset[str]:
    return frozenset(entry.key for entry in row.entries)


def _select(known: Select | None, link: Link, follower: Follower) -> Select | None:
    step = link.step
    argument = _argument(step, 0, "columns")
    if argument is None or isinstance(argument, Object):
        here = Place(link.path, step.start, step.end)
        return Select((Field("*", here),))
    if len(step.arguments) > 1 and all(isinstance(part, Text) for part in step.arguments):
        # Clients of Python take the columns one by one.
        return _joined(_parsed(link, part, follower) for part in step.arguments)
    options = argument.options if isinstance(argument, Choice) else (argument,)
    selects = [_parsed(link, option, follower) for option in options]
    return _joined(selects if known is None else [known, *selects])


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


def _parsed(link: Link, value: Value, follower: Follower) -> Select:
    made = spell(follower, link.path, value, link.frame)
    if made is None:
        return Select(complete=False)
    if not made.text.strip():
        return Select((Field("*", made.locate(0, 0)),))
    return parse_select(made.text, made.locate)


# Filters


def _filters(found: list[Filter], word: str, link: Link, follower: Follower) -> None:
    step = link.step
    if not step.arguments and not step.named:
        return
    first = _argument(step, 0, "column", "field")
    if word in ("or", "or_", "and"):
        made = spell(follower, link.path, first, link.frame) if first is not None else None
        if made is not None:
            listed = parse_filter_list(made.text, made.locate, _referenced(link, follower))
            found.extend(listed or ())
    elif word == "match":
        for at in follower.evaluate(link.path, first, link.frame) if first is not None else ():
            if isinstance(at.thing, Object):
                for entry in at.thing.entries:
                    place = Place(at.path, entry.start, entry.end)
                    column = parse_column(entry.key, lambda start, end, place=place: place)  # type: ignore[misc]
                    if column is not None:
                        values = _values(at.path, entry.value, at.frame, follower)
                        found.append(Filter(column.column, "eq", place, column.path, values, column.json_path))
    elif word == "order":
        _add(found, "order", link, follower, first, None, _referenced(link, follower))
    elif word in ("not", "not_", "filter"):
        operator = follower.text(link.path, _argument(step, 1, "operator"), link.frame)
        if operator is not None and first is not None and not isinstance(first, Function):
            # Here PostgREST's own operators stand, and their values as PostgREST spells them.
            operator = operator.removeprefix("not.")
            _add(found, operator, link, follower, first, _argument(step, 2, "value", "criteria"), spelled=True)
    elif word in FILTERS:
        _add(found, FILTERS[word], link, follower, first, _argument(step, 1, "value", "values", "pattern", "query"))


def _referenced(link: Link, follower: Follower) -> tuple[str, ...]:
    for entry in link.step.named:
        if entry.key in REFERENCED_TABLE or entry.key == "referencedTable":
            text = follower.text(link.path, entry.value, link.frame)
            return tuple(text.split(".")) if text else ()
    for argument in link.step.arguments[1:]:
        for at in follower.evaluate(link.path, argument, link.frame):
            if isinstance(at.thing, Object):
                for entry in at.thing.entries:
                    if entry.key in REFERENCED_TABLE:
                        text = follower.text(at.path, entry.value, at.frame)
                        return tuple(text.split(".")) if text else ()
    return ()


def _add(
    found: list[Filter],
    operator: str,
    link: Link,
    follower: Follower,
    first: Value | None,
    value: Value | None,
    path: tuple[str, ...] = (),
    *,
    spelled: bool = False,
) -> None:
    if first is None or isinstance(first, (Function, Object, Array, Plain)):
        return
    made: Spelled | None = spell(follower, link.path, first, link.frame)
    if made is None:
        return
    text, locate = made.text, made.locate
    if operator == "order" and "(" in text and text.endswith(")"):
        # Ordering by a column of an embedded relation may be written `relation(column)`.
        outer, _, inner = text[:-1].partition("(")
        offset = len(outer) + 1
        column = parse_column(inner, lambda start, end: locate(start + offset, end + offset))
        path = (*path, outer.strip())
    else:
        column = parse_column(text, locate)
    if column is None:
        return
    values = _values(link.path, value, link.frame, follower) if value is not None else ()
    if spelled and operator == "in" and isinstance(value, (Text, Template)):
        in_list = spell(follower, link.path, value, link.frame)
        values = parse_in_list(in_list.text, in_list.locate) if in_list is not None else ()
    elif spelled and operator == "in":
        values = tuple(one for one in values if not (one.value or "").lstrip().startswith("("))
    found.append(Filter(column.column, operator, column.place, (*path, *column.path), values, column.json_path))


def _values(path: str, value: Value, frame: Frame | None, follower: Follower) -> tuple[Literal_, ...]:
    made: list[Literal_] = []
    certain = _says_all(path, value, frame, follower)
    for at in follower.evaluate(path, value, frame):
        items = at.thing.items if isinstance(at.thing, Array) else (at.thing,)
        for item in items:
            if isinstance(item, (Ref, Choice)):
                sure = certain and _says_all(at.path, item, at.frame, follower)
                for inner in follower.evaluate(at.path, item, at.frame):
                    known = literal(inner.path, inner.thing) if isinstance(inner.thing, (Text, Plain)) else None
                    made.extend([replace(known, certain=sure)] if known is not None else [])
            elif isinstance(item, (Text, Plain)):
                known = literal(at.path, item)
                made.extend([replace(known, certain=certain)] if known is not None else [])
    return tuple(made)


def _says_all(path: str, value: Value, frame: Frame | None, follower: Follower) -> bool:
    """Whether everything that a value may be stands in the text: one literal, or a choice in place between literals.

    A name that is given several values is left out: which of them it holds here depends on the way that led here.
    """
    options = value.options if isinstance(value, Choice) else (value,)
    for option in options:
        things = follower.evaluate(path, option, frame)
        if len(things) != 1 or not isinstance(things[0].thing, (Text, Plain, Array)):
            return False
        if _is_returned(things[0], path, option, follower) or _may_change(things[0], path, option):
            return False
    return True


def _may_change(at: At, path: str, value: Value) -> bool:
    """Whether a name's literal is only what it begins with: an empty text, or what a component's template may bind."""
    if not isinstance(value, Ref) or not isinstance(at.thing, (Text, Plain)):
        return False
    empty = isinstance(at.thing, Text) and not at.thing.value
    return empty or (at.path == path and path.endswith(_COMPONENTS))


_COMPONENTS = (".vue", ".svelte")


def _is_returned(at: At, path: str, value: Value, follower: Follower) -> bool:
    """Whether a literal is what a function returns: it may return other things, too, that can't be followed."""
    scene = follower.scene(at.path)
    if scene is None or not isinstance(at.thing, (Text, Plain, Array, Object)):
        return False
    function = scene.function(scene.enclosing(scene.scope_at(at.thing.start), "function"))
    return function is not None and any(
        returned.start <= at.thing.start <= at.thing.end <= returned.end
        and not (path == at.path and returned.start <= value.start <= value.end <= returned.end)
        for returned in function.returns
    )


# Payloads


def payload(
    path: str, value: Value, frame: Frame | None, follower: Follower, with_assigned: bool = True
) -> tuple[list[Written], bool]:
    """Return the columns that a payload writes, and whether those are all."""
    found: list[Written] = []
    whole = True
    extra, extra_whole = _assigned(path, value, frame, follower)
    if extra and not with_assigned:
        extra, extra_whole = [], False
    things = follower.evaluate(path, value, frame)
    rows = 0
    for at in things:
        items = at.thing.items if isinstance(at.thing, Array) else (at.thing,)
        whole = whole and (not isinstance(at.thing, Array) or at.thing.complete)
        if isinstance(at.thing, Array) and not items:
            continue
        for item in items:
            rows += 1
            if isinstance(item, Object):
                whole = _object(at.path, item, at.frame, follower, found, set()) and whole
            elif isinstance(item, (Ref, Chain, Choice)):
                keys, inner = payload(at.path, item, at.frame, follower, with_assigned)
                found.extend(keys)
                whole = whole and inner
            elif isinstance(item, (Bound, Instance, Typed)):
                # Of several, which class it is may hang on what is not read here.
                row = follower.classes.row(At(at.path, item)) if len(things) == 1 else None
                written = row is not None and _object(row[0], row[1], None, follower, found, set())
                whole = whole and written
            elif not (isinstance(item, Plain) and item.kind == "null"):
                whole = False
    if isinstance(value, Ref):
        taken = taken_from(follower.scene(path), value)
        found = [_begun(written, path) for written in found if written.column not in taken and "*" not in taken]
        whole = whole and not taken
    found.extend(extra)
    # Where nothing tells what it begins with (an item of a list that is filled elsewhere), there is more.
    return _once(found), whole and extra_whole and bool(things) and bool(rows or extra)


def _begun(written: Written, path: str) -> Written:
    """Return what a row is written with that a name holds: empty texts, and a component's values, may be filled in."""
    known = written.value
    if known is None or not (known.value == "" or (known.place.path == path and path.endswith(_COMPONENTS))):
        return written
    return replace(written, value=replace(known, certain=False))


def _assigned(path: str, value: Value, frame: Frame | None, follower: Follower) -> tuple[list[Written], bool]:
    """Keys that are given to a payload after it was made: `row.name = …`, and rows that are pushed onto it."""
    found: list[Written] = []
    if not (isinstance(value, Ref) and len(value.path) == 1):
        return found, True
    whole = True
    for key, entry, place in assigned_to(follower.scene(path), value):
        if key == "*":
            whole = False
        elif key == "[]":
            for at in follower.evaluate(path, entry, frame):
                whole = (
                    isinstance(at.thing, Object)
                    and _object(at.path, at.thing, at.frame, follower, found, set())
                    and whole
                )
        else:
            found.append(Written(key, place, literal(path, entry)))
    return found, whole


def _object(
    path: str, value: Object, frame: Frame | None, follower: Follower, found: list[Written], seen: set[int]
) -> bool:
    if id(value) in seen:  # it is spread into itself
        return True
    seen.add(id(value))
    whole = value.complete
    scene = follower.scene(path)
    # What a class's field begins with, its methods may change.
    begins = scene is not None and scene.facts.scopes[scene.function_of(scene.scope_at(value.start))].kind == "class"
    for entry in value.entries:
        known = _written_value(path, entry, frame, follower)
        if known is not None and begins:
            known = replace(known, certain=False)
        found.append(Written(entry.key, Place(path, entry.start, entry.end), known))
    for spread in value.spreads:
        for at in follower.evaluate(path, spread, frame):
            if isinstance(at.thing, Object):
                whole = _object(at.path, at.thing, at.frame, follower, found, seen) and whole
            elif not (isinstance(at.thing, Plain) and at.thing.kind in ("null", "boolean")):
                whole = False
        extra, extra_whole = _assigned(path, spread, frame, follower)
        found.extend(extra)
        taken: frozenset[str] = taken_from(follower.scene(path), spread) if isinstance(spread, Ref) else frozenset()
        found[:] = [written for written in found if written.column not in taken and "*" not in taken]
        whole = whole and extra_whole and not taken
    return whole


def _written_value(path: str, entry: Entry, frame: Frame | None, follower: Follower) -> Literal_ | None:
    things = follower.evaluate(path, entry.value, frame)
    if len(things) != 1 or isinstance(things[0].thing, Opaque):
        return None
    at: At = things[0]
    if not isinstance(at.thing, (Text, Plain, Object, Array)):
        return None
    known = literal(at.path, at.thing)
    unsure = _is_returned(at, path, entry.value, follower) or _may_change(at, path, entry.value)
    return replace(known, certain=False) if known and unsure else known


def _once(found: list[Written]) -> list[Written]:
    seen: set[tuple[str, Place]] = set()
    kept: list[Written] = []
    for one in found:
        if (one.column, one.place) not in seen:
            seen.add((one.column, one.place))
            kept.append(one)
    return kept


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
                if entry.key in ("onConflict", "on_conflict"):
                    written, path, frame = entry.value, at.path, at.frame
                elif entry.key in ("ignoreDuplicates", "ignore_duplicates"):
                    parts.ignore_duplicates = _is_true(entry.value)
    if written is None:
        return
    things = follower.evaluate(path, written, frame)
    if len(things) == 1 and isinstance(things[0].thing, Text):  # of several, which one goes with this table is open
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
    given = _argument(step, 1, "params", "args")
    path, frame = links[0].path, links[0].frame
    if given is not None and not (isinstance(given, Plain) and given.kind == "null"):
        keys, whole = payload(path, given, frame, follower)
        if isinstance(given, Object) and not given.entries and not given.spreads:
            whole = given.complete
        for key in keys:
            arguments.append(Argument(key.column, key.place, key.value))
    parts = _Parts()
    for link in links[1:]:
        word = word_of(link.step.name)
        if word == "select" and link.step.call_end:
            parts.select = _select(parts.select, link, follower)
        elif link.step.call_end:
            _filters(parts.filters, word, link, follower)
    return replace(
        query,
        operation="call",
        arguments=tuple(arguments),
        arguments_complete=whole and not step.spread,
        select=_distinct(parts.select),
        filters=tuple(dict.fromkeys(parts.filters)),
    )
