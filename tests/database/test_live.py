"""Reading a live database: nothing is written, nothing secret is said, and the runner's history is understood."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tripoint.model.name import Name
from tripoint.postgres.server import Server
from tripoint.sources.database import live
from tripoint.sources.database.live import DatabaseUnreadable, read_live, without_managed


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def url(server: Server, user: str = "postgres", password: str = "-", database: str = "postgres") -> str:
    return f"postgresql://{user}:{password}@/{database}?host={server.socket}&port=5432"


@pytest.fixture
def database(server: Server) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with server.connect("postgres") as connection:
        yield connection
        connection.execute("drop schema public cascade; create schema public; drop schema if exists drizzle cascade")


def test_reads_what_is_there(server: Server, database: psycopg.Connection[tuple[object, ...]]) -> None:
    database.execute("create table public.notes (id int primary key)")
    found = read_live(url(server))
    assert list(found.catalog.tables) == [Name("public", "notes")]
    assert found.place.endswith(":5432/postgres")
    assert "-" not in found.place.removeprefix(server.socket)
    assert found.histories == ()


def test_the_environment_leads_to_a_database(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in (
        ("PGHOST", server.socket),
        ("PGUSER", "postgres"),
        ("PGPASSWORD", "-"),
        ("PGDATABASE", "postgres"),
    ):
        monkeypatch.setenv(key, value)
    assert read_live().version == str(server.binaries.major)


@pytest.mark.parametrize(
    "sql, layout, versions, failed",
    [
        (
            (
                "create table public._prisma_migrations (migration_name text, started_at int, "
                "finished_at int, rolled_back_at int);"
                " insert into public._prisma_migrations values ('1_a', 1, 2, null), ('2_b', 2, null, null), "
                "('3_c', 3, null, 4)"
            ),
            "prisma",
            ("1_a",),
            ("2_b",),
        ),
        (
            (
                "create table public.schema_migrations (version bigint, dirty bool);"
                " insert into public.schema_migrations values (7, true)"
            ),
            "golang-migrate",
            (),
            ("7",),
        ),
        (
            (
                "create table public.schema_migrations (version varchar); "
                "insert into public.schema_migrations values ('2'), ('1')"
            ),
            "dbmate",
            ("1", "2"),
            (),
        ),
        (
            (
                "create table public.goose_db_version (id serial, version_id bigint, is_applied bool);"
                " insert into public.goose_db_version (version_id, is_applied) values (0, true), (5, true)"
            ),
            "goose",
            ("5",),
            (),
        ),
        (
            (
                "create schema drizzle; create table drizzle.__drizzle_migrations (id serial, hash text, "
                "created_at int);"
                " insert into drizzle.__drizzle_migrations (hash, created_at) values ('h', 1700)"
            ),
            "drizzle",
            ("1700",),
            (),
        ),
    ],
)
def test_histories(
    server: Server,
    database: psycopg.Connection[tuple[object, ...]],
    sql: str,
    layout: str,
    versions: tuple[str, ...],
    failed: tuple[str, ...],
) -> None:
    database.execute(sql.encode())
    found = read_live(url(server))
    (history,) = found.histories
    assert (history.layout, history.versions, history.failed) == (layout, versions, failed)
    assert without_managed(found.catalog, "postgresql").tables == {}


def test_a_history_that_may_not_be_read_is_left(
    server: Server, database: psycopg.Connection[tuple[object, ...]]
) -> None:
    database.execute("create table public.schema_migrations (version text); create role looker login")
    assert read_live(url(server, user="looker")).histories == ()
    database.execute("drop role looker")


def test_reading_that_writes_is_refused(
    server: Server, database: psycopg.Connection[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def planted(connection: psycopg.Connection[tuple[object, ...]]) -> None:
        connection.execute("create table public.planted (id int)")

    monkeypatch.setattr(live, "read_within", planted)
    with pytest.raises(DatabaseUnreadable, match="read-only transaction"):
        read_live(url(server))
    assert database.execute("select to_regclass('public.planted')").fetchone() == (None,)


SECRET = "s3cr3t-w0rd"


@pytest.mark.parametrize(
    "broken",
    [
        "postgresql://tripoint:{secret}@/postgres?host={socket}&port=5432",
        "postgresql://nobody:{secret}@localhost:1/postgres",
        "postgresql://user:{secret}@[half/postgres",
        "host={socket} password={secret} nonsense",
        "host={socket} user=postgres password={secret} dbname=missing",
        "postgresql://user:{secret}@host:notaport/x",
    ],
)
def test_no_error_tells_the_password(server: Server, broken: str) -> None:
    with pytest.raises(DatabaseUnreadable) as caught:
        read_live(broken.format(secret=SECRET, socket=server.socket))
    assert SECRET not in str(caught.value)
    assert str(caught.value).count("\n") == 0
    assert caught.value.__cause__ is None
