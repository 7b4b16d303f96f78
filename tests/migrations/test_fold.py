"""A history as a whole: order, transactions, down sections, the platform's own objects, and what can't be told."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from migrations.folding import describe, folded
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.sources.migrations.fold import fold
from tripoint.sql.read import read_sql


def tables(*files: str) -> list[str]:
    return sorted(str(name) for name in folded(*files).catalog.tables)


def test_a_reference_knows_where_its_table_comes_later() -> None:
    result = folded(
        "create table a (b_id int references b);\nalter table c add x int;",
        "create table b (id int primary key);",
    )
    first, second = result.references
    assert (first.table, first.statement, first.place) == ("public.b", "reference", Place("1.sql", 25, 37))
    assert first.created_later == Place("2.sql", 0, 35)
    assert (second.table, second.statement, second.created_later) == ("public.c", "alter", None)
    key = result.catalog.tables[Name("public", "a")].constraints["a_b_id_fkey"]
    assert (key.references, key.referenced_columns) == (Name("public", "b"), ("id",))


def test_what_was_never_created_is_not_invented() -> None:
    result = folded(
        "alter table gone add x int; create index on gone (x); create policy p on gone; grant all on gone to a;"
    )
    assert result.catalog.tables == {}
    assert [reference.statement for reference in result.references] == ["alter", "index", "policy", "grant"]


@pytest.mark.parametrize(
    "text, left",
    [
        ("begin; create table a (); rollback; create table b ();", ["public.b"]),
        ("begin; create table a (); savepoint s; create table b (); rollback to s; commit;", ["public.a"]),
        ("begin; create table a (); commit; begin; drop table a; rollback;", ["public.a"]),
        ("begin; savepoint s; create table a (); release s; rollback; create table c ();", ["public.c"]),
        ("begin; set search_path = x; rollback; create schema x; create table a ();", ["public.a"]),
    ],
)
def test_what_is_rolled_back_has_no_effect(text: str, left: list[str]) -> None:
    assert tables(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "-- +goose Up\ncreate table a ();\n-- +goose Down\ndrop table a;",
        "-- migrate:up\ncreate table a ();\n-- migrate:down\ndrop table a;",
        "# --- !Ups\ncreate table a ();;\n# a comment\n\n# --- !Downs\ndrop table a;",
        "-- !Ups\ncreate table a ();\n-- !Downs\ndrop table a;",
        "--changeset me:1 dbms:postgresql,h2\ncreate table a ();\n--changeset me:2 dbms:mysql\ndrop table a;",
        "-- +migrate Down\ndrop table a;\n-- +migrate Up\ncreate table a ();",
        "-- Up Migration\ncreate table a ();\n\n-- Down Migration\ndrop table a;",
        "create table a ();\n-- Down Migration\ndrop table a; create table c ();",
        "-- Up Migration for a\ncreate table a ();\n-- Down Migration for a\ndrop table a; create table c ();",
        "create table a ();\n-- Down Migration for a\ndrop table a;",
        "create table a ();\n---- create above / drop below ----\ndrop table a;",
        "-- // make a\ncreate table a ();\n-- //@UNDO\ndrop table a;",
        "-- UP\ncreate table a ();\n-- === DOWN ===\nbegin; drop table a cascade; commit;",
        "create table a ();\n-- Rollback:\nalter table a drop column x;\ndrop table a;",
    ],
)
def test_down_sections_are_no_migrations(text: str) -> None:
    result = folded(text)
    assert list(result.catalog.tables) == [Name("public", "a")]
    assert not result.references


@pytest.mark.parametrize(
    "text",
    [
        "create table b ();\n-- Undo\ndrop table b;\ncreate table a ();",
        "-- Rollback\ndrop table if exists a, b;\n-- Apply\ncreate table a ();",
        "create table b ();\n-- we roll back\n-- down to one table:\ndrop table b; create table a ();",
        "-- Down migration (by hand): drop table a;\ncreate table a ();",
        "-- Up migration: makes a\n-- Down migration: drops it\ncreate table a ();",
        "-- Down migration:\n-- drop table a;\ncreate table a ();",
        "-- migrate:up\ncreate table a ();\n-- migrate:down\n-- Down\ncreate table b ();",
    ],
)
def test_a_heading_alone_makes_no_down_section(text: str) -> None:
    assert tables(text) == ["public.a"]


def test_sessions_end_with_their_file() -> None:
    first = "create schema app; set search_path = app; create temp table t (); create table x ();"
    assert tables(first, "create table y ();") == ["app.x", "public.y"]


def test_where_nothing_creates_the_schema_of_the_search_path_what_is_made_is_found_again() -> None:
    result = folded("set search_path to app; create table a (id int); alter table a add b int; drop table if exists c;")
    assert list(result.catalog.tables[Name("public", "a")].columns) == ["id", "b"]
    assert not result.references
    assert not result.refusals


def test_the_platform_is_looked_up_and_copied_where_it_is_changed() -> None:
    base = "create schema auth; create table auth.users (id uuid primary key); create table auth.other (id int);"
    result = folded(
        "create table t (id uuid references auth.users); create policy p on auth.users; drop table auth.other;"
        "create table u (o int references auth.other);",
        base=base,
    )
    assert sorted(map(str, result.catalog.tables)) == ["auth.users", "public.t", "public.u"]
    assert [reference.table for reference in result.references] == ["auth.other"]
    key = result.catalog.tables[Name("public", "t")].constraints["t_id_fkey"]
    assert key.referenced_columns == ("id",)


def test_folding_changes_nothing_of_the_base() -> None:
    base = fold(
        [("base.sql", read_sql(b"create table t (a int); create function f() returns int language sql as 'select 1';"))]
    )
    before = describe(base.catalog)
    fold([("1.sql", read_sql(b"alter table t add b int; drop function f(); alter table t rename to u;"))], base.catalog)
    assert describe(base.catalog) == before


def test_a_statement_that_does_not_parse_is_opaque_in_what_it_names() -> None:
    result = folded("create table if not exists app.t (a int,); insert intoo x; create policy p on only u usin (true);")
    assert [opaque.may_touch for opaque in result.opaque] == [frozenset({"app.t"}), frozenset({"public.u"})]


def test_what_is_renamed_and_was_made_by_nothing_that_is_read_may_be_there() -> None:
    (opaque,) = folded("alter table nests rename to homes;").opaque
    assert opaque.may_touch == frozenset({"public.homes"})


def test_renames_and_drops_of_the_history() -> None:
    result = folded(
        "create table a (x int, z int); create table b (); create table c ();",
        "alter table a rename to d; alter table d rename x to y; alter table d drop z; drop table b; drop table c;",
        "create table c ();",
    )
    assert [rename[:2] for rename in result.renames] == [("public.a", "public.d"), ("public.d.x", "public.d.y")]
    assert [subject for subject, _ in result.drops] == ["public.d.z", "public.b"]


def test_places_of_columns_constraints_and_bodies() -> None:
    text = (
        "create table t (\n  id int primary key,\n  a text -- note\n    default 'x, y' check (a <> ','), unique (a)\n);"
    )
    text += "\ncreate function f() returns int language sql as $b$select 'ü'$b$;"
    catalog = folded(text).catalog
    data = text.encode()
    table = catalog.tables[Name("public", "t")]

    def at(place: Place | None) -> str:
        assert place is not None
        return data[place.start : place.end].decode()

    assert at(table.columns["id"].place) == "id int primary key"
    assert at(table.columns["a"].place) == "a text -- note\n    default 'x, y' check (a <> ',')"
    assert at(table.constraints["t_a_check"].place) == "check (a <> ',')"
    assert at(table.constraints["t_a_key"].place) == "unique (a)"
    assert at(catalog.functions[Name("public", "f")][0].body_place) == "select 'ü'"


def test_no_order_of_statements_makes_it_raise() -> None:
    """Statements of `statements.txt` in any order and broken in any way: refused or not, never an exception."""
    text = (Path(__file__).parent / "statements.txt").read_text(encoding="utf-8")
    blocks = [block.split("----\n") for block in text.split("\n## ")]
    known = [part for block in blocks for part in (block[0].split("\n", 1)[1] + block[1]).split(";\n") if part.strip()]
    chance = random.Random(7)
    for _ in range(150):
        chosen = [chance.choice(known) for _ in range(chance.randint(3, 40))]
        broken = [
            " ".join(chance.sample(s.split(" "), len(s.split(" ")))) if chance.random() < 0.1 else s for s in chosen
        ]
        first = folded(";\n".join(broken) + ";")
        assert describe(first.catalog) == describe(folded(";\n".join(broken) + ";").catalog)


def test_a_key_that_a_block_looks_up_by_its_column_is_replaced() -> None:
    shops = "create table shops (tenant int, id int primary key, unique (id, tenant));"
    orders = "create table orders (shop int references shops, seller int references shops, tenant int);"
    replaced = """
