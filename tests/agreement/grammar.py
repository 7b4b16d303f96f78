"""Generated histories of DDL: statements over a small world of names, so that they meet, rename and drop each other."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["BEGINNING", "histories"]

# Names that need quotes, that differ only in case, of other scripts, keywords, and one of the greatest length.
TABLES = ["alpha", "Beta", "γάμμα", "user", 'q"t', "a_" + "n" * 61]
COLUMNS = ["id", "name", "Name", "größe", "order", "parent id", "kind", "price", "at"]
TYPES = ["int", "bigint", "text", "varchar(20)", "numeric(10,2)", "timestamptz", "uuid", "text[]", "boolean", "jsonb"]
ENUMS = ["mood", "Zustand"]
LABELS = ["a", "B c", "ü", "it''s"]
SCHEMAS = ["public", "side", "Über"]
ROLES = ["reader", "public"]
DEFAULTS = {
    "int": "1 + 2",
    "bigint": "0",
    "text": "'x' || 'y'",
    "varchar(20)": "'v'",
    "numeric(10,2)": "1.5",
    "timestamptz": "now()",
    "uuid": "gen_random_uuid()",
    "text[]": "'{}'",
    "boolean": "not false",
    "jsonb": "'{}'::jsonb",
}
ACTIONS = ["", " on delete cascade", " on update set null on delete restrict", " deferrable initially deferred"]


BEGINNING = (
    "create schema side",
    'create schema "Über"',
    "create role reader",
    "create type mood as enum ('a', 'b')",
    "create function touch() returns trigger language plpgsql as 'begin return new; end'",
    'create table alpha (id int primary key, name text, "parent id" int, price numeric default 1.5, at date)',
    'create table "Beta" (id bigserial, "Name" varchar(20) unique, "größe" int, kind mood default \'a\', "order" uuid)',
    'create table "γάμμα" (id int not null, name text, kind mood[]) partition by range (id)',
    'create table "user" ("order" int, extra text) inherits (alpha)',
    "create view seen as select id, name from alpha",
)
"""What every history begins with, so that there is something to change."""


def quoted(name: str) -> str:
    """Return a name that may stand in SQL, quoted whether it needs it or not."""
    return '"' + name.replace('"', '""') + '"'


@st.composite
def table(draw: DrawFn) -> str:
    """Return a table's name, mostly without its schema."""
    name = quoted(draw(st.sampled_from([*TABLES[:4], *TABLES])))
    schema = draw(st.sampled_from(["", "", "", "", "", *SCHEMAS]))
    return f"{quoted(schema)}.{name}" if schema else name


def column() -> SearchStrategy[str]:
    return st.sampled_from(COLUMNS).map(quoted)


@st.composite
def definition(draw: DrawFn, name: str | None = None) -> str:
    """Return a column's definition."""
    text = name or draw(column())
    kind = draw(st.sampled_from([*TYPES, "serial", "enum", "identity", "generated"]))
    if kind == "serial":
        return f"{text} {draw(st.sampled_from(['serial', 'bigserial', 'smallserial']))}"
    if kind == "enum":
        return f"{text} {quoted(draw(st.sampled_from(ENUMS)))}"
    if kind == "identity":
        return f"{text} int generated {draw(st.sampled_from(['always', 'by default']))} as identity"
    if kind == "generated":
        return f"{text} int generated always as ({draw(st.integers(0, 9))} * 2) stored"
    parts = [text, kind]
    if draw(st.booleans()):
        parts.append(f"default {DEFAULTS[kind]}")
    if draw(st.integers(0, 3)) == 0:
        parts.append("not null")
    if draw(st.integers(0, 5)) == 0 and kind != "jsonb":
        parts.append("unique")
    if draw(st.integers(0, 6)) == 0:
        parts.append(f"check ({text} is not null)")
    return " ".join(parts)


@st.composite
def create_table(draw: DrawFn) -> str:
    name = draw(table())
    form = draw(st.sampled_from(["plain", "plain", "plain", "like", "inherits", "partitioned", "partition", "as"]))
    if form == "like":
        what = draw(st.sampled_from(["all", "defaults", "indexes"]))
        return f"create table {name} (like {draw(table())} including {what})"
    if form == "as":
        return f"create table {name} as select * from {draw(table())}"
    if form == "partition":
        bound = draw(st.integers(0, 5))
        return f"create table {name} partition of {draw(table())} for values from ({bound}) to ({bound + 1})"
    names = draw(st.lists(column(), min_size=1, max_size=5, unique=True))
    parts = [draw(definition(each)) for each in names]
    if form == "partitioned":
        key = '"id"'
        parts = [f"{key} int not null", *(part for each, part in zip(names, parts, strict=True) if each != key)]
        return f"create table {name} ({', '.join(parts)}) partition by range ({key})"
    if draw(st.booleans()):
        parts.append(f"primary key ({names[0]})")
    if draw(st.integers(0, 2)) == 0:
        parts.append(
            f"foreign key ({draw(st.sampled_from(names))}) references {draw(table())}{draw(st.sampled_from(ACTIONS))}"
        )
    inherits = f" inherits ({draw(table())})" if form == "inherits" else ""
    return f"create {draw(st.sampled_from(['', '', 'unlogged ']))}table {name} ({', '.join(parts)}){inherits}"


