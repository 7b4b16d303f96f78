"""For all tests: a fault of tripoint's own is raised, and not contained as it is for a user; the longest come first."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ["TRIPOINT_DEBUG"] = "1"
# How long an example takes tells how busy the machine is.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

ROOT = Path(__file__).parent
LONGEST = (
    "agreement/test_rules_agree.py",
    "agreement/test_everything.py",
    "agreement/test_agreement.py",
    "ci/test_action.py",
    "hostile/test_hostile_names.py",
    "rules/test_cases.py",
    "postgres/test_sandbox.py",
    "faults/test_faults.py",
    "faults/test_same_bytes.py",
    "database/test_replay.py",
    "watch/test_watcher.py",
    "watch/test_serve.py",
)
"""By their processor time: begun last, one would leave the other worker idle at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {ROOT / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path, len(order)))


def pytest_collection_finish() -> None:
    """Leave what stays to the end out of every search for cycles, of which the command line itself makes none."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)
