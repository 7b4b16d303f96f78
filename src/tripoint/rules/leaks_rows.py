"""A table whose rows reach people that they do not belong to, as a proof has seen it.

**What it finds.** With `tripoint prove` (or `audit --prove`) the schema is built on an embedded server, rows are made
for users who have nothing to do with each other, and every operation is tried as each of them. A leak is an operation
that reaches another user's row against the project's own words: row level security is off on rows that belong to a
user; a policy asks who calls and a stranger passes all the same (a join that lost its condition, an `or true`); a
policy lets everyone change what the table's other policies, or those of its sister tables, keep to the owner. What a
policy shows to everyone by `using (true)`, and rows that a column of their own makes public, are no leak.

**Why it matters.** Whoever has an account, or only the project's public key, reads or changes other people's data.

**Severity.** *Critical*; *high* where the platform's former default grants are assumed, or where only the project's
other tables say that such rows are kept to their owners.

**How to mend it.** Bind the policy to the row, `(select auth.uid()) = user_id`, or correlate its subquery with it. The
finding's script shows the leak on any database with the project's migrations: paste it into psql before and after.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.model.proof import Leak
from tripoint.model.words import listed
from tripoint.rules._policies import policy_mark
from tripoint.rules._shared import assumed_grants, table_marks

_VERBS = {"select": "reads", "insert": "makes", "update": "changes", "delete": "deletes"}


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table that leaks."""
    for leak in evidence.proof.leaks if evidence.proof is not None else ():
        table = evidence.defined.tables.get(leak.table)
        severity, reason = _severity(leak, evidence)
        marks: tuple[Mark, ...] = ()
        if table is not None:
            passed = [table.policies[name] for name in leak.policies if name in table.policies]
            marks = tuple(mark for policy in passed for mark in policy_mark(policy, "lets a stranger pass"))
            marks += table_marks(table, role="related" if marks else "primary")
        who = "Whoever holds the public key" if leak.role == "anon" else "A signed-in user"
        if evidence.database.platform == "postgresql":
            who = f"A session of {leak.role}"
        verbs = listed(_VERBS[operation] for operation in leak.operations)
        yield Fault(
            subject=str(leak.table),
            message=f"{who} {verbs} rows of {leak.table} that belong to another user: {_because(leak)}.",
            marks=marks,
            severity=severity,
            severity_reason=reason,
            help=_help(leak),
            script=leak.script,
        )


def _severity(leak: Leak, evidence: Evidence) -> tuple[Severity, str | None]:
    if leak.kind == "odd":
        return "high", "the project's other tables keep such rows to their owners"
    table = evidence.defined.tables.get(leak.table)
    assumed = assumed_grants(table, evidence)[1] if table is not None else None
    return ("high", assumed) if assumed is not None else ("critical", None)


def _because(leak: Leak) -> str:
    names = listed([f'"{name}"' for name in leak.policies])
    if leak.kind == "unprotected":
        return "row level security is off"
    if leak.kind == "unbound":
        said = f"policy {names} asks" if len(leak.policies) == 1 else f"policies {names} ask"
        return f"{said} who calls, and a stranger passes"
    whose = "the table's other policies keep" if leak.kind == "open" else "the project's other tables keep"
    said = f"policy {names} lets" if len(leak.policies) == 1 else f"policies {names} let"
    return f"{said} everyone do what {whose} to the owner"


def _help(leak: Leak) -> str:
    if leak.kind == "unprotected":
        return f"alter table {leak.table} enable row level security; and add the policies that its users need."
    return "Bind the policy's condition to the row's owner; the finding's script shows whether it is mended."


RULE = Rule("leaks-rows", "schema", "critical", check, needs=("migrations",), by_proof=True)
