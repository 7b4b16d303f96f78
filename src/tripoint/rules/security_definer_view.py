"""A view in the API that skips the row security of its tables.

**What it finds.** A view in an exposed schema without `security_invoker = true` that reads a table with row level
security, and that an API role may select from.

**Why it matters.** Such a view reads as its owner, for whom row security does not hold: whoever may select from the
view sees every row of the tables under it.

**How to mend it.** `alter view … set (security_invoker = true)`, or move the view to a schema that the API does not
serve.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._policies import without_strings
from tripoint.rules._shared import assumed_grants, is_exposed, listed, own_tables, table_marks

_WORD = re.compile(r"[^\W\d]\w*")


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each exposed view that skips row security."""
    secured = {table.name.name: str(table.name) for table in own_tables(evidence, "table") if table.row_security}
    for view in own_tables(evidence, "view"):
        if not is_exposed(view, evidence) or view.options.get("security_invoker", "").lower() in ("true", "on", "1"):
            continue
        roles, assumption = assumed_grants(view, evidence)
        words = set(_WORD.findall(without_strings(view.query or "")))
        skipped = sorted(full for name, full in secured.items() if name in words)
        if not roles or not skipped:
            continue
        yield Fault(
            subject=str(view.name),
            message=f"The view {view.name} shows every row of {listed(skipped)}, whatever the policies say.",
            marks=table_marks(view, "a view without security_invoker", role="primary"),
            severity_reason=assumption,
            help=f"alter view {view.name} set (security_invoker = true);",
        )


RULE = Rule("security-definer-view", "schema", "medium", check, needs=("migrations",))
