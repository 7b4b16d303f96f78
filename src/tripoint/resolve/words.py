"""How near two names are, as people name things."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache

from tripoint.model.regex import regex
from tripoint.resolve.synonyms import groups_of, related

__all__ = [
    "Vocabulary",
    "glued",
    "likeness",
    "matched",
    "same_words",
    "signs",
    "singular",
    "slipped",
    "spelling",
    "substitute",
    "tokens",
    "unmatched",
]

_SPLIT = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+")
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
    "staff": "staff",
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
_PREFIXES = frozenset({"tbl", "tb", "tab", "table", "app", "t"})
"""What some put before every table's name."""
_PLURALS = frozenset({"s", "es", "e", "n", "en", "nen"})
"""How Spanish, Portuguese, French and German words end in the plural, beyond the singular."""
_UMLAUTS = (("ae", "a"), ("oe", "o"), ("ue", "u"))
_PREFIX_SHARE = 0.6
_MUTED = 0.3


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
    """Return the words of a name, lower case, singular and without accents: `UserProfiles` and `user_profile` give
    the same, and so do `año` and `ano`, as people write it where accents are a trouble."""
    return tuple(singular(word.lower()) for word in _SPLIT.findall(_plain(name)))


def _plain(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))


@lru_cache(maxsize=65536)
def spelling(one: str, other: str) -> float:
    """Return how alike two names are spelled, between 0.75 and 1, and 0 where they are less alike than that."""
    total = len(one) + len(other)
    if 8 * min(len(one), len(other)) < 3 * total or 8 * sum(map(set(other).__contains__, one)) < 3 * total:
        return 0.0  # cheap bounds, since most pairs of names are unlike
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    alike = matcher.ratio() if matcher.quick_ratio() >= 0.75 else 0.0
    return alike if alike >= 0.75 else 0.0


def _plural(one: str, other: str) -> bool:
    """Tell whether one word is the plural of the other in a language that English rules do not know."""
    short, long = sorted((one, other), key=len)
    if short[-1:] == "z" and long in (f"{short[:-1]}ce", f"{short[:-1]}ces"):
        return True
    if len(short) < 4:
        return False
    forms = {(short, long)}
    for written, plain in _UMLAUTS:
        forms |= {(a.replace(written, plain), b.replace(written, plain)) for a, b in tuple(forms)}
    for a, b in forms:
        if b.startswith(a) and (b == a or b[len(a) :] in _PLURALS):
            return True
    # A changed vowel says plural where the bare ending -er would say a person who does it (Buch, Buecher).
    return any(b == f"{a}er" and long != f"{short}er" for a, b in forms)


@lru_cache(maxsize=65536)
def slipped(one: str, other: str) -> bool:
    """Tell whether one name is the other with a slip of the keyboard within a word: two neighbouring letters swapped,
    or one letter left out or too many.

    A letter more or less at the end of a word may well be meant (`tag`, `tags`), and a short name says too little: of
    four letters, only that one stands there twice (`form` and `from` are two things, and so are `cart` and `chart`).
    """
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1 or len(short) < 4 or one == other:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if len(one) == len(other):
        left, right = one[start:], other[start:]
        swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
        return swapped and left[:2].isalpha() and len(short) > 4
    within = long[start + 1 : start + 2].isalpha() and start > 0 and short[start - 1].isalpha()
    within = within and (len(short) > 4 or long[start] == long[start - 1])
    return within and long[start].isalpha() and short[start:] == long[start + 1 :]


@lru_cache(maxsize=262144)
def likeness(one: str, other: str) -> float:
    """Return how likely two words of names mean the same, between 0 and 1."""
    if one == other:
        return 1.0
    begin_alike = one[:1] == other[:1]
    if begin_alike and _plural(one, other):
        return 0.95
    if related(one, other):
        return 0.5
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if begin_alike and len(short) >= 3 and long.startswith(short) and len(long) - len(short) >= 2:
        return 0.45 if len(short) < 5 else 0.55
    alike = spelling(one, other) if len(short) >= 5 and one[0] == other[0] else 0.0
    return alike - 0.2 if alike >= 0.8 else 0.0


@lru_cache(maxsize=65536)
def signs(words: tuple[str, ...]) -> frozenset[str | int]:
    """Return what two names have in common wherever words other than `id` correspond: first letters and synonyms."""
    found: set[str | int] = {word[:1] for word in words if word != "id"}
    return frozenset(found.union(*map(groups_of, words)))


