"""What was meant by a name that does not exist, in words: plainly where it is likely, as a guess, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from tripoint.model.fault import LIKELY, POSSIBLE, Suggestion

__all__ = ["said_meanings", "worth_saying"]


def said_meanings(suggestions: Iterable[Suggestion]) -> Iterator[tuple[Literal["likely", "perhaps"], Suggestion]]:
    """Yield the existing things that a name may mean and that are worth a word, best first."""
    for suggestion in suggestions:
        if suggestion.kind == "rename" and suggestion.confidence >= POSSIBLE:
            yield "likely" if suggestion.confidence >= LIKELY else "perhaps", suggestion


def worth_saying(suggestion: Suggestion) -> bool:
    """Tell whether a suggestion of any kind is shown to people."""
    return suggestion.kind != "rename" or suggestion.confidence >= POSSIBLE
