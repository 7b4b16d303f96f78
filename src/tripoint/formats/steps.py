"""What to do about an audit's findings: recommendations by urgency, and the steps that come next."""

from __future__ import annotations

from tripoint.formats.escape import markdown_text
from tripoint.formats.inventory import Inventory
from tripoint.formats.issues import TOGETHER
from tripoint.formats.labels import Labels
from tripoint.model.audit import Audit, Finding
from tripoint.model.fault import Severity
from tripoint.model.words import counted

__all__ = ["next_step_lines", "recommendation_lines"]

_URGENCIES: tuple[tuple[str, tuple[Severity, ...]], ...] = (
    ("### 🔴 Immediate Actions (Critical)", ("critical", "high")),
    ("### 🟡 Short-term Actions (Important)", ("medium",)),
    ("### 🟢 Long-term Actions (Nice to Have)", ("low", "info")),
)

_STEPS: tuple[tuple[str, frozenset[str]], ...] = (
    ("Create the missing tables, or correct what asks for them", frozenset({"missing-table", "dangling-foreign-key"})),
    (
        "Update the domain model documentation",
        frozenset(
            {
                "documented-but-missing",
                "undocumented-table",
                "documented-relationship-missing",
                "documented-type-differs",
            }
        ),
    ),
    (
        "Decide on row security for every table that the API can reach",
        frozenset({"row-security-disabled", "row-security-without-policy", "policy-without-row-security"}),
    ),
    (
        "Bring the migrations into one order",
        frozenset({"duplicate-version", "mixed-version-format", "out-of-order-reference", "missing-baseline"}),
    ),
)


def recommendation_lines(audit: Audit, labels: Labels) -> list[str]:
    """Return what each rule's findings ask for, most urgent first, as lines of Markdown."""
    lines: list[str] = []
    number = 0
    for title, severities in _URGENCIES:
        by_rule: dict[str, list[Finding]] = {}
        for finding in audit.findings:
            if finding.severity in severities and finding.suppressed is None:
                by_rule.setdefault(finding.rule, []).append(finding)
        if not by_rule:
            continue
        lines += [*([""] if lines else []), title, ""]
        for rule, findings in by_rule.items():
            number += 1
            lines.append(f"{number}. **{rule}** ({counted(len(findings), 'finding')})")
            asked: dict[str, dict[str, None]] = {}
            for finding in findings:
                subjects = asked.setdefault(finding.help or finding.message, {})
                subjects[labels.subject(finding.subject, finding.database)] = None
            # What each of many issues asks for stands beside it.
            shown = list(asked.items())[: None if "low" in severities or len(asked) <= TOGETHER else TOGETHER]
            lines += [f"   - {', '.join(subjects)}: {markdown_text(help_)}" for help_, subjects in shown]
            if len(shown) < len(asked):
                lines.append(f"   - and {len(asked) - len(shown)} more, as each finding says")
    return lines or ["None."]


def next_step_lines(audit: Audit, inventory: Inventory) -> list[str]:
    """Return the steps that this audit's outcome calls for, as lines of Markdown."""
    found = {finding.rule for finding in audit.findings if finding.suppressed is None}
    steps = ["Review this audit with the team"] if found or audit.notices else []
    steps += [step for step, rules in _STEPS if found & rules]
    covered = frozenset().union(*(rules for _, rules in _STEPS))
    rest = sorted(found - covered)
    if rest:
        steps.append(f"Mend what {', '.join(rest)} found")
    if any(entry.status == "dangling" for entry in inventory.relationships):
        steps.append("Run the migrations on an empty database, so that every foreign key is tried")
    if audit.notices:
        steps.append(f"Look at the {counted(len(audit.notices), 'notice')}: what could not be read was not audited")
    unheard = [witness.name for witness in audit.testimonies if not witness.heard]
    if unheard:
        steps.append(f"Let the audit hear what it did not: {', '.join(unheard)}")
    return [f"{number}. ⏳ {step}" for number, step in enumerate(steps, 1)] or ["None."]
