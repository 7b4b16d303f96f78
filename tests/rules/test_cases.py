"""Every rule finds its fault in its bad case, exactly there, and nothing in its good one.

A case folder holds two small projects, `bad` and `good`, and `expected.txt`: a line for each finding of the rule in
`bad`, with its severity, its subject, and the file and line of its first spot. Where a `held.sql` stands beside them, a
live database holds what that script makes; the cases of `migration-fails` are replayed, those of what a proof sees are
proven.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tripoint.audit import Options, audit_folder
from tripoint.commands.prove import prover
from tripoint.model.audit import Finding
from tripoint.model.fault import Rule
from tripoint.postgres.server import Server
from tripoint.rules import load_rules

CASES = Path(__file__).parent.parent / "cases"
PROVEN = frozenset({"leaks-rows", "function-leaks-rows", "access-widened", "access-narrowed"})


@contextmanager
def options_for(case: Path) -> Iterator[Options]:
    held = case / "held.sql"
    if not held.exists():
        yield Options(replay=case.name == "migration-fails", prove=prover if case.name in PROVEN else None)
        return
    with Server() as server:
        with server.connect("postgres") as connection:
            connection.execute("create database app")
        url = f"postgresql://postgres:-@/app?host={server.socket}&port=5432"
        with psycopg.connect(url) as application:
            application.execute(held.read_bytes())
        yield Options(live=True, database_url=url)


def shown(finding: Finding) -> str:
    place = f"{finding.spots[0].path}:{finding.spots[0].line}" if finding.spots else "-"
    return f"{finding.severity} {finding.subject} {place}"


def findings_of(rule: str, project: Path, options: Options) -> list[str]:
    return [shown(finding) for finding in audit_folder(project, options).findings if finding.rule == rule]


@pytest.mark.parametrize("rule", [rule.name for rule in load_rules()])
def test_a_rule_finds_its_fault_and_nothing_else(rule: str) -> None:
    case = CASES / rule
    with options_for(case) as options:
        found = findings_of(rule, case / "bad", options)
        assert found == (case / "expected.txt").read_text(encoding="utf-8").splitlines()
        assert findings_of(rule, case / "good", options) == []


def test_every_case_belongs_to_a_rule() -> None:
    assert {case.name for case in CASES.iterdir()} == {rule.name for rule in load_rules()}


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.name)
def test_every_rule_has_a_page_in_three_parts(rule: Rule) -> None:
    for part in ("**What it finds.**", "**Why it matters.**", "**How to mend it.**"):
        assert part in rule.page
