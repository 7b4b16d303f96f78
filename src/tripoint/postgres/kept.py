"""The prepared data directories that are kept for the next run: where they are, how many, and for how long."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import time

from tripoint.cache import cache_folder
from tripoint.postgres.files import remove_tree, tree_size

__all__ = ["MOST", "clear_prepared", "kept", "prepared_folders", "prune"]

MOST = 8
"""How many are kept: those used last. Each takes about 30 MB."""
_DAYS = 30
"""After how many days one that no run has used is removed, such as that of a former version."""
_GROWING = 3600
"""Seconds that one may take to be made: what is older and has no end was never finished."""


def prepared_folders() -> list[str]:
    """Return the folders to keep them in, in the order to try them: the user's cache, else the temporary files."""
    cache = cache_folder()
    spare = os.path.join(tempfile.gettempdir(), f"tripoint-cache-{_user()}")
    return [os.path.join(folder, "postgres") for folder in (cache, spare) if folder is not None]


def kept() -> list[tuple[str, int]]:
    """Return each prepared directory with its bytes."""
    return [(path, tree_size(path)) for folder in filter(_is_own, prepared_folders()) for _, path in _by_use(folder)]


def prune(folder: str) -> None:
    """Make room for one more in a folder of them, and remove what was never finished."""
    now = time.time()
    finished = 0
    for used, path in reversed(_by_use(folder)):
        whole = os.path.exists(os.path.join(path, "password"))
        finished += whole
        if now - used > _DAYS * 86400 or (finished >= MOST if whole else now - used > _GROWING):
            remove_tree(path)


def clear_prepared() -> bool:
    """Remove all of them; return whether they are gone."""
    for folder in filter(_is_own, prepared_folders()):
        remove_tree(folder)
    return not any(map(_is_own, prepared_folders()))


def _user() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else 0


def _is_own(folder: str) -> bool:
    """Whether a folder and the one around it are this user's: another may have laid a link below /tmp."""
    try:
        found = [os.lstat(path) for path in (folder, os.path.dirname(folder))]
    except OSError:
        return False
    return all(stat.S_ISDIR(one.st_mode) and one.st_uid == _user() for one in found)


def _by_use(folder: str) -> list[tuple[float, str]]:
    """Return when each was last used, the earliest first."""
    found = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            mark = os.path.join(entry.path, "password")
            with contextlib.suppress(OSError):
                found.append((os.stat(mark if os.path.exists(mark) else entry.path).st_mtime, entry.path))
    return sorted(found)
