"""A benchmark of renames: what is meant by names that the schema does not have.

`cases/tuned` are the schemas that the weights were set on, `cases/held_out` those that they were only tried on. A file
describes one schema and its cases, a line each:

    table books: title, author_id > authors        columns (an id and a created_at are added) and foreign keys
    table loans: due_on:date                       a column's type, where it is not text
    function lend_book(book, reader)
    history: rename titles books                   or `replace old new`: dropped where the new one is created
    case: titles = books (title); loans = new (book_id, due_on)

A case holds names that the code asks for at the same time, beside every table by its own name, with two of three of
its columns and none that an old name means: a table with the columns asked for, a column (`books.name = title`) or a
function (`fn lend = lend_book`), and what each means, or `new` where nothing existing is meant. After a bar,
`unasked titles` says of a table that nothing asks for it by its own name, and `beside titles` that the first name of
the case is asked for in the same file as that table. Tables of other schemas than `public` are written with it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct, field

from tripoint.bind.queries import bind_queries
from tripoint.model.catalog import Argument, Catalog, Column, Constraint, Function, Table
from tripoint.model.evidence import Database, Evidence
from tripoint.model.fault import Suggestion
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.query import Field, Query, Select
from tripoint.resolve import resolve

__all__ = ["CASES", "Figures", "Outcome", "measure", "outcomes"]

CASES = Path(__file__).resolve().parent / "cases"
WRONG = 0.6
"""A new name counts as wrongly resolved where something existing is suggested with this confidence."""

_COLUMN = re.compile(r"(\w+)(?::(\w+))?(?:\s*>\s*(\w+))?")
_TYPES = {"timestamptz": "timestamp with time zone"}
_TABLE = re.compile(r"table ([\w.]+): (.*)")
_FUNCTION = re.compile(r"function (\w+)\((.*)\)")
_ASKED = re.compile(r"(fn )?([\w.]+) = ([\w.]+)(?: \((.*)\))?")


class Outcome(Struct, frozen=True):
    """What came out of one unknown name."""

    schema: str
    subject: str
    meant: str | None
    """The target that is right; None where the name is new."""
    answers: tuple[Suggestion, ...]

    @property
    def rank(self) -> int | None:
        """The place of the right answer, from 1; a new name without any suggestion is right too."""
        if self.meant is None:
            new = next((i for i, s in enumerate(self.answers, 1) if s.kind == "create"), None)
            return new or (1 if not self.answers else None)
        return next((i for i, s in enumerate(self.answers, 1) if s.kind == "rename" and s.target == self.meant), None)

    @property
    def wrong(self) -> bool:
        """Whether something existing is suggested with confidence although the name is new."""
        return self.meant is None and any(s.kind == "rename" and s.confidence >= WRONG for s in self.answers)


class Figures(Struct):
    """The benchmark's figures over some outcomes."""

    renamed: int = 0
    first: int = 0
    among_three: int = 0
    new: int = 0
    new_wrong: int = 0
    bins: dict[int, tuple[int, int, float]] = field(default_factory=dict)
    """By tenth of confidence of the best suggestion that renames: (how many, how many right, sum of confidences)."""

    @property
    def calibration_error(self) -> float:
        """The mean distance between confidence and the share of right answers, over the bins by their size."""
        total = sum(count for count, _, _ in self.bins.values())
        return sum(abs(right - said) for _, right, said in self.bins.values()) / total if total else math.nan


def measure(found: Iterable[Outcome]) -> Figures:
    """Return the figures over these outcomes."""
    figures = Figures()
    for outcome in found:
        if outcome.meant is None:
            figures.new += 1
            figures.new_wrong += outcome.wrong
        else:
            figures.renamed += 1
            figures.first += outcome.rank == 1
            figures.among_three += outcome.rank is not None and outcome.rank <= 3
        best = next((s for s in outcome.answers if s.kind == "rename"), None)
        if best is not None:
            number = min(9, int(best.confidence * 10))
            count, right, said = figures.bins.get(number, (0, 0, 0.0))
            figures.bins[number] = (count + 1, right + (best.target == outcome.meant), said + best.confidence)
    return figures


