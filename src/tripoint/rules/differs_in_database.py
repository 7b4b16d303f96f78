"""An object that the live database holds otherwise than the migrations define it.

**What it finds.** With `--database`: a column of another type or nullability, a constraint, policy, function or flag
that both have but not alike. Expressions are compared when `--replay` has brought the migrations' side into
PostgreSQL's own words.

**Why it matters.** What was tried on one database behaves otherwise on the other.

**How to mend it.** Decide which of the two is right; change the database by a migration, or the migrations to what is
there.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.words import listed
from tripoint.rules._database import defining_marks, differing

_LENGTH = 80


def _short(value: str | None) -> str:
    text = "nothing" if value is None else " ".join(value.split())
    return text if len(text) <= _LENGTH else text[: _LENGTH - 1] + "…"


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each object that the two have otherwise."""
    for (kind, subject), aspects in sorted(differing(evidence).items()):
        said = listed(f"{a.aspect} {_short(a.held)} where the migrations say {_short(a.defined)}" for a in aspects)
        yield Fault(
            subject=subject,
            message=f"The {kind} {subject} differs: the database has {said}.",
            marks=defining_marks(subject, evidence),
            help="Decide which is right, and bring the other in line by a migration.",
        )


RULE = Rule("differs-in-database", "database", "medium", check, needs=("migrations", "database"))
