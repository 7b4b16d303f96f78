"""Strings as the code spells them: joined from parts of any file, with the place of every character."""

from __future__ import annotations

from bisect import bisect_right

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.place import Place
from tripoint.sources.code.changes import assigned_to
from tripoint.sources.code.composed import listed
from tripoint.sources.code.facts import Array, Chain, Choice, Function, Plain, Ref, Template, Text, Value
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.postgrest import HOLE
from tripoint.sources.code.scene import At, Frame, Unknown

__all__ = ["Spelled", "spell"]


_ALTERING = frozenset(
    {
        *("slice", "substring", "substr", "replace", "replaceAll", "split", "trim", "trimStart", "trimEnd", "strip"),
        *("lstrip", "rstrip", "removeprefix", "removesuffix", "replaceFirst", "removePrefix", "removeSuffix"),
    }
)
"""Methods that make another string of one."""


_LONGEST = 100_000
_MOST = 2_000
"""Characters and parts beyond which the rest of a string is not spelled: what is made of two others may double at each
step."""


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

    @property
    def full(self) -> bool:
        """Whether nothing more is put to it."""
        return len(self._pieces) > _MOST or len(self.text) > _LONGEST

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
        if chosen.text.isascii() and inner <= end - chosen.at <= len(chosen.text):  # as most are
            return Place(chosen.path, chosen.start + inner, min(chosen.start + end - chosen.at, chosen.end))
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
    if isinstance(value, Text):
        made.add(value.value, path, value.start, value.end, value.exact)
    else:
        _spell(follower, path, value, frame, made, 0)
        if made.full:
            made.add(HOLE, path, value.start, value.end, False)
    return made if made.text.replace(HOLE, "").strip() or (isinstance(value, Text) and not value.value) else None


def _spell(follower: Follower, path: str, value: Value, frame: Frame | None, made: Spelled, depth: int) -> None:
    if made.full:
        return
    if isinstance(value, Text):
        made.add(value.value, path, value.start, value.end, value.exact)
    elif isinstance(value, Template) and value.tag is None:
        for part in value.parts:
            _spell(follower, path, part, frame, made, depth + 1)
    elif isinstance(value, Plain):
        made.add(value.value, path, value.start, value.end, True)
    elif depth > 20 or isinstance(value, Choice):
        made.add(HOLE, path, value.start, value.end, False)
    elif (of := listed(value)) is not None:
        of_each = _of_each(follower, path, of[0], frame)
        for index, (returned, called) in enumerate(of_each):
            if index:
                made.add(of[1], path, value.start, value.end, False)
            _spell(follower, path, returned, called, made, depth + 1)
        if of_each:
            return
        text = follower.calls.of_list(path, value, frame)
        if text is not None:
            _spell(follower, text[0], text[1], text[2], made, depth + 1)
        else:
            made.add(HOLE, path, value.start, value.end, False)
    elif (joined := _joined_before(follower, path, value)) is not None:
        _spell(follower, path, joined, frame, made, depth + 1)
    else:
        followed = follower.strings(path, value, frame)
        origin, inner, inner_frame = followed[0] if len(followed) == 1 else (path, None, None)
        things = follower.evaluate(path, value, frame)
        # An empty string beside something unknown (`id ?? ''`) stands for nothing: the other is what is asked for.
        empty = isinstance(inner, Text) and not inner.value and len(things) > 1
        # `down ? order.slice(1) : order`: where the string needs it, something else is made of it.
        altered = any(isinstance(at.thing, Unknown) and _ALTERING & set(at.thing.names[:1]) for at in things)
        if isinstance(inner, Text) and not inner.end and not empty and not altered:  # of a type, which stands nowhere
            made.add(inner.value, path, value.start, value.end, False)
        elif inner is not None and not empty and not altered:
            _spell(follower, origin, inner, inner_frame, made, depth + 1)
        else:
            made.add(HOLE, path, value.start, value.end, False)


def _of_each(follower: Follower, path: str, value: Value, frame: Frame | None) -> list[tuple[Value, Frame]]:
    """Return what a callback makes of each item of a list that is written out: `['a', 'b'].map((c) => `${c}.is.null`)`.

    Nothing where the list is not told, or it makes several things of one item.
    """
    step = value.steps[-1] if isinstance(value, Chain) else None
    if not isinstance(value, Chain) or step is None or step.name != "map" or len(step.arguments) != 1:
        return []
    rest = replace(value, steps=value.steps[:-1], end=step.start) if len(value.steps) > 1 else value.root
    called = step.arguments[0]
    lists = follower.evaluate(path, rest, frame)
    listed = lists[0].thing if len(lists) == 1 else None
    if not isinstance(called, Function) or len(called.returns) != 1 or not isinstance(listed, Array):
        return []
    if not listed.complete or _filled(follower, path, rest) or not all(isinstance(one, Text) for one in listed.items):
        return []
    at = At(path, called)
    calls = (replace(step, name="()", arguments=(item,)) for item in listed.items)
    return [(called.returns[0], follower.calls.frame(at, called, call, lists[0].path, frame)) for call in calls]


def _joined_before(follower: Follower, path: str, value: Value) -> Value | None:
    """Return the joined list that a variable of the same file was given once: `const COLUMNS = ['id', 'a'].join()`."""
    scene = follower.scene(path) if isinstance(value, Ref) and len(value.path) == 1 else None
    held = scene.held(value) if scene is not None and isinstance(value, Ref) else []
    if len(held) != 1 or held[0].kind not in ("constant", "variable") or held[0].path or held[0].value is None:
        return None
    return held[0].value if listed(held[0].value) is not None else None


def _filled(follower: Follower, path: str, value: Value) -> bool:
    """Whether a variable's list is given more items, or others, after it was made."""
    return isinstance(value, Ref) and bool(assigned_to(follower.scene(path), value))
