"""Which existing column, function, bucket or value an unknown name means: by its words, and by what it is used with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct, field

from tripoint.model.fault import SLIPPED, Suggestion
from tripoint.resolve.clues import Clues, Swaps, Usage, agreement
from tripoint.resolve.confidence import confidence, odds
from tripoint.resolve.functions import VERBS, Called, sibling
from tripoint.resolve.hunks import PROVEN, Replacements
from tripoint.resolve.kinds import distinctions, made_it, put_away
from tripoint.resolve.words import (
    Vocabulary,
    glued,
    likeness,
    matched,
    same_words,
    slipped,
    spelling,
    substitute,
    tokens,
    unmatched,
)

__all__ = ["NAME_WEIGHTS", "Candidate", "UnknownName", "resolve_name"]

NAME_WEIGHTS = {
    "bias": -3.2,
    "renamed": 9.0,
    "commits": 7.5,
    "dropped_with": 3.0,
    "same_words": 6.9,
    "slipped": 6.2,
    "words": 6.8,
    "contained": 4.2,
    "spelling": 5.3,
    "through": 4.5,
    "same_target": 4.4,
    "maker": 4.2,
    "other_target": -2.5,
    "arguments": 2.0,
    "arguments_missing": -1.5,
    "beside": -5.5,
    "asked": -1.2,
    "alone": 2.6,
    "lacking": 3.6,
    "undeclared": 3.0,
    "fits": 0.9,
    "differs": -3.5,
    "swap": 4.4,
    "head": -5.0,
    "part": -1.5,
    "special": -4.0,
    "other_word": -1.5,
    "implied": -4.0,
    "required_missing": -1.5,
    "called": -1.2,
    "other_thing": -3.5,
    "of_it": -3.5,
    "group": -7.0,
}
"""What each kind of evidence is worth, in log-odds; set on the benchmark of renames (`benchmarks/renames`)."""

_SHOWN = 3
_LEAST = 0.3
_CONSISTENT = 0.25
"""The share from which on one replacement explains several names, and in what they differ is no matter."""
_ENDINGS = frozenset({"id", "at", "on", "by", "is", "has", "date", "url", "path"})
"""Words that say what sort of column it is and not which."""


class Candidate(Struct, frozen=True):
    """Something that exists and may be meant."""

    name: str
    target: str
    """As a suggestion names it."""
    leads_to: str | None = None
    """The table that a foreign key of this column leads to."""
    arguments: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    """Of a function: the arguments without which none of its overloads can be called."""
    type: str = ""
    """Of a column, as `format_type` writes it."""
    enum: tuple[str, ...] | None = None
    """The values that the type has where it is an enum."""


class UnknownName(Struct):
    """A name that something asks for and nothing creates."""

    name: str
    candidates: tuple[Candidate, ...]
    clues: Clues = field(default_factory=Clues)
    usage: Usage = field(default_factory=Usage)
    """Of its table."""
    owner: frozenset[str] = frozenset()
    """The words of its table's name, which say nothing of which of its columns is meant."""
    arguments: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    """Of a column: the files that ask its table for something."""
    leads_to: str | None = None
    """The table that it seems to point to by its name."""
    called: Called | None = None
    """Of a function: what is known of the others."""
    dropped_with: frozenset[str] = frozenset()
    """Targets that were created by the migration that dropped it."""


def resolve_name(
    unknown: UnknownName,
    renamed: str | None,
    mapping: Mapping[tuple[str, ...], tuple[str, ...]],
    words: Vocabulary,
    swaps: Swaps,
    commits: Replacements,
) -> tuple[Suggestion, ...]:
    """Return what is likely meant, ranked, best first; nothing where nothing existing fits.

    `renamed` is the target that the migrations renamed it to; `mapping` says which words stand for which by the
    answers found for tables; `swaps` which replacements explain several unknown names;
    `commits` which names the project's commits replaced.
    """
    unasked = unknown.usage.unasked(one.name for one in unknown.candidates) if unknown.usage.known else 0
    scored = [
        (_score(unknown, candidate, renamed, mapping, words, swaps, commits, unasked), candidate)
        for candidate in unknown.candidates
    ]
    total = 1.0 + sum(odds(score) for (score, _, _), _ in scored)
    found = [
        Suggestion("rename", candidate.target, confidence(score, total), reasons, decisive)
        for (score, reasons, decisive), candidate in scored
    ]
    shown = [suggestion for suggestion in found if suggestion.confidence >= _LEAST]
    return tuple(sorted(shown, key=lambda s: (-s.confidence, s.target))[:_SHOWN])


