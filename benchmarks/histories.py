"""States of projects between two commits, from clones with their histories; no checkout is needed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tripoint.tree import Entry, Hunk, OverlayTree, RevisionTree, TreeError

__all__ = ["Between", "log_of", "run_git"]

_SCHEMA = re.compile(r"\.(?:sql|prisma|toml)$|(?:^|/)migrations?/|(?:^|/)schema\.(?:ts|py|rb)$")
_BYTES = 1 << 31


class Between(OverlayTree):
    """The code of one commit with the schema's files of another, and without a history.

    What `also` matches is of the commit that the schema's files are of. Close it when done, or use it in a `with`.
    """

    def __init__(self, folder: Path, *, code: str, schema: str, also: re.Pattern[str] | None = None) -> None:
        below, other = RevisionTree(folder, code), RevisionTree(folder, schema)
        self._opened = below, other
        own, theirs = ({entry.path: entry for entry in tree.files()} for tree in (below, other))

        def chosen(path: str) -> bool:
            return _SCHEMA.search(path) is not None or (also is not None and also.search(path) is not None)

        changed = [path for path, entry in theirs.items() if own.get(path) != entry and chosen(path)]
        super().__init__(below, {path: _read(other, path) for path in changed})
        self._gone = frozenset(path for path in own if path not in theirs and chosen(path))

    def __enter__(self) -> Between:
        return self

    def __exit__(self, *_: object) -> None:
        for tree in self._opened:
            tree.close()

    def files(self) -> tuple[Entry, ...]:
        """Return the files of both, without those that only the schema's commit lacks."""
        return tuple(entry for entry in super().files() if entry.path not in self._gone)

    def has(self, path: str) -> bool:
        """Return whether the state has the file."""
        return path not in self._gone and super().has(path)

    def hunks(self, paths: Iterable[str]) -> tuple[Hunk, ...]:
        """Return nothing: what commits changed would tell what is asked."""
        return ()


def log_of(folder: Path, *arguments: str) -> bytes:
    """Return what `git log` says of the commits that are no merges, newest first, each begun by its id."""
    options = ("--no-merges", "--no-renames", "--no-color", "--no-ext-diff", "--no-textconv", "--format=%H")
    return run_git(folder, "log", *options, "HEAD", *arguments)


def run_git(folder: Path, *arguments: str) -> bytes:
    """Return what git prints; nothing where it fails."""
    done = subprocess.run(("git", "-C", str(folder), *arguments), capture_output=True, check=False)
    return done.stdout[:_BYTES]


def _read(tree: RevisionTree, path: str) -> bytes:
    try:
        return tree.read(path)
    except TreeError:
        return b""