@st.composite
def alter_table(draw: DrawFn) -> str:
    name, one, other = draw(table()), draw(column()), draw(column())
    kind = draw(st.sampled_from(TYPES))
    action = draw(
        st.sampled_from(
            [
                f"add column {draw(definition())}",
                f"add column if not exists {draw(definition())}",
                f"drop column {one}",
                f"drop column if exists {one} cascade",
                f"alter column {one} type text",
                f"alter column {one} type {kind} using null::{kind}",
                f"alter column {one} set not null",
                f"alter column {one} drop not null",
                f"alter column {one} drop default",
                f"alter column {one} set default null",
                f"alter column {one} drop identity if exists",
                f"rename column {one} to {other}",
                f"rename to {quoted(draw(st.sampled_from(TABLES)))}",
                f"set schema {quoted(draw(st.sampled_from(SCHEMAS)))}",
                f"add constraint {other} check ({one} is not null)",
                f"add constraint {other} unique ({one})",
                f"add unique ({one}, {other})",
                f"add primary key ({one})",
                f"add constraint {other} foreign key ({one}) references {draw(table())} not valid",
                f"drop constraint if exists {other} cascade",
                f"rename constraint {one} to {other}",
                f"validate constraint {other}",
                "enable row level security",
                "force row level security",
                "disable row level security",
                f"inherit {draw(table())}",
                f"no inherit {draw(table())}",
            ]
        )
    )
    return f"alter table {name} {action}"


@st.composite
def other_statement(draw: DrawFn) -> str:
    name, one, other = draw(table()), draw(column()), draw(column())
    enum, label = quoted(draw(st.sampled_from(ENUMS))), draw(st.sampled_from(LABELS))
    role = draw(st.sampled_from(ROLES))
    view = quoted(draw(st.sampled_from(["seen", "Vista", *TABLES])))
    return draw(
        st.sampled_from(
            [
                f"create index on {name} ({one}, {other} desc)",
                f"create unique index {other} on {name} ({one}) where {one} is not null",
                f"create index if not exists {other} on {name} (({one} is null))",
                f"drop index if exists {other}",
                f"alter index if exists {other} rename to {one}",
                f"create view {view} as select {one}, {other} as x from {name}",
                f"create or replace view {view} as select * from {name}",
                f"create materialized view {view} as select {one} from {name}",
                f"drop view if exists {view} cascade",
                f"drop table if exists {name} cascade",
                f"drop table {name}",
                f"create policy {one} on {name} for select to {role} using ({other} is not null)",
                f"create policy {one} on {name} as restrictive with check ({other} is null)",
                f"alter policy {one} on {name} using ({other} is null)",
                f"alter policy {one} on {name} rename to {other}",
                f"drop policy if exists {one} on {name}",
                f"alter type {enum} add value if not exists '{label}'",
                f"alter type {enum} rename value 'a' to '{label}'",
                f"create type {enum} as enum ('a', 'b')",
                f"drop type if exists {enum} cascade",
                f"comment on table {name} is '{label}'",
                f"comment on column {name}.{one} is '{label}'",
                f"grant select, update ({one}) on {name} to {role}",
                f"grant all on {name} to {role}",
                f"revoke select on {name} from {role}",
                f"alter default privileges in schema public grant select on tables to {role}",
                f"create sequence {view} owned by {name}.{one}",
                f"drop sequence if exists {view}",
                f"create domain {view} as text check (value <> '{label}')",
                f"create type {view} as (a int, b {enum})",
                "create or replace function touch() returns trigger language plpgsql as 'begin return old; end'",
                f"create trigger {one} before update on {name} for each row execute function touch()",
                f"drop trigger if exists {one} on {name}",
                f"create function f({one} int, {other} text default 'x') returns text language sql as 'select $2'",
                "drop function if exists f",
                f"create schema if not exists {quoted(draw(st.sampled_from(SCHEMAS)))}",
                f"drop schema if exists {quoted(draw(st.sampled_from(SCHEMAS[1:])))} cascade",
                "set search_path = side, public",
                "reset search_path",
            ]
        )
    )


def histories(least: int = 3, most: int = 25) -> SearchStrategy[list[str]]:
    """Return lists of statements; what PostgreSQL refuses of them is left out of the comparison."""
    statement = st.one_of(create_table(), alter_table(), other_statement())
    return st.lists(statement, min_size=least, max_size=most)
