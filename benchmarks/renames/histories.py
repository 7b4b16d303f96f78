"""Try the resolution on the histories of given projects: `python -m benchmarks.renames.histories FOLDER …`.

Each migration that renames tables or columns is replayed: the schema as it was after it, asked by the old names and for
some columns that the tables had, without what the history says of the renames. Each table and column that a later
migration creates is asked for just before: it is truly new there. Nothing is set on what comes out.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.renames import Outcome, measure
from tripoint.bind.queries import bind_queries
from tripoint.config import Config
from tripoint.hear import platform_catalog
from tripoint.model.catalog import Catalog
from tripoint.model.evidence import Database, Evidence
from tripoint.model.fault import Suggestion
from tripoint.model.place import Place
from tripoint.model.query import Field, Query, Select
from tripoint.resolve import resolve
from tripoint.sources.discover import discover
from tripoint.sources.migrations.fold import Folded, fold
from tripoint.sql.facts import SqlFacts
from tripoint.sql.read import read_sql
from tripoint.tree import WorkTree

_COLUMNS = 5
"""How many of a table's columns the code is taken to ask for."""
_STEPS = 12
"""How many migrations of one project are tried at most, of each sort."""
_LEAST_TABLES = 4

Facts = list[tuple[str, SqlFacts]]


def history_outcomes(folder: Path) -> Iterator[Outcome]:
    """Resolve what the migrations of a project renamed, and what they created."""
    chance = random.Random(0)  # the same columns in every run
    tree = WorkTree(folder)
    for files in discover(tree, Config()).databases:
        database = files.database
        base = platform_catalog(database.platform, database.settings)
        facts = [(migration.path, read_sql(tree.read(migration.path))) for migration in database.migrations]
        whole = fold(facts, base, database.platform)
        order = {path: number for number, (path, _) in enumerate(facts)}
        renaming = sorted({order[place.path] for _, _, place in whole.renames})
        for number in chance.sample(renaming, min(_STEPS, len(renaming))):
            yield from _renamed(folder.name, database, base, facts, whole, number, chance)
        tables = whole.catalog.tables.values()
        places = [t.place for t in tables] + [column.place for t in tables for column in t.columns.values()]
        made = sorted({order[place.path] for place in places if place is not None and place.path in order})
        for number in chance.sample(made, min(_STEPS, len(made))):
            yield from _created(folder.name, database, base, facts, whole, number, chance)


def _renamed(
    project: str, database: Database, base: Catalog, facts: Facts, whole: Folded, number: int, chance: random.Random
) -> Iterator[Outcome]:
    """Ask for everything that one migration renamed at once, by its old name, as code does that was left behind."""
    before = {str(n): t for n, t in fold(facts[:number], base, database.platform).catalog.tables.items()}
    after = fold(facts[: number + 1], base, database.platform).catalog
    tables = {str(name): table for name, table in after.tables.items()}
    meant: dict[str, str] = {}
    asked: dict[str, list[str]] = {}
    for old, new, place in whole.renames:
        if place.path != facts[number][0]:
            continue
        if old in before and before[old].kind == "table" and new in tables and old not in tables:
            meant[old] = new
            asked[old] = _sample(before[old].columns, chance)
        owner, _, column = old.rpartition(".")
        new_owner, _, new_column = new.rpartition(".")
        columns = list(tables[owner].columns) if owner in tables else []
        if owner == new_owner and column not in columns and new_column in columns:
            meant[old] = new
            own = asked.setdefault(owner, [])
            own += [
                column,
                *(
                    c
                    for c in _sample(before[owner].columns if owner in before else (), chance)
                    if c in columns and c not in own
                ),
            ]
    found = _answers(database, base, after, asked)
    for old, new in meant.items():
        yield Outcome(project, old, new, found.get(old, ()))


def _sample(columns: Iterable[str], chance: random.Random) -> list[str]:
    everything = list(columns)
    return chance.sample(everything, min(_COLUMNS, len(everything)))


def _created(
    project: str, database: Database, base: Catalog, facts: Facts, whole: Folded, number: int, chance: random.Random
) -> Iterator[Outcome]:
    before = fold(facts[:number], base, database.platform).catalog
    renamed = {new for _, new, _ in whole.renames}
    if len(before.tables) - len(base.tables) < _LEAST_TABLES:
        return
    for name, table in sorted(whole.catalog.tables.items()):
        made_here = table.place is not None and table.place.path == facts[number][0]
        if made_here and table.kind == "table" and name not in before.tables and table.partition_of is None:
            asked = {str(name): _sample(table.columns, chance)}
            yield Outcome(project, str(name), None, _answers(database, base, before, asked).get(str(name), ()))
        earlier = before.tables.get(name)
        if earlier is None or earlier.kind != "table":
            continue
        for column in table.columns.values():
            if column.place is None or column.place.path != facts[number][0] or column.name in earlier.columns:
                continue
            if f"{name}.{column.name}" not in renamed:
                own = [c for c in _sample(earlier.columns, chance) if c in table.columns]
                subject = f"{name}.{column.name}"
                found = _answers(database, base, before, {str(name): [column.name, *own]})
                yield Outcome(project, subject, None, found.get(subject, ()))


def _answers(
    database: Database, base: Catalog, catalog: Catalog, asked: dict[str, list[str]]
) -> dict[str, tuple[Suggestion, ...]]:
    queries = []
    for number, (table, columns) in enumerate(asked.items()):
        place = Place(f"app/{number}.ts", 0, 1)
        schema, _, name = table.partition(".")
        # One query for each column: what is asked for in one breath is known to be different things.
        queries += [
            Query("table", name, place, place, "supabase-js", schema=schema, select=Select((Field(column, place),)))
            for column in columns
        ]
    evidence = Evidence(database, catalog, base, queries=tuple(queries))
    evidence.bindings = bind_queries(evidence)
    return resolve(evidence)


def main(folders: list[str]) -> None:
    found = [outcome for folder in folders for outcome in history_outcomes(Path(folder))]
    for title, levels in (("tables", 1), ("columns", 2)):
        figures = measure(outcome for outcome in found if outcome.subject.count(".") == levels)
        print(f"{title}: {figures.renamed} renamed, {figures.first} first, {figures.among_three} among three;", end=" ")
        print(f"{figures.new} new, {figures.new_wrong} of them resolved; calibration {figures.calibration_error:.3f}")
    for outcome in found:
        if outcome.wrong or (outcome.meant is not None and outcome.rank != 1):
            answers = ", ".join(f"{s.kind} {s.target} {s.confidence}" for s in outcome.answers)
            print(f"  {outcome.schema}: {outcome.subject} = {outcome.meant or 'new'}: {answers or 'nothing'}")


if __name__ == "__main__":
    main(sys.argv[1:])
