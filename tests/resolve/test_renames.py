"""The benchmark of renames keeps its floors, on schemas that set the weights and on those that did not."""

from __future__ import annotations

import pytest
from benchmarks.renames import CASES, measure, outcomes


@pytest.mark.parametrize("folder", ["tuned", "held_out"])
def test_floors(folder: str) -> None:
    figures = measure(outcomes(CASES / folder))
    assert figures.renamed >= 75
    assert figures.new >= 65
    assert figures.first >= 0.9 * figures.renamed
    assert figures.new_wrong <= 0.03 * figures.new
    assert figures.calibration_error < 0.2
