"""Columns that documents give to a table which does not have them."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final

from tripoint.bind.tables import may_be_changed, may_be_created
from tripoint.model.catalog import Table
from tripoint.model.claim import ColumnClaim, TableClaim
from tripoint.model.evidence import Evidence
from tripoint.model.name import Name
from tripoint.model.regex import regex

__all__ = ["columns_claimed_in_vain"]

_LEAST: Final = 3
"""How many of a table's own columns a list must have to speak of the table's columns."""
_SHARE: Final = 0.6
"""And which share of the list they must be."""
_MANY: Final = 4
_NEARLY: Final = 0.75
"""The same of a list that gives no types."""
_SEVERAL_WORDS: Final = regex(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")
_COLLECTIONS: Final = frozenset({"array", "object"})
"""Everyday types that a document gives to related rows too."""
_NO_COLUMN: Final = regex(
    r"\b(?:planned|future|upcoming|todo|not yet|proposed|deprecated|removed|dropped|obsolete|legacy|renamed|moved"
    r"|computed|calculated|derived|virtual|joined|not stored|client.side)\b",
    re.IGNORECASE,
)
"""Words of a description that say that the table has no such column, or need not have it."""


def columns_claimed_in_vain(evidence: Evidence) -> dict[tuple[Name, str], list[ColumnClaim]]:
    """Return the columns that documents list among a table's own and that the table does not have, with the claims.

    Only a list that is a table's for the most part, and says the column's type, is taken at its word, or one that gives
    no types and is the table's but for a few: another one may be a payload, or a selection with a few words on what is
    related.
    """
    found: dict[tuple[Name, str], list[ColumnClaim]] = defaultdict(list)
    for name, claims in sorted(evidence.claims.by_table.items()):
        table = evidence.defined.tables.get(name)
        if table is None or table.kind != "table" or not table.complete or may_be_changed(name.name, evidence):
            continue
        for claim in claims:
            for column in () if claim.generated else _absent(claim, table, evidence):
                found[name, column.name].append(column)
    return dict(sorted(found.items()))


def _absent(claim: TableClaim, table: Table, evidence: Evidence) -> list[ColumnClaim]:
    absent = [column for column in claim.columns if column.name not in table.columns]
    known = len(claim.columns) - len(absent)
    if not absent or known < _LEAST or known < _SHARE * len(claim.columns):
        return []
    nearly = known >= _MANY and known >= _NEARLY * len(claim.columns)
    return [
        column
        for column in absent
        if (_is_stated(column, evidence) or (nearly and _is_listed(column)))
        and not _may_be_there(column, table, evidence)
    ]


def _is_listed(column: ColumnClaim) -> bool:
    """Whether a name that is given no type can only be a column's, in a list that is nearly all columns."""
    spelled = _SEVERAL_WORDS.fullmatch(column.name) is not None
    return spelled and not column.type and not _NO_COLUMN.search(column.description or "")


def _is_stated(column: ColumnClaim, evidence: Evidence) -> bool:
    from tripoint.sources.documents.words import is_sql_type

    written = (column.type or "").strip(" `").removesuffix("?")  # as one is marked that may lack a value
    typed = is_sql_type(written) or any(name.name == written for name in evidence.defined.enums)
    return typed and written.lower() not in _COLLECTIONS and not _NO_COLUMN.search(column.description or "")


def _may_be_there(column: ColumnClaim, table: Table, evidence: Evidence) -> bool:
    """Whether another witness has it, or a statement that can't be read may have made it."""
    if f"{table.name}.{column.name}" in evidence.skipped or may_be_created(column.name, evidence) is not None:
        return True
    known = (evidence.beyond, evidence.held, evidence.declared)
    others = (catalog.tables.get(table.name) for catalog in known if catalog is not None)
    return any(other is not None and column.name in other.columns for other in others)
