"""Code that uses a table or a function without the right to.

**What it finds.** A call through the API for which none of the roles that it may run as holds the privilege: on the
table, on each column that it selects, on the tables that policies read on the way, on the schema, or to execute the
function. Where nothing but the platform's former default grants allows a call, that is found, too: once for the
project, or for each table where most others have grants of their own.

**Why it matters.** PostgreSQL refuses the call: *permission denied*, 42501. The platform grants nothing on new tables
since 30 May 2026 (new projects) and 30 October 2026 (all projects). A history of migrations without GRANT statements
works where its tables are old, and is refused in every fresh environment: a local reset, a preview branch, a new
project.

**How to mend it.** Grant what the code needs, in a migration. The help holds the statements that the code's own calls
and the policies imply, and no wider.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import SEVERITIES, Fault, Mark, Rule, Severity
from tripoint.model.name import Name
from tripoint.model.words import counted, listed
from tripoint.rules._access import (
    CLIENT_ROLES,
    Runs,
    in_doubt,
    may_execute,
    may_use_schema,
    permits,
    privileges,
    runs_as,
)
from tripoint.rules._days import ALL_PROJECTS, NEW_PROJECTS, days_of
from tripoint.rules._grants import Wanted, grant_script, wanted_grants
from tripoint.rules._needs import Need, asked_through_api, implied
from tripoint.rules._shared import bindings, is_exposed, table_marks

_FEW = 6


class _Refused(Struct):
    table: Table
    what: set[str] = field(default_factory=set)
    marks: list[Mark] = field(default_factory=list)
    roles: set[str] = field(default_factory=set)


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table and function that the code may not use, or one for the project."""
    if evidence.database.platform != "supabase":
        return
    wanted = wanted_grants(evidence)
    yield from _refused(evidence, wanted)
    yield from _refused_functions(evidence)
    if evidence.database.settings.auto_expose_new_tables is not True:
        yield from _by_default(evidence, wanted)


# --- what no grant allows


def _refused(evidence: Evidence, wanted: Wanted) -> Iterator[Fault]:
    found: dict[tuple[str, bool], _Refused] = {}
    known: dict[tuple[Name, str, frozenset[str] | None, frozenset[str]], str | None] = {}
    for call in asked_through_api(evidence):
        runs = call.runs
        for need in call.needs:
            same = (need.table.name, need.command, need.columns, runs.roles)
            if same not in known:
                known[same] = _lacking(need, runs, evidence)
            what = known[same]
            untouched = evidence.database.settings.auto_expose_new_tables is False and _is_untouched(need.table)
            if what is None or untouched:
                continue
            plain = what == need.command
            refused = found.setdefault((str(need.table.name), plain), _Refused(need.table))
            refused.what.add(what)
            refused.marks.append(Mark(need.place, "code", "primary", None, call.binding.query.symbol))
            refused.roles |= runs.roles
    for (_, plain), refused in sorted(found.items()):
        name = refused.table.name
        doubt = in_doubt(refused.table, "privileges", evidence)
        roles = sorted(refused.roles)
        if plain:
            whom, what = listed(roles, word="or"), listed(sorted(refused.what), word="or")
            message = f"No grant lets {whom} {what} rows of {name}: such a call fails with 42501."
        else:
            message = f"{listed(roles)} may not {'; nor '.join(sorted(refused.what))}: the call fails with 42501."
        yield Fault(
            subject=str(name),
            message=message,
            marks=(*refused.marks, *table_marks(refused.table)),
            severity="low" if doubt else None,
            severity_reason=doubt,
            help=" ".join(grant_script(_not_held(refused.table, wanted), evidence)),
        )


def _not_held(table: Table, wanted: Wanted) -> Wanted:
    """Return what is wanted of a table and no grant on the whole of it allows yet."""
    of_it = {key: roles for key, roles in wanted.items() if key[0] == table.name}
    lacking = {key: frozenset(r for r in roles if key[1] not in privileges(table, r)) for key, roles in of_it.items()}
    return {key: roles for key, roles in lacking.items() if roles} or of_it


