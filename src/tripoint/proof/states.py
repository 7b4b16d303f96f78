"""The states of a row that policies speak of: `sharing <> 'private'`, `published`, `deleted_at is null`.

A row that its defaults make is in one of them alone. So for each condition that policies put to columns of the row, and
that says nothing of who calls, the row is brought into that state, and out of it, and tried once more.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, structs

from tripoint.model.catalog import Constraint, Policy, Table
from tripoint.model.name import quote_identifier
from tripoint.model.proof import Operation
from tripoint.proof.checks import solve
from tripoint.proof.conditions import alternatives, readable, requirements
from tripoint.proof.reading import PolicyReader
from tripoint.proof.session import Actor, Session, quoted
from tripoint.proof.values import literal
from tripoint.proof.world import Row, World, key_of, matching
from tripoint.proof.worlds import Builder

__all__ = ["State", "States"]

_MOST = 8
"""So many conditions of a table are tried, in the order of its policies."""


class State(Struct, frozen=True):
    """A row in a state. Without `change` and `fresh`, it is in it as its defaults make it."""

    where: str
    operations: tuple[Operation, ...]
    """What the policies that put the condition are for."""
    change: str | None = None
    """What brings the row into the state."""
    fresh: Row | None = None
    """A row to be inserted that is in it."""
    reason: str | None = None
    """Why the row could not be brought into it."""


class States:
    """Finds the states of a table's row."""

    def __init__(self, session: Session, reader: PolicyReader, builder: Builder) -> None:
        self.session, self.reader, self.builder = session, reader, builder

    def of(self, table: Table, world: World, fresh: Row | None) -> Iterator[State]:
        """Yield the states of a world's row, and of one that is to be inserted."""
        row = world.rows.get(table.name)
        for condition, operations in list(self._conditions(table, row or {}).items())[:_MOST]:
            columns = self._columns(table, condition)
            shown = readable(condition)
            for positive in (True, False):
                wanted = f"({condition}) IS {'' if positive else 'NOT '}TRUE"
                where = shown if positive else f"not ({shown})"
                insert = [o for o in operations if o == "insert"]
                if insert and fresh is not None:
                    made = self._solved(table, columns, wanted, fresh)
                    if positive or made != fresh:
                        yield State(where, ("insert",), fresh=made if made != fresh else None)
                others = tuple(o for o in operations if o != "insert")
                if others and row is not None:
                    state = self._changed(table, row, columns, wanted, where, others)
                    if positive or state.change or state.reason:
                        yield state

    def _conditions(self, table: Table, row: Row) -> dict[str, list[Operation]]:
        """Return what policies ask of the row itself, each with the operations that it bears on."""
        found: dict[str, list[Operation]] = {}
        fixed = {c for constraint in table.constraint("foreign") for c in constraint.columns}
        fixed |= {*key_of(table, row), *self.builder.reading.owned.get(table.name, {})}
        fixed |= {c.name for c in table.columns.values() if c.generated}
        for policy in table.policies.values():
            for text, operations in _clauses(policy):
                for condition in self._asked(table, text, fixed):
                    known = found.setdefault(condition, [])
                    known += [o for o in operations if o not in known]
        return found

    def _asked(self, table: Table, text: str, fixed: set[str]) -> Iterator[str]:
        for branch in alternatives(text):
            if branch != text:
                yield from self._asked(table, branch, fixed)
                continue
            parts = [part for part in requirements(branch) if self._of_row(table, part, fixed)]
            if parts:
                yield " AND ".join(parts)

    def _of_row(self, table: Table, part: str, fixed: set[str]) -> bool:
        says, columns = self.reader.asks(table, part)
        return bool(columns) and not says and "SELECT" not in part and not columns & fixed

    def _columns(self, table: Table, condition: str) -> tuple[str, ...]:
        columns = self.reader.asks(table, condition)[1]
        return tuple(c for c in table.columns if c in columns)

    def _solved(self, table: Table, columns: tuple[str, ...], wanted: str, given: Row) -> Row:
        """Return `given` so that it holds what is wanted, beside the table's own checks."""
        asked = Constraint("tripoint_state", "check", columns, wanted)
        bound = structs.replace(table, constraints={**table.constraints, asked.name: asked})
        number = self.builder.number(table.name, None)
        return solve(bound, given, self.builder.values, number, self.session.first)

    def _changed(
        self,
        table: Table,
        row: Row,
        columns: tuple[str, ...],
        wanted: str,
        where: str,
        operations: tuple[Operation, ...],
    ) -> State:
        name, key = quoted(table.name), matching(key_of(table, row), row)
        if not key:
            return State(where, operations, reason="the row has no key by which it could be named")
        query = f"SELECT 1 FROM {name} WHERE {key} AND ({wanted})"
        if self.session.probe(Actor(), query).affected:
            return State(where, operations)
        solved = self._solved(table, columns, wanted, row)
        values = ", ".join(f"{quote_identifier(c)} = {literal(v)}" for c, v in solved.items() if v != row.get(c))
        if not values:
            return State(where, operations, reason=f"no values were found that make it so that {where}")
        change = f"UPDATE {name} SET {values} WHERE {key}"
        refusal = "a trigger undid it"
        for before in (change, f"ALTER TABLE {name} DISABLE TRIGGER USER; {change}"):
            answer = self.session.probe(Actor(), query, before)
            if answer.affected:
                return State(where, operations, change=before)
            if answer.refusal is not None:
                refusal = answer.refusal.message
        return State(where, operations, reason=f"the row could not be made so that {where}: {refusal}")


def _clauses(policy: Policy) -> Iterator[tuple[str, tuple[Operation, ...]]]:
    if policy.using:
        reads: tuple[Operation, ...] = ("select", "update", "delete")
        yield policy.using, tuple(o for o in reads if policy.command in (o, "all"))
    check = policy.check or (policy.using if policy.command == "all" else None)
    if check and policy.command in ("insert", "all"):
        yield check, ("insert",)
