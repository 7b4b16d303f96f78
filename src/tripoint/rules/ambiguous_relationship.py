"""An embedded relation that several foreign keys could mean.

**What it finds.** `select('*, users(*)')` where more than one relationship leads to `users` and no hint says which.

**Why it matters.** The request fails: `PGRST201`, "Could not embed because more than one relationship was found".

**How to mend it.** Name the foreign key: `users!posts_author_id_fkey(*)`, or its column: `users!author_id(*)`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.binding import EmbedBinding, Relationship
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.query import Query
from tripoint.model.words import listed
from tripoint.rules._shared import bindings, relationship, table_marks


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each pair of relations that the code embeds without saying by which key."""
    found: dict[str, list[tuple[Query, EmbedBinding]]] = defaultdict(list)
    for binding in bindings(evidence, "table", "function"):
        for bound in binding.embeds:
            if bound.outcome == "ambiguous":
                subject = relationship(bound.origin.name, bound.relationships[0].target)
                found[subject].append((binding.query, bound))
    for subject, uses in sorted(found.items()):
        origin, embed, ways = uses[0][1].origin, uses[0][1].embed, uses[0][1].relationships
        hints = sorted({_hint(way) for way in ways})
        yield Fault(
            subject=subject,
            message=f"{embed.target} can be embedded in {origin.name} in {len(ways)} ways ({listed(hints)}): "
            "the request is answered with PGRST201.",
            marks=(
                *(Mark(e.embed.place, "code", "primary", "embedded here", q.symbol) for q, e in uses),
                *(
                    Mark(way.constraint.place, "migrations", "related", f"one way: {way.constraint.name}")
                    for way in ways
                    if way.constraint is not None and way.constraint.place is not None
                ),
                *table_marks(origin),
            ),
            help=f"Say which one is meant: {ways[0].target.name}!{hints[0]}(…).",
        )


def _hint(way: Relationship) -> str:
    if way.junction is not None:
        return way.junction.name
    return way.constraint.name if way.constraint is not None else way.target.name


RULE = Rule("ambiguous-relationship", "code", "high", check, needs=("migrations", "code"))
