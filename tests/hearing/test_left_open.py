"""What of the calls is only known at run time is counted in one notice, so that silence about it is no pass."""

from __future__ import annotations

from pathlib import Path

from tripoint.audit import Options, audit_folder
from tripoint.model.fault import Severity

SQL = """create table public.notes (id bigint primary key, title text, body text);
alter table public.notes enable row level security;
create function public.find(query text) returns bigint language sql as 'select 1::bigint';
"""
CLIENT = """import { createClient } from '@supabase/supabase-js'
const db = createClient(process.env.URL!, process.env.KEY!)
"""
TOLD = """export const told = async (ids: number[]) => [
  await db.from('notes').select('id, title').eq('id', 1).order('title').match({ title: 'a' }).or('id.eq.1,id.eq.2'),
  await db.from('notes').insert({ title: 'a' }).select(),
  await db.from('notes').update({ body: 'b' }).in('id', ids).not('title', 'is', null),
  await db.rpc('find', { query: 'a' }),
  [1, 2].filter((one) => one > 1),
]
"""
OPEN = """export async function open(row: any, columns: string, column: string, options: any) {
  await db.from('notes').insert(row)
  await db.from('notes').upsert({ ...row, title: 'a' }).select(columns)
  await db.from('notes').select('id').eq(column, 1)
  await db.from('notes').select('id').order(column).filter(column, 'eq', 1)
  await db.from('notes').select('id').or(options.which)
  await db.from('notes').select('id').match(options)
  await db.rpc('find', options)
}
"""


def notices(folder: Path, code: str, name: str = "src/a.ts") -> list[tuple[int, str]]:
    for path, text in (("supabase/migrations/20250101000000_init.sql", SQL), (name, CLIENT + code)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    found = audit_folder(folder, Options()).notices
    return [(n.spot.line, n.reason) for n in found if n.spot is not None and "known at run time (" in n.reason]


def test_calls_that_are_told_in_full_are_not_mentioned(tmp_path: Path) -> None:
    assert notices(tmp_path, TOLD) == []


def test_parts_that_are_only_known_at_run_time_are_counted(tmp_path: Path) -> None:
    ((line, reason),) = notices(tmp_path, TOLD + OPEN)
    assert (TOLD + OPEN).splitlines()[line - 3].strip() == "await db.from('notes').insert(row)"
    assert reason == (
        "7 of 11 calls take what is only known at run time (1 argument list, 4 filters or orders, 2 payloads and "
        "1 select list): columns that the text does not show are not checked"
    )


def test_tests_are_left_out(tmp_path: Path) -> None:
    assert notices(tmp_path, OPEN, "src/a.test.ts") == []


def test_sql_that_is_filled_in_is_counted_and_the_rest_of_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text(
        "create table gulls (id int primary key, name text not null);", encoding="utf-8"
    )
    (tmp_path / "a.py").write_text(
        "import psycopg\ndb = psycopg.connect('')\ndef f(where, joins, columns, sets):\n"
        "    db.execute(f'select nam from gulls {where} order by id')\n"
        "    db.execute(f'select g.nam, far from gulls g {joins} where near = 1')\n"
        "    db.execute(f'insert into gulls ({columns}) values ({columns})')\n"
        "    db.execute(f'update gulls set {sets} where nam = %s')\n"
        "    db.execute(f'select {columns} from gulls order by distance')\n"
        "    db.execute(f'select id from gulls order by {columns}')\n"
        "    db.execute(f'select id from gulls where id = {columns}')\n",
        encoding="utf-8",
    )
    audit = audit_folder(tmp_path, Options())
    found = [(f.rule, f.subject, [s.line for s in f.spots if s.witness == "code"]) for f in audit.findings]
    assert found == [("missing-column", "public.gulls.nam", [4, 5, 7])]
    reasons = [notice.reason for notice in audit.notices]
    assert (
        "5 of 7 texts of SQL are filled in at run time: clauses that the text does not show are not checked" in reasons
    )


POLICIES = SQL + "create policy reads on public.notes for select to authenticated using (true);\n"
HANDED = """import type { SupabaseClient } from '@supabase/supabase-js'
export const add = (db: SupabaseClient) => db.from('notes').insert({ title: 'a' })
export const all = (db: SupabaseClient) => db.from('notes').select('id')
"""
SERVER = """import { createClient } from '@supabase/supabase-js'
import { add } from './data'
export const admin = createClient(url, process.env.SUPABASE_SERVICE_ROLE_KEY!)
export const count = () => admin.from('notes').select('id')
"""


def told(folder: Path, *more: str) -> tuple[list[Severity], list[str]]:
    files = {"supabase/migrations/20250101000000_init.sql": POLICIES, "src/data.ts": HANDED}
    files |= {f"src/more{number}.ts": text for number, text in enumerate(more)}
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    audit = audit_folder(folder, Options())
    blocked = [one.severity for one in audit.findings if one.rule == "blocked-by-row-security"]
    return blocked, [one.reason for one in audit.notices if "public key" in one.reason]


def test_calls_that_row_security_may_stop_are_counted_where_their_key_is_not_known(tmp_path: Path) -> None:
    blocked, notices = told(tmp_path, SERVER)
    assert blocked == []
    said = "1 call asks of public.notes what no policy lets the public key do, but the key of its client is not known"
    assert notices == [f"{said}, and the project holds the server's as well: whether row security stops it is not told"]


def test_calls_of_a_client_whose_callers_know_its_key_are_decided(tmp_path: Path) -> None:
    assert told(tmp_path / "server", SERVER + "add(admin)\n") == ([], [])
    user = SERVER + "add(createClient(url, process.env.SUPABASE_ANON_KEY!))\n"
    assert told(tmp_path / "user", user) == (["high"], [])
    assert told(tmp_path / "alone") == (["low"], [])
