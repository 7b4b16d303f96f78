"""Literals in SQL that an enum or a CHECK refuses: what is said of them is what PostgreSQL answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tripoint.audit import Options, audit_folder
from tripoint.model.audit import Finding
from tripoint.postgres.server import Server

SCHEMA = """create type public.mood as enum ('sad', 'glad');
create domain public.felt as public.mood;
create table public.days (id int primary key, mood public.mood default 'sad', felt public.felt, moods public.mood[],
  kind text check (kind is null or kind in (
    'on', -- the bird's awake
    'off'
  )));
"""
STATEMENTS = """
update public.days set mood = 'mad' where id = 1
update public.days set kind = 'mad' where id = 1
update public.days set mood = 'glad', kind = 'off', moods = '{sad}', felt = 'sad' where id = 1
insert into public.days (id, mood) values (2, 'sad'), (3, 'mad')
insert into public.days (id, kind) select 4, 'mad'
insert into public.days (id, mood) values (1, 'sad') on conflict (id) do update set mood = 'mad'
select 1 from public.days where mood in ('sad', 'mad')
select 1 from public.days d where 'mad' <> d.mood
select 1 from public.days where mood is distinct from 'mad'
select 1 from public.days where mood::text = 'mad' or kind = 'mad' or moods = '{sad}' or 'sad' = any (moods)
select 'mad'::public.mood
select 'sad'::public.mood, array['sad']::public.mood[]
update public.days set felt = 'mad' where id = 1
select 'mad'::public.felt
update public.days set mood = (case when id = 1 then 'mad' else 'sad' end)::public.mood where id = 1
update public.days set mood = case when id = 1 then 'mad' else mood end where id = 1
update public.days set kind = case when id = 1 then 'mad' else 'on' end where id = 1
update public.days set kind = coalesce(nullif(kind, 'x'), 'mad'), mood = coalesce(mood, 'sad') where id = 1
select 1 from public.days where case mood when 'mad' then true else false end
select 1 from public.days where case mood when 'sad' then true else 'mad' = kind end
select coalesce(mood, 'mad') from public.days
select coalesce(mood::text, 'mad'), coalesce(mood, 'sad'), coalesce(kind, 'mad') from public.days
select case when id = 1 then mood else 'mad' end from public.days
select case when id = 1 then 'mad' else 'sad' end, greatest(mood, 'sad') from public.days
select greatest('mad', mood) from public.days
with late as (select mood from public.days) select 1 from late where mood = 'mad'
""".strip().splitlines()


@pytest.fixture(scope="module")
def connection() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with Server() as server, server.connect() as connection:
        connection.execute(SCHEMA + "insert into public.days (id) values (1);")
        connection.commit()
        yield connection


def findings(root: Path, files: dict[str, str]) -> list[Finding]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return list(audit_folder(root, Options(select=frozenset({"invalid-value"}))).findings)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement(connection: psycopg.Connection[tuple[object, ...]], statement: str, tmp_path: Path) -> None:
    code = ""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement)
    except psycopg.Error as error:
        code = error.sqlstate or ""
    body = "perform" + statement.removeprefix("select") if statement.startswith("select") else statement
    body = body if not statement.startswith("with") else f"perform 1 from ({statement}) t"
    function = f"create function public.f() returns void language plpgsql as $$ begin {body}; end $$;"
    query = f"import {{ Pool }} from 'pg'\nexport const q = () => new Pool().query(`{statement}`)\n"
    found = findings(tmp_path, {"supabase/migrations/1_a.sql": SCHEMA + function, "src/a.ts": query})
    found = [one for one in found if "no error says so" not in one.message]
    assert [code in one.message for one in found] == [True] * bool(code)
    assert [spot.path for one in found for spot in one.spots if spot.role == "primary"] == (
        ["supabase/migrations/1_a.sql", "src/a.ts"] * bool(code)
    )


BLOCKS = [
    ("m public.mood;", "m := 'mad';"),
    ("m public.felt := 'sad';", "null;"),
    ("m public.mood default 'mad';", "null;"),
    ("m public.days.mood%type;", "m := 'mad';"),
    ("m public.mood; t text := 'mad';", "m := 'glad'; t := 'mad';"),
    ("m public.mood[] := '{sad}'; j jsonb := '{}'; n int := '1';", "m := '{glad}'; j := '[]';"),
    ("d public.days;", "d.mood := 'mad';"),
    ("d public.days; k text;", "d.mood := 'sad'; d.kind := 'mad';"),
]


@pytest.mark.parametrize(("declared", "body"), BLOCKS)
def test_what_a_variable_is_given(
    connection: psycopg.Connection[tuple[object, ...]], declared: str, body: str, tmp_path: Path
) -> None:
    function = f"create function public.f() returns void language plpgsql as $$ declare {declared} begin {body} end $$;"
    code = ""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(function)
            connection.execute("select public.f()")
    except psycopg.Error as error:
        code = error.sqlstate or ""
    found = findings(tmp_path, {"supabase/migrations/1_a.sql": SCHEMA + function})
    assert [code in one.message for one in found] == [True] * bool(code)
    assert [spot.excerpt for one in found for spot in one.spots if spot.role == "primary"] == ["'mad'"] * bool(code)


def test_what_no_trigger_calls_and_what_its_author_expects(tmp_path: Path) -> None:
    idle = """create function public.f() returns trigger language plpgsql as
      $$ begin if new.mood = 'mad' then return null; end if; return new; end $$;\n"""
    trigger = "create trigger t before insert on public.days for each row execute function public.f();\n"
    other = "create table public.notes (id int primary key, mood text);\n"
    guarded = """create function public.g() returns void language plpgsql as
      $$ begin update public.days set mood = 'mad'; exception when others then null; end $$;\n"""
    path = "supabase/migrations/1_a.sql"
    assert findings(tmp_path, {path: SCHEMA + idle}) == []
    assert [one.severity for one in findings(tmp_path, {path: SCHEMA + idle + trigger})] == ["high"]
    shared = other + trigger + trigger.replace("days", "notes")
    assert findings(tmp_path, {path: SCHEMA + idle + shared}) == []
    assert [one.severity for one in findings(tmp_path, {path: SCHEMA + guarded})] == ["medium"]


def test_a_literal_that_code_fills_in_is_no_value(tmp_path: Path) -> None:
    script = """import { Pool } from 'pg'
