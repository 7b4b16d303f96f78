"""What the project's tables have in common: how its ids, keys, times, policies and names look."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct

from tripoint.model.catalog import Column, Table, Trigger
from tripoint.model.evidence import Evidence
from tripoint.model.name import Name
from tripoint.model.regex import regex
from tripoint.resolve.words import tokens
from tripoint.rules._shared import own_tables

__all__ = ["Habit", "Habits", "Shape", "words_of"]


_TOUCH = regex(
    r"begin\s+(?:if\s+[^;]+\s+then\s+)?\"?new\"?\.\"?updated_?at\"?\s*:?=\s*[^;]+;"
    r"\s*(?:end if;\s*)?return new;\s*end;?",
    re.IGNORECASE,
)
"""The body of a trigger function that keeps `updated_at`."""


class Shape(NamedTuple):
    """A column but for its name."""

    type: str
    nullable: bool
    default: str | None
    identity: str


class Habit(Struct, frozen=True):
    """What most columns of a kind look like."""

    shape: Shape
    count: int
    """How many of them have this type."""
    total: int
    example: str
    """One of them, as `table.column`."""
    names: int = 1
    """How many names those of this type have: a name that is repeated says nothing of others that end like it."""


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name as they are written, lower case."""
    return tuple(part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name))


