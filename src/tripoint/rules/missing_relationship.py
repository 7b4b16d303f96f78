"""A relation embedded in a select to which no foreign key leads.

**What it finds.** `select('*, posts(*)')` where PostgREST knows no relationship between the two: no foreign key
between them, no table that joins them with both keys in its primary key, no view that shows the key's columns, no
function that returns the rows. And a filter or an order of a relation, `eq('posts.title', …)`, that the same call's
select does not embed.

**Why it matters.** The request fails: `PGRST200`, "Could not find a relationship between … in the schema cache", or
`PGRST108`, "… is not an embedded resource in this request".

**How to mend it.** Add the foreign key, embed through the table that joins the two, or correct the name. What is only
to be filtered by can be embedded without its columns: `posts!inner()`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from tripoint.bind.tables import lookup_table
from tripoint.model.binding import EmbedBinding
from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.model.name import Name
from tripoint.model.query import Embed, Filter, Query
from tripoint.model.words import counted
from tripoint.rules._baseline import NO_BEGINNING, baseline_is_missing
from tripoint.rules._elsewhere import lowered
from tripoint.rules._shared import bindings, relationship, table_marks
from tripoint.rules._sql import OTHERWISE


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each pair of relations that the code embeds, or filters by, without a relationship."""
    yield from _without_key(evidence)
    yield from _without_embed(evidence)


