"""Notices that files of a folder change, by looking at their times: it needs nothing but the file system.

Between two listings of the project (which ask git) the known files and their folders alone are looked at, about as fast
as the system can say: a new file changes its folder's time. Listings are repeated once in a while all the same.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable

from tripoint.tree.base import Limits, RootError
from tripoint.tree.worktree import WorkTree

__all__ = ["Watcher"]

_Stamp = tuple[int, int, int, int]

_LEAST_WAIT = 0.1
"""Seconds between two looks; more where a look takes long, so that a large project costs a small part of one core."""
_PART = 20
"""A look waits this many times as long as the look before it took."""
_LISTING = 3.0
"""Seconds between two listings at least."""
_SETTLED = 0.06
"""Seconds without a further change after which the files are taken as saved."""
_PATIENCE = 2.0
"""Seconds after which they are, even though something keeps on writing."""


class Watcher:
    """Tells which files of a folder changed since it last told, or since it was made.

    Make it before the files are read: what changes while they are read is told then.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        limits: Limits | None = None,
        further: Iterable[str] = (),
        unwatched: Iterable[str] = (),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`further` are paths of files outside the root to watch too, `unwatched` those that are written by ourselves.

        Raises RootError if the folder can't be listed.
        """
        self._root = os.fspath(root)
        self._limits = limits
        self._further = tuple(map(os.path.abspath, further))
        self._unwatched = frozenset(map(os.path.realpath, unwatched))
        self._unwatched_names = frozenset(map(os.path.basename, self._unwatched))
        self._sleep = sleep
        self._paths: tuple[str, ...] = ()
        self._folders: dict[str, _Stamp | None] = {}
        self._listed = 0.0
        self._cost = 0.0
        self._list(WorkTree(root, limits))
        self._seen = self._stamps()

    @property
    def files(self) -> int:
        """How many files are watched."""
        return len(self._paths)

    def wait(self) -> tuple[str, ...]:
        """Wait until files were changed, added or taken away and have come to rest; return their paths, sorted.

        A folder that is gone for a moment, as while a branch is checked out anew, is waited for.
        """
        while True:
            self._sleep(max(_LEAST_WAIT, _PART * self._cost))
            now = self._look()
            if now == self._seen:
                continue
            now = self._at_rest(now)
            before, self._seen = self._seen, now
            changed = {path for path in before.keys() | now.keys() if before.get(path) != now.get(path)}
            if changed:
                return tuple(sorted(changed))

    def _at_rest(self, now: dict[str, _Stamp | None]) -> dict[str, _Stamp | None]:
        """Look again until nothing changes any more: an editor may still be writing, or git checking out."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            self._sleep(_SETTLED)
            later = self._look()
            if later == now:
                break
            now = later
        return now

    def _look(self) -> dict[str, _Stamp | None]:
        start = time.perf_counter()
        stamps = self._stamps()
        gone = any(stamps[path] is None and self._seen.get(path) is not None for path in stamps)
        due = time.monotonic() - self._listed > max(_LISTING, 10 * _PART * self._cost)
        if gone or due or any(_stamp(folder) != stamp for folder, stamp in self._folders.items()):
            try:
                self._list(WorkTree(self._root, self._limits))
            except RootError:
                return self._seen
            stamps = self._stamps()
        self._cost = time.perf_counter() - start
        return stamps

    def _list(self, tree: WorkTree) -> None:
        folders = {tree.folder}
        paths = []
        for entry in tree.files():
            path = os.path.join(tree.folder, *entry.path.split("/"))
            if os.path.basename(path) in self._unwatched_names and os.path.realpath(path) in self._unwatched:
                continue
            paths.append(path)
            folder = os.path.dirname(path)
            while folder not in folders:
                folders.add(folder)
                folder = os.path.dirname(folder)
        self._folders = {folder: _stamp(folder) for folder in sorted(folders)}
        self._paths = (*paths, *self._further)
        self._listed = time.monotonic()

    def _stamps(self) -> dict[str, _Stamp | None]:
        return {path: _stamp(path) for path in self._paths}


def _stamp(path: str) -> _Stamp | None:
    """What changes whenever a file is written, replaced or renamed; None where it is gone."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
