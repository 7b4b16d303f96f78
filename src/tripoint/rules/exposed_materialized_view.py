"""A materialized view in the API.

**What it finds.** A materialized view in an exposed schema that an API role may select from.

**Why it matters.** Row level security does not hold for materialized views: whoever has the role sees every row that
was there when it was refreshed.

**How to mend it.** Revoke the privileges of `anon` and `authenticated`, or move it to a schema that the API does not
serve.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._shared import assumed_grants, is_exposed, own_tables, table_marks


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each exposed materialized view."""
    for view in own_tables(evidence, "materialized-view"):
        roles, assumption = assumed_grants(view, evidence)
        shown = any(g.privilege == "select" and g.role in roles for g in view.grants)
        if is_exposed(view, evidence) and shown:
            yield Fault(
                subject=str(view.name),
                message=f"The materialized view {view.name} shows all its rows through the API.",
                marks=table_marks(view, role="primary"),
                severity_reason=assumption,
                help=f"revoke select on {view.name} from anon, authenticated;",
            )


RULE = Rule("exposed-materialized-view", "schema", "medium", check, needs=("migrations",))