const pool = new Pool(), LONGEST = 'sad'
export const q = (mood: string) => [
  pool.query(`select id from public.days where mood = '${mood}'`),
  pool.query("select id from public.days where mood = '" + mood + "'"),
  pool.query(`update public.days set mood = '${LONGEST}', kind = '${mood}x' where id = 1`),
]
"""
    program = """import psycopg
cur = psycopg.connect("").cursor()
def q(mood):
    cur.execute("select id from public.days where mood = '%s'" % mood)
    cur.execute(f"select id from public.days where mood = '{mood}'")
    cur.execute("select id from public.days where mood = '{}'".format(mood))
    cur.execute("select id from public.days where mood = 'mad'")
"""
    found = findings(tmp_path, {"supabase/migrations/1_a.sql": SCHEMA, "src/a.ts": script, "src/b.py": program})
    assert [(s.path, s.line) for one in found for s in one.spots if s.role == "primary"] == [("src/b.py", 7)]


def test_a_value_that_is_compared_is_not_called_written(tmp_path: Path) -> None:
    function = "create function public.f() returns bigint language sql as $$ {} $$;"
    asked = function.format("select count(*) from public.days where mood in ('sad', 'mad')")
    (found,) = findings(tmp_path, {"supabase/migrations/1_a.sql": SCHEMA + asked})
    assert "a function of the database compares it with 'mad' in 1 place" in found.message
    written = function.format("update public.days set mood = 'mad' where mood = 'mad' returning 1")
    (found,) = findings(tmp_path, {"supabase/migrations/1_a.sql": SCHEMA + written})
    assert "gives it or compares it with 'mad' in 2 places" in found.message


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("kind = 'mad'", True),
        ("'mad'::text = d.kind and id = 1", True),
        ("id = 1 or kind = 'mad'", True),
        ("exists (select 1 from public.days e where e.kind = 'mad')", True),
        ("kind = 'on'", False),
        ("kind <> 'mad'", False),
        ("kind in ('on', 'mad')", False),
        ("kind = 'on' or (kind = 'mad' and id = 1)", False),
        ("not (kind = 'mad' and id = 1)", False),
        ("case when kind = 'on' then true when kind = 'mad' then false end", False),
        ("upper(kind) = 'mad'", False),
    ],
)
def test_what_no_row_ever_equals(condition: str, told: bool, tmp_path: Path) -> None:
    query = f"select d.id from public.days d where {condition}"
    function = f"create function public.f() returns setof int language sql as $$ {query} $$;"
    policy = f"create policy p on public.days using (id in ({query}));"
    found = findings(tmp_path, {"supabase/migrations/1_a.sql": SCHEMA + function + policy})
    assert [(one.severity, one.subject) for one in found] == [("medium", "public.days.kind='mad'")] * told
    assert [spot.excerpt for one in found for spot in one.spots if spot.role == "primary"] == ["'mad'"] * 2 * told
