"""Functions that are said to fail by their types when they run, called on PostgreSQL: it refuses just those."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tripoint.audit import audit_folder
from tripoint.postgres.server import Server

CASES = Path(__file__).parents[1] / "cases"
CODES = {
    "mismatched-function-result": {"42804", "2F005"},
    "type-mismatch": {"42804"},
    "missing-operator": {"42883"},
    "refused-query": {"42803", "42804", "42601", "42701", "42P10", "42P20", "0A000", "55000", "42703"},
}
ROWS = {
    "mismatched-function-result": "insert into public.rooms (name) values ('a')",
    "refused-query": """insert into public.rooms (name) values ('a');
      insert into public.stays (room_id, nights, price) select id, 1, 2 from public.rooms""",
}
AUTH = "create schema auth; create function auth.uid() returns uuid stable language sql as $$ select null::uuid $$;"
NOTE = "in the function public."
CALLS = """
select p.proname, format('select * from public.%I(%s)', p.proname, (
  select string_agg('null::' || one::regtype, ', ') from unnest(p.proargtypes) one
)) from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prorettype <> 'trigger'::regtype
union all
select p.proname, format('update %s set %I = %I', t.tgrelid::regclass, a.attname, a.attname)
from pg_trigger t join pg_proc p on p.oid = t.tgfoid
join pg_attribute a on a.attrelid = t.tgrelid and a.attnum = 2
where not t.tgisinternal
"""


def _refused(server: Server, folder: Path, codes: set[str]) -> set[str]:
    """Return the functions that PostgreSQL refuses when they run, with nothing for each argument."""
    found = set()
    with server.connect("postgres") as connection:
        connection.execute("begin")
        connection.execute(AUTH)
        for path in sorted(folder.rglob("*.sql")):
            # What a handler would catch is to be seen.
            connection.execute(path.read_bytes().replace(b"exception when others then\n  null;\n", b""))
        connection.execute(ROWS.get(folder.parent.name, ""))
        for name, call in connection.execute(CALLS.encode()).fetchall():
            try:
                with connection.transaction(force_rollback=True):
                    connection.execute(call)
            except psycopg.Error as error:
                found |= {name} if error.sqlstate in codes else set()
        connection.execute("rollback")
    return found


@pytest.mark.parametrize("side", ["bad", "good"])
@pytest.mark.parametrize("rule", CODES)
def test_what_is_refused_is_told(server: Server, rule: str, side: str) -> None:
    findings = [one for one in audit_folder(CASES / rule / side).findings if one.rule == rule]
    notes = {spot.note or "" for one in findings for spot in one.spots}
    told = {note.removeprefix(NOTE) for note in notes if note.startswith(NOTE)}
    assert told == _refused(server, CASES / rule / side, CODES[rule])
    assert bool(told) is (side == "bad")
