"""What the names of functions say: their verbs are common to all of them, and what they act on tells them apart."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from tripoint.resolve.words import matched

__all__ = ["VERBS", "Called", "sibling"]

VERBS = frozenset(
    {
        *("get", "fetch", "list", "find", "load", "read", "select", "count", "search", "check", "is", "has", "can"),
        *("set", "create", "add", "insert", "upsert", "update", "save", "put", "delete", "remove", "handle", "process"),
        *("run", "do", "execute", "make", "by", "for", "of", "to", "from", "all", "with", "in", "and", "or"),
    }
)
"""Words that functions of any sort have."""


_NEUTRAL = frozenset({"request", "data", "datum", "list", "info", "detail", "record", "entry", "row", "result", "item"})
"""Last words that say nothing of what a function acts on."""


class Called(Struct, frozen=True):
    """What is known beside the names of functions."""

    living: frozenset[str] = frozenset()
    """The words of the names of tables."""
    names: frozenset[str] = frozenset()
    """The functions that the code calls by their own name."""


def sibling(own: tuple[str, ...], theirs: tuple[str, ...], living: frozenset[str]) -> Iterator[str]:
    """Yield in what two functions stand beside each other, rather than that one replaced the other.

    `other_thing`: each acts on another thing of the schema (`rotate_operator_token`, `rotate_device_token`).
    `of_it`: one acts on what belongs to the other's thing (`get_company`, `get_company_members`).
    """
    pairs = matched(own, theirs)
    lasts = [next((word for word in reversed(words) if word not in VERBS | _NEUTRAL), "") for words in (own, theirs)]
    ends = [(left == lasts[0], right == lasts[1]) for left, right, _ in pairs]
    if any(one or other for one, other in ends) and not any(one and other for one, other in ends):
        yield "of_it"
    more = {word for word in own if word not in VERBS} - {left for left, _, _ in pairs}
    less = {word for word in theirs if word not in VERBS} - {right for _, right, _ in pairs}
    if more & living and less & living:
        yield "other_thing"
