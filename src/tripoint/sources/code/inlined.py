"""What postgres.js makes of its own call within a tagged template: names, lists of names, columns and their values.

    sql`insert into jobs ${sql(job, 'kind', 'owner')}`
    sql`select ${sql(['id', 'kind'])} from jobs where id in ${sql(ids)}`

Which of them it is hangs on the last word before that it knows, as in the client's `types.js`. Slonik says itself what
is a name: `sql.identifier(['jobs'])`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from tripoint.model.name import quote_identifier
from tripoint.model.regex import regex
from tripoint.sources.code.facts import Array, Chain, Object, Ref, Template, Text, Value

__all__ = ["inlined"]

_LAST_WORD = regex(
    r".*(?:^|[\s(,])(?P<word>values|in|select|as|returning|update|insert)\b|.*(?P<bracket>\()\s*$", re.I | re.S
)
_LISTING = frozenset({"select", "as", "returning", "("})


def inlined(value: Value, evaluate: Callable[[Value], Iterable[object]]) -> dict[int, str]:
    """Return the SQL that stands for each call of its own tag in a template, by the part's identity; a call of which
    too little is known has none."""
    if not isinstance(value, Template) or value.tag is None:
        return {}
    found: dict[int, str] = {}
    before = ""
    for part in value.parts:
        if isinstance(part, Text):
            before += part.value
        elif isinstance(part, Chain) and (name := _identifier(part, value.tag)) is not None:
            found[id(part)] = name
        elif isinstance(part, Chain) and _calls(part, value.tag):
            made = _made(part, _word(before), evaluate)
            if made is not None:
                found[id(part)] = made
    return found


def _calls(part: Chain, tag: tuple[str, ...]) -> bool:
    return isinstance(part.root, Ref) and part.root.path == tag and [step.name for step in part.steps] == ["()"]


def _identifier(part: Chain, tag: tuple[str, ...]) -> str | None:
    """Return the name that slonik's `sql.identifier(['schema', 'table'])` stands for."""
    if not isinstance(part.root, Ref) or part.root.path[:1] != tag[:1] or part.steps[-1].name != "identifier":
        return None
    given = part.steps[-1].arguments
    items = given[0].items if len(given) == 1 and isinstance(given[0], Array) else ()
    names = [one.value for one in items if isinstance(one, Text)]
    return ".".join(map(quote_identifier, names)) if names and len(names) == len(items) else None


def _word(before: str) -> str:
    match = _LAST_WORD.match(before)
    word = (match["word"] or match["bracket"]).lower() if match is not None else ""
    return word if word != "in" or before.rstrip()[-2:].lower() == "in" else ""


def _made(part: Chain, word: str, evaluate: Callable[[Value], Iterable[object]]) -> str | None:
    given = part.steps[0].arguments
    things = list(evaluate(given[0])) if given else []
    first = things[0] if len(things) == 1 else None
    if isinstance(first, Text):
        return _quoted([first.value]) if len(given) == 1 else None
    if word == "in":
        return "($1)"
    names = _names(given[1:], evaluate) if len(given) > 1 else _keys(first, evaluate)
    if not names:
        return None
    quoted = [_quoted([name]) for name in names]
    if None in quoted:
        return None
    listed = ", ".join(map(str, quoted))
    if word in _LISTING:
        return listed
    if word == "insert":
        return f"({listed}) values ({', '.join('$1' for _ in names)})"
    return ", ".join(f"{name} = $1" for name in quoted) if word == "update" else None


def _keys(thing: object, evaluate: Callable[[Value], Iterable[object]]) -> list[str]:
    """Return what a list of names holds, or the keys of a row or of the first of several."""
    if isinstance(thing, Array) and thing.complete:
        names = _names(thing.items, evaluate)
        rows = [one for item in thing.items[:1] for one in evaluate(item)] if not names else []
        return names or (_keys(rows[0], evaluate) if len(rows) == 1 else [])
    if isinstance(thing, Object) and thing.complete and not thing.spreads:
        return [entry.key for entry in thing.entries]
    return []


def _names(values: Iterable[Value], evaluate: Callable[[Value], Iterable[object]]) -> list[str]:
    """Return the names that values are; none where one is not told."""
    found: list[str] = []
    for value in values:
        things = list(evaluate(value))
        texts = [one for one in things if isinstance(one, Text)]
        if len(things) != 1 or not texts:
            listed = things[0] if len(things) == 1 else None
            inner = _names(listed.items, evaluate) if isinstance(listed, Array) and listed.complete else []
            if not inner:
                return []
            found += inner
        found += [one.value for one in texts]
    return found


def _quoted(names: list[str]) -> str | None:
    """Return identifiers as the client writes them; None where a setting of it may spell them otherwise."""
    if any(name != name.lower() or not name for name in names):
        return None
    return ", ".join(".".join(quote_identifier(part) for part in name.split(".")) for name in names)
