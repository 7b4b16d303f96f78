"""The report in Markdown: its sections in their order, each filled from the evidence."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from msgspec.structs import replace

from formats.audit_sample import sample_audit
from tripoint.formats import RenderOptions, format_named
from tripoint.model.audit import REPORT_MARK, Audit, Proposal


def report(audit: Audit | None = None) -> str:
    return format_named("markdown").render(audit or sample_audit(), RenderOptions())


def section(text: str, title: str) -> str:
    return text.split(f"## {title}\n", 1)[1].split("\n---\n", 1)[0]


def test_sections_stand_in_order() -> None:
    assert re.findall(r"^## (.+)$", report(), re.MULTILINE) == [
        "Executive Summary",
        "Tables Found in Migrations",
        "⚠️ Critical Issues",
        "Tables Expected But Not Found",
        "Tables in Migrations But Not in Domain Model",
        "Foreign Key Relationships",
        "Row Level Security (RLS) Status",
        "Recommendations",
        "Proposed SQL",
        "Next Steps",
        "Files Analyzed",
    ]


def test_date_is_the_commit_s() -> None:
    assert "**Date:** 2025-01-28 (commit `0123456789ab`)" in report()
    without = report(replace(sample_audit(), revision=None, revision_date=None))
    assert "**Date:** none" in without
    assert not re.search(r"\b20\d\d-\d\d-\d\d\b", without)


def test_inventory_has_the_missing_table_and_the_others() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|", section(report(), "Tables Found in Migrations"), re.MULTILINE)
    assert rows == [("shelves", "❌ **NOT FOUND**"), ("owners", "`0001_start.sql`"), ("notes", "`0001_start.sql`")]


def test_issue_holds_evidence_and_references() -> None:
    first = section(report(), "⚠️ Critical Issues")
    assert "### 1. **MISSING: `shelves` Table**" in first
    assert "  - `notes.shelf_id`: `db/migrations/0001_start.sql` (line 6)" in first
    assert "- `src/form.ts` (line 1)" in first


def test_many_findings_of_one_rule_are_one_section_that_says_of_each_what_is_its_own() -> None:
    sample = sample_audit()
    (one,) = (f for f in sample.findings if f.rule == "row-security-disabled")
    many = tuple(replace(one, subject=f"public.t{n}", message=f"Off on t{n}.", help=f"Secure t{n}.") for n in range(6))
    text = report(replace(sample, findings=many))
    issues = section(text, "⚠️ Critical Issues")
    assert re.findall(r"^### (.+)$", issues, re.MULTILINE) == ["1. **ROW SECURITY DISABLED: 6 findings**"]
    assert [issues.count(f"Off on t{n}.") + issues.count(f"  - Secure t{n}.") for n in range(6)] == [2] * 6
    assert issues.count("**Impact:**") == 1
    assert "   - and 1 more, as each finding says" in section(text, "Recommendations")
    few = report(replace(sample, findings=many[:5]))
    assert len(re.findall(r"^### \d\. \*\*ROW SECURITY DISABLED: `t\d`", few, re.MULTILINE)) == 5


def test_a_key_to_a_missing_table_is_no_second_issue() -> None:
    titles = re.findall(r"^### (\d+\. .+)$", report(), re.MULTILINE)
    assert titles == [
        "1. **MISSING: `shelves` Table**",
        "2. **ROW SECURITY DISABLED: `owners`**",
        "3. **MISMATCH: `shelve` Table Referenced But Not Found**",
    ]


def test_relationships_by_status() -> None:
    text = section(report(), "Foreign Key Relationships")
    assert re.findall(r"^- (\S+) `(.+?)` → `(.+?)`", text, re.MULTILINE) == [
        ("✅", "notes.owner_id", "owners.id"),
        ("❌", "notes.shelf_id", "shelves.id"),
        ("❌", "owners.shelf_id", "shelves.id"),
    ]


def test_every_finding_is_in_the_recommendations() -> None:
    text = section(report(), "Recommendations")
    for finding in sample_audit().findings:
        assert f"**{finding.rule}**" in text


def test_findings_that_ask_for_the_same_are_recommended_once() -> None:
    audit = sample_audit()
    found = replace(audit.findings[0], rule="unused-policy", severity="low", help="Drop it.")
    several = [replace(found, subject=subject) for subject in ("public.owners", "public.notes", "public.owners")]
    other = replace(found, subject="public.shelves", help="Keep it.")
    text = section(report(replace(audit, findings=(*several, other))), "Recommendations")
    assert "(4 findings)\n   - `owners`, `notes`: Drop it.\n   - `shelves`: Keep it." in text


def test_proposals_are_shown_with_their_proof() -> None:
    audit = replace(
        sample_audit(),
        proposals=(Proposal("default", "public.shelves", "create table `x` ();\n", False, "no server was found"),),
    )
    text = report(audit)
    assert "## Proposed SQL for `shelves`" in text
    assert "Not verified: no server was found." in text
    assert "```sql\ncreate table `x` ();\n```" in text


def test_hostile_names_make_no_markup() -> None:
    audit = sample_audit()
    name = "public.`a`|<img src=x onerror=alert(1)>\n# owned"
    hostile = replace(audit.findings[0], subject=name, message=f"No migration creates {name}", help=name)
    text = report(replace(audit, findings=(hostile,))).replace(REPORT_MARK, "", 1)
    tokens = MarkdownIt("commonmark", {"html": True}).parse(text)
    kinds = {child.type for token in tokens for child in token.children or ()} | {token.type for token in tokens}
    assert not kinds & {"html_inline", "html_block", "image", "link_open"} - {"link_open"}
    assert not any(token.content == "owned" for token in tokens)


def test_names_say_their_database_where_there_are_several() -> None:
    audit = sample_audit()
    (one,) = audit.evidence
    other = replace(one, database=replace(one.database, name="billing"))
    text = report(replace(audit, evidence=(one, other)))
    assert "| `owners` in `billing` |" in text
    assert "| `owners` in `default` |" in text
    assert "in `default`" not in report(audit)


def test_nothing_found_is_no_pass_where_a_witness_was_silent() -> None:
    audit = replace(sample_audit(), findings=())
    assert "✅ **No Issues Found**" in report(audit)
    silent = tuple(replace(t, heard=False) if t.name == "migrations" else t for t in audit.testimonies)
    assert "✅ **No Issues" not in report(replace(audit, testimonies=silent))
    assert "but not heard: migrations" in report(replace(audit, testimonies=silent))
