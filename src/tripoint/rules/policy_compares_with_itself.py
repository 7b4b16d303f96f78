"""A policy that compares a column with itself.

**What it finds.** `team_id = team_id` in the condition of a policy, and the like that are written otherwise: within
`exists (select 1 from members where team_id = team_id)` both sides are the column of `members`, since PostgreSQL looks
a name up in the nearest FROM clause, also where the policy's own table has a column of that name.

**Why it matters.** The comparison holds for every row that has a value: whoever is a member of any team reaches the
rows of all teams.

**How to mend it.** Write which table each side is of: `members.team_id = projects.team_id`.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule

__all__ = ["RULE"]


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each policy."""
    for body in evidence.bodies:
        own = [one for one in body.references if one.kind == "itself" and one.target is not None]
        if body.kind != "policy" or not own:
            continue
        policy = body.subject.partition("/")[2]
        columns = sorted({f"{one.target}.{one.column}" for one in own})
        yield Fault(
            subject=body.subject,
            message=f'Policy "{policy}" of {body.name} compares {" and ".join(columns)} with itself: '
            "that holds for every row that has a value.",
            marks=tuple(Mark(one.place, "migrations", "primary", "both sides are this column") for one in own),
            help=f"Write {body.name.name}.{own[0].column} where the policy's own row is meant."
            if own[0].target != body.name
            else "Compare it with what the caller may reach.",
        )


RULE = Rule("policy-compares-with-itself", "schema", "medium", check, needs=("migrations",))
