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


@pytest.mark.parametrize("name, severity", [("photos", "medium"), ("avattars", "high")])
def test_a_bucket_that_was_most_likely_made_by_hand_unless_its_name_slipped(
    tmp_path: Path, name: str, severity: str
) -> None:
    made = "insert into storage.buckets (id, name) values ('avatars', 'avatars'), ('papers', 'papers');\n"
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    (tmp_path / "supabase/migrations/20250101000000_init.sql").write_text(MEMOS + made)
    code = f"export const all = () => supabase.storage.from('{name}').list()\n"
    (tmp_path / "api.ts").write_text(CLIENT + code)
    (finding,) = (f for f in audit_folder(tmp_path).findings if f.rule == "missing-bucket")
    assert finding.severity == severity
    assert ("where it was not made by hand" in finding.message) == (severity == "medium")
    if severity == "high":
        assert finding.help == "Write avatars."


@pytest.mark.parametrize("name, severity", [("send-mail", "medium"), ("close-acount", "high")])
def test_an_edge_function_that_may_be_kept_elsewhere_unless_its_name_slipped(
    tmp_path: Path, name: str, severity: str
) -> None:
    for path, text in {
        "supabase/migrations/20250101000000_init.sql": MEMOS,
        "supabase/functions/close-account/index.ts": "Deno.serve(() => new Response('ok'))\n",
        "api.ts": f"{CLIENT}export const all = () => supabase.functions.invoke('{name}')\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (finding,) = (f for f in audit_folder(tmp_path).findings if f.rule == "missing-edge-function")
    assert finding.severity == severity


def test_a_bucket_that_only_policies_are_for_is_no_slip_of_its_name(tmp_path: Path) -> None:
    policy = "create policy p on storage.objects for select using (bucket_id = 'avatars');\n"
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    (tmp_path / "supabase/migrations/20250101000000_init.sql").write_text(MEMOS + policy)
    code = "".join(f"await supabase.storage.from('{name}').list()\n" for name in ("avatars", "avattars", "papers"))
    (tmp_path / "api.ts").write_text(CLIENT + code)
    found = {f.subject: f.severity for f in audit_folder(tmp_path).findings if f.rule == "missing-bucket"}
    assert found == {"storage.buckets.id='avattars'": "high", "storage.buckets": "low"}
