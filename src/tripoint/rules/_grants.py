"""The grants that the code's own calls and the policies imply, and the statements that make them."""

from __future__ import annotations

from collections import defaultdict

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.name import Name, quote_identifier
from tripoint.rules._access import Command, permits, privileges
from tripoint.rules._needs import asked_through_api, implied, in_function, sequences_of
from tripoint.rules._shared import is_exposed

__all__ = ["Wanted", "grant_script", "wanted_grants"]

Wanted = dict[tuple[Name, Command], frozenset[str]]
"""(table, privilege) → the roles that need it."""

_VERBS: tuple[Command, ...] = ("select", "insert", "update", "delete")
_ROLES = ("anon", "authenticated", "service_role")


def wanted_grants(evidence: Evidence) -> Wanted:
    """Return what the project's calls need, for each role that they may run as and that row security lets through.

    A policy that lets nobody of a role pass asks for no grant to that role. Where signed-in users are let through, a
    client whose key is not known asks for none to `anon`, and neither does a table without row security. Where the
    migrations grant it to some of the roles that such a client may have, it is taken for one of them.
    """
    found: Wanted = evidence.answer("wanted grants", lambda: _wanted_grants(evidence))
    return found


def _wanted_grants(evidence: Evidence) -> Wanted:
    asked: dict[tuple[Name, Command, frozenset[str]], Table] = {}
    for call in asked_through_api(evidence):
        roles = call.runs.roles
        for need in call.needs:
            asked[need.table.name, need.command, roles] = need.table
        for function in call.binding.functions:
            if not function.security_definer:
                inside = in_function(function, evidence)
                asked |= {(table.name, command, roles): table for table, command, _ in inside}
    found: dict[tuple[Name, Command], set[str]] = defaultdict(set)
    for (_, command, roles), table in asked.items():
        if table.name in evidence.platform.tables or table.name not in evidence.defined.tables:
            continue
        if table.name.schema != "public" and not is_exposed(table, evidence):
            continue
        let_in = [role for role in _ROLES if role in roles and permits(table, command, role, evidence)]
        unsure = "service_role" in let_in or (table.kind == "table" and not table.row_security)
        if unsure and "authenticated" in let_in:
            let_in = [role for role in let_in if role != "anon"]
        if roles.issuperset(_ROLES):
            let_in = [role for role in let_in if command in privileges(table, role, given=True)] or let_in
        for role in let_in:
            for name, verb in implied(table, command, role, evidence):
                if name in evidence.defined.tables:
                    found[name, verb].add(role)
    return {key: frozenset(by) for key, by in sorted(found.items())}


def grant_script(wanted: Wanted, evidence: Evidence) -> list[str]:
    """Return the GRANT statements for what is wanted, one for each table and set of privileges."""
    held: dict[tuple[Name, str], set[str]] = defaultdict(set)
    for (name, privilege), roles in wanted.items():
        for role in roles:
            held[name, role].add(privilege)
    script: list[str] = []
    for name in sorted({name for name, _ in held}):
        by_privileges: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for role in _ROLES:
            privileges = tuple(verb for verb in _VERBS if verb in held.get((name, role), ()))
            if privileges:
                by_privileges[privileges].append(role)
        for verbs, roles_of in by_privileges.items():
            script.append(f"grant {', '.join(verbs)} on {_quoted(name)} to {', '.join(roles_of)};")
        inserting = [role for role in _ROLES if "insert" in held.get((name, role), ())]
        table = evidence.defined.tables.get(name)
        if table is not None and inserting:
            for sequence in sequences_of(table, evidence):
                script.append(f"grant usage on sequence {_quoted(sequence.name)} to {', '.join(inserting)};")
    return script


def _quoted(name: Name) -> str:
    return f"{quote_identifier(name.schema)}.{quote_identifier(name.name)}"
