"""What a statement names before it is made: what is told is what a server refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import Options, audit_folder
from tripoint.sources.database.replay import Script, replay
from tripoint.sql.read import read_sql

TABLE = "create table t (id int primary key, a int);\nalter table t enable row level security;\n"
FUNCTION = "create function g() returns boolean language sql immutable as $$ select true $$;\n"
TRIGGER = "create function f() returns trigger language plpgsql as $$ begin return new; end $$;\n"
VIEW = "create view v as select id from t;\n"
FIRES = "create trigger x before update on t for each row execute function f();\n"
CALLS = "create function h() returns boolean language plpgsql as $$ begin return g(); end $$;\n"
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
        # Bodies are looked up when they run.
        ([CALLS, FUNCTION], []),
    ],
)
def test_what_is_named_before_it_is_made(tmp_path: Path, files: list[str], told: list[str]) -> None:
    texts = {f"supabase/migrations/2025010{number}000000_a.sql": text for number, text in enumerate(files, 1)}
    (tmp_path / "supabase" / "migrations").mkdir(parents=True)
    for path, text in texts.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    scripts = [Script(path, read_sql(text.encode())) for path, text in texts.items()]
    refused = [texts[one.place.path][one.place.start :].splitlines()[0] for one in replay(scripts).refused]
    assert [any(line.startswith(start.strip()) for start in told) for line in refused] == [True] * len(told)
    found = audit_folder(tmp_path, Options(select=frozenset({"out-of-order-reference"}))).findings
    lines = [
        texts[spot.path].splitlines()[spot.line - 1]
        for finding in found
        for spot in finding.spots
        if spot.role == "primary"
    ]
    assert lines == refused


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
