"""Rows that a migration writes where its table does not take them: what is told is what a server refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.refusing import Refuses
from tripoint.audit import Options, audit_folder

TABLE = "create table t (id int primary key, a int not null, b text);\nalter table t enable row level security;\n"
SETS = """create function f() returns trigger language plpgsql as $$ begin new.a := 1; return new; end $$;
create trigger x before insert on t for each row execute function f();
"""
MADE = (
    "import postgres from 'postgres';\nconst sql = postgres();\nawait sql`create table if not exists jobs (id int)`;\n"
)
LATER = "create table u (id int primary key);\n"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("insert into t (id, a) values (1, 2);", False),
        ("insert into t values (1, 2);", False),
        ("insert into t (id) values (1);", True),
        ("insert into t (id) values (1) on conflict do nothing;", True),
        ("insert into t (id) select 1 where false;", False),
        ("insert into t (id, c) values (1, 2);", True),
        ("update t set c = 1;", True),
        ("update t set b = 'x';", False),
        ("insert into nope values (1);", True),
        ("update nope set a = 1;", True),
        ("delete from nope;", True),
        ("alter table t alter a set default 1;\ninsert into t (id) values (1);", False),
        ("alter table t alter a drop not null;\ninsert into t (id) values (1);", False),
        ("alter table t drop a;\ninsert into t (id) values (1);", False),
        ("alter table t drop b;\ninsert into t (id, a, b) values (1, 2, '');", True),
        ("alter table t rename b to c;\ninsert into t (id, a, c) values (1, 2, '');", False),
        (SETS + "insert into t (id) values (1);", False),
        (
            "create domain d as int default 3;\nalter table t add e d not null;\ninsert into t (id, a) values (1, 2);",
            False,
        ),
        (
            "create table s (id serial, g int generated always as (1) stored);\ninsert into s (id) values (default);",
            False,
        ),
        ("create temp table nope (a int);\ninsert into nope (a) values (1);", False),
        ("drop table t;\ninsert into t (id, a) values (1, 2);", True),
        # What is dropped again needs what its keys point to, too.
        ("create table k (id int primary key references nope);\ndrop table if exists k;", True),
        ("create table k (id int primary key references t);\ndrop table k;", False),
        ("alter table t add n int references nope;\nalter table t drop if exists n;", True),
        ("do $$ begin if false then insert into nope values (1); end if; end $$;", False),
        ("do $$ begin insert into nope values (1); end $$;", True),
        ("do $$ begin insert into nope values (1); exception when others then null; end $$;", False),
        ("do $$ begin create policy p on t for insert using (true); end $$;", True),
        ("with x as (select 1 as id) insert into t (id, a) select id, id from x;", False),
        # A key of another type, where the end of the history shows it no longer.
        ("create table k (id int primary key, a text references t);\ndrop table k;", True),
        ("create table k (a text references t);\nalter table k alter a type int using a::int;", True),
        ("create table k (a bigint references t);\ndrop table k;", False),
        # As many values as columns, in every row.
        ("insert into t (id, a, b) values (1, 2);", True),
        ("insert into t (id, a) values (1, 2, 3);", True),
        ("insert into t (id, a) values (1, 2), (3);", True),
        ("insert into t values (1, 2), (3, 4, 'x');", True),
        ("insert into t (id, a) values (1, 2), (3, 4);", False),
        ("insert into t values (1, 2, 'x', 4);", True),
        ("insert into t (id, a, b) select id, a from t;", True),
        ("insert into t (id, a, b) select 1, 2 union all select 3, 4;", True),
        ("insert into t (id, a, b) select * from t where false;", False),
        ("insert into t (id, a, b) select (x).* from (select t as x from t) y;", False),
        ("insert into t (id, a, b) values ((row(1, 2, 'x')::t).*);", False),
        ("insert into t (id, a, b) with q as (select 1, 2, 'x') select * from q;", False),
        ("create view v as select id, a from t;\ninsert into v (id, a) values (1, 2);", False),
    ],
)
def test_rows_that_their_table_does_not_take(tmp_path: Path, refuses: Refuses, written: str, told: bool) -> None:
    texts = {f"supabase/migrations/2025010{n}000000_a.sql": text for n, text in enumerate((TABLE, written, LATER), 1)}
    (tmp_path / "supabase" / "migrations").mkdir(parents=True)
    for path, text in texts.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    refused = refuses(TABLE, written)
    found = audit_folder(tmp_path, Options(select=frozenset({"refused-statement"}))).findings
    assert (refused is not None) == told
    assert [(one.severity, one.subject) for one in found] == [("medium", "20250102000000_a.sql")] * told
    assert [one.message.rpartition(".sql: ")[2].rstrip(".") for one in found] == [refused] * told


@pytest.mark.parametrize(
    "files",
    [
        # The code makes it, and what a runner writes down is its own.
        {"supabase/migrations/1_a.sql": "insert into jobs values (1);", "src/a.ts": MADE},
        {"supabase/migrations/1_a.sql": "insert into schema_migrations values (1);"},
        # The system's own tables are there, listed or not.
        {"supabase/migrations/1_a.sql": "update pg_index set indisready = false; delete from pg_catalog.pg_enum;"},
        # A statement that can't be read may have changed the table, under the name that it had then.
        {
            "supabase/migrations/1_a.sql": (
                TABLE + "do $$ begin execute 'alter table t add c ' || (select x from kinds); end $$;\n"
                "alter table t rename to u;\nupdate u set c = 1;"
            )
        },
    ],
)
def test_rows_of_what_something_else_may_make(tmp_path: Path, files: dict[str, str]) -> None:
    for path, text in {**files, "supabase/migrations/2_b.sql": LATER}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    assert audit_folder(tmp_path, Options(select=frozenset({"refused-statement"}))).findings == ()


def test_what_is_missing_is_told_once(tmp_path: Path) -> None:
    files = {
        "1_a": TABLE
        + "insert into t (id, a, c) values (1, 2, 3);\ninsert into nope values (1);\nupdate lost set a = 1;",
        "2_b": "update t set c = 1;\ninsert into nope values (2);\ninsert into t (id) values (1);",
        "3_c": "insert into t (id) values (2);\nalter table lost add b int;",
        "4_d": LATER,
    }
    (tmp_path / "supabase" / "migrations").mkdir(parents=True)
    for name, text in files.items():
        (tmp_path / f"supabase/migrations/{name}.sql").write_text(text, encoding="utf-8")
    found = audit_folder(tmp_path, Options(select=frozenset({"refused-statement"}))).findings
    assert {one.subject: [spot.note for spot in one.spots] for one in found} == {
        "1_a.sql": ['column "c" of relation "t" does not exist', 'relation "nope" does not exist'],
        "2_b.sql": ['null value in column "a" of relation "t" violates not-null constraint'],
        "3_c.sql": ['null value in column "a" of relation "t" violates not-null constraint'],
    }