do $$ declare r record; old text; begin
  for r in select * from (values ('orders', 'shop', 'shops')) as t(child, key, parent) loop
    select c.conname into old from pg_constraint c
      join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
      where c.conrelid = ('public.' || r.child)::regclass and c.confrelid = ('public.' || r.parent)::regclass
        and c.contype = 'f' and array_length(c.conkey, 1) = 1 and a.attname = r.key;
    if old is null then raise exception 'no key of %', r.child; end if;
    execute format('alter table %I drop constraint %I', r.child, old);
    execute format('alter table %I add foreign key (%I, tenant) references %I (id, tenant)', r.child, r.key, r.parent);
  end loop;
end $$;
"""
    result = folded(shops + orders + replaced)
    keys = result.catalog.tables[Name("public", "orders")].constraints.values()
    assert sorted(key.columns for key in keys) == [("seller",), ("shop", "tenant")]
    assert not result.problems


def test_an_index_that_is_dropped_may_be_older_than_the_migrations_where_a_table_is() -> None:
    dropped = "drop index notes_old_idx;"
    assert [p.reason for p in folded(dropped).problems["1.sql"]] == [
        'PostgreSQL would refuse this: index "notes_old_idx" does not exist'
    ]
    older = folded(f"{dropped}\nalter table notes add column title text;")
    assert older.problems.get("1.sql", ()) == ()
    assert older.in_vain == 1


LOOKED_UP = """
do $$ declare held text; begin
  for held in select conname from pg_constraint
    where conrelid = 'jobs'::regclass and contype = 'c' and pg_get_constraintdef(oid) ilike '%state%'
  loop execute format('alter table jobs drop constraint %I', held); end loop;
