"""A view in the API that skips the row security of its tables.

**What it finds.** A view in an exposed schema without `security_invoker = true` that an API role may select from, and
that reads, itself or through other views, a table whose policies would not show that role every row. It is *low* where
the view itself asks who is calling, and where `security_invoker = false` says that it is meant so.

**Why it matters.** Such a view reads as its owner, for whom row security does not hold: whoever may select from the
view sees every row of the tables under it.

**How to mend it.** `alter view … set (security_invoker = true)`, or move the view to a schema that the API does not
serve.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.words import listed
from tripoint.rules._access import CLIENT_ROLES, is_invoker_view, may_see_every_row, privileges, tables_behind
from tripoint.rules._conditions import nodes_of
from tripoint.rules._shared import assumed_grants, is_exposed, own_tables, table_marks
from tripoint.sql.grammar import parse_statement
from tripoint.sql.types import strings


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each exposed view that skips row security."""
    for view in own_tables(evidence, "view"):
        if not is_exposed(view, evidence) or is_invoker_view(view):
            continue
        roles = [role for role in CLIENT_ROLES if "select" in privileges(view, role)]
        behind = [table for table in tables_behind(view, evidence) if table.name not in evidence.platform.tables]
        skipped = [str(table.name) for table in behind if any(not may_see_every_row(table, role) for role in roles)]
        if not roles or not skipped:
            continue
        reason = _why_low(view)
        yield Fault(
            subject=str(view.name),
            message=f"The view {view.name} reads {listed(skipped)} as its owner, whatever the policies say.",
            marks=table_marks(view, "a view without security_invoker", role="primary"),
            severity="low" if reason else "medium",
            severity_reason=reason or assumed_grants(view, evidence)[1],
            help=f"alter view {view.name} set (security_invoker = true);",
        )


def _why_low(view: Table) -> str | None:
    if "security_invoker" in view.options:
        return "its author turned security_invoker off in so many words"
    return "the view itself asks who is calling" if _asks_who_calls(view.query or "") else None


def _asks_who_calls(query: str) -> bool:
    parsed = parse_statement(query)
    tree = [{parsed[0]: parsed[1]}] if isinstance(parsed, tuple) else []
    return any(tag == "FuncCall" and strings(body["funcname"])[0] == "auth" for tag, body in nodes_of(tree))


RULE = Rule("security-definer-view", "schema", "medium", check, needs=("migrations",))
