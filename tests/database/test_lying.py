"""A database that is slow, dies, is encoded otherwise or lies: what is read is right, or a sentence says it is not."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fuzz.rows import answers, damaged
from tripoint.audit import AuditError, Options, audit_folder
from tripoint.model.name import Name
from tripoint.postgres.server import Server
from tripoint.sources.database.live import DatabaseUnreadable, read_live
from tripoint.sources.database.queries import queries
from tripoint.sources.database.read import catalog_of
from tripoint.sources.database.rows import CatalogUnreadable


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def url(server: Server, database: str = "postgres") -> str:
    return f"postgresql://postgres:-@/{database}?host={server.socket}&port=5432"


@contextmanager
def busy(server: Server) -> Iterator[psycopg.Connection[Any]]:
    """Keep whoever reads the policies waiting."""
    with server.connect() as connection:
        connection.execute("begin")
        connection.execute("lock table pg_catalog.pg_policy in access exclusive mode")
        yield connection
        connection.execute("rollback")


def test_a_slow_database_is_said(server: Server) -> None:
    begun = time.monotonic()
    with busy(server), pytest.raises(DatabaseUnreadable, match="statement timeout"):
        read_live(url(server), timeout=0.3)
    assert time.monotonic() - begun < 4


def test_a_database_that_dies_in_the_middle_is_said(server: Server) -> None:
    with busy(server), server.connect() as watcher:

        def kill() -> None:
            for _ in range(200):
                ended = watcher.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where application_name = 'tripoint' and wait_event_type = 'Lock'"
                ).fetchall()
                if ended:
                    return
                time.sleep(0.02)

        killer = threading.Thread(target=kill)
        killer.start()
        with pytest.raises(DatabaseUnreadable, match="terminating connection") as caught:
            read_live(url(server))
        killer.join()
    assert "\n" not in str(caught.value)


def test_another_encoding(server: Server) -> None:
    """Such a database gave its names as bytes, and nothing of it was what the migrations define."""
    with server.connect() as connection:
        connection.execute("create database plain template template0 encoding 'SQL_ASCII' locale 'C'")
    with server.connect(database="plain") as connection:
        connection.execute("create table public.orders (id int primary key)")
        assert list(read_live(url(server, "plain")).catalog.tables) == [Name("public", "orders")]
        connection.execute("set client_encoding = 'SQL_ASCII'")
        connection.execute(b'create table public."caf\xe9" (id int)')
    with pytest.raises(DatabaseUnreadable, match="invalid byte sequence"):
        read_live(url(server, "plain"))


def test_a_key_to_a_table_of_an_extension(server: Server) -> None:
    """Whose columns are not read: the key names them all the same."""
    with server.connect() as connection:
        connection.execute("create table public.owned (id int primary key, unique (id))")
        connection.execute("alter extension plpgsql add table public.owned")
        connection.execute("create table public.user_of (owned int constraint to_owned references public.owned)")
        catalog = read_live(url(server)).catalog
        connection.execute("alter extension plpgsql drop table public.owned")
        connection.execute("drop table public.user_of, public.owned")
    key = catalog.tables[Name("public", "user_of")].constraints["to_owned"]
    assert (key.references, key.referenced_columns) == (Name("public", "owned"), ("id",))
    assert Name("public", "owned") not in catalog.tables


def test_a_history_without_versions(server: Server, tmp_path: Path) -> None:
    """A runner's own table is a table like any other: who may write it may write nonsense."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/1_a.up.sql").write_text("create table public.a (id int primary key);")
    (tmp_path / "migrations/1_a.down.sql").write_text("drop table public.a;")
    with server.connect() as connection:
        connection.execute("create table public.schema_migrations (version text, dirty boolean)")
        connection.execute("insert into public.schema_migrations values ('later', false), (null, null)")
        found = audit_folder(tmp_path, Options(live=True, database_url=url(server)))
        connection.execute("drop table public.schema_migrations")
    assert [testimony.heard for testimony in found.testimonies if testimony.name == "database"] == [True]


def test_what_a_server_says_of_its_catalog_is_held_against_what_postgresql_says() -> None:
    whole = answers()
    assert catalog_of(whole).tables
    for number in range(1500):
        with suppress(CatalogUnreadable):
            catalog_of(damaged(whole, random.Random(number).randbytes(12)))


def test_a_lie_ends_the_audit_with_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: Server
) -> None:
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations/001_a.sql").write_text("create table orders (id uuid primary key);")
    lie = {"roles": "select 1 as name"}
    monkeypatch.setattr("tripoint.sources.database.read.queries", lambda version: {**queries(version), **lie})
    with pytest.raises(AuditError, match=r"^The database can't be read: an answer about its catalog is not"):
        audit_folder(tmp_path, Options(live=True, database_url=url(server)))
