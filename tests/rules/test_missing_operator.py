"""What the rule says of operators is what a real PostgreSQL answers."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tripoint.postgres.server import Server
from tripoint.rules._filters import SCALARS, TIMES
from tripoint.rules.missing_operator import LACKING

ASKED = {
    "eq": "x = $1",
    "neq": "x <> $1",
    "gt": "x > $1",
    "gte": "x >= $1",
    "lt": "x < $1",
    "lte": "x <= $1",
    "in": "x in ($1, $2)",
    "isdistinct": "x is distinct from $1",
    "like": "x like $1",
    "ilike": "x ilike $1",
    "imatch": "x ~* $1",
    "cs": "x @> $1",
    "ov": "x && $1",
    "fts": "x @@ to_tsquery($1)",
    "plfts": "x @@ plainto_tsquery($1)",
    "phfts": "x @@ phraseto_tsquery($1)",
    "wfts": "x @@ websearch_to_tsquery($1)",
    "order": "true order by x",
}
"""The conditions that PostgREST makes of its operators (https://docs.postgrest.org/en/stable/references/api/
tables_views.html#operators): the value is a parameter of unknown type."""
SPOKEN = {"enum": "mood", "array": "text[]"}


@pytest.fixture(scope="module")
def connection() -> Iterator[psycopg.Connection]:
    with Server() as server, server.connect("postgres") as connection:
        connection.execute("create type mood as enum ('good')")
        yield connection


@pytest.mark.parametrize("operator", sorted(LACKING))
def test_postgresql_has_no_such_operator(connection: psycopg.Connection, operator: str) -> None:
    answers = {}
    for kind in LACKING[operator]:
        held = SPOKEN.get(kind, kind)
        try:
            connection.execute(f"prepare p as select * from (select null::{held} as x) as t where {ASKED[operator]}")
            connection.execute("deallocate p")
            answers[kind] = "accepted"
        except psycopg.Error as error:
            answers[kind] = error.sqlstate or ""
    assert answers == dict.fromkeys(LACKING[operator], "42883")
    assert answers


@pytest.mark.parametrize("kind", sorted((SCALARS | {"array"}) - {"enum"}))
def test_postgresql_reads_no_null_from_the_text_that_a_client_sends(connection: psycopg.Connection, kind: str) -> None:
    with pytest.raises(psycopg.Error) as refused:
        connection.execute(f"select 'null'::{SPOKEN.get(kind, kind)}")
    assert refused.value.sqlstate == ("22007" if kind in TIMES else "22P02")
