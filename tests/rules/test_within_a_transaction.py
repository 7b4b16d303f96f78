"""What PostgreSQL refuses within the transaction of a migration: what is told is what a server refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules.refusing import Refuses
from tripoint.audit import Options, audit_folder

KINDS = """create type kind as enum ('a', 'b');
create table t (id int primary key, kind kind default 'a', note text);
alter table t enable row level security;
insert into t (id) values (1);
"""
ADD = "alter type kind add value 'new';\n"
IN_TURN = (
    "do $$ begin if not exists (select 1 from pg_enum where enumlabel = 'new') then\n"
    "  alter type kind add value 'new'; end if; end $$;\n"
)
ANEW = """alter type kind rename to old_kind;
create type kind as enum ('a', 'b', 'new');
alter table t alter kind drop default;
alter table t alter kind type kind using kind::text::kind;
"""
LATER = "create table u (id int primary key);\n"


def _told(folder: Path, layout: str, texts: list[str]) -> list[tuple[str, str, str]]:
    for number, text in enumerate((*texts, LATER), 1):
        path = folder / layout.format(f"2025010{number}000000")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    found = audit_folder(folder, Options(select=frozenset({"refused-statement"}))).findings
    return [(one.severity, one.subject, one.message.rpartition(": ")[2].rstrip(".")) for one in found]


def _of_prisma(folder: Path, layout: str) -> None:
    if "prisma" in layout:
        (folder / "prisma" / "migrations").mkdir(parents=True)
        (folder / "prisma" / "schema.prisma").write_text('datasource db {\n  provider = "postgresql"\n}\n')
        (folder / "prisma" / "migrations" / "migration_lock.toml").write_text('provider = "postgresql"\n')


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (ADD + "update t set kind = 'new';", True),
        (ADD + "update t set kind = 'b' where kind = 'new';", True),
        (ADD + "update t set kind = 'b', note = 'new';", False),
        (ADD + "update t set kind = case when id > 1 then 'new'::kind else 'a' end;", True),
        (ADD + "delete from t where kind in ('a', 'new');", True),
        (ADD + "insert into t (id, kind) values (2, 'new');", True),
        (ADD + "insert into t (id, note) values (2, 'new');", False),
        (ADD + "insert into t (id, kind) select 2, 'new';", True),
        (ADD + "select 'new'::kind;", True),
        (ADD + "select 'new';", False),
        (ADD + "alter table t alter kind set default 'new';", True),
        (ADD + "alter table t alter note set default 'new';", False),
        (ADD + "alter table t add k kind default 'new';", True),
        (ADD + "alter table t add k text default 'new';", False),
        (ADD + "alter table t add check (kind <> 'new');", True),
        (ADD + "alter table t add check (note <> 'new');", False),
        (ADD + "create table s (id int, k kind default 'new');", True),
        (ADD + "create table s (id int, k kind check (k <> 'new'));", True),
        (ADD + "create table s (id int, k kind default 'a', note text default 'new');", False),
        (ADD + "create policy p on t using (kind = 'new');", True),
        (ADD + "create policy p on t using (note = 'new');", False),
        (ADD + "create policy p on t using (true);\nalter policy p on t using (kind = 'new');", True),
        (ADD + "create index i on t (id) where kind = 'new';", True),
        (ADD + "create view v as select id from t where kind = 'new';", True),
        (ADD + "create view v as select id, 'new' as label from t;", False),
        (ADD + "create table s as select id from t where kind = 'new';", True),
        (ADD + "comment on type kind is 'new';", False),
        (
            ADD + "create function f() returns void language plpgsql as $$ begin update t set kind = 'new'; end $$;",
            False,
        ),
        ("alter type kind add value if not exists 'b';\nupdate t set kind = 'b';", False),
        ("alter type kind add value if not exists 'new';\nupdate t set kind = 'new';", True),
        ("alter type kind rename value 'b' to 'new';\nupdate t set kind = 'new';", False),
        (IN_TURN + "update t set kind = 'new';", True),
        (ADD + "alter type kind rename value 'new' to 'newer';\nselect 1;", False),
        (ADD + "commit;\nupdate t set kind = 'new';", False),
        ("commit;\n" + ADD + "update t set kind = 'new';", False),
        ("create type k as enum ('a');\nalter type k add value 'new';\nselect 'new'::k;", False),
        (ANEW + "update t set kind = 'new';", False),
        ("create domain d as kind;\nalter table t add k d;\n" + ADD + "update t set k = 'new';", True),
        ("update t set kind = 'b';\n" + ADD, False),
    ],
)
def test_a_value_that_is_used_where_it_is_added(tmp_path: Path, refuses: Refuses, written: str, told: bool) -> None:
    refused = refuses(KINDS, written)
    assert (refused is not None) == told
    said = _told(tmp_path, "supabase/migrations/{}_a.sql", [KINDS, written])
    assert said == [("medium", "20250102000000_a.sql", refused)] * told


@pytest.mark.parametrize(
    ("layout", "written", "told"),
    [
        ("prisma/migrations/{}_a/migration.sql", ADD + "update t set kind = 'new';", True),
        ("db/migrations/{}_a.sql", "-- migrate:up\n" + ADD + "update t set kind = 'new';\n-- migrate:down\n", True),
        (
            "db/migrations/{}_a.sql",
            "-- migrate:up transaction:false\n" + ADD + "update t set kind = 'new';\n-- migrate:down\n",
            False,
        ),
        # Whoever applies these may send each statement on its own, but for what they begin themselves.
        ("db/migrations/{}_a.sql", ADD + "update t set kind = 'new';", False),
        ("db/migrations/{}_a.sql", "begin;\n" + ADD + "update t set kind = 'new';\ncommit;", True),
        ("db/migrations/{}_a.sql", ADD + "begin;\nupdate t set kind = 'new';\ncommit;", False),
    ],
)
def test_it_is_told_where_the_runner_applies_a_file_at_once(
    tmp_path: Path, layout: str, written: str, told: bool
) -> None:
    first = "-- migrate:up\n" + KINDS if "migrate:up" in written else KINDS
    _of_prisma(tmp_path, layout)
    said = _told(tmp_path, layout, [first, written])
    assert [words for _, _, words in said] == ['unsafe use of new value "new" of enum type kind'] * told


@pytest.mark.parametrize(
    ("layout", "written", "told"),
    [
        ("db/migrations/{}_a.sql", "-- migrate:up\nSTATEMENT\n-- migrate:down\n", True),
        ("db/migrations/{}_a.sql", "-- migrate:up transaction:false\nSTATEMENT\n-- migrate:down\n", False),
        ("db/migrations/{}_a.sql", "-- +goose Up\nSTATEMENT\n-- +goose Down\n", True),
        ("db/migrations/{}_a.sql", "-- +goose NO TRANSACTION\n-- +goose Up\nSTATEMENT\n-- +goose Down\n", False),
        # On its own it is one message, which PostgreSQL wraps in nothing.
        ("prisma/migrations/{}_a/migration.sql", "STATEMENT", False),
        ("prisma/migrations/{}_a/migration.sql", "select 1;\nSTATEMENT", True),
        ("supabase/migrations/{}_a.sql", "select 1;\nSTATEMENT", False),
        ("supabase/migrations/{}_a.sql", "begin;\nSTATEMENT\ncommit;", True),
        ("db/migrations/{}_a.sql", "-- migrate:up\ncommit;\nSTATEMENT\nbegin;\n-- migrate:down\n", False),
        ("db/migrations/{}_a.sql", "STATEMENT", False),
    ],
)
@pytest.mark.parametrize(
    "statement",
    ["create index concurrently i on t (note);", "drop index concurrently if exists i;", "vacuum t;"],
)
def test_what_no_transaction_may_hold(
    tmp_path: Path, refuses: Refuses, layout: str, written: str, told: bool, statement: str
) -> None:
    before = "-- migrate:up\n" if "migrate:up" in written else "-- +goose Up\n" if "goose" in written else ""
    _of_prisma(tmp_path, layout)
    said = _told(tmp_path, layout, [before + KINDS, written.replace("STATEMENT", statement)])
    assert [words for _, _, words in said] == [refuses(KINDS, statement)] * told
