"""What the live database holds and no migration defines.

**What it finds.** With `--database`: a table, column, constraint, index, policy, function, trigger, view or type of
the database that the migrations do not define. Objects of extensions, of the platform and of migration runners are
left out.

**Why it matters.** It was made by hand. A fresh environment will not have it, and the next migration may collide with
it.

**How to mend it.** Write it into a migration (`supabase db pull`), or drop it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.rules._database import absent, defining_marks


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each object that only the database has."""
    for found in absent(evidence, "defined"):
        owner = found.subject.rpartition(".")[0] if found.kind == "column" else found.subject
        yield Fault(
            subject=found.subject,
            message=f"The database holds the {found.kind} {found.subject}, which no migration defines.",
            marks=defining_marks(owner, evidence),
            help="Write it into a migration, or drop it from the database.",
        )


RULE = Rule("not-in-migrations", "database", "medium", check, needs=("migrations", "database"))
