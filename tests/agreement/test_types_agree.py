"""What PostgreSQL's functions and columns take of which types, held against PostgreSQL."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from tripoint.model.catalog import Catalog, Column, Table
from tripoint.model.name import Name
from tripoint.postgres.server import Server
from tripoint.sql.builtins import builtins
from tripoint.sql.grammar import parse_expression, parse_statement
from tripoint.sql.queries import Queries
from tripoint.sql.scope import resolve_expression_names, resolve_names
from tripoint.sql.space import Scope

TYPES = """text,character varying,integer,bigint,smallint,numeric,double precision,real,boolean,uuid,date,interval
timestamp with time zone,timestamp without time zone,jsonb,json,text[],integer[],bytea,name,inet,int4range,tsvector
time without time zone,oid,money,xml,uuid[],jsonb[],character(3)""".replace("\n", ",").split(",")
OFTEN = """round lower length sum avg min string_agg array_agg date_trunc date_part to_char json_array_length jsonb_set
concat format substring btrim left replace split_part abs ceil mod power age array_length unnest array_to_string
generate_series jsonb_array_elements to_jsonb md5 lag regexp_replace lpad to_timestamp width_bucket trunc""".split()  # noqa: SIM905


@pytest.fixture
def connection(server: Server) -> Iterator[psycopg.Connection[Any]]:
    with server.connect("postgres") as connection:
        yield connection


@contextmanager
def _undone(connection: psycopg.Connection[Any]) -> Iterator[None]:
    connection.execute("begin")
    try:
        yield
    finally:
        connection.execute("rollback")


def _answer(connection: psycopg.Connection[Any], statement: str) -> str | None:
    """Return the SQLSTATE with which a statement is refused when it is prepared."""
    with _undone(connection):
        try:
            connection.execute(f"prepare asked as {statement}".encode())
        except psycopg.Error as error:
            return error.sqlstate
        connection.execute("deallocate asked")  # which a rollback does not
    return None


def test_calls_that_no_function_takes(connection: psycopg.Connection[Any]) -> None:
    chance = random.Random(1)
    told = silent = 0
    for _ in range(1500):
        name = chance.choice(OFTEN)
        signature = chance.choice(builtins().functions[name])
        given = [
            "NULL" if (one := chance.choice([*TYPES, None])) is None else f"NULL::{one}" for _ in signature.arguments
        ]
        call = f"{name}({', '.join(given)}){' over ()' if signature.kind == 'w' else ''}"
        node = parse_expression(call)
        assert node is not None
        refused = _answer(connection, f"select {call}") == "42883"
        if any(one.kind == "operator" for one in resolve_expression_names(node, Catalog(), ("public",))):
            assert refused, call
            told += 1
        else:
            silent += refused
    assert told > 10 * silent


@pytest.mark.parametrize("kept", TYPES)
def test_values_that_no_column_takes(connection: psycopg.Connection[Any], kept: str) -> None:
    name = Name("public", "kept")
    table = Table(name, columns={"value": Column("value", kept)})
    catalog = Catalog(tables={name: table})
    for given in TYPES:
        statement = f"update public.kept set value = NULL::{given}"
        read = parse_statement(statement)
        assert isinstance(read, tuple)
        told = any(one.kind == "assignment" for one in resolve_names({read[0]: read[1]}, catalog, ("public",)))
        with _undone(connection):
            connection.execute(f"create table public.kept (value {kept})".encode())
            connection.execute("savepoint made")
            try:
                connection.execute(f"prepare asked as {statement}".encode())
                refused = False
            except psycopg.Error as error:
                refused = error.sqlstate == "42804"
        assert told == refused, statement


@pytest.mark.parametrize("operator", ["=", "<", "~~", "+", "-", "*", "/", "||", "->", "->>"])
def test_operators_that_no_types_have(connection: psycopg.Connection[Any], operator: str) -> None:
    pairs = [(left, right) for left in TYPES for right in (*TYPES, None)]
    for left, right in random.Random(operator).sample(pairs, 250):
        if operator in "+-" and "[]" in left + (right or ""):
            continue  # an extension has them
        expression = f"NULL::{left} {operator} NULL{'' if right is None else f'::{right}'}"
        node = parse_expression(expression)
        assert node is not None
        names = resolve_expression_names(node, Catalog(), ("public",))
        refused = _answer(connection, f"select {expression}") == "42883"
        assert any(one.kind == "operator" for one in names) == refused, expression


@pytest.mark.parametrize("given", TYPES)
def test_casts_that_there_are_not(connection: psycopg.Connection[Any], given: str) -> None:
    for target in TYPES:
        expression = f"(NULL::{given})::{target}"
        node = parse_expression(expression)
        assert node is not None
        told = any(one.kind == "refused" for one in resolve_expression_names(node, Catalog(), ("public",)))
        assert told == (_answer(connection, f"select {expression}") == "42846"), expression


@pytest.mark.parametrize(
    "form", ["coalesce({}, {})", "case when true then {} else {} end", "greatest({}, {})", "array[{}, {}]"]
)
def test_types_of_values_that_are_brought_together(connection: psycopg.Connection[Any], form: str) -> None:
    pairs = [(left, right) for left in [*TYPES, None] for right in [*TYPES, None]]
    silent = 0
    for left, right in random.Random(form).sample(pairs, 400):
        expression = form.format(*(f"NULL{'' if one is None else f'::{one}'}" for one in (left, right)))
        analysis = Queries(Catalog(), ("public",))
        found = analysis.type_of(parse_expression(expression), Scope())
        refused = _answer(connection, f"select {expression}")
        if any(one.kind == "refused" for one in analysis.names):
            assert refused is not None, expression
        elif refused is not None:
            silent += 1
        elif found is not None and "xml" not in (left, right):  # nothing compares them, which shows as it runs
            with _undone(connection):
                shown = connection.execute(f"select pg_typeof({expression})::text".encode()).fetchone()
            assert shown is not None
            assert shown[0] == found.partition("(")[0].replace("bpchar", "character"), expression
    assert silent < 20
