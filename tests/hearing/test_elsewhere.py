"""What generated types or SQL outside the migrations hold is not certain to be missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder
from tripoint.model.audit import Finding

SQL = """
create table public.notes (id bigint primary key, owner uuid not null);
create policy "own" on public.notes for select using (public.is_owner(owner));
alter table public.notes enable row level security;
create table public.shelves (id bigint primary key, memo bigint references public.memos (id));
alter table public.shelves enable row level security;
create table public.open (id bigint primary key);
"""
CODE = """import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const memos = () => db.from('memos').select('id, title')
export const titles = () => db.from('notes').select('title')
export const total = () => db.rpc('count_notes')
export const add = () => db.from('shelves').insert({ id: 1 })
"""
TYPES = """export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]
export interface Database {
  public: {
    Tables: {
      memos: { Row: { id: number; title: string } Insert: { id: number } Update: { id?: number } Relationships: [] }
      notes: { Row: { id: number; owner: string; title: string } Insert: { id: number } Update: { id?: number } }
    }
    Views: {}
    Functions: {
      count_notes: { Args: Record<string, never>; Returns: number }
      is_owner: { Args: { owner: string }; Returns: boolean }
    }
    Enums: {}
    CompositeTypes: {}
  }
}
"""
LOOSE = """
CREATE TABLE IF NOT EXISTS memos (id bigint primary key, title text);
ALTER TABLE public.notes ADD COLUMN IF NOT EXISTS title text;
create or replace function public.count_notes() returns bigint language sql as 'select 1';
create or replace function public.is_owner(owner uuid) returns boolean language sql as 'select true';
create policy "all" on public.shelves for all using (true);
alter table public.open enable row level security;
"""
RULES = frozenset(
    {
        "missing-table",
        "missing-column",
        "missing-function",
        "dangling-foreign-key",
        "policy-references-missing",
        "blocked-by-row-security",
        "row-security-disabled",
    }
)


def audited(root: Path, **files: str) -> dict[str, Finding]:
    written = {"supabase/migrations/20250101000000_init.sql": SQL, "src/notes.ts": CODE, **files}
    for name, text in written.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return {finding.rule: finding for finding in audit_folder(root, Options(select=RULES)).findings}


def test_nothing_else_holds_it(tmp_path: Path) -> None:
    found = audited(tmp_path)
    assert set(found) == RULES
    assert {finding.severity for finding in found.values()} <= {"high", "critical"}


@pytest.mark.parametrize("path, text", [("src/database.types.ts", TYPES), ("sql/setup by hand.sql", LOOSE)])
def test_another_file_holds_it(tmp_path: Path, path: str, text: str) -> None:
    found = audited(tmp_path, **{path: text})
    assert set(found) == RULES
    of_sql_alone = {"blocked-by-row-security", "row-security-disabled"}
    for rule, finding in found.items():
        if path.endswith(".sql") or rule not in of_sql_alone:
            assert (rule, finding.severity) == (rule, "medium")
            assert path in (finding.severity_reason or "")
            assert path in [spot.path for spot in finding.spots if spot.role == "related"]
    assert [suggestion.kind for suggestion in found["missing-table"].suggestions] == ["create"]


def test_a_column_of_a_table_that_another_file_creates_anew(tmp_path: Path) -> None:
    loose = "create table notes (\n  id bigint primary key, -- the key, of course\n  title text not null\n);\n"
    finding = audited(tmp_path, **{"sql/notes.sql": loose})["missing-column"]
    assert (finding.subject, finding.severity) == ("public.notes.title", "medium")
    assert "sql/notes.sql" in [spot.path for spot in finding.spots]


def test_types_from_before_a_rename_vouch_for_nothing(tmp_path: Path) -> None:
    renamed = "create table public.memos (id bigint primary key);\nalter table public.memos rename to scraps;\n"
    path = "supabase/migrations/20240101000000_old.sql"
    found = audited(tmp_path, **{"src/database.types.ts": TYPES, path: renamed})
    assert [s.target for s in found["missing-table"].suggestions if s.kind == "rename"] == ["public.scraps"]


def test_policies_that_lack_one_function_are_one_finding(tmp_path: Path) -> None:
    more = "".join(f'create policy "p{at}" on public.notes using (public.is_owner(owner));\n' for at in range(4))
    path = "supabase/migrations/20250102000000_policies.sql"
    for name, text in (("supabase/migrations/20250101000000_init.sql", SQL), (path, more)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (finding,) = audit_folder(tmp_path, Options(select=frozenset({"policy-references-missing"}))).findings
    assert finding.subject == "public.is_owner"
    assert "5 policies name the function public.is_owner" in finding.message
    assert len([spot for spot in finding.spots if spot.role == "primary"]) == 5
