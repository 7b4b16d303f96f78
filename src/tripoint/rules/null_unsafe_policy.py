"""A policy that opens when there is no session.

**What it finds.** A condition that compares with the caller in a way that is true where the caller is NULL:
`auth.uid() is null or …`, `auth.uid() is distinct from …`, `(…) is not false`, `coalesce(…, true)`, or `is not distinct
from` a column that may be NULL. It is reported where that lets requests without a session pass.

**Why it matters.** Without a session `auth.uid()` is NULL. `auth.uid() = user_id` is then NULL, which lets nobody pass,
but these forms turn the NULL into true: whoever holds the public key gets what was meant for signed-in users.

**How to mend it.** Grant the policy `to authenticated`, and compare with `=`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.words import listed
from tripoint.rules._access import Command, Permitted, condition_of, privileges
from tripoint.rules._conditions import asks_in, nodes_of, truth_of
from tripoint.rules._policies import policies, policy_mark, roles_of
from tripoint.rules._shared import table_marks
from tripoint.sql.facts import Node
from tripoint.sql.grammar import parse_expression
from tripoint.sql.types import strings

__all__ = ["RULE", "check", "opening"]

_COMMANDS: tuple[Command, ...] = ("select", "insert", "update", "delete")
_OPENING_TESTS = frozenset({"IS_NOT_FALSE", "IS_NOT_TRUE", "IS_UNKNOWN"})
_OPEN = frozenset("t")
_SHUT = frozenset("f")


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each policy that a missing session opens."""
    permitted = Permitted(evidence)
    for table, policy in policies(evidence):
        if not policy.permissive or not table.row_security or "anon" not in roles_of(policy):
            continue
        commands = [
            command
            for command in _COMMANDS
            if policy.command in (command, "all")
            and command in privileges(table, "anon")
            and permitted(table, command, "anon")
        ]
        opened: dict[str, str] = {}
        for command in commands:
            expression = condition_of(policy, command, new_row=command == "insert")
            how = opening(expression, table) if expression else None
            if how is not None:
                opened[command] = how
        if not opened:
            continue
        every = "every row" in opened.values()
        yield Fault(
            subject=f"{table.name}/{policy.name}",
            message=f'Policy "{policy.name}" lets requests without a session {listed(opened)} '
            f"{'every row' if every else 'rows'} of {table.name}: without a session auth.uid() is NULL, and its "
            "condition is then true.",
            marks=(*policy_mark(policy, "true where auth.uid() is NULL"), *table_marks(table)),
            severity="high" if every and set(opened) != {"insert"} else "medium",
            help="Grant the policy to authenticated, and compare with =.",
        )


def opening(expression: str, table: Table) -> str | None:
    """Return what a missing session opens through a comparison that is not safe, in words."""
    node = parse_expression(expression)
    if node is None or "t" not in (outcome := truth_of(node, "anon")):
        return None
    suspects = [(tag, body) for tag, body in nodes_of(node) if _turns_null_into_true(tag, body, table)]
    if not suspects:
        return None
    if outcome == _OPEN and truth_of(node, "authenticated") != _OPEN:
        return "every row"
    for tag, body in suspects:
        if tag != "NullTest" and "t" not in truth_of(node, "anon", {id(body): _SHUT}):
            return "some rows"
    return None


def _turns_null_into_true(tag: str, body: Node, table: Table) -> bool:
    return _may_open(tag, body, table) and asks_in(body) and "t" in truth_of({tag: body}, "anon")


def _may_open(tag: str, body: Node, table: Table) -> bool:
    """Whether this is one of the comparisons that give true where what they compare is NULL."""
    if tag == "NullTest":
        return bool(body["nulltesttype"] == "IS_NULL")
    if tag == "BooleanTest":
        return body["booltesttype"] in _OPENING_TESTS
    if tag == "CoalesceExpr":
        return True
    if tag == "BoolExpr" and body["boolop"] == "NOT_EXPR":  # as PostgreSQL prints IS NOT DISTINCT FROM
        body = body["args"][0].get("A_Expr", {})
        sides = (body.get("lexpr"), body.get("rexpr"))
        return body.get("kind") == "AEXPR_DISTINCT" and any(_may_be_null(side, table) for side in sides)
    if tag != "A_Expr":
        return False
    sides = (body.get("lexpr"), body.get("rexpr"))
    if body["kind"] == "AEXPR_OP":
        return all(side is not None and "CoalesceExpr" in side for side in sides)
    if body["kind"] == "AEXPR_NOT_DISTINCT":
        return any(_may_be_null(side, table) for side in sides)
    return bool(body["kind"] == "AEXPR_DISTINCT")


def _may_be_null(node: Any, table: Table) -> bool:
    reference = node.get("ColumnRef") if node is not None else None
    column = table.columns.get(strings(reference["fields"])[-1]) if reference is not None else None
    return column is not None and column.nullable


RULE = Rule("null-unsafe-policy", "schema", "medium", check, needs=("migrations",))
