"""What the readers of several builders share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from tripoint.model.name import quote_literal
from tripoint.model.regex import regex
from tripoint.sources.programs.javascript.values import Link, SqlText, Value, handles_in, names_in
from tripoint.sources.programs.steps import ANYTHING
from tripoint.sources.programs.steps import Run as Sent
from tripoint.sources.programs.values import is_known_text
from tripoint.sources.programs.written import Sql
from tripoint.sql.system_views import HOLE
from tripoint.sql.values import HOLE_CHARACTER

if TYPE_CHECKING:
    from tripoint.sources.programs.javascript.run import Run

__all__ = ["NotTold", "flag", "label", "labels", "send", "sql_value", "unread"]

_NAME = regex(r"[\w$.-]{1,127}")


class NotTold(Exception):
    """A part of an operation can't be told; the message says which."""


def label(value: Value) -> str:
    """Return a name; raise NotTold where it is none that is known."""
    if is_known_text(value) and value:
        return value
    raise NotTold("a name can't be told")


def labels(value: Value) -> list[str]:
    """Return the names of a list, or the single one; raise NotTold where one is not known."""
    if isinstance(value, str):
        return [label(value)]
    if not isinstance(value, list) or not value:
        raise NotTold("names can't be told")
    return [label(one) for one in value]


def flag(value: Value) -> bool:
    """Return whether an option is set."""
    return value is True or (value is not HOLE and bool(value) and not isinstance(value, str | dict | list))


def sql_value(value: Value) -> str | None:
    """Return a value as SQL; None where it can't be told."""
    if isinstance(value, SqlText):
        return value.text if HOLE_CHARACTER not in value.text else None
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return quote_literal(value) if is_known_text(value) else None


def send(run: Run, link: Link, written: Callable[[], Iterable[Sql]]) -> None:
    """Send the statements that a call stands for, or say that it is not understood."""
    try:
        for sql in written():
            run.add(Sent(sql, link.head))
    except NotTold as error:
        unread(run, link, str(error))


def unread(run: Run, link: Link, reason: str) -> None:
    """Say that a call was not understood. What it names it may touch; with no name, anything."""
    texts = [text for text in names_in(list(link.arguments or ())) if _NAME.fullmatch(text)]
    known = frozenset([*texts, *(text.rpartition(".")[2] for text in texts)])
    named = known if known and not any(handles_in(one) for one in link.arguments or ()) else ANYTHING
    run.unclear(f"{link.name} of the builder is not understood: {reason}", link.span, named)
