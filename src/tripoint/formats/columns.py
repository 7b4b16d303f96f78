"""What each witness says of a table's columns."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from tripoint.formats.uses import TableUse
from tripoint.model.catalog import Table
from tripoint.model.claim import ColumnClaim, TableClaim
from tripoint.model.evidence import Evidence

__all__ = ["ColumnEntry", "column_entries"]


class ColumnEntry(Struct, frozen=True):
    """One column that any witness speaks of.

    `documented` is None where no document lists the table's fields, `used` is None where that can't be told. `type` is
    as PostgreSQL writes it or, of a column that is only documented, as the document writes it; None where nobody says.
    """

    name: str
    type: str | None
    nullable: bool | None
    documented: bool | None
    defined: bool
    used: bool | None
    key: bool = False
    """Of a column that is only documented: whether the document makes it the primary key, or a part of it."""


def column_entries(
    table: Table | None, claims: Iterable[TableClaim], uses: Iterable[TableUse], evidence: Evidence
) -> tuple[ColumnEntry, ...]:
    """Return the columns of one table: the defined ones and the documented ones in their order, then others by name."""
    claimed: dict[str, ColumnClaim] = {}
    listed = False
    for table_claim in claims:
        listed = listed or table_claim.lists_columns
        for column in table_claim.columns:
            claimed.setdefault(column.name, column)
    named: set[str] = set()
    whole = False
    for use in uses:
        named |= use.columns
        whole = whole or use.whole
    defined = table.columns if table is not None else {}
    heard = "code" in evidence.heard

    def used(name: str) -> bool | None:
        if name in named:
            return True
        return None if whole or not heard or name in evidence.words else False

    def documented(name: str) -> bool | None:
        return name in claimed if listed or name in claimed else None

    entries = [
        ColumnEntry(c.name, c.type, c.nullable, documented(c.name), True, used(c.name)) for c in defined.values()
    ]
    for name in (*(n for n in claimed if n not in defined), *sorted(named - set(claimed) - set(defined))):
        claim = claimed.get(name)
        entries.append(
            ColumnEntry(
                name,
                claim.type if claim is not None else None,
                claim.nullable if claim is not None else None,
                documented(name),
                False,
                used(name),
                claim is not None and claim.primary,
            )
        )
    return tuple(entries)
