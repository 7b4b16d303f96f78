"""The expressions of a fold as PostgreSQL itself prints them.

Each expression whose text differs from the server's is put into an object of the same kind, beside the real one, in a
transaction that is rolled back; the catalog is read once while they stand. So both sides are one printer's work, and a
difference that remains is a difference in meaning. A default can name nothing of its table, so it is tried once for all
columns of a type.
"""

from __future__ import annotations

import pickle
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tripoint.model.catalog import (
    Catalog,
    Column,
    Constraint,
    Domain,
    Function,
    Index,
    IndexColumn,
    Policy,
    Schema,
    Table,
    Trigger,
)
from tripoint.model.name import Name, quote_identifier
from tripoint.model.regex import regex
from tripoint.sources.database.read import read_some

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["normalise"]

_STAR = regex(r"(^|[\s,.(])\*", re.ASCII)

_TOGETHER = 64
"""How many trials go to the server in one message."""


class _Trial(Struct, frozen=True):
    """An expression put to the server: what it is of, the statement, what to take from the catalog that is then read,
    and the relation, or the schema of a function, that is to be read for it. Where it is refused, `apart` is tried
    instead."""

    subject: str
    statement: str
    take: Callable[[Catalog], None]
    seen_in: Name | str | None
    apart: tuple[_Trial, ...] = ()


def normalise(
    connection: Connection[Any], folded: Catalog, held: Catalog, members: Iterable[str] = ()
) -> tuple[Catalog, tuple[str, ...]]:
    """Return a copy of `folded` with its expressions as the connected server prints them.

    What has no owner yet belongs to the connection's role. `held` is what that server holds. The second value names, as
    subjects, the expressions that the server refused when they were put to it on their own; those keep their text. The
    connection must be in no transaction, and its role must own the objects. Nothing of it stays. `members` is as for
    `read_catalog`.
    """
    # Several times as fast as a deep copy, and the records hold nothing but values.
    work = _Work(pickle.loads(pickle.dumps(folded)), held)
    functions = (function for overloads in work.catalog.functions.values() for function in overloads)
    everything: tuple[Table | Schema | Function, ...] = (
        *work.catalog.tables.values(),
        *work.catalog.schemas.values(),
        *functions,
    )
    for owned in everything:
        owned.owner = owned.owner or connection.info.user
    work.gather()
    if not work.trials:
        return work.catalog, ()
    connection.execute("BEGIN")
    try:
        connection.execute("SET LOCAL check_function_bodies = off")
        tried, refused = _try(connection, work.trials)
        places = {trial.seen_in for trial in tried}
        relations = sorted(place for place in places if isinstance(place, Name))
        seen = read_some(connection, relations, sorted(p for p in places if isinstance(p, str)), members)
    finally:
        if not connection.broken:
            connection.execute("ROLLBACK")
    for trial in tried:
        trial.take(seen)
    return work.catalog, tuple(sorted(trial.subject for trial in refused))


def _try(connection: Connection[Any], trials: list[_Trial]) -> tuple[list[_Trial], list[_Trial]]:
    """Put trials to the server, many at once, and return those that it carried out and those that it refused."""
    tried: list[_Trial] = []
    refused: list[_Trial] = []
    waiting = [trials[start : start + _TOGETHER] for start in range(0, len(trials), _TOGETHER)]
    while waiting:
        some = waiting.pop()
        statements = ("SAVEPOINT tripoint", *(trial.statement for trial in some), "RELEASE SAVEPOINT tripoint")
        try:
            connection.execute("\n;\n".join(statements).encode())  # a statement may end in a comment
        except _refusals():
            connection.execute("ROLLBACK TO SAVEPOINT tripoint; RELEASE SAVEPOINT tripoint")
            if len(some) > 1:
                half = len(some) // 2
                waiting += [some[:half], some[half:]]
            elif some[0].apart:
                waiting.append(list(some[0].apart))
            else:
                refused += some
        else:
            tried += some
    return tried, refused


def _refusals() -> type[Exception]:
    import psycopg

    return psycopg.Error


