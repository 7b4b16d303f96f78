"""How likely one of a table's columns is meant by a column that it does not have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from tripoint.model.name import Name
from tripoint.resolve.synonyms import groups_of
from tripoint.resolve.words import likeness, matched, signs

__all__ = ["Near"]


@lru_cache(maxsize=262144)
def _column_likeness(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Return how likely two columns of different names are the same, between 0 and 0.6."""
    if not one or not other:
        return 0.0
    pairs = [(a, b, like) for a, b, like in matched(one, other) if not (a == b == "id")]
    best = sum(like for _, _, like in pairs) / max(len(one), len(other))
    return min(0.6, best)


class Near:
    """The columns of the existing tables, found by words that may mean the same.

    Few words do, and to ask each column of each table would take longer than all the rest of the guess.
    """

    def __init__(self, columns: Mapping[Name, set[tuple[str, ...]]]) -> None:
        """`columns` are the words of each column's name, by table."""
        self._by_word: dict[Name, dict[str, list[tuple[str, ...]]]] = {}
        """By table its columns, by each of their words."""
        for name, own in columns.items():
            of_table = self._by_word[name] = defaultdict(list)
            for words in own:
                for word in set(words):
                    of_table[word].append(words)
        self._words: dict[str, list[str]] = defaultdict(list)
        """The words of all columns by their first letter, and all."""
        for word in sorted({word for words in self._by_word.values() for word in words}):
            self._words[word[:1]].append(word)
            self._words[""].append(word)
        self._kin: dict[str, list[str]] = {}
        self._known: dict[tuple[tuple[str, ...], Name], float] = {}

    def of(self, words: tuple[str, ...], table: Name) -> float:
        """Return how likely the nearest column of a table is meant by a column that it does not have, from 0 to 0.6."""
        known = self._known.get((words, table))
        if known is None:
            own, columns = signs(words), self._by_word[table]
            alike = {other for word in words for kin in self._kin_of(word) for other in columns.get(kin, ())}
            likely = [_column_likeness(words, other) for other in alike if not own.isdisjoint(signs(other))]
            known = self._known[words, table] = max(likely, default=0.0)
        return known

    def _kin_of(self, word: str) -> list[str]:
        if word not in self._kin:
            # Words that mean the same and begin otherwise are in the groups of synonyms.
            among = self._words[""] if groups_of(word) else self._words[word[:1]]
            self._kin[word] = [other for other in among if likeness(word, other) > 0]
        return self._kin[word]
