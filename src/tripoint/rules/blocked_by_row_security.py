"""Code that does what no policy permits.

**What it finds.** A call whose role is known (or can be bounded), on a table with row level security of which no policy
lets that role do what the call does: read, insert, update or delete; return the rows that it writes; replace a row with
an upsert; embed the table; receive its changes; the same through a view with `security_invoker`. So does a call on the
files of a storage bucket, where the migrations hold policies of `storage.objects`. Where the client's key is not known
the finding is *low*, and only made where no code of the project holds the server's key, which would be let through; and
so it is where the migrations do not hold all of the database, or a statement about policies can't be evaluated. A
client that a function is handed has the key that all of its callers hand it; how many calls are passed over for a key
that is not known, where the project holds the server's as well, a notice says.

**Why it matters.** Most of these calls do not fail. A select gives an empty array, an update or delete changes nothing,
and neither says so. An insert fails with 42501.

**How to mend it.** Add the policy that the call needs, or make the call where the server's key is held.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct, field

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.model.name import Name
from tripoint.model.place import Place, Problem
from tripoint.model.query import Query
from tripoint.model.words import counted, listed
from tripoint.rules._access import (
    CLIENT_ROLES,
    Command,
    Runs,
    applying,
    condition_of,
    in_doubt,
    permits,
    shut_relation,
    undecided,
    written_table,
)
from tripoint.rules._baseline import baseline_is_missing
from tripoint.rules._conditions import can_pass, tells_who_calls
from tripoint.rules._elsewhere import lowered
from tripoint.rules._needs import Need, Purpose, asked_through_api
from tripoint.rules._policies import roles_of
from tripoint.rules._shared import table_marks
from tripoint.rules._storage import PARTIAL, blocked_buckets

_OUTCOMES: dict[tuple[Command, Purpose], str] = {
    ("select", "operation"): "select from {table}: the call gets an empty array and no error",
    ("insert", "operation"): "insert into {table}: the call fails with 42501",
    ("update", "operation"): "update {table}: the call changes nothing and says nothing",
    ("delete", "operation"): "delete from {table}: the call deletes nothing and says nothing",
    ("select", "filter"): "select from {table}, so that its update or delete finds no row: it changes nothing and says "
    "nothing",
    ("select", "returning"): "select from {table}, so that the row it writes can't be returned: the call fails "
    "with 42501",
    ("update", "conflict"): "update {table}: an upsert of a row that is already there fails with 42501",
    ("select", "conflict"): "select from {table}, which an upsert needs: the call fails with 42501",
    ("select", "embed"): "select from {table}: what is embedded from it is empty, without an error",
    ("select", "subscribe"): "select from {table}: no change of it ever arrives",
}


_WITHOUT_POLICY: dict[Command, str] = {
    "select": "a select gets an empty array and no error",
    "insert": "an insert fails with 42501",
    "update": "an update changes nothing and says nothing",
    "delete": "a delete deletes nothing and says nothing",
}


class _Blocked(Struct):
    table: Table
    """The table whose policies are in the way."""
    command: Command
    purpose: Purpose
    view: Table | None = None
    """The view that the code asks for."""
    commands: set[Command] = field(default_factory=set)
    marks: list[Mark] = field(default_factory=list)
    runs: list[Runs] = field(default_factory=list)


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table and command that the code uses in vain."""
    found: dict[tuple[str, Command, Purpose, str], _Blocked] = {}
    server_key = any(query.role == "service_role" for query in evidence.queries)
    known: dict[tuple[Name, Command, frozenset[str]], Table | None] = {}
    for call in asked_through_api(evidence):
        runs = call.runs
        if not runs.as_clients:
            continue
        if server_key and "service_role" in runs.roles:
            continue
        stopped: set[str] = set()
        for need in call.needs:
            asked = str(need.table.name)
            same = (need.table.name, need.command, runs.roles)
            if same not in known:
                known[same] = _blocking(need, runs, evidence)
            table = None if asked in stopped else known[same]
            over = need.command == "update" and need.purpose == "conflict"
            if table is None or (over and _is_new(call.binding.query, table)):
                continue
            stopped.add(asked)
            key: tuple[str, Command, Purpose, str] = (str(table.name), need.command, need.purpose, asked)
            if not _for_clients(table):  # one fault, whatever the code does with it
                key = (str(table.name), "select", "operation", asked)
            view = need.table if need.table is not table else None
            blocked = found.setdefault(key, _Blocked(table, key[1], key[2], view))
            blocked.commands.add(need.command)
            blocked.marks.append(Mark(need.place, "code", "primary", None, call.binding.query.symbol))
            blocked.runs.append(runs)
    partial = bool(found) and baseline_is_missing(evidence)
    for _, blocked in sorted(found.items(), key=lambda item: item[0]):
        yield _fault(blocked, partial, evidence)
    yield from blocked_buckets(evidence)


