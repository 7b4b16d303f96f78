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
_UPDATE, _DELETE = 4, 16
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

    def writable(self, view: Table) -> list[tuple[Operation, str]]:
        """Return the operations that a view passes on to its table, each with its statement up to the condition."""
        query = f"SELECT pg_relation_is_updatable({literal(quoted(view.name))}::regclass, false) AS bits"
        answer = self.session.probe(Actor(), query, rows=1)
        bits = int(answer.rows[0][0] or 0) if answer.rows else 0
        column = quote_identifier(next(iter(view.columns), ""))
        found: list[tuple[Operation, str]] = []
        if bits & _UPDATE:
            found.append(("update", f"UPDATE {quoted(view.name)} SET {column} = {column}"))
        if bits & _DELETE:
            found.append(("delete", f"DELETE FROM {quoted(view.name)}"))
        return found

    def probe(self, view: Table, found: tuple[str, Name] | None, callers: list[Caller]) -> Iterator[Probe]:
        """Yield what each caller may do to the row that `find` gave."""
        operations: list[tuple[Operation, str]] = [("select", f"SELECT * FROM {quoted(view.name)}")]
        operations += self.writable(view) if view.kind == "view" else []
        for operation, statement in operations:
            for caller in callers:
                if found is None:
                    reason = "it shows none of the rows that were made"
                    outcome, why, run = self.prober.without_row(view, operation, caller, reason)
                else:
                    run = f"{statement} WHERE {found[0]}"
                    outcome, why = self.prober.tried(view, operation, caller, run)
                yield self.prober.made(view, operation, caller, outcome, why, run)
