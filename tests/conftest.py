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
    "agreement/test_agreement.py",
    "hostile/test_ways_through.py",
    "html/test_html_browser.py",
    "postgres/test_server.py",
    "agreement/test_rules_agree.py",
    "hostile/test_hostile_projects.py",
    "postgres/test_sandbox.py",
    "database/test_replay.py",
    "faults/test_same_bytes.py",
    "faults/test_faults.py",
    "ci/test_action.py",
    "cache/test_cache.py",
    "rules/test_cases.py",
    "hostile/test_hostile_names.py",
    "watch/test_watcher.py",
    "watch/test_serve.py",
)
"""Begun last, one would leave the other workers idle at the end."""


def pytest_xdist_auto_num_workers() -> int:
    """Return the workers that `-n auto` stands for: a third of their time they wait for servers and browsers."""
    return (os.cpu_count() or 1) + 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {ROOT / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path, len(order)))


def pytest_collection_finish() -> None:
    """Leave what stays to the end out of every search for cycles, of which the command line itself makes none."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)
