"""The steps that filter and sort → conditions, order terms, and what PostgREST can't parse of them."""

from __future__ import annotations

from msgspec import Struct, field
from msgspec.structs import replace

from tripoint.model.place import Place
from tripoint.model.query import Filter
from tripoint.model.query import Value as Literal_
from tripoint.sources.code.clients.kotlin_builders import CONVERSION, PROPERTY
from tripoint.sources.code.clients.methods import FILTERS, REFERENCED_TABLE
from tripoint.sources.code.clients.receivers import word_of
from tripoint.sources.code.facts import (
    Array,
    Choice,
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
from tripoint.sources.code.literals import literal, values_of
from tripoint.sources.code.postgrest_terms import (
    TRUTHS,
    Terms,
    parse_column,
    parse_filter_list,
    parse_in_list,
    parse_order,
)
from tripoint.sources.code.scene import Frame
from tripoint.sources.code.spelled import Spelled, spell

__all__ = ["Conditions", "Link", "argument_of", "filters_by", "is_go", "read_condition"]

_FILTERS_BY_MORE = frozenset(["and", "filter", "filterNot", "match", "not", "not_", "or", "or_", "order"])
"""What filters or sorts beside the steps that are named after an operator."""
_CONTAINING = frozenset(["cs", "cd"])


class Link(Struct, frozen=True, eq=False):
    """A step of a query, and where its arguments are read."""

    path: str
    step: Step
    frame: Frame | None


class Conditions(Struct):
    """What the steps of a query filter and sort by."""

    one_table: bool = True
    """Whether the call is of one table alone: of several, a column that is one of some may be another's."""
    filters: list[Filter] = field(default_factory=list)
    refused: list[tuple[str, Place]] = field(default_factory=list)
    """What PostgREST complains of, each with its place."""

    def add(self, terms: Terms) -> None:
        """Add the terms of a text."""
        self.filters.extend(terms.filters)
        if terms.refused is not None:
            self.refused.append(terms.refused)


def argument_of(step: Step, index: int, *names: str) -> Value | None:
    """Return an argument of a step, by its place or by one of its names."""
    for entry in step.named:
        if entry.key in names:
            return entry.value
    return step.arguments[index] if index < len(step.arguments) else None


def filters_by(word: str, step: Step) -> bool:
    """Return whether a step filters or sorts by what its first argument names."""
    first = argument_of(step, 0, "column", "field")
    return (word in FILTERS or word in _FILTERS_BY_MORE) and first is not None and not isinstance(first, Function)


def read_condition(conditions: Conditions, word: str, link: Link, follower: Follower) -> bool:
    """Add what a step filters or sorts by; return whether it tells anything."""
    before = len(conditions.filters) + len(conditions.refused)
    _read(conditions, word, link, follower)
    return len(conditions.filters) + len(conditions.refused) > before


def _read(conditions: Conditions, word: str, link: Link, follower: Follower) -> None:
    found, step = conditions.filters, link.step
    if not step.arguments and not step.named:
        return
    first = _column_of(argument_of(step, 0, "column", "field"), follower)
    if word in ("or", "or_", "and"):
        made = spell(follower, link.path, first, link.frame) if first is not None else None
        if made is not None:
            conditions.add(parse_filter_list(made.text, made.locate, _referenced(link, follower)))
    elif word == "match":
        for at in follower.evaluate(link.path, first, link.frame) if first is not None else ():
            if isinstance(at.thing, Object):
                for entry in at.thing.entries:
                    place = Place(at.path, entry.start, entry.end)
                    column = parse_column(entry.key, lambda start, end, place=place: place)  # type: ignore[misc]
                    if column is not None:
                        values = values_of(at.path, entry.value, at.frame, follower)
                        found.append(Filter(column.column, "eq", place, column.path, values, column.json_path))
    elif conditions.one_table and (columns := _several(first, link, follower)) is not None:
        for path, option, frame in columns:
            one = Link(path, Step(link.step.name, link.step.start, link.step.end, (option,), call_end=1), frame)
            before = len(found)
            _read(conditions, word, one, follower)
            one_of = _is_handed(first, link, follower)
            found[before:] = [replace(each, required=False, one_of=one_of) for each in found[before:]]
    elif word == "order":
        _order(conditions, link, follower, first)
    elif word in ("not", "not_", "filter", "filterNot"):
        operator = _operator(link, argument_of(step, 1, "operator"), follower)
        if operator is not None and first is not None and not isinstance(first, Function):
            # Here PostgREST's own operators stand, and their values as PostgREST spells them.
            required = word == "filter" and not operator.startswith("not.")
            before = len(found)
            operator = operator.removeprefix("not.")
            value = argument_of(step, 2, "value", "criteria")
            _add(found, operator, link, follower, first, value, spelled=True)
            _ask_for_truth(conditions, operator, link, value)
            found[before:] = [replace(one, required=required) for one in found[before:]]
    elif word in FILTERS:
        value = argument_of(step, 1, "value", "values", "pattern", "query")
        _add(found, FILTERS[word], link, follower, first, value)
        _ask_for_truth(conditions, FILTERS[word], link, value)


def _ask_for_truth(conditions: Conditions, operator: str, link: Link, value: Value | None) -> None:
    """Note a text that `is` does not take, where it stands in the call."""
    if operator == "is" and isinstance(value, Text) and not value.value.strip().lower().startswith(TRUTHS):
        conditions.refused.append((f"`is` takes no {value.value}", Place(link.path, value.start, value.end)))


def _column_of(value: Value | None, follower: Follower) -> Value | None:
    """Return what names a column; of a property of Kotlin, its name in snake case unless a setting has it otherwise."""
    if not isinstance(value, Template) or value.tag != PROPERTY:
        return value
    return Opaque(value.start, value.end) if follower.names(CONVERSION, "kotlin") else value.parts[0]


def _order(conditions: Conditions, link: Link, follower: Follower, first: Value | None) -> None:
    """Read an order, of one column or of several with commas between."""
    if first is None or isinstance(first, (Function, Object, Array, Plain)):
        return
    made = spell(follower, link.path, first, link.frame)
    if made is not None:
        # Of Python's client, some versions add no direction where the call tells none.
        directed = not link.path.endswith(".py")
        conditions.add(parse_order(made.text, made.locate, _referenced(link, follower), directed))


def _several(value: Value | None, link: Link, follower: Follower) -> list[tuple[str, Text, Frame | None]] | None:
    """Return the columns of which a filter names one: `col = "seeker_id" if seeker else "therapist_id"`, without what a
    condition around it excludes.

    None where it is one alone, or where one of them is not told.
    """
    if not isinstance(value, (Ref, Choice)):
        return None
    every = follower.evaluate(link.path, value, link.frame)
    held = follower.left(link.path, value, every)
    columns = [
        (at.path, at.thing, at.frame)
        if at.thing.end  # of a type, it stands nowhere itself
        else (link.path, Text(at.thing.value, value.start, value.end, False), link.frame)
        for at in held
        if isinstance(at.thing, Text) and at.thing.value
    ]
    several = len(held) < len(every) or len({column.value for _, column, _ in columns}) > 1
    return columns if several and len(columns) == len(held) else None


def _is_handed(value: Value | None, link: Link, follower: Follower) -> bool:
    """Whether a function's callers hand over the column: with which of the operators in it, they say as well."""
    scene = follower.scene(link.path)
    held = scene.held(value) if scene is not None and isinstance(value, Ref) else []
    return any(binding.kind == "parameter" and binding.over is None for binding in held)


def _operator(link: Link, value: Value | None, follower: Follower) -> str | None:
    """Return PostgREST's operator as it is written: `'is'`, Swift's `.is`, Kotlin's `FilterOperator.IS`."""
    written = follower.text(link.path, value, link.frame)
    if written is None and isinstance(value, Ref) and value.path[0] in ("*", "FilterOperator"):
        written = value.path[-1].lower()
    return written


def _referenced(link: Link, follower: Follower) -> tuple[str, ...]:
    for entry in link.step.named:
        if entry.key in REFERENCED_TABLE or entry.key == "referencedTable":
            text = follower.text(link.path, entry.value, link.frame)
            return tuple(text.split(".")) if text else ()
    for argument in link.step.arguments[1:]:
        for at in follower.evaluate(link.path, argument, link.frame):
            if isinstance(at.thing, Object):
                for entry in at.thing.entries:
                    if word_of(entry.key) in REFERENCED_TABLE:
                        text = follower.text(at.path, entry.value, at.frame)
                        return tuple(text.split(".")) if text else ()
            elif isinstance(at.thing, Text) and is_go(link, follower):  # `Or("a.eq.1", "comments")`
                return tuple(at.thing.value.split(".")) if at.thing.value else ()
    return ()


def _add(
    found: list[Filter],
    operator: str,
    link: Link,
    follower: Follower,
    first: Value | None,
    value: Value | None,
    *,
    spelled: bool = False,
) -> None:
    if first is None or isinstance(first, (Function, Object, Array, Plain)):
        return
    made: Spelled | None = spell(follower, link.path, first, link.frame)
    if made is None:
        return
    text, locate = made.text, made.locate
    column = parse_column(text, locate)
    if column is None:
        return
    values = values_of(link.path, value, link.frame, follower) if value is not None else ()
    if spelled and operator == "in" and isinstance(value, (Text, Template)):
        in_list = spell(follower, link.path, value, link.frame)
        values = parse_in_list(in_list.text, in_list.locate) if in_list is not None else ()
    elif operator in _CONTAINING:
        values = _whole(link.path, value) or values
    elif spelled and operator == "in":
        values = tuple(one for one in values if not (one.value or "").lstrip().startswith("("))
    found.append(Filter(column.column, operator, column.place, column.path, values, column.json_path))


def _whole(path: str, value: Value | None) -> tuple[Literal_, ...]:
    """Return the list or object that a column is asked to contain, where it is written in place and is not empty."""
    some = isinstance(value, Object) or (isinstance(value, Array) and value.complete and bool(value.items))
    made = literal(path, value) if some and value is not None else None
    return (made,) if made is not None else ()


def is_go(link: Link, follower: Follower) -> bool:
    """Whether a step stands in Go."""
    scene = follower.scene(link.path)
    return scene is not None and scene.facts.language == "go"
