"""Numbers and lists as a sentence says them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

__all__ = ["as_are", "counted", "listed"]


def as_are(number: int) -> str:
    """Return what a sentence about one thing ends with where it holds for `number` more: `, as are 3 more`."""
    return f", as {'is' if number == 1 else 'are'} {number} more" if number else ""


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """Return `1 call`, `20 calls`; `plural` where that is more than an s at the end."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def listed(names: Iterable[str], limit: int = 5, word: Literal["and", "or"] = "and") -> str:
    """Return names as words: `a, b and c`, or `a, b, c, d, e and 3 more`; never `and 1 more`."""
    items = list(names)
    if len(items) > limit + 1:
        return ", ".join(items[:limit]) + f" {word} {len(items) - limit} more"
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + f" {word} " + items[-1] if items else ""
