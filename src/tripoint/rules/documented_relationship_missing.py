"""A relationship that a document draws and no foreign key holds.

**What it finds.** `a.b → c.d` in a document, an edge of an entity diagram or a `Ref` of DBML, between two tables that
exist, where no foreign key leads from one to the other.

**Why it matters.** Nothing keeps the reference true: rows may point to nothing. PostgREST cannot embed one table in
the other (`PGRST200`).

**Severity.** *Medium*; *low* where a key by another column or through a table in between may be meant, and where only
documents beside the domain model draw a line that names no column.

**How to mend it.** Add the foreign key, or take the relationship out of the document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.bind.claims import columns_claimed_in_vain
from tripoint.bind.tables import lookup_table, may_be_changed
from tripoint.model.claim import RelationshipClaim
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule, Suggestion
from tripoint.model.name import Name
from tripoint.rules._shared import BESIDE, foreign_keys, relationship
from tripoint.sql.key_types import key_type_base


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each documented pair of existing tables that no foreign key relates."""
    related = {(table.name, key.references) for table, key in foreign_keys(evidence)}
    keys = {(table.name, key.columns, key.references) for table, key in foreign_keys(evidence)}
    shared = _sharing_keys(evidence)
    steps = _steps(evidence)
    columns_of = {name: set(table.columns) for name, table in evidence.defined.tables.items()}
    told = columns_claimed_in_vain(evidence)
    domain_models = set(evidence.claims.domain_models)
    missing: dict[tuple[Name, Name], list[RelationshipClaim]] = defaultdict(list)
    for claim in evidence.claims.relationships:
        ends = lookup_table(claim.from_table, evidence), lookup_table(claim.to_table, evidence)
        if claim.generated or any(end is None or end.kind != "table" for end in ends):
            continue
        if evidence.declared is not None and any(
            name in evidence.declared.tables and name not in columns_of for name in (claim.from_table, claim.to_table)
        ):
            continue  # that the migrations lack a table of the models is the fault
        if any((claim.from_table, column) in told for column in claim.from_columns):
            continue  # that the table has no such column is the fault
        if any(may_be_changed(name.name, evidence) for name in (claim.from_table, claim.to_table)):
            continue  # a statement whose effect can't be told may add the key
        if _of_other_types(claim, evidence):
            continue  # an arrow from a moment to an id says where something comes from, and draws no key
        if claim.from_table in evidence.platform.tables:
            continue  # what the platform brings along has the keys that it has
        if columns_of.get(claim.from_table) == _IMPLICIT and (claim.from_table, claim.to_table) in related:
            continue  # its columns are called what no document calls them
        if not claim.from_columns:
            # A line between two entities says neither which side holds the key nor that none stands in between.
            if _connected(claim.from_table, claim.to_table, related):
                continue
            if _through(claim, related, shared) is not None:
                continue
            ends_of = (claim.from_table, claim.to_table), (claim.to_table, claim.from_table)
            starts = [({(one, column) for column in columns_of.get(one, ())}, other) for one, other in ends_of]
            if any(_leads_on(start, other, steps) for start, other in starts):
                continue
        elif len(claim.from_columns) == 1 and _leads_on(
            {(claim.from_table, claim.from_columns[0])}, claim.to_table, steps
        ):
            continue
        elif any(_is_namesake(name, claim.to_table) for name in _referred_to(claim, keys)):
            continue  # `users(id)` is how a dump of the schema writes `auth.users(id)`, too
        elif any(
            (claim.from_table, claim.from_columns, name) in keys
            for name in (claim.to_table, *(name for name, extended in shared.items() if claim.to_table in extended))
        ):
            continue  # what points to a row of `profiles`, whose key is that of `users`, points to one of `users`
        missing[claim.from_table, claim.to_table].append(claim)
        if ends[0] is not None:  # a table of the models alone, or one that is kept elsewhere
            columns_of.setdefault(claim.from_table, set(ends[0].columns))
    for (owner, target), claims in sorted(missing.items()):
        columns = next((claim.from_columns for claim in claims if claim.from_columns), ())
        through = next((name for claim in claims if (name := _through(claim, related, shared)) is not None), None)
        start = f"{owner}.{', '.join(columns)}" if columns else str(owner)
        lacking = [name for name in columns if name not in columns_of[owner]]
        reason = f"both lead to {through}, whose key {target} shares" if through is not None else None
        named = [set(claim.from_columns) for claim in claims]
        if (owner, target) in related and all(some and not some <= columns_of[owner] for some in named):
            reason = f"{owner} points to {target} by a column of another name"
        if reason is None and not columns and domain_models.isdisjoint(claim.place.path for claim in claims):
            reason = BESIDE
        yield Fault(
            subject=relationship(owner, target),
            message=f"{claims[0].place.path} relates {start} to {target}, but "
            + (f"{owner} has no column {', '.join(lacking)}." if lacking else "no foreign key does."),
            marks=tuple(Mark(claim.place, "documents", "primary", "related here") for claim in claims),
            severity="low" if reason is not None else None,
            severity_reason=reason,
            help=f"Add the foreign key to {owner}, or correct the document.",
            suggestions=(Suggestion("create", relationship(owner, target), 0.5, ("a document draws it",)),),
        )


