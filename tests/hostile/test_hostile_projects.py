"""What a hostile project can hold is read without harm, and said; the documentation's table is what was tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from hostile.projects import HOSTILES, Hostile, attempt, table

PAGE = Path(__file__).parents[2] / "docs" / "security.md"


@pytest.mark.parametrize("hostile", HOSTILES, ids=lambda hostile: hostile.name)
def test_nothing_runs_and_nothing_from_outside_is_read(hostile: Hostile, tmp_path: Path) -> None:
    assert attempt(hostile, tmp_path) == hostile.outcome


def test_the_page_holds_the_table() -> None:
    assert table() in PAGE.read_text("utf-8"), f"put this into {PAGE.name}:\n{table()}"
