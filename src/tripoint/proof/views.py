"""Views, tried as tables are: their rows are told apart by what they show of the rows that were made."""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.catalog import Table
from tripoint.model.name import Name, quote_identifier
from tripoint.model.proof import Operation
from tripoint.proof.probes import Caller, Probe, Prober
from tripoint.proof.session import Actor, quoted
from tripoint.proof.values import is_text, literal
from tripoint.proof.worlds import Builder

__all__ = ["Tokens", "ViewProber", "tokens_of"]

_ROWS = 500
"""So many rows of a view are looked through for one that shows a user's row."""
_UPDATE, _INSERT, _DELETE = 4, 8, 16
"""Bits of what pg_relation_is_updatable says."""

Tokens = dict[str, Name]
"""Values that stand in rows of one world alone, each with the table that it is from."""


def tokens_of(builder: Builder, key: str) -> Tokens:
    """Return what tells the rows of a world: its keys and texts that no other world has."""
    others = [w for k, w in builder.worlds.items() if k != key] + ([builder.first] if builder.first else [])
    foreign = {value for world in others for row in world.rows.values() for value in row.values()}
    found: Tokens = {}
    for name, row in sorted(builder.worlds[key].rows.items()):
        columns = builder.catalog.tables[name].columns
        for column, value in row.items():
            known = columns.get(column)
            telling = known is not None and (known.type == "uuid" or is_text(builder.values.base(known.type)))
            if telling and value and len(value) > 3 and value not in foreign:
                found.setdefault(value, name)
    return found


class ViewProber:
    """Probes views; `prober` does the probing."""

    def __init__(self, prober: Prober) -> None:
        self.prober = prober
        self.session = prober.session
        self.ties = prober.builder.ties
        self.tokens = tokens_of(prober.builder, "a")

    def find(self, view: Table) -> tuple[str, Name] | None:
        """Return the condition of a row of the view that shows a row of world a, and the table that it is of."""
        answer = self.session.probe(Actor(), f"SELECT * FROM {quoted(view.name)} LIMIT {_ROWS}", rows=_ROWS)
        for row in answer.rows:
            for column, value in zip(answer.columns, row, strict=True):
                if value in self.tokens and column in view.columns:
                    return f"{quote_identifier(column)} = {literal(value)}", self.tokens[value]
        return None

    def base(self, view: Table) -> Table | None:
        """Return the one table that a view is of; None where there are several, or it is not the project's."""
        query = (
            "SELECT DISTINCT table_schema, table_name FROM information_schema.view_table_usage "
            f"WHERE view_schema = {literal(view.name.schema)} AND view_name = {literal(view.name.name)}"
        )
        rows = self.session.probe(Actor(), query, rows=2).rows
        if len(rows) != 1 or None in rows[0]:
            return None
        name = Name(str(rows[0][0]), str(rows[0][1]))
        return self.prober.catalog.tables[name] if name in self.prober.builder.own else None

    def writable(self, view: Table, base: Table | None) -> list[tuple[Operation, str]]:
        """Return the operations that a view passes on to its table, each with its statement up to the condition."""
        query = f"SELECT pg_relation_is_updatable({literal(quoted(view.name))}::regclass, false) AS bits"
        answer = self.session.probe(Actor(), query, rows=1)
        bits = int(answer.rows[0][0] or 0) if answer.rows else 0
        column = quote_identifier(next(iter(view.columns), ""))
        found: list[tuple[Operation, str]] = []
        if bits & _INSERT and base is not None and (insertion := self._insertion(view, base)) is not None:
            found.append(("insert", insertion))
        if bits & _UPDATE:
            found.append(("update", f"UPDATE {quoted(view.name)} SET {column} = {column}"))
        if bits & _DELETE:
            found.append(("delete", f"DELETE FROM {quoted(view.name)}"))
        return found

    def _insertion(self, view: Table, base: Table) -> str | None:
        """Return an INSERT of one more row of world a; None where the view lacks a column that every row needs."""
        builder = self.prober.builder
        fresh = builder.fresh(base, builder.worlds["a"])
        if isinstance(fresh, str):
            return None
        needed = {
            c.name
            for c in base.columns.values()
            if not c.nullable and c.default is None and not c.identity and not c.generated
        }
        given = {c: v for c, v in fresh.items() if c in view.columns}
        if not given or needed - given.keys():
            return None
        columns, values = ", ".join(map(quote_identifier, given)), ", ".join(map(literal, given.values()))
        return f"INSERT INTO {quoted(view.name)} ({columns}) VALUES ({values})"

    def probe(self, view: Table, found: tuple[str, Name] | None, callers: list[Caller]) -> Iterator[Probe]:
        """Yield what each caller may do to the row that `find` gave."""
        base = self.base(view) if view.kind == "view" else None
        operations: list[tuple[Operation, str]] = [("select", f"SELECT * FROM {quoted(view.name)}")]
        operations += self.writable(view, base) if view.kind == "view" else []
        for operation, statement in operations:
            for caller in callers:
                if found is None and operation != "insert":
                    reason = "it shows none of the rows that were made"
                    outcome, why, run = self.prober.without_row(view, operation, caller, reason)
                else:
                    run = statement if found is None or operation == "insert" else f"{statement} WHERE {found[0]}"
                    # Triggers and constraints are those of the table that stands behind it.
                    outcome, why = self.prober.tried(base or view, operation, caller, run)
                yield self.prober.made(view, operation, caller, outcome, why, run)
