"""The columns of queries, as PostgreSQL 18 described them (`tools/record_inference.py`)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sql_infer.blog import catalog
from tripoint.sql.grammar import Refusal, parse_statement
from tripoint.sql.infer import infer_columns

EXPECTED: dict[str, list[list[str]] | None] = json.loads(
    (Path(__file__).parent / "expected.json").read_text(encoding="utf-8")
)
PATH = ("public", "app")
BASE = {
    "public.email": "character varying(120)",
    "information_schema.sql_identifier": "name",
}
"""A server describes a column of a domain by the domain's base type."""


@pytest.mark.parametrize("query", EXPECTED)
def test_columns_are_what_postgresql_says(query: str) -> None:
    expected = EXPECTED[query]
    assert expected is not None, "PostgreSQL refuses it"
    parsed = parse_statement(query)
    assert parsed is not None
    assert not isinstance(parsed, Refusal)
    columns = infer_columns({parsed[0]: parsed[1]}, catalog(), PATH)
    assert columns is not None
    assert [[c.name, BASE.get(c.type or "", c.type)] for c in columns] == expected
