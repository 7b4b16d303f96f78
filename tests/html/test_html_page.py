"""The HTML report as text: one file, a strict policy, and data that can't become markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re

from msgspec.structs import replace

from formats.audit_sample import FILES, sample_audit
from tripoint.formats.format import RenderOptions
from tripoint.formats.html import embedded_json, render
from tripoint.formats.html_data import page_data
from tripoint.model.audit import Access, Proposal


def read_line(path: str, line: int) -> str | None:
    lines = FILES[path].split("\n")
    return lines[line - 1] if line <= len(lines) else None


OPTIONS = RenderOptions(read_line=read_line)


def test_the_page_allows_its_own_scripts_and_style_alone() -> None:
    page = render(sample_audit(), OPTIONS)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    directives = {words[0]: words[1:] for part in policy[1].split("; ") if (words := part.split())}
    assert directives["default-src"] == ["'none'"]
    assert "unsafe-inline" not in policy[1]
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert directives["script-src"] == [sha(text) for text in scripts]
    assert directives["style-src"] == [sha(text) for text in styles]


def sha(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def test_nothing_is_fetched_and_nothing_stands_in_attributes() -> None:
    page = render(sample_audit(), OPTIONS)
    markup = re.sub(r"<(script|style)\b[^>]*>.*?</\1>", "", page, flags=re.DOTALL)
    assert not re.search(r"\b(?:src|srcset|style|on\w+)=|<link|url\(|https?:", markup)
    assert "sourceMappingURL" not in page
    assert "Permission is hereby granted" in page


def test_the_same_audit_gives_the_same_page() -> None:
    assert render(sample_audit(), OPTIONS) == render(sample_audit(), OPTIONS)


def test_data_cannot_end_its_element() -> None:
    nasty = "</script><!--<script>\u2028\u2029&amp;\ud800{{style}}"
    text = embedded_json({"a": nasty})
    assert not set("<>&\u2028\u2029\ud800") & set(text)
    assert json.loads(text) == {"a": nasty}
    audit = sample_audit()
    audit = replace(audit, proposals=(Proposal("default", "public.shelves", nasty[:-11], True),))
    page = render(audit, OPTIONS)
    assert page.count("<script") == 3
    page.encode()


def test_a_finding_shows_both_sides() -> None:
    data = page_data(sample_audit(), OPTIONS)
    finding = next(f for f in data["findings"] if f["rule"] == "missing-table" and f["subject"] == "public.shelves")
    assert {spot["role"] for spot in finding["spots"]} == {"primary", "related"}
    first = finding["spots"][0]
    hit = next(line for line in first["lines"] if len(line) == 4)
    assert (hit[0], hit[2]) == (first["line"], "shelves")
    assert "".join(hit[1:]).strip() == (read_line(first["path"], first["line"]) or "").strip()
    assert data["rules"]["missing-table"][0][0] == "What it finds."


def test_the_proof_matrix_and_proposals_stand_with_their_table() -> None:
    audit = replace(
        sample_audit(),
        access=(Access("default", "public.notes", "select", "anon", "any", "denied"),),
        proposals=(Proposal("default", "public.shelves", "create table shelves ();", False, "not run"),),
    )
    data = page_data(audit, OPTIONS)
    notes = next(table for table in data["tables"] if table["name"] == "public.notes")
    assert [cell["outcome"] for cell in notes["access"]] == ["denied"]
    found = [f for f in data["findings"] if f["proposals"]]
    assert {f["subject"] for f in found} == {"public.shelves"}
    assert found[0]["tables"] == ["default/public.shelves"]


def test_a_credential_is_masked_in_excerpts() -> None:
    def leaking(path: str, line: int) -> str | None:
        return "db.from('shelves') // password=hunter22" if line < 9 else None

    text = embedded_json(page_data(sample_audit(), RenderOptions(read_line=leaking)))
    assert "hunter22" not in text
