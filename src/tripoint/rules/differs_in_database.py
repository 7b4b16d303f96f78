"""An object that the live database holds otherwise than the migrations define it.

**What it finds.** With `--database`: a column of another type or nullability, a constraint, policy, function or flag
that both have but not alike. Expressions are compared when `--replay` has brought the migrations' side into
PostgreSQL's own words.

**Why it matters.** What was tried on one database behaves otherwise on the other.

**Severity.** *Medium*; *high* where row level security is off in the database that the migrations switch on: none of
their policies holds there.

**How to mend it.** Decide which of the two is right; change the database by a migration, or the migrations to what is
there.
"""

from __future__ import annotations

from collections.abc import Iterator

from tripoint.model.evidence import Disagreement, Evidence
from tripoint.model.fault import Fault, Rule
from tripoint.model.words import listed
from tripoint.rules._database import defining_marks, differing

_LENGTH = 80
_IN_WORDS: dict[tuple[str, str], str] = {
    ("row_security", "True"): "row level security on",
    ("row_security", "False"): "row level security off",
    ("force_row_security", "True"): "row level security forced on the owner, too",
    ("force_row_security", "False"): "row level security not forced on the owner",
    ("nullable", "True"): "no NOT NULL",
    ("nullable", "False"): "NOT NULL",
}
"""(aspect, value) → what is said of it."""


def _short(value: str | None) -> str:
    text = "nothing" if value is None else " ".join(value.split())
    return text if len(text) <= _LENGTH else text[: _LENGTH - 1] + "…"


def _said(difference: Disagreement) -> str:
    held, defined = (
        _IN_WORDS.get((difference.aspect, value or ""), _short(value))
        for value in (difference.held, difference.defined)
    )
    aspect = "" if (difference.aspect, difference.held or "") in _IN_WORDS else f"{difference.aspect} "
    return f"{aspect}{held} where the migrations say {defined}"


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each object that the two have otherwise."""
    for (kind, subject), aspects in sorted(differing(evidence).items()):
        said = listed(map(_said, aspects))
        open_there = any(a.aspect == "row_security" and a.held == "False" for a in aspects)
        yield Fault(
            subject=subject,
            message=f"The {kind} {subject} differs: the database has {said}.",
            marks=defining_marks(subject, evidence),
            severity="high" if open_there else None,
            severity_reason="no policy of the migrations holds in the database" if open_there else None,
            help="Decide which is right, and bring the other in line by a migration.",
        )


RULE = Rule("differs-in-database", "database", "medium", check, needs=("migrations", "database"))