def left_open(evidence: Evidence) -> Iterator[tuple[str, Problem]]:
    """Yield how many calls are passed over that the public key would be refused: the key of their client is not known,
    and code of the project holds the server's."""
    if not any(query.role == "service_role" for query in evidence.queries):
        return
    calls: set[Place] = set()
    tables: set[str] = set()
    for call in asked_through_api(evidence):
        if "service_role" in call.runs.roles and call.runs.as_clients:
            blocked = (_blocking(need, call.runs, evidence) for need in call.needs)
            names = {str(table.name) for table in blocked if table is not None}
            if names:
                calls.add(call.binding.query.call)
                tables |= names
    if not calls:
        return
    first = min(calls, key=lambda place: (place.path, place.start))
    one = len(calls) == 1
    reason = (
        f"{counted(len(calls), 'call')} {'asks' if one else 'ask'} of {listed(sorted(tables))} what no policy lets the "
        f"public key do, but the key of {'its' if one else 'their'} client is not known, and the project holds the "
        f"server's as well: whether row security stops {'it' if one else 'them'} is not told"
    )
    yield first.path, Problem("unresolved", first.start, first.end, reason)


def _blocking(need: Need, runs: Runs, evidence: Evidence) -> Table | None:
    """Return the table whose policies let none of a call's roles do what it needs, itself or under a view."""
    table = (
        need.table if need.command == "select" or need.table.kind == "table" else written_table(need.table, evidence)
    )
    if table is None or (table.kind == "table" and undecided(table, evidence) is not None):
        return None
    if need.command == "select":
        shut = [shut_relation(table, role, evidence) for role in runs.as_clients]
        blocking = (
            shut[-1] if all(shut) else None
        )  # a view may fail a signed-in user for another table than it does anon
    else:
        open_to = [role for role in runs.as_clients if permits(table, need.command, role, evidence)]
        blocking = table if table.kind == "table" and not open_to else None
    if blocking is not None and "service_role" in runs.roles and not _for_clients(blocking):
        return None  # a table that the server alone uses: its clients most likely hold the server's key
    return blocking


def _is_new(query: Query, table: Table) -> bool:
    """Whether an upsert writes a key that is made for the row, so that no row is ever there already."""
    key = query.conflict or (table.primary_key.columns if table.primary_key is not None else ())
    return bool(key) and set(key) <= {written.column for written in query.written if written.fresh}


def _for_clients(table: Table) -> bool:
    """Whether a policy of the table is for requests with the public key at all."""
    return any(policy.permissive and roles_of(policy) for policy in table.policies.values())


def _fault(blocked: _Blocked, partial: bool, evidence: Evidence) -> Fault:
    table, command = blocked.table, blocked.command
    severity, reason = ("low", PARTIAL) if partial else _severity(blocked, evidence)
    severity, reason, held = lowered(evidence, "policy", str(table.name), severity, reason)
    roles = [role for role in CLIENT_ROLES if any(role in runs.roles for runs in blocked.runs)]
    outcome = _OUTCOMES[command, blocked.purpose].format(table=table.name)
    if not _for_clients(table):
        outcomes = [_WITHOUT_POLICY[each] for each in _WITHOUT_POLICY if each in blocked.commands]
        outcome = f"touch {table.name}: {listed(outcomes)}"
    if command == "update" and _fails_on_check(table, roles):
        outcome = f"save what an update of {table.name} writes: the call fails with 42501"
    if blocked.view is not None:
        outcome += f" (through the view {blocked.view.name}, which has its caller's rights)"
    return Fault(
        subject=str(table.name),
        message=f"No policy lets {' or '.join(roles)} {outcome}.",
        marks=(*blocked.marks, *_closest(table, command), *table_marks(table, "row level security is on"), *held),
        severity=severity,
        severity_reason=reason,
        help=_help(table, command),
    )


def _severity(blocked: _Blocked, evidence: Evidence) -> tuple[Severity, str | None]:
    doubt = in_doubt(blocked.table, "policies", evidence)
    if doubt is not None:
        return "low", doubt
    reasons = [runs.reason for runs in blocked.runs]
    if all("service_role" in runs.roles for runs in blocked.runs):
        return "low", f"{reasons[0]}; the server's key would be let through"
    return "high", reasons[0] if all(reasons) else None


def _fails_on_check(table: Table, roles: list[str]) -> bool:
    return any(
        can_pass(condition_of(policy, "update"), role) for role in roles for policy in applying(table, "update", role)
    )


def _closest(table: Table, command: Command) -> Iterator[Mark]:
    """Yield the places of the table's policies for other commands, which are what its author thought of."""
    by_command: dict[str, list[Mark]] = defaultdict(list)
    for _, policy in sorted(table.policies.items()):
        if policy.place is not None and policy.permissive:
            by_command[policy.command].append(Mark(policy.place, "migrations", "related", f"for {policy.command}"))
    for other, marks in sorted(by_command.items()):
        if other not in (command, "all"):
            yield marks[0]


def _help(table: Table, command: Command) -> str:
    # What lets everybody read is no condition to write by.
    conditions = [
        condition
        for _, policy in sorted(table.policies.items())
        if policy.permissive and "authenticated" in roles_of(policy)
        for condition in (policy.using or policy.check,)
        if condition and can_pass(condition, "authenticated")
        if command == "select" or tells_who_calls(condition)
    ]
    condition = " ".join(conditions[0].split()) if conditions else "…"
    clause = f"with check ({condition})" if command == "insert" else f"using ({condition})"
    return f"create policy … on {table.name} for {command} to authenticated {clause}; or call with the server's key."


RULE = Rule("blocked-by-row-security", "code", "high", check, needs=("migrations", "code"), left_open=left_open)
