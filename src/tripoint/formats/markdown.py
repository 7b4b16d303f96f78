"""The audit as a report in Markdown: each section is filled from the evidence, none from a template's guess."""

from __future__ import annotations

from collections import Counter

from tripoint.formats.escape import markdown_cell, markdown_code, markdown_fence, markdown_text
from tripoint.formats.format import RenderOptions
from tripoint.formats.inventory import Inventory, RelationshipEntry, TableEntry, take_inventory
from tripoint.formats.issues import issue_lines
from tripoint.formats.labels import Labels, places_by_file
from tripoint.formats.steps import next_step_lines, recommendation_lines
from tripoint.model.audit import REPORT_MARK, Audit, Testimony
from tripoint.model.fault import SEVERITIES
from tripoint.model.name import Name
from tripoint.model.words import counted, listed

__all__ = ["render"]

_CODE_FILES = 100
"""More files of code than these are counted by folder; the JSON format names each."""


def render(audit: Audit, options: RenderOptions) -> str:
    """Return the report: summary, inventory, issues, documents against migrations, relationships, row security."""
    inventory = take_inventory(audit)
    labels = Labels(audit)
    sections = [
        _head(audit),
        _summary(audit),
        _inventory(audit, inventory, labels),
        ["## ⚠️ Critical Issues", "", *issue_lines(audit, inventory, labels)],
        _expected(audit, inventory, labels),
        _undocumented(inventory, labels),
        _relationships(inventory, labels),
        _row_security(inventory, labels),
        ["## Recommendations", "", *recommendation_lines(audit, labels)],
        _proposals(audit, labels),
        ["## Next Steps", "", *next_step_lines(audit, inventory)],
        _files(audit),
        _foot(audit),
    ]
    return "\n\n---\n\n".join("\n".join(section).strip("\n") for section in sections) + "\n"


def _head(audit: Audit) -> list[str]:
    return [
        "# Database Schema Audit Report",
        "",
        REPORT_MARK,
        "",
        f"**Date:** {_date(audit)}  ",
        "**Purpose:** Verify that documents, migrations, code and database agree on the schema",
    ]


def _date(audit: Audit) -> str:
    if audit.revision is None:
        return "none (what was audited is no commit)"
    return f"{audit.revision_date} (commit {markdown_code(audit.revision[:12])})"


def _summary(audit: Audit) -> list[str]:
    lines = ["## Executive Summary", "", "This audit compares:", ""]
    titles = {
        "documents": "Expected Schema",
        "migrations": "Actual Migrations",
        "code": "Code Usage",
        "database": "Held by the Database",
    }
    lines += [
        f"{number}. **{titles[witness.name]}** ({_heard(audit, witness)})"
        for number, witness in enumerate(audit.testimonies, 1)
    ]
    counts = Counter(finding.severity for finding in audit.findings if finding.suppressed is None)
    suppressed = sum(1 for finding in audit.findings if finding.suppressed is not None)
    said = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity])
    if suppressed:
        said += f"{', ' if said else ''}{suppressed} suppressed"
    silent = [witness.name for witness in audit.testimonies if not witness.heard and witness.name != "database"]
    clean = f"⚠️ **No Issues Found**, but not heard: {listed(silent)}" if silent else "✅ **No Issues Found**"
    verdict = "⚠️ **Issues Found**" if counts else clean
    lines += ["", f"**Status:** {verdict}{f': {said}' if said else ''}"]
    if audit.notices:
        undecided = counted(len(audit.notices), "notice")
        lines += ["", f"**Not read or not decided:** {undecided}, listed under [Files Analyzed](#files-analyzed)"]
    return lines


def _heard(audit: Audit, witness: Testimony) -> str:
    if not witness.heard:
        return f"not heard: {markdown_text(witness.reason or 'nothing was found')}"
    paths = [file.path for file in audit.files if file.witness == witness.name]
    roots = [e.database.migrations_root for e in audit.evidence if e.database.migrations_root is not None]
    if witness.name == "migrations" and roots:
        return f"from {listed(markdown_code(root.rstrip('/') + '/') for root in roots)}, {counted(len(paths), 'file')}"
    if witness.name == "code":
        calls = ", ".join(f"{call.count} {markdown_text(call.outcome)}" for call in audit.calls if call.count)
        return f"from {counted(len(paths), 'file')}{f'; calls: {calls}' if calls else ''}"
    if 0 < len(paths) <= 5:
        return f"from {listed(map(markdown_code, paths))}"
    return f"from {counted(witness.files, 'file')}"


