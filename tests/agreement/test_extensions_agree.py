"""What is said of extensions is so in PostgreSQL: their names are theirs, and there with them alone."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tripoint.model.evidence import Settings
from tripoint.postgres.platform import platform_template
from tripoint.postgres.server import Server
from tripoint.sql.extensions import EXTENSION_TYPES, bringing_function, bringing_index, bringing_type

FUNCTIONS = "select distinct proname::text from pg_proc"
TYPES = "select distinct typname::text from pg_type"
CLASSES = """
select am.amname::text, opc.opcname::text, format_type(opc.opcintype, null), opc.opcdefault
from pg_opclass opc join pg_am am on am.oid = opc.opcmethod
"""
OWN = {"earthdistance", "fuzzystrmatch", "pg_trgm", "pgcrypto", "tablefunc", "unaccent", "uuid-ossp"}
"""Extensions of PostgreSQL itself whose functions are listed."""


@pytest.fixture(scope="module")
def connection() -> Iterator[psycopg.Connection[tuple[str, ...]]]:
    binaries, template = platform_template("supabase", Settings())
    with Server(template=template, binaries=binaries) as server:
        with server.connect("postgres") as administrator:
            administrator.execute("create database bare template template0")
        url = f"postgresql://postgres:-@/bare?host={server.socket}&port=5432"
        with psycopg.connect(url, autocommit=True) as bare:
            yield bare


def names(connection: psycopg.Connection[tuple[str, ...]], query: str) -> set[str]:
    return {row[0] for row in connection.execute(query).fetchall()}


def test_postgresql_alone_has_nothing_of_what_is_said_to_be_an_extensions(
    connection: psycopg.Connection[tuple[str, ...]],
) -> None:
    assert [name for name in names(connection, FUNCTIONS) if bringing_function(None, name) is not None] == []
    assert [name for name in names(connection, TYPES) if bringing_type(name) is not None] == []
    for method, opclass, of_type, default in connection.execute(CLASSES).fetchall():
        assert bringing_index(method, opclass, None) is None, opclass
        if default:
            assert bringing_index(method, None, of_type) is None, (method, of_type)


@pytest.mark.parametrize("extension", sorted({*OWN, "citext", "cube", "hstore", "intarray", "isn", "ltree", "seg"}))
def test_an_extension_has_what_is_said_of_it(connection: psycopg.Connection[tuple[str, ...]], extension: str) -> None:
    before = names(connection, FUNCTIONS)
    connection.execute(f'create extension "{extension}" cascade')
    try:
        made = names(connection, FUNCTIONS) - before
        if extension in OWN:
            assert extension in {bringing_function(None, name) for name in made}
        assert set(EXTENSION_TYPES.get(extension, ())) <= names(connection, TYPES)
    finally:
        connection.execute(f'drop extension "{extension}" cascade')


@pytest.mark.parametrize("extension", ["btree_gin", "btree_gist", "pg_trgm", "intarray", "ltree"])
def test_an_extension_has_the_operator_classes_that_are_said_to_be_its_own(
    connection: psycopg.Connection[tuple[str, ...]], extension: str
) -> None:
    before = set(connection.execute(CLASSES).fetchall())
    connection.execute(f'create extension "{extension}"')
    try:
        made = set(connection.execute(CLASSES).fetchall()) - before
        told = {bringing_index(method, opclass, None) for method, opclass, _, _ in made}
        told |= {bringing_index(method, None, of_type) for method, _, of_type, default in made if default}
        assert extension in told
    finally:
        connection.execute(f'drop extension "{extension}" cascade')
