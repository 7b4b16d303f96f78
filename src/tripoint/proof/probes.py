"""Every operation on every table, tried as every kind of user: what happens is the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from tripoint.model.catalog import Catalog, Table
from tripoint.model.name import Name, quote_identifier
from tripoint.model.proof import Access, Operation, Outcome, Rows
from tripoint.postgres.run import Answer
from tripoint.proof.session import OUT_OF_TIME, Actor, Session, quoted
from tripoint.proof.states import State, States
from tripoint.proof.values import literal
from tripoint.proof.world import Row, key_of, matching
from tripoint.proof.worlds import Builder

__all__ = ["OPERATIONS", "Caller", "Probe", "Prober"]

OPERATIONS: tuple[Operation, ...] = ("select", "insert", "update", "delete")
_RECURSION = "42P17"
_NOT_ALLOWED = "42501"
_WITHOUT_SESSION = ("22P02", "22023", "42704")
"""What a policy ends with that takes a setting for granted: an empty text is no number, the setting is not there."""
_UNFIT = ("23502", "23514", "23P01")
"""What a row breaks by its own values: NOT NULL, a check, an exclusion."""


class Caller(Struct, frozen=True):
    """Who is tried, and what the rows of the probed world are to them."""

    actor: Actor
    rows: Rows
    world: str = ""
    """The world whose user it is; empty for a role without one."""


class Probe(Struct, frozen=True):
    """One cell, with what is needed to run it again."""

    access: Access
    table: Name
    caller: Caller
    statement: str = ""


class Prober:
    """Probes the rows of the built worlds."""

    def __init__(self, session: Session, catalog: Catalog, builder: Builder, database: str) -> None:
        self.session = session
        self.catalog = catalog
        self.builder = builder
        self.database = database

    def probe(
        self, table: Table, callers: Callable[[str], list[Caller]], states: States | None = None
    ) -> Iterator[Probe]:
        """Yield what each caller may do to the table's row; `callers` tells them by the world that the row is of.

        With `states`, what they may do to it in the states that policies speak of, too.
        """
        key = "d" if table.name in self.builder.reading.privileges else "a"
        world = self.builder.worlds[key]
        row = world.rows.get(table.name)
        missing = world.failed.get(table.name, "no row could be made")
        fresh = self.builder.fresh(table, world)
        usual: dict[tuple[Operation, str, Rows], tuple[Outcome, str | None]] = {}
        for operation in OPERATIONS:
            for caller in callers(key):
                statement: str | None
                reason: str | None
                if operation == "insert":
                    statement = None if isinstance(fresh, str) else self._insertion(table, fresh, caller.actor.role)
                    reason = fresh if isinstance(fresh, str) else missing
                else:
                    statement = self._on_row(table, operation, row, caller.actor.role) if row is not None else None
                    reason = missing if row is None else "the row has no key by which it could be named"
                if statement is None:
                    outcome, reason, statement = self.without_row(table, operation, caller, reason)
                else:
                    outcome, reason = self.tried(table, operation, caller, statement)
                usual[operation, caller.actor.role, caller.rows] = outcome, reason
                yield self.made(table, operation, caller, outcome, reason, statement)
        for state in states.of(table, world, None if isinstance(fresh, str) else fresh) if states is not None else ():
            for operation in state.operations:
                for caller in callers(key):
                    if caller.actor.role != "service_role":
                        known = usual[operation, caller.actor.role, caller.rows]
                        yield self._in_state(table, operation, caller, state, row, known)

    def _in_state(
        self,
        table: Table,
        operation: Operation,
        caller: Caller,
        state: State,
        row: Row | None,
        usual: tuple[Outcome, str | None],
    ) -> Probe:
        statement: str | None = None
        outcome, reason = usual
        if state.reason is not None:
            if not (reason or "").startswith("permission denied for"):  # without the privilege, no state matters
                outcome, reason = "not-proven", state.reason
        elif state.change is not None and row is not None:
            statement = self._on_row(table, operation, row, caller.actor.role)
            if statement is not None:
                outcome, reason = self.tried(table, operation, caller, statement, state.change)
        elif state.fresh is not None:
            statement = self._insertion(table, state.fresh, caller.actor.role)
            outcome, reason = self.tried(table, operation, caller, statement)
        return self.made(table, operation, caller, outcome, reason, statement, state.where)

    def tried(
        self, table: Table, operation: Operation, caller: Caller, statement: str, before: str = ""
    ) -> tuple[Outcome, str | None]:
        """Return what a statement shows, on the state that `before` makes."""
        answer = self.session.probe(caller.actor, statement, before)
        outcome, reason = judged(answer, operation, table.name, caller)
        if outcome == "not-proven" and operation != "select":
            return self._without_triggers(table, operation, caller, statement, before, reason)
        return outcome, reason

    def _without_triggers(
        self, table: Table, operation: Operation, caller: Caller, statement: str, before: str, reason: str | None
    ) -> tuple[Outcome, str | None]:
        """Tell a trigger that refuses what policies would let pass from one that is asked before they are."""
        before = f"ALTER TABLE {quoted(table.name)} DISABLE TRIGGER USER{'; ' if before else ''}{before}"
        outcome, why = judged(self.session.probe(caller.actor, statement, before), operation, table.name, caller)
        if outcome == "allowed":
            return "not-proven", f"privileges and policies let it pass, and then {reason}"
        return outcome, why

    def made(
        self,
        table: Table,
        operation: Operation,
        caller: Caller,
        outcome: Outcome,
        reason: str | None,
        statement: str | None = None,
        where: str | None = None,
    ) -> Probe:
        settled = self.builder.settled
        access = Access(
            self.database,
            str(table.name),
            operation,
            caller.actor.role,
            caller.rows,
            outcome,
            settled(reason) if reason is not None else None,
            settled(statement) if statement is not None else None,
            where,
        )
        return Probe(access, table.name, caller, statement or "")

    def without_row(
        self, table: Table, operation: Operation, caller: Caller, reason: str
    ) -> tuple[Outcome, str | None, str | None]:
        """Without a row it can still be seen that the role lacks the privilege."""
        name = quoted(table.name)
        column = quote_identifier(next(iter(table.columns), "ctid"))
        statement = {
            "select": f"SELECT * FROM {name} LIMIT 0",
            "insert": f"INSERT INTO {name} SELECT * FROM {name} LIMIT 0",
            "update": f"UPDATE {name} SET {column} = {column} WHERE false",
            "delete": f"DELETE FROM {name} WHERE false",
        }[operation]
        answer = self.session.probe(caller.actor, statement)
        if answer.refusal is not None and answer.refusal.sqlstate == _NOT_ALLOWED:
            return "denied", answer.refusal.message, statement
        return "not-proven", reason, None

    # --- statements

    def _insertion(self, table: Table, fresh: Row, role: str) -> str:
        """Return an INSERT of the columns that the role may set, where it may not set all."""
        permitted = self._permitted(table, role, "insert")
        given = fresh if permitted is None else {c: v for c, v in fresh.items() if c in permitted}
        return self.builder.insertion(table, given or fresh)

    def _on_row(self, table: Table, operation: Operation, row: Row, role: str) -> str | None:
        columns = key_of(table, row)
        if not columns:
            return None
        name, condition = quoted(table.name), matching(columns, row)
        if operation == "select":
            permitted = self._permitted(table, role, "select")
            shown = [c for c in table.columns if permitted is not None and c in permitted]
            return f"SELECT {', '.join(map(quote_identifier, shown)) or '*'} FROM {name} WHERE {condition}"
        if operation == "delete":
            return f"DELETE FROM {name} WHERE {condition}"
        column = self._changed(table, role, row)
        fixed = "2030-01-01" if table.columns[column].type.startswith(("timestamp", "date")) else row.get(column)
        return f"UPDATE {name} SET {quote_identifier(column)} = {literal(fixed)} WHERE {condition}"

    def _changed(self, table: Table, role: str, row: Row) -> str:
        """Return the column that an UPDATE sets to the value it has: an ordinary one that the role may set."""
        permitted = self._permitted(table, role, "update")
        keys = {c for constraint in table.constraints.values() for c in constraint.columns}
        owned = self.builder.reading.owned.get(table.name, {})
        free = [c for c in table.columns.values() if not c.generated and c.identity != "always" and c.name in row]
        allowed = [c for c in free if permitted is None or c.name in permitted] or free
        plain = [c.name for c in allowed if c.name not in keys and c.name not in owned]
        # What the clock sets would make every run's statement differ.
        plain.sort(key=lambda c: table.columns[c].type.startswith(("timestamp", "date")))
        return next(iter(plain or [c.name for c in allowed] or list(table.columns)))

    def _permitted(self, table: Table, role: str, privilege: str) -> set[str] | None:
        """Return the columns that a role holds a privilege on; None where it holds it on the table, or not at all."""
        grants = [g for g in table.grants if g.role in (role, "public") and g.privilege == privilege]
        if not grants or any(g.column is None for g in grants):
            return None
        return {g.column for g in grants if g.column is not None}


def judged(answer: Answer, operation: Operation, name: Name, caller: Caller) -> tuple[Outcome, str | None]:
    """Return what an answer shows, and the reason."""
    refusal = answer.refusal
    if refusal is None:
        if answer.affected:
            return "allowed", None
        return "denied", "row security shows no such row" if operation == "select" else "no row was changed"
    if refusal.sqlstate in (_NOT_ALLOWED, _RECURSION):
        return "denied", refusal.message
    if refusal.sqlstate in _UNFIT and operation == "insert":
        return "not-proven", f"no row could be made up that its constraints accept: {refusal.message}"
    if refusal.sqlstate[:2] == "23" and (refusal.table in (None, name.name) or operation == "delete"):
        # Privileges and policies are asked before a row's constraints.
        return "allowed", f"privileges and policies let it pass; then a constraint refused it: {refusal.message}"
    if refusal.sqlstate == OUT_OF_TIME:
        return "not-proven", refusal.message
    if refusal.sqlstate in _WITHOUT_SESSION and not caller.world:
        return "denied", f"without a session it ends with an error: {refusal.message}"
    return "not-proven", f"it ends with an error: {refusal.message}"
