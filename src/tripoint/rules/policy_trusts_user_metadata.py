"""A policy that believes what users say of themselves.

**What it finds.** A policy whose condition reads `user_metadata` of the token or `raw_user_meta_data` of
`auth.users`, itself or through a function that it calls. What only picks among rows that are the caller's
(`where user_id = auth.uid() and tenant_id = …`) is not taken at its word, and no fault.

**Why it matters.** Every user can change their own user metadata with one call: whoever writes `{"role": "admin"}`
into it is let in.

**How to mend it.** Keep roles in `app_metadata`, which only the server can write, or in a table of your own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.regex import regex
from tripoint.rules._functions import called_functions
from tripoint.rules._metadata import only_picks_own_rows, trusts
from tripoint.rules._policies import expressions, policies, policy_mark
from tripoint.sql.grammar import parse_expression

_WORDS = ("user_metadata", "raw_user_meta_data")
_IN_BODY = regex(r"'user_metadata'|\braw_user_meta_data\b", re.IGNORECASE)


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each policy that reads what users can write themselves."""
    for table, policy in policies(evidence):
        reads = any(_reads(text) for text in expressions(policy))
        through = [
            function
            for text in expressions(policy)
            for function in called_functions(text, evidence)
            if _IN_BODY.search(function.body or "") and not only_picks_own_rows(function)
        ]
        if not reads and not through:
            continue
        helper = through[0] if through and not reads else None
        yield Fault(
            subject=f"{table.name}/{policy.name}",
            message=f'Policy "{policy.name}" of {table.name} trusts user metadata, which each user can change'
            + (f": {helper.name} reads it." if helper is not None else "."),
            marks=(
                *policy_mark(policy, "reads user metadata" if helper is None else f"calls {helper.name}"),
                *(Mark(f.place, "migrations", "related", "reads user metadata") for f in through[:1] if f.place),
            ),
            help="Read app_metadata, which only the server can write, or a table of your own.",
        )


def _reads(expression: str) -> bool:
    return trusts(parse_expression(expression)) if any(word in expression for word in _WORDS) else False


RULE = Rule("policy-trusts-user-metadata", "schema", "high", check, needs=("migrations",))
