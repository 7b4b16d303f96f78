"""What a name is known to be, or not to be, where a condition leads: `if (kind === 'main') { … } else { … }`, and so
in the branches of `kind === 'main' ? … : …`.

Only comparisons with literals are read, of conditions whose parts are joined in one way; what a constant says that
holds one (`const own = tier === 'admin' || …; if (!own) { … }`); and what is left where a condition ends the block.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import NamedTuple

from msgspec.structs import replace

from tripoint.model.regex import regex
from tripoint.sources.code.facts import Compared, Scope

__all__ = ["with_conditions"]

_LONGEST = 240
"""Bytes that a condition may take which is looked at."""
_FARTHEST = 16_000
"""Bytes before a condition in which a constant of it is looked for."""
_IF = regex(rb"\bif\s*\((?P<condition>[^;{}]*)\)\s*\Z")
_ELSE = regex(rb"(?P<end>\})\s*else\s*\Z")
_LEFT = regex(rb"\bif\s*\((?P<condition>[^;{}]{1,200}?)\)\s*\{?\s*(?:return|throw|continue|break)\b")
_COMPARED = regex(
    rb"""\s*\(?\s*(?P<name>[\w$]+)\s*(?P<operator>[!=]==?)\s*(?P<quote>['"])(?P<value>[^'"\n]*)(?P=quote)\s*\)?\s*"""
)
_CHOICE = regex(
    rb"""(?<![\w$.])(?P<name>[\w$]+)\s*(?P<operator>[!=]==?)\s*(?P<quote>['"])(?P<value>[^'"\n]*)(?P=quote)\s*\?"""
    rb"""(?P<met>[^?:;{}]{1,200}):(?P<unmet>\s*[\w$.]*)"""
)
_JOINED = (b"|", b"&", b"?", b"!", b"+")
"""What a comparison may follow that is a part of the condition alone, or of something else."""
_FLAG = regex(rb"\s*(?P<not>!)?\s*(?P<name>[A-Za-z_$][\w$]*)\s*")
_GIVEN = regex(rb"\s*=(?![=>])")
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
    if (b"== " not in data and b"=='" not in data) or _ASKS.search(data) is None:
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
            told = _read(condition["condition"], data, begin + condition.start())
            unmet[scope.end] = told.unmet
            found[index] += told.met
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
        told = _read(left["condition"], data, left.start())
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
        one = Compared(_text(choice["name"]), _text(choice["value"]), choice["operator"][:1] == b"=")
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


def _read(condition: bytes, data: bytes, end: int) -> _Told:
    every, some = b"&&" in condition, b"||" in condition
    if every and some:
        return _Told()
    parts = [_part(part, data, end) for part in condition.split(b"&&" if every else b"||")]
    if len(parts) == 1:
        return parts[0]
    if every:
        return _Told(met=tuple(one for part in parts for one in part.met))
    return _Told(unmet=tuple(one for part in parts for one in part.unmet))


def _part(part: bytes, data: bytes, end: int) -> _Told:
    compared = _COMPARED.fullmatch(part)
    if compared is not None:
        one = Compared(_text(compared["name"]), _text(compared["value"]), compared["operator"][:1] == b"=")
        return _Told((one,), (replace(one, equal=not one.equal),))
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
    one = Compared(_text(compared["name"]), _text(compared["value"]), True)
    told = _Told((one,) if ended else (), (replace(one, equal=False),))
    return _Told(told.unmet, told.met) if flag["not"] else told


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
