"""Which existing table an unknown one means: all unknown tables are solved together.

Each pair of an unknown table and an existing one gets a score in log-odds, the sum of what each kind of evidence is
worth (`WEIGHTS`). What one answer says of another is evidence too: if `agents` is `personas`, then `agent_id`
is `persona_id`, and a table with a foreign key to `personas` fits it. So the answers are improved in turn until none
changes. "Nothing existing fits" is always among the answers, with log-odds of zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tripoint.model.catalog import Table
from tripoint.model.fault import Suggestion
from tripoint.model.name import Name
from tripoint.resolve.words import Vocabulary, spelling, substitute, tokens

__all__ = ["WEIGHTS", "UnknownTable", "resolve_tables"]

WEIGHTS = {
    "bias": -3.4,
    "renamed": 9.0,
    "dropped_with": 1.0,
    "same_words": 6.5,
    "words": 4.5,
    "spelling": 5.0,
    "columns": 5.0,
    "columns_missing": -4.0,
    "columns_few": 0.6,
    "joins": 2.6,
    "other_schema": -2.5,
    "already_meant": -1.2,
    "taken": -0.9,
}
"""What each kind of evidence is worth, in log-odds; set on the benchmark of renames (`benchmarks/renames`)."""

_COMMON = frozenset({"id", "created_at", "updated_at", "inserted_at", "deleted_at", "createdat", "updatedat", "uuid"})
_ROUNDS = 6
_SHOWN = 3
_LEAST = 0.08


@dataclass(slots=True)
class UnknownTable:
    """A table that something asks for and nothing creates, with all that is known of it."""

    name: Name
    columns: set[str] = field(default_factory=set)
    """Columns that the code, a document or a foreign key says it has."""
    embeds: set[str] = field(default_factory=set)
    """Tables that are embedded in it, or in which it is."""
    files: set[str] = field(default_factory=set)
    vouched: bool = False
    """Whether a document or a foreign key vouches for it: then others may mean it, although nothing creates it."""


@dataclass(slots=True)
class _Candidate:
    table: Table
    score: float = 0.0
    reasons: tuple[str, ...] = ()


def resolve_tables(
    unknown: Iterable[UnknownTable],
    known: Mapping[Name, Table],
    renames: Mapping[str, str],
    used: Mapping[Name, set[str]],
) -> dict[Name, tuple[Suggestion, ...]]:
    """Return for each unknown table what it most likely means, ranked, best first.

    `renames` leads from old to new names (`schema.table`); `used` gives the files in which each known table is asked
    for by its own name.
    """
    solver = _Solver(sorted(unknown, key=lambda table: table.name), known, renames, used)
    return solver.solve()


class _Solver:
    def __init__(
        self,
        unknown: list[UnknownTable],
        known: Mapping[Name, Table],
        renames: Mapping[str, str],
        used: Mapping[Name, set[str]],
    ) -> None:
        self.unknown = unknown
        self.known = known
        self.renames = renames
        self.used = used
        self.words = Vocabulary([*(name.name for name in known), *(table.name.name for table in unknown)])
        columns = [column for table in known.values() for column in table.columns]
        self.column_count = {column: columns.count(column) for column in set(columns)} if len(columns) < 5000 else {}
        self.vouched = {table.name for table in unknown if table.vouched}
        self.answers: dict[Name, Name | None] = {}

    def solve(self) -> dict[Name, tuple[Suggestion, ...]]:
        ranked: dict[Name, list[_Candidate]] = {}
        for _ in range(_ROUNDS):
            before = dict(self.answers)
            for table in self.unknown:
                ranked[table.name] = self._rank(table)
                best = ranked[table.name][0] if ranked[table.name] else None
                self.answers[table.name] = best.table.name if best is not None and best.score > 0 else None
            if self.answers == before:
                break
        return {table.name: self._suggestions(table, ranked.get(table.name, [])) for table in self.unknown}

    def _rank(self, table: UnknownTable) -> list[_Candidate]:
        mapping = self._mapping(table.name)
        candidates = [
            self._score(table, existing, mapping)
            for existing in self.known.values()
            if existing.name != table.name and not (table.vouched and existing.name in self.vouched)
        ]
        return sorted(candidates, key=lambda c: (-c.score, c.table.name))

    def _mapping(self, own: Name) -> dict[tuple[str, ...], tuple[str, ...]]:
        """What the other answers say of words: `agent` stands for `persona`."""
        return {
            tokens(name.name): tokens(answer.name)
            for name, answer in self.answers.items()
            if answer is not None and name != own and tokens(name.name) != tokens(answer.name)
        }

    # --- evidence

    def _score(
        self, table: UnknownTable, existing: Table, mapping: Mapping[tuple[str, ...], tuple[str, ...]]
    ) -> _Candidate:
        parts: list[tuple[float, str]] = [(WEIGHTS["bias"], "")]
        if self.renames.get(str(table.name)) == str(existing.name):
            parts.append((WEIGHTS["renamed"], f"a migration renamed {table.name} to {existing.name}"))
        parts += self._name_evidence(table.name, existing.name, mapping)
        parts += self._column_evidence(table, existing, mapping)
        parts += self._join_evidence(table, existing)
        if table.name.schema != existing.name.schema and table.name.name != existing.name.name:
            parts.append((WEIGHTS["other_schema"], ""))
        shared = table.files & self.used.get(existing.name, set())
        if shared:
            parts.append((WEIGHTS["already_meant"], ""))
        if any(answer == existing.name for name, answer in self.answers.items() if name != table.name):
            parts.append((WEIGHTS["taken"], ""))
        score = sum(weight for weight, _ in parts)
        reasons = tuple(text for weight, text in sorted(parts, key=lambda p: -p[0]) if text and weight > 0.3)
        return _Candidate(existing, score, reasons)

    def _name_evidence(
        self, one: Name, other: Name, mapping: Mapping[tuple[str, ...], tuple[str, ...]]
    ) -> list[tuple[float, str]]:
        own, theirs = tokens(one.name), tokens(other.name)
        if own == theirs:
            return [(WEIGHTS["same_words"], "the names differ in number, case or punctuation only")]
        found: list[tuple[float, str]] = []
        overlap = self.words.overlap(own, theirs)
        replaced = substitute(own, mapping)
        through = self.words.overlap(replaced, theirs) if replaced != own else 0.0
        if through > overlap:
            found.append((WEIGHTS["words"] * through, f"with the other names resolved it reads {'_'.join(replaced)}"))
        elif overlap > 0:
            common = [word for word in own if word in theirs]
            found.append((WEIGHTS["words"] * overlap, f"the names share {' and '.join(map(repr, common))}"))
        alike = spelling("".join(own), "".join(theirs))
        if alike >= 0.75 and overlap < 0.99:
            found.append((WEIGHTS["spelling"] * (alike - 0.7) / 0.3, "the names are spelled alike"))
        return found

    def _column_evidence(
        self, table: UnknownTable, existing: Table, mapping: Mapping[tuple[str, ...], tuple[str, ...]]
    ) -> list[tuple[float, str]]:
        asked = {column for column in table.columns if column.lower() not in _COMMON}
        if not asked or not existing.columns:
            return []
        have = {tokens(column): column for column in existing.columns}
        total = fits = 0.0
        met: list[str] = []
        missed: list[str] = []
        for column in sorted(asked):
            words = tokens(column)
            weight = 1.0 / (1.0 + math.log1p(self.column_count.get(column, 1) - 1 if self.column_count else 0))
            total += weight
            if words in have or substitute(words, mapping) in have:
                fits += weight
                met.append(column)
            else:
                missed.append(column)
        share = fits / total
        trust = min(1.0, math.log1p(len(asked)) / math.log(5))
        found: list[tuple[float, str]] = []
        if met:
            shown = ", ".join(met[:4]) + (f" and {len(met) - 4} more" if len(met) > 4 else "")
            text = f"it has {len(met)} of the {len(asked)} columns asked for ({shown})"
            found.append((WEIGHTS["columns"] * share * trust, text))
        found.append((WEIGHTS["columns_missing"] * (1 - share) * trust, ""))
        return found

    def _join_evidence(self, table: UnknownTable, existing: Table) -> list[tuple[float, str]]:
        """Answers that the unknown table refers to, by its key columns or embeddings, against foreign keys."""
        mentioned = set()
        for other, answer in self.answers.items():
            if other == table.name or answer is None:
                continue
            words = tokens(other.name)
            key = any(
                tokens(column)[: len(words)] == words and tokens(column)[-1:] == ("id",) for column in table.columns
            )
            inside = len(words) < len(tokens(table.name.name)) and all(w in tokens(table.name.name) for w in words)
            if key or inside or other.name in table.embeds:
                mentioned.add(answer)
        targets = {key.references for key in existing.constraints.values() if key.kind == "foreign"}
        reached = sorted(str(answer) for answer in mentioned if answer in targets)
        if not reached:
            return []
        return [(WEIGHTS["joins"] * len(reached) / len(mentioned), f"its foreign keys lead to {' and '.join(reached)}")]

    # --- answers

    def _suggestions(self, table: UnknownTable, ranked: list[_Candidate]) -> tuple[Suggestion, ...]:
        total = 1.0 + sum(math.exp(min(c.score, 30.0)) for c in ranked)
        suggestions = [
            Suggestion("rename", str(c.table.name), round(math.exp(min(c.score, 30.0)) / total, 2), c.reasons)
            for c in ranked[:_SHOWN]
        ]
        new = Suggestion("create", str(table.name), round(1.0 / total, 2), ("nothing existing fits it",))
        shown = [s for s in (*suggestions, new) if s.confidence >= _LEAST]
        return tuple(sorted(shown, key=lambda s: -s.confidence))
