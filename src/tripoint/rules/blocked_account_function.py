"""A function that Supabase runs for accounts, and that may not do what it does.

**What it finds.** A function without SECURITY DEFINER that a trigger on a table of `auth` calls, or that is a hook of
accounts (`[auth.hook.…]` in `supabase/config.toml`, or a function from JSON to JSON that is granted to
`supabase_auth_admin`), and that reads or writes tables, or calls functions, on which `supabase_auth_admin` holds no
privilege, or of which row level security shows it nothing. So it is where such a function calls another one, and where
the hook itself may not be executed.

**Why it matters.** The service that signs people up and in has a role of its own, to which nothing outside of `auth` is
granted. A trigger then stops every sign-up ("Database error saving new user"), a hook every sign-in; where row level
security alone is in the way, the function finds no row and says nothing.

**Severity.** *High*; *medium* where the function handles the error, so that the row alone is not written.

**How to mend it.** Make a trigger's function SECURITY DEFINER with a fixed search path. Grant a hook what it needs, and
let the role see the rows by a policy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from tripoint.model.binding import BodyBinding, SqlReference
from tripoint.model.catalog import Function, Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.model.name import Name, quote_identifier
from tripoint.model.place import NOWHERE, Place
from tripoint.model.words import listed
from tripoint.rules._access import Command, in_doubt, may_execute, may_use_schema, permits, undecided
from tripoint.rules._baseline import NO_BEGINNING, baseline_is_missing
from tripoint.rules._keys import USERS
from tripoint.rules._needs import in_function

_PREPOSITIONS: dict[Command, str] = {"select": " from", "insert": " into", "update": "", "delete": " from"}
_WHEN = {"insert": "made", "update": "changed", "delete": "deleted"}
_REFUSED = {
    "insert": 'nobody can sign up ("Database error saving new user")',
    "update": "the change is refused",
    "delete": 'it can\'t be deleted ("Database error deleting user")',
}


class _Lack(Struct):
    """Something that the role may not do, and where the function does it."""

    kind: Literal["schema", "privilege", "policy"]
    what: str
    statement: str
    """What would let it."""
    place: Place
    guarded: str | None
    silent: bool = False
    """Whether no error comes of it."""
    table: Table | None = None


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each function that is kept from what it does."""
    bodies = {(body.name, body.place): body for body in evidence.bodies if body.kind == "function"}
    for body in bodies.values():
        functions = evidence.defined.functions.get(body.name, ())
        function = next((f for f in functions if (f.place or NOWHERE) == body.place), None)
        if body.run_by is None or function is None or body.idle is not None:
            continue
        events = _events(function, evidence)
        lacking = [] if events else list(_to_execute(function, body.run_by, body.place, None, evidence))
        if not function.security_definer and "role" not in function.settings:
            lacking += _lacking(function, body.run_by, bodies, evidence)
        if lacking:
            yield _fault(
                function,
                body.run_by,
                events,
                list({(lack.statement, lack.place): lack for lack in lacking}.values()),
                evidence,
            )


def _events(function: Function, evidence: Evidence) -> dict[str, None]:
    """Return what fires a function on the accounts themselves, or the table of `auth` on which it does."""
    found: dict[str, None] = {}
    for name, table in sorted(evidence.defined.tables.items()):
        if name not in evidence.platform.tables or name.schema != USERS.schema:
            continue
        for trigger in table.triggers.values():
            if trigger.function == function.name and trigger.enabled:
                events = [event for event in _WHEN if event in trigger.events]
                found |= dict.fromkeys(events if name == USERS else (str(name),))
    return found


def _lacking(
    function: Function, role: str, bodies: dict[tuple[Name, Place], BodyBinding], evidence: Evidence
) -> Iterator[_Lack]:
    """Yield what keeps a function, and those that it calls with the same rights, from what they do."""
    pending, met = [function], {id(function)}
    while pending:
        current = pending.pop()
        for table, command, reference in in_function(current, evidence):
            if table.name not in evidence.platform.tables:
                yield from _on_table(table, command, role, reference, evidence)
        body = bodies.get((current.name, current.place or NOWHERE))
        for reference in body.references if body is not None else ():
            called = evidence.defined.functions.get(reference.target, ()) if reference.target is not None else ()
            if reference.kind != "function" or reference.outcome != "bound" or len(called) != 1:
                continue
            yield from _to_execute(called[0], role, reference.place, reference.guarded, evidence)
            if not called[0].security_definer and id(called[0]) not in met:
                met.add(id(called[0]))
                pending.append(called[0])


