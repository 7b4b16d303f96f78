"""Strings as the code spells them: joined from parts of any file, with the place of every character."""

from __future__ import annotations

from bisect import bisect_right

from msgspec import Struct

from tripoint.model.place import Place
from tripoint.sources.code.facts import Choice, Plain, Template, Text, Value
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.postgrest import HOLE
from tripoint.sources.code.scene import Frame, Unknown

__all__ = ["Spelled", "spell"]


_ALTERING = frozenset(
    {
        *("slice", "substring", "substr", "replace", "replaceAll", "split", "trim", "trimStart", "trimEnd", "strip"),
        *("lstrip", "rstrip", "removeprefix", "removesuffix", "replaceFirst", "removePrefix", "removeSuffix"),
    }
)
"""Methods that make another string of one."""


class _Piece(Struct, frozen=True):
    at: int
    text: str
    path: str
    start: int
    end: int
    exact: bool


class Spelled:
    """A string with the places of its characters. Parts that are only known at run time stand as `HOLE`."""

    def __init__(self) -> None:
        self.text = ""
        self._pieces: list[_Piece] = []
        self._starts: list[int] = []
        """Where those pieces begin that a character can come from."""
        self._started: list[_Piece] = []

    def add(self, text: str, path: str, start: int, end: int, exact: bool) -> None:
        """Append a part."""
        piece = _Piece(len(self.text), text, path, start, end, exact)
        self._pieces.append(piece)
        if text or piece.at == 0:
            self._starts.append(piece.at)
            self._started.append(piece)
        self.text += text

    def extend(self, other: Spelled) -> None:
        """Append another string."""
        for piece in other._pieces:
            self.add(piece.text, piece.path, piece.start, piece.end, piece.exact)

    def locate(self, start: int, end: int) -> Place:
        """Return the place of a range of the text, counted in code points; of several parts, what the first one has."""
        chosen = self._started[max(0, bisect_right(self._starts, start) - 1)]
        if not chosen.exact:
            return Place(chosen.path, chosen.start, chosen.end)
        inner = start - chosen.at
        first = chosen.start + _size(chosen.text, 0, inner)
        size = _size(chosen.text, inner, end - chosen.at)
        return Place(chosen.path, first, min(first + size, chosen.end))


def _size(text: str, start: int, end: int) -> int:
    """Return how many bytes a part of a text takes."""
    if text.isascii():  # known without looking at it
        return max(0, min(end, len(text)) - start)
    return len(text[start : max(end, start)].encode("utf-8", "surrogatepass"))


def spell(follower: Follower, path: str, value: Value, frame: Frame | None) -> Spelled | None:
    """Return a string value as it is spelled; None where nothing of it can be read."""
    made = Spelled()
    _spell(follower, path, value, frame, made, 0)
    return made if made.text.replace(HOLE, "").strip() or (isinstance(value, Text) and not value.value) else None


def _spell(follower: Follower, path: str, value: Value, frame: Frame | None, made: Spelled, depth: int) -> None:
    if isinstance(value, Text):
        made.add(value.value, path, value.start, value.end, value.exact)
    elif isinstance(value, Template) and value.tag is None:
        for part in value.parts:
            _spell(follower, path, part, frame, made, depth + 1)
    elif isinstance(value, Plain):
        made.add(value.value, path, value.start, value.end, True)
    elif depth > 20 or isinstance(value, Choice):
        made.add(HOLE, path, value.start, value.end, False)
    else:
        followed = follower.strings(path, value, frame)
        origin, inner, inner_frame = followed[0] if len(followed) == 1 else (path, None, None)
        things = follower.evaluate(path, value, frame)
        # An empty string beside something unknown (`id ?? ''`) stands for nothing: the other is what is asked for.
        empty = isinstance(inner, Text) and not inner.value and len(things) > 1
        # `down ? order.slice(1) : order`: where the string needs it, something else is made of it.
        altered = any(isinstance(at.thing, Unknown) and _ALTERING & set(at.thing.names[:1]) for at in things)
        if inner is not None and not empty and not altered:
            _spell(follower, origin, inner, inner_frame, made, depth + 1)
        else:
            made.add(HOLE, path, value.start, value.end, False)
