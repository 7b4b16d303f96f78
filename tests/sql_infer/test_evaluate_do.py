"""What a DO block does, told from its text."""

from __future__ import annotations

import pytest

from sql_infer.blog import catalog
from tripoint.model.catalog import Constraint, Policy
from tripoint.model.name import Name
from tripoint.sources.migrations.fold import fold
from tripoint.sql.effects import Effect
from tripoint.sql.evaluate import evaluate_do, run_do
from tripoint.sql.read import read_sql

POSTS = Name("public", "posts")


def texts(body: str) -> list[str]:
    """Return the statements of a block all of which can be told."""
    known = catalog()
    known.tables[POSTS].constraints["posts_pkey"] = Constraint("posts_pkey", "primary", ("id",))
    known.tables[POSTS].policies["own rows"] = Policy("own rows")
    known.roles.add("anon")
    found = evaluate_do(body, "plpgsql", known)
    assert found.undecided == ()
    assert not found.raises
    return [effect.text for effect in found.effects]


@pytest.mark.parametrize(
    "condition, runs",
    [
        ("not exists (select 1 from pg_type where typname = 'mood')", False),
        (("not exists (select from pg_type t join pg_namespace n on n.oid = t.typnamespace "
         "where t.typname = 'colour' and n.nspname = 'public')"), True),
        ("not exists (select 1 from pg_constraint where conname = 'posts_pkey')", False),
        ("exists (select from pg_constraint where contype = 'p' and conrelid = 'public.posts'::regclass)", True),
        ("exists (select from pg_constraint where contype = 'p' and conrelid = 'app.logs'::regclass)", False),
        (("exists (select from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid "
         "and a.attnum = any (c.conkey) where a.attname = 'id' and c.contype = 'p')"), True),
        ("exists (select from pg_constraint where conname = 'posts_pkey' and array_length(conkey, 1) = 2)", False),
        ("to_regclass('public.posts') is null", False),
        ("to_regclass('app.nothing') is null", True),
        ("exists (select from information_schema.columns where table_name = 'posts' and column_name = 'title')", True),
        ("exists (select from information_schema.columns where table_name = 'posts' and column_name = 'slug')", False),
        ("exists (select from information_schema.columns where column_name = 'title' and udt_name = 'text')", True),
        ("exists (select from information_schema.columns where column_name = 'title' and udt_name = 'mood')", False),
        ("not exists (select from information_schema.tables t where t.table_name = 'logs')", False),
        ("exists (select from pg_class where relname = 'posts' and relreplident = 'd')", True),
        ("exists (select from pg_class where relname = 'recent' and relreplident = 'n')", True),
        ("exists (select 1 from pg_tables where schemaname = 'public' and tablename = 'posts')", True),
        ("exists (select 1 from pg_policies where tablename = 'posts' and policyname = 'own rows')", True),
        ("exists (select 1 from pg_roles where rolname = 'anon')", True),
        ("not exists (select 1 from pg_roles where rolname in ('root', 'other'))", True),
        ("exists (select 1 from pg_proc p join pg_namespace n on p.pronamespace = n.oid where proname = 'pick')", True),
        ("exists (select 1 from pg_proc join pg_namespace n on pronamespace = n.oid where nspname = 'auth')", False),
        ("exists (select from pg_class a, pg_class b where a.relname = 'posts' and b.relname = 'authors')", True),
        ("exists (select from pg_class a, pg_class b where a.relname = 'posts' and b.relname = a.relname || 1)", False),
        ("not exists (select 1 from pg_extension where extname = 'pgmq')", True),
        ("(select count(*) from pg_policies where tablename = 'posts') = 1", True),
        (("exists (select 1 from pg_enum e join pg_type t on t.oid = e.enumtypid "
         "where t.typname = 'mood' and e.enumlabel = 'glad')"), False),
        ("'ok' = any (enum_labels) or true", True),
        ("exists (select 1 from pg_class where relname = 'posts' and relkind = 'r' and not relrowsecurity)", True),
        ("to_regprocedure('public.pick(text)') is not null", True),
        ("to_regprocedure('public.pick(boolean)') is not null", False),
    ],
)  # fmt: skip
def test_conditions_on_the_catalog(condition: str, runs: bool) -> None:
    body = f"begin if {condition} then create table made (id int); end if; end"
    assert texts(body) == (["create table made (id int)"] if runs else [])


