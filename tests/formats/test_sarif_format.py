"""SARIF: valid by the OASIS schema, a result for each primary spot, and what code scanning needs to follow it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from msgspec.structs import replace

from formats.audit_sample import sample_audit
from tripoint.audit import audit_folder
from tripoint.compare import compare
from tripoint.formats import RenderOptions, format_named
from tripoint.formats.sarif import SECURITY
from tripoint.model.audit import Audit
from tripoint.rules import load_rules

ROOT = Path(__file__).resolve().parent.parent.parent
SCHEMA = Path(__file__).parent / "sarif" / "sarif-schema-2.1.0.json"


@cache
def validator() -> Any:
    return jsonschema_rs.validator_for(json.loads(SCHEMA.read_text("utf-8")))


def log_of(audit: Audit, **options: Any) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(format_named("sarif").render(audit, RenderOptions(**options)))
    validator().validate(log)
    return log


def results_of(audit: Audit, **options: Any) -> list[dict[str, Any]]:
    return [result for run in log_of(audit, **options)["runs"] for result in run["results"]]


def test_the_schema_refuses_what_is_wrong() -> None:
    assert not validator().is_valid({"version": "2.1.0", "runs": [{"results": []}]})


@pytest.mark.parametrize("case", ["missing-table", "row-security-disabled", "documented-but-missing", "unused-ignore"])
def test_logs_of_real_audits_are_valid(case: str) -> None:
    audit = audit_folder(ROOT / "tests" / "cases" / case / "bad")
    results = results_of(audit, suppressed=True)
    assert case in {result["ruleId"] for result in results}


@pytest.mark.parametrize(
    "project", sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir()), ids=lambda path: path.name
)
def test_logs_of_the_examples_are_valid(project: Path) -> None:
    assert results_of(audit_folder(project))


def test_each_primary_spot_is_a_result_with_the_other_side_beside_it() -> None:
    audit = sample_audit()
    results = results_of(audit)
    primary = [spot for finding in audit.findings for spot in finding.spots if spot.role == "primary"]
    assert len(results) >= len(primary)
    prints = [result["partialFingerprints"]["tripoint/v1"] for result in results if "partialFingerprints" in result]
    assert sorted(prints) == sorted(spot.fingerprint or "" for spot in primary)
    related = next(f for f in audit.findings if any(spot.role == "related" for spot in f.spots))
    spot = next(spot for spot in related.spots if spot.role == "related")
    result = next(r for r in results if r["ruleId"] == related.rule and related.subject == r["properties"]["subject"])
    region = result["relatedLocations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"]) == (spot.line, spot.column)
    assert f"]({result['relatedLocations'][0]['id']})" in result["message"]["text"]


def test_a_run_says_its_database_its_columns_and_its_rules() -> None:
    (run,) = log_of(sample_audit())["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["automationDetails"]["id"] == "tripoint/default/"
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.name for rule in load_rules()]
    assert all(rule["help"]["markdown"] and rule["defaultConfiguration"]["level"] for rule in rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_each_database_has_its_run() -> None:
    audit = sample_audit()
    second = replace(audit.evidence[0], database=replace(audit.evidence[0].database, name="billing"))
    both = replace(audit, evidence=(*audit.evidence, second))
    runs = log_of(both)["runs"]
    assert [run["automationDetails"]["id"] for run in runs] == ["tripoint/default/", "tripoint/billing/"]
    assert runs[0]["results"]
    assert not runs[1]["results"]


def test_security_rules_say_how_severe_they_are() -> None:
    assert {rule.name for rule in load_rules()} >= SECURITY
    (run,) = log_of(sample_audit())["runs"]
    for rule in run["tool"]["driver"]["rules"]:
        assert ("security-severity" in rule["properties"]) == (rule["id"] in SECURITY)
        assert ("security" in rule["properties"]["tags"]) == (rule["id"] in SECURITY)


def test_suppressed_results_only_where_they_are_asked_for() -> None:
    audit = sample_audit()
    first, *rest = audit.findings
    spots = tuple(replace(s, suppressed="inline") if s.role == "primary" else s for s in first.spots)
    hidden = replace(audit, findings=(replace(first, suppressed="inline", spots=spots), *rest))
    shown = results_of(hidden)
    assert first.subject not in {r["properties"]["subject"] for r in shown if r["ruleId"] == first.rule}
    asked = results_of(hidden, suppressed=True)
    of_first = [r for r in asked if (r["ruleId"], r["properties"]["subject"]) == (first.rule, first.subject)]
    assert all(r["suppressions"][0]["kind"] == "inSource" for r in of_first)
    assert of_first
    assert all(r["suppressions"] == [] for r in asked if r not in of_first)


def test_comparison_stands_in_every_result() -> None:
    audit = sample_audit()
    before = replace(audit, findings=audit.findings[1:])
    states = {(r["ruleId"], r["baselineState"]) for r in results_of(compare(audit, before.findings))}
    assert (audit.findings[0].rule, "new") in states
    assert (audit.findings[-1].rule, "unchanged") in states


def test_paths_are_those_of_the_repository_and_of_a_uri() -> None:
    audit = sample_audit()
    spot = replace(audit.findings[0].spots[0], path="a b/c:d/é%.ts", role="primary")
    audit = replace(audit, findings=(replace(audit.findings[0], spots=(spot,)),))
    (result,) = results_of(audit, prefix="apps/web/")
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "apps/web/a%20b/c%3Ad/%C3%A9%25.ts"


def test_names_make_no_links_placeholders_or_reordering() -> None:
    audit = sample_audit()
    message = "see [here](https://evil.example) {0} \u202e\x1b[2J\n"
    audit = replace(audit, findings=(replace(audit.findings[0], message=message, suggestions=(), help=None),))
    text = results_of(audit)[0]["message"]["text"]
    assert text.startswith("see \\[here](https://evil.example) {{0}} \\u202e\\x1b[2J\\n.")


def test_what_was_not_heard_or_read_is_notified() -> None:
    (run,) = log_of(sample_audit())["runs"]
    said = " ".join(n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"])
    assert "database was not heard" in said
    assert "permission denied" in said