def _to_execute(
    function: Function, role: str, place: Place, guarded: str | None, evidence: Evidence
) -> Iterator[_Lack]:
    name = function.name
    if not may_use_schema(name.schema, role, evidence):
        yield _no_schema(name.schema, role, place, guarded)
    if not may_execute(function, role):
        grant = f"grant execute on function {_quoted(name)}({', '.join(function.identity)}) to {role};"
        yield _Lack("privilege", f"execute {name}", grant, place, guarded)


def _on_table(
    table: Table, command: Command, role: str, reference: SqlReference, evidence: Evidence
) -> Iterator[_Lack]:
    if table.owner == role:
        return
    at, guarded, name = reference.place, reference.guarded, table.name
    if not may_use_schema(name.schema, role, evidence):
        yield _no_schema(name.schema, role, at, guarded)
    what = f"{command}{_PREPOSITIONS[command]} {name}"
    if not _holds(table, command, role):
        yield _Lack("privilege", what, f"grant {command} on {_quoted(name)} to {role};", at, guarded, table=table)
    elif table.kind != "table" or undecided(table, evidence) is not None:
        return
    if not permits(table, command, role, evidence):
        clause = "with check (true)" if command == "insert" else "using (true)"
        policy = f"create policy … on {_quoted(name)} for {command} to {role} {clause};"
        yield _Lack("policy", what, policy, at, guarded, command != "insert", table)


def _holds(table: Table, command: Command, role: str) -> bool:
    """Whether a role holds a privilege on a table, or on any column of it."""
    return any(g.role in (role, "public") and g.privilege == command for g in table.grants)


def _no_schema(schema: str, role: str, place: Place, guarded: str | None) -> _Lack:
    grant = f"grant usage on schema {quote_identifier(schema)} to {role};"
    return _Lack("schema", f"use the schema {schema}", grant, place, guarded)


def _fault(function: Function, role: str, events: dict[str, None], lacking: list[_Lack], evidence: Evidence) -> Fault:
    name = function.name
    loud = [lack for lack in lacking if not lack.silent]
    guards = [lack.guarded for lack in loud if lack.guarded is not None]
    handled = bool(guards) and len(guards) == len(loud)
    severity: Severity | None = None
    reason = next((doubt for lack in lacking if (doubt := _doubt(lack, evidence)) is not None), None)
    if reason is not None:
        severity = "low"
    elif handled:
        severity, reason = "medium", f"it is expected that it may fail: {guards[0]}"
    elif baseline_is_missing(evidence):
        severity, reason = "medium", NO_BEGINNING
    hook = next((h for h in evidence.database.settings.auth_hooks if h.function == name), None)
    if events:
        moments = [f"an account is {_WHEN[event]}" if event in _WHEN else f"{event} changes" for event in events]
        runs = f"When {listed(moments, word='or')}, {name} runs"
        refused = next((_REFUSED[event] for event in events if event in _REFUSED), "the change is refused")
    else:
        runs = f"{name} is {f'the hook {hook.point}' if hook is not None else 'a hook of accounts'} and runs"
        refused = "the sign-in, or what else calls it, fails"
    whats = listed(list(dict.fromkeys(lack.what for lack in lacking)), word="or")
    by_policies = all(lack.kind == "policy" for lack in lacking)
    kept = f", and no policy lets it {whats}" if by_policies else f", which may not {whats}"
    outcome = refused if loud else "it finds no row and says nothing"
    if handled:
        outcome = "its handler catches the error, and the work is not done"
    made = function.place if function.place not in {lack.place for lack in lacking} else None
    statements = list(dict.fromkeys(lack.statement for lack in lacking))
    path = "" if "search_path" in function.settings else " set search_path = ''"
    definer = f"alter function {_quoted(name)}({', '.join(function.identity)}) security definer{path};"
    return Fault(
        subject=str(name),
        message=f"{runs} as {role}{kept}: {outcome}.",
        marks=(
            *dict.fromkeys(Mark(lack.place, "migrations", "primary", lack.what, str(name)) for lack in lacking),
            *((Mark(made, "migrations", "related", "has its caller's rights"),) if made is not None else ()),
            *((Mark(hook.place, "migrations", "related", "the hook"),) if hook is not None else ()),
        ),
        severity=severity,
        severity_reason=reason,
        help=definer if events else " ".join(statements),
    )


def _doubt(lack: _Lack, evidence: Evidence) -> str | None:
    if lack.table is None:
        return None
    return in_doubt(lack.table, "policies" if lack.kind == "policy" else "privileges", evidence)


def _quoted(name: Name) -> str:
    return f"{quote_identifier(name.schema)}.{quote_identifier(name.name)}"


RULE = Rule("blocked-account-function", "schema", "high", check, needs=("migrations",))
