"""A replay meets what a deployment would meet, and reads the catalog of all that can be applied."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tripoint.model.catalog import PUBLISHED
from tripoint.model.evidence import Failure, Platform
from tripoint.model.name import Name
from tripoint.postgres.server import Server
from tripoint.sources.database import replay as replaying
from tripoint.sources.database.replay import Replayed, Script, apply, read_replayed, replay
from tripoint.sql.read import read_sql


def run(*texts: str, platform: Platform = "postgresql", transaction: bool = True) -> Replayed:
    scripts = [Script(f"{n}.sql", read_sql(text.encode()), transaction) for n, text in enumerate(texts, 1)]
    return replay(scripts, platform)


def said(failures: Sequence[Failure]) -> list[tuple[str, str, str]]:
    return [(failure.place.path, failure.sqlstate, failure.message) for failure in failures]


def test_a_refusal_takes_its_file_along_in_a_deployment_only() -> None:
    found = run(
        "create table a (id int primary key);\nalter table missing add column x int;\ncreate table b (id int);",
        "create table c (id int references a);",
    )
    assert said(found.failures) == [
        ("1.sql", "42P01", 'relation "missing" does not exist'),
        ("2.sql", "42P01", 'relation "a" does not exist'),
    ]
    assert said(found.refused) == [("1.sql", "42P01", 'relation "missing" does not exist')]
    assert found.catalog is not None
    assert {name.name for name in found.catalog.tables} == {"a", "b", "c"}
    assert found.differences == ()
    assert found.lost is None


def test_the_cause_is_named() -> None:
    early = "create table late_child (id int references later);"
    found = run(early, "create table later (id int primary key);", "create table x (id int references nowhere);")
    first, second = found.refused
    assert first.explanation == "later is made only later"
    assert first.because is not None
    assert first.because.path == "2.sql"
    assert second.explanation == "no migration makes nowhere"
    follows = run(
        "create table a (id int references nowhere);", "create index on a (id); comment on column a.id is 'x';"
    )
    assert [failure.explanation for failure in follows.refused] == [
        "no migration makes nowhere",
        "a would have been made by a statement that was refused",
        "a would have been made by a statement that was refused",
    ]
    assert {failure.because for failure in follows.refused[1:]} == {follows.refused[0].place}


def test_places_are_bytes_of_the_file() -> None:
    text = "-- größer\nselect 'ä', nothing_there;"
    (failure,) = run(text).refused
    raw = text.encode()
    assert raw[failure.at.start : failure.at.end].rstrip(b";") == b"nothing_there"
    assert raw[failure.place.start : failure.place.end] == "select 'ä', nothing_there".encode()


@pytest.mark.parametrize(
    "text, transaction, sqlstates",
    [
        ("create table t (id int); create index concurrently on t (id);", True, []),
        ("begin; create table t (id int); select 1/0; commit; create table u (id int);", True, ["22012"]),
        ("create type m as enum ('a'); alter type m add value 'b'; create table t (x m default 'b');", True, []),
        ("create table t (x int); alter table t add column x int; create table u (id int);", False, ["42701"]),
    ],
)
def test_units_are_the_runner_s(text: str, transaction: bool, sqlstates: list[str]) -> None:
    found = run(text, transaction=transaction)
    assert [failure.sqlstate for failure in found.failures] == sqlstates


def test_a_new_value_of_an_enum_is_not_to_be_used_in_the_same_transaction() -> None:
    found = run("create type m as enum ('a');", "alter type m add value 'b'; create table t (x m default 'b');")
    assert [failure.sqlstate for failure in found.failures] == ["55P04"]
    assert found.refused == ()
    assert found.catalog is not None
    assert found.catalog.enums[Name("public", "m")].values == ["a", "b"]


def test_what_belongs_to_superusers_is_done_without_its_code() -> None:
    found = run(
        "create function e() returns event_trigger language plpgsql as $$ begin raise 'no'; end $$;"
        'create event trigger "on all" on ddl_command_end execute function e();'
        'alter event trigger "on all" enable always;'
        "create foreign data wrapper w handler no_such_function;"
        "create publication everything for all tables with (publish = 'insert');"
        "create publication side for tables in schema public;"
        'create table after (id int); drop event trigger "on all"; drop event trigger if exists other;'
    )
    assert found.refused == ()
    assert found.catalog is not None
    assert found.catalog.publications["everything"].all_tables
    assert found.catalog.publications["everything"].publish == {"insert"}
    assert found.catalog.publications["side"].publish == PUBLISHED
    assert found.catalog.publications["side"].schemas == {"public"}


def test_the_platform_is_there_and_not_the_project_s() -> None:
    found = run(
        "create table public.notes (id uuid primary key default extensions.uuid_generate_v4(),"
        " owner uuid references auth.users on delete cascade);"
        "create policy mine on storage.objects for select to authenticated using (owner = auth.uid());"
        "insert into storage.buckets (id, name, public) values ('pictures', 'pictures', true);"
        "create extension if not exists pg_cron; select cron.schedule('x', '* * * * *', 'select 1');"
        "alter publication supabase_realtime add table public.notes;"
        "alter role authenticator set pgrst.db_max_rows = '10';",
        platform="supabase",
    )
    assert said(found.refused) == []
    assert found.catalog is not None
    assert set(found.catalog.tables) == {Name("public", "notes"), Name("storage", "objects")}
    assert list(found.catalog.tables[Name("storage", "objects")].policies) == ["mine"]
    assert {bucket.id: bucket.public for bucket in found.catalog.buckets.values()} == {"pictures": True}
    assert found.catalog.publications["supabase_realtime"].tables == {Name("public", "notes")}
    assert found.catalog.roles == set()
    assert found.differences == ()
    assert all(wall.reason for wall in found.walls)


def test_a_lost_server_is_said() -> None:
    found = run("create table a (id int); select pg_terminate_backend(pg_backend_pid());", "create table b (id int);")
    assert found.catalog is None
    assert found.lost is not None
    assert "terminat" in found.lost


def test_files_are_not_run_by_psql(tmp_path: Path) -> None:
    target = tmp_path / "written"
    found = run(f"\\! touch {target}\ncreate table a (id int);\n\\copy a from '/etc/passwd'\n")
    assert not target.exists()
    assert found.catalog is not None
    assert list(found.catalog.tables) == [Name("public", "a")]


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    scripts = [Script(f"{n}.sql", read_sql(text)) for n, text in enumerate((b"select 1", b"select 2", b"select 1/0"))]
    replay(scripts[:2], progress=lambda done, count: told.append((done, count)))
    assert told == [(1, 2), (2, 2)]
    told.clear()
    replay(scripts, progress=lambda done, count: told.append((done, count)))
    assert told[:2] == [(1, 3), (2, 3)]
    assert [done for done, _ in told] == [1, 2, 3, 4, 5, 6]
    assert told[-1] == (6, 6)


def test_a_difference_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from tripoint.sources.migrations import fold as folding

    monkeypatch.delitem(folding.HANDLERS, "IndexStmt")
    (difference,) = run("create table t (id int); create index on t (id);").differences
    assert (difference.kind, difference.subject, difference.left) == ("index", "public.t/t_id_idx", None)


def test_a_grant_on_the_schema_of_every_database_that_is_taken_back_is_no_difference() -> None:
    taken_back = "create role app; grant usage on schema public to app; revoke usage on schema public from app;"
    assert run(taken_back).differences == ()
    assert run("create role app; grant create on schema public to app;").differences == ()


def test_what_a_runner_fills_in_is_no_fault_of_the_migration() -> None:
    found = run("create table t (id int); grant select on t to :APP_ROLE;")
    assert said(found.failures) == []
    assert [failure.message for failure in found.not_tried] == ['role "app_role" does not exist']


def test_each_run_has_a_server_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []

    class Counted(Server):
        def __init__(self, **options: object) -> None:
            super().__init__(**options)  # type: ignore[arg-type]
            started.append(self.socket)

    monkeypatch.setattr(replaying, "Server", Counted)
    run("create role lasting; create table a (id int);")
    assert len(set(started)) == 1
    run("create role lasting; create table a (id int);", "select 1/0;")
    assert len(set(started)) == 3


HISTORIES = {
    "clean": (
        "create type m as enum ('a'); create table t (id int primary key, x m);",
        "begin; create table u (id int references t); commit; create index concurrently on u (id);",
        "savepoint s; create view v as select id from t; release s;",
        "alter type m add value 'b';",
    ),
    "refused": (
        "create type m as enum ('a'); create table t (id int primary key, x m);",
        "create table c (id int); update pg_index set indisvalid = true;",
        "begin; create table u (id int); commit; create index concurrently on u (id);",
        "alter type m add value 'b'; create table w (x m default 'b');",
        "create table lost (id int); create table of_w (x int references w);",
        "begin; create table p (id int); select 1/0; commit; create table q (id int);",
        "create table r (id int); vacuum p; create table s (id int);",
        "set search_path = nowhere; create table nowhere_to_go (id int);",
        "create table last (id int);",
    ),
}


@pytest.mark.parametrize("name", HISTORIES)
def test_one_run_does_for_both_as_long_as_nothing_is_refused(name: str) -> None:
    scripts = [Script(f"{n}.sql", read_sql(text.encode())) for n, text in enumerate(HISTORIES[name])]
    found = replay(scripts)
    assert found == replay(scripts, expect_refusals=True)
    assert bool(found.failures) == (name == "refused")
    assert found.lost is None


def test_what_only_a_superuser_may_do_is_not_tried_on_a_plain_server() -> None:
    found = run("create table a (id int); update pg_index set indisvalid = true; create table b (id int);")
    assert (found.failures, found.refused) == ((), ())
    assert said(found.not_tried) == [("1.sql", "42501", "permission denied for table pg_index")]
    assert found.catalog is not None
    assert {name.name for name in found.catalog.tables} == {"a", "b"}
    platform = run("create table a (id int); update pg_index set indisvalid = true;", platform="supabase")
    assert said(platform.refused) == [("1.sql", "42501", "permission denied for table pg_index")]
    assert platform.not_tried == ()


def test_a_unit_is_run_whole_but_for_what_only_a_superuser_may_do() -> None:
    text = "create type m as enum ('a'); alter type m add value 'b'; update pg_index set indisvalid = true;"
    found = run(text + "create table t (x m default 'b');")
    assert (found.failures, found.refused, len(found.not_tried)) == ((), (), 1)
    assert found.differences == ()


def test_statements_of_an_own_transaction_may_use_what_they_made() -> None:
    text = "begin; create type m as enum ('a'); alter type m add value 'b'; create table t (x m default 'b'); commit;"
    found = run(text)
    assert (found.failures, found.refused, found.differences) == ((), (), ())


@pytest.mark.parametrize("whole", [False, True])
def test_a_refusal_within_one_message_is_of_its_statement(whole: bool) -> None:
    text = "select nextval('s'); -- größer;\nselect 'ä' -- no end\n; select 1, nothing_there; select 2"
    with Server() as server, server.connect("postgres") as connection:
        connection.execute("create sequence s")
        (failure,) = apply(connection, [Script("1.sql", read_sql(text.encode()))], whole=whole)
        found = connection.execute("select last_value from s").fetchone()
    raw = text.encode()
    assert raw[failure.at.start : failure.at.end] == b"nothing_there"
    assert raw[failure.place.start : failure.place.end] == b"select 1, nothing_there"
    assert found == (1 if whole else 2,)  # a deployment tries nothing twice


def test_what_takes_too_long_within_one_message_is_found_by_itself() -> None:
    text = "create table t (id int); select pg_sleep(20); create table u (id int)"
    with Server() as server, server.connect("postgres") as connection:
        script = Script("1.sql", read_sql(text.encode()))
        (failure,) = apply(connection, [script], whole=True, patience=0.5)
        held = read_replayed(connection)
    assert (failure.sqlstate, text[failure.place.start : failure.place.end]) == ("57014", "select pg_sleep(20)")
    assert not held.tables


def test_members_of_an_extension_that_is_made_anew_are_none_of_the_project_s() -> None:
    found = run('drop extension "uuid-ossp";', 'create extension "uuid-ossp";', platform="supabase")
    assert (found.refused, found.differences) == ((), ())
