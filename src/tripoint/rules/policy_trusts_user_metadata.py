"""A policy that believes what users say of themselves.

**What it finds.** A policy whose condition reads `user_metadata` of the token or `raw_user_meta_data` of
`auth.users`, itself or through a function that it calls. What only picks among rows that are the caller's
(`where user_id = auth.uid() and tenant_id = …`) is not taken at its word, and no fault. Where many policies ask one
function that reads it, one finding speaks of that function.

**Why it matters.** Every user can change their own user metadata with one call: whoever writes `{"role": "admin"}`
into it is let in.

**How to mend it.** Keep roles in `app_metadata`, which only the server can write, or in a table of your own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from msgspec.structs import replace

from tripoint.model.catalog import Function, Policy, Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.name import Name
from tripoint.model.regex import regex
from tripoint.rules._functions import called_functions
from tripoint.rules._metadata import only_picks_own_rows, trusts
from tripoint.rules._policies import expressions, policies, policy_mark
from tripoint.sql.grammar import parse_expression

_WORDS = ("user_metadata", "raw_user_meta_data")
_IN_BODY = regex(r"'user_metadata'|\braw_user_meta_data\b", re.IGNORECASE)


_HELP = "Read app_metadata, which only the server can write, or a table of your own."
_MANY = 4
"""From so many policies on that ask the same function, they are one fault: that function's."""


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each policy that reads what users can write themselves; one for all that ask one function."""
    asking: dict[Name, list[tuple[Table, Policy, Function]]] = defaultdict(list)
    for table, policy in policies(evidence):
        if any(_reads(text) for text in expressions(policy)):
            yield _fault(table, policy, None)
            continue
        helper = next(
            (
                function
                for text in expressions(policy)
                for function in called_functions(text, evidence)
                if _IN_BODY.search(function.body or "") and not only_picks_own_rows(function)
            ),
            None,
        )
        if helper is not None:
            asking[helper.name].append((table, policy, helper))
    for helped in asking.values():
        if len(helped) < _MANY:
            for one in helped:
                yield _fault(*one)
        else:
            yield _function_fault(helped)


def _fault(table: Table, policy: Policy, helper: Function | None) -> Fault:
    return Fault(
        subject=f"{table.name}/{policy.name}",
        message=f'Policy "{policy.name}" of {table.name} trusts user metadata, which each user can change'
        + (f": {helper.name} reads it." if helper is not None else "."),
        marks=(
            *policy_mark(policy, "reads user metadata" if helper is None else f"calls {helper.name}"),
            *(_read_by(helper) if helper is not None else ()),
        ),
        help=_HELP,
    )


def _function_fault(helped: list[tuple[Table, Policy, Function]]) -> Fault:
    """Return the fault of a function that many policies ask."""
    helper = helped[0][2]
    return Fault(
        subject=str(helper.name),
        message=f"{len(helped)} policies trust user metadata, which each user can change: {helper.name} reads it.",
        marks=(
            *(
                replace(mark, symbol=f"{table.name}/{policy.name}")
                for table, policy, _ in helped
                for mark in policy_mark(policy, f"calls {helper.name}")
            ),
            *_read_by(helper),
        ),
        help=_HELP,
    )


def _read_by(helper: Function) -> tuple[Mark, ...]:
    return (Mark(helper.place, "migrations", "related", "reads user metadata"),) if helper.place is not None else ()


def _reads(expression: str) -> bool:
    return trusts(parse_expression(expression)) if any(word in expression for word in _WORDS) else False


RULE = Rule("policy-trusts-user-metadata", "schema", "high", check, needs=("migrations",))
