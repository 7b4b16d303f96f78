"""What the service of accounts may not do, held against PostgreSQL: the cases of the rule, run as its role."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tripoint.postgres.platform import platform_template
from tripoint.postgres.server import Server

CASE = Path(__file__).parents[1] / "cases/blocked-account-function"
# The service owns its tables; the stand-in's belong to the role of the migrations.
SERVICE = """
grant usage, create on schema auth to supabase_auth_admin;
alter table auth.users owner to supabase_auth_admin;
set local session_replication_role = replica; -- no trigger runs
insert into auth.users (id) values ('00000000-0000-0000-0000-000000000002');
insert into public.memberships values ('00000000-0000-0000-0000-000000000002', 'editor');
set local session_replication_role = origin;
set local role supabase_auth_admin;
set local search_path = auth;
"""
CLAIMS = 'select public.add_claims(\'{"claims": {}, "user_id": "00000000-0000-0000-0000-000000000002"}\') -> \'claims\''


@pytest.fixture(scope="module")
def platform() -> Iterator[Server]:
    binaries, template = platform_template("supabase")
    with Server(binaries=binaries, template=template) as server:
        yield server


def _answer(server: Server, side: str, *statements: str) -> object:
    """Return the first value of the last statement, or the SQLSTATE with which the service is refused."""
    with server.connect("postgres") as connection:
        connection.execute("begin")
        try:
            for path in sorted((CASE / side).rglob("*.sql")):
                connection.execute(path.read_bytes())
            connection.execute(SERVICE)
            for statement in statements:
                answer = connection.execute(statement.encode())
            row = answer.fetchone()
            return row[0] if row is not None else None
        except psycopg.Error as error:
            return error.sqlstate
        finally:
            connection.execute("rollback")


@pytest.mark.parametrize(
    ("statements", "bad", "good"),
    [
        (("insert into users (id) values ('00000000-0000-0000-0000-000000000001') returning 1",), "42501", 1),
        (("delete from users", "reset role", "select count(*) from public.departures"), 0, 1),
        ((CLAIMS,), None, {"role_of_app": "editor"}),
        (("select hooks.count_attempt('{}')",), "42501", {}),
    ],
)
def test_the_service_gets_what_is_said(
    platform: Server, statements: tuple[str, ...], bad: object, good: object
) -> None:
    assert (_answer(platform, "bad", *statements), _answer(platform, "good", *statements)) == (bad, good)
