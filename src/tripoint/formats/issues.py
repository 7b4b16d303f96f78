"""The issues of the Markdown report: every finding that no later section is made for, worst first."""

from __future__ import annotations

import re
from itertools import groupby

from tripoint.formats.escape import markdown_code, markdown_text
from tripoint.formats.inventory import Inventory, RelationshipEntry
from tripoint.formats.labels import Labels, lines_by_file, places_by_file
from tripoint.formats.meaning import worth_saying
from tripoint.model.audit import Audit, Finding
from tripoint.model.fault import LIKELY, Severity, Suggestion
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.rules import page_of

__all__ = ["BADGES", "TOGETHER", "issue_lines", "issues_of"]

TOGETHER = 5
"""More findings than these, of one rule and severity, stand in one section."""

BADGES: dict[Severity, str] = {"critical": "🔴", "high": "🟠", "medium": "🟡", "low": "🟢", "info": "🔵"}

_OWN_SECTION = frozenset({"documented-but-missing", "undocumented-table", "documented-relationship-missing"})
"""Rules whose findings a later section lists one by one."""

_WHY = regex(r"\*\*Why it matters\.\*\*\s*(.+?)(?:\n\s*\n|\Z)", re.DOTALL)


def issues_of(audit: Audit) -> list[Finding]:
    """Return the findings that are issues of their own.

    A foreign key that dangles because its table is missing is evidence of the missing table, not a second issue.
    """
    missing = {(f.database, f.subject) for f in audit.findings if f.rule == "missing-table"}
    return [
        finding
        for finding in audit.findings
        if finding.suppressed is None
        and finding.rule not in _OWN_SECTION
        and not (
            finding.rule == "dangling-foreign-key"
            and (finding.database, finding.subject.rpartition(" -> ")[2]) in missing
        )
    ]


def issue_lines(audit: Audit, inventory: Inventory, labels: Labels) -> list[str]:
    """Return the issues, numbered, as lines of Markdown; those of low severity and below are listed after them."""
    issues = issues_of(audit)
    if not issues:
        return ["None."]
    minor = [finding for finding in issues if finding.severity in ("low", "info")]
    parts: list[list[str]] = []
    alike = groupby((f for f in issues if f.severity not in ("low", "info")), key=lambda f: (f.severity, f.rule))
    for _, group in alike:
        members = list(group)
        if len(members) > TOGETHER and members[0].rule != "missing-table":
            parts.append(_issues(len(parts) + 1, members, labels))
        else:
            for finding in members:
                parts.append(_issue(len(parts) + 1, finding, inventory, labels))
    if minor:
        parts.append(["### Further Findings", "", *(_minor(finding, labels) for finding in minor)])
    return "\n\n---\n\n".join("\n".join(part).strip() for part in parts).split("\n")


def _minor(finding: Finding, labels: Labels) -> str:
    primary = [spot for spot in finding.spots if spot.role == "primary"]
    where = f" ({', '.join(places_by_file(primary[:3]))})" if primary else ""
    subject = labels.subject(finding.subject, finding.database)
    return f"- {BADGES[finding.severity]} **{finding.rule}** {subject}: {markdown_text(finding.message)}{where}"


def _issues(number: int, findings: list[Finding], labels: Labels) -> list[str]:
    """Many findings of one rule: what they have in common once, and of each what is its own."""
    first = findings[0]
    lines = [f"### {number}. **{first.rule.replace('-', ' ').upper()}: {counted(len(findings), 'finding')}**", ""]
    lines.append(f"**Severity:** {BADGES[first.severity]} **{first.severity.upper()}**")
    reasons = {finding.severity_reason for finding in findings}
    if len(reasons) == 1 and first.severity_reason:
        lines[-1] += f" ({markdown_text(first.severity_reason)})"
    lines += ["", "**Evidence:**", ""]
    helps = {finding.help for finding in findings}
    for finding in findings:
        primary = [spot for spot in finding.spots if spot.role == "primary"]
        where = ", ".join(_place(path, found) for path, found in lines_by_file(primary).items())
        subject = labels.subject(finding.subject, finding.database)
        lines.append(f"- {subject}: {markdown_text(finding.message)}" + (f" {where}" if where else ""))
        if len(reasons) > 1 and finding.severity_reason:
            lines.append(f"  - {finding.severity}: {markdown_text(finding.severity_reason)}")
        for suggestion in [one for one in finding.suggestions if worth_saying(one)][:1]:
            lines.append(f"  - {_explanation(suggestion, labels)}")
        if len(helps) > 1 and finding.help:
            lines.append(f"  - {markdown_text(finding.help)}")
    lines += _impact(first)
    if len(helps) == 1 and first.help:
        lines += ["", f"**Action Required:** {markdown_text(first.help)}"]
    return lines