def _score(
    unknown: UnknownName,
    candidate: Candidate,
    renamed: str | None,
    mapping: Mapping[tuple[str, ...], tuple[str, ...]],
    words: Vocabulary,
    swaps: Swaps,
    commits: Replacements,
    unasked: int,
) -> tuple[float, tuple[str, ...], bool]:
    weights = NAME_WEIGHTS
    parts: list[tuple[float, str]] = [(weights["bias"], "")]
    if renamed == candidate.target:
        parts.append((weights["renamed"], f"a migration renamed it to {candidate.name}"))
    settled = renamed == candidate.target and not put_away(tokens(unknown.name), tokens(candidate.name))
    if candidate.target in unknown.dropped_with:
        share = weights["dropped_with"] / len(unknown.dropped_with)
        parts.append((share, f"the migration that dropped it created {candidate.name}"))
    sure, told = commits.evidence(unknown.name, candidate.name, frozenset(unknown.paths) if unknown.paths else None)
    if sure:
        parts.append((weights["commits"] * sure, told))
    count, share, said = swaps.support(unknown.name, candidate.name)
    parts += _words(unknown, candidate, mapping, words, swapped=count > 1 and share >= _CONSISTENT)
    parts += _use(unknown, candidate, unasked)
    if count > 1:
        parts.append((weights["swap"] * share * (1 - 1 / count), said))
    if unknown.leads_to is not None and unknown.leads_to == candidate.leads_to:
        parts.append((weights["same_target"], f"its foreign key leads to {candidate.leads_to}, as the name says"))
    elif unknown.leads_to is not None and candidate.leads_to is not None:
        parts.append((weights["other_target"], ""))
    makers = _makers(unknown.candidates) if candidate.type and made_it(tokens(unknown.name)) else frozenset()
    if candidate.name in makers:
        parts.append((weights["maker"] / len(makers), "both are names for whoever made a row"))
    if unknown.arguments:
        share = len(unknown.arguments & candidate.arguments) / len(unknown.arguments)
        parts.append((weights["arguments"] * share, "it takes the arguments that are given" if share == 1 else ""))
        parts.append((weights["arguments_missing"] * (1 - share), ""))
        lacking = len(candidate.required - unknown.arguments) / max(1, len(candidate.required))
        parts.append((weights["required_missing"] * lacking, ""))
    if unknown.called is not None and candidate.name in unknown.called.names:
        parts.append((weights["called"], ""))
    reasons = tuple(text for weight, text in sorted(parts, key=lambda part: -part[0]) if text and weight > 0.3)
    alike = same_words(tokens(unknown.name), tokens(candidate.name))
    return sum(weight for weight, _ in parts), reasons, settled or sure >= PROVEN or alike


def _use(unknown: UnknownName, candidate: Candidate, unasked: int) -> list[tuple[float, str]]:
    """Return what the use of a column says."""
    weights, clues, usage = NAME_WEIGHTS, unknown.clues, unknown.usage
    found: list[tuple[float, str]] = []
    if candidate.name in clues.beside:
        found.append((weights["beside"], ""))
    elif candidate.name in usage.asked:
        found.append((weights["asked"], ""))
    alone = usage.alone(candidate.name, unasked) if usage.known else 0.0
    if alone:
        found.append((weights["alone"] * alone, "the code asks for nearly every other column by its name, not for it"))
    inserts = [lacking for lacking in clues.lacking if candidate.name in lacking]
    if inserts:
        share = len(inserts) / len(clues.lacking) / max(clues.rivals, min(len(one) for one in inserts))
        found.append(
            (weights["lacking"] * share, "it must have a value, and the inserts that write this name give none")
        )
    if candidate.name in clues.undeclared:
        share = 1 / len(clues.undeclared)
        found.append((weights["undeclared"] * share, "the generated types have this name and not that one"))
    agrees = agreement(candidate.type, clues.values, candidate.enum) if candidate.type else 0
    if agrees:
        found.append(
            (weights["fits" if agrees > 0 else "differs"], f"it is {candidate.type}, as the values in the code")
        )
    return found


