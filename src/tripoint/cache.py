"""What was computed before, kept in the user's cache folder: facts of files, and whole answers.

One SQLite file holds it. It is a convenience and never a condition: whatever goes wrong with it (no folder or another
user's, no room, no right to write, another run that holds it, a damaged file) costs time and nothing else. Every entry
carries a digest of its key and content, so that a damaged one is not there. Nothing in it is code, and whoever decodes
an entry checks its types.
"""

from __future__ import annotations

import functools
import hashlib
import os
import stat
import sys
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, TypeVar

__all__ = ["MAX_BYTES", "Cache", "cache_folder", "code_version", "digest", "unpacked"]

MAX_BYTES = 512 * 1024 * 1024
"""The size of the file above which the entries that were used longest ago are given up."""
_FILE = "facts-1.sqlite"
"""The number is that of the layout: another one is another file."""
_BUSY_MS = 250
T = TypeVar("T")
_DAMAGE = 8
"""Bytes of the digest before each entry."""


def cache_folder() -> str | None:
    """Return the folder for tripoint's own cache (not made yet), or None where the user has none."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(named):
        return os.path.join(named, "tripoint")
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", "")
        return os.path.join(local, "tripoint", "Cache") if local else None
    home = os.path.expanduser("~")
    # An account of a service is given a home that is not there, and none is made for it.
    if not os.path.isabs(home) or home == "/" or not os.path.isdir(home):
        return None
    return os.path.join(home, "Library/Caches/tripoint" if sys.platform == "darwin" else ".cache/tripoint")


def digest(*parts: bytes) -> bytes:
    """Return a key: 20 bytes that stand for these parts in this order."""
    found = hashlib.blake2b(digest_size=20)
    for part in parts:
        found.update(len(part).to_bytes(8, "little"))
        found.update(part)
    return found.digest()


@functools.cache
def code_version() -> bytes:
    """Return what stands for the code that computes: any change of this package, or of what is installed beside it,
    is another version."""
    package = os.path.dirname(os.path.abspath(__file__))
    seen: list[str] = [sys.version]
    folders = [package]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != "__pycache__":
                        folders.append(entry.path)
                elif entry.name.endswith((".py", ".json", ".msgpack", ".sql")):
                    found = entry.stat()
                    seen.append(f"{entry.path}:{found.st_size}:{found.st_mtime_ns}")
    # Installing, removing or upgrading a package changes the folder that it stands in.
    beside = {path for path in sys.path if path.endswith(("site-packages", "dist-packages"))}
    for path in sorted(beside):
        try:
            seen.append(f"{path}:{os.stat(path).st_mtime_ns}")
        except OSError:
            seen.append(path)
    return digest("\n".join(sorted(seen)).encode("utf-8", "surrogateescape"))


def unpacked(content: bytes | None, kind: type[T]) -> T | None:
    """Return the value that an entry holds; None where there is no entry, or one of another make."""
    import msgspec

    try:
        return None if content is None else msgspec.msgpack.decode(content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


class Cache:
    """The entries of one run. Not for several threads at once; several processes may use one file."""

    def __init__(self, folder: str | None = None, limit: int = MAX_BYTES) -> None:
        self.folder = cache_folder() if folder is None else folder
        """None where the user has no cache folder: then nothing is kept."""
        self._limit = limit
        self._connection: Any = None
        self._broken = self.folder is None
        self._used: set[bytes] = set()
        self._today = int(time.time()) // 86400

    @property
    def file(self) -> str | None:
        """The path of the file that holds the entries."""
        return None if self.folder is None else os.path.join(self.folder, _FILE)

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return what is there for these keys."""
        found: dict[bytes, bytes] = {}
        wanted = list(dict.fromkeys(keys))
        connection = self._open() if wanted else None
        if connection is None:
            return found
        try:
            for start in range(0, len(wanted), 500):
                some = wanted[start : start + 500]
                marks = ",".join("?" * len(some))
                rows = connection.execute(f"SELECT key, value, used FROM entries WHERE key IN ({marks})", some)
                for key, value, used in rows:
                    if not isinstance(value, bytes):
                        continue
                    content = value[_DAMAGE:]
                    if _seal(key, content) != value[:_DAMAGE]:
                        continue
                    found[key] = content
                    if used != self._today:
                        self._used.add(key)
        except Exception as error:
            self._give_up(error)
        return found

    def put(self, entries: Mapping[bytes, bytes]) -> None:
        """Keep these entries, and note which ones were used."""
        if not entries and not self._used:
            return
        connection = self._open()
        if connection is None:
            return
        try:
            with connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO entries VALUES (?, ?, ?)",
                    ((key, _seal(key, content) + content, self._today) for key, content in entries.items()),
                )
                connection.executemany(
                    "UPDATE entries SET used = ? WHERE key = ?", ((self._today, key) for key in self._used)
                )
            self._used.clear()
            # Free pages count: giving them back may have failed before, on a full disk or with another run in the file.
            if self._pages("page_count") > self._limit:
                self._shrink()
        except Exception as error:
            self._give_up(error)

    def _pages(self, counted: str) -> int:
        """Return the bytes of the pages that one of SQLite's counters tells."""
        size = self._connection.execute("PRAGMA page_size").fetchone()[0]
        return int(self._connection.execute(f"PRAGMA {counted}").fetchone()[0]) * int(size)

    def _size(self) -> int:
        return self._pages("page_count") - self._pages("freelist_count")

    def _shrink(self) -> None:
        """Give up what was used longest ago, and of one day what is largest: that is the least to compute again."""
        while (excess := self._size() - self._limit * 3 // 4) > 0:
            with self._connection:
                given_up: list[tuple[int]] = []
                sizes = "SELECT rowid, length(value) FROM entries ORDER BY used, length(value) DESC, rowid"
                for row, size in self._connection.execute(sizes):
                    given_up.append((row,))
                    excess -= size
                    if excess <= 0:
                        break
                if not given_up:
                    break
                self._connection.executemany("DELETE FROM entries WHERE rowid = ?", given_up)
        # A page is given back with each step, and only a script is stepped through to its end.
        self._connection.executescript("PRAGMA incremental_vacuum")

    def _open(self) -> Any:
        if self._connection is not None or self._broken:
            return self._connection
        import sqlite3

        assert self.folder is not None
        assert self.file is not None
        for again in (True, False):
            try:
                os.makedirs(self.folder, mode=0o700, exist_ok=True)
                if not _is_own(self.folder):
                    self._broken = True
                    break
                connection = sqlite3.connect(self.file, timeout=_BUSY_MS / 1000)
                try:
                    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
                    connection.execute("PRAGMA journal_mode = WAL").fetchone()
                    connection.execute("PRAGMA synchronous = NORMAL")
                    connection.execute(
                        "CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, value BLOB NOT NULL, used INTEGER)"
                    )
                except BaseException:
                    connection.close()
                    raise
                self._connection = connection
                break
            except sqlite3.OperationalError:
                self._broken = True  # locked, read-only, full: perhaps better the next time
                break
            except sqlite3.DatabaseError:
                if not again or not self.clear():
                    self._broken = True
                    break
            except (OSError, sqlite3.Error):
                self._broken = True
                break
        return self._connection

    def _give_up(self, error: Exception) -> None:
        """Go on without, after an error of the database; anything else is a fault of ours."""
        import sqlite3

        if not isinstance(error, sqlite3.Error):
            raise error
        self.close()
        self._broken = True
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
            self.clear()

    def clear(self) -> bool:
        """Remove all entries; return whether they are gone."""
        self.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            try:
                os.remove(f"{self.file}{suffix}")
            except FileNotFoundError:
                continue
            except OSError:
                return False
        return True

    def __len__(self) -> int:
        """How many entries there are."""
        connection = self._open()
        return 0 if connection is None else int(connection.execute("SELECT count(*) FROM entries").fetchone()[0])

    def close(self) -> None:
        """Let go of the file."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def __enter__(self) -> Cache:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _is_own(folder: str) -> bool:
    """Whether nobody else can put anything into a folder: what is found in it is taken for what was computed before."""
    if sys.platform == "win32":
        return True
    found = os.stat(folder)
    return found.st_uid == os.geteuid() and not found.st_mode & stat.S_IWOTH


def _seal(key: bytes, content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DAMAGE, key=key).digest()
