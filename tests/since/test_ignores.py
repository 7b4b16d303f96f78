"""Ignores in comments and settings, from the file to the exit code: SQL, TypeScript, Python and Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from since.scratch import audited, tripoint, write

SQL = """\
create table public.notes (id uuid primary key, body text);
alter table public.notes enable row level security;
create policy own on public.notes using (true);
create table public.tags (id uuid primary key, label text);
alter table public.tags enable row level security;
create policy own_tags on public.tags using (id = auth.uid());
"""
TYPESCRIPT = """\
import { createClient } from '@supabase/supabase-js'
const supabase = createClient('http://localhost', 'key')
export const notes = () => supabase.from('notes').select('id, body')
export const tags = () => supabase.from('tags').select('id, label')
export const ghosts = () => supabase.from('ghosts').select('id')
"""
PYTHON = """\
from supabase import create_client

client = create_client("http://localhost", "key")
ghosts = client.table("spirits").select("id").execute()
"""
MARKDOWN = """\
# Domain model

## notes

| Column | Type |
|--------|------|
| id | uuid |
| body | text |

## tags

| Column | Type |
|--------|------|
| id | uuid |
| label | text |

## reading_lists

| Column | Type |
|--------|------|
| id | uuid |
| note_id | uuid |
"""
FILES = {
    "supabase/migrations/20250101000000_start.sql": SQL,
    "src/app.ts": TYPESCRIPT,
    "tools/job.py": PYTHON,
    "docs/domain-model.md": MARKDOWN,
}
CASES = [
    (
        "src/app.ts",
        "export const ghosts",
        "// tripoint: ignore[missing-table] {reason}\nexport const ghosts",
        "missing-table",
        "public.ghosts",
    ),
    (
        "tools/job.py",
        ".execute()",
        ".execute()  # tripoint: ignore[missing-table] {reason}",
        "missing-table",
        "public.spirits",
    ),
    (
        "supabase/migrations/20250101000000_start.sql",
        "create policy own on",
        "-- tripoint: ignore[policy-always-true] {reason}\ncreate policy own on",
        "policy-always-true",
        "public.notes/own",
    ),
    (
        "docs/domain-model.md",
        "## reading_lists",
        "<!-- tripoint: ignore[documented-but-missing] {reason} -->\n## reading_lists",
        "documented-but-missing",
        "public.reading_lists",
    ),
]
IDS = ["typescript", "python", "sql", "markdown"]


def finding(data: dict[str, Any], rule: str, subject: str) -> dict[str, Any]:
    (found,) = (f for f in data["findings"] if (f["rule"], f["subject"]) == (rule, subject))
    return dict(found)


def changed(path: str, old: str, new: str) -> dict[str, str]:
    assert old in FILES[path]
    return {**FILES, path: FILES[path].replace(old, new)}


@pytest.mark.parametrize(("path", "old", "new", "rule", "subject"), CASES, ids=IDS)
def test_an_ignore_hides_its_finding_and_it_stays_counted(
    tmp_path: Path, path: str, old: str, new: str, rule: str, subject: str
) -> None:
    write(tmp_path, FILES)
    before = audited(tmp_path)
    assert finding(before, rule, subject)["suppressed"] is None
    write(tmp_path, changed(path, old, new.format(reason="another service makes it")))
    after = audited(tmp_path)
    assert finding(after, rule, subject)["suppressed"] == "inline"
    assert after["summary"]["suppressed"] == before["summary"]["suppressed"] + 1
    assert not [f for f in after["findings"] if f["rule"] == "unused-ignore"]
    text = tripoint(tmp_path, "audit").stdout
    assert "(1 suppressed)" in text


@pytest.mark.parametrize(("path", "old", "new", "rule", "subject"), CASES, ids=IDS)
def test_a_reason_can_be_required(tmp_path: Path, path: str, old: str, new: str, rule: str, subject: str) -> None:
    write(tmp_path, {**changed(path, old, new.format(reason="")), "tripoint.toml": "require-reason = true\n"})
    found = audited(tmp_path)
    assert finding(found, rule, subject)["suppressed"] is None
    (unused,) = (f for f in found["findings"] if f["rule"] == "unused-ignore")
    assert "gives no reason" in unused["message"]
    write(tmp_path, changed(path, old, new.format(reason="agreed")))
    assert finding(audited(tmp_path), rule, subject)["suppressed"] == "inline"


@pytest.mark.parametrize(("path", "old", "new", "rule", "subject"), CASES, ids=IDS)
def test_an_ignore_of_nothing_is_a_finding(
    tmp_path: Path, path: str, old: str, new: str, rule: str, subject: str
) -> None:
    write(tmp_path, changed(path, old, new.format(reason="why").replace(rule, "missing-bucket")))
    found = audited(tmp_path)
    (unused,) = (f for f in found["findings"] if f["rule"] == "unused-ignore")
    assert unused["spots"][0]["path"] == path
    assert finding(found, rule, subject)["suppressed"] is None


@pytest.mark.parametrize(("path", "old", "new", "rule", "subject"), CASES, ids=IDS)
def test_settings_hide_by_path_and_rule(tmp_path: Path, path: str, old: str, new: str, rule: str, subject: str) -> None:
    write(tmp_path, {**FILES, "tripoint.toml": f'[per-path-ignores]\n"{path}" = ["{rule}"]\n'})
    found = audited(tmp_path)
    assert finding(found, rule, subject)["suppressed"] == "configuration"
    others = [f for f in found["findings"] if (f["rule"], f["subject"]) != (rule, subject)]
    assert {f["suppressed"] for f in others} <= {None}


def test_sarif_shows_suppressed_ones_on_demand(tmp_path: Path) -> None:
    path, old, new, _, subject = CASES[0]
    write(tmp_path, changed(path, old, new.format(reason="agreed")))
    assert subject not in tripoint(tmp_path, "audit", "--format", "sarif").stdout
    shown = tripoint(tmp_path, "audit", "--format", "sarif", "--sarif-suppressed").stdout
    assert '"kind": "inSource"' in shown
    assert subject in shown


def test_ignore_of_a_file(tmp_path: Path) -> None:
    head = "-- tripoint: ignore-file[policy-always-true] a demonstration\n"
    name = "supabase/migrations/20250101000000_start.sql"
    write(tmp_path, {**FILES, name: head + SQL})
    assert finding(audited(tmp_path), "policy-always-true", "public.notes/own")["suppressed"] == "inline"
