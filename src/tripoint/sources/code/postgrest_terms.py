"""PostgREST's conditions and order terms, read with the place of every part (`pLogicTree`, `pOrder`)."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.place import Place
from tripoint.model.query import Filter, Value
from tripoint.sources.code.postgrest import DEPTH, HOLE, PLAIN, Dynamic, Locate, Malformed, Reader

__all__ = ["TRUTHS", "ColumnPath", "Terms", "parse_column", "parse_filter_list", "parse_in_list", "parse_order"]

_OPERATORS: Final = frozenset(
    {
        *("eq", "neq", "gt", "gte", "lt", "lte", "like", "ilike", "match", "imatch", "in", "is", "isdistinct"),
        *("cs", "cd", "ov", "sl", "sr", "nxr", "nxl", "adj", "fts", "plfts", "phfts", "wfts"),
    }
)
TRUTHS: Final = ("null", "not_null", "true", "false", "unknown")
"""What `is` takes, in any case."""
_DIRECTION: Final = re.compile(r"\s*(?:\.(?:asc|desc)(?![\w]))?(?:\.nulls(?:first|last)(?![\w]))?")


class ColumnPath(Struct, frozen=True):
    """A column of a filter or order term: of the table itself, or of the embedded relation that `path` leads to."""

    column: str
    place: Place
    path: tuple[str, ...] = ()
    json_path: str | None = None


def parse_column(text: str, locate: Locate) -> ColumnPath | None:
    """Parse the column of a filter: `name`, `data->>key`, `relation.column`. None where it is dynamic or no name."""
    plain = PLAIN.match(text)
    if plain is not None and plain.end() == len(text):
        return ColumnPath(plain[1], locate(*plain.span(1)))
    reader = Reader(text, locate)
    path: list[str] = []
    try:
        name, place = reader.name()
        while reader.take("."):
            path.append(name)
            name, place = reader.name()
        json_path = reader.json_path()
        reader.cast()
    except (Malformed, Dynamic):
        return None
    return ColumnPath(name, place, tuple(path), json_path) if reader.done else None


class Terms(Struct, frozen=True):
    """The conditions or order terms of a text. `refused` says what PostgREST complains of (PGRST100), and where."""

    filters: tuple[Filter, ...] = ()
    refused: tuple[str, Place] | None = None


def parse_filter_list(text: str, locate: Locate, path: tuple[str, ...] = ()) -> Terms:
    """Parse the conditions of `or`/`and`: `id.eq.1,and(name.ilike.*a*,not.done.is.true)`.

    A condition whose column is dynamic is left out. One of several, or a negated one, is not required of each row. What
    stands behind a parenthesis that closes nothing PostgREST ignores.
    """
    reader = Reader(text, locate)
    found: list[Filter] = []
    try:
        single = _conditions(reader, path, found, 0)
        if not reader.done and text[reader.at] not in (")", HOLE) and HOLE not in text:
            raise Malformed(f"unexpected {text[reader.at]!r}", reader.at)
    except Malformed as error:
        return _refused(text, locate, error)
    return Terms(tuple(one if single else replace(one, required=False) for one in found))


def _refused(text: str, locate: Locate, error: Malformed) -> Terms:
    """Return what is said of a text that can't be parsed; nothing behind what is only known at run time."""
    at = min(error.at, max(len(text) - 1, 0))
    if not text.strip() or HOLE in text[: at + 1]:
        return Terms()
    return Terms(refused=(str(error), locate(at, min(error.end or at + 1, len(text)))))


def _conditions(reader: Reader, path: tuple[str, ...], found: list[Filter], depth: int) -> bool:
    """Read conditions; return whether there is one alone, which is not negated."""
    if depth > DEPTH:
        raise Malformed("nested too deeply", reader.at)
    single = True
    while True:
        while reader.take("not."):
            single = False
        if reader.take("and(") or reader.take("or("):
            single = _conditions(reader, path, found, depth + 1) and single
            reader.expect(")")
        else:
            single = _condition(reader, path, found) and single
        if not reader.take(","):
            return single
        single = False


def _condition(reader: Reader, path: tuple[str, ...], found: list[Filter]) -> bool:
    """Read one condition; return whether it is not negated."""
    try:
        name, place = reader.name()
        json_path = reader.json_path()
    except Dynamic:
        reader.resume(nested=True)
        return True
    reader.expect(".")
    plain = True
    while reader.take("not."):
        plain = False
    operator = _operator(reader)
    start = reader.at
    values = _condition_values(reader, operator)
    if operator == "is" and HOLE not in reader.text[: reader.at]:
        written = reader.text[start : reader.at].strip()
        if not written.lower().startswith(TRUTHS):
            raise Malformed(f"`is` takes no {written}", start, reader.at)
    if HOLE not in operator:
        found.append(Filter(name, operator, place, path, values, json_path))
    return plain


