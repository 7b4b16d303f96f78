"""What the HTML page shows, as plain data: `assets/*.js` reads these keys."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from tripoint.assemble import mask_credentials
from tripoint.formats.diagram import Box, Diagram, Line, draw
from tripoint.formats.escape import visible
from tripoint.formats.excerpt import near
from tripoint.formats.format import RenderOptions
from tripoint.formats.inventory import Inventory, RelationshipEntry, TableEntry, end_text, take_inventory
from tripoint.formats.meaning import worth_saying
from tripoint.model.audit import Audit, Finding, Spot
from tripoint.model.fault import LIKELY, SEVERITIES
from tripoint.model.name import Name
from tripoint.rules import page_of

__all__ = ["page_data"]

_CONTEXT = 2
"""Lines before and after a spot."""
_LINE_LENGTH = 400
"""Code points of a line in an excerpt."""
_SPOTS = 100
"""The places of a relationship that are shown: foreign keys of the same columns share theirs."""
_EXCERPTS = 40
"""Spots of one finding that get an excerpt of their surroundings; the others show the text that they mark."""


def page_data(audit: Audit, options: RenderOptions) -> dict[str, Any]:
    """Return everything that the page shows."""
    inventory = take_inventory(audit)
    diagrams = {e.database.name: draw(audit, inventory, e.database.name) for e in audit.evidence}
    tables = _tables(audit, inventory, diagrams)
    return {
        "version": audit.version,
        "revision": audit.revision,
        "revisionDate": audit.revision_date,
        "databases": [e.database.name for e in audit.evidence],
        "witnesses": [
            {"name": w.name, "heard": w.heard, "files": w.files, "reason": w.reason, "detail": w.detail}
            for w in audit.testimonies
        ],
        "summary": _summary(audit),
        "findings": _findings(audit, {table["id"] for table in tables}, options),
        "rules": {rule: _page_parts(rule) for rule in sorted({finding.rule for finding in audit.findings})},
        "tables": tables,
        "relationships": _relationships(inventory, diagrams),
        "functions": [
            {
                "name": str(f.name),
                "arguments": [f"{name} {type_}" if name else type_ for name, type_, _ in f.arguments],
                "returns": f.returns,
                "defined": _places(f.defined),
                "used": _places(f.used),
            }
            for f in inventory.functions
        ],
        "enums": [{"name": str(e.name), "values": list(e.values)} for e in inventory.enums],
        "notices": [
            {
                "kind": n.kind,
                "reason": visible(n.reason),
                "place": visible(f"{n.spot.path}:{n.spot.line}") if n.spot is not None else None,
            }
            for n in audit.notices
        ],
        "files": [
            {"witness": witness, "count": count}
            for witness, count in sorted(Counter(file.witness for file in audit.files).items())
        ],
        "calls": [{"outcome": call.outcome, "count": call.count} for call in audit.calls],
        "leftOut": [{"reason": reason, "count": count} for reason, count in sorted(audit.left_out.items())],
    }


def _identity(database: str, name: Name | str) -> str:
    return f"{database}/{name}"


def _summary(audit: Audit) -> dict[str, int]:
    counts = Counter(finding.severity for finding in audit.findings if finding.suppressed is None)
    suppressed = sum(1 for finding in audit.findings if finding.suppressed is not None)
    return {**{severity: counts[severity] for severity in SEVERITIES}, "suppressed": suppressed}


# ---- findings


def _findings(audit: Audit, tables: set[str], options: RenderOptions) -> list[dict[str, Any]]:
    proposals = defaultdict(list)
    for proposal in audit.proposals:
        proposals[proposal.database, proposal.subject].append(
            {"sql": proposal.sql, "verified": proposal.verified, "reason": proposal.reason}
        )
    identities = _identities(audit.findings)
    return [
        {
            "id": identity,
            "rule": finding.rule,
            "severity": finding.severity,
            "reason": finding.severity_reason,
            "database": finding.database,
            "subject": visible(finding.subject),
            "message": visible(finding.message),
            "help": visible(finding.help) if finding.help else None,
            "script": finding.script,
            "state": finding.state,
            "suppressed": finding.suppressed,
            "spots": [_spot(spot, n < _EXCERPTS, options) for n, spot in enumerate(finding.spots)],
            "suggestions": [
                {
                    "kind": s.kind,
                    "perhaps": s.kind == "rename" and s.confidence < LIKELY,
                    "target": visible(s.target),
                    "confidence": s.confidence,
                    "reasons": [visible(reason) for reason in s.reasons],
                }
                for s in finding.suggestions
                if worth_saying(s)
            ],
            "proposals": proposals[finding.database, finding.subject],
            "tables": _tables_of(finding, tables),
        }
        for identity, finding in zip(identities, audit.findings, strict=True)
    ]


def _identities(findings: Iterable[Finding]) -> Iterator[str]:
    """What a link to a finding says: the same in the next report, as long as rule, database and subject are."""
    equals: Counter[str] = Counter()
    for finding in findings:
        text = "\0".join((finding.rule, finding.database, finding.subject))
        identity = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]
        equals[identity] += 1
        yield identity if equals[identity] == 1 else f"{identity}-{equals[identity]}"


def _tables_of(finding: Finding, tables: set[str]) -> list[str]:
    """The tables that a finding's subject names: `schema.table`, a column of it, a policy on it, two of them."""
    found = []
    for part in finding.subject.split(" -> "):
        # A name may itself hold a point or a slash, so what exists decides: the longest prefix that is a table.
        ends = [len(part), *(match.start() for match in reversed(list(re.finditer(r"[./]", part))))]
        known = (_identity(finding.database, part[:end]) for end in ends)
        found += [next((identity for identity in known if identity in tables), None)]
    return [identity for identity in dict.fromkeys(found) if identity is not None]


