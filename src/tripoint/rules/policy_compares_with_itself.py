"""A policy that compares a column with itself.

**What it finds.** `team_id = team_id` in the condition of a policy, and the like that are written otherwise: within
`exists (select 1 from members where team_id = team_id)` both sides are the column of `members`, since PostgreSQL looks
a name up in the nearest FROM clause, also where the policy's own table has a column of that name.

**Why it matters.** The comparison holds for every row that has a value: whoever is a member of any team reaches the
rows of all teams.

**Severity.** *High* where nothing else in the policy asks for the row itself, which the platform's API serves to
requests with the public key; *medium* for all else.

**How to mend it.** Write which table each side is of: `members.team_id = projects.team_id`.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.name import Name
from tripoint.rules._policies import roles_of
from tripoint.rules._shared import is_exposed

__all__ = ["RULE"]


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each policy."""
    for body in evidence.bodies:
        own = [one for one in body.references if one.kind == "itself" and one.target is not None]
        if body.kind != "policy" or not own:
            continue
        policy = body.subject.partition("/")[2]
        narrowed = any(one.kind in ("column", "itself") and one.target == body.name for one in body.references)
        opens = not narrowed and _is_asked(body.name, policy, evidence)
        columns = sorted({f"{one.target}.{one.column}" for one in own})
        yield Fault(
            subject=body.subject,
            message=f'Policy "{policy}" of {body.name} compares {" and ".join(columns)} with itself: '
            "that holds for every row that has a value.",
            marks=tuple(Mark(one.place, "migrations", "primary", "both sides are this column") for one in own),
            severity="high" if opens else "medium",
            help=f"Write {body.name.name}.{own[0].column} where the policy's own row is meant."
            if own[0].target != body.name
            else "Compare it with what the caller may reach.",
        )


def _is_asked(name: Name, policy: str, evidence: Evidence) -> bool:
    """Whether requests with the public key are let to rows by a policy."""
    table = evidence.defined.tables.get(name)
    found = table.policies.get(policy) if table is not None else None
    if table is None or found is None:
        return False
    return found.permissive and table.row_security and bool(roles_of(found)) and is_exposed(table, evidence)


RULE = Rule("policy-compares-with-itself", "schema", "high", check, needs=("migrations",))