class _Work:
    """The trials that a catalog needs."""

    def __init__(self, catalog: Catalog, held: Catalog) -> None:
        self.catalog = catalog
        self.held = held
        self.trials: list[_Trial] = []
        self.defaults: defaultdict[tuple[str, str], list[tuple[Table, Column]]] = defaultdict(list)

    def scratch(self) -> str:
        return f"tripoint_scratch_{len(self.trials)}"

    def gather(self) -> None:
        for name, table in self.catalog.tables.items():
            other = self.held.tables.get(name)
            if other is None:
                continue
            if table.kind in ("view", "materialized-view"):
                self.view(table, other)
            else:
                self.columns(table, other)
                self.partition_key(table, other)
            for constraint in table.constraints.values():
                self.constraint(table, constraint, other.constraints.get(constraint.name))
            for index in table.indexes.values():
                self.index(table, index, other.indexes.get(index.name))
            for policy in table.policies.values():
                self.policy(table, policy, other.policies.get(policy.name))
            for trigger in table.triggers.values():
                self.trigger(table, trigger, other.triggers.get(trigger.name))
        for columns in self.defaults.values():
            self.default(columns)
        for name, domain in self.catalog.domains.items():
            self.domain(domain, self.held.domains.get(name))
        for name, functions in self.catalog.functions.items():
            held = {function.identity: function for function in self.held.functions.get(name, ())}
            for function in functions:
                self.function(function, held.get(function.identity))

    def add(self, subject: str, statement: str, take: Callable[[Catalog], None], seen_in: Name | str | None) -> None:
        self.trials.append(_Trial(subject, statement, take, seen_in))

    def columns(self, table: Table, other: Table) -> None:
        for column in table.columns.values():
            theirs = other.columns.get(column.name)
            if theirs is not None and "." in theirs.type and column.type.startswith(theirs.type + "("):
                # The stand-in for an extension's type keeps no modifier.
                column.type = theirs.type
            if theirs is None or column.default is None or column.default == theirs.default:
                continue
            if column.generated:
                self.trials.append(_set_default(table, column))
            else:
                self.defaults[theirs.type, column.default].append((table, column))

    def default(self, columns: list[tuple[Table, Column]]) -> None:
        """Try a default of columns of one type: in the first of them, and in each only where that is refused."""
        apart = tuple(_set_default(*each) for each in columns)
        first = apart[0]
        others = [column for _, column in columns[1:]]
        if not others:
            self.trials.append(first)
            return

        def take(seen: Catalog) -> None:
            first.take(seen)
            for column in others:
                column.default = columns[0][1].default

        self.trials.append(_Trial(first.subject, first.statement, take, first.seen_in, apart))

    def partition_key(self, table: Table, other: Table) -> None:
        if table.partitioned is None or table.partitioned == other.partitioned:
            return
        name = Name(table.name.schema, self.scratch())

        def take(seen: Catalog) -> None:
            table.partitioned = seen.tables[name].partitioned

        statement = f"CREATE TABLE {_quoted(name)} (LIKE {_quoted(table.name)}) PARTITION BY {table.partitioned}"
        self.add(str(table.name), statement, take, name)

    def constraint(self, table: Table, constraint: Constraint, other: Constraint | None) -> None:
        if other is None or constraint.expression is None or constraint.expression == other.expression:
            return
        scratch = self.scratch()

        def take(seen: Catalog) -> None:
            constraint.expression = seen.tables[table.name].constraints[scratch].expression

        start = f"ALTER TABLE {_quoted(table.name)} ADD CONSTRAINT {scratch}"
        if constraint.kind == "check":
            statement = f"{start} CHECK ({constraint.expression}) NOT VALID"
        else:
            index = table.indexes.get(constraint.name)
            statement = f"{start} EXCLUDE USING {index.method if index else 'gist'} ({constraint.expression})"
        self.add(f"{table.name}/{constraint.name}", statement, take, table.name)

    def index(self, table: Table, index: Index, other: Index | None) -> None:
        if other is None or (index.columns == other.columns and index.predicate == other.predicate):
            return
        if not any(key.expression or key.opclass for key in index.columns) and index.predicate is None:
            return
        scratch = self.scratch()

        def take(seen: Catalog) -> None:
            found = seen.tables[table.name].indexes[scratch]
            index.columns, index.predicate = found.columns, found.predicate

        keys = ", ".join(_key(key) for key in index.columns)
        where = f" WHERE {index.predicate}" if index.predicate else ""
        self.add(
            f"{table.name}/{index.name}",
            f"CREATE INDEX {scratch} ON {_quoted(table.name)} USING {index.method} ({keys}){where}",
            take,
            table.name,
        )

    def policy(self, table: Table, policy: Policy, other: Policy | None) -> None:
        if other is None or (policy.using, policy.check) == (other.using, other.check):
            return
        scratch = self.scratch()

        def take(seen: Catalog) -> None:
            found = seen.tables[table.name].policies[scratch]
            policy.using, policy.check = found.using, found.check

        using = f" USING ({policy.using})" if policy.using is not None else ""
        check = f" WITH CHECK ({policy.check})" if policy.check is not None else ""
        statement = f"CREATE POLICY {scratch} ON {_quoted(table.name)} FOR {policy.command}{using}{check}"
        self.add(f"{table.name}/{policy.name}", statement, take, table.name)

    def trigger(self, table: Table, trigger: Trigger, other: Trigger | None) -> None:
        if other is None or trigger.when is None or trigger.when == other.when:
            return
        scratch = self.scratch()

        def take(seen: Catalog) -> None:
            trigger.when = seen.tables[table.name].triggers[scratch].when

        columns = ", ".join(quote_identifier(column) for column in trigger.update_columns)
        events = " OR ".join(
            f"UPDATE OF {columns}" if event == "update" and columns else event for event in trigger.events
        )
        self.add(
            f"{table.name}/{trigger.name}",
            f"CREATE {'CONSTRAINT ' if trigger.constraint else ''}TRIGGER {scratch} {trigger.timing} {events}"
            f" ON {_quoted(table.name)} FOR EACH {'ROW' if trigger.row else 'STATEMENT'} WHEN ({trigger.when})"
            f" EXECUTE FUNCTION {_quoted(trigger.function)}()",
            take,
            table.name,
        )

    def view(self, view: Table, other: Table) -> None:
        if view.query is None or view.query == other.query:
            return
        if _STAR.search(view.query) and list(view.columns) == list(other.columns):
            # A star stood for the columns of its day; what it stands for now may be more. The columns say the same.
            view.query = other.query
            return
        name = Name(view.name.schema, self.scratch())

        def take(seen: Catalog) -> None:
            view.query = seen.tables[name].query

        columns = ", ".join(quote_identifier(column) for column in other.columns)
        self.add(str(view.name), f"CREATE VIEW {_quoted(name)} ({columns}) AS {view.query}", take, name)

    def domain(self, domain: Domain, other: Domain | None) -> None:
        if other is None or (domain.default, domain.checks) == (other.default, other.checks):
            return
        name = Name(domain.name.schema, self.scratch())

        def take(seen: Catalog) -> None:
            domain.default, domain.checks = seen.domains[name].default, seen.domains[name].checks

        default = f" DEFAULT {domain.default}" if domain.default is not None else ""
        checks = "".join(f" CONSTRAINT {quote_identifier(n)} CHECK ({check})" for n, check in domain.checks.items())
        self.add(str(domain.name), f"CREATE DOMAIN {_quoted(name)} AS {domain.type}{default}{checks}", take, None)

    def function(self, function: Function, other: Function | None) -> None:
        if other is None or function.kind in ("aggregate", "window"):
            return
        standard = function.body != other.body and re.match(r"\s*(BEGIN\s+ATOMIC|RETURN)\b", function.body or "", re.I)
        if not standard and [a.default for a in function.arguments] == [a.default for a in other.arguments]:
            return
        # The own name in another schema: a body may qualify its parameters with the function's name.
        name = Name(self.scratch(), function.name.name)

        def take(seen: Catalog) -> None:
            (found,) = seen.functions[name]
            function.arguments = found.arguments
            if standard:
                function.body = found.body

        arguments = ", ".join(
            " ".join(
                part
                for part in (
                    a.mode,
                    quote_identifier(a.name) if a.name else "",
                    a.type,
                    f"DEFAULT {a.default}" if a.default is not None else "",
                )
                if part
            )
            for a in function.arguments
            if a.mode != "table"
        )
        returns = f" RETURNS {function.returns}" if function.returns else ""
        body = function.body if standard else "AS ''"
        kind = "PROCEDURE" if function.kind == "procedure" else "FUNCTION"
        language = "sql" if standard else "plpgsql"
        self.add(
            str(function.name),
            f"CREATE SCHEMA {name.schema};"
            f" CREATE {kind} {_quoted(name)}({arguments}){returns} LANGUAGE {language} {body}",
            take,
            name.schema,
        )


def _set_default(table: Table, column: Column) -> _Trial:
    def take(seen: Catalog) -> None:
        column.default = seen.tables[table.name].columns[column.name].default

    action = "SET EXPRESSION AS" if column.generated else "SET DEFAULT"
    return _Trial(
        f"{table.name}.{column.name}",
        f"ALTER TABLE ONLY {_quoted(table.name)} ALTER COLUMN {quote_identifier(column.name)}"
        f" {action} ({column.default})",
        take,
        table.name,
    )


def _key(key: IndexColumn) -> str:
    parts = [quote_identifier(key.name) if key.name is not None else f"({key.expression})"]
    parts += [key.opclass] if key.opclass else []
    parts += ["DESC"] if key.descending else []
    if key.nulls_first != key.descending:
        parts += ["NULLS FIRST" if key.nulls_first else "NULLS LAST"]
    return " ".join(parts)


def _quoted(name: Name) -> str:
    return f"{quote_identifier(name.schema)}.{quote_identifier(name.name)}"