def outcomes(folder: Path) -> Iterator[Outcome]:
    """Resolve every case of a folder's files."""
    for path in sorted(folder.glob("*.txt")):
        lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
        described = [line for line in lines if not line.startswith("case: ")]
        for line in lines:
            if line.startswith("case: "):
                yield from _case(path.stem, described, line.removeprefix("case: "))


def _case(schema: str, described: list[str], case: str) -> Iterator[Outcome]:
    evidence = _evidence(described)
    queries: list[Query] = []
    meant: dict[str, str | None] = {}
    case, _, marks = case.partition(" | ")
    marked = {table: kind for kind, _, table in (mark.partition(" ") for mark in marks.split(" | ") if mark)}
    if unknown := set(marked) - {owner.name for owner in evidence.defined.tables}:
        raise ValueError(f"{schema}: {case}: there is no table {unknown.pop()}")
    for part in case.split(";"):
        match = _ASKED.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"{schema}: {part!r} is no case")
        function, name, answer, columns = match.groups()
        new = answer == "new"
        if function:
            queries.append(
                Query("function", name, Place("app/page.ts", 0, 1), Place("app/page.ts", 0, 1), "supabase-js")
            )
            meant[f"public.{name}"] = None if new else f"public.{answer}"
        elif "." in name:
            table, _, column = name.partition(".")
            queries.append(_query(table, (column,), "app/page.ts"))
            meant[f"public.{name}"] = None if new else f"public.{table}.{answer}"
        else:
            queries.append(_query(name, tuple(c.strip() for c in columns.split(",")), f"app/{name}.ts"))
            meant[f"public.{name}"] = None if new else answer if "." in answer else f"public.{answer}"
    first = queries[0].place.path
    for owner, table in evidence.defined.tables.items():
        asked = [
            c for number, c in enumerate(table.columns) if number % 3 != 2 and f"{owner}.{c}" not in meant.values()
        ]
        if marked.get(owner.name) != "unasked":
            path = first if marked.get(owner.name) == "beside" else f"lib/{owner.name}.ts"
            queries.append(_query(owner.name, tuple(asked), path, owner.schema))
    evidence.queries = tuple(queries)
    evidence.bindings = bind_queries(evidence)
    meanings = resolve(evidence)
    for subject, target in meant.items():
        yield Outcome(schema, subject, target, meanings.get(subject, ()))


def _query(table: str, columns: tuple[str, ...], path: str, schema: str = "public") -> Query:
    place = Place(path, 0, 1)
    select = Select(tuple(Field(column, place) for column in columns))
    return Query("table", table, place, place, "supabase-js", schema=schema, select=select)


def _evidence(described: list[str]) -> Evidence:
    catalog = Catalog()
    renames = []
    drops = []
    for number, line in enumerate(described):
        place = Place(f"migrations/{number:03}.sql", 0, 1)
        if match := _TABLE.fullmatch(line):
            table = _table(match[1], match[2], place)
            catalog.tables[table.name] = table
        elif match := _FUNCTION.fullmatch(line):
            arguments = tuple(Argument(name.strip(), "text") for name in match[2].split(","))
            name = Name("public", match[1])
            catalog.functions[name] = [Function(name, arguments, "void", place=place)]
        elif line.startswith("history: "):
            kind, old, new = line.removeprefix("history: ").split()
            if kind == "rename":
                renames.append((f"public.{old}", f"public.{new}", place))
            else:
                drops.append((f"public.{old}", catalog.tables[Name("public", new)].place or place))
        else:
            raise ValueError(f"{line!r} describes nothing")
    database = Database("default", ".", "postgresql")
    return Evidence(database, catalog, Catalog(), renames=tuple(renames), drops=tuple(drops))


def _table(name: str, columns: str, place: Place) -> Table:
    schema, _, bare = name.rpartition(".")
    table = Table(Name(schema or "public", bare), place=place)
    table.columns["id"] = Column("id", "uuid", nullable=False)
    for column, kind, target in _COLUMN.findall(columns):
        table.columns[column] = Column(column, "uuid" if target else _TYPES.get(kind, kind or "text"))
        if target:
            key = f"{bare}_{column}_fkey"
            table.constraints[key] = Constraint(
                key, "foreign", (column,), references=Name("public", target), referenced_columns=("id",)
            )
    table.columns["created_at"] = Column("created_at", "timestamp with time zone", nullable=False)
    return table