def _inventory(audit: Audit, inventory: Inventory, labels: Labels) -> list[str]:
    lines = ["## Tables Found in Migrations", ""]
    order = {
        (evidence.database.name, migration.path): number
        for evidence in audit.evidence
        for number, migration in enumerate(evidence.database.migrations)
    }

    def position(entry: TableEntry) -> tuple[str, bool, int, int, str]:
        first = entry.defined[0] if entry.defined else None
        number = order.get((entry.database, first.path), len(order)) if first is not None else 0
        return entry.database, first is not None, number, first.line if first is not None else 0, str(entry.name)

    missing = {id(entry) for entry in labels.vouched(inventory)}
    rows = sorted((entry for entry in inventory.tables if entry.table or id(entry) in missing), key=position)
    if not rows:
        return [*lines, "No migration creates a table."]
    lines += ["### ✅ Core Tables (Exist in Migrations)", "", "| Table | Migration | Status |", "|---|---|---|"]
    for entry in rows:
        name = markdown_cell(labels.code(entry.name, entry.database))
        if entry.table is None:
            lines.append(f"| {name} | ❌ **NOT FOUND** | ⚠️ **MISSING** |")
        else:
            where = ", ".join(markdown_cell(markdown_code(labels.file(spot.path))) for spot in entry.defined)
            kind = "" if entry.kind == "table" else f" ({entry.kind.replace('-', ' ')})"
            held = " here, ❌ not in the database" if entry.held is False else ""
            lines.append(f"| {name} | {where or 'the schema file'} | ✅ Exists{held}{kind} |")
    return lines


def _expected(audit: Audit, inventory: Inventory, labels: Labels) -> list[str]:
    lines = ["## Tables Expected But Not Found", ""]
    if not labels.heard("documents"):
        return [*lines, "No document was heard, so nothing is known to be expected."]
    vouched = {id(entry) for entry in labels.vouched(inventory)}
    entries = [e for e in inventory.tables if e.table is None and e.documented and not e.used and id(e) not in vouched]
    if not entries:
        return [*lines, "Every table that the documents describe exists or is named above."]
    lines += ["### From Domain Model:", ""]
    for entry in entries:
        meant = labels.meant(audit, entry)
        places = ", ".join(places_by_file(entry.documented))
        also = f"; {meant}" if meant else ""
        lines.append(f"- ❌ {labels.code(entry.name, entry.database)} - Not found in migrations ({places}{also})")
    return [
        *lines,
        "",
        "**Note:** These may be planned and not yet built, represented by other tables, or left over from before.",
    ]


def _undocumented(inventory: Inventory, labels: Labels) -> list[str]:
    lines = ["## Tables in Migrations But Not in Domain Model", ""]
    if not labels.heard("documents"):
        return [*lines, "No document was heard, so nothing can be called undocumented."]
    entries = [e for e in inventory.tables if e.table is not None and e.kind == "table" and not e.documented]
    if not entries:
        return [*lines, "The documents name every table of the migrations."]
    lines += ["### Additional Tables Found:", ""]
    for entry in entries:
        places = ", ".join(places_by_file(entry.defined))
        uses = counted(len(entry.used), "use") if entry.used else "no use"
        lines.append(f"- ✅ {labels.code(entry.name, entry.database)} - Created in {places}; {uses} in code")
    return [*lines, "", "**Status:** These exist and no document that was read describes them."]


def _relationships(inventory: Inventory, labels: Labels) -> list[str]:
    lines = ["## Foreign Key Relationships"]
    groups: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("### Verified Relationships:", "✅", ("verified", "undocumented")),
        ("### Dangling Relationships:", "❌", ("dangling",)),
        ("### Mismatched Relationships:", "⚠️", ("mismatched",)),
        ("### Missing Relationships:", "❌", ("documented-only",)),
    )
    known = {(entry.database, entry.name): entry for entry in inventory.tables}
    for title, mark, statuses in groups:
        entries = [entry for entry in inventory.relationships if entry.status in statuses]
        if entries:
            lines += ["", title, ""]
            lines += [f"- {mark} {_relationship(entry, known, labels)}" for entry in entries]
    if not inventory.relationships:
        lines += ["", "No foreign key and no document relates two tables."]
    return lines