def _spot(spot: Spot, in_full: bool, options: RenderOptions) -> dict[str, Any]:
    return {
        "path": visible(spot.path),
        "line": spot.line,
        "witness": spot.witness,
        "role": spot.role,
        "note": visible(spot.note) if spot.note else None,
        "suppressed": spot.suppressed,
        "excerpt": visible(spot.excerpt),
        "lines": _lines(spot, _CONTEXT if in_full else 0, options),
    }


def _lines(spot: Spot, context: int, options: RenderOptions) -> list[list[Any]]:
    """The spot's first line as [number, before, marked, after], and the lines around it as [number, text]."""
    raw = options.read_line(spot.path, spot.line)
    if raw is None or spot.column - 1 > len(raw):
        return [[spot.line, "", visible(spot.excerpt), ""]] if spot.excerpt else []
    lines: list[list[Any]] = []
    for number in range(max(1, spot.line - context), spot.line + context + 1):
        if number == spot.line:
            lines.append([number, *_marked(raw, spot)])
        else:
            other = options.read_line(spot.path, number)
            if other is not None:
                lines.append([number, _code(mask_credentials(other[: 2 * _LINE_LENGTH]))])
    while len(lines[-1]) == 2 and not lines[-1][1].strip():
        lines.pop()
    while len(lines[0]) == 2 and not lines[0][1].strip():
        lines.pop(0)
    return lines


