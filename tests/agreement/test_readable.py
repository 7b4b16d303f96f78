"""Which texts a type reads, as it is told without PostgreSQL and as PostgreSQL says."""

from __future__ import annotations

import psycopg

from tripoint.model.readable import reads
from tripoint.postgres.server import Server

TEXTS = {
    "integer": ["12", " -3 ", "1_000", "0x1F", "0b10", "one", "", "1.5", "1e3", "12a", "true"],
    "numeric": ["0x1F", "12", ".5", "5.", "1e5", "-1.5E-3", "NaN", "-infinity", "inf", "1,5", "$5", "", "e5", "1_0.5"],
    "double precision": ["1e5", "Infinity", "-inf", "nan", ".5", "five", "", "1.2.3"],
    "uuid": ["{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", "a0eebc999c0b4ef8bb6d6bb9bd380a11", "1", "me", ""],
    "boolean": ["t", "tru", " YES ", "off", "of", "o", "2", "maybe", ""],
    "date": ["today", "Tomorrow", "epoch", "-infinity", "2026-01-01", "soon", "", "n/a"],
    "timestamp with time zone": ["now", "now()", "yesterday", "infinity", "2026-01-01T00:00Z", "later", "", "null"],
}


def test_postgresql_reads_the_same(server: Server) -> None:
    with server.connect("postgres") as connection:
        for type_name, texts in TEXTS.items():
            for text in texts:
                try:
                    connection.execute(f"select '{text}'::{type_name}".encode())
                    read = True
                except psycopg.Error:
                    read = False
                assert reads(type_name, text) == read, (type_name, text)
