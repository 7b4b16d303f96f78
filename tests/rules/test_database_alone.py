"""Where a database alone says what the schema is, its functions and keys stand in no file, and are judged alike."""

from __future__ import annotations

from pathlib import Path

from tripoint.audit import Options, audit_folder

DUMP = """
create table public.notes (id uuid primary key, user_id uuid not null, title text);
create table public.tags (id uuid primary key, note_id uuid references public.notes (id));
alter table public.notes enable row level security;
create policy own on public.notes for select using ((select auth.uid()) = user_id);
create function public.titles(person uuid) returns setof text language sql security definer
as $$ select title from public.notes where user_id = person $$;
grant execute on function public.titles(uuid) to anon;
"""
CODE = """
import { createBrowserClient } from '@supabase/ssr'
const db = createBrowserClient('https://a.example', 'key')
export const notes = () => db.from('notes').select('id')
"""


def test_rules_speak_of_what_stands_in_no_file(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "notes.ts").write_text(CODE, encoding="utf-8")
    (tmp_path / "src" / "tripoint.toml").write_text('[[databases]]\nplatform = "supabase"\n', encoding="utf-8")
    dump = tmp_path / "dump.sql"
    dump.write_text(DUMP, encoding="utf-8")
    rules = frozenset({"definer-skips-row-security", "mutable-search-path", "unindexed-foreign-key"})
    audit = audit_folder(tmp_path / "src", Options(select=rules, live=True, database_url=str(dump)))
    assert [(finding.rule, finding.subject, finding.spots) for finding in audit.findings] == [
        ("definer-skips-row-security", "public.titles", ()),
        ("mutable-search-path", "public.titles", ()),
        ("unindexed-foreign-key", "public.tags.note_id", ()),
    ]
