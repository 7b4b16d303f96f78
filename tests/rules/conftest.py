"""A server that says which statements it refuses within a transaction."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from rules.refusing import Refuses
from tripoint.postgres.server import Server
from tripoint.sql.read import read_sql


@pytest.fixture(scope="session")
def refuses() -> Iterator[Refuses]:
    """Return what is said of the first statement of a second text that is refused, once the first one is committed."""
    with Server() as server, server.connect("postgres") as connection:

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
