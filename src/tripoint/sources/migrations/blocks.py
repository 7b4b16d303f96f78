"""DO blocks: what they run is applied statement by statement, and what can't be told of them is said."""

from __future__ import annotations

import re
from collections.abc import Callable

from tripoint.model.catalog import Function
from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.sources.migrations.dependents import Object
from tripoint.sources.migrations.drops import drop_objects
from tripoint.sources.migrations.opaque import opaque_statement
from tripoint.sources.migrations.state import Context, State
from tripoint.sql.definitions import split_path
from tripoint.sql.effects import Effect, Undecided
from tripoint.sql.evaluate import evaluate_do, run_call, run_do
from tripoint.sql.extent import Extents
from tripoint.sql.facts import Node, Origin, Statement
from tripoint.sql.grammar import Refusal, parse_statement

__all__ = ["Apply", "run_block", "run_function"]

_DROPS_FOUND_CHECKS = regex(r"^(?=.*\bdrop\s+constraint\b)(?=.*(?:\bcontype\s*=\s*'c'|\bcheck\b))", re.I | re.S)
_WORD = regex(r"\w+")

Apply = Callable[[State, Context, str, Node], None]


def run_block(state: State, context: Context, node: Node, apply: Apply) -> None:
    """Apply what a DO block does. Nothing of a block that ends in an exception holds."""
    options = {item["DefElem"]["defname"]: item["DefElem"].get("arg", {}) for item in node.get("args", ())}
    body = options.get("as", {}).get("String", {}).get("sval", "")
    language = options.get("language", {}).get("String", {}).get("sval", "plpgsql")
    path = tuple(state.path_schemas())
    if evaluate_do(body, language, state.lookup(), path, state.budget).raises:
        state.refuse(context, "the block ends in an exception")
        return
    start = _body_start(context, body)
    for step in run_do(body, language, state.lookup, path, state.budget):
        if step is None:
            state.cannot_tell(context, "the block may end in an exception")
        elif isinstance(step, Effect):
            _apply(state, context, step, start, apply)
        else:
            place = _place(context, start, step.start, step.end)
            text, touched = context.statement.text, step.may_touch
            state.opaque.append(opaque_statement(state.catalog, text, place, step.reason, touched, step.columns))
            _drop_checks(state, context, step.may_touch or frozenset())


def run_function(state: State, context: Context, function: Function, call: Node, apply: Apply) -> None:
    """Apply what the call of a function does; what can't be told of it is said once for the call."""
    outer = state.search_path
    if "search_path" in function.settings:
        state.search_path = split_path(function.settings["search_path"])
    before, path = state.lookup(), tuple(state.path_schemas())
    if any(step is None for step in run_call(function, call, lambda: before, path, state.budget)):
        state.refuse(context, f"{function.name} ends in an exception")
        state.search_path = outer
        return
    unknown: list[Undecided] = []
    for step in run_call(function, call, state.lookup, path, state.budget):
        if step is None:
            state.cannot_tell(context, f"calls {function.name}, which may end in an exception")
        elif isinstance(step, Effect):
            _apply(state, context, step, None, apply)
        else:
            unknown.append(step)
    state.search_path = outer
    if unknown:
        touched = [step.may_touch for step in unknown]
        known = None if None in touched else frozenset().union(*(names or () for names in touched))
        state.cannot_tell(context, f"calls {function.name}, which may create or change objects", known)


def _drop_checks(state: State, context: Context, touched: frozenset[str]) -> None:
    """Drop the checks that a block looks up in the catalog by what they say, to drop them by the names that it finds.

    What they say is known in the database's words alone. Of the tables that the block changes those checks go whose
    columns it names, or all where it names none of them: that they hold on is what it was written to end.
    """
    text = context.statement.text
    if not touched or not _DROPS_FOUND_CHECKS.search(text):
        return
    words = frozenset(_WORD.findall(text))
    for name, table in list(state.catalog.tables.items()):
        if not {str(name), name.name} & touched:
            continue
        checks = [one for one in table.constraints.values() if one.kind == "check" and not one.inherited]
        named = [one for one in checks if words.intersection(one.columns)]
        drop_objects(state, context, [Object("constraint", name, one.name) for one in named or checks], cascade=False)


def _body_start(context: Context, body: str) -> int | None:
    """Return the byte of the statement at which the body begins, where both agree byte for byte."""
    if context.built is not None:
        return None
    raw = body.encode("utf-8")
    token = next((token for token in context.extents.tokens if token.kind == "string"), None)
    if token is None or not raw:
        return None
    offset = token.text.find(raw)
    return token.start + offset if offset >= 0 else None


def _place(context: Context, body_start: int | None, start: int, end: int) -> Place:
    if body_start is None:
        return context.place
    return context.span(body_start + start, body_start + end)


def _apply(state: State, context: Context, effect: Effect, body_start: int | None, apply: Apply) -> None:
    read = parse_statement(effect.text)
    if read is None:
        return
    place = _place(context, body_start, effect.start, effect.end)
    if isinstance(read, Refusal):
        state.cannot_tell(context, f"the block runs what PostgreSQL refuses: {read.message}", None, place)
        return
    kind, node = read
    exact = effect.exact and body_start is not None
    origins: tuple[Origin, ...] = ()
    if exact and body_start is not None:
        origins = context.statement.part(body_start + effect.start, body_start + effect.end)
    statement = Statement(kind, node, place.start, place.end, effect.text, origins=origins)
    built = None if exact else place
    inner = Context(context.path, statement, Extents(effect.text), built, effect.caught, in_block=True)
    apply(state, inner, kind, node)
