"""How a command line's run is made quick: workers, and the cache where it is wanted."""

from __future__ import annotations

import argparse

from msgspec.structs import replace

from tripoint.cache import Cache
from tripoint.options import Options

__all__ = ["quick"]


def quick(arguments: argparse.Namespace, options: Options | None = None) -> Options:
    """Return the options of a run that may use all cores, and the cache unless `--no-cache` says otherwise."""
    cache = None if getattr(arguments, "no_cache", False) else Cache()
    return replace(options or Options(), processes=None, cache=cache)
