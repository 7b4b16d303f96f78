"""Queries that Knex and Kysely build, as SQL with the names that their calls say in so many words.

What a callback, a fragment of SQL or a variable adds is left out, and said to be: a name is held against the schema
only where nothing that is left out could bring it along.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from tripoint.model.internal import internal_problem
from tripoint.model.place import Place, Problem
from tripoint.model.query import STAND_IN, Operation, Query
from tripoint.model.regex import regex
from tripoint.sources.code.builder_sql import Column, Table, Written
from tripoint.sources.code.facts import Array, Chain, Choice, CodeFacts, Function, Object, Ref, Step, Text, Value
from tripoint.sources.code.prolonged import prolonged

__all__ = ["KNEX", "KYSELY", "built_queries", "snake", "spoken_to", "with_names"]

KYSELY, KNEX = "Kysely", "Knex"
_KYSELY_STARTS: Mapping[str, Operation] = {
    "selectFrom": "select",
    "insertInto": "insert",
    "updateTable": "update",
    "deleteFrom": "delete",
}
_SCRIPTS = frozenset({"typescript", "tsx", "javascript"})
_KNEX_ROOTS = frozenset({"knex", "db", "trx", "database"})
_KNEX_STARTS = frozenset({"from", "into", "table"})
_CALLED = _KNEX_ROOTS | {"()"}
_KNEX_WRITES: Mapping[str, Operation] = {
    "insert": "insert",
    "update": "update",
    "increment": "update",
    "decrement": "update",
    "del": "delete",
    "delete": "delete",
}
_JOINS = frozenset({"innerJoin", "leftJoin", "rightJoin", "fullJoin", "join", "leftOuterJoin", "rightOuterJoin"})
_JOINS |= {"fullOuterJoin"}
_OPEN = frozenset({"innerJoinLateral", "leftJoinLateral", "crossJoinLateral", "crossApply", "outerApply"})
_OPEN |= {"joinRaw", "modify"}
"""Calls whose argument may bring along anything: a query, a text of SQL, a function that is given the builder."""
_WITH = frozenset({"with", "withRecursive", "withMaterialized", "withNotMaterialized", "$with"})
_OF_SOME_ROWS = frozenset({"where", "expression", "constraint"})
_ALSO_FROM = frozenset({"crossJoin", "using"})
_AGGREGATES = frozenset({"count", "countDistinct", "sum", "sumDistinct", "avg", "min", "max"})
_SHOWN = frozenset({"select", "returning", "column", "columns", "distinct", "distinctOn", "first", "pluck"})
_SHOWN |= _AGGREGATES
_MET = frozenset({"where", "andWhere", "orWhere", "whereNot", "whereIn", "whereNotIn", "whereNull", "whereNotNull"})
_MET |= {"whereBetween", "whereNotBetween", "whereLike", "whereILike", "orWhereIn", "orWhereNull", "orWhereNotNull"}
_ORDERED = frozenset({"orderBy", "groupBy", "having"})
_WRITTEN = frozenset(_KNEX_WRITES) | {"values"}
_QUALIFIED: Mapping[str, tuple[int, ...]] = {
    **dict.fromkeys(("whereRef", "onRef"), (0, 2)),
    **dict.fromkeys(("on", "andOn", "orOn"), (0, 1, 2)),
    **dict.fromkeys(_MET | _SHOWN | {"ref", "orderBy", "groupBy", "()"}, (0,)),
}
"""The arguments of calls within a query that are columns where a table of the query stands before them."""
_KNEX_CALLS = _JOINS | _SHOWN | _MET | _KNEX_WRITES.keys() | {"orderBy", "limit", "as", "withSchema", "groupBy"}
_NAMED = regex(r"^(?:(?:(\w+)\.)?(\w+)\.)?(\w+)(?:\s+(?:as|AS)\s+(\w+))?$")
_CAPITAL = regex(r"(?<=[^A-Z])([A-Z])")
_ASIDE = regex(r"(?:^|/)(?:seeds?|seeders?|migrations?)/", re.I)


class _Spoken(Struct, frozen=True):
    """How a project's builders write names."""

    kinds: frozenset[str]
    snake: bool

    def may_build(self, facts: CodeFacts) -> bool:
        """Whether a file may build a query, by its words."""
        if facts.language not in _SCRIPTS:
            return False
        kysely = KYSELY in self.kinds and bool(facts.words.among(_KYSELY_STARTS.keys()))
        return kysely or (KNEX in self.kinds and bool(facts.words.among(_KNEX_ROOTS)))

    def begins(self, chain: Chain) -> bool:
        """Whether a chain may begin a query."""
        if KYSELY in self.kinds and any(step.name in _KYSELY_STARTS for step in chain.steps):
            return True
        return KNEX in self.kinds and _root(chain) in _KNEX_ROOTS and bool(chain.steps)


