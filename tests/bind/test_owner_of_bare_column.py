"""Whose a column without a qualifier most likely is, where no table of the statement has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tripoint.audit import audit_folder

MIGRATIONS = {
    "migrations/001_init.up.sql": "create table orders (id bigint primary key, customer_id bigint, total numeric);\n"
    "create table customers (id bigint primary key, full_name text, city text);\n",
    "migrations/002_rename.up.sql": "alter table customers rename column full_name to name;\n",
}


@pytest.mark.parametrize(
    ("column", "subject"),
    [
        pytest.param("full_name", "public.customers.full_name", id="it had it"),
        pytest.param("citty", "public.customers.citty", id="a name like one of its own"),
        pytest.param("totals", "public.orders.totals", id="a name like one of the first's"),
        pytest.param("weight", "public.orders.weight", id="nothing tells: the first"),
    ],
)
def test_owner(tmp_path: Path, column: str, subject: str) -> None:
    query = f"SELECT o.id, {column} FROM orders o JOIN customers c ON c.id = o.customer_id"
    code = f'import psycopg\n\n\ndef f(conn: psycopg.Connection):\n    return conn.execute("{query}").fetchall()\n'
    for name, text in (MIGRATIONS | {"app/db.py": code}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert [one.subject for one in audit_folder(tmp_path).findings if one.rule == "missing-column"] == [subject]
