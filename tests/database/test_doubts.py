"""A refusal that says more about the replay's server than about the migrations is told, and is no fault."""

from __future__ import annotations

import pytest

from tripoint.model.evidence import Platform
from tripoint.postgres.extensions import brought_by
from tripoint.sources.database.replay import Replayed, Script, replay
from tripoint.sql.read import read_sql


def run(*texts: str, platform: Platform = "postgresql", emulated: bool = False) -> Replayed:
    scripts = [Script(f"{n}.sql", read_sql(text.encode())) for n, text in enumerate(texts, 1)]
    return replay(scripts, platform, emulated=emulated)


@pytest.mark.parametrize(
    "text, reason",
    [
        ("create extension plv8;", "lacks it"),
        ("create extension of_our_own;", "lacks it"),
        ("create extension if not exists of_our_own; select own_function();", ""),
        ("create extension postgis; select st_estimatedextent('a', 'b');", "postgis may bring it along"),
        ("create extension timescaledb; create table m (n int); select add_retention_policy('m', interval '1d');",
         "timescaledb may bring it along"),
        (("create extension timescaledb; create table m (n int);"
         "create view v with (timescaledb.continuous) as select n from m;"), "stand-in for timescaledb"),
        ("create extension pgroonga; create table m (n text); create index on m using pgroonga (n);", "pgroonga may"),
        ("create collation german (provider = icu, locale = 'de');", "lacks it"),
        ("create unlogged table m (n int) partition by range (n);", "only PostgreSQL 18"),
        (("create function inner_one(int) returns int language sql immutable as 'select $1';"
         "create function outer_one(int) returns int language plpgsql immutable as 'begin return inner_one($1); end';"
         "create table m (n int); insert into m values (1); create index on m (outer_one(n));"), "pg_catalog alone"),
        (("create table m (n int not null); create temp table l (n int);\n\\copy l from 'rows.csv'\n"
         "insert into m values ((select n from l));"), "psql's own commands"),
        (("create table m (n int not null); create temp table l (n int); copy l from stdin;\n1\n\\.\n"
         "insert into m values ((select n from l));"), "a COPY loads"),
        ("update __diesel_schema_migrations set version = '1';", "the runner's own table"),
        ("create table ${schema}.m (n int); create index on m (n);", "its runner replaces"),
    ],
)  # fmt: skip
def test_what_a_replay_cannot_judge(text: str, reason: str) -> None:
    found = run(text)
    assert (found.failures, found.refused) == ((), ())
    assert found.not_tried
    assert all(reason in str(failure.doubt) for failure in found.not_tried)
    assert found.differences == ()


@pytest.mark.parametrize(
    "text, message",
    [
        ("create extension postgis; select of_nobody('a');", "function of_nobody(unknown) does not exist"),
        ("create extension pgaudit; select * from nowhere;", 'relation "nowhere" does not exist'),
        ("create extension citext; select st_x(1);", "function st_x(integer) does not exist"),
        ("create table m (n int); create index on m (nothing);", 'column "nothing" does not exist'),
        ("create table m (n int not null); insert into m values (null);",
         'null value in column "n" of relation "m" violates not-null constraint'),
        ("create tabel ${x};", 'syntax error at or near "tabel"'),
        ("create index on later (n); create table later (n int);", 'relation "later" does not exist'),
    ],
)  # fmt: skip
def test_what_it_can(text: str, message: str) -> None:
    found = run(text)
    judged = [failure.message for failure in (*found.refused, *found.not_tried) if failure.doubt is None]
    assert judged == ([] if "${" in text else [message])


def test_what_a_doubtful_statement_would_have_made_is_in_doubt_too() -> None:
    found = run(
        "create extension postgis; create table places as select st_estimatedextent('a', 'b') as box;",
        "create index on places (box);",
        "create index on nowhere (box);",
    )
    assert [failure.place.path for failure in found.not_tried] == ["1.sql", "2.sql"]
    assert [failure.message for failure in found.failures] == ['relation "nowhere" does not exist']
    assert [failure.message for failure in found.refused] == ['relation "nowhere" does not exist']


def test_migrations_that_emulate_the_platform() -> None:
    text = "create schema if not exists auth; create role authenticated; create table notes (id int);"
    found = run(text, platform="supabase", emulated=True)
    assert (found.failures, found.refused, len(found.not_tried)) == ((), (), 1)
    assert len(run(text, platform="supabase").refused) == 1


def test_what_an_extension_brings_that_nobody_creates() -> None:
    found = run("select cron.schedule('a', '* * * * *', 'select 1'); create table t (n vector(3));")
    assert [(failure.explanation, failure.extension) for failure in found.refused] == [
        ("cron comes with the extension pg_cron, which no migration creates", "pg_cron"),
        ("vector comes with the extension vector, which no migration creates", "vector"),
    ]
    assert [brought_by(name) for name in ("net.http_post", "http_post", "similarity", "users", "job")] == [
        "pg_net", "http", "pg_trgm", None, None,
    ]  # fmt: skip


def test_a_lock_needs_the_transaction_that_its_runner_begins() -> None:
    found = run("create table m (n int);", "lock table m in access exclusive mode; savepoint a; drop table m;")
    assert (found.failures, found.refused) == ((), ())


def test_what_a_function_makes_at_run_time_folds_into_its_parent() -> None:
    found = run(
        "create table m (n int, at date) partition by range (at);"
        "create function make() returns void language plpgsql as $$ begin execute format("
        "'create table m_%s partition of m for values from (%L) to (%L)', current_date - date '2020-01-01',"
        " current_date, current_date + 1); end $$; select make();"
    )
    assert found.catalog is not None
    assert len(found.catalog.tables) == 2
    assert found.differences == ()


def test_migrations_in_code_may_make_what_is_missing() -> None:
    scripts = [Script("1.sql", read_sql(b"create table a (id int); create index on b (id); create index on a (none);"))]
    found = replay(scripts, in_code=True)
    assert [str(failure.doubt) for failure in found.not_tried] == ["a migration in code may make it"] * 2
    assert replay(scripts).not_tried == ()


def test_names_of_a_template_are_not_those_that_it_runs_with() -> None:
    found = run(
        'create table {{ index .Options "Namespace" }}.people (id int primary key);'
        'alter table {{ index .Options "Namespace" }}.people add column name text;',
        "create table kept (id int references nowhere);",
    )
    assert [failure.place.path for failure in found.not_tried] == ["1.sql", "1.sql"]
    assert [failure.message for failure in found.refused] == ['relation "nowhere" does not exist']
