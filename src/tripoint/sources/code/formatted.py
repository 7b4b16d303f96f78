"""Python's older ways to fill a string in, `"… {}".format(a)` and `"… %s" % a`, and psycopg's, as what they join."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec.structs import replace

from tripoint.model.regex import regex
from tripoint.sources.code.composed import join
from tripoint.sources.code.facts import Array, Chain, Object, Opaque, Ref, Step, Template, Text, Value

__all__ = ["composed", "filled_in", "formatted"]

_BRACES = regex(r"(?P<escaped>\{\{|\}\})|\{(?P<name>[^{}!:]*)(?:![^{}:]*)?(?::[^{}]*)?\}")
_PERCENT = regex(r"(?P<escaped>%%)|%(?:\((?P<name>\w+)\))?[-+#0 ]*\d*(?:\.\d+)?[sdifrxg]")
_PLAIN = regex(r"[a-z_]\w*\Z")
"""A name that is the same in quotes as without."""
_Named = Callable[[str | None, int], Value | None]


def formatted(text: Value, step: Step, start: int, end: int) -> Value | None:
    """Return what `text.format(…)` joins; None where the text is not known."""
    named = {entry.key: entry.value for entry in step.named}

    def given(name: str | None, place: int) -> Value | None:
        if not name or name.isdigit():
            at = int(name) if name else place
            return step.arguments[at] if at < len(step.arguments) else None
        return named.get(name)

    return _split(text, _BRACES, given, start, end)


def composed(text: Value, step: Step) -> Value | None:
    """Return what psycopg's `SQL(text).format(…)` comes to: the names that it is given stand in it as they are."""
    arguments = tuple(map(_composable, step.arguments))
    named = tuple(replace(entry, value=_composable(entry.value)) for entry in step.named)
    return formatted(text, replace(step, arguments=arguments, named=named), text.start, text.end)


def _composable(value: Value) -> Value:
    """Return the text that `Identifier("name")` or `SQL("text")` stands for; else the value, which is a hole."""
    if not isinstance(value, Chain) or len(value.steps) != 1:
        return value
    step = value.steps[0]
    called = value.root.path[-1] if step.name == "()" and isinstance(value.root, Ref) else step.name
    given = step.arguments
    if called == "SQL" and len(given) == 1:
        return given[0]
    if called != "Identifier" or not given or not all(isinstance(one, Text | Ref) for one in given):
        return value
    if any(isinstance(one, Text) and not _PLAIN.match(one.value) for one in given):
        return value
    parts: list[Value] = [given[0]]
    for one in given[1:]:
        parts += [Text(".", one.start, one.start), one]
    return join(parts, value.start, value.end) if len(parts) > 1 else given[0]


def filled_in(text: Value, by: Value, start: int, end: int) -> Value | None:
    """Return what `text % by` joins; None where the text is not known."""
    named = {entry.key: entry.value for entry in by.entries} if isinstance(by, Object) else {}

    def given(name: str | None, place: int) -> Value | None:
        if name is not None:
            return named.get(name)
        if isinstance(by, Array):
            return by.items[place] if place < len(by.items) else None
        return by

    return _split(text, _PERCENT, given, start, end)


def _split(text: Value, pattern: re.Pattern[str], given: _Named, start: int, end: int) -> Value | None:
    parts = text.parts if isinstance(text, Template) and text.tag is None else (text,)
    if not any(isinstance(part, Text) for part in parts):
        return None
    made: list[Value] = []
    count = 0
    for part in parts:
        if not isinstance(part, Text):
            made.append(part)
            continue
        at = 0
        for match in pattern.finditer(part.value):
            if match["escaped"]:
                continue
            made.append(_piece(part, at, match.start()))
            value = given(match["name"], count)
            hole = _piece(part, match.start(), match.end())
            made.append(value if value is not None else Opaque(hole.start, hole.end))
            count += not match["name"]
            at = match.end()
        made.append(_piece(part, at, len(part.value)))
    kept = [part for part in made if not (isinstance(part, Text) and not part.value)]
    return join(kept, start, end) if kept else None


def _piece(text: Text, start: int, end: int) -> Text:
    """Return a part of a literal, with its escapes undone."""
    value = text.value[start:end]
    before, size = len(text.value[:start].encode("utf-8", "replace")), len(value.encode("utf-8", "replace"))
    place = (text.start + before, text.start + before + size) if text.exact else (text.start, text.end)
    plain = value.replace("{{", "{").replace("}}", "}").replace("%%", "%")
    return replace(text, value=plain, start=place[0], end=place[1], exact=text.exact and plain == value)
