"""A table of an exposed schema without row level security.

**What it finds.** A table in a schema that the platform's API serves, on which row level security was never enabled
and on which an API role holds privileges. So is a partition without it whose parent has it: asked for by its own name,
the parent's policies do not hold.

**Why it matters.** Whoever has the project's public key reads and writes every row, whatever the policies say. The
finding says who may do what, where migrations left some of it away.

**Severity.** *High*; *medium* where a project is so young that the platform grants nothing on its tables by default,
and no migration does either: they are open only where the project was set to. *Medium* for a partition, which PostgREST
serves by its own name up to version 12 alone.

**How to mend it.** `alter table … enable row level security`, and a policy for each thing that a user may do; or
revoke the privileges of `anon` and `authenticated`; or move the table to a schema that the API does not serve.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.words import counted, listed
from tripoint.rules._days import without_default_grants
from tripoint.rules._elsewhere import lowered
from tripoint.rules._shared import assumed_grants, is_exposed, own_tables, table_marks

_VERBS = {
    "select": "reads every row",
    "insert": "adds rows",
    "update": "changes every row",
    "delete": "deletes every row",
}


_TOO_EARLY = "its policies stand before the table is made: they took effect where the file was run once more"
_PARTITION = "it is a partition, which PostgREST serves by its own name up to version 12 alone"


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each exposed table without row security."""
    partitions = [t for _, t in sorted(evidence.defined.tables.items()) if t.partition_of is not None]
    for table in (*own_tables(evidence, "table"), *(t for t in partitions if _parent_is_secured(t, evidence))):
        if table.row_security or not is_exposed(table, evidence):
            continue
        roles, assumption = assumed_grants(table, evidence)
        said = _who_may(table, roles)
        if not said:
            continue
        severity, reason, held_elsewhere = lowered(evidence, "row security", str(table.name), "high", assumption)
        if severity == "high" and table.partition_of is not None:
            severity, reason = "medium", _PARTITION
        if severity == "high" and _stands_too_early(table, evidence):
            severity, reason = "medium", _TOO_EARLY
        if severity == "high" and assumption is not None and (young := without_default_grants(evidence)) is not None:
            severity, reason = "medium", young
        policies = counted(len(table.policies), "policy", "policies")
        whatever = (
            f", whatever its {policies} {'says' if len(table.policies) == 1 else 'say'}" if table.policies else ""
        )
        yield Fault(
            subject=str(table.name),
            message=f"Row level security is off on {table.name}: {said}{whatever}.",
            marks=(*_marks(table), *held_elsewhere),
            severity=severity,
            severity_reason=reason,
            help=f"alter table {table.name} enable row level security; and add the policies that its users need.",
        )


def _marks(table: Table) -> tuple[Mark, ...]:
    """Return where row security was switched off, or else the table that never had it."""
    if table.switched_off is None:
        return table_marks(table, "created here, row security never enabled", role="primary")
    return (Mark(table.switched_off, "migrations", "primary", "row security is switched off here"), *table_marks(table))


def _stands_too_early(table: Table, evidence: Evidence) -> bool:
    """Whether a schema file, which is run by hand, has policies of a table above what makes the table."""
    return evidence.database.definition == "declarative" and any(
        early.statement == "policy" and early.table == str(table.name) and early.created_later is not None
        for early in evidence.references
    )


def _who_may(table: Table, roles: frozenset[str]) -> str:
    """Return who may do what to every row, in words; nothing where nobody may do anything."""
    held = {
        role: {g.privilege for g in table.grants if g.role in (role, "public")} for role in ("anon", "authenticated")
    }
    anyone = [verb for verb in _VERBS if verb in held["anon"]] if roles & {"anon", "public"} else []
    users = [verb for verb in _VERBS if verb in held["authenticated"] and verb not in anyone]
    said = []
    if anyone:
        said.append(f"whoever holds the public key {_does(anyone)}")
    if users:
        said.append(f"every signed-in user {'also ' if anyone else ''}{_does(users)}")
    return ", and ".join(said)


def _does(verbs: list[str]) -> str:
    if len(verbs) == len(_VERBS):
        return "reads and writes every row"
    if verbs == ["insert", "update", "delete"]:
        return "writes every row"
    return listed([_VERBS[verb] for verb in verbs])


def _parent_is_secured(table: Table, evidence: Evidence) -> bool:
    above: Table | None = table
    while above is not None and above.partition_of is not None:
        above = evidence.defined.tables.get(above.partition_of)
        if above is not None and above.row_security:
            return True
    return False


RULE = Rule("row-security-disabled", "schema", "high", check, needs=("migrations",))
