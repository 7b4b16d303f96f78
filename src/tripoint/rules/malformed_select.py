"""A select list that PostgREST can't parse.

**What it finds.** `select('id, author(name')`: a list of columns and embedded relations with a parenthesis that is not
closed, a character that no name has, an aggregate that there is none of. The mark stands where PostgREST stops reading.
Lists with parts that only the running program knows are left alone.

**Why it matters.** The whole request fails before any row is read: `PGRST100`, "failed to parse select parameter".
Where a parenthesis is one too many, or a comma is missing behind an embedded relation, PostgREST answers and ignores
what follows without a word.

**Severity.** *High*; *medium* where the rest is ignored.

**How to mend it.** Correct the list at the place that is marked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.place import Place
from tripoint.model.query import REST_IGNORED
from tripoint.model.words import counted
from tripoint.rules._shared import bindings


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table or function, and each way in which lists that select from it are wrong."""
    found: dict[tuple[str, str], dict[Place, Mark]] = defaultdict(dict)
    for binding in bindings(evidence, "table", "function"):
        select = binding.query.select
        name = binding.table.name if binding.table is not None else binding.function_name
        if name is not None and select is not None and select.refused is not None and select.refused_at is not None:
            mark = Mark(select.refused_at, "code", "primary", "PostgREST stops here", binding.query.symbol)
            found[str(name), select.refused][mark.place] = mark
    for (subject, refused), marks in sorted(found.items()):
        places = counted(len(marks), "place")
        yield Fault(
            subject=subject,
            message=f"PostgREST reads a part of what is selected from {subject} ({places}): {refused}."
            if refused == REST_IGNORED
            else f"PostgREST can't parse what is selected from {subject} ({places}): {refused}. "
            "The request is answered with PGRST100.",
            marks=tuple(marks.values()),
            severity="medium" if refused == REST_IGNORED else "high",
            help="Correct the select list at the place that is marked.",
        )


RULE = Rule("malformed-select", "code", "high", check, needs=("code",))
