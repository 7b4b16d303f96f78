"""What SQL in the code says of types and columns, by the driver that it is handed to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder

TABLE = "create table seats (id uuid primary key, size int, taken date, name text);"
PYTHON = {
    "psycopg": 'import psycopg\n\ndef run(cursor, x):\n    cursor.execute("""{}""", x)\n',
    "asyncpg": 'import asyncpg\n\nasync def run(connection, x):\n    await connection.execute("""{}""", x)\n',
    "django": (
        "from django.db import connection\n\ndef run(x):\n    with connection.cursor() as cursor:\n"
        '        cursor.execute("""{}""", x)\n'
    ),
    "sqlalchemy": (
        "from sqlalchemy import text\nfrom sqlalchemy.orm import Session\n\n"
        'def run(session: Session, x):\n    session.execute(text("""{}"""), x)\n'
    ),
}
GORM = """package main

import (
\t"gorm.io/driver/postgres"
\t"gorm.io/gorm"
)

func run(db *gorm.DB, x []any) {
\tdb.Exec(`%s`, x...)
}
"""


def told(root: Path, driver: str, sql: str) -> list[tuple[str, str, str]]:
    (root / "migrations").mkdir()
    (root / "migrations" / "001_a.sql").write_text(TABLE)
    if driver == "gorm":
        (root / "go.mod").write_text("module hall\n\nrequire gorm.io/driver/postgres v1.5.0\n")
        (root / "main.go").write_text(GORM % sql)
    else:
        (root / "run.py").write_text(PYTHON[driver].format(sql))
    return [(f.rule, f.severity, f.subject) for f in audit_folder(root).findings if f.severity != "low"]


@pytest.mark.parametrize("driver", [*PYTHON, "gorm"])
@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select 1 from seats where id = size", [("missing-operator", "high", "uuid = integer")]),
        ("update seats set size = size || 1", [("missing-operator", "high", "integer || integer")]),
        ("select lower(taken) from seats", [("missing-operator", "high", "lower(date)")]),
        (
            "insert into seats (id, size, name) values (gen_random_uuid(), 1)",
            [("miscounted-insert", "high", "public.seats")],
        ),
        (
            "with big as (select count(*) as number from seats) insert into seats (size) select numbers from big",
            [("missing-from-clause-entry", "high", "numbers")],
        ),
        (
            "with big as (select name from seats) update seats set name = (select b.nam from big as b)",
            [("missing-column", "high", "public.seats.nam")],
        ),
        ("copy seats (id, sise) from stdin", [("missing-column", "high", "public.seats.sise")]),
        ("select round(size, 2), size::text || name from seats where name = 'a' and taken > now()", []),
        ("with big as (select id as a from seats) select a as b, count(*) from big group by (b, a), rollup (b)", []),
        ("with big as (select id from seats) update seats set size = (select size from big limit 1)", []),
    ],
)
def test_whole_statements(tmp_path: Path, driver: str, sql: str, expected: list[tuple[str, str, str]]) -> None:
    if "insert into seats (size)" in sql:
        expected = [*expected, ("missing-required-column", "high", "public.seats.id")]
    assert sorted(told(tmp_path, driver, sql)) == sorted(expected)


@pytest.mark.parametrize(
    ("driver", "sql"),
    [
        ("gorm", "insert into seats (id, size, taken) values (?, ?, ?)"),
        ("gorm", "select name from seats where ?? = ? order by ?"),
        ("gorm", "update seats set taken = ?, name = ? where id = ? and taken < ? or id in ?"),
        ("psycopg", "update seats set taken = %s where id = %s and name like %s limit %s"),
        ("sqlalchemy", "update seats set taken = :a, size = :b where id = :c and name || :d = :e"),
        (
            "sqlalchemy",
            "select idx from unnest(:names) with ordinality as a (value, idx) join seats on seats.name = value",
        ),
        ("asyncpg", "select 1 from rows from (unnest($1), unnest($2)) as a (b, c) join seats on size = c"),
        ("asyncpg", "update seats set taken = $1 where id = $2 and size + $3 > $4"),
    ],
)
def test_a_parameter_is_of_the_type_that_it_meets(tmp_path: Path, driver: str, sql: str) -> None:
    assert told(tmp_path, driver, sql) == []


def test_a_column_that_may_be_of_another_type(tmp_path: Path) -> None:
    table = TABLE.replace("create table", "create table if not exists")
    other = table.replace("id uuid", "id int")
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "001_a.sql").write_text(table)
    (tmp_path / "migrations" / "002_b.sql").write_text(other)
    (tmp_path / "run.py").write_text(PYTHON["psycopg"].format("select 1 from seats where id = size"))
    found = [f.severity for f in audit_folder(tmp_path).findings if f.rule == "missing-operator"]
    assert found == ["medium"]