_OTHER_DIALECTS = ("MysqlDialect", "SqliteDialect", "MssqlDialect", "PlanetScaleDialect", "D1Dialect", "LibsqlDialect")
"""What connects Kysely to another database, which the calls may then be for."""
_OTHERWISE = ("underscoreBeforeDigits", "underscoreBetweenUppercaseLetters")
"""Options under which Kysely's plugin writes names otherwise."""
_OTHER_KNEX = ("mysql", "mysql2", "oracledb", "mssql", "wrapIdentifier")
"""What connects Knex to another database (SQLite often stands in for PostgreSQL), or writes names in its own way."""


def spoken_to(kinds: Iterable[str], words: Callable[[str], bool]) -> _Spoken | None:
    """Return how names are written where builders are used whose calls are read; None where none is."""
    read = {kind for kind in kinds if kind in (KYSELY, KNEX)}
    if any(map(words, _OTHER_DIALECTS)) or (words("CamelCasePlugin") and any(map(words, _OTHERWISE))):
        read -= {KYSELY}
    if any(map(words, _OTHER_KNEX)):
        read -= {KNEX}
    snake = words("CamelCasePlugin") or words("knexSnakeCaseMappers")
    return _Spoken(frozenset(read), snake) if read else None


def built_queries(
    facts: Mapping[str, CodeFacts], spoken: _Spoken, problems: list[tuple[str, Problem]]
) -> Iterator[Query]:
    """Yield what the calls of files ask, in the order of the files; these are read in full.

    What a call names as a common table expression is no table: a part of a query that uses it may stand anywhere.
    """
    chains = {path: _every(one.chains) for path, one in sorted(facts.items()) if not _ASIDE.search(path)}
    made = with_names(chain for listed in chains.values() for chain in listed)
    for path, listed in chains.items():
        inner = _nested(listed)
        beside = sorted(listed, key=lambda chain: chain.start)
        starts = [chain.start for chain in beside]
        further = prolonged(facts[path], beside, spoken.begins, _WRITTEN)
        for chain in listed:
            whole, after = further.get(chain.start, (chain, [])) if spoken.begins(chain) else (chain, [])
            try:
                query = _Building(path, whole, spoken, chain.start in inner, made, beside, starts, after).query()
            except Exception as error:
                problems.append((path, internal_problem(error, "this was not followed", chain.start, chain.end)))
                continue
            if query is not None:
                yield query


def with_names(chains: Iterable[Chain]) -> frozenset[str]:
    """Return the names of the common table expressions that calls make: `with('totals(id, sum)', …)`."""
    steps = (step for chain in chains for step in chain.steps if step.name in _WITH and step.arguments)
    return frozenset((_text(step.arguments[0]) or "").partition("(")[0].strip() for step in steps)


def snake(name: str) -> str:
    """Return a name as the plugins write it that turn those of code into the database's."""
    return _CAPITAL.sub(r"_\1", name).lower()


def _every(values: Iterable[Value]) -> list[Chain]:
    """Return chains and those in their arguments, each once."""
    found: dict[tuple[int, int], Chain] = {}
    work = [*values]
    while work:
        value = work.pop()
        if isinstance(value, Chain):
            found.setdefault((value.start, value.end), value)
            work += [given for step in value.steps for given in step.arguments]
        elif isinstance(value, Array):
            work += value.items
    return list(found.values())