def _relationship(entry: RelationshipEntry, known: dict[tuple[str, Name], TableEntry], labels: Labels) -> str:
    ends = (
        f"{labels.code(entry.from_table, entry.database, entry.from_columns)} → "
        f"{labels.code(entry.to_table, entry.database, entry.to_columns)}"
    )
    absent = [
        name
        for name in (entry.from_table, entry.to_table)
        if (table := known.get((entry.database, name))) is not None and table.table is None
    ]
    remark = ""
    if entry.status == "dangling":
        remark = f"{labels.code(absent[-1], entry.database)} does not exist" if absent else "the column does not exist"
    elif entry.status == "mismatched":
        remark = "the two columns have different types"
    elif entry.status == "documented-only":
        remark = f"{labels.code(absent[0], entry.database)} does not exist" if absent else "no foreign key holds it"
    elif entry.status == "undocumented":
        remark = "in no document"
    places = ", ".join(places_by_file(entry.spots[-1:]))
    return f"{ends} ({'; '.join(part for part in (remark, places) if part)})" if remark or places else ends


def _row_security(inventory: Inventory, labels: Labels) -> list[str]:
    lines = ["## Row Level Security (RLS) Status"]
    tables = [entry for entry in inventory.tables if entry.row_security is not None and entry.table is not None]
    enabled = [entry for entry in tables if entry.row_security]
    disabled = [entry for entry in tables if not entry.row_security]
    for title, entries in (("### ✅ Tables with RLS Enabled:", enabled), ("### ❌ Tables without RLS:", disabled)):
        if not entries:
            continue
        lines += ["", title, ""]
        for entry in entries:
            policies = len(entry.table.policies) if entry.table is not None else 0
            said = counted(policies, "policy", "policies") if policies else "no policy"
            lines.append(f"- {labels.code(entry.name, entry.database)} ({said})")
    if not tables:
        status = "No table exists"
    elif disabled:
        status = f"⚠️ {len(disabled)} of {counted(len(tables), 'table')} without row security"
    else:
        status = "✅ All existing tables have RLS enabled"
    return [*lines, "", f"**Status:** {status}"]


def _proposals(audit: Audit, labels: Labels) -> list[str]:
    if not audit.proposals:
        return ["## Proposed SQL", "", "This audit proposes no SQL."]
    lines: list[str] = []
    for proposal in audit.proposals:
        state = "Verified by running it." if proposal.verified else f"Not verified: {proposal.reason or 'not run'}."
        lines += [
            f"## Proposed SQL for {markdown_code(labels.short(proposal.subject))}",
            "",
            markdown_text(state),
            "",
            markdown_fence(proposal.sql, "sql"),
            "",
        ]
    return lines


def _files(audit: Audit) -> list[str]:
    lines = ["## Files Analyzed", ""]
    for witness, title in (("documents", "Expected schema"), ("migrations", "Migration"), ("database", "Database")):
        lines += [f"- {markdown_code(f.path)} - {title}" for f in audit.files if f.witness == witness]
    code = [file.path for file in audit.files if file.witness == "code"]
    if len(code) <= _CODE_FILES:
        lines += [f"- {markdown_code(path)} - Usage" for path in code]
    else:
        folders = Counter(path.rpartition("/")[0] or "." for path in code)
        lines += [
            f"- {markdown_code(folder)} - Usage, {counted(count, 'file')}" for folder, count in sorted(folders.items())
        ]
    if not audit.files:
        lines.append("None.")
    if audit.specialists:
        lines += ["", "### Other Linters", ""]
        lines += [
            f"- {one.name} {markdown_text(one.version or '')}" if one.heard else f"- {markdown_text(one.reason or '')}"
            for one in audit.specialists
        ]
    if audit.left_out:
        lines += ["", "### Left Out", ""]
        lines += [
            f"- {counted(count, 'file')}: {markdown_text(reason)}" for reason, count in sorted(audit.left_out.items())
        ]
    if audit.notices:
        lines += ["", "### Not Read or Not Decided", ""]
        for notice in audit.notices:
            place = f"{markdown_code(f'{notice.spot.path}:{notice.spot.line}')} - " if notice.spot is not None else ""
            lines.append(f"- {place}{notice.kind}: {markdown_text(notice.reason)}")
    return lines


def _foot(audit: Audit) -> list[str]:
    return [
        f"**Audited:** {_date(audit)}  ",
        f"**Audited With:** tripoint {audit.version}",
    ]
