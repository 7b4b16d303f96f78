"""Inline ignores, the baseline, and the settings' ignores: what is hidden stays countable."""

from tripoint.suppress.apply import UNUSED, Suppressed, idle_entries, idle_globs, suppress
from tripoint.suppress.baseline import (
    Baseline,
    BaselineEntry,
    BaselineError,
    baseline_of,
    prune,
    read_baseline,
    write_baseline,
)
from tripoint.suppress.ignores import Ignore, find_ignores

__all__ = [
    "UNUSED",
    "Baseline",
    "BaselineEntry",
    "BaselineError",
    "Ignore",
    "Suppressed",
    "baseline_of",
    "find_ignores",
    "idle_entries",
    "idle_globs",
    "prune",
    "read_baseline",
    "suppress",
    "write_baseline",
]
