"""A view in the API that shows the platform's users.

**What it finds.** A view or materialized view in an exposed schema that reads `auth.users` and that an API role may
select from.

**Severity.** *High*; *medium* where the view asks who is calling (`auth.uid()`), and so may show only some rows.

**Why it matters.** E-mail addresses, phone numbers and metadata of all users can be read by whoever has the public
key.

**How to mend it.** Keep what others may see in a table of your own (`profiles`) with row level security.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.name import Name
from tripoint.model.regex import regex
from tripoint.rules._access import find_relation, is_invoker_view
from tripoint.rules._shared import assumed_grants, is_exposed, own_tables, table_marks
from tripoint.sql.dependencies import relations_in
from tripoint.sql.grammar import parse_statement

_USERS = Name("auth", "users")
_ASKS = regex(r"\bauth\"?\.\"?(?:uid|jwt|role|email)\"?\s*\(", re.IGNORECASE)


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each exposed view of auth.users."""
    for view in own_tables(evidence, "view", "materialized-view"):
        if not is_exposed(view, evidence) or is_invoker_view(view) or not _reads_users(view.query or "", evidence):
            continue
        roles, assumption = assumed_grants(view, evidence)
        if not roles:
            continue
        asks = _ASKS.search(view.query or "") is not None
        yield Fault(
            subject=str(view.name),
            message=f"{view.name} shows rows of auth.users through the API.",
            marks=table_marks(view, "reads auth.users", role="primary"),
            severity="medium" if asks else None,
            severity_reason="it asks who is calling, and may show each caller only some rows" if asks else assumption,
            help="Show a table of your own in its place, or revoke the privileges of anon and authenticated.",
        )


def _reads_users(query: str, evidence: Evidence) -> bool:
    parsed = parse_statement(query)
    tree = [{parsed[0]: parsed[1]}] if isinstance(parsed, tuple) else []
    relations = (find_relation(reference.name, evidence) for reference in relations_in(tree))
    return any(relation is not None and relation.name == _USERS for relation in relations)


RULE = Rule("exposed-auth-users", "schema", "high", check, needs=("migrations",))
