"""Every rule finds its fault in its bad case, exactly there, and nothing in its good one.

A case folder holds two small projects, `bad` and `good`, and `expected.txt`: a line for each finding of the rule in
`bad`, with its severity, its subject, and the file and line of its first spot.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder
from tripoint.rules import load_rules

CASES = Path(__file__).parent.parent / "cases"


def findings_of(rule: str, project: Path) -> list[str]:
    return [
        f"{finding.severity} {finding.subject} {finding.spots[0].path}:{finding.spots[0].line}"
        for finding in audit_folder(project).findings
        if finding.rule == rule
    ]


@pytest.mark.parametrize("rule", [rule.name for rule in load_rules()])
def test_a_rule_finds_its_fault_and_nothing_else(rule: str) -> None:
    case = CASES / rule
    assert findings_of(rule, case / "bad") == (case / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert findings_of(rule, case / "good") == []


def test_every_case_belongs_to_a_rule() -> None:
    assert {case.name for case in CASES.iterdir()} == {rule.name for rule in load_rules()}


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.name)
def test_every_rule_has_a_page_in_three_parts(rule: object) -> None:
    page = getattr(rule, "page", "")
    for part in ("**What it finds.**", "**Why it matters.**", "**How to mend it.**"):
        assert part in page
