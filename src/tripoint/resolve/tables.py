"""Which existing table an unknown one means: all unknown tables are solved together.

Each pair of an unknown table and an existing one gets a score in log-odds, the sum of what each kind of evidence is
worth (`WEIGHTS`). What one answer says of another is evidence too: if `agents` is `personas`, then `agent_id`
is `persona_id`, and a table with a foreign key to `personas` fits it. So the answers are improved in turn until none
changes. "Nothing existing fits" is always among the answers, with log-odds of zero.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from tripoint.model.catalog import Table
from tripoint.model.fault import Suggestion
from tripoint.model.name import Name
from tripoint.model.words import counted
from tripoint.resolve.confidence import confidence, odds
from tripoint.resolve.hunks import PROVEN, Replacements
from tripoint.resolve.kinds import put_away
from tripoint.resolve.near import Near
from tripoint.resolve.words import (
    Vocabulary,
    likeness,
    matched,
    same_words,
    slipped,
    spelling,
    substitute,
    tokens,
    unmatched,
)

__all__ = ["WEIGHTS", "History", "UnknownTable", "resolve_tables"]

WEIGHTS = {
    "bias": -3.4,
    "renamed": 9.0,
    "commits": 7.5,
    "dropped_with": 4.5,
    "described": 1.5,
    "formerly": 6.0,
    "same_words": 6.5,
    "slipped": 6.2,
    "words": 6.2,
    "head": 0.3,
    "contained": 1.0,
    "spelling": 5.0,
    "columns": 5.0,
    "columns_missing": -5.0,
    "joins": 2.2,
    "merged": 1.9,
    "other_schema": -3.3,
    "already_meant": -1.8,
    "unasked": 1.9,
    "taken": -0.9,
    "companion": -3.0,
    "special": -0.8,
    "dependent": -1.7,
    "swapped": -1.3,
    "living": -2.0,
    "its_column": -1.5,
}
"""What each kind of evidence is worth, in log-odds; set on the benchmark of renames (`benchmarks/renames`)."""

_COMMON = frozenset({"id", "created_at", "updated_at", "inserted_at", "deleted_at", "createdat", "updatedat", "uuid"})
_GENERIC = frozenset(
    re.findall(
        r"\w+",
        """
        name title label description summary status state type kind slug code email body content text note comment
        position order amount price color url path metadata data value count date number active enabled
        """,
    )
)
"""Columns that tables of any sort have."""
_COMPANIONS = frozenset({"v", "history", "archive", "backup", "log", "audit", "temp", "tmp", "staging", "snapshot"})
"""Words, beside numbers, of tables that stand next to the one that has all the other words, and do not replace it."""
_NEUTRAL = frozenset({"item", "record", "entry", "data", "datum", "info", "table", "list", "detail", "row", "model"})
"""Last words of tables' names that say nothing of what they hold."""
_ANYWHERE = 0.45
_ENOUGH = 1.2
"""How much information about columns makes them count by two thirds."""
_POSSIBLE = -2.0
"""Log-odds from which on another table's answer is thought possible."""
_MOST = 0.7
"""The share of tables that are asked for by their names from which on it is worth a word that one is not."""
_ROUNDS = 6
_SHOWN = 3
_LEAST = 0.05


