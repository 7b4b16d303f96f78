"""Twice as much takes twice as many steps. Steps of the interpreter are counted: no clock is asked."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from benchmarks.doubling import PARTS

from tripoint.audit import Options, audit
from tripoint.config import read_config
from tripoint.tree import OverlayTree, WorkTree


def steps(root: Path, part: str, shape: str, n: int) -> int:
    """Return how many lines are run for an audit of a project with `n` of one thing."""
    files = PARTS[part][shape](n)
    tree = OverlayTree(WorkTree(root), {path: text.replace("\0", "#").encode() for path, text in files.items()})
    config = read_config(tree)
    taken = 0

    def step(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal taken
        taken += event == "line"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        audit(tree, config, Options())
    finally:
        sys.settrace(before)
    return taken


@pytest.mark.parametrize(
    ("part", "shape", "n"),
    [
        ("typescript", "pieces", 100),
        ("typescript", "requests", 100),
        ("dart", "requests", 100),
        ("typescript", "assigned and used", 50),
        ("alembic", "columns", 40),
        ("sql", "do loop over what is asked", 20),
        ("typescript", "builder", 100),
    ],
)
def test_twice_as_much_takes_twice_as_many_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, shape: str, n: int
) -> None:
    # After some files the parser's own query finds what matters, in no steps of the interpreter.
    monkeypatch.setattr("tripoint.sources.code.typescript._WALKED", 1 << 40)
    steps(tmp_path, part, shape, 2)  # what is made once
    half, whole, double = (steps(tmp_path, part, shape, many) for many in (n, 2 * n, 4 * n))
    assert (double - whole) / (whole - half) < 2.5
