"""Functions that are said to give what they don't return, called on PostgreSQL: it refuses just those."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tripoint.audit import audit_folder
from tripoint.postgres.server import Server

CASE = Path(__file__).parents[1] / "cases/mismatched-function-result"
CODES = {"42804", "2F005"}
CALLS = """
select p.proname, format('select * from public.%I(%s)', p.proname, (
  select string_agg('null::' || one::regtype, ', ') from unnest(p.proargtypes) one
)) from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prorettype <> 'trigger'::regtype
union all values ('trim_name', 'update public.rooms set name = ''x''')
"""


def _refused(server: Server, folder: Path) -> set[str]:
    """Return the functions that PostgreSQL refuses when they run, with nothing for each argument."""
    found = set()
    with server.connect("postgres") as connection:
        connection.execute("begin")
        for path in sorted(folder.rglob("*.sql")):
            # What a handler would catch is to be seen.
            connection.execute(path.read_bytes().replace(b"exception when others then\n  null;\n", b""))
        connection.execute("insert into public.rooms (name) values ('a')")
        for name, call in connection.execute(CALLS.encode()).fetchall():
            try:
                with connection.transaction():
                    connection.execute(call)
            except psycopg.Error as error:
                found |= {name} if error.sqlstate in CODES else set()
        connection.execute("rollback")
    return found


@pytest.mark.parametrize("side", ["bad", "good"])
def test_what_is_refused_is_told(server: Server, side: str) -> None:
    findings = audit_folder(CASE / side).findings
    told = {one.subject.removeprefix("public.") for one in findings if one.rule == CASE.name}
    assert told == _refused(server, CASE / side)
    assert bool(told) is (side == "bad")
