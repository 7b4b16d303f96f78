"""The benchmark of renames keeps its floors, on schemas that set the weights and on those that did not."""

from __future__ import annotations

import pytest
from benchmarks.renames import CASES, measure, outcomes


@pytest.mark.parametrize(("folder", "first"), [("tuned", 0.93), ("held_out", 0.88)])
def test_floors(folder: str, first: float) -> None:
    found = list(outcomes(CASES / folder))
    figures = measure(found)
    assert figures.renamed >= 120
    assert figures.new >= 90
    assert figures.first >= first * figures.renamed
    assert figures.new_wrong <= 0.03 * figures.new
    assert figures.calibration_error < 0.12
    # What `tripoint fix` would replace without asking.
    certain = [o for o in found for s in o.answers[:1] if s.kind == "rename" and s.decisive and s.confidence >= 0.95]
    assert len(certain) >= 9
    assert all(outcome.rank == 1 for outcome in certain)
