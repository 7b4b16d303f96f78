"""Answers that were given before: an audit is a function of the files, the options and the program alone.

So where none of them changed, the text of last time is the text of this time. What vouches for a file is what git's
index or its times say (`Entry.content_id`), or its content where they can't. Files that the audit reads beside those
that are listed (settings that git ignores, for one) are named in the answer and looked at again.
"""

from __future__ import annotations

import argparse
import os
import stat
from collections.abc import Iterable
from types import TracebackType

import msgspec

from tripoint.cache import Cache, code_version, digest, unpacked
from tripoint.commands.outcome import Outcome, Screen
from tripoint.tree import Limits, RevisionError, RootError, TreeError, WorkTree
from tripoint.tree.git import checkout_of
from tripoint.tree.revision import resolve_commit

__all__ = ["Question"]

_ALL = Limits(1 << 40, 1 << 40)
"""The listing holds every file, whatever the settings say of their size: the settings are among the files."""
_READ_BYTES = 64 * 1024 * 1024
"""Where more than this would have to be read to know what changed, nothing is known."""
_LONG_BYTES = 1 << 20
"""A longer answer is compressed."""
_TOO_LONG_BYTES = 16 * 1024 * 1024
"""One that is still longer than this is not kept: it would take the room of what is known of the files."""
_CHANGING = ("no_cache", "timings", "watch", "replay", "prove")
"""A server and the clock may answer differently the next time, as may a database."""
_OUTSIDE = ("config", "baseline")
"""Options that name files beside the project's."""


class _Answer(msgspec.Struct, frozen=True):
    outcome: bytes
    """An `Outcome`, compressed where it is long."""
    compressed: bool
    beyond: tuple[tuple[str, str], ...]
    """Path and state of files that were looked at and are not listed."""


class Question:
    """What one command line asks of a project's present state."""

    def __init__(self, arguments: argparse.Namespace, screen: Screen) -> None:
        self._cache: Cache | None = None
        self._tree: WorkTree | None = None
        self._key: bytes | None = None
        self._parts: list[str] = []
        self._recent: list[tuple[int, str, int, str]] = []
        """Files too new for their times to vouch for them: number of the part, path, size and content."""
        if not any(getattr(arguments, name) for name in _CHANGING) and arguments.database is None:
            self._cache = Cache()
            self._key = self._ask(arguments, screen)

    def _ask(self, arguments: argparse.Namespace, screen: Screen) -> bytes | None:
        try:
            tree = WorkTree(arguments.path, _ALL)
        except RootError:
            return None
        self._tree = tree
        asked = {name: repr(value) for name, value in sorted(vars(arguments).items())}
        for name in _OUTSIDE:
            path = getattr(arguments, name)
            if path is not None:
                content = _outside(path)
                if content is None:
                    return None
                asked[name] += digest(content).hex()
        if arguments.since is not None:
            try:
                asked["since"] = resolve_commit(tree.folder, arguments.since)
            except RevisionError:
                return None
        shown = (screen.color, screen.links, screen.width, checkout_of(tree.folder))
        parts = [repr((asked, shown, tree.folder, tree.revision, tree.revision_date, tree.left_out, tree.problems))]
        unread = _READ_BYTES
        for entry in tree.files():
            content_id = entry.content_id
            if content_id is None:
                unread -= entry.size
                if unread < 0:
                    return None
                content_id = _state(tree, entry.path)
                self._recent.append((len(parts), entry.path, entry.size, content_id))
            parts.append(f"{entry.path}\0{entry.size}\0{content_id}")
        self._parts = parts
        return _key(parts)

    def _later(self) -> list[bytes]:
        """Return the key of the same question once the times of all files vouch for them, where they do by now."""
        parts = list(self._parts)
        for number, path, size, content in self._recent:
            assert self._tree is not None
            vouched = self._tree.vouched(path)
            if vouched is None or _state(self._tree, path) != content:
                return []
            parts[number] = f"{path}\0{size}\0{vouched}"
        return [_key(parts)] if self._recent else []

    def answer(self) -> Outcome | None:
        """Return what was answered before, or None where something may have changed since."""
        if self._cache is None or self._tree is None or self._key is None:
            return None
        answer = unpacked(self._cache.get((self._key,)).get(self._key), _Answer)
        if answer is None or any(_state(self._tree, path) != state for path, state in answer.beyond):
            return None
        outcome = answer.outcome
        if answer.compressed:
            import zlib

            try:
                outcome = zlib.decompress(outcome)
            except zlib.error:
                return None
        return unpacked(outcome, Outcome)

    def tree(self) -> WorkTree | None:
        """Return the project for an audit, without listing it again; None where it was not listed."""
        return self._tree.again() if self._tree is not None else None

    def keep(self, outcome: Outcome, beyond: Iterable[str]) -> None:
        """Keep an answer for the next time that this is asked. `beyond` are paths that were read, or missed, beside the
        listed ones."""
        if self._cache is not None and self._tree is not None and self._key is not None:
            said = msgspec.msgpack.encode(outcome)
            compressed = len(said) > _LONG_BYTES
            if compressed:
                import zlib

                said = zlib.compress(said, 1)
            if len(said) > _TOO_LONG_BYTES:
                return
            looked_at = tuple((path, _state(self._tree, path)) for path in sorted(beyond))
            kept = msgspec.msgpack.encode(_Answer(said, compressed, looked_at))
            self._cache.put(dict.fromkeys((self._key, *self._later()), kept))

    def __enter__(self) -> Question:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._cache is not None:
            self._cache.close()


def _key(parts: list[str]) -> bytes:
    return digest(b"answer", code_version(), "\n".join(parts).encode("utf-8", "surrogateescape"))


def _outside(path: str) -> bytes | None:
    """Return the content of an ordinary file; None of anything else, such as a pipe, that can be read but once."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with open(path, "rb") as file:
            return file.read(_READ_BYTES)
    except (OSError, ValueError):
        return None


def _state(tree: WorkTree, path: str) -> str:
    """Return what stands for a file of the folder: its content's digest, or why it has none."""
    try:
        return digest(tree.read(path)).hex()
    except TreeError as error:
        return error.reason
