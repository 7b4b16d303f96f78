"""What the migrations define and the live database does not hold.

**What it finds.** With `--database`: a table, column, constraint, index, policy, function, trigger, view or type of
the migrations that the database lacks. Migrations that the runner's own history does not list are named, since they
explain it.

**Why it matters.** Code that relies on it fails in this database, whatever the files say.

**How to mend it.** Apply the migrations that are missing; where all are applied, someone removed it by hand.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.words import listed
from tripoint.rules._database import absent, defining_marks
from tripoint.rules._shared import file_name


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each object that only the migrations have."""
    pending = [file_name(path) for path in evidence.unapplied]
    for found in absent(evidence, "held"):
        yield Fault(
            subject=found.subject,
            message=f"The migrations define the {found.kind} {found.subject}, but the database does not hold it.",
            marks=defining_marks(found.subject, evidence),
            help=f"These migrations were not applied there: {listed(pending)}."
            if pending
            else "All migrations were applied there as far as is known, so it was removed otherwise.",
        )


RULE = Rule("not-in-database", "database", "high", check, needs=("migrations", "database"))