_IMPLICIT = {"A", "B"}
"""The columns of a table that Prisma makes for a relation of many to many that has no model."""


def _referred_to(claim: RelationshipClaim, keys: set[tuple[Name, tuple[str, ...], Name | None]]) -> list[Name]:
    """Return the tables to which foreign keys of a claim's very columns lead."""
    start = claim.from_table, claim.from_columns
    return [to for of, columns, to in keys if to is not None and (of, columns) == start]


def _is_namesake(one: Name, other: Name) -> bool:
    return one.name == other.name and one.schema != other.schema


def _of_other_types(claim: RelationshipClaim, evidence: Evidence) -> bool:
    """Whether the two columns that a claim names have types of which none can refer to the other."""
    if len(claim.from_columns) != 1 or len(claim.to_columns) != 1:
        return False
    ends = lookup_table(claim.from_table, evidence), lookup_table(claim.to_table, evidence)
    columns = [
        end.columns.get(name)
        for end, name in zip(ends, (*claim.from_columns, *claim.to_columns), strict=True)
        if end is not None
    ]
    bases = [key_type_base(column.type) for column in columns if column is not None and column.type]
    return len(bases) == 2 and bases[0] != bases[1] and any(base in _MOMENTS for base in bases)


_MOMENTS = frozenset(
    {"timestamp with time zone", "timestamp without time zone", "date", "boolean", "jsonb", "json", "double precision"}
)
"""Types of columns that refer to nothing."""


def _sharing_keys(evidence: Evidence) -> dict[Name, set[Name]]:
    """Return for each table those whose rows it extends: its primary key is a foreign key to them."""
    found: dict[Name, set[Name]] = defaultdict(set)
    for table, key in foreign_keys(evidence):
        if key.references is not None and table.primary_key is not None and key.columns == table.primary_key.columns:
            found[table.name].add(key.references)
    return found


def _steps(evidence: Evidence) -> dict[tuple[Name, str], set[tuple[Name, str]]]:
    """Return for each column of a foreign key the columns that it repeats."""
    found: dict[tuple[Name, str], set[tuple[Name, str]]] = defaultdict(set)
    for table, key in foreign_keys(evidence):
        if key.references is not None:
            for column, repeated in zip(key.columns, key.referenced_columns, strict=False):
                found[table.name, column].add((key.references, repeated))
    return found


def _leads_on(start: set[tuple[Name, str]], target: Name, steps: dict[tuple[Name, str], set[tuple[Name, str]]]) -> bool:
    """Whether a column's value is one of `target`'s by several foreign keys, the last of which points there.

    A member of a workspace that points to a member of its organisation, by both their ids, points to that user.
    """
    seen, pending = set(start), list(start)
    while pending:
        for name, column in steps.get(pending.pop(), ()):
            if name == target:
                return True
            if (name, column) not in seen:
                seen.add((name, column))
                pending.append((name, column))
    return False


def _through(
    claim: RelationshipClaim, related: set[tuple[Name, Name | None]], shared: dict[Name, set[Name]]
) -> Name | None:
    """Return the table to which one end points and whose key the other one shares: a profile and its user."""
    for one, other in ((claim.from_table, claim.to_table), (claim.to_table, claim.from_table)):
        for name in sorted(shared.get(other, ())):
            if (one, name) in related:
                return name
    return None


def _connected(one: Name, other: Name, related: set[tuple[Name, Name | None]]) -> bool:
    if (one, other) in related or (other, one) in related:
        return True
    junctions = {table for table, target in related if target == one} & {
        table for table, target in related if target == other
    }
    return bool(junctions)


RULE = Rule("documented-relationship-missing", "documents", "medium", check, needs=("documents", "migrations"))
