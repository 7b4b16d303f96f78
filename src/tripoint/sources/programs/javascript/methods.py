"""What the language's own functions and methods give for values that are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tripoint.model.name import quote_literal
from tripoint.sources.programs import tables
from tripoint.sources.programs.javascript.values import Described, Function, Link, Ref, SqlText, Value, joined, truth
from tripoint.sources.programs.steps import Choice
from tripoint.sources.programs.values import is_known_text
from tripoint.sources.programs.written import Text
from tripoint.sql.system_views import HOLE
from tripoint.sql.values import HOLE_CHARACTER

if TYPE_CHECKING:
    from tripoint.sources.programs.javascript.run import Run

__all__ = ["method_of"]

_TEXT: dict[str, Callable[[str], str]] = {
    "trim": str.strip,
    "toLowerCase": str.lower,
    "toUpperCase": str.upper,
    "trimEnd": str.rstrip,
}
_AT_ONCE = frozenset(["Promise.all", "Promise.allSettled", "Promise.resolve", "Object.freeze"])


def method_of(run: Run, receiver: Value, link: Link) -> Any:
    """Return what a property or method of a value gives; NotImplemented where the language has none of that name."""
    if isinstance(receiver, Ref):
        return _static(run, f"{receiver.path}.{link.name}", link)
    if isinstance(receiver, list):
        return _of_list(run, receiver, link)
    if isinstance(receiver, str):
        return _of_text(receiver, link)
    if isinstance(receiver, dict) and link.arguments is None:
        return HOLE if HOLE_CHARACTER in receiver else None
    if isinstance(receiver, Described) and (link.arguments is None or link.name == "hasOwnProperty"):
        column = link.name if link.arguments is None else link.argument(0)
        return tables.has_column(receiver.table, column) if is_known_text(column) else HOLE
    return NotImplemented


def _static(run: Run, path: str, link: Link) -> Any:
    first = link.argument(0)
    if path in _AT_ONCE:
        return first
    if isinstance(first, dict) and HOLE_CHARACTER not in first:
        if path == "Object.keys":
            return list(first)
        if path == "Object.values":
            return list(first.values())
        if path == "Object.entries":
            return [[key, value] for key, value in first.items()]
    if path.startswith("console."):
        return None
    if path in ("kysely.sql.raw", "kysely.sql.lit", "kysely.sql.val", "kysely.sql.literal"):
        raw = path.endswith(".raw")
        if isinstance(first, str):
            return SqlText(first if raw or not is_known_text(first) else quote_literal(first))
        return SqlText(joined([first], link.span))
    if path == "kysely.sql.id" and link.arguments:
        parts = [one if is_known_text(one) else HOLE_CHARACTER for one in link.arguments]
        return SqlText(Text(".".join('"' + part.replace('"', '""') + '"' for part in parts), link.span))
    if path in ("kysely.sql.ref", "kysely.sql.table") and is_known_text(first):
        return SqlText(Text(".".join('"' + part.replace('"', '""') + '"' for part in first.split(".")), link.span))
    return NotImplemented


def _of_list(run: Run, items: list[Value], link: Link) -> Any:
    first = link.argument(0)
    if link.name == "length" and link.arguments is None:
        return len(items)
    if link.arguments is None:
        return HOLE
    if link.name in ("forEach", "map", "flatMap") and isinstance(first, Function):
        found = [run.invoke(first, [item, at]) for at, item in enumerate(items)]
        return found if link.name == "map" else [run.flush(one) for one in found]
    if link.name == "filter" and isinstance(first, Function):
        said = [truth(run.invoke(first, [item])) for item in items]
        return [i for i, s in zip(items, said, strict=True) if s] if all(isinstance(s, bool) for s in said) else HOLE
    if link.name == "reduce" and isinstance(first, Function):
        for item in items:
            run.add(Choice('"the list is gone through"', _apart(run, first, [HOLE, item]), []))
        return HOLE
    if link.name == "join":
        between = first if isinstance(first, str) else ","
        parts: list[Value] = []
        for item in items:
            parts += [between, item] if parts else [item]
        return joined(parts, link.span)
    if link.name == "push":
        items += link.arguments
        return len(items)
    if link.name == "concat":
        return [*items, *(one for given in link.arguments for one in (given if isinstance(given, list) else [given]))]
    if link.name == "includes" and is_known_text(first):
        return first in items
    return NotImplemented


def _apart(run: Run, function: Function, arguments: list[Value]) -> list[Any]:
    outer, run.steps = run.steps, []
    run.flush(run.invoke(function, arguments))
    steps, run.steps = run.steps, outer
    return steps


def _of_text(text: str, link: Link) -> Any:
    if link.arguments is None:
        return HOLE if link.name != "length" or HOLE_CHARACTER in text else len(text)
    span = text.span if isinstance(text, Text) else link.span
    if link.name in _TEXT and not link.arguments:
        return Text(_TEXT[link.name](text), span)
    if link.name in ("toString", "valueOf", "slice") and not link.arguments:
        return text
    if link.name == "concat":
        return joined([text, *link.arguments], span)
    if link.name == "split" and is_known_text(link.argument(0)) and link.argument(0) and HOLE_CHARACTER not in text:
        return [Text(part, span) for part in text.split(link.argument(0))]
    known = len(link.arguments) == 2 and all(is_known_text(one) for one in link.arguments)
    if link.name in ("replace", "replaceAll") and known:
        times = 1 if link.name == "replace" else -1
        return Text(text.replace(link.arguments[0], link.arguments[1], times), span)
    return NotImplemented
