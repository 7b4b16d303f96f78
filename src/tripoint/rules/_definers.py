"""SECURITY DEFINER functions that the API's users may call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tripoint.model.catalog import Function
from tripoint.model.evidence import Evidence
from tripoint.model.name import Name
from tripoint.model.place import NOWHERE
from tripoint.rules._access import CLIENT_ROLES, may_execute, may_see_every_row, may_use_schema
from tripoint.rules._functions import asks_who_calls, functions_in_policies
from tripoint.rules._shared import own_functions

__all__ = ["exposed_definers", "revoked_in_vain", "skipped_tables"]

_NOT_CALLABLE = frozenset({"trigger", "event_trigger"})


def exposed_definers(evidence: Evidence) -> Iterator[tuple[Function, list[str], str | None]]:
    """Yield each definer function of an exposed schema with the roles of the API's users that may execute it, and why
    that is not certain.

    Those that policies call are left out: whoever reads the table has to be able to execute them.
    """
    if evidence.database.platform != "supabase":
        return
    in_policies = functions_in_policies(evidence)
    for function in own_functions(evidence):
        schema = function.name.schema
        if schema not in evidence.database.settings.exposed_schemas or function.name in in_policies:
            continue
        if not function.security_definer or function.returns in _NOT_CALLABLE:
            continue
        usable = [role for role in CLIENT_ROLES if may_use_schema(schema, role, evidence)]
        by_default = [role for role in usable if may_execute(function, role)]
        roles = [role for role in usable if may_execute(function, role, given=True)]
        if roles or by_default:
            yield function, roles or by_default, None if roles else _LEFT


_LEFT: Final = (
    "it was revoked from public alone: the platform's former default grants to anon and authenticated, where the "
    "function had them, are left"
)


def revoked_in_vain(function: Function, evidence: Evidence) -> list[str]:
    """Return the API's roles that lost their own right to execute a function, and hold it through PUBLIC all the same.

    What the platform grants by default on new functions tells that it was taken away.
    """
    held = {g.role for g in function.grants if g.privilege == "execute"}
    given = {
        d.grant.role
        for d in evidence.platform.default_grants
        if d.kind == "functions" and d.schema in (None, function.name.schema)
    }
    return [role for role in CLIENT_ROLES if role in given and role not in held and "public" in held]


def skipped_tables(function: Function, evidence: Evidence) -> dict[Name, bool]:
    """Return the tables whose row security a definer function skips without asking who calls, each with whether it is
    written to."""
    if asks_who_calls(function, evidence):
        return {}
    roles = [role for role in CLIENT_ROLES if may_execute(function, role)]
    found: dict[Name, bool] = {}
    for body in evidence.bodies:
        if body.kind != "function" or body.name != function.name or body.place != (function.place or NOWHERE):
            continue
        for reference in body.references:
            if reference.kind != "relation" or reference.target is None:
                continue
            table = evidence.defined.tables.get(reference.target) or evidence.platform.tables.get(reference.target)
            if table is None or not table.row_security:
                continue
            if function.owner in evidence.defined.roles and function.owner != table.owner:
                continue  # a role of the project's own, to which the policies apply as to any other
            if reference.write or not all(may_see_every_row(table, role) for role in roles):
                found[table.name] = found.get(table.name, False) or reference.write
    return found
