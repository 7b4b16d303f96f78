"""What a column's name says of what sort of thing it is, and in what two names speak of different things."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from tripoint.resolve.words import likeness, spelling, unmatched

__all__ = ["distinctions", "made_it", "put_away"]

Distinction = Literal["head", "part", "special", "other_word", "implied"]

_TIME = frozenset({"at", "on", "date", "time", "timestamp", "until", "since"})
_NUMBER = frozenset(
    {
        *("count", "total", "quantity", "qty", "amount", "price", "cost", "fee", "rate", "minute", "second", "hour"),
        *("day", "byte", "cent", "cm", "year", "size", "width", "height", "length", "max", "min", "score", "position"),
    }
)
_COUNTS = frozenset({"count", "total", "quantity", "qty", "amount"})
_REFERENCE = frozenset({"id", "uuid", "by"})
_TEXT = frozenset(
    {
        *("name", "title", "description", "reason", "text", "url", "path", "link", "email", "phone", "note", "code"),
        *("currency", "slug", "label", "comment", "message"),
    }
)
_TRUTH = frozenset({"is", "has", "can", "should", "was", "allow"})
"""First words of what is true or false."""
_GENERIC = frozenset(
    {"number", "name", "type", "id", "url", "path", "byte", "cent", "second", "text", "value", "code", "part", "line"}
)
"""Last words that may be left out: a `phone` is a `phone_number`, a `size` in `size_bytes`."""
_NEUTRAL = frozenset({"number", "name", "id", "url", "path", "byte", "cent", "second"})
"""Those that one adds to a name and means the same: a `phone_number` is a `phone`, a `region_code` is no `region`."""
_ENDINGS = {"at": "time", "on": "time", "date": "time", "by": "who", "to": "who", "id": "who"}
"""Last words that say that a participle is a point in time, or somebody."""
_PASSING = frozenset({"new", "old", "temp", "tmp", "temporary", "legacy"})
"""Words of what stands in for something until it has its name."""
_RETIRED = frozenset({"old", "legacy", "deprecated", "backup", "bak", "obsolete", "unused", "archived"})
_RELATED = 0.45
_MAKERS = frozenset({"owner", "creator", "author", "user"})
_MADE = frozenset({"created", "added", "inserted", "posted", "owned", "made"})
_PERSON = frozenset({"id", "uuid", "by", "user"})


def distinctions(
    own: tuple[str, ...], theirs: tuple[str, ...], kind: str, muted: frozenset[str]
) -> Iterator[Distinction]:
    """Yield in what a column that is asked for, `own`, differs from one of the words `theirs` and of the type `kind`.

    `head`: what the last words name is another thing (`canceled_by`, `canceled_at`). `part`: it is but the beginning of
    it (`seat`, `seat_count`). `special`: it is a special one of them (`yearly_price`, `price`). `other_word`: each has
    a word that the other lacks. `implied`: its name says that it is of another type. `muted` words are those of the
    table's name.
    """
    if not own or not theirs:
        return
    if _implied(own) is not None and not _may_be(_implied(own), kind):
        yield "implied"
    one, other = _bare(own), _bare(theirs)
    if _RETIRED & (set(theirs) ^ set(own)):
        yield "head"
        return
    if _ending(own) is not None and _ending(theirs) is not None and _ending(own) != _ending(theirs):
        yield "head"
        return
    if _compound(own, theirs):
        return
    if len(one) > 1 and "number" in {one[-1], other[-1]} and one[-1] != other[-1] and {one[-1], other[-1]} & _COUNTS:
        yield "head"  # the number of an order tells it from others; an `order_count` is how many there are
        return
    if not _same_head(one, other):
        yield "part" if len(one) == 1 and one[0] in other else "head"
        return
    more = [word for word in one if word not in muted and not _has(other, word) and not _adds_nothing(word, other)]
    less = [word for word in other if word not in muted and word not in _GENERIC and not _has(one, word)]
    if more and less:
        yield "other_word"
    elif more:
        yield "special"


def put_away(old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    """Whether what was renamed so was put away rather than called something else: `photo` became `photo_old`."""
    return bool(_RETIRED & (set(new) - set(old)))


def made_it(words: tuple[str, ...]) -> bool:
    """Whether a column is named as the one who made a row, whose it therefore is: `created_by`, `owner_id`."""
    telling = [word for word in words if word not in _PERSON] or [word for word in words if word == "user"]
    return len(telling) == 1 and (telling[0] in _MAKERS or (telling[0] in _MADE and "by" in words))


def _bare(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words without one that says that it is true or false, and without the point in time or person."""
    words = tuple(word for word in words if word not in _PASSING) or words
    words = words[1:] if len(words) > 1 and words[0] in _TRUTH else words
    return words[:-1] if _ending(words) is not None else words


def _ending(words: tuple[str, ...]) -> str | None:
    return _ENDINGS.get(words[-1]) if len(words) > 1 else None


def _compound(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether one writes together what the other writes apart, more or less."""
    return (
        len(one) != len(other)
        and all(unmatched(one, other))
        and one[0][0] == other[0][0]
        and spelling("".join(one), "".join(other)) >= 0.8
    )


def _same_head(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    while len(one) > 1 and len(other) > 1 and one[-1] == other[-1] and one[-1] in _GENERIC:
        one, other = one[:-1], other[:-1]
    if likeness(one[-1], other[-1]) >= _RELATED:
        return True
    if len(one) > 1 and one[-1] in _GENERIC:
        return likeness(one[-2], other[-1]) >= _RELATED
    return len(other) > 1 and other[-1] in _GENERIC and likeness(one[-1], other[-2]) >= _RELATED


def _has(words: tuple[str, ...], word: str) -> bool:
    return any(likeness(word, other) >= _RELATED for other in words)


def _adds_nothing(word: str, words: tuple[str, ...]) -> bool:
    """Whether a name means the same with one more word: a `photo_url` is a `photo`, but a `note_url` is no `note`."""
    return word in _ENDINGS or (word in _NEUTRAL and not (word in ("url", "path") and words[-1] in _TEXT))


def _implied(words: tuple[str, ...]) -> Literal["time", "number", "reference", "truth", "text"] | None:
    if len(words) > 1 and words[0] in _TRUTH:
        return "truth"
    last = words[-1]
    if len(words) > 1 and last in _REFERENCE:
        return "reference"
    if last in _NUMBER:
        return "number"
    if len(words) > 1 and last in _TIME:
        return "time"
    return "text" if last in _TEXT else None


def _may_be(implied: str | None, kind: str) -> bool:
    """Whether a column of that type may be what a name implies; text may hold anything."""
    if kind.startswith(("text", "character", "json")) or "." in kind or kind == "":
        return True
    sort = (
        "time"
        if kind.startswith(("timestamp", "date", "time"))
        else "truth"
        if kind == "boolean"
        else "reference"
        if kind == "uuid"
        else "number"
    )
    return implied == sort or (implied == "reference" and sort == "number")
