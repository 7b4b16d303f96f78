"""Where nothing is refused, statements run in savepoints and the units of a deployment come to one catalog."""

from __future__ import annotations

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agreement.grammar import BEGINNING, histories
from tripoint.model.catalog import Catalog
from tripoint.postgres.server import Server
from tripoint.sources.database.compare import differences
from tripoint.sources.database.replay import LOGIN, Script, apply, read_replayed
from tripoint.sql.read import read_sql

_numbers = itertools.count()
_UNITS = ("{}", "begin;\n{};\ncommit", "savepoint own;\n{};\nrelease own")


def run(server: Server, statements: list[str], units: list[int], whole: bool) -> tuple[list[str], bool, Catalog]:
    """Apply statements, four a file; return what was refused, whether the runs parted, and the catalog."""
    database = f"run_{next(_numbers)}"
    parted: list[bool] = []
    refused: list[str] = []
    with server.connect(LOGIN) as connection:
        connection.execute(f"create database {database} template postgres strategy file_copy".encode())
    for number, start in enumerate(range(0, len(statements), 4)):
        unit = units[number % len(units)]
        text = _UNITS[unit % 3].format(";\n".join(statements[start : start + 4]))
        script = Script(f"{number}.sql", read_sql(text.encode()), transaction=unit < 3)
        with server.connect(LOGIN, database) as connection:
            found = apply(connection, [script], whole=whole, part=lambda: parted.append(True))
        refused += [text.encode()[f.place.start : f.place.end].decode() for f in found]
    with server.connect(LOGIN, database) as connection:
        catalog = read_replayed(connection)
    with server.connect(LOGIN) as connection:
        connection.execute(f"drop database {database} with (force)".encode())
        if "reader" in catalog.roles:
            connection.execute(b"drop role reader")
    return refused, bool(parted), catalog


@given(history=histories(8, 20), units=st.lists(st.sampled_from([0, 1, 2, 3, 4]), min_size=1, max_size=5))
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_both_runs_agree(server: Server, history: list[str], units: list[int]) -> None:
    refused, _, _ = run(server, [*BEGINNING, *history], [3], whole=False)
    accepted = [*BEGINNING, *(statement for statement in history if statement not in refused)]
    found, parted, catalog = run(server, accepted, units, whole=False)
    deployed, _, held = run(server, accepted, units, whole=True)
    if not parted:
        assert (found, deployed) == ([], [])
        assert differences(catalog, held) == ()