TRUE = """
null is null | null or true | (null and false) is false | (1 = 1) is true | (null = 1) is not true
case when false then false when true then true end | case 'a' when 'b' then false when 'a' then true end
coalesce(null, 'x') = 'x' | ('a' || null) is null | 'posts' like 'p%' | 'Posts' ilike 'p_sts' | 'posts' not like 'a%'
'posts' !~ '^a' | 'POSTS' ~* '^po' | 1 + 2 * 3 = 7 | 'b' in ('a', 'b') | 'b' = any (array['a', 'b'])
'b' <> all (array['a']) | 'a' is distinct from null | null is not distinct from null | array_length(array[1, 2], 1) = 2
(array['a', 'b'])[2] = 'b' | 'a' < 'b' | true <> false | (select 1) = 1
array(select unnest(array['x'])) = array['x'] | lower('A') || upper('b') = 'aB' | length('abc') = 3 | 'yes'::boolean
"""
FALSE = """
null = 1 | not (null = 1) | null <> 'a' | case when null then true end | 'b' not in ('a', null) | 3 - 1 > 2
exists (select 1 where false) | null and true | null like 'a' | 'posts' ~ '^q'
"""
"""What is not known to be true, as PostgreSQL takes it for a condition."""


@pytest.mark.parametrize(
    "condition, runs",
    [
        (condition.strip(), runs)
        for conditions, runs in ((TRUE, True), (FALSE, False))
        for line in conditions.strip().splitlines()
        for condition in line.split(" | ")
    ],
)
def test_conditions_of_literals(condition: str, runs: bool) -> None:
    body = f"begin if ({condition}) then create table made (id int); end if; end"
    assert texts(body) == (["create table made (id int)"] if runs else [])


def test_loop_over_a_literal_array() -> None:
    body = """
    declare t text;
    begin
      foreach t in array array['posts', 'Odd name'] loop
        execute format('alter table public.%I enable row level security', t);
      end loop;
    end"""
    assert texts(body) == [
        "alter table public.posts enable row level security",
        'alter table public."Odd name" enable row level security',
    ]


@pytest.mark.parametrize(
    "source, expected",
    [
        ("select unnest(array['a', 'b']) as name", ["a", "b"]),
        ("select * from (values ('a'), ('b')) as v(name)", ["a", "b"]),
        ("select tablename as name from pg_tables where schemaname = 'public' order by 1", ["authors", "posts"]),
        (("select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace "
         "where n.nspname = 'app' and c.relkind = 'r'"), ["logs"]),
        (("select a.relname as name from pg_class a join pg_class b on b.relname = a.relname and a.oid = b.oid "
         "where b.relkind = 'r' and a.relname = lower('POSTS')"), ["posts"]),
        (("select v.name from (values ('posts'), ('gone')) as v(name) join pg_tables t on t.tablename = v.name"),
         ["posts"]),
        ("select table_name as name from information_schema.tables where table_name like 'po%'", ["posts"]),
        ("select unnest(string_to_array('a,b', ',')) as name", ["a", "b"]),
        ("select x as name from unnest(array['a']) as x union select 'b'", ["a", "b"]),
    ],
)  # fmt: skip
def test_loops_over_queries(source: str, expected: list[str]) -> None:
    body = f"declare r record; begin for r in {source} loop execute 'drop table ' || quote_ident(r.name); end loop; end"
    assert sorted(texts(body)) == [f"drop table {name}" for name in expected]


def test_building_statements() -> None:
    body = r"""
    declare
      s text := 'app';
      full_name text;
      n int;
    begin
      full_name := s || '.' || 'logs';
      execute 'comment on table ' || full_name || ' is ' || quote_literal('it''s');
      execute format('create policy %1$I on %2$s using (x = %3$L)', 'My own', full_name, 'v');
      execute concat('drop table ', upper('a'), ';');
      execute 'create table ä (id int); drop table ä';
      for i in 1..2 loop
        execute format('create table part_%s (id int)', i);
      end loop;
      select count(*) into n from pg_tables where schemaname = 'app';
      case n when 1 then drop schema one; else drop schema many; end case;
    end"""
    assert texts(body) == [
        "comment on table app.logs is 'it''s'",
        """create policy "My own" on app.logs using (x = 'v')""",
        "drop table A;",
        "create table ä (id int)",
        "drop table ä",
        "create table part_1 (id int)",
        "create table part_2 (id int)",
        "drop schema one",
    ]


def test_a_handler_is_named_and_not_followed() -> None:
    body = "begin create type feeling as enum ('a'); exception when duplicate_object then null; end"
    (effect,) = evaluate_do(body, "plpgsql", catalog()).effects
    assert effect.caught == {"duplicate_object"}
    assert body[effect.start : effect.end] == effect.text
    assert effect.exact


def test_a_handler_that_changes_something_is_undecided() -> None:
    body = "begin drop table posts; exception when undefined_table then create table posts (id int); end"
    found = evaluate_do(body, "plpgsql", catalog())
    assert [e.text for e in found.effects] == ["drop table posts"]
    assert [(body[u.start : u.end], u.may_touch) for u in found.undecided] == [
        ("create table posts (id int)", frozenset(["posts"]))
    ]


