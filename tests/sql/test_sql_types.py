"""Types as format_type prints them."""

from __future__ import annotations

import pytest

from tripoint.model.name import Name
from tripoint.sql.grammar import Refusal, parse_expression, parse_plpgsql, parse_statement
from tripoint.sql.types import format_type, serial_type

USER = {
    ("mood",): Name("public", "mood"),
    ("app", "Big Type"): Name("app", "Big Type"),
    ("vector",): Name("extensions", "vector"),
    ("geometry",): Name("extensions", "geometry"),
}


def printed(written: str, modifiers: bool = True) -> str:
    read = parse_statement(f"create table t (a {written})")
    assert read is not None
    assert not isinstance(read, Refusal)
    type_name = read[1]["tableElts"][0]["ColumnDef"]["typeName"]
    return format_type(type_name, USER.get, lambda names: "uuid" if names == ("t", "id") else None, modifiers)


@pytest.mark.parametrize(
    "written, text",
    [
        ("int", "integer"),
        ("int8[][3]", "bigint[]"),
        ("float", "double precision"),
        ("float(3)", "real"),
        ("decimal(5)", "numeric(5,0)"),
        ("numeric(5, -2)", "numeric(5,-2)"),
        ("varchar", "character varying"),
        ("varchar(3)[]", "character varying(3)[]"),
        ("char", "character(1)"),
        ("bpchar", "bpchar"),
        ('"char"', '"char"'),
        ("bit", "bit(1)"),
        ("bit varying(4)", "bit varying(4)"),
        ("time(2)", "time(2) without time zone"),
        ("timestamptz", "timestamp with time zone"),
        ("timestamp(0) with time zone", "timestamp(0) with time zone"),
        ("interval", "interval"),
        ("interval(2)", "interval(2)"),
        ("interval day to second(3)", "interval day to second(3)"),
        ("json", "json"),
        ("pg_catalog.uuid", "uuid"),
        ("_int4", "integer[]"),
        ("mood", "public.mood"),
        ("mood[]", "public.mood[]"),
        ('app."Big Type"', 'app."Big Type"'),
        ("vector(1536)", "extensions.vector(1536)"),
        ("geometry(point, 4326)", "extensions.geometry(Point,4326)"),
        ("unheard_of", "unheard_of"),
        ('x."Y"', 'x."Y"'),
    ],
)
def test_format_type(written: str, text: str) -> None:
    assert printed(written) == text


@pytest.mark.parametrize(
    "written, text",
    [
        ("char", "character"),
        ("varchar(3)", "character varying"),
        ("numeric(3)[]", "numeric[]"),
        ("vector(3)", "extensions.vector"),
    ],
)
def test_signatures_hold_no_lengths(written: str, text: str) -> None:
    assert printed(written, modifiers=False) == text


def test_serial_types() -> None:
    assert [serial_type({"names": [{"String": {"sval": name}}]}) for name in ("serial", "bigserial", "int4")] == [
        "integer",
        "bigint",
        None,
    ]


@pytest.mark.parametrize("text", ["", "1; select 2", "a,", "1 from t", "(", "1\0"])
def test_what_is_no_expression(text: str) -> None:
    assert parse_expression(text) is None


def test_a_trigger_function_in_plpgsql_is_read() -> None:
    body = "declare r record; begin for r in select 1 loop perform r; end loop; return new; end"
    functions = parse_plpgsql(f"create function f() returns trigger language plpgsql as $$ {body} $$")
    assert isinstance(functions, list)
    assert "PLpgSQL_function" in functions[0]
    refusal = parse_plpgsql("create function f() returns int language plpgsql as $$ begin iff; end $$")
    assert isinstance(refusal, Refusal)
