"""A view in the API that shows the platform's users.

**What it finds.** A view or materialized view in an exposed schema that reads `auth.users` and that an API role may
select from.

**Why it matters.** E-mail addresses, phone numbers and metadata of all users can be read by whoever has the public
key.

**How to mend it.** Keep what others may see in a table of your own (`profiles`) with row level security.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._policies import without_strings
from tripoint.rules._shared import assumed_grants, is_exposed, own_tables, table_marks

_USERS = re.compile(r'\b"?auth"?\s*\.\s*"?users"?\b', re.IGNORECASE)


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each exposed view of auth.users."""
    for view in own_tables(evidence, "view", "materialized-view"):
        if not is_exposed(view, evidence) or not _USERS.search(without_strings(view.query or "")):
            continue
        invoker = view.options.get("security_invoker", "").lower() in ("true", "on", "1")
        roles, assumption = assumed_grants(view, evidence)
        if not roles or invoker:
            continue
        yield Fault(
            subject=str(view.name),
            message=f"{view.name} shows rows of auth.users through the API.",
            marks=table_marks(view, "reads auth.users", role="primary"),
            severity_reason=assumption,
            help="Show a table of your own in its place, or revoke the privileges of anon and authenticated.",
        )


RULE = Rule("exposed-auth-users", "schema", "high", check, needs=("migrations",))
