"""What a name is known to be, or not to be, where a condition leads: `if (kind === 'main') { … } else { … }`, and so
in the branches of `kind === 'main' ? … : …`.

Read are comparisons with literals, with what has a name (`kind === MAIN`) and with the items of a list
(`OWN.includes(kind)`), of conditions whose parts are joined in one way; what a constant says that holds a comparison
(`const own = tier === 'admin' || …; if (!own) { … }`); which of several objects a member tells (`if (step.soft)`,
`step.kind === 'main'`); and what is left where a condition ends the block.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from typing import NamedTuple

from msgspec.structs import replace

from tripoint.model.regex import regex
from tripoint.sources.code.facts import Compared, Ref, Scope

__all__ = ["with_conditions"]

_LONGEST = 240
"""Bytes that a condition may take which is looked at."""
_FARTHEST = 16_000
"""Bytes before a condition in which a constant of it is looked for."""
_IF = regex(rb"\bif\s*\((?P<condition>[^;{}]*)\)\s*\Z")
_ELSE = regex(rb"(?P<end>\})\s*else\s*\Z")
_LEFT = regex(rb"\bif\s*\((?P<condition>[^;{}]{1,200}?)\)\s*\{?\s*(?:return|throw|continue|break)\b")
_COMPARED = regex(
    rb"""\s*+(?:\(\s*+)?(?P<name>[\w$]+(?:\.[\w$]+)?)\s*(?P<operator>[!=]==?)\s*(?P<quote>['"])(?P<value>[^'"\n]*)(?P=quote)"""
    rb"""\s*+(?:\)\s*+)?"""
)
_NAMED = regex(
    rb"\s*+(?:\(\s*+)?(?P<name>[\w$]+)\s*(?P<operator>[!=]==?)\s*(?P<of>[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)"
    rb"\s*+(?:\)\s*+)?"
)
_AMONG = regex(
    rb"\s*+(?P<not>!)?\s*+(?:\((?P<cast>[\w$.]+)\s+as\b[^()]{0,80}\)|(?P<of>[A-Za-z_$][\w$.]*)|\[(?P<items>[^\[\]]*)\])"
    rb"\s*\.\s*(?:includes|has|contains)\s*\(\s*(?P<name>[A-Za-z_$][\w$]*)(?:\s+as\b[^()]{0,80})?\s*\)\s*"
)
_ITEM = regex(rb"""\s*(?:(['"])([^'"\n]*)\1\s*(?:,|\Z)|\Z)""")
_WORDS = frozenset({b"null", b"undefined", b"true", b"false", b"this", b"NaN"})
"""What is written like a name and is none."""
_CHOICE = regex(
    rb"""(?<![\w$.])(?P<name>[\w$]+)\s*(?P<operator>[!=]==?)\s*(?P<quote>['"])(?P<value>[^'"\n]*)(?P=quote)\s*\?"""
    rb"""(?P<met>[^?:;{}]{1,200}):(?P<unmet>\s*[\w$.]*)"""
)
_JOINED = (b"|", b"&", b"?", b"!", b"+")
"""What a comparison may follow that is a part of the condition alone, or of something else."""
_FLAG = regex(rb"\s*+(?P<not>!)?\s*+(?P<name>[A-Za-z_$][\w$]*)\s*")
_MEMBER = regex(rb"\s*+(?P<not>!{0,2})\s*+(?P<name>[A-Za-z_$][\w$]*\.[A-Za-z_$][\w$]*)\s*")
_ASKED_MEMBER = regex(rb"\bif\s*\(\s*+!{0,2}\s*+[A-Za-z_$][\w$]*\.[A-Za-z_$][\w$]*\s*(?:\)|&&|\|\|)")
_GIVEN = regex(rb"\s*=(?![=>])")
_SIGNS = (b"== ", b"=='", b".includes(", b".has(", b".contains(")
_ASKS = regex(rb"\.\s*(?:from|rpc)\s*[<(]")


_PIECE = regex(
    rb"""[()\[\]{};]|\n\s*(?P<on>[.?:+*/%&|=,<>)\]}-])?|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`"""
)
"""What tells where a statement ends; a line that begins with an operator goes on with the one before."""
_STATEMENT = 2_000
"""Bytes of a statement that its end is looked for in."""
_SCANNED = 200_000
"""Bytes of a file's statements whose ends are looked for."""


class _Told(NamedTuple):
    """What a condition tells where it is met, and where it is not."""

    met: tuple[Compared, ...] = ()
    unmet: tuple[Compared, ...] = ()


def with_conditions(data: bytes, scopes: tuple[Scope, ...]) -> tuple[Scope, ...]:
    """Return the scopes; those that a condition leads to, or that one ends, say what holds there in `compared`."""
    asks = any(sign in data for sign in _SIGNS) or _ASKED_MEMBER.search(data) is not None
    if not asks or _ASKS.search(data) is None:
        return scopes
    found: dict[int, list[Compared]] = defaultdict(list)
    unmet: dict[int, tuple[Compared, ...]] = {}
    """By the end of a block, what holds where it is not run."""
    for index, scope in enumerate(scopes):
        if scope.kind != "block":
            continue
        begin = max(scope.start - _LONGEST, scopes[scope.parent].start if scope.parent >= 0 else 0)
        head = data[begin : scope.start]
        condition = _IF.search(head)
        if condition is not None:
            told = _read(data, begin + condition.start("condition"), begin + condition.end("condition"))
            before = _ELSE.search(head[: condition.start()]) if unmet else None
            earlier = unmet.get(begin + before.end("end"), ()) if before is not None else ()
            unmet[scope.end] = (*earlier, *told.unmet)
            found[index] += (*earlier, *told.met)
        elif unmet and (otherwise := _ELSE.search(head)) is not None:
            found[index] += unmet.get(begin + otherwise.end("end"), ())
    starts = [scope.start for scope in scopes]

    def around(offset: int) -> int:
        index = bisect_right(starts, offset) - 1
        while index > 0 and scopes[index].end <= offset:
            index = scopes[index].parent
        return index

    scanned = 0
    for left in _LEFT.finditer(data):
        told = _read(data, *left.span("condition"))
        if told.unmet and scanned < _SCANNED:
            inner = around(left.end())
            block = scopes[inner] if scopes and scopes[inner].start > left.start() else None
            ended = block.end if block is not None else _statement_end(data, left.end())
            scanned += 0 if block is not None else ended - left.end()
            found[around(left.start())] += (replace(one, since=ended) for one in told.unmet)
            if block is None:
                found[inner] += (replace(one, since=left.end(), until=ended) for one in told.met)
    for choice in _CHOICE.finditer(data):
        if data[max(choice.start() - _LONGEST, 0) : choice.start()].rstrip().endswith(_JOINED):
            continue
        one = Compared(_text(choice["name"]), (_text(choice["value"]),), choice["operator"][:1] == b"=")
        for branch, holds in (("met", one), ("unmet", replace(one, equal=not one.equal))):
            since, until = choice.span(branch)
            found[around(choice.start())].append(replace(holds, since=since, until=until))
    return tuple(
        replace(scope, compared=tuple(found[index])) if found.get(index) else scope
        for index, scope in enumerate(scopes)
    )


def _statement_end(data: bytes, begin: int) -> int:
    """Return where a statement ends that stands without braces: what it gives back is still under its condition."""
    depth = 0
    at = begin
    for part in _PIECE.finditer(data, begin, begin + _STATEMENT):
        at = part.end()
        piece = part[0][:1]
        depth += (piece in (b"(", b"[", b"{")) - (piece in (b")", b"]", b"}"))
        if depth < 0 or (depth == 0 and piece == b";"):
            return part.start()
        if depth == 0 and piece == b"\n" and not part["on"]:
            return part.start()
    return at


def _read(data: bytes, start: int, end: int) -> _Told:
    """Return what the condition tells that stands between two offsets."""
    condition = data[start:end]
    every, some = b"&&" in condition, b"||" in condition
    if every and some:
        return _Told()
    parts: list[_Told] = []
    for part in condition.split(b"&&" if every else b"||"):
        parts.append(_part(part, data, start))
        start += len(part) + 2
    if len(parts) == 1:
        return parts[0]
    if every:
        return _Told(met=tuple(one for part in parts for one in part.met))
    return _Told(unmet=tuple(one for part in parts for one in part.unmet))


def _part(part: bytes, data: bytes, start: int) -> _Told:
    """Return what one part of a condition tells, which begins at an offset."""
    compared = _COMPARED.fullmatch(part)
    if compared is not None:
        return _either(Compared(_text(compared["name"]), (_text(compared["value"]),), compared["operator"][:1] == b"="))
    named = _NAMED.fullmatch(part)
    if named is not None and named["of"] not in _WORDS and not named["of"].isdigit():
        of = _ref(named["of"], start + named.start("of"))
        return _either(Compared(_text(named["name"]), (), named["operator"][:1] == b"=", of=of))
    among = _AMONG.fullmatch(part)
    if among is not None:
        return _among(among, start)
    member = _MEMBER.fullmatch(part)
    if member is not None:
        return _either(Compared(_text(member["name"]), (), member["not"] != b"!", truth=True))
    return _flag(part, data, start)


def _either(one: Compared) -> _Told:
    return _Told((one,), (replace(one, equal=not one.equal),))


def _among(match: re.Match[bytes], start: int) -> _Told:
    """Return what a condition tells that asks whether a list holds something."""
    equal = match["not"] is None
    name = _text(match["name"])
    if match["items"] is None:
        group = "cast" if match["cast"] is not None else "of"
        return _either(Compared(name, (), equal, of=_ref(match[group], start + match.start(group))))
    values: list[str] = []
    at, end = match.span("items")
    while at < end:
        item = _ITEM.match(match.string, at, end)
        if item is None:
            return _Told()
        if item[1] is not None:
            values.append(_text(item[2]))
        at = item.end()
    return _either(Compared(name, tuple(values), equal)) if values else _Told()


def _ref(path: bytes, start: int) -> Ref:
    return Ref(tuple(_text(path).split(".")), start, start + len(path))


def _flag(part: bytes, data: bytes, end: int) -> _Told:
    """Return what a constant before `end` tells that holds a comparison and is a condition of its own."""
    flag = _FLAG.fullmatch(part)
    at = data.rfind(b"const " + flag["name"], max(end - _FARTHEST, 0), end) if flag is not None else -1
    given = _GIVEN.match(data, at + len(b"const ") + len(flag["name"])) if flag is not None and at >= 0 else None
    if flag is None or given is None:
        return _Told()
    compared = _COMPARED.match(data, given.end(), given.end() + _LONGEST)
    if compared is None or compared["operator"][:1] != b"=":
        return _Told()
    rest = data[compared.end() : compared.end() + 2]
    ended = rest[:1] == b";" or (rest[:1].isalpha() and b"\n" in data[compared.end("value") : compared.end()])
    if rest != b"||" and not ended:
        return _Told()
    one = Compared(_text(compared["name"]), (_text(compared["value"]),), True)
    told = _Told((one,) if ended else (), (replace(one, equal=False),))
    return _Told(told.unmet, told.met) if flag["not"] else told


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
