"""An editor's unsaved buffers over the files of another tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from tripoint.tree.base import Entry, Hunk, Tree

__all__ = ["OverlayTree"]


class OverlayTree:
    """Another tree with some files' bytes replaced, or added."""

    def __init__(self, tree: Tree, buffers: Mapping[str, bytes]) -> None:
        self._tree = tree
        self._buffers = dict(buffers)

    @property
    def root(self) -> str:
        """The root of the tree below."""
        return self._tree.root

    @property
    def revision(self) -> str | None:
        """The revision of the tree below."""
        return self._tree.revision

    @property
    def revision_date(self) -> str | None:
        """The day of that revision."""
        return self._tree.revision_date

    @property
    def left_out(self) -> Mapping[str, int]:
        """What the tree below leaves out."""
        return self._tree.left_out

    @property
    def problems(self) -> tuple[tuple[str, str], ...]:
        """The problems of the tree below, but for files that a buffer replaces."""
        return tuple(problem for problem in self._tree.problems if problem[0] not in self._buffers)

    def files(self) -> tuple[Entry, ...]:
        """Return the files of both, sorted by their path's bytes."""
        entries = {entry.path: entry for entry in self._tree.files()}
        for path, data in self._buffers.items():
            entries[path] = Entry(path, len(data), f"sha256:{sha256(data).hexdigest()}")
        return tuple(entries[path] for path in sorted(entries))

    def has(self, path: str) -> bool:
        """Return whether a buffer or the tree below has the file."""
        return path in self._buffers or self._tree.has(path)

    def read(self, path: str) -> bytes:
        """Return the buffer, or what the tree below reads."""
        buffer = self._buffers.get(path)
        return self._tree.read(path) if buffer is None else buffer

    def hunks(self, paths: Iterable[str]) -> tuple[Hunk, ...]:
        """Return what the commits of the tree below changed: a buffer is no commit."""
        return self._tree.hunks(paths)
