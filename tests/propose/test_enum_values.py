"""A value that code writes and the type of its column lacks is added to it, where none that it has is meant."""

from __future__ import annotations

import pytest

from propose.proposing import blog, drafts_of


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("db.from('authors').update({ mood: 'furious' }).eq('id', i)\n", "add value 'furious';"),
        ("db.from('authors').select('id').eq('mood', 'furious')\n", None),
        ("db.from('authors').update({ mood: 'Loud' }).eq('id', i)\n", None),
    ],
    ids=["written", "compared", "spelled otherwise"],
)
def test_what_is_added(code: str, expected: str | None) -> None:
    found = [one.sql for one in drafts_of(blog(code))[1] if one.rule == "invalid-value"]
    assert [sql.split("alter type public.mood ")[1].strip() for sql in found] == ([expected] if expected else [])