def _operator(reader: Reader) -> str:
    """Read an operator, what stands in parentheses behind it, and the dot."""
    start = reader.at
    dot = reader.text.find(".", start)
    if dot < 0:
        raise Malformed("expected an operator", len(reader.text) if HOLE in reader.text[start:] else start)
    written = reader.text[start:dot]
    operator = written.partition("(")[0] if written.endswith(")") else written
    if HOLE not in written and operator not in _OPERATORS:
        raise Malformed(f"there is no operator {operator}", start, dot)
    reader.at = dot + 1
    return operator


def parse_in_list(text: str, locate: Locate) -> tuple[Value, ...]:
    """Parse what `in` takes where it is written out: `(a,"b, c")`. What can't be parsed has no values."""
    reader = Reader(text, locate)
    try:
        return _condition_values(reader, "in") if reader.peek("(") else ()
    except (Malformed, Dynamic):
        return ()


def _condition_values(reader: Reader, operator: str) -> tuple[Value, ...]:
    if operator == "in" and not reader.peek("(") and HOLE not in reader.text[reader.at :]:
        raise Malformed("expected '(' behind `in`", reader.at)
    if operator == "in" and reader.take("("):
        values = []
        while not reader.peek(")") and not reader.done:
            values.append(_value(reader, ",)"))
            if not reader.take(","):
                break
        reader.expect(")")
        return tuple(value for value in values if value is not None)
    if reader.peek("{") or reader.peek("(") or reader.peek("["):
        _balanced(reader)
        return ()
    value = _value(reader, ",)")
    return () if value is None else (value,)


def _balanced(reader: Reader) -> None:
    depth = 0
    while reader.at < len(reader.text):
        char = reader.text[reader.at]
        depth += (char in "({[") - (char in ")}]")
        reader.at += 1
        if depth <= 0:
            return


def _value(reader: Reader, stop: str) -> Value | None:
    reader.skip()
    start = reader.at
    if reader.take('"'):
        end = reader.text.find('"', reader.at)
        if end < 0:
            raise Malformed("a quoted value does not end", start)
        text, reader.at = reader.text[reader.at : end], end + 1
    else:
        while reader.at < len(reader.text) and reader.text[reader.at] not in stop:
            reader.at += 1
        text = reader.text[start : reader.at]
    return None if HOLE in text else Value("string", text, reader.locate(start, reader.at))


def parse_order(text: str, locate: Locate, path: tuple[str, ...] = (), directed: bool = False) -> Terms:
    """Parse an order parameter: `created_at.desc.nullslast,relation(column).asc`.

    With `directed`, the client adds a direction to the text, which the last term has none of then.
    """
    reader = Reader(text, locate)
    found: list[Filter] = []
    try:
        while True:
            try:
                found.append(_order_term(reader, path))
            except Dynamic:
                reader.resume(nested=False)
            _direction(reader, directed)
            if not reader.take(","):
                break
        if not reader.done and HOLE not in text:
            raise Malformed(f"unexpected {text[reader.at]!r}", reader.at)
    except Malformed as error:
        return _refused(text, locate, error)
    return Terms(tuple(found))


def _order_term(reader: Reader, path: tuple[str, ...]) -> Filter:
    name, place = reader.name()
    if not reader.take("("):
        return Filter(name, "order", place, path, (), reader.json_path())
    path = (*path, name)
    name, place = reader.name()
    json_path = reader.json_path()
    reader.expect(")")
    return Filter(name, "order", place, path, (), json_path)


def _direction(reader: Reader, directed: bool) -> None:
    start = reader.at
    found = _DIRECTION.match(reader.text, start)
    reader.at = found.end() if found is not None else start
    if HOLE in reader.text[start:]:
        reader.resume(nested=False)
        return
    if reader.text.startswith(".", reader.at):
        end = reader.text.find(",", reader.at)
        end = len(reader.text) if end < 0 else end
        raise Malformed(f"{reader.text[reader.at + 1 : end]} is no direction of an order", reader.at + 1, end)
    if directed and reader.at > start and reader.done:
        raise Malformed("the client adds a direction of its own", start, reader.at)
