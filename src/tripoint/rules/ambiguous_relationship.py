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
        told = _told_once(ways, evidence)
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
            severity="medium" if told is not None else None,
            severity_reason=told,
            help=_help(uses[0][1]),
        )


def _told_once(ways: tuple[Relationship, ...], evidence: Evidence) -> str | None:
    """Return what generated types say against it: that the keys of the same columns, which make it ambiguous, are one.

    Where a key was renamed and made again, the database that they come from lacks what the migrations left over.
    """
    made = {(way.origin, way.target, way.columns) for way in ways}
    if len(made) > 1 or any(way.junction is not None or way.constraint is None for way in ways):
        return None
    origin, target, columns = next(iter(made))
    sides = ((origin, target, [one for one, _ in columns]), (target, origin, [one for _, one in columns]))
    for path, types in evidence.generated if evidence.held is None else ():
        for table in () if types.by_hand else types.tables:
            for holder, other, own in sides:
                if (table.schema, table.name) == (holder.schema, holder.name):
                    keys = [k for k in table.keys if sorted(k.columns) == sorted(own) and k.relation == other.name]
                    if len(keys) == 1:
                        return (
                            f"the types in {path} have one such key: the database that they were made of has no other"
                        )
    return None


def _help(bound: EmbedBinding) -> str:
    ways = sorted(bound.relationships, key=_hint)
    keys = {way.constraint.columns for way in ways if way.constraint is not None and way.junction is None}
    if len(keys) == 1 and len({(way.cardinality, way.junction) for way in ways}) == 1:
        return f"Drop {_hint(ways[0])} or {_hint(ways[-1])}: both are the foreign key of {', '.join(*keys)}."
    meant = [way for way in ways if bound.embed.alias is not None and _names(bound.embed.alias, way)]
    way = meant[0] if len(meant) == 1 else ways[0]
    return f"Say which one is meant: {way.target.name}!{_hint(way)}(…)."


def _names(alias: str, way: Relationship) -> bool:
    """Whether an alias is called after the column of a foreign key: `sender` after `sender_id`."""
    columns = way.constraint.columns if way.constraint is not None and way.junction is None else ()
    return any(alias.lower() in (column.lower(), column.lower().removesuffix("_id")) for column in columns)


def _hint(way: Relationship) -> str:
    if way.junction is not None:
        return way.junction.name
    return way.constraint.name if way.constraint is not None else way.target.name


RULE = Rule("ambiguous-relationship", "code", "high", check, needs=("migrations", "code"))
