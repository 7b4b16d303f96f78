"""The report for a terminal: carets under the right characters, nothing hidden without a count, plain where asked."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from msgspec.structs import replace

from formats.audit_sample import FILES, sample_audit
from tripoint.formats import RenderOptions, format_named
from tripoint.formats.escape import cells
from tripoint.formats.excerpt import excerpt_lines
from tripoint.formats.issues import issues_of
from tripoint.formats.paint import Painter
from tripoint.model.audit import Audit, Notice, Spot


def read_line(path: str, line: int) -> str | None:
    lines = FILES[path].split("\n")
    return lines[line - 1] if line <= len(lines) else None


def show(audit: Audit | None = None, **options: object) -> str:
    chosen = replace(RenderOptions(read_line=read_line), **options)
    return format_named("terminal").render(audit or sample_audit(), chosen)


def test_findings_stand_worst_first_with_their_places() -> None:
    text = show()
    order = [text.index(word) for word in ("CRITICAL", "HIGH", "MEDIUM", "LOW")]
    assert order == sorted(order)
    assert "missing-table  public.shelves" in text
    assert "also src/page.ts:3" in text


def test_carets_stand_under_the_exact_characters() -> None:
    lines = show().split("\n")
    marked = [
        (above[below.index("^") : below.rindex("^") + 1])
        for above, below in pairwise(lines)
        if re.fullmatch(r" +│ +\^+.*", below)
    ]
    assert marked == ["shelves", "references shelves (id)", "owners", "badges", "shelve", "notes"]


def test_of_several_databases_each_finding_names_its_own() -> None:
    sample = sample_audit()
    other = replace(sample.evidence[0], database=replace(sample.evidence[0].database, name="apps/jobs"))
    moved = tuple(replace(finding, database="apps/jobs") for finding in sample.findings)
    audit = replace(sample, evidence=(*sample.evidence, other), findings=(*sample.findings, *moved))
    for text in (show(audit), show(audit, group_by="table")):
        assert re.search(r"public\.shelves +in default|public\.shelves in default", text)
        assert re.search(r"public\.shelves +in apps/jobs|public\.shelves in apps/jobs", text)
    assert "databases  default, apps/jobs" in show(audit)
    assert "in default" not in show()


def test_a_notice_speaks_of_the_place_that_stands_before_it() -> None:
    spots = [Spot(path, line, 3, line, 4, "code") for path, line in (("src/a.ts", 4), ("src/b.ts", 7))]
    reason = "holds DDL, but nothing applies it"
    audit = replace(sample_audit(), notices=tuple(Notice("unsupported", reason, spot) for spot in spots))
    lines = show(audit).split("\n")
    at = lines.index("  unsupported  src/a.ts:4:3")
    assert lines[at + 1 : at + 3] == [f"    {reason}", "    also src/b.ts:7"]
    nowhere = replace(audit, notices=(Notice("unread", "every finding counts as new"),))
    assert "  unread\n    every finding counts as new\n" in show(nowhere)


def test_long_help_is_cut_short_and_says_so() -> None:
    sample = sample_audit()
    words = " ".join(f"word{number}" for number in range(300))
    audit = replace(sample, findings=(replace(sample.findings[0], help=words), *sample.findings[1:]))
    assert "word0 word1" in show(audit)
    assert "word299" not in show(audit)
    assert "--verbose shows all of it" in show(audit)
    assert "word299" in show(audit, verbose=True)


def excerpt(line: str, column: int, end: int, width: int = 80) -> list[str]:
    spot = Spot("f", 7, column, 7, end, "code", excerpt=line[column - 1 : end - 1])
    return Painter(False, False, "").paint(excerpt_lines(spot, lambda p, n: line, width, "high", 0)).split("\n")


@pytest.mark.parametrize(
    "line",
    ["\t\tfrom('here')", "表 = from('here')", "e\u0301 'here'", "\x1b[31m 'here'", "x" * 300 + " 'here' " + "y" * 300],
)
def test_carets_hold_whatever_stands_before(line: str) -> None:
    column = line.index("here") + 1
    above, below, _ = excerpt(line, column, column + 4)
    before = above[: above.index("here")]
    assert cells(before) == below.index("^")
    assert below.count("^") == 4
    assert cells(above) <= 80
    assert "\x1b" not in above


def test_credential_beside_the_spot_is_masked() -> None:
    line = "createClient('postgres://me:hunter2@host/db').from('here')"
    column = line.index("here") + 1
    above, below, _ = excerpt(line, column, column + 4)
    assert "hunter2" not in above
    assert above[below.index("^") :].startswith("here")


def test_line_that_is_gone_leaves_the_excerpt() -> None:
    assert "│ shelves" in show(read_line=lambda path, line: None)


def test_plain_text_has_no_escape_and_colour_changes_nothing_else() -> None:
    plain, coloured = show(), show(color=True)
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_links_lead_to_the_place() -> None:
    text = show(color=True, links=True, root_uri="file:///home/me/a%20b")
    assert "\x1b]8;;file:///home/me/a%20b/src/form.ts#L1\x1b\\" in text
    assert "\x1b]8" not in show(color=True, root_uri="file:///home/me")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_lines_keep_to_the_width(width: int) -> None:
    for line in show(width=width).split("\n"):
        assert cells(line) <= width


def test_many_findings_of_a_rule_are_one_list_and_verbose_shows_each() -> None:
    audit = sample_audit()
    low = next(finding for finding in audit.findings if finding.rule == "undocumented-table")
    many = replace(audit, findings=tuple(replace(low, subject=f"public.t{n}") for n in range(5)))
    text = show(many)
    assert "5 findings" in text
    assert all(f"public.t{n}" in text for n in range(5))
    assert text.count("created here") == 0
    assert text.count(f"such as  {low.message[:30]}") == 1
    assert show(many, verbose=True).count("created here") == 5


def test_foreign_keys_to_a_missing_table_are_one_list_that_names_it() -> None:
    audit = sample_audit()
    table = next(finding for finding in audit.findings if finding.rule == "missing-table")
    keys = tuple(
        replace(table, rule="dangling-foreign-key", subject=f"public.{name} -> {target}", message=f"{name} dangles.")
        for name, target in (("a", table.subject), ("b", table.subject), ("c", "public.elsewhere"))
    )
    text = show(replace(audit, findings=(*keys, table)))
    assert "dangling-foreign-key  2 findings" in text
    assert f"Mended together with missing-table {table.subject}." in text
    assert "dangling-foreign-key  public.c -> public.elsewhere" in text
    assert "2 findings" not in show(replace(audit, findings=keys))
    together = replace(table, rule="dangling-foreign-key", message="4 tables refer to it.")
    assert together not in issues_of(replace(audit, findings=(together, table)))
    assert together in issues_of(replace(audit, findings=(together,)))


def test_suppressed_findings_are_counted_and_not_shown() -> None:
    audit = sample_audit()
    hidden = replace(audit, findings=tuple(replace(finding, suppressed="inline") for finding in audit.findings))
    text = show(hidden)
    assert f"({len(audit.findings)} suppressed)" in text
    assert "No findings" in text
    assert "public.shelves" not in text


def test_what_was_not_heard_is_said() -> None:
    assert "database   not heard  no --database was given" in show()
    assert "1 unread, 1 unresolved" in show()


def test_quiet_shows_the_findings_alone() -> None:
    text = show(quiet=True)
    assert "not heard" not in text
    assert "public.shelves" in text


def test_statistics_count_each_rule() -> None:
    assert "1  critical  missing-table" in show(statistics=True)


def test_hostile_names_reach_no_terminal() -> None:
    audit = sample_audit()
    hostile = replace(audit.findings[0], subject="public.\x1b]0;owned\x07\u202e", message="\x1b[2J\nfake")
    text = show(replace(audit, findings=(hostile,)))
    assert not set("\x1b\x07\u202e") & set(text)


def test_what_postgresql_would_refuse_is_said_once_whatever_the_names_are() -> None:
    audit = sample_audit()
    refused = [
        Notice(
            "unresolved",
            f'PostgreSQL would refuse this: relation "t{at}" already exists',
            Spot(f"{at}.sql", at, 1, at, 2, "migrations"),
        )
        for at in (1, 2, 3)
    ]
    shown = show(replace(audit, notices=(*audit.notices, *refused)))
    assert shown.count("already exists") == 1
    assert '"t1" already exists (and so of 2 others)' in shown
    assert "3.sql:3" in shown
    assert shown.index("already exists") < shown.index("only known at run time")