def _is_companion(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two names are the same but for words that say that the tables stand beside each other."""
    left, right = ({word for word in words if word not in _COMPANIONS and not word.isdigit()} for words in (one, other))
    return set(one) != set(other) and left == right and bool(left)


def _owners(table: Table) -> frozenset[str]:
    """Return the words of the tables that a table's keys lead to, by its foreign keys and by its columns' names."""
    targets = [tokens(key.references.name) for key in table.constraints.values() if key.references is not None]
    named = [words[:-1] for words in map(tokens, table.columns) if words[-1:] == ("id",)]
    return frozenset(word for words in (*targets, *named) for word in words)


_FORMERLY = r"\b(?:formerly|previously|renamed from|used to be|was called|replaces)\W+(?:called\W+)?"


class UnknownTable(Struct):
    """A table that something asks for and nothing creates, with all that is known of it."""

    name: Name
    columns: set[str] = field(default_factory=set)
    """Columns that the code, a document or a foreign key says it has."""
    embeds: set[str] = field(default_factory=set)
    """Tables that are embedded in it, or in which it is."""
    files: set[str] = field(default_factory=set)
    vouched: bool = False
    """Whether a document or a foreign key vouches for it: then others may mean it, although nothing creates it."""
    pointed: bool = False
    """Whether a foreign key points to it, so that it is no view."""
    readers: set[Name] = field(default_factory=set)
    """Views that read it, which are not what it means."""


class History(Struct, frozen=True):
    """What migrations and commits did to tables that are no more: names as `schema.table`."""

    renames: Mapping[str, str] = field(default_factory=dict)
    """Old name → the name that it has in the end."""
    replaced: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """A dropped table → those that were created by the same migration."""
    commits: Replacements = field(default_factory=Replacements)
    """The names that commits replaced by one another."""


class _Candidate(Struct):
    table: Table
    score: float = 0.0
    reasons: tuple[str, ...] = ()
    decisive: bool = False


def resolve_tables(
    unknown: Iterable[UnknownTable],
    known: Mapping[Name, Table],
    history: History,
    used: Mapping[Name, set[str]],
    described: Mapping[Name, str] | None = None,
) -> dict[Name, tuple[Suggestion, ...]]:
    """Return for each unknown table what it most likely means, ranked, best first.

    `used` gives the files in which each known table is asked for by its own name, `described` what documents and
    comments say of it in words.
    """
    solver = _Solver(sorted(unknown, key=lambda table: table.name), known, history, used, described or {})
    return solver.solve()


class _About(Struct):
    """What is the same of an unknown table whatever it is held against."""

    mapping: Mapping[tuple[str, ...], tuple[str, ...]]
    asked: list[tuple[str, tuple[str, ...], tuple[str, ...], float]]
    """The columns asked for but those that any table has: name, words, words by the other answers, information."""
    total: float
    """The information of all of them."""
    mentioned: set[Name]
    """The answers that it refers to."""
    taken: set[Name]
    """The answers to the other unknown tables."""
    by_name: dict[Name, list[tuple[float, str]]]
    """By existing table what the names say, where the other answers change no word of this one's."""
    by_columns: dict[Name, list[tuple[float, str]]]
    """By existing table what the columns say."""


class _Solver:
    def __init__(
        self,
        unknown: list[UnknownTable],
        known: Mapping[Name, Table],
        history: History,
        used: Mapping[Name, set[str]],
        described: Mapping[Name, str],
    ) -> None:
        self.unknown = unknown
        self.known = known
        self.history = history
        self.used = used
        self.described = {name: text.lower() for name, text in described.items()}
        self.words = Vocabulary([*(name.name for name in known), *(table.name.name for table in unknown)])
        self.columns = {name: {tokens(column) for column in table.columns} for name, table in known.items()}
        self.owners = {name: _owners(table) for name, table in known.items()}
        """By existing table the words of those that its keys lead to."""
        keys = {(other.name, tokens(column)) for other in unknown for column in other.columns}
        self.pointing = {
            table.name: [o for o in unknown if o is not table and (o.name, (*tokens(table.name.name), "id")) in keys]
            for table in unknown
        }
        """By unknown table the unknown ones that have a key to it."""
        self.near = Near(self.columns)
        self.abouts: dict[Name, _About] = {}
        """By unknown table what was known of it in the round before: most of it holds in the next one."""
        self.column_count = Counter(tokens(column) for table in known.values() for column in set(table.columns))
        self.asked_for = sum(1 for name in known if used.get(name)) / max(1, len(known))
        """The share of the existing tables that something asks for."""
        self.vouched = {table.name for table in unknown if table.vouched}
        self.living = {word for name in known if name not in self.vouched for word in tokens(name.name)}
        """The words of the names of tables that exist."""
        self.answers: dict[Name, Name | None] = {}
        self.scores: dict[tuple[Name, Name], float] = {}
        """By unknown and existing table, of the round before."""

    def solve(self) -> dict[Name, tuple[Suggestion, ...]]:
        ranked: dict[Name, list[_Candidate]] = {}
        for _ in range(_ROUNDS):
            before = dict(self.answers)
            for table in self.unknown:
                ranked[table.name] = self._rank(table)
                self.scores.update({(table.name, c.table.name): c.score for c in ranked[table.name][:_SHOWN]})
                best = ranked[table.name][0] if ranked[table.name] else None
                self.answers[table.name] = best.table.name if best is not None and best.score > 0 else None
            if self.answers == before:
                break
        return {table.name: self._suggestions(table, ranked.get(table.name, [])) for table in self.unknown}

    def _rank(self, table: UnknownTable) -> list[_Candidate]:
        about = self._about(table)
        candidates = [
            self._score(table, existing, about)
            for existing in self.known.values()
            if existing.name != table.name
            and not (table.vouched and existing.name in self.vouched)
            and existing.name not in table.readers
            and (not table.pointed or existing.kind == "table")
        ]
        return sorted(candidates, key=lambda c: (-c.score, c.table.name))

    def _about(self, table: UnknownTable) -> _About:
        mapping = self._mapping(table.name)
        asked = []
        total = 0.0
        for column in sorted(column for column in table.columns if column.lower() not in _COMMON):
            words = tokens(column)
            weight = self._information(words)
            asked.append((column, words, substitute(words, mapping), weight))
            total += weight
        taken = {answer for name, answer in self.answers.items() if name != table.name and answer is not None}
        before = self.abouts.get(table.name)
        named: dict[Name, list[tuple[float, str]]] = {}
        known: dict[Name, list[tuple[float, str]]] = {}
        own = self.words.words(table.name.name)
        if before is not None and substitute(own, mapping) == own == substitute(own, before.mapping):
            named = before.by_name
        if before is not None and before.asked == asked:
            known = before.by_columns
        about = _About(mapping, asked, total, self._mentioned(table), taken, named, known)
        self.abouts[table.name] = about
        return about

    def _mapping(self, own: Name) -> dict[tuple[str, ...], tuple[str, ...]]:
        """What the other answers say of words: `agent` stands for `persona`."""
        return {
            tokens(name.name): tokens(answer.name)
            for name, answer in self.answers.items()
            if answer is not None and name != own and tokens(name.name) != tokens(answer.name)
        }

    # --- evidence

    def _score(self, table: UnknownTable, existing: Table, about: _About) -> _Candidate:
        parts: list[tuple[float, str]] = [(WEIGHTS["bias"], "")]
        renamed = self.history.renames.get(str(table.name)) == str(existing.name)
        if renamed:
            parts.append((WEIGHTS["renamed"], f"a migration renamed {table.name} to {existing.name}"))
        created = self.history.replaced.get(str(table.name), frozenset())
        if str(existing.name) in created:
            said = f"the migration that dropped {table.name} created it"
            parts.append((WEIGHTS["dropped_with"] / len(created), said))
        sure, told = self.history.commits.evidence(table.name.name, existing.name.name)
        if sure:
            parts.append((WEIGHTS["commits"] * sure, told))
        parts += self._described(table.name, existing.name)
        if existing.name not in about.by_name:
            about.by_name[existing.name] = self._name_evidence(table.name, existing.name, about.mapping)
        parts += about.by_name[existing.name]
        if existing.name not in about.by_columns:
            about.by_columns[existing.name] = self._column_evidence(existing, about)
        parts += about.by_columns[existing.name]
        parts += self._join_evidence(existing, about.mentioned)
        merged = self._merge_evidence(table, existing)
        parts += merged
        if table.name.schema != existing.name.schema:
            parts.append((WEIGHTS["other_schema"], ""))
        if not self.used.get(existing.name) and existing.name not in self.vouched:
            said = "nothing asks for it by its own name" if self.asked_for > _MOST else ""
            # A table that nothing asks for and that lacks the columns asked for is another one that nothing asks for.
            parts.append((WEIGHTS["unasked"] * self.asked_for * self._fits(existing, about), said))
        shared = table.files & self.used.get(existing.name, set())
        if shared:
            parts.append((WEIGHTS["already_meant"], ""))
        if not merged and existing.name in about.taken:
            parts.append((WEIGHTS["taken"], ""))
        score = sum(weight for weight, _ in parts)
        reasons = tuple(text for weight, text in sorted(parts, key=lambda p: -p[0]) if text and weight > 0.3)
        alike = same_words(self.words.words(table.name.name), self.words.words(existing.name.name))
        settled = renamed and not put_away(tokens(table.name.name), tokens(existing.name.name))
        return _Candidate(existing, score, reasons, settled or sure >= PROVEN or alike)

    def _described(self, unknown: Name, existing: Name) -> list[tuple[float, str]]:
        text = self.described.get(existing)
        if text is None:
            return []
        name = unknown.name.lower()
        if name in text and re.search(rf"{_FORMERLY}{re.escape(name)}\b", text):
            return [(WEIGHTS["formerly"], f"its description says that it was {unknown.name}")]
        words = self.words.words(unknown.name)
        if words and set(words) <= set(tokens(text)) - set(tokens(existing.name)):
            return [(WEIGHTS["described"], f"its description speaks of {' '.join(words)!r}")]
        return []

    def _name_evidence(
        self, one: Name, other: Name, mapping: Mapping[tuple[str, ...], tuple[str, ...]]
    ) -> list[tuple[float, str]]:
        own, theirs = self.words.words(one.name), self.words.words(other.name)
        if _is_companion(tokens(one.name), tokens(other.name)):
            return [(WEIGHTS["companion"], "")]
        if same_words(own, theirs):
            return [(WEIGHTS["same_words"], "the names differ in number, case, prefix or punctuation only")]
        if slipped(one.name.lower(), other.name.lower()):
            return [(WEIGHTS["slipped"], "the names differ in one letter, or in the order of two")]
        found: list[tuple[float, str]] = []
        overlap = self.words.overlap(own, theirs)
        replaced = substitute(own, mapping)
        through = self.words.overlap(replaced, theirs) if replaced != own else 0.0
        if through > overlap:
            found.append((WEIGHTS["words"] * through, self._named_after(one, own, theirs, mapping)))
        elif overlap > 0:
            pairs = matched(own, theirs)
            common = [word for word, _, like in pairs if like >= 0.9]
            word, its, _ = pairs[0]
            said = f"{word!r} and {its!r} are often used for each other"
            if common:
                said = f"the names share {' and '.join(map(repr, common))}"
            found.append((WEIGHTS["words"] * overlap, said))
        if own and own[-1] not in theirs and self.columns[other] & {own, (*own, "id")}:
            found.append((WEIGHTS["its_column"], ""))  # `regions`, where `sites` have a `region`
        if max(overlap, through) > 0:
            found += self._sibling(own, replaced if through > overlap else own, theirs, self.owners[other])
        # What both have in common is spelled alike in any case: `quotas` and `rate_quotas` are not.
        rest = unmatched(own, theirs)
        alike = spelling(*rest) if all(rest) else 0.0
        if alike:
            found.append((WEIGHTS["spelling"] * (alike - 0.7) / 0.3, "the names are spelled alike"))
        return found

    def _sibling(
        self, written: tuple[str, ...], own: tuple[str, ...], theirs: tuple[str, ...], owners: frozenset[str]
    ) -> Iterator[tuple[float, str]]:
        """Yield what the words say in which two names differ: whether one replaces the other, or stands beside it.

        `own` are the words as the other answers have it, `written` as they stand. The words of `owners`, to which the
        existing table's keys lead, say nothing before the name of what is theirs: the `user_profiles` are the
        `profiles` that have a `user_id`.
        """
        pairs = matched(own, theirs)
        known = {left for left, _, _ in pairs} | _NEUTRAL | (owners - {own[-1]})
        more = [word for word in own if word in written and word not in known]
        less = [word for word in theirs if word not in {right for _, right, _ in pairs} | _NEUTRAL]
        head = any((left, right) == (own[-1], theirs[-1]) for left, right, _ in pairs)
        if head and likeness(own[-1], theirs[-1]) >= 0.9:
            yield WEIGHTS["head"], ""
            if set(own) < set(theirs):
                yield WEIGHTS["contained"], ""
        if more and less:
            yield WEIGHTS["swapped"], ""
        elif (more and own[-1] in more) or (less and theirs[-1] in less):
            yield WEIGHTS["dependent"], ""  # `orders` and `order_refunds`
        elif more:
            yield WEIGHTS["special"], ""
        # An old name's words are gone from the schema; those of a further table are often its own.
        living = [word for word in more if word in self.living]
        if living:
            yield WEIGHTS["living"] * len(living) / len(more), ""

    def _named_after(
        self,
        own: Name,
        words: tuple[str, ...],
        theirs: tuple[str, ...],
        mapping: Mapping[tuple[str, ...], tuple[str, ...]],
    ) -> str:
        """Say which of the other answers make the two names alike."""
        old, new = [], []
        for name, answer in sorted(self.answers.items()):
            if name == own or answer is None or tokens(name.name) not in mapping:
                continue
            replaced = substitute(words, {tokens(name.name): tokens(answer.name)})
            if replaced != words and set(tokens(answer.name)) & set(theirs):
                old.append(name.name)
                new.append(answer.name)
        return f"it is named after {' and '.join(new)} where this is named after {' and '.join(old)}"

    def _column_evidence(self, existing: Table, about: _About) -> list[tuple[float, str]]:
        asked, total = about.asked, about.total
        if not asked or not existing.columns:
            return []
        have = self.columns[existing.name]
        said = met_information = 0.0
        met: list[str] = []
        for column, words, replaced, weight in asked:
            if words in have or replaced in have:
                met_information += weight
                said += weight
                met.append(column)
            else:
                said += weight * self.near.of(words, existing.name)
        share = said / total
        known = 1 - math.exp(-total / _ENOUGH)
        found: list[tuple[float, str]] = []
        if met:
            shown = ", ".join(met[:4]) + (f" and {len(met) - 4} more" if len(met) > 4 else "")
            text = f"it has {len(met)} of the {counted(len(asked), 'column')} asked for ({shown})"
            found.append((WEIGHTS["columns"] * share * (1 - math.exp(-met_information / _ENOUGH)), text))
        found.append((WEIGHTS["columns_missing"] * (1 - share) * known, ""))
        return found

    def _fits(self, existing: Table, about: _About) -> float:
        """Return the share of the columns asked for that a table has, by what they say; 1 where none is asked for."""
        have = self.columns[existing.name]
        met = sum(weight for _, words, replaced, weight in about.asked if words in have or replaced in have)
        return met / about.total if about.total else 1.0

    def _information(self, words: tuple[str, ...]) -> float:
        """How much a column says about its table: one that many tables have, or could have, says little."""
        others = max(0, self.column_count[words] - 1)
        rare = (1.0 - others / max(1, len(self.known))) / (1.0 + math.log1p(others))
        return rare * (_ANYWHERE if len(words) == 1 and words[0] in _GENERIC else 1.0)

    def _mentioned(self, table: UnknownTable) -> set[Name]:
        """The answers that an unknown table refers to, by its key columns or embeddings."""
        mentioned = set()
        own = tokens(table.name.name)
        keys = [words for words in map(tokens, table.columns) if words[-1:] == ("id",)]
        for other, answer in self.answers.items():
            if other == table.name or answer is None:
                continue
            words = tokens(other.name)
            key = any(one[: len(words)] == words for one in keys)
            inside = len(words) < len(own) and all(w in own for w in words)
            if key or inside or other.name in table.embeds:
                mentioned.add(answer)
        return mentioned

    def _join_evidence(self, existing: Table, mentioned: set[Name]) -> list[tuple[float, str]]:
        """The answers that the unknown table refers to, against foreign keys."""
        targets = {key.references for key in existing.constraints.values() if key.kind == "foreign"}
        reached = sorted(str(answer) for answer in mentioned if answer in targets)
        if not reached:
            return []
        said = f"its foreign keys lead to {' and '.join(reached)}"
        return [(WEIGHTS["joins"] * len(reached) / len(mentioned), said)]

    def _merge_evidence(self, table: UnknownTable, existing: Table) -> list[tuple[float, str]]:
        """Another unknown table that points to this one and likely is the existing one, which then holds both."""
        likely: list[tuple[float, str]] = []
        for other in self.pointing[table.name]:
            score = self.scores.get((other.name, existing.name), -math.inf)
            if score > _POSSIBLE and any(column in existing.columns for column in table.columns - _COMMON):
                said = f"it holds what {other.name} asks for too, which points to {table.name}"
                likely.append((WEIGHTS["merged"], said))
        return likely[:1]

    # --- answers

    def _suggestions(self, table: UnknownTable, ranked: list[_Candidate]) -> tuple[Suggestion, ...]:
        total = 1.0 + sum(odds(c.score) for c in ranked)
        suggestions = [
            Suggestion("rename", str(c.table.name), confidence(c.score, total), c.reasons, c.decisive)
            for c in ranked[:_SHOWN]
        ]
        new = Suggestion("create", str(table.name), confidence(0.0, total), ("nothing existing fits it",))
        shown = [s for s in (*suggestions, new) if s.confidence >= _LEAST]
        return tuple(sorted(shown, key=lambda s: -s.confidence))