class Habits:
    """The habits of one database's own tables."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.tables = [table for table in own_tables(evidence, "table") if table.complete]
        self._by_name: dict[str, list[tuple[Table, Column]]] = defaultdict(list)
        self._by_last: dict[str, list[tuple[Table, Column]]] = defaultdict(list)
        self._by_first: dict[str, list[tuple[Table, Column]]] = defaultdict(list)
        for table in self.tables:
            for column in table.columns.values():
                words = words_of(column.name)
                self._by_name[column.name].append((table, column))
                if len(words) > 1:
                    self._by_last[words[-1]].append((table, column))
                    self._by_first[words[0]].append((table, column))

    def column(self, name: str) -> Habit | None:
        """Return how the project's columns of exactly this name look."""
        return _majority(self._by_name.get(name, ()))

    def ending(self, word: str) -> Habit | None:
        """Return how its columns look whose names end in this word, after an underscore or a capital."""
        columns: Iterable[tuple[Table, Column]] = self._by_last.get(word, ())
        if word in ("id", "uuid"):
            # Keys say nothing of an id that leads to no table, which may be another system's.
            columns = [(table, column) for table, column in columns if not _is_key(table, column.name)]
        return _majority(columns)

    def beginning(self, word: str) -> Habit | None:
        """Return how its columns look whose names begin with this word."""
        return _majority(self._by_first.get(word, ()))

    def share(self, column: str) -> float:
        """Return the share of tables that have a column of this name."""
        return len(self._by_name.get(column, ())) / len(self.tables) if self.tables else 0.0

    # --- keys

    def key(self) -> tuple[str, Habit] | None:
        """Return the column that most tables have as their primary key, and how it looks there.

        A key that is a foreign key too (one row per account) says nothing of other tables.
        """
        return self._key

    def key_of(self, table: Name, columns: Iterable[str] = ()) -> tuple[str, Habit] | None:
        """Return the column that a table's primary key is by habit, and how it looks.

        Where more tables have a key that is named after them (`post_id` of `posts`) than one of the same name, it is
        the one of `columns` that is named so, or a new one.
        """
        common, own = self._key, self._own_key
        if own is None or (common is not None and common[1].total >= own.total):
            return common
        words = tokens(table.name)
        named = (c for c in columns if tokens(c)[:-1] == words and tokens(c)[-1] in ("id", "uuid"))
        return next(named, f"{'_'.join(words)}_id"), own

    @cached_property
    def _own_key(self) -> Habit | None:
        found = []
        for table in self.tables:
            key = table.primary_key
            name = key.columns[0] if key is not None and len(key.columns) == 1 else ""
            foreign = any(one.columns == (name,) for one in table.constraint("foreign"))
            if name in table.columns and not foreign and tokens(name)[:-1] == tokens(table.name.name):
                found.append((table, table.columns[name]))
        return _majority(found)

    @cached_property
    def _key(self) -> tuple[str, Habit] | None:
        # Each table and column that is proposed asks for it, and it is told from all tables.
        found: dict[str, list[tuple[Table, Column]]] = defaultdict(list)
        for table in self.tables:
            key = table.primary_key
            if key is None or len(key.columns) != 1 or key.columns[0] not in table.columns:
                continue
            if not any(foreign.columns == key.columns for foreign in table.constraint("foreign")):
                found[key.columns[0]].append((table, table.columns[key.columns[0]]))
        if not found:
            return None
        name = max(sorted(found), key=lambda one: len(found[one]))
        habit = _majority(found[name])
        return (name, habit) if habit is not None else None

    def target(self, column: str) -> tuple[Name, str, int] | None:
        """Return (table, column, how often) that foreign keys of this column's name point to."""
        found: Counter[tuple[Name, str]] = Counter()
        without = 0
        for table, _ in self._by_name.get(column, ()):
            keys = [k for k in table.constraint("foreign") if k.columns == (column,) and k.references is not None]
            for key in keys:
                assert key.references is not None
                found[key.references, key.referenced_columns[0] if key.referenced_columns else "id"] += 1
            without += not keys
        if not found:
            return None
        (name, to), count = max(found.items(), key=lambda item: (item[1], item[0]))
        return (name, to, count) if count >= without else None

    def key_to(self, target: Name) -> str | None:
        """Return the name, said of the table itself, that most columns have which point to it."""
        names = Counter(
            key.columns[0]
            for table in self.tables
            for key in table.constraint("foreign")
            if key.references == target and len(key.columns) == 1
            if tokens(key.columns[0])[:-1] == tokens(target.name)
        )
        return max(sorted(names), key=lambda name: names[name]) if names else None

    def on_delete(self, target: Name, nullable: bool) -> tuple[str, str]:
        """Return what the project's foreign keys do when the row they point to is deleted, and the reason."""
        own: Counter[str] = Counter()
        alike: Counter[str] = Counter()
        every: Counter[str] = Counter()
        for table in self.tables:
            for key in table.constraint("foreign"):
                if len(key.columns) != 1 or key.columns[0] not in table.columns:
                    continue
                every[key.on_delete] += 1
                if table.columns[key.columns[0]].nullable == nullable:
                    alike[key.on_delete] += 1
                if key.references == target:
                    own[key.on_delete] += 1
        for counter, what in ((own, f"foreign keys to {target}"), (alike, "foreign keys"), (every, "foreign keys")):
            if counter:
                action, count = max(counter.items(), key=lambda item: (item[1], item[0]))
                if action == "set null" and not nullable:
                    continue
                return action, f"on delete {action} as {count} of {sum(counter.values())} {what}"
        return "no action", ""

    def singles(self) -> dict[tuple[str, ...], Table]:
        """Return the tables with a key of one column by the words of their names."""
        found: dict[tuple[str, ...], Table] = {}
        for table in self.tables:
            found.setdefault(tokens(table.name.name), table)
        return found

    def junction_key(self) -> bool:
        """Whether tables that join two others have the two foreign keys as their primary key."""
        votes = [
            key is not None and len(key.columns) > 1
            for table in self.tables
            if (key := table.primary_key) is not None and _joins(table)
        ]
        return 2 * sum(votes) > len(votes) if votes else True

    # --- what goes with a table

    def index_name(self, table: str, columns: Iterable[str]) -> str:
        """Return an index's name as the project names them."""
        shapes = {
            "{t}_{c}_idx": 1,
            "idx_{t}_{c}": 0,
            "{t}_{c}_index": 0,
            "ix_{t}_{c}": 0,
            "{t}_{c}": 0,
            "index_{t}_on_{c}": 0,
        }
        for other in self.tables:
            for one in other.indexes.values():
                names = [column.name for column in one.columns if column.name]
                if one.constraint is not None or len(names) != len(one.columns):
                    continue
                for shape in shapes:
                    shapes[shape] += 2 * (one.name == shape.format(t=other.name.name, c="_".join(names)))
        best = max(shapes, key=lambda shape: shapes[shape])
        return best.format(t=table, c="_".join(columns))[:63]

    def touch_trigger(self) -> tuple[Trigger, Table, int] | None:
        """Return a trigger that keeps `updated_at` in most tables that have the column, one of them, and how many."""
        found: dict[tuple[Name, str, tuple[str, ...]], list[tuple[Trigger, Table]]] = defaultdict(list)
        for table in self.tables:
            for trigger in table.triggers.values():
                before_update = "update" in trigger.events and trigger.timing == "before" and trigger.row
                if before_update and self._touches(trigger.function):
                    found[trigger.function, trigger.timing, trigger.events].append((trigger, table))
        if not found:
            return None
        best = max(found.values(), key=len)
        if any(trigger.arguments or trigger.when for trigger, _ in best):
            return None
        return (*best[0], len(best))

    def _touches(self, function: Name) -> bool:
        """Whether a trigger function does no more than to set `updated_at`."""
        functions = self.evidence.defined.functions.get(function) or self.evidence.platform.functions.get(function, [])
        return any(_TOUCH.fullmatch(" ".join((one.body or "").split())) is not None for one in functions)


def _is_key(table: Table, column: str) -> bool:
    return any(key.kind in ("primary", "foreign") and column in key.columns for key in table.constraints.values())


def _joins(table: Table) -> bool:
    keys = [key.columns[0] for key in table.constraint("foreign") if len(key.columns) == 1]
    return len(keys) == 2 and len(tokens(table.name.name)) >= 2 and len(table.columns) <= 5


def _majority(members: Iterable[tuple[Table, Column]]) -> Habit | None:
    columns = list(members)
    if not columns:
        return None
    types = Counter(column.type for _, column in columns)
    kind, count = max(types.items(), key=lambda item: (item[1], item[0]))
    alike = [(table, column) for table, column in columns if column.type == kind]
    nullable = sum(column.nullable for _, column in alike) * 2 > len(alike)
    defaults = Counter(column.default if not column.generated else None for _, column in alike)
    default, often = max(defaults.items(), key=lambda item: (item[1], item[0] or ""))
    identity = Counter(column.identity for _, column in alike).most_common(1)[0][0]
    table, example = alike[0]
    shape = Shape(kind, nullable, default if often * 2 > len(alike) else None, identity)
    return Habit(shape, count, len(columns), f"{table.name.name}.{example.name}", len({c.name for _, c in alike}))
