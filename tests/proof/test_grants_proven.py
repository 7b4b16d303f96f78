"""The GRANT script of `missing-grant`, replayed where nothing is granted, allows what the code does and no more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tripoint.cli import main

SCHEMA = """\
create table public.notes (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  body text not null
);
create table public.pages (id uuid primary key default gen_random_uuid(), body text not null);
create table public.secrets (id uuid primary key default gen_random_uuid(), value text not null);
alter table public.notes enable row level security;
alter table public.pages enable row level security;
alter table public.secrets enable row level security;
create policy own on public.notes for all using ((select auth.uid()) = user_id);
create policy everyone on public.pages for select using (true);
"""
CODE = """\
import { createBrowserClient } from '@supabase/ssr'
import { createClient } from '@supabase/supabase-js'
const db = createBrowserClient('https://a.example', 'key')
const server = createClient('https://a.example', process.env.SUPABASE_SERVICE_ROLE_KEY!)
export const notes = () => db.from('notes').select('id, body')
export const add = (user_id: string) => db.from('notes').insert({ user_id, body: 'a' })
export const pages = () => db.from('pages').select('body')
export const secrets = () => server.from('secrets').select('id')
"""


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


def allowed(root: Path, capsys: pytest.CaptureFixture[str]) -> set[tuple[str, str, str, str]]:
    main(["prove", str(root), "--no-cache", "--format", "json"])
    cells = json.loads(capsys.readouterr().out)["access"]
    assert {cell["outcome"] for cell in cells} <= {"allowed", "denied"}
    return {(c["table"], c["operation"], c["role"], c["rows"]) for c in cells if c["outcome"] == "allowed"}


def test_the_grants_of_the_finding_allow_what_the_code_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "supabase/config.toml", "[api]\nauto_expose_new_tables = false\n")
    write(tmp_path, "supabase/migrations/20250101000000_schema.sql", SCHEMA)
    write(tmp_path, "src/db.ts", CODE)
    assert allowed(tmp_path, capsys) == set()
    main(["audit", str(tmp_path), "--no-cache", "--format", "json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    (finding,) = [finding for finding in findings if finding["rule"] == "missing-grant"]
    grants = finding["help"][finding["help"].index("grant ") :]
    write(tmp_path, "supabase/migrations/20250102000000_grants.sql", grants)
    assert allowed(tmp_path, capsys) == {
        ("public.notes", "select", "authenticated", "own"),
        ("public.notes", "insert", "authenticated", "own"),
        ("public.pages", "select", "anon", "any"),
        ("public.pages", "select", "authenticated", "any"),
        ("public.secrets", "select", "service_role", "any"),
    }
