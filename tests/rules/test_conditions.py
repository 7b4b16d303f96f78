"""What is told of a policy's condition before it runs, held against a real server that runs it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tripoint.postgres.server import Server
from tripoint.rules._conditions import truth_of
from tripoint.sql.grammar import parse_expression

SETUP = """
create schema auth;
create function auth.jwt() returns jsonb language sql stable
as $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
create function auth.uid() returns uuid language sql stable as $$ select (auth.jwt() ->> 'sub')::uuid $$;
create function auth.role() returns text language sql stable as $$ select auth.jwt() ->> 'role' $$;
create table t (a uuid, n int, b boolean, s text, l uuid[]);
insert into t values
  ('00000000-0000-0000-0000-000000000001', 1, true, 'x', '{00000000-0000-0000-0000-000000000001}'),
  ('00000000-0000-0000-0000-000000000002', 2, false, 'y', '{}'), (null, null, null, null, null);
create table m (u uuid, g int);
insert into m values ('00000000-0000-0000-0000-000000000001', 1), ('00000000-0000-0000-0000-000000000002', 2);
"""
CLAIMS = {
    "anon": '{"role": "anon"}',
    "authenticated": '{"role": "authenticated", "sub": "00000000-0000-0000-0000-000000000001", "email": "a@b"}',
}

# condition → whether it is certain what it gives, for anon and for signed-in users (for every row)
CONDITIONS = {
    "true": ("t", "t"),
    "1 = 0": ("f", "f"),
    "'f'::boolean": ("f", "f"),
    "auth.uid() = a": ("n", ""),
    "(select auth.uid()) <> a": ("n", ""),
    "not (auth.uid() = a)": ("n", ""),
    "auth.uid() is null": ("t", "f"),
    "auth.uid() is not null": ("f", "t"),
    "(select auth.uid() is not null)": ("f", "t"),
    "auth.uid() is distinct from a": ("", ""),
    "auth.uid() is not distinct from a": ("", ""),
    "(auth.uid() = a) is not false": ("t", ""),
    "(auth.uid() = a) is true": ("f", ""),
    "(auth.uid() = a) is unknown": ("t", ""),
    "coalesce(auth.uid() = a, true)": ("t", ""),
    "coalesce(auth.uid() = a, false)": ("f", ""),
    "coalesce(auth.uid(), '00000000-0000-0000-0000-00000000000a') = coalesce(a, auth.uid())": ("", ""),
    "auth.role() = 'authenticated'": ("f", "t"),
    "auth.role() in ('anon', 'authenticated')": ("t", "t"),
    "auth.role() <> 'anon'": ("f", "t"),
    "auth.jwt() ->> 'role' = 'service_role'": ("f", "f"),
    "(auth.jwt() -> 'app_metadata' ->> 'role') = 'admin'": ("n", ""),
    "(current_setting('request.jwt.claims', true)::json ->> 'sub')::uuid = a": ("n", ""),
    "auth.uid() = any(l)": ("", ""),
    "auth.uid() <> all(l)": ("", ""),
    "n in (select g from m where u = auth.uid())": ("f", ""),
    "n not in (select g from m where u = auth.uid())": ("t", ""),
    "exists (select 1 from m where m.u = auth.uid())": ("f", ""),
    "not exists (select 1 from m where m.u = auth.uid())": ("t", ""),
    "exists (select count(*) from m where m.u = auth.uid())": ("", ""),
    "exists (select 1 from m join t x on x.a = auth.uid())": ("f", ""),
    "exists (select 1 from m where u = auth.uid() union select 2 from m where false)": ("f", ""),
    "(select g from m where u = auth.uid()) = 1": ("n", ""),
    "(select g from m where u = auth.uid()) is null": ("t", ""),
    "b or auth.uid() is null": ("t", ""),
    "b and auth.uid() = a": ("", ""),
    "b": ("", ""),
    "n between 1 and 2": ("", ""),
    "case when auth.uid() is null then true else b end": ("", ""),
    "nullif(auth.role(), 'anon') is null": ("", ""),
}


@pytest.fixture(scope="module")
def connection() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with Server() as server, server.connect() as connection:
        connection.execute(SETUP)
        yield connection


@pytest.mark.parametrize("role", ["anon", "authenticated"])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_what_is_told_is_what_happens(
    connection: psycopg.Connection[tuple[object, ...]], condition: str, role: str
) -> None:
    node = parse_expression(condition)
    assert node is not None
    told = truth_of(node, role)
    connection.execute("select set_config('request.jwt.claims', %s, false)", (CLAIMS[role],))
    rows = connection.execute(f"select {condition} from t").fetchall()
    seen = {{True: "t", False: "f", None: "n"}[row[0]] for row in rows}  # type: ignore[index]
    assert seen <= told
    certain = CONDITIONS[condition][role == "authenticated"]
    assert (told == frozenset(certain)) == bool(certain), "".join(sorted(told))
