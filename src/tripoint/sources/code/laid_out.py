"""SQL as it is put together of the parts of a string, with blanks or parameters for what is only known at run time.

Interpolations become parameters of the same size, so that an offset into the text is an offset into the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.place import Place
from tripoint.model.query import Span
from tripoint.sources.code.facts import Template, Text, Value
from tripoint.sources.code.repaired import ROOM, Gap
from tripoint.sources.code.scene import Joined

__all__ = ["SqlText", "assemble", "spaced"]


class SqlText(Struct, frozen=True):
    """SQL as it stands in a file: its bytes lie there from `start` to `end`, or else as `spans` say."""

    text: str
    start: int
    end: int
    holes: int
    spans: tuple[Span, ...] = ()
    gathered: bool = False
    """Whether parts of it are put together in a list, of which a call may send some alone."""


def assemble(path: str, value: Value, constant: Callable[[Value], str | None]) -> SqlText | None:
    """Lay the parts of a string where they lie in the file, with what is between them as blanks or parameters."""
    if isinstance(value, Joined) and value.template is not None:
        return _joined(path, value.template.parts, value.words, value)
    if isinstance(value, Text):
        spans = () if value.exact else (_span(path, value, 0),)
        return SqlText(value.value, value.start, value.end, 0, spans)
    if not isinstance(value, Template) or not value.parts:
        return None
    parts = value.parts
    start = parts[0].start
    made = bytearray()
    pending: Value | None = None
    exact = True
    holes = 0
    for part in parts:
        if not isinstance(part, Text):
            holes += 1
            if pending is not None:  # two that meet have no distance that tells the one from the other
                exact = False
                break
            pending = part
            continue
        gap = part.start - start - len(made)
        between = _between(pending, gap, None if pending is None else constant(pending), made)
        if gap < 0 or not part.exact or between is None:
            exact = False
            break
        made += between + part.value.encode("utf-8", "replace")
        pending = None
    if exact and pending is not None:
        # One more than the value, for the bracket that closes an interpolation.
        size = max(min(pending.end + 1, value.end) - start - len(made), 2)
        between = _between(pending, size, constant(pending), made)
        exact = between is not None
        made += between or b""
    if exact:
        return SqlText(made.decode("utf-8", "replace"), start, start + len(made), holes)
    words = [word if told else "$1" for word, told in _words(parts, constant)]
    holes = sum(not isinstance(part, Text) for part in parts)
    return replace(_joined(path, parts, words, value), holes=holes)


def spaced(path: str, value: Template, constant: Callable[[Value], str | None]) -> tuple[SqlText, tuple[Gap, ...]]:
    """Put a template together with room for what may stand in place of each part that is only known at run time."""
    words: list[str] = []
    gaps: list[Gap] = []
    size = 0
    for part, (word, told) in zip(value.parts, _words(value.parts, constant), strict=True):
        words.append(word if told else "$1".ljust(ROOM))
        length = len(words[-1].encode("utf-8", "replace"))
        if not told:
            gaps.append(Gap(size, size + length, part))
        size += length
    joined = _joined(path, value.parts, words, value)
    return replace(joined, start=value.parts[0].start, end=value.parts[-1].end, holes=len(gaps)), tuple(gaps)


def _words(parts: Iterable[Value], constant: Callable[[Value], str | None]) -> Iterator[tuple[str, bool]]:
    """Yield what each part stands for, and whether that is told. The number of a parameter (`$${index + 1}`) is one
    whatever it comes to, and what else of its sum stands behind it is no word."""
    dollar = numbering = False
    for part in parts:
        text = part.value if isinstance(part, Text) else constant(part)
        if isinstance(part, Text):
            numbering = False
        elif dollar or numbering:
            text = (text if text is not None and text.isdecimal() else "1") if dollar else ""
            numbering = True
        yield text or "", text is not None
        dollar = text is not None and text.endswith("$")


def _joined(path: str, parts: Sequence[Value], words: Sequence[str], whole: Value) -> SqlText:
    """Put a text together of what its parts stand for, which need not fit where they stand."""
    sizes = [len(word.encode("utf-8", "replace")) for word in words]
    spans = tuple(_span(path, part, at) for part, at in zip(parts, accumulate(sizes, initial=0), strict=False))
    return SqlText("".join(words), whole.start, whole.end, 0, spans)


def _span(path: str, part: Value, at: int) -> Span:
    return Span(at, Place(path, part.start, part.end), isinstance(part, Text) and part.exact)


def _between(hole: Value | None, size: int, known: str | None, before: bytes | bytearray) -> bytes | None:
    """What stands between two parts in their distance; None where it does not fit. It may number a parameter."""
    numbers = before.endswith(b"$")
    told = known if known and (known.isdecimal() or not numbers) else "1" if numbers else "$1"
    word = b"" if hole is None else told.encode("utf-8", "replace")
    return word.ljust(size) if len(word) <= size else None