end $$;
"""


def test_checks_that_a_block_looks_up_by_what_they_say_are_gone() -> None:
    jobs = "create table jobs (id int, state text check (state in ('new')), tries int check (tries < 9));"
    result = folded(jobs + LOOKED_UP + "alter table jobs add constraint jobs_state_check check (state <> '');")
    checks = result.catalog.tables[Name("public", "jobs")].constraints
    assert {name: one.expression for name, one in checks.items()} == {
        "jobs_tries_check": "tries < 9",
        "jobs_state_check": "state <> ''",
    }
    assert not result.problems


def test_a_block_that_drops_keys_leaves_checks() -> None:
    jobs = "create table jobs (id int primary key, state text check (state in ('new')));"
    result = folded(jobs + LOOKED_UP.replace("'c'", "'p'"))
    assert "jobs_state_check" in result.catalog.tables[Name("public", "jobs")].constraints


class Counted(str):
    """A label that counts how often one is compared with another."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_a_label_of_an_enum_is_compared_with_few_of_those_before() -> None:
    text = "create type e as enum ('a');" + "".join(f"alter type e add value 'v{i}';" for i in range(300))
    facts = read_sql(text.encode())
    for statement in facts.statements[1:]:
        statement.node["newVal"] = Counted(statement.node["newVal"])
    Counted.compared = 0
    assert len(fold([("1.sql", facts)]).catalog.enums[Name("public", "e")].values) == 301
    assert Counted.compared < 600


def test_an_enum_that_is_made_anew_holds_no_label_of_the_one_before() -> None:
    text = (
        "create type e as enum ('a'); alter type e add value 'b'; alter type e rename value 'b' to 'c';"
        "alter type e add value 'b'; drop type e; create type e as enum ('x', 'y', 'z'); alter type e add value 'a';"
        "alter type e add value 'w' before 'x'; alter type e add value 'y'; alter type e add value 'q' after 'b';"
    )
    result = folded(text)
    assert result.catalog.enums[Name("public", "e")].values == ["w", "x", "y", "z", "a"]
    assert [p.reason for p in result.problems["1.sql"]] == [
        'PostgreSQL would refuse this: enum label "y" already exists',
        'PostgreSQL would refuse this: "b" is not an existing enum label',
    ]


def test_the_systems_own_relations_are_no_tables_that_migrations_lack() -> None:
    result = folded("comment on table pg_tables is 'audited'; grant select on pg_roles to public;")
    assert not result.references
    assert [p.reason for p in result.problems["1.sql"]] == [
        'PostgreSQL would refuse this: "pg_tables" is a relation of the system'
    ]


def test_a_dump_of_a_whole_database_repeats_what_the_platform_brings_along() -> None:
    tables = ("users", "identities", "sessions", "refresh_tokens", "instances", "flow_state")
    made = "create schema auth;\n" + "".join(f"create table auth.{name} (id uuid);\n" for name in tables)
    keys = "".join(f"alter table only auth.{name} add primary key (id);\n" for name in tables)
    base = fold([("base.sql", read_sql(made.encode() + keys.encode()))]).catalog
    result = fold([("1.sql", read_sql((made + keys + "create table notes (id bigint);").encode()))], base, "supabase")
    assert [problem.reason for problem in result.problems["1.sql"]] == [
        "this and 12 more statements make what the platform brings along: they change nothing"
    ]
    assert result.in_vain == 0
