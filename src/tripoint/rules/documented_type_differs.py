"""A column to which a document gives another type than the database.

**What it finds.** A column that a document lists among those of its table with a type whose values are of another kind
than the column's: text where it is a number, a number where it is a UUID, JSON where it is an array. How long or how
precise a value may be is no other kind, nor is text for an enum, or a UUID for one that is kept as text, or the other
way round. Words that are no types of PostgreSQL (`string`, `number`) say too little.

**Why it matters.** Who builds on the document declares the wrong type, and writes values that the column refuses
(`22P02`) or filters that do not compare (`42883`).

**Severity.** *Low*; *info* where only documents beside the domain model say so.

**How to mend it.** Correct the document, or change the column's type.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from tripoint.bind.tables import may_be_changed
from tripoint.model.catalog import Column, Table
from tripoint.model.claim import ColumnClaim
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.regex import regex
from tripoint.model.words import listed
from tripoint.rules._kinds import KINDS
from tripoint.rules._shared import BESIDE
from tripoint.sql.key_types import key_type_base

_LEAST: Final = 3
"""How many of a table's own columns a list must have to speak of the table's columns."""
_SHARE: Final = 0.6
"""And which share of the list they must be."""
_SHORT: Final = {
    **dict.fromkeys(("int", "int4", "serial", "serial4", "smallserial", "int2", "int8", "bigserial"), "integer"),
    **dict.fromkeys(("varchar", "char", "bpchar"), "text"),
    **dict.fromkeys(("timestamptz", "datetime"), "timestamp with time zone"),
    **dict.fromkeys(("float", "float4", "float8", "double", "decimal"), "numeric"),
    "bool": "boolean",
}
"""Types by the names that documents write for them."""
_LOOSE: Final = frozenset({("a UUID", "text")})
"""What a document may say of a column that is another: a UUID is text as well, where the column is."""
_AS_LONG: Final = regex(r"\(\s*(?:32|36)\s*\)")
"""How long the text is as which other systems keep a UUID, of which a document may have been generated."""


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each column of which documents say that it holds another kind of value."""
    for name, claims in sorted(evidence.claims.by_table.items()):
        table = evidence.defined.tables.get(name)
        if table is None or table.kind != "table" or may_be_changed(name.name, evidence, columns=True):
            continue
        differing: dict[str, list[ColumnClaim]] = defaultdict(list)
        for claim in claims:
            known = [column for column in claim.columns if column.name in table.columns]
            if claim.generated or len(known) < max(_LEAST, _SHARE * len(claim.columns)):
                continue
            for column in known:
                if _differs(column, table, evidence):
                    differing[column.name].append(column)
        for column_name, said in sorted(differing.items()):
            yield _fault(f"{name}.{column_name}", table.columns[column_name], said, evidence)


def _fault(subject: str, column: Column, said: list[ColumnClaim], evidence: Evidence) -> Fault:
    vouching = any(claim.place.path in evidence.claims.domain_models for claim in said)
    documents = sorted({claim.place.path for claim in said})
    types = listed(dict.fromkeys((claim.type or "").strip(" `") for claim in said))
    place = column.retyped or column.place
    return Fault(
        subject=subject,
        message=f"{listed(documents)} {'gives' if len(documents) == 1 else 'give'} {subject} the type {types}, "
        f"but it is {column.type}.",
        marks=(
            *(
                Mark(claim.place, "documents", "primary", f"said to be {(claim.type or '').strip(' `')}")
                for claim in said
            ),
            *((Mark(place, "migrations", "related", f"{column.type} here"),) if place is not None else ()),
        ),
        severity=None if vouching else "info",
        severity_reason=None if vouching else BESIDE,
        help="Correct the document, or change the type of the column in a migration.",
    )


def _differs(claim: ColumnClaim, table: Table, evidence: Evidence) -> bool:
    """Whether a document says a kind of value that no witness has the column for."""
    written = (claim.type or "").strip(" `").removesuffix("?").lower()
    said, held = _kind(written), _kind(table.columns[claim.name].type)
    if said is None or held is None or said == held or (said, held) in _LOOSE:
        return False
    if held == "a UUID" and _AS_LONG.search(written):
        return False
    if f"{table.name}.{claim.name}" in evidence.skipped:
        return False
    others = (catalog.tables.get(table.name) for catalog in (evidence.held, evidence.declared) if catalog is not None)
    columns = (other.columns.get(claim.name) for other in others if other is not None)
    return all(column is None or _kind(column.type) != said for column in columns)


def _kind(type_name: str) -> str | None:
    if type_name.endswith("[]"):
        return "an array"
    base = key_type_base(type_name)
    return KINDS.get(_SHORT.get(base, base))


RULE = Rule(
    "documented-type-differs", "documents", "low", check, needs=("documents", "migrations"), models_suffice=True
)
