"""How near two names are, as people name things."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache

__all__ = ["Vocabulary", "singular", "spelling", "substitute", "tokens"]

_SPLIT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+")
_IRREGULAR = {
    "people": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "mice": "mouse",
    "data": "datum",
    "media": "medium",
    "indices": "index",
    "vertices": "vertex",
    "matrices": "matrix",
    "criteria": "criterion",
    "analyses": "analysis",
    "statuses": "status",
    "aliases": "alias",
    "addresses": "address",
    "series": "series",
    "news": "news",
    "bases": "base",
    "databases": "database",
    "caches": "cache",
    "users": "user",
}
_ENDINGS = (
    ("sses", "ss"),
    ("shes", "sh"),
    ("ches", "ch"),
    ("xes", "x"),
    ("zes", "z"),
    ("ies", "y"),
    ("oes", "o"),
)


@lru_cache(maxsize=65536)
def singular(word: str) -> str:
    """Return the singular of a lower-case English word, or the word itself."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 3:
        for ending, replacement in _ENDINGS:
            if word.endswith(ending):
                return word[: -len(ending)] + replacement
        if word.endswith("s") and not word.endswith(("ss", "us", "is")):
            return word[:-1]
    return word


@lru_cache(maxsize=65536)
def tokens(name: str) -> tuple[str, ...]:
    """Return the words of a name, lower case and singular: `UserProfiles` and `user_profile` give the same."""
    return tuple(singular(word.lower()) for word in _SPLIT.findall(name))


@lru_cache(maxsize=65536)
def spelling(one: str, other: str) -> float:
    """Return how alike two names are spelled, between 0 and 1."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() > 0.5 and matcher.quick_ratio() > 0.5 else 0.0


class Vocabulary:
    """How much each word of a schema says: one that stands in every name says little."""

    def __init__(self, names: Iterable[str]) -> None:
        self._count = 0
        self._in: Counter[str] = Counter()
        for name in names:
            self._count += 1
            self._in.update(set(tokens(name)))

    def weight(self, word: str) -> float:
        """Return the word's weight: 1 for one that few names have, less for common ones."""
        return 1.0 / (1.0 + math.log1p(max(0, self._in[word] - 1)))

    def overlap(self, one: Iterable[str], other: Iterable[str]) -> float:
        """Return the share of words that two names have in common, by weight, between 0 and 1."""
        left, right = set(one), set(other)
        both = left | right
        total = sum(self.weight(word) for word in both)
        return sum(self.weight(word) for word in left & right) / total if total else 0.0


def substitute(words: Iterable[str], mapping: Mapping[tuple[str, ...], tuple[str, ...]]) -> tuple[str, ...]:
    """Return `words` with each run that is a key of `mapping` replaced, longest first."""
    result = list(words)
    for source in sorted(mapping, key=lambda key: (-len(key), key)):
        length = len(source)
        index = 0
        while length and index + length <= len(result):
            if tuple(result[index : index + length]) == source:
                result[index : index + length] = mapping[source]
                index += len(mapping[source])
            else:
                index += 1
    return tuple(result)
