"""Which of the rows that a stranger reached were not meant to be reached.

Much is public on purpose: a policy that says `true` for select, a row whose column says that it is published, what
every signed-in user may see. A leak is what contradicts the project's own words: row security is off on rows that
belong to a user; a policy asks who calls, and a stranger passes by rows of their own; a policy lets everyone change
what others keep to their owners.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tripoint.model.catalog import Policy, Table
from tripoint.model.name import Name, quote_identifier
from tripoint.model.proof import Leak, Operation
from tripoint.proof.conditions import alternatives
from tripoint.proof.probes import OPERATIONS, Caller, Probe
from tripoint.proof.reading import PolicyReader
from tripoint.proof.script import script_of
from tripoint.proof.session import Actor, Session, quoted
from tripoint.proof.world import key_of, matching
from tripoint.proof.worlds import Builder
from tripoint.rules._conditions import always_passes

__all__ = ["Judge"]

_KINDS = ("unbound", "open", "odd")
_SIBLINGS = 3
"""How many other tables must keep an operation to the owner before the one that does not is called a leak."""


class Judge:
    """Judges the probes of one database."""

    def __init__(self, session: Session, reader: PolicyReader, builder: Builder, probes: Sequence[Probe]) -> None:
        self.session, self.reader, self.builder = session, reader, builder
        self.catalog = reader.catalog
        self.probes = probes

    def leaks(self) -> list[Leak]:
        """Return the leaks, by table."""
        reached: defaultdict[Name, list[Probe]] = defaultdict(list)
        for probe in self.probes:
            stranger = probe.access.rows == "other" or probe.caller.actor.role == "anon"
            # A policy that speaks of a state of the row gives what it gives in that state on purpose.
            usual = probe.access.where is None and probe.access.role != "service_role"
            if stranger and usual and probe.access.outcome == "allowed":
                reached[probe.table].append(probe)
        found = []
        for name, probes in sorted(reached.items()):
            table = self.catalog.tables[name]
            if not self.builder.ties.is_bound(table):
                continue
            found += [leak] if (leak := self._leak(table, probes)) is not None else []
        return found

    def _leak(self, table: Table, probes: list[Probe]) -> Leak | None:
        if not table.row_security:
            return self._made(table, probes, "unprotected", set())
        by_kind: dict[str, list[Probe]] = {}
        policies: dict[str, set[str]] = {}
        for probe in probes:
            kind, through = self._through(table, probe)
            if kind is not None:
                by_kind.setdefault(kind, []).append(probe)
                policies.setdefault(kind, set()).update(through)
        for kind in _KINDS:
            if kind in by_kind:
                return self._made(table, by_kind[kind], kind, policies[kind])
        return None

    def _made(self, table: Table, probes: list[Probe], kind: str, policies: set[str]) -> Leak:
        operations = tuple(o for o in OPERATIONS if any(p.access.operation == o for p in probes))
        # The case that is shown: a signed-in stranger rather than nobody, reading rather than writing.
        shown = min(probes, key=lambda p: (p.caller.actor.role == "anon", OPERATIONS.index(p.access.operation)))
        anyone = all(any(p.access.operation == o and p.access.role == "anon" for p in probes) for o in operations)
        used = set[Name]().union(*(self.builder.reading.reads.get((table.name, p), set()) for p in policies))
        return Leak(
            table.name,
            operations,
            "anon" if anyone else shown.access.role,
            shown.access.rows,
            tuple(sorted(policies)),
            kind,  # type: ignore[arg-type]
            script_of(self.builder, table, shown, used),
        )

    # --- through which policy

    def _through(self, table: Table, probe: Probe) -> tuple[str | None, list[str]]:
        """Return how a stranger passes where that was not meant, and by which policies."""
        operation, role = probe.access.operation, probe.access.role
        applying = [
            policy
            for policy in table.policies.values()
            if policy.permissive and policy.command in (operation, "all") and {role, "public"} & set(policy.roles)
        ]
        passing = [policy for policy in applying if self._passes_alone(table, policy, applying, probe, probe.caller)]
        kinds = {policy.name: self._kind(table, policy, probe, applying) for policy in passing}
        if not kinds or None in kinds.values():
            return None, []
        # What is open by intent explains everything; else the gravest.
        kind = next(known for known in _KINDS if known in kinds.values())
        return kind, [name for name, found in kinds.items() if found == kind]

    def _passes_alone(self, table: Table, policy: Policy, applying: list[Policy], probe: Probe, caller: Caller) -> bool:
        others = [p for p in applying if p.name != policy.name]
        before = [f"DROP POLICY {quote_identifier(p.name)} ON {quoted(table.name)}" for p in others]
        if probe.access.operation in ("update", "delete"):
            before.append(f"CREATE POLICY tripoint_shown ON {quoted(table.name)} FOR SELECT USING (true)")
        answer = self.session.probe(caller.actor, probe.statement, "; ".join(before))
        return (answer.refusal is None and answer.affected > 0) or (
            answer.refusal is not None and answer.refusal.sqlstate[:2] == "23"
        )

    def _kind(self, table: Table, policy: Policy, probe: Probe, applying: list[Policy]) -> str | None:
        """Return why a policy that lets a stranger pass was not meant to; None where it may well be."""
        operation, role = probe.access.operation, probe.access.role
        condition = policy.using
        if operation == "insert":
            condition = policy.check if policy.check is not None else policy.using
        if condition is None:
            return None
        asks = (table.name, policy.name) in self.builder.reading.asks
        if always_passes(condition, role):
            if asks and self._contradicts_itself(table, condition, role):
                return "unbound"
            return self._open(table, policy, operation, applying)
        keys = (*table.constraint("primary"), *self.builder.ties.links(table))
        owners = set(self.builder.reading.owned.get(table.name, {})).union(*(key.columns for key in keys))
        for branch in self._passing_branches(table, condition, probe):
            says, columns = self.reader.asks(table, branch)
            if not says and "SELECT" not in branch:
                if columns - owners:
                    return None  # the row itself says that it is public
                return "unbound"
        if role == "anon":
            return None
        return (
            "unbound"
            if not self._passes_for_newcomer(table, policy, applying, probe)
            else self._open(table, policy, operation, applying)
        )

    def _contradicts_itself(self, table: Table, condition: str, role: str) -> bool:
        """Whether a condition asks for more than a session and yet lets all pass: `user_id = auth.uid() or true`."""
        parts = [part for part in alternatives(condition) if not always_passes(part, role)]
        return any(self.reader.asks(table, part)[0] for part in parts)

    def _passing_branches(self, table: Table, condition: str, probe: Probe) -> list[str]:
        branches = alternatives(condition)
        world = self.builder.worlds["d" if table.name in self.builder.reading.privileges else "a"]
        row = world.rows.get(table.name)
        if len(branches) == 1 or row is None or probe.access.operation == "insert":
            return branches
        shown = f"CREATE POLICY tripoint_shown ON {quoted(table.name)} FOR SELECT USING (true)"
        listed = ", ".join(f"({branch}) IS TRUE" for branch in branches)
        query = f"SELECT {listed} FROM {quoted(table.name)} WHERE {matching(key_of(table, row), row)}"
        answer = self.session.probe(probe.caller.actor, query, shown, rows=1)
        if not answer.rows:
            return branches
        return [branch for branch, value in zip(branches, answer.rows[0], strict=True) if value == "t"]

    def _passes_for_newcomer(self, table: Table, policy: Policy, applying: list[Policy], probe: Probe) -> bool:
        """Whether a user without any rows passes too: then it is no row of the stranger's that opens the door."""
        first = self.builder.first
        if first is None:
            return False
        actor = Actor.signed_in("authenticated", first.claims(), first.settings())
        return self._passes_alone(table, policy, applying, probe, Caller(actor, probe.caller.rows))

    def _open(self, table: Table, policy: Policy, operation: Operation, applying: list[Policy]) -> str | None:
        """Whether a policy that is open to everyone contradicts what the project says elsewhere."""
        if operation == "insert" or (operation == "select" and policy.command == "select"):
            return None
        asking = [p for p in applying if (table.name, p.name) in self.builder.reading.asks and p.name != policy.name]
        if asking:
            return "open"
        kept = [
            probe.access.outcome == "denied"
            for probe in self.probes
            if probe.access.rows == "other"
            and probe.access.where is None
            and probe.access.operation == operation
            and probe.table != table.name
            and self._own_may(probe)
        ]
        return "odd" if len(kept) >= _SIBLINGS and all(kept) else None

    def _own_may(self, probe: Probe) -> bool:
        return any(
            p.table == probe.table
            and p.access.operation == probe.access.operation
            and p.access.rows == "own"
            and p.access.where is None
            and p.access.outcome == "allowed"
            for p in self.probes
        )