@lru_cache(maxsize=262144)
def matched(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[tuple[str, str, float], ...]:
    """Return the pairs of words that correspond in two names, each word once, the likest first."""
    # Most words are unlike, and to ask for each pair costs more than all the rest.
    pairs = [
        (-like, left, right)
        for left in set(one)
        for right in set(other)
        if (left[:1] == right[:1] or (groups_of(left) and groups_of(right))) and (like := likeness(left, right)) > 0
    ]
    found: list[tuple[str, str, float]] = []
    done: set[tuple[int, str]] = set()
    for unlike, left, right in sorted(pairs):
        if (0, left) not in done and (1, right) not in done:
            done |= {(0, left), (1, right)}
            found.append((left, right, -unlike))
    return tuple(found)


def unmatched(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, str]:
    """Return of each of two names, written together, the words that the other does not have."""
    same = [pair for pair in matched(one, other) if pair[2] >= 0.9]
    ours, theirs = {left for left, _, _ in same}, {right for _, right, _ in same}
    return "".join(w for w in one if w not in ours), "".join(w for w in other if w not in theirs)


@lru_cache(maxsize=262144)
def same_words(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Tell whether two names differ in number, case, accents or punctuation only, in whatever order of words."""
    if singular("".join(one)) == singular("".join(other)):
        return bool(one)
    pairs = matched(one, other)
    whole = len(pairs) == len(set(one)) == len(set(other))
    return whole and all(like >= 0.95 for _, _, like in pairs)


@lru_cache(maxsize=262144)
def glued(words: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Return a name's words with those in one that another name writes together: `linkedIn`, `linkedin_url`."""
    for word in other:
        for start in range(len(words) - 1 if word not in words else 0):
            for end in range(start + 2, len(words) + 1):
                if "".join(words[start:end]) == word:
                    return (*words[:start], word, *words[end:])
    return words


class Vocabulary:
    """How much each word of a schema says: one that stands in every name says little."""

    def __init__(self, names: Iterable[str]) -> None:
        self._count = 0
        self._in: Counter[str] = Counter()
        first: Counter[str] = Counter()
        for name in names:
            words = tokens(name)
            self._count += 1
            self._in.update(set(words))
            first.update(words[:1] if len(words) > 1 else ())
        common = {word for word, count in first.items() if count >= max(3, _PREFIX_SHARE * self._count)}
        self._prefixes = _PREFIXES | common

    def words(self, name: str) -> tuple[str, ...]:
        """Return the words of a table's name without a prefix that says nothing."""
        words = tokens(name)
        return words[1:] if len(words) > 1 and words[0] in self._prefixes else words

    def weight(self, word: str) -> float:
        """Return the word's weight: 1 for one that few names have, less for common ones."""
        return 1.0 / (1.0 + math.log1p(max(0, self._in[word] - 1)))

    def overlap(self, one: tuple[str, ...], other: tuple[str, ...], muted: frozenset[str] = frozenset()) -> float:
        """Return the share of words that two names have in common, by weight, between 0 and 1.

        `muted` words say little here: those of the table whose columns are compared.
        """

        def weight(word: str) -> float:
            return self.weight(word) * (_MUTED if word in muted else 1.0)

        pairs = matched(one, other)
        both = sum(weight(word) for word in set(one)) + sum(weight(word) for word in set(other))
        common = sum(like * min(weight(left), weight(right)) for left, right, like in pairs)
        shared = sum(like * max(weight(left), weight(right)) for left, right, like in pairs)
        return min(1.0, common / (both - shared)) if both > shared else 0.0


def substitute(words: Iterable[str], mapping: Mapping[tuple[str, ...], tuple[str, ...]]) -> tuple[str, ...]:
    """Return `words` with each run that is a key of `mapping` replaced, longest first."""
    result = list(words)
    given = set(result)
    for source in sorted((key for key in mapping if given.issuperset(key)), key=lambda key: (-len(key), key)):
        length = len(source)
        index = 0
        while length and index + length <= len(result):
            if tuple(result[index : index + length]) == source:
                result[index : index + length] = mapping[source]
                index += len(mapping[source])
            else:
                index += 1
    return tuple(result)
