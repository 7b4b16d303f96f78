"""The GRANT script that `missing-grant` offers, tried on a real server: it allows what the code does, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tripoint.audit import Options, audit_folder
from tripoint.postgres.server import Server

PLATFORM = """
create role anon; create role authenticated; create role service_role bypassrls;
grant usage on schema public to anon, authenticated, service_role;
create schema auth; grant usage on schema auth to public;
create function auth.uid() returns uuid language sql stable
as $$ select (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;
"""
SCHEMA = """
create table members (team_id int, user_id uuid, primary key (team_id, user_id));
create table tasks (id serial primary key, team_id int not null, title text);
create table log (id int generated always as identity, task_id int);
create table pages (id int primary key, body text);
create table secrets (id int primary key);
alter table members enable row level security;
alter table tasks enable row level security;
alter table log enable row level security;
alter table pages enable row level security;
alter table secrets enable row level security;
create policy own on members for select using (user_id = (select auth.uid()));
create policy team on tasks for select using (team_id in (select team_id from members));
create policy add on tasks for insert with check (team_id in (select team_id from members));
create policy change on tasks for update using (team_id in (select team_id from members));
create policy remove on tasks for delete using (team_id in (select team_id from members));
create policy keep on log for insert to authenticated with check (task_id is not null);
create policy everyone on pages for select using (true);
create view titles with (security_invoker = true) as select id, title from tasks;
create function note_task() returns trigger language plpgsql as $$
begin insert into public.log (task_id) values (new.id); return new; end $$;
create trigger note_task after insert on tasks for each row execute function note_task();
"""
CODE = """
import { createBrowserClient } from '@supabase/ssr'
import { createClient } from '@supabase/supabase-js'
const db = createBrowserClient('https://a.example', 'key')
const server = createClient('https://a.example', process.env.SUPABASE_SERVICE_ROLE_KEY!)
export const add = () => db.from('tasks').insert({ team_id: 1, title: 'a' })
export const titles = () => db.from('titles').select('title')
export const rename = (id: number) => db.from('tasks').update({ title: 'b' }).eq('id', id)
export const pages = () => db.from('pages').select('body')
export const secrets = () => server.from('secrets').select('id')
"""
USER = "00000000-0000-0000-0000-000000000001"

ALLOWED = [
    ("authenticated", "insert into tasks (team_id, title) values (1, 'a')"),
    ("authenticated", "select title from titles"),
    ("authenticated", "update tasks set title = 'b' where id = 1"),
    ("authenticated", "select body from pages"),
    ("anon", "select body from pages"),
    ("service_role", "select id from secrets"),
]
REFUSED = [
    ("authenticated", "delete from tasks where id = 1"),
    ("authenticated", "select * from log"),
    ("authenticated", "update pages set body = ''"),
    ("authenticated", "select * from secrets"),
    ("anon", "insert into pages values (1, '')"),
    ("anon", "update tasks set title = ''"),
    ("service_role", "delete from secrets"),
    ("service_role", "select * from tasks"),
]


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("project")
    files = {
        "supabase/config.toml": "[api]\nauto_expose_new_tables = false\n",
        "supabase/migrations/20250101000000_init.sql": SCHEMA,
        "src/tasks.ts": CODE,
    }
    for name, content in files.items():
        Path(folder / name).parent.mkdir(parents=True, exist_ok=True)
        Path(folder / name).write_text(content, encoding="utf-8")
    (finding,) = audit_folder(folder, Options(select=frozenset({"missing-grant"}))).findings
    assert (finding.subject, finding.severity) == ("public", "medium")
    assert finding.help is not None
    return finding.help


@pytest.fixture(scope="module")
def server() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with Server() as server, server.connect() as connection:
        connection.autocommit = True
        connection.execute(PLATFORM + SCHEMA)
        connection.execute("insert into members values (1, %s)", (USER,))
        yield connection


def refused(server: psycopg.Connection[tuple[object, ...]], role: str, statement: str) -> bool:
    claims = f'{{"sub": "{USER}"}}' if role == "authenticated" else "{}"
    server.execute("select set_config('request.jwt.claims', %s, false)", (claims,))
    server.execute(f"set role {role}")
    try:
        server.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return True
    finally:
        server.execute("reset role")
    return False


def test_without_the_script_everything_is_refused(server: psycopg.Connection[tuple[object, ...]]) -> None:
    assert all(refused(server, *case) for case in ALLOWED)


def test_the_script_allows_what_the_code_does_and_no_more(
    server: psycopg.Connection[tuple[object, ...]], script: str
) -> None:
    server.execute(script)
    assert [case for case in ALLOWED if refused(server, *case)] == []
    assert [case for case in REFUSED if not refused(server, *case)] == []
