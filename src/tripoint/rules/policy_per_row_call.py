"""A policy that calls a function for each row that it could call once.

**What it finds.** `auth.uid()`, `auth.jwt()`, `auth.role()`, `auth.email()` or `current_setting(…)` in a policy
outside of a scalar subquery, on a table with row level security.

**Why it matters.** PostgreSQL calls the function again for every row that it looks at; in `(select auth.uid())` it is
called once for the statement. On a large table the difference is a hundredfold.

**How to mend it.** Write `(select auth.uid())` in place of `auth.uid()`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.name import Name
from tripoint.model.words import listed
from tripoint.rules._policies import expressions, policies, policy_mark
from tripoint.sql.grammar import parse_expression
from tripoint.sql.types import strings

_BROADCASTS = Name("realtime", "messages")
"""The platform's table that every message of a private channel asks."""
_OF_THE_CALLER = frozenset({"uid", "jwt", "role", "email"})


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each policy that calls such a function for each row."""
    for table, policy in policies(evidence):
        brought = table.name in evidence.platform.tables and table.name != _BROADCASTS
        if brought or not table.row_security:
            continue
        calls = sorted({call for text in expressions(policy) for call in _calls(parse_expression(text))})
        if calls:
            yield Fault(
                subject=f"{table.name}/{policy.name}",
                message=f'Policy "{policy.name}" of {table.name} calls {listed(f"{call}()" for call in calls)} '
                "for every row.",
                marks=policy_mark(policy, "called for each row"),
                help=f"Write {listed(f'(select {call}({_arguments(call)}))' for call in calls)} in "
                + (
                    "its place: PostgreSQL then calls it once."
                    if len(calls) == 1
                    else "their place: each is called once."
                ),
            )


def _arguments(call: str) -> str:
    return "…" if call == "current_setting" else ""


def _calls(value: Any) -> Iterator[str]:
    """Yield the calls that a part of a condition makes for each row."""
    if isinstance(value, list):
        for entry in value:
            yield from _calls(entry)
    if not isinstance(value, dict):
        return
    for key, entry in value.items():
        if key == "SubLink" and entry["subLinkType"] == "EXPR_SUBLINK":
            if "fromClause" not in entry["subselect"].get("SelectStmt", {}):
                continue  # called once for the statement
        elif key == "FuncCall":
            name = strings(entry["funcname"])
            if name[0] == "auth" and name[-1] in _OF_THE_CALLER:
                yield ".".join(name)
            elif name[-1] == "current_setting":
                yield "current_setting"
        yield from _calls(entry)


RULE = Rule("policy-per-row-call", "schema", "low", check, needs=("migrations",))
