"""A policy for every command that was meant for reading.

**What it finds.** A permissive policy whose name says that it lets someone see rows (`Anyone can view posts`,
`Public read access`), but that has no `FOR SELECT`, so that it holds for insert, update and delete as well.

**Why it matters.** Without `FOR`, a policy is for all commands: whoever was meant to read may also write. It is *high*
where every row passes, *medium* where it is the user's own rows.

**How to mend it.** Drop the policy and create it again with `for select`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tripoint.model.catalog import Policy
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.regex import regex
from tripoint.model.words import listed
from tripoint.rules._access import privileges
from tripoint.rules._conditions import always_passes, can_pass
from tripoint.rules._policies import policies, policy_mark, roles_of
from tripoint.rules._shared import table_marks

_READS = regex(r"\b(?:views?|viewable|reads?|readable|selects?|sees?|visible|read[- ]?only)\b", re.IGNORECASE)
_MORE = regex(
    r"\b(?:all|any(?:thing)?|manage\w*|full|writ\w*|insert\w*|add\w*|creat\w*|updat\w*|edit\w*|chang\w*|modif\w*|"
    r"delet\w*|remov\w*|access|crud|control|owns?|handl\w*|admin\w*|maintain\w*|upsert|mark\w*)\b|[&/+,]| and ",
    re.IGNORECASE,
)


def meant_for_select(policy: Policy) -> bool:
    """Whether a policy for all commands is, by its name, about reading alone."""
    name = policy.name.replace("_", " ")
    access = re.sub(r"\b(?:read|view|select)[- ]access\b", "read", name, flags=re.IGNORECASE)
    return policy.command == "all" and policy.permissive and bool(_READS.search(access)) and not _MORE.search(access)


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each policy for all commands whose name speaks of reading."""
    for table, policy in policies(evidence):
        if not table.row_security or not meant_for_select(policy):
            continue
        written = policy.check if policy.check is not None else policy.using
        roles = [role for role in roles_of(policy) if can_pass(written, role)]
        held = {p for role in roles for p in privileges(table, role)} & {"insert", "update", "delete"}
        if not held:
            continue
        everything = any(always_passes(written, role) for role in roles)
        yield Fault(
            subject=f"{table.name}/{policy.name}",
            message=f'Policy "{policy.name}" of {table.name} has no FOR SELECT, so it also lets {listed(roles)} '
            f"{listed(sorted(held))} " + ("every row." if everything else "the rows that it shows."),
            marks=(*policy_mark(policy, "for all commands"), *table_marks(table)),
            severity="high" if everything else "medium",
            help="Drop the policy and create it again with for select.",
        )


RULE = Rule("select-policy-for-all", "schema", "high", check, needs=("migrations",))
