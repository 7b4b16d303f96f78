"""Queries in pieces of SQL that are given to a query builder."""

from __future__ import annotations

import pytest

from tripoint.sources.code.facts import Template, Text
from tripoint.sources.code.read import read_code


def texts(code: str) -> list[str]:
    """Return the texts of SQL of a file, with a mark for what is put in; each part is found where it says it is."""
    data = f"import {{ sql }} from 'kysely';\nexport const f = (id) => {code};\n".encode()
    found = []
    for value in read_code(data, ".ts", True).strings:
        parts = value.parts if isinstance(value, Template) else (value,)
        for part in parts:
            assert not isinstance(part, Text) or not part.exact or data[part.start : part.end] == part.value.encode()
        found.append("".join(part.value if isinstance(part, Text) else "?" for part in parts))
    return found


@pytest.mark.parametrize(
    ("code", "sql"),
    [
        ("q.where(sql`exists (select 1 from lamps l where l.id = ${id})`)", ["(select 1 from lamps l where l.id = ?)"]),
        ("q.where(sql`NOT EXISTS (SELECT 1 FROM lamps) and lit`)", ["(SELECT 1 FROM lamps)"]),
        ("q.select(sql<string[]>`array(select name from lamps where (a or b))`)",
         ["(select name from lamps where (a or b))"]),
        ("q.where(sql`tower.id in (select tower_id from lamps)`)", ["(select tower_id from lamps)"]),
        ("q.where(sql`${tower.id} not in (select tower_id from lamps where kind = ')')`)",
         ["(select tower_id from lamps where kind = ')')"]),
        ("q.where(sql`exists (select 1 from lamps`)", []),
        ("q.where(sql`lit in (1, 2)`)", []),
        ("q.where(css`exists (select 1 from lamps)`)", []),
        ("q.where(`exists (select 1 from lamps)`)", []),
    ],
)  # fmt: skip
def test_what_stands_in_parentheses_is_a_query(code: str, sql: list[str]) -> None:
    assert texts(code) == sql
