"""`tripoint cache`: show what is kept of earlier runs, or remove it."""

from __future__ import annotations

import argparse
import os

from tripoint.cache import MAX_BYTES, Cache
from tripoint.commands.outcome import CommandError, Outcome, Screen
from tripoint.postgres.kept import MOST, clear_prepared, kept

__all__ = ["run"]


def run(arguments: argparse.Namespace, screen: Screen) -> Outcome:
    """Return where the cache is and what it holds; with `--clear`, remove it."""
    cache = Cache()
    servers = kept()
    file = cache.file if cache.file is not None and os.path.exists(cache.file) else None
    if file is None and not servers:
        if cache.file is None:
            return Outcome("Nothing is kept: there is no home folder and XDG_CACHE_HOME is not set.\n")
        return Outcome(f"{cache.file}: nothing is kept yet\n")
    if arguments.clear:
        return _clear(cache, file, servers)
    said = []
    if file is not None:
        with cache:
            count = len(cache)
        entries = "1 entry" if count == 1 else f"{count:,} entries"
        size = os.path.getsize(file)
        said.append(f"{file}: {entries}, {size / 1e6:,.1f} MB of at most {MAX_BYTES / 1e6:,.0f} MB\n")
    for folder in sorted({os.path.dirname(path) for path, _ in servers}):
        sizes = [size for path, size in servers if os.path.dirname(path) == folder]
        databases = "1 prepared database" if len(sizes) == 1 else f"{len(sizes)} prepared databases"
        said.append(f"{folder}: {databases}, {sum(sizes) / 1e6:,.1f} MB, at most {MOST}\n")
    return Outcome("".join(said))


def _clear(cache: Cache, file: str | None, servers: list[tuple[str, int]]) -> Outcome:
    folders = sorted({os.path.dirname(path) for path, _ in servers})
    if file is not None and not cache.clear():
        raise CommandError(f"{file} could not be removed; remove it by hand")
    if servers and not clear_prepared():
        raise CommandError(f"{' and '.join(folders)} could not be removed; remove it by hand")
    return Outcome("".join(f"{path}: removed\n" for path in ([file] if file else []) + folders))
