"""What a schema section says of a database, as one short text that changes whenever that does.

A section's start marker holds it, so that an audit can tell a stale section without writing it anew. Comments and
descriptions are no part of it: what people write there makes no section stale.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.rules._shared import own_tables

__all__ = ["GONE", "page_key", "schema_digest", "table_digest"]

GONE = "gone"
"""The digest of a page whose table no longer exists."""


def page_key(table: str) -> str:
    """Return a table's name as it stands in a marker: no space, and nothing that ends a comment."""
    from urllib.parse import quote

    return quote(table, safe=".")


def schema_digest(evidence: Evidence) -> str:
    """Return the digest of all tables and enums of a database."""
    enums = {
        str(name): list(enum.values)
        for name, enum in sorted(evidence.defined.enums.items())
        if name not in evidence.platform.enums
    }
    return _digest([[_facts(table) for table in own_tables(evidence)], enums])


def table_digest(table: Table) -> str:
    """Return the digest of one table."""
    return _digest(_facts(table))


def _digest(facts: Any) -> str:
    text = json.dumps(facts, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _facts(table: Table) -> list[Any]:
    return [
        str(table.name),
        table.kind,
        table.row_security,
        [[c.name, c.type, c.nullable, c.default, c.identity, c.generated] for c in table.columns.values()],
        sorted(
            [c.kind, list(c.columns), str(c.references), list(c.referenced_columns), c.on_delete]
            for c in table.constraints.values()
            if c.kind in ("primary", "unique", "foreign")
        ),
        sorted([p.name, p.command, p.permissive, list(p.roles)] for p in table.policies.values()),
    ]
