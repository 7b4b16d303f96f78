"""A condition or an order that PostgREST can't parse.

**What it finds.** An operator that there is none of in `or(…)` (`person.name.ilike.%a%`, where a column of an embedded
relation was meant), `in` without parentheses, `is` with anything but null, true, false and unknown; an order by
`relation.column`, or with a direction in its text to which the client adds another one. The mark stands where PostgREST
stops reading. What stands behind a part that only the running program knows is left alone.

**Why it matters.** The whole request fails before any row is read: `PGRST100`.

**How to mend it.** A column of an embedded relation is ordered by as `relation(column)`, or with the option
`referencedTable`; with that option, too, `or` has conditions on it. The direction of an order is an option.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.words import counted
from tripoint.rules._shared import bindings


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each table or function, and each way in which conditions on it are wrong."""
    found: dict[tuple[str, str], dict[Mark, None]] = defaultdict(dict)
    for binding in bindings(evidence, "table", "function"):
        name = binding.table.name if binding.table is not None else binding.function_name
        for said, place in binding.query.refused if name is not None else ():
            found[str(name), said][Mark(place, "code", "primary", "PostgREST stops here", binding.query.symbol)] = None
    for (subject, said), marks in sorted(found.items()):
        yield Fault(
            subject=subject,
            message=f"PostgREST can't parse what {subject} is filtered or ordered by ({counted(len(marks), 'place')}): "
            f"{said}. The request is answered with PGRST100.",
            marks=tuple(marks),
            help="Correct it at the place that is marked; columns of an embedded relation go by referencedTable.",
        )


RULE = Rule("malformed-filter", "code", "high", check, needs=("code",))