def _issue(number: int, finding: Finding, inventory: Inventory, labels: Labels) -> list[str]:
    lines = [f"### {number}. **{_title(finding, labels)}**", ""]
    lines.append(f"**Severity:** {BADGES[finding.severity]} **{finding.severity.upper()}**")
    if finding.severity_reason:
        lines[-1] += f" ({markdown_text(finding.severity_reason)})"
    lines += ["", "**Evidence:**", "", f"- {markdown_text(finding.message)}"]
    lines += _documents(finding)
    lines += _keys(finding, inventory, labels)
    lines += _other_places(finding)
    lines += _code_references(finding)
    lines += _explanations(finding, labels)
    lines += _impact(finding)
    if finding.help:
        lines += ["", f"**Action Required:** {markdown_text(finding.help)}"]
    return lines


def _impact(finding: Finding) -> list[str]:
    why = _WHY.search(page_of(finding.rule) or "")
    return ["", f"**Impact:** {' '.join(why.group(1).split())}"] if why is not None else []


def _title(finding: Finding, labels: Labels) -> str:
    subject = labels.subject(finding.subject, finding.database)
    if finding.rule != "missing-table":
        return f"{finding.rule.replace('-', ' ').upper()}: {subject}"
    likely = any(s.kind == "rename" and s.confidence >= LIKELY for s in finding.suggestions)
    if likely and (finding.severity == "medium" or any(spot.note == "renamed here" for spot in finding.spots)):
        return f"MISMATCH: {subject} Table Referenced But Not Found"
    return f"MISSING: {subject} Table"


def _documents(finding: Finding) -> list[str]:
    found = lines_by_file(spot for spot in finding.spots if spot.witness == "documents")
    return [f"- Described in {_place(path, lines)}" for path, lines in found.items()]


def _keys(finding: Finding, inventory: Inventory, labels: Labels) -> list[str]:
    if finding.rule != "missing-table":
        return []
    pointing: list[RelationshipEntry] = [
        entry
        for entry in inventory.relationships
        if entry.database == finding.database and entry.status == "dangling" and str(entry.to_table) == finding.subject
    ]
    if not pointing:
        return []
    lines = ["- Referenced by foreign keys in:"]
    for entry in pointing:
        places = "; ".join(
            _place(path, found)
            for path, found in lines_by_file(s for s in entry.spots if s.witness == "migrations").items()
        )
        lines.append(f"  - {labels.code(entry.from_table, entry.database, entry.from_columns)}: {places}")
    return lines


def _other_places(finding: Finding) -> list[str]:
    """The places in migrations and the database; those of a missing table's foreign keys stand there already."""
    lines = []
    for spot in finding.spots:
        if spot.witness in ("migrations", "database") and not (
            finding.rule == "missing-table" and spot.role == "related"
        ):
            note = f" - {markdown_text(spot.note)}" if spot.note else ""
            lines.append(f"- {_place(spot.path, [spot.line])}{note}")
    return list(dict.fromkeys(lines))


def _code_references(finding: Finding) -> list[str]:
    found = lines_by_file(spot for spot in finding.spots if spot.witness == "code")
    if not found:
        return []
    return ["", "**Code References:**", "", *(f"- {_place(path, lines)}" for path, lines in found.items())]


def _explanations(finding: Finding, labels: Labels) -> list[str]:
    shown = [suggestion for suggestion in finding.suggestions if worth_saying(suggestion)]
    if not shown:
        return []
    said = (f"{number}. {_explanation(suggestion, labels)}" for number, suggestion in enumerate(shown, 1))
    return ["", "**Possible Explanations:**", "", *said]


_MEANINGS = {
    "rename": "{} is what is meant",
    "create": "{} is still to be created",
    "drop": "{} can go",
    "document": "{} is still to be documented",
    "change-code": "the code should ask for {}",
}


def _explanation(suggestion: Suggestion, labels: Labels) -> str:
    perhaps = suggestion.kind == "rename" and suggestion.confidence < LIKELY
    form = "{} may be what is meant" if perhaps else _MEANINGS[suggestion.kind]
    said = form.format(markdown_code(labels.short(suggestion.target)))
    reasons = f": {markdown_text('; '.join(suggestion.reasons))}" if suggestion.reasons else ""
    return f"{said} (confidence {suggestion.confidence:.0%}){reasons}"


def _place(path: str, lines: list[int]) -> str:
    return f"{markdown_code(path)} (line {', '.join(map(str, lines))})"
