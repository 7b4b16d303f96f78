"""Facts that stay in this process from one audit to the next, as those of a project whose files are watched."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tripoint.sources.code.scene import FileScene

__all__ = ["Memory"]


class Memory:
    """The facts of the files of the last audit, each by what vouches for its content. Nobody changes facts."""

    def __init__(self) -> None:
        self._last: dict[bytes, tuple[Any, bool]] = {}
        self._now: dict[bytes, tuple[Any, bool]] = {}
        self.indexed: dict[str, FileScene] = {}
        """The facts of files of code, indexed."""

    def __len__(self) -> int:
        """Return how many files the last audit left here."""
        return len(self._last)

    def of(self, keys: Iterable[bytes]) -> dict[bytes, tuple[Any, bool]]:
        """Return by key the facts that the last audit left here, and whether tripoint is spoken to in the file."""
        found = {key: self._last[key] for key in keys if key in self._last}
        self._now |= found
        return found

    def put(self, key: bytes, facts: Any, addressed: bool) -> None:
        """Remember a file's facts."""
        self._now[key] = facts, addressed

    def turn(self) -> None:
        """Forget what this audit did not ask for: it is over."""
        self._last, self._now = self._now, {}
        left = {id(facts) for facts, _ in self._last.values()}
        for path in [path for path, scene in self.indexed.items() if id(scene.facts) not in left]:
            del self.indexed[path]
