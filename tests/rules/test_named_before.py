"""What a statement names before it is made: what is told is what a server refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.refusing import Refused
from tripoint.audit import Options, audit_folder
from tripoint.sources.database.replay import Script
from tripoint.sql.read import read_sql

TABLE = "create table t (id int primary key, a int);\nalter table t enable row level security;\n"
FUNCTION = "create function g() returns boolean language sql immutable as $$ select true $$;\n"
TRIGGER = "create function f() returns trigger language plpgsql as $$ begin return new; end $$;\n"
VIEW = "create view v as select id from t;\n"
FIRES = "create trigger x before update on t for each row execute function f();\n"
CALLS = "create function h() returns boolean language plpgsql as $$ begin return g(); end $$;\n"
COUNTS = "create function h() returns bigint language sql as $$ select count(*) from t $$;\n"
DECLARES = "create function h() returns void language plpgsql as $$ declare {}; begin end $$;\n"
INTEGER = "create function g() returns int language sql as $$ select 1 $$;\n"
MOOD = "create type mood as enum ('good');\n"
ADDS = "alter table t add b int;\n"
GUARDS = "create policy p on t using (g());\n"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([TABLE + FIRES, TRIGGER], [FIRES]),
        ([TABLE + FIRES + TRIGGER], [FIRES]),
        ([TRIGGER + TABLE + FIRES], []),
        ([TABLE + GUARDS, FUNCTION], [GUARDS]),
        # One statement, however often it names it.
        ([TABLE + "create policy p on t using (g() or g()) with check (g());\n", FUNCTION], ["create policy p"]),
        ([TABLE + "create policy p on t using (exists (select from u));\n", "create table u ();"], ["create policy p"]),
        ([TABLE + "create table c (id int check (g()));\n", FUNCTION], ["create table c"]),
        ([TABLE + "create index i on t ((g()));\n", FUNCTION], ["create index"]),
        ([VIEW, TABLE], [VIEW]),
        (["create materialized view v as select g();\n", FUNCTION], ["create materialized view"]),
        # What is gone again at the end.
        (
            [
                TABLE + "create policy p on t using (exists (select from u));\n",
                "create table u ();",
                "drop policy if exists p on t; drop table u;",
            ],
            ["create policy p"],
        ),
        (
            ["create view w as select id from u;\n", "create table u (id int);", "drop view if exists w"],
            ["create view"],
        ),
        (["create table w as select id from u;\n", "create table u (id int);"], ["create table w"]),
        (
            [
                "create view w as with u as (select 1) select * from u;\n",
                "create table u ();",
                "drop view if exists w",
            ],
            [],
        ),
        (
            ["create recursive view w (n) as select 1 union select n from w\n", "drop view w;", "create table w ();"],
            [],
        ),
        # A view that another one reads, each made once.
        ([TABLE + "create view w as select id from v;\n" + VIEW], ["create view w"]),
        # What was there by then, whatever became of it later.
        ([FUNCTION + TABLE + GUARDS, FUNCTION.replace("create", "create or replace")], []),
        (
            [FUNCTION + TABLE + GUARDS, "drop function g() cascade;" + FUNCTION + "create policy p on t using (g());"],
            [],
        ),
        ([TABLE + "create policy p on t using (true);\n", FUNCTION, "alter policy p on t using (g());\n"], []),
        (
            [TABLE + "create policy p on t using (true);\n", "alter policy p on t using (g());\n", FUNCTION],
            ["alter policy"],
        ),
        ([TABLE + VIEW, "alter table t rename to u;"], []),
        ([TRIGGER + TABLE + FIRES, "alter function f() rename to h;"], []),
        # Bodies are looked up when they run, but for those in SQL.
        ([CALLS, FUNCTION], []),
        ([COUNTS, TABLE], [COUNTS]),
        (["create function h() returns int begin atomic select g(); end;\n", INTEGER], ["create function h"]),
        (["set check_function_bodies = off;\n" + COUNTS, TABLE], []),
        (["set check_function_bodies = off;\n", COUNTS, TABLE], [COUNTS]),
        ([COUNTS.replace("from t", "from t limit g()"), TABLE + INTEGER], [COUNTS[:20]]),
        # The types of variables in PL/pgSQL are looked up at once.
        ([DECLARES.format("r t%rowtype"), TABLE], ["create function h"]),
        ([DECLARES.format("r t"), TABLE], ["create function h"]),
        ([DECLARES.format("r t.a%type"), TABLE], ["create function h"]),
        ([TABLE + DECLARES.format("r t.b%type"), ADDS], ["create function h"]),
        ([DECLARES.format("m mood[] := '{}'"), MOOD], ["create function h"]),
        ([MOOD + DECLARES.format("m mood")], []),
        (["set check_function_bodies = off;\n" + DECLARES.format("m mood"), MOOD], []),
        (["create table u (a int default g());\n", INTEGER], ["create table u"]),
        (["create table u (a int);\nalter table u alter a set default g();\n", INTEGER], ["alter table u alter a"]),
        (["create table u (a int default nextval('s'));\n", "create sequence s;\n"], ["create table u"]),
        (["create sequence s;\ncreate table u (a int default nextval('s'));\n"], []),
        (["create table s (a serial);\ncreate table u (a int default nextval('s_a_seq'));\n"], []),
        (["create table u (a mood, b mood[]);\n", MOOD], ["create table u"]),
        ([MOOD + "create table u (a mood);\n", "drop type mood cascade;\n" + MOOD], []),
        (["create domain d as mood;\n", MOOD], ["create domain d"]),
        (["create type pair as (a mood, b int);\n", MOOD], ["create type pair"]),
        (["create table u (a d);\n", "create domain d as text;\n"], ["create table u"]),
        (["create table u (a int);\nalter table u add b mood;\n", MOOD], ["alter table u add b"]),
        (
            ["create table u (a text);\nalter table u alter a type mood using a::mood;\n", MOOD],
            ["alter table u alter a"],
        ),
        (["create function h(a mood) returns int language plpgsql as $$ begin end $$;\n", MOOD], ["create function h"]),
        (["create function h() returns setof t language plpgsql as $$ begin end $$;\n", TABLE], ["create function h"]),
        (["insert into t values (1, 2);\n", TABLE], ["insert into t"]),
        (["update t set a = 1;\n", TABLE], ["update t"]),
        (["delete from t;\n", TABLE], ["delete from t"]),
        (["select g();\n", INTEGER], ["select g()"]),
        (["grant execute on function g() to public;\n", INTEGER], ["grant execute"]),
        (["alter function g() owner to postgres;\n", INTEGER], ["alter function"]),
        (["alter function g() stable;\n", INTEGER], ["alter function"]),
        (["comment on function g() is 'x';\n", INTEGER], ["comment on function"]),
        (["alter type mood add value 'bad';\n", MOOD], ["alter type mood"]),
        (["create table u (a citext);\n", "create extension citext;\n"], ["create table u"]),
        (["create extension citext;\ncreate table u (a citext);\n"], []),
        (["select cron.schedule('a', '* * * * *', 'select 1');\n", "create extension pg_cron;\n"], ["select cron"]),
        # A column that a later statement adds.
        ([TABLE + "insert into t (id, b) values (1, 2);\n", ADDS], ["insert into t (id, b)"]),
        ([TABLE + "update t set b = 1;\n", ADDS], ["update t"]),
        ([TABLE + "alter table t alter b set not null;\n", ADDS], ["alter table t alter b"]),
        ([TABLE + "alter table t add unique (b);\n", ADDS], ["alter table t add unique"]),
        ([TABLE + "comment on column t.b is 'x';\n", ADDS], ["comment on column"]),
        ([TABLE + "do $$ begin insert into t (b) values (1); exception when others then null; end $$;\n", ADDS], []),
        ([TABLE + "do $$ begin insert into t (b) values (1); end $$;\n", ADDS], ["do $$ begin insert"]),
        (
            [
                TABLE + "do $$ begin if exists (select from information_schema.tables where table_name = 'u') then"
                " insert into u values (1); end if; end $$;\n",
                "create table u (id int);",
            ],
            [],
        ),
        ([TABLE + "create policy p on t using (b > 0);\n", ADDS], ["create policy p"]),
        ([TABLE + "create view w as select b from t;\n", ADDS], ["create view w"]),
        ([TABLE + "create index i on t (b);\n", ADDS], ["create index i"]),
        ([TABLE + "create index i on t ((b + 1));\n", ADDS], ["create index i"]),
        ([TABLE + "alter table t add check (b > 0);\n", ADDS], ["alter table t add check"]),
        ([TABLE + ADDS + "create policy p on t using (b > 0);\n"], []),
        ([TABLE + "create policy p on t using (a > 0);\n", "alter table t rename a to b;\n"], []),
        (
            [
                TABLE + "create policy p on t using (a > 0);\n",
                "drop policy p on t;\nalter table t drop a;\n",
                "alter table t add a text;\ncreate policy p on t using (a > '');\n",
            ],
            [],
        ),
    ],
)
def test_what_is_named_before_it_is_made(tmp_path: Path, refused: Refused, files: list[str], told: list[str]) -> None:
    texts = {f"supabase/migrations/2025010{number}000000_a.sql": text for number, text in enumerate(files, 1)}
    (tmp_path / "supabase" / "migrations").mkdir(parents=True)
    for path, text in texts.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    scripts = [Script(path, read_sql(text.encode())) for path, text in texts.items()]
    meant = [texts[place.path][place.start :].splitlines()[0] for place in refused(scripts)]
    assert [any(line.startswith(start.strip()) for start in told) for line in meant] == [True] * len(told)
    found = audit_folder(tmp_path, Options(select=frozenset({"out-of-order-reference"}))).findings
    lines = [
        texts[spot.path].splitlines()[spot.line - 1]
        for finding in found
        for spot in finding.spots
        if spot.role == "primary"
    ]
    assert list(dict.fromkeys(lines)) == meant  # one needs two of them


OWN_UID = "create or replace function auth.uid() returns uuid language sql as $$ select null::uuid $$;\n"
UNREAD = "do $$ begin execute (select string_agg(x, ';') from todo); end $$;\n"


@pytest.mark.parametrize(
    "files",
    [
        # Supabase has it from the start.
        [TABLE + "create policy p on t using (auth.uid() is null);", OWN_UID],
        # Nobody can tell what the block makes.
        [UNREAD + TABLE + GUARDS, FUNCTION],
    ],
)
def test_what_may_be_there_is_not_told(tmp_path: Path, files: list[str]) -> None:
    (tmp_path / "supabase" / "migrations").mkdir(parents=True)
    for number, text in enumerate(files):
        (tmp_path / f"supabase/migrations/2025010{number}000000_a.sql").write_text(text, encoding="utf-8")
    assert audit_folder(tmp_path, Options(select=frozenset({"out-of-order-reference"}))).findings == ()
