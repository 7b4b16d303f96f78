"""Names that commits replaced by others: lines of one hunk that differ in nothing else."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from tripoint.model.regex import regex
from tripoint.tree import Hunk

__all__ = ["PROVEN", "Replacement", "Replacements", "find_replacements", "replaced_words"]

_TOKEN = regex(r"[^\W\d]\w*|\d+|\s+|.", re.DOTALL)
_WORD = regex(r"[^\W\d]\w*")
_QUOTED = regex(r"""["'`]([^\W\d]\w*)["'`]""")
_LINES = 60
"""A hunk of more lines moves or rewrites code: which line replaced which can't be told."""
_LONG = 1000
_WORDS = 3
"""In how many words two lines may differ and still be the same line."""
PROVEN = 0.7
"""From here on it is as good as certain that commits replaced one name by the other."""
_SURE = 3.0
"""How many hunks make a replacement certain to have been meant."""


class Replacement(Struct):
    """One name that commits replaced by another."""

    commit: str
    """The newest of the commits."""
    path: str
    """A file in which it did so."""
    places: set[tuple[str, str]] = field(default_factory=set)
    """(commit, path) of each."""
    quoted: bool = False
    """Whether the name was written as a literal."""

    @property
    def weight(self) -> float:
        """How sure it is, between 0 and 1."""
        certain = min(1.0, 0.7 + 0.3 * (len(self.places) - 1) / (_SURE - 1))
        return certain if self.quoted else 0.6 * certain


class Replacements(Struct, frozen=True):
    """What commits replaced, by old and new name, as they are written in code."""

    found: Mapping[tuple[str, str], Replacement] = {}

    def evidence(self, unknown: str, existing: str, paths: frozenset[str] | None = None) -> tuple[float, str]:
        """Return how sure it is that commits replaced one of the names by the other, and that in words.

        `paths` are the files that count, where not all do.
        """
        best, said = 0.0, ""
        for old, new, certain in ((unknown, existing, 1.0), (existing, unknown, 0.8)):
            replaced = self.found.get((old, new))
            if replaced is None or (paths is not None and not paths & {path for _, path in replaced.places}):
                continue
            # What was replaced by several names in turn means the one that it was replaced by most.
            all_of_it = sum(len(r.places) for (one, other), r in self.found.items() if unknown in (one, other))
            sure = certain * replaced.weight * len(replaced.places) / all_of_it
            if sure > best:
                many = f" and {len(replaced.places) - 1} more" if len(replaced.places) > 1 else ""
                where = f"in {replaced.path}{many}"
                best, said = sure, f"commit {replaced.commit[:10]} replaced {old!r} by {new!r} {where}"
        return best, said


def find_replacements(hunks: Iterable[Hunk], unknown: frozenset[str], existing: frozenset[str]) -> Replacements:
    """Return where one of the names `unknown` was replaced by one of `existing`, or the other way round."""
    found: dict[tuple[str, str], Replacement] = {}
    if not unknown:
        return Replacements()
    any_of = re.compile(rb"(?<!\w)(?:" + b"|".join(re.escape(name.encode()) for name in sorted(unknown)) + rb")(?!\w)")
    for hunk in hunks:
        if max(len(hunk.removed), len(hunk.added)) > _LINES or not hunk.removed or not hunk.added:
            continue
        if any_of.search(b"\n".join((*hunk.removed, *hunk.added))) is None:
            continue
        for old, new, quoted in replaced_words(hunk):
            if (old in unknown and new in existing) or (old in existing and new in unknown):
                replaced = found.setdefault((old, new), Replacement(hunk.commit, hunk.path))
                replaced.places.add((hunk.commit, hunk.path))
                replaced.quoted = replaced.quoted or quoted
    return Replacements(found)


def replaced_words(hunk: Hunk) -> Iterator[tuple[str, str, bool]]:
    """Yield (old, new, whether as a literal) of the words in which lines differ that are the same but for them."""
    added: dict[tuple[str, ...], list[tuple[int, list[str]]]] = defaultdict(list)
    for number, tokens in _lines(hunk.added):
        added[_frame(tokens)].append((number, tokens))
    level = len(hunk.removed) == len(hunk.added)
    for number, tokens in _lines(hunk.removed):
        differing = [
            (len({(a, b) for a, b in zip(tokens, other, strict=True) if a != b}), place, other)
            for place, other in added.get(_frame(tokens), ())
        ]
        least = min((count for count, _, _ in differing), default=0)
        if not 0 < least <= _WORDS:
            continue  # the line stands there as before, or is another one
        nearest = [(place, other) for count, place, other in differing if count == least]
        beside = [other for place, other in nearest if level and place == number]
        if len(nearest) > 1 and not beside:
            continue  # which of them replaced it can't be told
        other = beside[0] if beside else nearest[0][1]
        quoted = set(_QUOTED.findall("".join(tokens)))
        for old, new in dict.fromkeys((a, b) for a, b in zip(tokens, other, strict=True) if a != b):
            yield old, new, old in quoted


def _lines(lines: Iterable[bytes]) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(lines):
        if len(line) < _LONG:
            yield number, _TOKEN.findall(line.decode("utf-8", "replace").strip())


def _frame(tokens: list[str]) -> tuple[str, ...]:
    """Return a line with every word taken out."""
    return tuple("" if _WORD.fullmatch(token) else token for token in tokens)
