"""Each way out of the sandbox is closed, for root and for an ordinary user alike."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

import tripoint
from postgres.escapes import ESCAPES
from postgres.users import as_user, make_reachable

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "sandbox.md"
USERS: list[int | None] = [None, 65534] if os.geteuid() == 0 else [None]


def tried_by(uid: int | None, cache: Path) -> dict[str, Any]:
    if uid is not None:
        make_reachable(cache, uid)
    said = subprocess.run(
        [sys.executable, TESTS / "postgres" / "escapes.py"],
        capture_output=True,
        env={**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(Path(tripoint.__file__).parents[1])},
        preexec_fn=(lambda: as_user(uid)) if uid is not None else None,
    )
    assert said.returncode == 0, said.stderr.decode()
    found: dict[str, Any] = json.loads(said.stdout)
    return found


@pytest.mark.parametrize("uid", USERS)
def test_every_way_out_is_closed(uid: int | None) -> None:
    # Not pytest's folder, which another run may clear away while this one takes its time.
    with tempfile.TemporaryDirectory() as cache:
        found = tried_by(uid, Path(cache))
    assert found["outcomes"] == {escape.name: escape.outcome for escape in ESCAPES}
    assert not found["written"]
    assert found["uid"] == (os.geteuid() if uid is None else uid)


def test_the_page_lists_every_way() -> None:
    page = PAGE.read_text("utf-8")
    for escape in ESCAPES:
        assert f"| {escape.name} | {escape.outcome} | {escape.closed_by} |" in page
    assert page.count("\n| ") == len(ESCAPES) + 1
