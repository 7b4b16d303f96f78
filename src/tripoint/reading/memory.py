"""Facts that stay in this process from one audit to the next, as those of a project whose files are watched."""

from __future__ import annotations

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

    def get(self, key: bytes) -> tuple[Any, bool] | None:
        """Return a file's facts, and whether tripoint is spoken to in it; None where the last audit did not read it."""
        found = self._last.get(key)
        if found is not None:
            self._now[key] = found
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
