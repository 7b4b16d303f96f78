"""`tripoint cache`: show what is kept of earlier runs, or remove it."""

from __future__ import annotations

import argparse
import os

from tripoint.cache import MAX_BYTES, Cache
from tripoint.commands.outcome import CommandError, Outcome, Screen

__all__ = ["run"]


def run(arguments: argparse.Namespace, screen: Screen) -> Outcome:
    """Return where the cache is and what it holds; with `--clear`, remove it."""
    cache = Cache()
    if cache.file is None:
        return Outcome("Nothing is kept: there is no home folder and XDG_CACHE_HOME is not set.\n")
    if not os.path.exists(cache.file):
        return Outcome(f"{cache.file}: nothing is kept yet\n")
    if arguments.clear:
        if not cache.clear():
            raise CommandError(f"{cache.file} could not be removed; remove it by hand")
        return Outcome(f"{cache.file}: removed\n")
    with cache:
        count = len(cache)
    size = os.path.getsize(cache.file)
    entries = "1 entry" if count == 1 else f"{count:,} entries"
    return Outcome(f"{cache.file}: {entries}, {size / 1e6:,.1f} MB of at most {MAX_BYTES / 1e6:,.0f} MB\n")