def _nested(chains: list[Chain]) -> frozenset[int]:
    """Return where chains start that stand within another that builds a query: what they name may be of that one."""
    found, end = set[int](), -1
    for chain in sorted(chains, key=lambda chain: (chain.start, -chain.end)):
        if chain.start < end:
            found.add(chain.start)
        # What runs in `db.transaction().execute(async (trx) => …)` is of nothing around it.
        knex = _root(chain) in _KNEX_ROOTS and any(step.name in _KNEX_STARTS | _CALLED for step in chain.steps)
        if knex or any(step.name in _KYSELY_STARTS for step in chain.steps):
            end = max(end, chain.end)
    return frozenset(found)


def _root(chain: Chain) -> str:
    """Return what a chain begins with: `db` of `db('t')…`, and of `this.db('t')…`."""
    if not isinstance(chain.root, Ref):
        return ""
    called = chain.steps[0].name if chain.steps and chain.root.path == ("this",) else ""
    return called if called in _KNEX_ROOTS else chain.root.path[-1]


class _Building:
    """One chain of calls, as far as it says what it asks."""

    def __init__(
        self,
        path: str,
        chain: Chain,
        spoken: _Spoken,
        nested: bool,
        made: frozenset[str],
        beside: list[Chain],
        starts: list[int],
        after: list[Chain],
    ) -> None:
        self._path, self._chain, self._spoken, self._made = path, chain, spoken, made
        self._beside, self._starts, self._after = beside, starts, after
        self._left_out = self._others = nested
        self._schema: str | None = None
        self._tables: list[Table] = []
        self._shown: list[Column] = []
        self._met: list[tuple[Column, Text | None]] = []
        self._ordered: list[Column] = []
        self._aliases: set[str] = set()
        self._set: list[tuple[Column, Text | None]] = []
        self._conflict: list[Column] = []
        self._whole = True

    def query(self) -> Query | None:
        """Return the query that the chain builds; None where it builds none, or its table is not told."""
        begun = self._begin()
        if begun is None or not self._tables:
            return None
        kind, operation, steps = begun
        for step in steps:
            self._step(step, operation)
        self._met += [(column, None) for column in self._said_within()]
        aggregates = any(step.name in _AGGREGATES for step in steps)
        self._met += [(column, None) for column in self._ordered if self._is_of_tables(column, aggregates)]
        written = self._write(operation)
        place = Place(self._path, self._chain.start, self._chain.end)
        opened = "relations" if self._others else "clauses" if self._left_out or not self._whole else None
        return Query(
            kind="sql",
            name=None,
            place=place,
            call=place,
            client=kind.lower(),
            operation=operation,
            text="".join(written.parts),
            spans=tuple(written.spans),
            opened=opened,  # type: ignore[arg-type]
        )

    def _begin(self) -> tuple[str, Operation, tuple[Step, ...]] | None:
        """Return the builder, what the query does, and the calls that say more of it; note its table."""
        steps = self._chain.steps
        if KYSELY in self._spoken.kinds:
            for index, step in enumerate(steps):
                if step.name in _KYSELY_STARTS:
                    before = steps[:index]
                    self._before(before)
                    if step.arguments:
                        self._from(step.arguments[0])
                    return KYSELY, _KYSELY_STARTS[step.name], steps[index + 1 :]
        if KNEX not in self._spoken.kinds or _root(self._chain) not in _KNEX_ROOTS:
            return None
        self._before(steps)
        called = [s for s in steps if s.name in _KNEX_CALLS]
        start = next((s for i, s in enumerate(steps) if s.name in _KNEX_STARTS or (not i and s.name in _CALLED)), None)
        if start is None or not called or len(start.arguments) != 1 or not _text(start.arguments[0]):
            return None
        self._from(start.arguments[0])
        operation: Operation = next((_KNEX_WRITES[s.name] for s in steps if s.name in _KNEX_WRITES), "select")
        return KNEX, operation, tuple(s for s in steps if s is not start)

    def _before(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if step.name == "withSchema":
                given = step.arguments[0] if step.arguments else None
                self._schema = given.value if isinstance(given, Text) else None
                self._others |= self._schema is None
            self._others |= step.name in _WITH

    def _from(self, given: Value) -> None:
        for one in given.items if isinstance(given, Array) else (given,):
            match = _NAMED.match(one.value.strip()) if isinstance(one, Text) else None
            if match is None or not isinstance(one, Text):
                self._others = True
                continue
            database, schema, name, alias = match.groups()
            place = Place(self._path, one.start, one.end)
            own = self._named(schema) if schema else self._schema
            if name in self._made:
                self._others = True
            elif database is None:
                self._tables.append(Table(own, self._named(name), self._named(alias) if alias else None, place))

    def _named(self, name: str) -> str:
        """Return a name as it is sent."""
        return snake(name) if self._spoken.snake else name

    def _step(self, step: Step, operation: Operation) -> None:
        given = step.arguments
        if step.name in _JOINS | _ALSO_FROM or (step.name == "from" and operation == "update"):
            if given:
                self._from(given[0])
            texts = [one for one in given[1:] if isinstance(one, Text) and _NAMED.match(one.value)]
            self._met += [(column, None) for one in texts for column in self._columns(one)]
        elif step.name in ("$if", "$call"):
            self._in_callback(step, operation)
        elif step.name in _OPEN:
            self._others = True
        elif step.name in _SHOWN:
            self._shown += [column for one in given for column in self._columns(one)]
        elif step.name in _ORDERED:
            self._ordered += [c for one in given[:1] if isinstance(one, Text | Array) for c in self._columns(one)]
        elif step.name in _MET:
            self._meet(step)
        elif step.name == "whereRef":
            self._met += [(column, None) for one in (*given[:1], *given[2:3]) for column in self._columns(one)]
        elif step.name in ("set", "values", "insert", "update"):
            self._write_row(given)
        elif step.name in ("increment", "decrement"):
            self._set += [(column, None) for one in given[:1] for column in self._columns(one)]
        elif step.name == "onConflict" and given:
            target = given[0] if isinstance(given[0], Text | Array) else self._said_of_conflict(step)
            self._conflict += self._columns(target) if target is not None else ()
            self._left_out |= target is not given[0]

    def _in_callback(self, step: Step, operation: Operation) -> None:
        """Take what a callback asks of the very query: `$if(only, (query) => query.where('a', '=', 1))`."""
        given = next((one for one in step.arguments if isinstance(one, Function)), None)
        own = given.parameters[0].name if given is not None and given.parameters else ""
        if given is None or not own or not all(_goes_on_with(value, own) for value in given.returns):
            self._others = True
            return
        for chain in self._within(step):
            if isinstance(chain.root, Ref) and chain.root.path == (own,) and chain.scope == given.scope:
                for one in chain.steps:
                    self._step(one, operation)

    def _said_within(self) -> Iterator[Column]:
        """Yield the columns of the query's tables that its callbacks name with their table, at any depth: conditions of
        joins and of inner queries, references in what is shown."""
        known = {table.alias or table.name for table in self._tables}
        said = {column.place for column, _ in (*self._met, *self._set)}
        said |= {column.place for column in (*self._shown, *self._ordered)}
        within = [
            chain
            for whole in (self._chain, *self._after)
            for chain in self._beside[bisect_right(self._starts, whole.start) : bisect_left(self._starts, whole.end)]
        ]
        for chain in within:
            inner = False
            for step in chain.steps:
                first = step.arguments[0] if step.arguments else None
                inner |= step.name in _KYSELY_STARTS or step.name in _WITH
                if step.name == "as" and isinstance(first, Text):
                    known.discard(self._named(first.value))
                elif inner and (step.name in _KYSELY_STARTS or step.name in _JOINS) and isinstance(first, Text):
                    match = _NAMED.match(first.value.strip())
                    known.discard(self._named(match[4] or match[3]) if match is not None else "")
        for chain in (self._chain, *self._after, *within):
            for step in chain.steps:
                for one in _qualified(chain, step):
                    match = _NAMED.match(one.value.strip())
                    place = Place(self._path, one.start, one.end)
                    if match is not None and match[2] and self._named(match[2]) in known and place not in said:
                        said.add(place)
                        yield Column(self._named(match[2]), self._named(match[3]), place)

    def _is_of_tables(self, column: Column, aggregates: bool) -> bool:
        """Whether what rows are put in order or grouped by is surely a column: what is shown may be called so, too."""
        shown = self._left_out or aggregates or column.name in self._aliases
        return column.qualifier is not None or not (self._others or shown)

    def _said_of_conflict(self, step: Step) -> Value | None:
        """Return the columns that a callback names: `onConflict((oc) => oc.columns(['a', 'b']).doNothing())`."""
        for chain in self._within(step):
            named = {one.name: one for one in chain.steps}
            target = named.get("columns") or named.get("column")
            if target is not None and target.arguments and named.keys().isdisjoint(_OF_SOME_ROWS):
                return target.arguments[0]
        return None

    def _within(self, step: Step) -> list[Chain]:
        """Return the chains in what a call is given, in their order."""
        found = self._beside[bisect_right(self._starts, step.end) : bisect_left(self._starts, step.call_end)]
        return [chain for chain in found if chain.end <= step.call_end]

    def _columns(self, given: Value) -> Iterator[Column]:
        if isinstance(given, Array):
            for one in given.items:
                yield from self._columns(one)
            return
        match = _NAMED.match(given.value.strip()) if isinstance(given, Text) else None
        if match is None or not isinstance(given, Text):
            self._left_out |= not (isinstance(given, Text) and given.value.strip().endswith("*"))
            return
        _, qualifier, name, alias = match.groups()
        self._aliases.update([self._named(alias)] if alias else [])
        place = Place(self._path, given.start, given.end)
        yield Column(self._named(qualifier) if qualifier else None, self._named(name), place)

    def _meet(self, step: Step) -> None:
        given = step.arguments
        if len(given) == 1 and isinstance(given[0], Object):
            for entry in given[0].entries:
                place = Place(self._path, entry.start, entry.end)
                value = entry.value if isinstance(entry.value, Text) else None
                match = _NAMED.match(entry.key)
                if match is not None and match[1] is None and match[4] is None:
                    qualifier = self._named(match[2]) if match[2] else None
                    self._met.append((Column(qualifier, self._named(match[3]), place), value))
        elif given and isinstance(given[0], Text):
            equal = len(given) == 2 or (len(given) == 3 and _text(given[1]) == "=")
            last = given[-1] if equal and step.name in ("where", "andWhere", "orWhere") else None
            text = last if isinstance(last, Text) else None
            self._met += [(column, text) for column in self._columns(given[0])]
        else:
            self._left_out = True
            if given and not isinstance(given[0], Object | Array):
                self._met += [(column, None) for one in self._compared_in(step) for column in self._columns(one)]

    def _compared_in(self, step: Step) -> Iterator[Text]:
        """Yield what Kysely's callbacks compare: `where((eb) => eb.or([eb('state', '=', 'a'), eb('size', '>', 1)]))`.

        What stands in a query within the callback is of that one.
        """
        within = self._within(step)
        inner = [one for one in within if any(each.name in _KYSELY_STARTS for each in one.steps)]
        for chain in within:
            first = chain.steps[0] if chain.steps else None
            if first is None or first.name != "()" or not isinstance(chain.root, Ref) or chain.root.path != ("eb",):
                continue
            if len(first.arguments) == 3 and not any(one.start <= chain.start < one.end for one in inner):
                column, operator = first.arguments[:2]
                if isinstance(column, Text) and isinstance(operator, Text):
                    yield column

    def _write_row(self, given: tuple[Value, ...]) -> None:
        first = given[0] if given else None
        if isinstance(first, Text) and len(given) == 2:  # set('a', 1), update('a', 1)
            self._set += [(column, None) for column in self._columns(first)]
            return
        rows = first.items if isinstance(first, Array) and first.complete else (first,)
        known: dict[str, tuple[Column, Text | None]] = {}
        for row in rows:
            if not isinstance(row, Object):
                self._whole = False
                continue
            self._whole &= row.complete and not row.spreads and not row.named
            for entry in row.entries:
                column = Column(None, self._named(entry.key), Place(self._path, entry.start, entry.end))
                value = _written_out(entry.value) if len(rows) == 1 else None
                known.setdefault(column.name, (column, value))
        self._set += known.values()

    # ---- as SQL

    def _write(self, operation: Operation) -> Written:
        sql = Written(self._path)
        known = {table.alias or table.name for table in self._tables}
        first, *others = self._tables

        def of_these(column: Column) -> bool:
            return column.qualifier is None or column.qualifier in known

        shown = [column for column in self._shown if of_these(column)]
        met = [one for one in self._met if of_these(one[0])]
        if operation == "insert":
            self._insert(sql, first)
        elif operation == "update":
            sql.add("update ").table(first).add(" set ")
            for index, (column, value) in enumerate(self._set):
                sql.add(", " if index else "").column(column)
                sql.add(" = ").value(value)
            if not self._set:  # the columns are in a variable
                sql.add(f"{STAND_IN} = null")
            for index, table in enumerate(others):
                sql.add(", " if index else " from ").table(table)
        elif operation == "delete":
            sql.add("delete from ").table(first)
            for index, table in enumerate(others):
                sql.add(", " if index else " using ").table(table)
        else:
            sql.add("select ")
            for column in shown:
                sql.column(column).add(", ")
            sql.add("1 from ").table(first)
            for table in others:
                sql.add(" left join ").table(table).add(" on true")
        if operation != "insert":
            sql.add(" where true")
            for column, value in met:
                sql.add(" and ").column(column)
                if value is None:
                    sql.add(" is not null")
                else:
                    sql.add(" = ").value(value)
        if operation != "select" and shown:
            for index, column in enumerate(shown):
                sql.add(", " if index else " returning ").column(column)
        return sql

    def _insert(self, sql: Written, table: Table) -> None:
        sql.add("insert into ").table(table).add(" (")
        for index, (column, _) in enumerate(self._set):
            sql.add(", " if index else "").column(column)
        self._whole &= bool(self._set)
        also = ", " if self._set else ""
        sql.add(") values (" if self._whole else f"{also}{STAND_IN}) values (")
        for index, (_, value) in enumerate(self._set):
            sql.add(", " if index else "").value(value)
        sql.add(")" if self._whole else f"{also}null)")
        if self._conflict:
            sql.add(" on conflict (")
            for index, column in enumerate(self._conflict):
                sql.add(", " if index else "").column(column)
            sql.add(") do nothing")


def _goes_on_with(value: Value, name: str) -> bool:
    """Whether a callback gives the query that it is given, with what it asks of it."""
    if isinstance(value, Choice):
        return all(_goes_on_with(option, name) for option in value.options)
    root = value.root if isinstance(value, Chain) else value
    return isinstance(root, Ref) and root.path == (name,)


def _qualified(chain: Chain, step: Step) -> Iterator[Text]:
    """Yield the arguments of a call that are columns where a table of the query stands before them."""
    if step.name == "()" and (not isinstance(chain.root, Ref) or chain.root.path != ("eb",)):
        return
    for at in _QUALIFIED.get(step.name, ()):
        given = step.arguments[at] if at < len(step.arguments) else None
        if isinstance(given, Function) and step.name in _SHOWN:  # select((eb) => ['a.id', …])
            yield from (text for value in given.returns for text in _texts(value))
        else:
            yield from _texts(given)


def _texts(value: Value | None) -> list[Text]:
    if isinstance(value, Array):
        return [one for one in value.items if isinstance(one, Text)]
    return [value] if isinstance(value, Text) else []


def _written_out(value: Value) -> Text | None:
    """Return the text that a value is or may be; an empty one beside something unknown stands for nothing."""
    if isinstance(value, Choice):
        texts = [option for option in value.options if isinstance(option, Text) and option.value]
        return texts[0] if len(texts) == 1 else None
    return value if isinstance(value, Text) else None


def _text(value: Value) -> str | None:
    return value.value if isinstance(value, Text) else None
