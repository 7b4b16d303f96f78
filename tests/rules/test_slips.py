"""A name made by a slip of the keyboard is wrong, however little is known of the schema; so is one that it renamed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder

CLIENT = """import { createClient } from '@supabase/supabase-js'
const supabase = createClient(process.env.URL!, process.env.SUPABASE_ANON_KEY!)
"""
MEMOS = "create table public.memos (id bigint primary key, heading text, body text);\n"
BEGUN = {"db/schema.sql": MEMOS, "db/migrations/001_more.sql": "alter table public.memos add column mood text;\n"}
"""Nothing says that the schema is what the migrations begin with, or that anyone applied either."""


def found(root: Path, files: dict[str, str], asked: str) -> dict[str, str]:
    for name, text in {**files, "src/api.ts": f"{CLIENT}export const all = () => supabase{asked}\n"}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    rules = Options(select=frozenset({"missing-column", "missing-table"}))
    return {finding.subject: finding.severity for finding in audit_folder(root, rules).findings}


@pytest.mark.parametrize(
    "asked, told",
    [
        (".from('memos').select('headding')", {"public.memos.headding": "high"}),
        (".from('memos').select('title')", {"public.memos.title": "medium"}),
        (".from('memmos').select('id')", {"public.memmos": "high"}),
        (".from('memo').select('id')", {"public.memo": "medium"}),
    ],
)
def test_a_slip_against_a_schema_that_need_not_be_all_of_it(tmp_path: Path, asked: str, told: dict[str, str]) -> None:
    assert found(tmp_path, BEGUN, asked) == told


@pytest.mark.parametrize(
    "change, severity", [("rename column body to content", "high"), ("drop column body", "medium")]
)
def test_what_such_a_schema_renames_is_gone(tmp_path: Path, change: str, severity: str) -> None:
    files = {**BEGUN, "db/migrations/002_change.sql": f"alter table public.memos {change};\n"}
    assert found(tmp_path, files, ".from('memos').select('body')") == {"public.memos.body": severity}