def _is_untouched(table: Table) -> bool:
    """Whether no statement ever granted or revoked anything on a table: what the project's one finding is about."""
    return not any(g.role in ("anon", "authenticated", "service_role", "public") for g in table.grants)


def _lacking(need: Need, runs: Runs, evidence: Evidence) -> str | None:
    """Return what none of a call's roles may do, in words; None where one of them may do all of it."""
    table = need.table
    if table.name in evidence.platform.tables or table.name not in evidence.defined.tables:
        return None
    if not is_exposed(table, evidence):
        return None
    said: list[str] = []
    for role in sorted(runs.roles):
        if not permits(table, need.command, role, evidence):
            continue
        problem = _refusal(need, role, evidence)
        if problem is None:
            return None
        said.append(problem)
    return next((what for what in said if what != need.command), said[0]) if said else None


def _refusal(need: Need, role: str, evidence: Evidence) -> str | None:
    table, command = need.table, need.command
    if not may_use_schema(table.name.schema, role, evidence):
        return f"use the schema {table.name.schema} of {table.name}"
    if command not in privileges(table, role):
        granted = {g.column for g in table.grants if g.role in (role, "public") and g.privilege == command and g.column}
        if not granted:
            return command
        asked = need.columns if need.columns is not None else frozenset(table.columns)
        closed = sorted((asked & set(table.columns)) - granted)
        if closed and (need.columns is not None or command == "select"):
            return f"{command} {listed(closed)} of {table.name}, which holds grants on columns"
    for name, verb in sorted(implied(table, command, role, evidence) - {(table.name, command)}):
        other = evidence.defined.tables.get(name)
        if other is not None and verb == "select" and not _may_read_some(other, role):
            return f"{command} {_preposition(command)}{table.name}, since that reads {name}, which it may not select"
    return None


def _may_read_some(table: Table, role: str) -> bool:
    return any(g.role in (role, "public") and g.privilege == "select" for g in table.grants)


def _preposition(command: str) -> str:
    return {"select": "from ", "insert": "into ", "delete": "from "}.get(command, "")


def _refused_functions(evidence: Evidence) -> Iterator[Fault]:
    found: dict[Name, _Refused] = {}
    for binding in bindings(evidence, "function"):
        runs = runs_as(binding.query)
        name = binding.function_name
        if runs is None or name is None or not binding.functions or binding.query.alternatives:
            continue
        if name in evidence.platform.functions or name not in evidence.defined.functions:
            continue
        usable = [role for role in sorted(runs.roles) if may_use_schema(name.schema, role, evidence)]
        if any(may_execute(function, role) for function in binding.functions for role in usable):
            continue
        refused = found.setdefault(name, _Refused(Table(name)))
        refused.marks.append(Mark(binding.query.place, "code", "primary", None, binding.query.symbol))
        refused.roles |= runs.roles
    for name, refused in sorted(found.items()):
        function = evidence.defined.functions[name][0]
        roles = ", ".join(sorted(refused.roles - {"anon"})) if len(refused.roles) < 3 else "…"
        yield Fault(
            subject=str(name),
            message=(
                f"No grant lets {listed(sorted(refused.roles), word='or')} execute {name}: the call fails with 42501."
            ),
            marks=(
                *refused.marks,
                *((Mark(function.place, "migrations", "related", "created here"),) if function.place else ()),
            ),
            help=f"grant execute on function {name}({', '.join(function.identity)}) to {roles};",
        )


# --- what only the platform's former defaults allow


