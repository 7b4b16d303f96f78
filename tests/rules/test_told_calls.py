"""What calls of a client are answered with: each line of code, and the rule that tells of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder
from tripoint.model.audit import Finding

SQL = """create type public.stage as enum ('new', 'paid');
create table public.people (id uuid primary key, name text not null, meta jsonb);
create table public.bills (
  id bigint generated always as identity primary key, person uuid not null references public.people (id),
  sum numeric(10, 2) not null, stage public.stage not null default 'new', due timestamptz
);
create function public.pay(bill bigint, stage public.stage) returns void language sql as 'select 1';
create function public.totals(since date) returns table (person uuid, sum numeric) language sql as
  'select person, sum(sum) from public.bills where due > since group by 1';
"""
TELLING = {
    "db.from('bills').select('id').eq('people.name', 'x')": "missing-relationship public.bills -> public.people",
    "db.from('bills').select('id').order('name', { referencedTable: 'people' })": "missing-relationship "
    "public.bills -> public.people",
    "db.from('people').select('id').eq('meta.city', 'x')": "missing-relationship public.people -> public.meta",
    "db.from('bills').select('id, people(id)').eq('people.id', 'x')": "type-mismatch public.people.id",
    "db.from('people').select('id, bills(id)').eq('bills.stage', 'late')": "invalid-value public.bills.stage='late'",
    "db.from('people').select(`id, ${a ? 'nome' : 'name'}`)": "missing-column public.people.nome",
    "db.from('people').select('id').or(['name', 'nome'].map((c) => `${c}.ilike.%${a}%`).join(','))": "missing-column "
    "public.people.nome",
    "db.rpc('pay', { bill: 1, stage: 'late' })": "invalid-value public.pay.stage='late'",
    "db.rpc('pay', { bill: 'one', stage: 'paid' })": "type-mismatch public.pay.bill",
    "db.rpc('totals', { since: '2026-01-01' }).select('persons')": "missing-column public.totals.persons",
    "db.rpc('totals', { since: 'whenever' })": "type-mismatch public.totals.since",
    "db.from('bills').update({ sum: 'much' }).eq('id', 1)": "type-mismatch public.bills.sum",
    "db.from('bills').update({ due: 'soon' }).eq('id', 1)": "type-mismatch public.bills.due",
    "pool.query(\"select id from bills where person = 'me'\")": "type-mismatch public.bills.person",
    "pool.query(\"insert into bills (person, sum) values ($1, 'much')\", [a])": "type-mismatch public.bills.sum",
    "db.from('bills').update({ sum: null }).eq('id', 1)": "missing-required-column public.bills.sum",
}
SILENT = [
    "db.from('bills').select('id, people()').eq('people.name', 'x')",
    "db.from('bills').select('id, who:people(id)').eq('who.name', 'x').order('name', { referencedTable: 'people' })",
    "db.from('bills').select(a ? 'id' : 'id, people(id)').eq('people.name', 'x')",
    "db.from('bills').select(`id, ${a}`).eq('people.name', 'x')",
    "db.rpc('pay', { bill: '1', stage: 'paid' })",
    "db.rpc('totals', { since: 'today' }).select('person').gt('sum', 3)",
    "db.from('bills').update({ sum: ' 1e3 ', due: 'now()', stage: a ? 'paid' : null }).eq('id', 1)",
    "db.from('bills').update({ due: null }).eq('id', 1).gt('due', '-infinity')",
    "db.from('bills').update({ sum: null, ...a }).eq('id', 1)",
    "pool.query(\"select id from bills where id = '1' and due = 'today' and sum in ('1', '2.5')\")",
    "pool.query(\"select id from bills where id::text = 'me' and due < now() - interval '1 day'\")",
    "db.from('bills').insert({ ...empty, sum: 1, person: a })",
]


def audited(root: Path, lines: list[str]) -> list[Finding]:
    calls = "\n".join(f"export const f{number} = (a: any) => {line}" for number, line in enumerate(lines))
    code = "import { createClient } from '@supabase/supabase-js'\n"
    code = "import { Pool } from 'pg'; const pool = new Pool();" + code
    code += "const db = createClient(process.env.URL!, process.env.KEY!); const empty = { sum: null, person: null }\n"
    for name, text in (("supabase/migrations/20250101000000_init.sql", SQL), ("src/a.ts", code + calls)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    rules = {told.split()[0] for told in TELLING.values()}
    return list(audit_folder(root, Options(select=frozenset(rules))).findings)


def test_what_the_server_refuses_is_told_where_it_stands(tmp_path: Path) -> None:
    told: dict[int, set[str]] = {}
    for finding in audited(tmp_path, [*TELLING, *SILENT]):
        for spot in finding.spots:
            if spot.role == "primary":
                told.setdefault(spot.line - 3, set()).add(f"{finding.rule} {finding.subject}")
    assert told == {number: {said} for number, said in enumerate(TELLING.values())}


@pytest.mark.parametrize("kind", ["'id' | 'nome'", "'nome'"])
def test_a_column_that_a_type_alone_names_is_told_where_it_is_used(tmp_path: Path, kind: str) -> None:
    (finding,) = audited(tmp_path, [f"((c: {kind}) => db.from('people').select('id').eq(c, 'x'))(a)"])
    assert [spot.excerpt for spot in finding.spots if spot.role == "primary"] == ["c"]


@pytest.mark.parametrize(
    ("call", "instead"),
    [
        ("db.from('bills').select('id, dueAt: due').order('dueAt')", "due"),
        ("db.from('bills').select('id, ...people(whose: name)').eq('whose', 'x')", "people.name"),
        ("db.from('bills').select('id, dueAt: due').order('dueOn')", None),
        ("db.from('bills').insert({ dueAt: a }).select('dueAt: due')", None),
    ],
)
def test_what_a_select_calls_a_column_is_known_to_its_answer_alone(
    tmp_path: Path, call: str, instead: str | None
) -> None:
    (tmp_path / "supabase/migrations").mkdir(parents=True)
    (tmp_path / "supabase/migrations/20250101000000_init.sql").write_text(SQL)
    head = "import { createClient } from '@supabase/supabase-js'\nconst db = createClient('https://a.example', 'k')\n"
    (tmp_path / "api.ts").write_text(f"{head}export const f = (a: any) => {call}\n")
    (finding,) = (f for f in audit_folder(tmp_path).findings if f.rule == "missing-column")
    assert finding.help is not None
    assert finding.help.startswith(f"Write {instead}: " if instead is not None else "Correct the name, or add")
