"""The example project in memory, so that a test can change it and audit it again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tripoint.audit import audit
from tripoint.config import Config
from tripoint.formats.json import as_data
from tripoint.tree import Entry, Hunk, TreeError

FOLDER = Path(__file__).resolve().parent.parent.parent / "examples" / "persona-studio"


def files() -> dict[str, bytes]:
    """Return the example's files by path."""
    found = {}
    for folder, _, names in os.walk(FOLDER):
        for name in names:
            path = Path(folder, name)
            found[path.relative_to(FOLDER).as_posix()] = path.read_bytes()
    return found


class MemoryTree:
    """A tree of files that stand nowhere on disk."""

    root = "."
    revision: str | None = None
    revision_date: str | None = None
    left_out: Mapping[str, int] = {}
    problems: tuple[tuple[str, str], ...] = ()

    def __init__(self, held: dict[str, bytes]) -> None:
        self._held = held

    def files(self) -> tuple[Entry, ...]:
        """Return the files, sorted by path."""
        return tuple(Entry(path, len(data)) for path, data in sorted(self._held.items()))

    def has(self, path: str) -> bool:
        """Return whether there is such a file."""
        return path in self._held

    def read(self, path: str) -> bytes:
        """Return a file's bytes."""
        if path not in self._held:
            raise TreeError(path, "there is no such file")
        return self._held[path]

    def hunks(self, paths: Iterable[str]) -> tuple[Hunk, ...]:
        """Return nothing: there is no history."""
        return ()


def audited(held: dict[str, bytes]) -> dict[str, Any]:
    """Return the audit of these files as the JSON contract has it."""
    return as_data(audit(MemoryTree(held), Config()))