def _by_default(evidence: Evidence, wanted: Wanted) -> Iterator[Fault]:
    lacking: Wanted = {
        key: roles
        for key, all_roles in wanted.items()
        if (table := evidence.defined.tables.get(key[0])) is not None
        and in_doubt(table, "privileges", evidence) is None
        and (roles := frozenset(r for r in all_roles if _only_by_default(table, key[1], r, evidence)))
    }
    apart, together = _by_habit(lacking, wanted, evidence)
    days = days_of(evidence) if lacking else {}
    for name in sorted({name for name, _ in apart}):
        yield _table_fault(evidence.defined.tables[name], apart, days, evidence)
    names = sorted({name for name, _ in together})
    if not names:
        return
    tables = [evidence.defined.tables[name] for name in names]
    severity, reason = min(
        (_severity(table, days, evidence) for table in tables), key=lambda found: SEVERITIES.index(found[0])
    )
    place = evidence.database.settings.place
    first = min((table.place for table in tables if table.place is not None), default=None)
    marks = (Mark(place, "migrations", "primary", "new tables are not granted"),) if place is not None else ()
    if not marks and first is not None:
        marks = (Mark(first, "migrations", "primary", "no grant follows"),)
    roles = frozenset(role for roles in together.values() for role in roles)
    others = {role for roles in wanted.values() for role in roles} - roles
    to_whom = f" to {listed(sorted(roles))}" if others else ""
    yield Fault(
        subject=names[0].schema,
        message=f"The migrations grant nothing{to_whom} on {counted(len(names), 'table')} that the code uses "
        f"({listed(map(str, names), _FEW)}): where the platform grants nothing by default, each call fails with 42501.",
        marks=marks,
        severity=severity,
        severity_reason=reason,
        help=" ".join(grant_script(together, evidence)),
    )


def _by_habit(lacking: Wanted, wanted: Wanted, evidence: Evidence) -> tuple[Wanted, Wanted]:
    """Return what is lacking of roles that most tables have grants for, and of roles that the project leaves to the
    platform's defaults."""
    habitual: set[str] = set()
    for role in {role for roles in wanted.values() for role in roles}:
        used = {name for name, roles in ((key[0], roles) for key, roles in wanted.items()) if role in roles}
        explicit = [name for name in used if _has_own_grants(evidence.defined.tables[name], role)]
        if 2 * len(explicit) > len(used):
            habitual.add(role)
    apart = {key: roles & habitual for key, roles in lacking.items() if roles & habitual}
    together = {key: roles - habitual for key, roles in lacking.items() if roles - habitual}
    return apart, together


def _only_by_default(table: Table, privilege: str, role: str, evidence: Evidence) -> bool:
    if privilege not in privileges(table, role):
        return evidence.database.settings.auto_expose_new_tables is False and _is_untouched(table)
    # Who granted it to signed-in users alone has left anon out on purpose.
    clients = CLIENT_ROLES if role in CLIENT_ROLES else (role,)
    return not any(privilege in privileges(table, client, given=True) for client in clients)


def _has_own_grants(table: Table, role: str) -> bool:
    return any(g.role in (role, "public") for g in table.grants - table.default_granted)


def _table_fault(table: Table, lacking: Wanted, days: Mapping[str, str], evidence: Evidence) -> Fault:
    by_role: dict[str, list[str]] = defaultdict(list)
    for (name, privilege), roles in sorted(lacking.items()):
        if name == table.name:
            for role in roles:
                by_role[role].append(privilege)
    severity, reason = _severity(table, days, evidence)
    shown = "; ".join(f"{listed(held)} to {role}" for role, held in sorted(by_role.items()))
    return Fault(
        subject=str(table.name),
        message=f"Nothing but the platform's former default grants allows what the code does with {table.name} "
        f"({shown}): where they are gone, its calls fail with 42501.",
        marks=table_marks(table, "no grant follows", role="primary"),
        severity="low" if severity == "info" else severity,
        severity_reason=reason,
        help=" ".join(grant_script({k: v for k, v in lacking.items() if k[0] == table.name}, evidence)),
    )


def _severity(table: Table, days: Mapping[str, str], evidence: Evidence) -> tuple[Severity, str]:
    day = days.get(table.place.path, "") if table.place is not None else ""
    if day >= ALL_PROJECTS:
        return "high", f"{table.name} was created after 30 October 2026, since when no project grants by default"
    if day >= NEW_PROJECTS:
        return "medium", f"{table.name} was created after 30 May 2026, since when new projects grant nothing by default"
    if evidence.database.settings.auto_expose_new_tables is False:
        return "medium", "[api].auto_expose_new_tables is false"
    return "info", "tables older than the change keep their grants where they are; fresh environments have none"


RULE = Rule("missing-grant", "code", "high", check, needs=("migrations", "code"))