def _words(
    unknown: UnknownName,
    candidate: Candidate,
    mapping: Mapping[tuple[str, ...], tuple[str, ...]],
    words: Vocabulary,
    swapped: bool,
) -> list[tuple[float, str]]:
    own, theirs = tokens(unknown.name), tokens(candidate.name)
    own, theirs = glued(own, theirs), glued(theirs, own)
    if same_words(own, theirs):
        return [(NAME_WEIGHTS["same_words"], "the names differ in number, case or punctuation only")]
    if slipped(unknown.name.lower(), candidate.name.lower()):
        return [(NAME_WEIGHTS["slipped"], SLIPPED)]
    found: list[tuple[float, str]] = []
    replaced = substitute(own, mapping)
    if replaced != own and same_words(replaced, theirs):
        said = " and ".join(
            f"'{' '.join(k)}' is '{' '.join(v)}'" for k, v in sorted(mapping.items()) if set(k) <= set(own)
        )
        found.append((NAME_WEIGHTS["through"], f"{said} elsewhere"))
    pairs = matched(own, theirs)
    differs: set[str] = set()
    if candidate.type and not swapped and not (unknown.leads_to is not None and unknown.leads_to == candidate.leads_to):
        differs = set(distinctions(own, theirs, candidate.type, unknown.owner))
    if candidate.type and (set(theirs[:1]) - set(own) - unknown.owner) & _groups(unknown.candidates):
        differs.add("group")
    if unknown.called is not None and not swapped:
        differs |= set(sibling(replaced, theirs, unknown.called.living))
    common = _ENDINGS if unknown.called is None else VERBS
    telling = [pair for pair in pairs if not {pair[0], pair[1]} <= common]
    if telling:
        overlap = words.overlap(own, theirs, unknown.owner if unknown.called is None else VERBS)
        found.append((NAME_WEIGHTS["words"] * overlap, _shared(telling)))
        small, large = sorted((set(own) - _ENDINGS, set(theirs) - _ENDINGS), key=len)
        likes = [max(likeness(word, its) for its in large) for word in small]
        if likes and min(likes) > 0 and not differs & {"head", "special"}:
            share = sum(likes) / len(likes) / max(1, len(large) - len(small))
            found.append((NAME_WEIGHTS["contained"] * share, ""))
    rest = unmatched(own, theirs)
    alike = spelling(*rest) if all(rest) and rest[0][0] == rest[1][0] else 0.0
    if alike >= 0.75:
        found.append((NAME_WEIGHTS["spelling"] * (alike - 0.7) / 0.3, "the names are spelled alike"))
    # What makes likeness doubtful takes away what likeness gave, and nothing of other evidence.
    given = sum(weight for weight, _ in found)
    taken = sum(NAME_WEIGHTS[kind] for kind in differs - {"implied"})
    if taken:
        found.append((max(taken, -given), ""))
    if "implied" in differs:
        found.append((NAME_WEIGHTS["implied"], ""))
    return found


_GROUP = 4
"""As many columns that begin with one word are about one thing, which is not the table's row itself."""


@lru_cache(maxsize=256)
def _groups(candidates: tuple[Candidate, ...]) -> frozenset[str]:
    """Return the first words that many columns have in common: `guarantor_name`, `guarantor_phone`, …"""
    first = Counter(words[0] for one in candidates if len(words := tokens(one.name)) > 1)
    return frozenset(word for word, count in first.items() if count >= _GROUP and word not in _ENDINGS)


@lru_cache(maxsize=256)
def _makers(candidates: tuple[Candidate, ...]) -> frozenset[str]:
    """Return the columns that say who made a row."""
    return frozenset(one.name for one in candidates if made_it(tokens(one.name)))


def _shared(pairs: list[tuple[str, str, float]]) -> str:
    same = [left for left, _, like in pairs if like >= 0.9]
    if same:
        return f"the names share {' and '.join(map(repr, same))}"
    left, right, _ = pairs[0]
    return f"'{left}' and '{right}' are often used for each other"