def test_a_raised_condition_is_handled() -> None:
    body = (
        "begin begin raise exception 'no'; exception when others then create table b (id int); end; drop table c; end"
    )
    assert texts(body) == ["create table b (id int)", "drop table c"]


def test_offsets_are_bytes() -> None:
    body = "-- größer\nbegin\n  perform now();\n  create table ä (id int);\n  execute 'drop table b';\nend"
    first, second = evaluate_do(body, "plpgsql", catalog()).effects
    data = body.encode()
    assert data[first.start : first.end].decode() == "create table ä (id int)"
    assert data[second.start : second.end].decode() == "'drop table b'"
    assert (first.exact, second.exact) == (True, False)


@pytest.mark.parametrize(
    "body, touched",
    [
        ("if exists (select 1 from posts where id = 1) then alter table posts add x int; end if;", {"posts"}),
        ("if exists (select 1 from posts) then alter table posts add x int references app.logs; end if;", {"posts"}),
        ("execute 'create table ' || current_setting('app.name') || ' (id int)';", None),
        ("execute format('alter table app.logs drop constraint %I', current_setting('c'));", {"app.logs"}),
        ("for r in select title from posts loop execute 'drop table ' || r.title; end loop;", None),
        ("perform make_tables();", None),
    ],
)
def test_what_cannot_be_told(body: str, touched: set[str] | None) -> None:
    found = evaluate_do(f"declare r record; begin {body} create table sure (id int); end", "plpgsql", catalog())
    assert [e.text for e in found.effects] == ["create table sure (id int)"]
    assert [None if u.may_touch is None else set(u.may_touch) for u in found.undecided] == [touched]


@pytest.mark.parametrize(
    ("body", "touched"),
    [
        ("x := 1; -- create\n raise notice 'alter'; insert into posts values (x);", frozenset()),
        ("x := 1; execute y;", None),
        ("x := 1; select pick(1);", None),
    ],
)
def test_a_block_that_cannot_be_read_changes_what_its_words_allow(body: str, touched: frozenset[str] | None) -> None:
    known = catalog()
    assert Name("public", "pick") in known.functions
    (left,) = evaluate_do(f"begin {body} end", "plpgsql", known).undecided
    assert (left.may_touch, left.columns) == (touched, touched is None)


def test_rows_matter_not() -> None:
    body = "if exists (select 1 from posts) then update posts set views = 1; end if; insert into posts values (1);"
    assert texts(f"begin {body} end") == ["insert into posts values (1)"]


def test_an_exception_undoes_the_block() -> None:
    body = "begin create table a (id int); if to_regclass('nothing') is null then raise exception 'no'; end if; end"
    found = evaluate_do(body, "plpgsql", catalog())
    assert found.raises
    assert found.effects == ()


def test_how_many_rows_there_were_is_not_known() -> None:
    body = """declare n int; begin
      update posts set views = 1; get diagnostics n = row_count;
      if n = 0 then raise exception 'none'; end if;
      create table a (id int);
    end"""
    found = evaluate_do(body, "plpgsql", catalog())
    assert not found.raises
    assert "create table a (id int)" in [effect.text for effect in found.effects]


def test_a_procedure_is_followed_as_a_function_is() -> None:
    made = read_sql(
        b"create procedure keep(p int) language plpgsql as $$ begin insert into posts values (p); end $$;"
        b"create procedure grow(p text) language plpgsql as $$ begin"
        b" execute format('create table %I (id int)', p); end $$;"
    )
    known = fold([("a.sql", made)]).catalog
    found = evaluate_do("begin call keep(p => 1); call grow('sails'); call gone(); end", "plpgsql", known)
    assert [effect.text for effect in found.effects] == ["create table sails (id int)"]
    assert [undecided.reason for undecided in found.undecided] == ["what gone does can't be told"]


def test_return_ends_the_block() -> None:
    assert texts("begin if to_regclass('posts') is not null then return; end if; drop table posts; end") == []


def test_effects_are_seen_by_what_follows() -> None:
    known = catalog()
    body = """begin
      drop table posts;
      if to_regclass('posts') is null then create table posts (id int); end if;
    end"""
    seen = []
    for step in run_do(body, "plpgsql", lambda: known):
        assert isinstance(step, Effect)
        seen.append(step.text)
        known.tables.pop(POSTS, None)
    assert seen == ["drop table posts", "create table posts (id int)"]


@pytest.mark.parametrize("body", ["", "begin", "begin x y z; end", "declare a int; end", "begin null; end; $do$", "\0"])
def test_any_text_is_survived(body: str) -> None:
    evaluate_do(body, "plpgsql", catalog())


def test_another_language_is_not_read() -> None:
    (undecided,) = evaluate_do("plv8.execute('x')", "plv8", catalog()).undecided
    assert "plv8" in undecided.reason
