"""The audit as data: version 1 of the public contract, whose schema is `tripoint/schema/audit-1.json`."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import msgspec

from tripoint.formats.escape import json_text
from tripoint.formats.format import RenderOptions
from tripoint.formats.inventory import FunctionEntry, Inventory, RelationshipEntry, TableEntry, take_inventory
from tripoint.model.audit import Audit, Finding, Spot
from tripoint.model.evidence import Evidence
from tripoint.model.fault import SEVERITIES

__all__ = ["SCHEMA_VERSION", "as_data", "indented", "render"]

SCHEMA_VERSION = 1


def render(audit: Audit, options: RenderOptions) -> str:
    """Return the audit as JSON, indented, with a final line end."""
    return indented(as_data(audit))


def indented(data: Any) -> str:
    """Return data as `json.dumps` with an indent does, ten times faster, with a final line end."""
    try:
        text = msgspec.json.format(msgspec.json.encode(data), indent=2).decode()
    except UnicodeEncodeError:  # half of a surrogate pair, which only `json` writes
        text = json.dumps(data, ensure_ascii=False, indent=2)
    text += "\n"  # in place, and not as part of a copy
    return json_text(text)


def as_data(audit: Audit) -> dict[str, Any]:
    """Return the audit as plain dictionaries, lists and scalars in the contract's order."""
    inventory = take_inventory(audit)
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "tripoint", "version": audit.version},
        "project": {
            "root": audit.root,
            "revision": audit.revision,
            "revision_date": audit.revision_date,
            "since": audit.since,
        },
        "databases": [_database(evidence) for evidence in audit.evidence],
        "witnesses": [
            {
                "name": witness.name,
                "heard": witness.heard,
                "reason": witness.reason,
                "detail": witness.detail,
                "files": witness.files,
            }
            for witness in audit.testimonies
        ],
        **_inventory(inventory),
        "findings": [_finding(finding) for finding in (*audit.findings, *audit.mended)],
        "proposals": [
            {
                "database": proposal.database,
                "subject": proposal.subject,
                "sql": proposal.sql,
                "verified": proposal.verified,
                "reason": proposal.reason,
            }
            for proposal in audit.proposals
        ],
        "access": [
            {
                "database": access.database,
                "table": access.table,
                "operation": access.operation,
                "role": access.role,
                "rows": access.rows,
                "where": access.where,
                "outcome": access.outcome,
                "reason": access.reason,
                "statement": access.statement,
            }
            for access in audit.access
        ],
        "notices": [
            {
                "kind": notice.kind,
                "spot": _spot(notice.spot) if notice.spot is not None else None,
                "reason": notice.reason,
            }
            for notice in audit.notices
        ],
        "files": [{"path": file.path, "witness": file.witness} for file in audit.files],
        "calls": [{"outcome": call.outcome, "count": call.count} for call in audit.calls],
        "specialists": [
            {"name": one.name, "version": one.version, "heard": one.heard, "reason": one.reason}
            for one in audit.specialists
        ],
        "left_out": [{"reason": reason, "count": count} for reason, count in sorted(audit.left_out.items())],
        "summary": _summary(audit),
    }


def _database(evidence: Evidence) -> dict[str, Any]:
    database = evidence.database
    return {
        "name": database.name,
        "root": database.root,
        "platform": database.platform,
        "migrations": database.migrations_root,
        "definition": database.definition,
    }


def _spot(spot: Spot) -> dict[str, Any]:
    return {
        "path": spot.path,
        "line": spot.line,
        "column": spot.column,
        "end_line": spot.end_line,
        "end_column": spot.end_column,
        "witness": spot.witness,
        "role": spot.role,
        "note": spot.note,
        "excerpt": spot.excerpt,
        "fingerprint": spot.fingerprint,
        "suppressed": spot.suppressed,
        "state": spot.state,
    }


def _spots(spots: tuple[Spot, ...]) -> list[dict[str, Any]]:
    return [_spot(spot) for spot in spots]


def _inventory(inventory: Inventory) -> dict[str, Any]:
    return {
        "tables": [_table(entry) for entry in inventory.tables],
        "functions": [_function(entry) for entry in inventory.functions],
        "enums": [
            {
                "database": entry.database,
                "name": str(entry.name),
                "values": list(entry.values),
                "defined": _spots(entry.defined),
            }
            for entry in inventory.enums
        ],
        "relationships": [_relationship(entry) for entry in inventory.relationships],
    }


def _table(entry: TableEntry) -> dict[str, Any]:
    table = entry.table
    return {
        "database": entry.database,
        "name": str(entry.name),
        "kind": entry.kind,
        "documented": _spots(entry.documented),
        "defined": _spots(entry.defined),
        "used": _spots(entry.used),
        "held": entry.held,
        "row_security": entry.row_security,
        "policies": sorted(table.policies) if table is not None else [],
        "columns": [
            {
                "name": column.name,
                "type": column.type,
                "nullable": column.nullable,
                "documented": column.documented,
                "defined": column.defined,
                "used": column.used,
            }
            for column in entry.columns
        ],
        "keys": [
            {"kind": constraint.kind, "name": constraint.name, "columns": list(constraint.columns)}
            for kind in ("primary", "unique")
            for constraint in (table.constraint(kind) if table is not None else [])
        ],
        "indexes": [
            {
                "name": index.name,
                "columns": [column.name or column.expression or "" for column in index.columns],
                "unique": index.unique,
            }
            for _, index in (sorted(table.indexes.items()) if table is not None else [])
        ],
    }


def _function(entry: FunctionEntry) -> dict[str, Any]:
    return {
        "database": entry.database,
        "name": str(entry.name),
        "arguments": [{"name": name, "type": type_, "default": default} for name, type_, default in entry.arguments],
        "returns": entry.returns,
        "defined": _spots(entry.defined),
        "used": _spots(entry.used),
        "held": entry.held,
    }


def _relationship(entry: RelationshipEntry) -> dict[str, Any]:
    return {
        "database": entry.database,
        "from": entry.from_text,
        "to": entry.to_text,
        "status": entry.status,
        "spots": _spots(entry.spots),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "severity_reason": finding.severity_reason,
        "database": finding.database,
        "subject": finding.subject,
        "message": finding.message,
        "help": finding.help,
        "spots": _spots(finding.spots),
        "suggestions": [
            {
                "kind": suggestion.kind,
                "target": suggestion.target,
                "confidence": suggestion.confidence,
                "reasons": list(suggestion.reasons),
            }
            for suggestion in finding.suggestions
        ],
        "script": finding.script,
        "state": finding.state,
        "suppressed": finding.suppressed,
    }


def _summary(audit: Audit) -> dict[str, int]:
    counts = Counter(finding.severity for finding in audit.findings if finding.suppressed is None)
    suppressed = sum(1 for finding in audit.findings if finding.suppressed is not None)
    return {**{severity: counts[severity] for severity in SEVERITIES}, "suppressed": suppressed}
