"""SQL of a proposal shows every character, and still says what it said."""

from __future__ import annotations

import pytest

from tripoint.propose.plain import plain_sql
from tripoint.sql.grammar import parse_statement

HIDDEN = "a\u202eb"


@pytest.mark.parametrize(
    ("sql", "plain"),
    [
        ('create table "a b" (id int); -- fine: é', 'create table "a b" (id int); -- fine: é'),
        (f'drop table "{HIDDEN}";', 'drop table U&"a\\+00202Eb";'),
        (f"select '{HIDDEN}\\d';", "select U&'a\\+00202Eb\\\\d';"),
        (f"-- {HIDDEN}\nselect 1;", "-- a\\u202eb\nselect 1;"),
    ],
)
def test_what_is_not_seen_is_written_as_an_escape(sql: str, plain: str) -> None:
    assert plain_sql(sql) == plain


@pytest.mark.parametrize("sql", [f'drop table "{HIDDEN}\\x"', f"select '{HIDDEN}\\n'", f"select E'{HIDDEN}\\\\'"])
def test_the_statement_is_the_same_to_postgresql(sql: str) -> None:
    before, after = (str(parse_statement(text)) for text in (sql, plain_sql(sql)))
    assert HIDDEN in before or "\\u202e" in before
    assert _without_places(after) == _without_places(before)


def _without_places(tree: str) -> str:
    import re

    return re.sub(r"'(?:location|stmt_len)': \d+,? ?", "", tree)
