"""How sure a suggestion is decides how it is said, and whether."""

from __future__ import annotations

import pytest

from tripoint.formats.machine import whole_text
from tripoint.formats.meaning import said_meanings, worth_saying
from tripoint.model.audit import Finding
from tripoint.model.fault import Suggestion


@pytest.mark.parametrize(
    ("confidence", "said"),
    [
        (0.9, "Lost. Likely meant: public.b (90%)."),
        (0.4, "Lost. Perhaps meant: public.b (40%)."),
        (0.1, "Lost."),
    ],
)
def test_a_guess_is_worded_as_one(confidence: float, said: str) -> None:
    suggestion = Suggestion("rename", "public.b", confidence)
    finding = Finding("missing-table", "high", "default", "public.a", "Lost", (), suggestions=(suggestion,))
    assert whole_text(finding) == said
    assert worth_saying(suggestion) == (confidence >= 0.3)


def test_only_what_exists_is_meant() -> None:
    assert list(said_meanings([Suggestion("create", "public.a", 0.9)])) == []