def _without_embed(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each relation that reads of a table filter or sort by although they do not embed it."""
    found: dict[str, list[tuple[Query, Table, Filter]]] = defaultdict(list)
    for binding in bindings(evidence, "table"):
        table = binding.table.table if binding.table is not None else None
        if table is None:
            continue
        for one in binding.unembedded:
            wanted = ".".join(one.path)
            found[relationship(table.name, Name(table.name.schema, wanted))].append((binding.query, table, one))
    for subject, uses in sorted(found.items()):
        _, table, one = uses[0]
        wanted = ".".join(one.path)
        column = table.columns.get(wanted)
        way = f"{wanted}->>{one.column}" if column is not None and column.type in ("json", "jsonb") else None
        yield Fault(
            subject=subject,
            message=f"{wanted} is filtered or sorted by ({counted(len(uses), 'place')}), but what is selected from "
            f"{table.name} does not embed it: the request is answered with PGRST108.",
            marks=(
                *(Mark(f.place, "code", "primary", "not embedded", q.symbol) for q, _, f in uses),
                *table_marks(table),
            ),
            help=f"A key of a JSON column is written {way}."
            if way is not None
            else f"Embed it in the select, {wanted}!inner(), under the name that is filtered by.",
        )


def _without_key(evidence: Evidence) -> Iterator[Fault]:
    found: dict[str, list[tuple[Query, EmbedBinding]]] = defaultdict(list)
    for binding in bindings(evidence, "table", "function"):
        for bound in binding.embeds:
            if bound.outcome == "unknown":
                wanted = Name(bound.origin.name.schema, bound.embed.target)
                found[relationship(bound.origin.name, wanted)].append((binding.query, bound))
    for subject, uses in sorted(found.items()):
        origin, embed = uses[0][1].origin, uses[0][1].embed
        target = Name(origin.name.schema, embed.target)
        table = lookup_table(target, evidence)
        if table is None and baseline_is_missing(evidence):
            continue
        cause = _cause(origin, embed, table, evidence)
        severity, reason, held = _weighed(origin, target, table, evidence)
        if severity == "high" and any(_is_otherwise(name, evidence) for name in (origin.name, target)):
            severity, reason = "medium", OTHERWISE
        if baseline_is_missing(evidence):
            severity, reason = "low", NO_BEGINNING
        yield Fault(
            subject=subject,
            message=f"{embed.target} can't be embedded in {origin.name} ({counted(len(uses), 'place')}): {cause.why}. "
            "The request is answered with PGRST200.",
            marks=(
                *(Mark(e.embed.place, "code", "primary", "embedded here", q.symbol) for q, e in uses),
                *table_marks(origin),
                *(table_marks(table) if table is not None else ()),
                *held,
            ),
            severity=severity,
            severity_reason=reason,
            help=cause.help,
            suggestions=tuple(s for s in evidence.meanings.get(str(target), ()) if s.kind == "rename")
            if cause.unknown
            else (),
        )


def _weighed(
    origin: Table, target: Name, table: Table | None, evidence: Evidence
) -> tuple[Severity, str | None, tuple[Mark, ...]]:
    """Return how much it weighs, why, and where another file holds the table, the column that is embedded by its name
    or a foreign key between the two."""
    if table is None:
        # What is embedded may be named by the column of its key as well, which another file may add.
        column = f"{origin.name}.{target.name}"
        if target.name not in origin.columns and ("table", str(target)) not in evidence.elsewhere:
            return lowered(evidence, "column", column, "high", None)
        return lowered(evidence, "table", str(target), "high", None)
    for subject in (relationship(origin.name, target), relationship(target, origin.name)):
        if ("relationship", subject) in evidence.elsewhere:
            return lowered(evidence, "relationship", subject, "high", None)
    return "high", None, ()


class _Cause(NamedTuple):
    """Why something can't be embedded, and how to mend it."""

    why: str
    help: str
    unknown: bool = False
    """Whether there is nothing of that name, so another may be meant."""


def _cause(origin: Table, embed: Embed, table: Table | None, evidence: Evidence) -> _Cause:
    """Return why `origin` can't embed what it names, which is `table` where there is one."""
    if table is None:
        aggregate = _aggregate(embed)
        if aggregate is not None:
            return _Cause(f"{embed.target}(…) embeds a table of that name, and computes nothing", aggregate)
        return _by_column(origin, embed, evidence) or _Cause(
            f"there is neither a table, a foreign key nor a key column {embed.target} to embed",
            "Correct the name, or create the table and its foreign key.",
            unknown=True,
        )
    own = _own_keys(origin) if table is origin else []
    if own:
        return _Cause(
            "a table is embedded in itself by the column of its foreign key alone",
            f"Write {own[0]}(…) for the row that {own[0]} points to, or {embed.target}!{own[0]}(…) for those that "
            "point here.",
        )
    key = "foreign key" if embed.hint is None else f"foreign key or column {embed.hint}"
    target = Name(origin.name.schema, embed.target)
    return _Cause(f"no {key} relates the two", f"Add a foreign key between {origin.name} and {target}.")


def _aggregate(embed: Embed) -> str | None:
    """Return how PostgREST writes what is written as a call of SQL: `count(*)`, `sum(amount)`."""
    fields = [field.name for field in embed.select.fields]
    if embed.target not in _AGGREGATES or embed.select.embeds or len(fields) != 1:
        return None
    if embed.target == "count":
        return "Count with select('*', { count: 'exact', head: true }), or with count() where aggregates are enabled."
    return f"Write {fields[0]}.{embed.target}(), where aggregates are enabled." if fields[0] != "*" else None


def _by_column(origin: Table, embed: Embed, evidence: Evidence) -> _Cause | None:
    """Return why the column of a foreign key can't be embedded by its name, and how to mend it."""
    keys = (key for key in origin.constraint("foreign") if key.columns == (embed.target,))
    target = next((key.references for key in keys if key.references is not None), None)
    if target is None:
        return None
    if embed.hint is not None and target.schema == origin.name.schema:
        why = f"{embed.target} is a column, and the name before a hint has to be a table's"
        return _Cause(why, f"Write {target.name}!{embed.target}(…).")
    if target.schema not in evidence.database.settings.exposed_schemas:
        why = f"its foreign key {embed.target} leads to {target}, in a schema that the API does not show"
        return _Cause(why, f"Let {embed.target} point to a table of {origin.name.schema} that mirrors {target.name}.")
    return None


_AGGREGATES = frozenset({"count", "sum", "avg", "min", "max"})


def _is_otherwise(name: Name, evidence: Evidence) -> bool:
    """Whether a statement without effect has columns that the table lacks, and so perhaps keys."""
    return any(subject.startswith(f"{name}.") for subject in evidence.skipped)


def _own_keys(table: Table) -> list[str]:
    """Return the columns that are a foreign key of a table to itself."""
    keys = table.constraint("foreign")
    return [key.columns[0] for key in keys if key.references == table.name and len(key.columns) == 1]


RULE = Rule("missing-relationship", "code", "high", check, needs=("migrations", "code"))