def _marked(raw: str, spot: Spot) -> tuple[str, str, str]:
    raw, start, end = near(raw, spot)
    if mask_credentials(raw) != raw:  # its parts could show what the whole hides
        return "", _code(mask_credentials(raw)), ""
    before = raw[:start]
    if len(before) > _LINE_LENGTH // 2:
        before = "…" + before[-_LINE_LENGTH // 2 :]
    return _code(before), _code(raw[start:end]), _code(raw[end:])


def _code(text: str) -> str:
    cut = text if len(text) <= _LINE_LENGTH else text[:_LINE_LENGTH] + "…"
    return visible(cut.replace("\t", "    ").rstrip("\r\n"))


def _page_parts(rule: str) -> list[list[str]]:
    """A rule's page as [title, text] of its three parts, without Markdown's marks."""
    parts = re.findall(r"\*\*(.+?)\*\*\s*(.+?)(?=\n\n\*\*|\Z)", page_of(rule) or "", re.DOTALL)
    return [[title, " ".join(text.replace("`", "").split())] for title, text in parts]


# ---- tables


def _tables(audit: Audit, inventory: Inventory, diagrams: dict[str, Diagram]) -> list[dict[str, Any]]:
    access = defaultdict(list)
    for cell in audit.access:
        access[_identity(cell.database, cell.table)].append(
            {
                "operation": cell.operation,
                "role": cell.role,
                "rows": cell.rows,
                "where": visible(cell.where) if cell.where else None,
                "outcome": cell.outcome,
                "reason": visible(cell.reason) if cell.reason else None,
                "statement": visible(cell.statement) if cell.statement else None,
            }
        )
    entries = {(entry.database, entry.name): entry for entry in inventory.tables}
    found = []
    for database, diagram in diagrams.items():
        for box in diagram.boxes:
            table = _table(database, box, entries.get((database, box.name)))
            found.append({**table, "access": access[table["id"]]})
    return found


def _table(database: str, box: Box, entry: TableEntry | None) -> dict[str, Any]:
    table = entry.table if entry is not None else None
    claims = {column.name: column for column in entry.columns} if entry is not None else {}
    indexes = table.indexes.values() if table is not None else ()
    return {
        "id": _identity(database, box.name),
        "database": database,
        "schema": box.name.schema,
        "bare": visible(box.name.name),
        "name": visible(str(box.name)),
        "kind": box.kind,
        "drift": list(box.drift),
        "platform": box.platform,
        "junction": box.junction,
        "comment": visible(box.comment) if box.comment else None,
        "rowSecurity": entry.row_security if entry is not None else None,
        "held": entry.held if entry is not None else None,
        "columns": [
            {
                "name": visible(field.name),
                "type": visible(field.type) if field.type else None,
                "nullable": field.nullable,
                "primary": field.primary,
                "foreign": field.foreign,
                "unique": field.unique,
                "defined": field.defined,
                "default": visible(field.default) if field.default else None,
                "comment": visible(field.comment) if field.comment else None,
                "documented": claims[field.name].documented if field.name in claims else None,
                "used": claims[field.name].used if field.name in claims else None,
            }
            for field in box.fields
        ],
        "indexes": [
            {
                "name": visible(index.name),
                "columns": [visible(column.name or column.expression or "") for column in index.columns],
                "unique": index.unique,
            }
            for index in sorted(indexes, key=lambda index: index.name)
        ],
        "policies": [
            {
                "name": visible(policy.name),
                "command": policy.command,
                "permissive": policy.permissive,
                "roles": list(policy.roles),
                "using": visible(policy.using) if policy.using else None,
                "check": visible(policy.check) if policy.check else None,
            }
            for _, policy in (sorted(table.policies.items()) if table is not None else ())
        ],
        "documented": _places(entry.documented) if entry is not None else [],
        "defined": _places(entry.defined) if entry is not None else [],
        "used": _places(entry.used) if entry is not None else [],
    }


def _places(spots: tuple[Spot, ...]) -> list[dict[str, Any]]:
    return [
        {"path": visible(s.path), "line": s.line, "note": s.note, "excerpt": visible(s.excerpt[:_LINE_LENGTH])}
        for s in spots
    ]


def _relationships(inventory: Inventory, diagrams: dict[str, Diagram]) -> list[dict[str, Any]]:
    spots: dict[tuple[str, Name, tuple[str, ...], Name], list[RelationshipEntry]] = defaultdict(list)
    for entry in inventory.relationships:
        spots[entry.database, entry.from_table, entry.from_columns, entry.to_table].append(entry)
    return [
        _relationship(database, line, spots[database, line.from_table, line.from_columns, line.to_table])
        for database, diagram in diagrams.items()
        for line in diagram.lines
    ]


def _relationship(database: str, line: Line, entries: list[RelationshipEntry]) -> dict[str, Any]:
    return {
        "from": _identity(database, line.from_table),
        "to": _identity(database, line.to_table),
        "fromColumns": [visible(column) for column in line.from_columns],
        "toColumns": [visible(column) for column in line.to_columns],
        "fromText": visible(end_text(line.from_table, line.from_columns)),
        "toText": visible(end_text(line.to_table, line.to_columns)),
        "fromMany": line.from_many,
        "toMany": line.to_many,
        "status": line.status,
        "through": visible(str(line.through)) if line.through is not None else None,
        "onDelete": line.on_delete,
        "spots": [] if line.through is not None else _places(tuple(spot for e in entries for spot in e.spots)[:_SPOTS]),
    }
