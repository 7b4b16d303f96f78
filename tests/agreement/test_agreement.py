"""The fold agrees with PostgreSQL on every SQL file of the tests and examples, and on generated histories."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from agreement.agree import compare_files, disagreements
from agreement.grammar import BEGINNING, histories
from tripoint.model.catalog import Catalog
from tripoint.model.evidence import Settings
from tripoint.postgres.platform import platform_template
from tripoint.postgres.server import Server
from tripoint.supabase import base_catalog

ROOT = Path(__file__).parents[2]
FOLDERS = sorted({path.parent for place in ("tests", "examples") for path in (ROOT / place).rglob("*.sql")})


@pytest.fixture(scope="module")
def supabase() -> Iterator[Server]:
    binaries, template = platform_template("supabase")
    with Server(binaries=binaries, template=template) as server:
        yield server


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_every_sql_file(supabase: Server, folder: Path) -> None:
    files = [(path.name, path.read_bytes()) for path in sorted(folder.glob("*.sql"))]
    found = compare_files(supabase, files, base_catalog(Settings()), "supabase")
    assert (found.differences, found.undecided) == ((), ())


@given(history=histories(5, 15))
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_generated_histories(server: Server, plain: Catalog, history: list[str]) -> None:
    text = ";\n".join([*BEGINNING, *history]) + ";\n"
    found = compare_files(server, [("history.sql", text.encode())], plain)
    assert (found.differences, found.undecided) == ((), ())


def test_a_difference_is_seen(server: Server, plain: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    from tripoint.sources.migrations import fold as folding

    sql = "create table t (id int); create policy p on t using (id = 1)"
    assert disagreements(server, plain, sql) == []
    monkeypatch.delitem(folding.HANDLERS, "CreatePolicyStmt")
    assert disagreements(server, plain, sql) == ["policy public.t/p presence: fold None, server 'present'"]


EXPRESSIONS = (
    "create table t (n int check (n>3 and n in (1,2)))",
    "create table t (n varchar(9) default 'a'||'b')",
    "create table t (n int); create index on t ((n+1)) where n<>0",
    "create table t (a int, b int); create view v as select t.*, a+b s from t where a = any(array[1])",
    "create domain d as text default lower('X') check (value like 'a%')",
    "create function f(a int default 1+1, b text default now()::text) returns int language sql return a+1",
    "create table t (a int) with (oids = false, fillfactor = 90)",
    "create function g(n int) returns int language sql begin atomic select g.n + 1; end",
    "create table t (a int, b int) partition by range ((a+b), b)",
    "create extension btree_gist; create table t (r int4range, n int, exclude using gist (n with =, r with &&))",
    """create table t (a int); create function g() returns trigger language plpgsql as 'begin end';
    create trigger x before update on t for each row when (old.a is distinct from new.a) execute function g()""",
    "create table t (a int); create policy p on t using (exists (select 1 from t u where u.a = t.a))",
    """create table t (a int, b int, constraint old unique (a, b), constraint young unique (b, a));
    create unique index loose on t (a, b);
    create table u (a int, b int, foreign key (b, a) references t (b, a));
    drop index loose; alter table t drop constraint young""",
)


@pytest.mark.parametrize("sql", EXPRESSIONS)
def test_expressions_are_brought_to_one_form(server: Server, plain: Catalog, sql: str) -> None:
    assert disagreements(server, plain, sql) == []


LOOKING = (
    """create function has_table(wanted text) returns boolean language plpgsql as $f$
    declare found boolean; begin
      if wanted is null then return false; end if;
      select exists (select from information_schema.tables where table_name = wanted) into found;
      return found;
    end $f$;
    create function has_column(owner text, wanted text) returns boolean language sql as $f$
      select exists (select 1 from information_schema.columns where table_name = owner and column_name = wanted)
    $f$;
    create table t (a int);
    do $$ begin
      if not has_table('u') then create table u (); else create table never (); end if;
      if not has_table('u') then create table never (); end if;
      if has_column('t', 'a') and not has_column('t', 'b') then alter table t add b int; end if;
      if has_column('t', 'c') then alter table t drop column a; end if;
    end $$""",
    """create type kind as enum ('a'); create table t ();
    do $$ begin create type kind as enum ('a', 'b'); create table never ();
    exception when duplicate_object then
      begin alter type kind add value if not exists 'b'; exception when others then null; end;
    end $$;
    do $$ begin create table t (n int); exception when duplicate_table then alter table t add n int; end $$;
    create domain d as text;
    do $$ begin create domain d as text; exception when others then drop table t; end $$""",
    """create table t (a int primary key, b int not null check (b > 0), c int references t, d int);
    do $$ begin
      if not exists (select from information_schema.constraint_column_usage
                     where table_name = 't' and column_name = 'c') then
        alter table t add constraint referring foreign key (c) references t (a);
      end if;
      if not exists (select from information_schema.constraint_column_usage
                     where table_name = 't' and column_name = 'a') then
        create table never ();
      end if;
      if not exists (select from information_schema.constraint_column_usage where constraint_name = 't_b_check') then
        create table never ();
      end if;
      if exists (select from information_schema.constraint_column_usage where constraint_name = 't_c_fkey') then
        create table found ();
      end if;
    end $$""",
    """create extension vector;
    create function public.f(n int, t text) returns int language sql as 'select 1';
    create function public."G"() returns int language sql as 'select 1';
    do $$ declare name text; begin
      for name in
        select p.oid::regprocedure::text from pg_proc p join pg_namespace n on p.pronamespace = n.oid
        where n.nspname = 'public' and not exists (
          select 1 from pg_depend d join pg_extension e on d.refobjid = e.oid
          where d.objid = p.oid and e.extname = 'vector')
      loop
        execute format('revoke all on function %s from anon', name);
      end loop;
      for name in
        select p.oid::regprocedure from pg_proc p where pronamespace = 'public'::regnamespace
        and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
      loop
        execute format('alter function %s strict', name);
      end loop;
    end $$""",
    """create function f(n int) returns int language sql set search_path = public as 'select 1';
    create function g(n int) returns int language sql as 'select 1';
    do $$ declare r record; begin
      for r in select p.proname, pg_get_function_identity_arguments(p.oid) as args from pg_proc p
        where p.proname in ('f', 'g')
        and (p.proconfig is null or not ('search_path=public' = any (p.proconfig)))
      loop
        execute format('alter function public.%I(%s) set search_path = %L', r.proname, r.args, '');
      end loop;
    end $$""",
    """create function f(n int) returns int language sql security definer as 'select 1';
    create function g(n int) returns int language sql security definer as 'select 1';
    create function h() returns int language sql security definer as 'select 1';
    revoke execute on function g(int) from public, anon;
    do $$ declare kept text[] := array['h']; r record; begin
      for r in select p.oid, p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'public' and p.prosecdef and has_function_privilege('anon', p.oid, 'EXECUTE')
        and p.proname <> all (kept)
      loop
        execute format('revoke execute on function %s from public, anon', r.oid::regprocedure);
        execute format('alter function %s stable', r.oid::regprocedure);
      end loop;
    end $$""",
    """create type mood as enum ('sad', 'glad');
    create function f(a character varying default '', b text[] default null, out c mood, variadic d mood[] default null)
      language sql as 'select null::mood';
    create procedure g(n int) language sql as 'select 1';
    create function h(n int) returns table (id bigint, title text) language sql as $f$ select 1, 'a' $f$;
    do $$ declare found int; begin
      select count(*) into found from pg_proc p where p.proname = 'g'
        and pg_get_function_identity_arguments(p.oid) = 'IN n integer'
        or p.proname = 'h' and pg_get_function_identity_arguments(p.oid) = 'n integer' or p.proname = 'f'
        and pg_get_function_identity_arguments(p.oid) = 'a character varying, b text[], OUT c mood, VARIADIC d mood[]';
      if found <> 3 then raise exception 'only %', found; end if;
      create table checked (id int primary key);
    end $$""",
    """create table orders (id int primary key, state text);
    create type mood as enum ('sad');
    create function f(a int, b text default 'x') returns setof orders language plpgsql security definer
      set search_path = public, extensions as $$ begin
        return query select * from orders where state = 'Ready Stock' and note = b; end $$;
    create function "G h"(out n bigint, inout m mood) language sql stable strict
      as $x$ select 1::bigint, 'sad'::mood /* Ready Stock */ $x$;
    create function untouched() returns text language sql as 'select ''x''';
    create function dropped(n int) returns int language plpgsql as $$ begin delete from GONE; return 1; end $$;
    create procedure kept(n int) language sql begin atomic select 1 /* from gone */; end;
    do $$ declare r record; def text; begin
      for r in select p.oid from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'public' and p.prokind = 'f' and pg_get_functiondef(p.oid) like '%Ready Stock%'
      loop
        def := replace(pg_get_functiondef(r.oid), 'Ready Stock', 'received');
        def := replace(def, 'note = ', 'id::text = ');
        execute def;
      end loop;
      for r in select n.nspname, p.proname, pg_get_function_identity_arguments(p.oid) as args from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace where nspname = 'public' and p.prosrc ilike '%from gone%'
      loop
        execute format('drop function if exists %I.%I(%s) cascade', r.nspname, r.proname, r.args);
      end loop;
    end $$""",
    """do $$ begin
      if not exists (select 1 from storage.buckets where id = 'pictures') then
        insert into storage.buckets (id, name, public) values ('pictures', 'pictures', true);
      end if;
      if not exists (select 1 from storage.buckets where id = 'pictures') then
        update storage.buckets set public = false where id = 'pictures';
      end if;
    end $$""",
)


@pytest.mark.parametrize(
    "sql",
    LOOKING,
    ids=(
        "helpers",
        "handlers",
        "constraints",
        "dependencies",
        "settings",
        "privileges",
        "arguments",
        "bodies",
        "buckets",
    ),
)
def test_blocks_that_look_first(supabase: Server, sql: str) -> None:
    assert disagreements(supabase, base_catalog(Settings()), sql, "supabase") == []


def test_a_policy_that_names_another_tables_column_does_not_keep_its_own(supabase: Server) -> None:
    sql = """create table t (id int primary key, kind int);
    create table u (id int primary key, kind int);
    create policy p on t using (id in (select u.id from u where u.kind > 0));
    create policy q on t using (id in (select v.id from u v where v.kind > 0 and t.id > 0));
    alter table t drop column kind;"""
    assert disagreements(supabase, base_catalog(Settings()), sql, "supabase") == []
