"""A server that says which statements it refuses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import psycopg
import pytest

from rules.refusing import Refused, Refuses
from tripoint.model.place import Place
from tripoint.postgres.server import Server
from tripoint.sources.database.explain import explain
from tripoint.sources.database.replay import Script, apply
from tripoint.sql.read import read_sql


@pytest.fixture(scope="session")
def shared() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def refused(shared: Server) -> Refused:
    """Apply scripts to a database of nothing, each on a connection of its own; return what is refused of them."""

    def run(scripts: Sequence[Script]) -> list[Place]:
        with shared.connect("postgres") as connection:
            connection.execute("drop schema if exists public cascade")
            connection.execute("create schema public")
        found = []
        for script in scripts:
            with shared.connect("postgres") as connection:
                found += apply(connection, [script])
        return [failure.place for failure in explain(scripts, found, whole=False)]

    return run


@pytest.fixture(scope="session")
def refuses(shared: Server) -> Iterator[Refuses]:
    """Return what is said of the first statement of a second text that is refused, once the first one is committed."""
    with shared.connect("postgres") as connection:

        def run(before: str, text: str) -> str | None:
            connection.execute("drop schema if exists tried cascade")
            connection.execute("create schema tried")
            connection.execute("set search_path = tried")
            connection.execute(before.encode())
            connection.execute("begin")
            try:
                for statement in read_sql(text.encode()).statements:
                    connection.execute(statement.text.encode())
            except psycopg.DatabaseError as error:
                return error.diag.message_primary
            finally:
                connection.execute("rollback")
            return None

        yield run
