"""The formats that forges and their runners read: nothing in a name may leave its place in any of them."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from formats.audit_sample import sample_audit
from tripoint.compare import compare
from tripoint.formats import RenderOptions, format_named
from tripoint.formats.pull_request import LENGTH, MARK
from tripoint.model.audit import Audit

HOSTILE = (
    "public.x\x00\x1b]0;t\x07\n::error::owned\r%0A]]></failure><b>&\"'\u202e`|</summary></code> @team #1 \ud800\uffff"
)


def show(name: str, audit: Audit | None = None, **options: Any) -> str:
    return format_named(name).render(audit or sample_audit(), RenderOptions(**options))


def hostile() -> Audit:
    audit = sample_audit()
    first = audit.findings[0]
    spots = tuple(replace(spot, path=f"a,b:c%\n{spot.path}", note=HOSTILE, excerpt=HOSTILE) for spot in first.spots)
    return replace(
        audit, findings=(replace(first, subject=HOSTILE, message=HOSTILE, help=HOSTILE, spots=spots),), mended=(first,)
    )


def compared() -> Audit:
    """The first finding is new, the last one was mended, the others were there before."""
    audit = sample_audit()
    now = replace(audit, findings=audit.findings[:-1])
    return replace(compare(now, audit.findings[1:]), since="0" * 40)


def test_a_comment_says_what_each_place_is_and_of_which_database() -> None:
    sample = sample_audit()
    text = show("pull-request", sample)
    (finding,) = (f for f in sample.findings if f.rule == "missing-table" and f.severity == "critical")
    for spot in finding.spots:
        if spot.role == "related":
            assert f"- {spot.note}: `{spot.path}:{spot.line}`" in text
    assert "</code> in <code>" not in text
    other = replace(sample.evidence[0], database=replace(sample.evidence[0].database, name="apps/jobs"))
    several = show("pull-request", replace(sample, evidence=(*sample.evidence, other)))
    assert several.count("</code> in <code>default</code></summary>") == text.count("</code></summary>") > 0


# ---- GitHub's workflow commands

_COMMAND = re.compile(r"::(error|warning|notice) ([a-zA-Z]+=[^,:\n]*(?:,[a-zA-Z]+=[^,:\n]*)*)::(.*)")


def test_each_line_is_one_command_or_the_summary() -> None:
    for audit in (sample_audit(), hostile()):
        *commands, summary = show("github", audit).rstrip("\n").split("\n")
        assert all(_COMMAND.fullmatch(command) for command in commands)
        assert summary.startswith("tripoint: ")


def test_names_cannot_end_a_command() -> None:
    text = show("github", hostile())
    assert not set("\x00\x1b\x07\r\u202e") & set(text)
    assert "file=a%2Cb%3Ac%25\\n" in text
    assert "%250A" in text


def test_annotations_stand_at_the_spot() -> None:
    audit = sample_audit()
    spot = next(s for s in audit.findings[0].spots if s.role == "primary")
    text = show("github", prefix="apps/web/")
    assert f"::error file=apps/web/{spot.path},line={spot.line},endLine={spot.end_line},col={spot.column}," in text


def test_annotations_are_of_what_is_new() -> None:
    audit = compared()
    *commands, summary = show("github", audit).rstrip("\n").split("\n")
    titles = {match.group(1) for command in commands if (match := re.search(r"title=([\w-]+) \(", command))}
    assert titles == {audit.findings[0].rule}
    assert summary.startswith("tripoint: 1 new finding (1 ")
    assert summary.endswith(", 1 mended")


# ---- JUnit


def test_junit_counts_what_it_holds() -> None:
    audit = sample_audit()
    for fail_on, failing in (("never", set()), ("critical", {"critical"}), ("high", {"critical", "high"})):
        root = ElementTree.fromstring(show("junit", audit, fail_on=fail_on))
        assert int(root.attrib["tests"]) == len(root.findall(".//testcase")) == len(audit.findings) + 4
        failures = root.findall(".//failure")
        assert int(root.attrib["failures"]) == len(failures) == sum(f.severity in failing for f in audit.findings)
    skipped = {case.attrib["name"] for case in root.iter("testcase") if case.find("skipped") is not None}
    assert "database" in skipped


def test_junit_is_xml_whatever_the_names() -> None:
    text = show("junit", hostile())
    (failure,) = ElementTree.fromstring(text.encode()).iter("failure")
    assert "]]></failure><b>&" in (failure.text or "")
    assert "\x1b" not in text


def test_junit_skips_what_was_there_before() -> None:
    audit = compared()
    root = ElementTree.fromstring(show("junit", audit))
    said = [skipped.attrib["message"] for skipped in root.iter("skipped")]
    assert said.count("was there before") == len(audit.findings) - 1
    assert int(root.attrib["failures"]) == 1


# ---- GitLab's code quality


def test_code_quality_has_what_gitlab_needs() -> None:
    audit = sample_audit()
    issues = json.loads(show("gitlab", audit))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    for issue in issues:
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["lines"]["begin"] >= 1
        assert not issue["location"]["path"].startswith(("/", "./"))
        assert issue["description"]
    assert {issue["check_name"] for issue in issues} == {finding.rule for finding in audit.findings}
    assert "\u202e" not in show("gitlab", hostile())


# ---- the comment on a pull request


def test_comment_says_what_is_new_and_what_was_mended() -> None:
    audit = compared()
    text = show("pull-request", audit)
    assert text.startswith(f"{MARK}\n### tripoint: 1 new finding (1 critical), 1 mended\n")
    assert f"<code>{audit.findings[0].subject}</code>" in text
    assert "<summary>1 mended</summary>" in text
    assert audit.mended[0].rule in text
    assert f"{len(audit.findings) - 1} findings of before" in text
    assert "database was not heard" in text
    assert text.count("<details>") == text.count("</details>")


def test_comment_without_comparison_lists_all() -> None:
    audit = sample_audit()
    text = show("pull-request", audit)
    assert f"### tripoint: {len(audit.findings)} findings" in text
    assert all(finding.rule in text for finding in audit.findings)


def test_names_cannot_leave_the_comments_places() -> None:
    text = show("pull-request", hostile())
    assert not set("\x00\x1b\x07\r\u202e") & set(text)
    assert text.count("</summary>") - text.count("`</summary>") <= text.count("<summary>") + text.count("`")
    summary = next(line for line in text.split("\n") if line.startswith("<summary>") and "public.x" in line)
    assert summary.count("</code>") == 1
    assert "&lt;/summary&gt;&lt;/code&gt;" in summary
    outside = re.sub(r"(`+).*?\1", "", text)
    assert "@team" not in outside.replace(summary, "")
    assert not re.search(r"(?<!\\)<b>&", outside)


@pytest.mark.parametrize("number", [200, 5000])
def test_comment_keeps_to_its_length_and_says_what_is_left_out(number: int) -> None:
    audit = sample_audit()
    first = audit.findings[0]
    many = tuple(replace(first, subject=f"public.é{n}") for n in range(number))
    low = tuple(replace(first, severity="low", subject=f"public.low{n}") for n in range(number))
    text = show("pull-request", replace(audit, findings=many + low, mended=many))
    assert len(text.encode()) <= LENGTH
    assert "more: the comment is full" in text
    assert text.count("<details>") == text.count("</details>")
