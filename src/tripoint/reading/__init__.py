"""Files → facts: the one place that knows of the cache, of processes and of limits on time and memory.

A reader is a pure function of bytes. Which one reads a file is said by a kind (`sql`, `document`, `code`); what it
needs beside the bytes is the file's suffix. So its outcome can be kept by the content's digest, and made anywhere: in
a worker process, which the kernel ends where a file takes too long. What is unchanged by the word of git's index or of
the file's times is not even opened.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

from tripoint.cache import Cache, code_version, digest
from tripoint.reading.kinds import PROGRAMS, WITNESS, Kind, decode, kind_of, read_one, unreadable
from tripoint.tree import Tree, TreeError

if TYPE_CHECKING:
    from tripoint.reading.beside import Beside
    from tripoint.reading.memory import Memory
    from tripoint.reading.pool import Failure, Pool, Task

__all__ = ["WITNESS", "Kind", "Read", "Reading", "Wanted", "kind_of", "read_one"]

_BATCH = 200
_KEEP_BYTES = 16 * 1024 * 1024
_ADDRESS = b"tripoint:"


class Wanted(NamedTuple):
    """A file and the reader for it."""

    path: str
    kind: Kind
    size: int


class Read(NamedTuple):
    """The facts of files by path, and the paths of those in which tripoint is spoken to."""

    facts: dict[str, Any]
    addressed: list[str]


class Reading:
    """Reads the files of one tree.

    `unread` is told the path and the reason of each file that can't be read. `processes` is the number of workers: 0
    reads everything in this process, without limits; None decides by the machine and the work.
    """

    def __init__(
        self,
        tree: Tree,
        unread: Callable[[str, str], None],
        cache: Cache | None = None,
        processes: int | None = None,
        memory: Memory | None = None,
    ) -> None:
        self._tree = tree
        self._memory = memory
        self._unread = unread
        self._cache = cache
        self._processes = processes
        self._ids = {entry.path: entry.content_id for entry in tree.files()}
        self._version = code_version() if cache is not None else b""
        self._pool: Pool | None = None
        self._modules: Beside | None = None
        self._order: list[str] = []
        self._facts: dict[str, Any] = {}
        self._addressed: set[str] = set()
        self._later: deque[Wanted] = deque()
        self._undecoded: deque[tuple[str, Kind, bytes]] = deque()
        self._kept: dict[bytes, bytes] = {}
        self._kept_bytes = 0

    # ---- many files

    def start(self, wanted: Iterable[Wanted]) -> None:
        """Begin to read: of what the cache does not hold, the workers are handed enough to be busy."""
        files = list(wanted)
        self._order = [file.path for file in files]
        known = self._known(files)
        self._later.extend(file for file in files if file.path not in known)
        self._feed()

    def _feed(self) -> None:
        """Hand the workers more files, while they have not enough to do."""
        while self._later and (self._pool is None or self._pool.backlog < _BATCH):
            batch = [self._later.popleft() for _ in range(min(_BATCH, len(self._later)))]
            self._start_batch(batch, self._unread)

    def _known(self, files: list[Wanted]) -> set[str]:
        """Take the facts of files whose content something vouches for and that were read before; return their paths."""
        if self._cache is None:
            return set()
        ids = {key: file for file in files if (key := self._id_key(file.path, file.kind)) is not None}
        known = set()
        for key, remembered in self._memory.of(ids).items() if self._memory is not None else ():
            file = ids.pop(key)
            self._take_facts(file.path, *remembered)
            known.add(file.path)
        keys = self._cache.get(ids)
        found = self._cache.get(keys.values())
        for id_key, key in keys.items():
            content = found.get(key)
            if content:
                file = ids[id_key]
                self._take_content(file.path, file.kind, content)
                known.add(file.path)
        return known

    def _start_batch(self, files: list[Wanted], unread: Callable[[str, str], None]) -> None:
        tasks: dict[bytes, list[tuple[Wanted, bytes]]] = {}
        for file in files:
            try:
                data = self._beside(file.path, file.kind, self._tree.read(file.path))
            except TreeError as error:
                unread(file.path, error.reason)
                continue
            tasks.setdefault(self._key(file.path, file.kind, data), []).append((file, data))
        found = self._cache.get(tasks) if self._cache is not None else {}
        for key, same in tasks.items():
            for file, data in same:
                content = found.get(key)
                if content:
                    self._take_content(file.path, file.kind, content)
                    self._vouch(file.path, file.kind, key)
                else:
                    self._read(file.path, file.kind, data)

    def _beside(self, path: str, kind: Kind, data: bytes) -> bytes:
        """Return what a file is read from: a migration in code, with the modules of the project that it imports."""
        if kind not in PROGRAMS:
            return data
        if self._modules is None:
            from tripoint.reading.beside import Beside

            self._modules = Beside(self._tree)
        return self._modules.bundled(path, kind, data)

    def _read(self, path: str, kind: Kind, data: bytes) -> None:
        self._start_pool()
        if self._pool is None:
            self._take_facts(path, read_one(kind, _suffix(path), data), _ADDRESS in data)
            return
        from tripoint.reading.pool import Task

        self._pool.submit(Task(path, kind, _suffix(path), data))
        while self._pool.backlog > 2 * _BATCH:
            self._pool.pump(1.0)

    def finish(
        self,
        progress: Callable[[int, int], None] | None = None,
        meanwhile: Callable[[Mapping[str, Any]], bool] | None = None,
    ) -> Read:
        """Return the facts of all files that were wanted, once they are read.

        `meanwhile` is told the facts that were read by now, again and again, while it says that it has more to do.
        """
        said = -1
        going_on = meanwhile
        while True:
            self._feed()
            self._decode()
            if going_on is not None and not going_on(self._facts):
                going_on = None
            if progress is not None and self._pool is not None and said != len(self._facts):
                said = len(self._facts)
                progress(said, len(self._order))
            if self._pool is None or not self._pool.busy:
                break
            self._pool.pump(1.0)
        self._keep()
        # In the order that was asked for, whoever was first.
        facts = {path: self._facts[path] for path in self._order if path in self._facts}
        return Read(facts, sorted(self._addressed))

    # ---- more files

    def one(self, path: str, kind: Kind) -> Any:
        """Return the facts of one more file, or None where it can't be read."""
        return self.several((path,), kind).get(path)

    def several(self, paths: Iterable[str], kind: Kind) -> dict[str, Any]:
        """Return the facts of more files by path, without those that can't be read: who asks says what is missing."""
        files = [Wanted(path, kind, 0) for path in paths]
        for file in files:
            self._facts.pop(file.path, None)
        known = self._known(files)
        self._start_batch([file for file in files if file.path not in known], lambda path, reason: None)
        while self._pool is not None and self._pool.busy:
            self._pool.pump(1.0)
        self._decode()
        return {file.path: self._facts.pop(file.path) for file in files if file.path in self._facts}

    # ---- answers

    def _take(self, task: Task, answer: bytes | Failure) -> None:
        if isinstance(answer, bytes):
            addressed = _ADDRESS in task.data
            content = (b"\1" if addressed else b"\0") + answer
            self._take_content(task.path, task.kind, content)
            if self._cache is not None:
                key = self._key(task.path, task.kind, task.data)
                self._kept[key] = content
                self._kept_bytes += len(content)
                self._vouch(task.path, task.kind, key)
                if self._kept_bytes > _KEEP_BYTES:
                    self._keep()
        else:
            self._take_facts(task.path, unreadable(task.kind, task.suffix, answer.reason), _ADDRESS in task.data)

    def _take_content(self, path: str, kind: Kind, content: bytes) -> None:
        if content[0]:
            self._addressed.add(path)
        self._undecoded.append((path, kind, content))

    def _take_facts(self, path: str, facts: Any, addressed: bool) -> None:
        self._facts[path] = facts
        if addressed:
            self._addressed.add(path)

    def _decode(self) -> None:
        while self._undecoded:
            path, kind, content = self._undecoded.popleft()  # one by one: what is decoded is not kept twice
            facts = self._decoded(kind, content)
            if facts is None:
                # Facts of another make under this version's key: read the file as if there were no cache.
                try:
                    facts = read_one(kind, _suffix(path), self._beside(path, kind, self._tree.read(path)))
                except TreeError as error:
                    self._unread(path, error.reason)
                    continue
            self._facts[path] = facts
            key = self._id_key(path, kind) if self._memory is not None else None
            if self._memory is not None and key is not None:
                self._memory.put(key, facts, path in self._addressed)

    @staticmethod
    def _decoded(kind: Kind, content: bytes) -> Any:
        try:
            return decode(kind, content[1:])
        except ValueError:
            return None

    # ---- the cache

    def _key(self, path: str, kind: Kind, data: bytes) -> bytes:
        return digest(self._version, kind.encode(), _suffix(path).encode(), data)

    def _id_key(self, path: str, kind: Kind) -> bytes | None:
        content_id = self._ids.get(path)
        if content_id is None or kind in PROGRAMS:
            return None  # a migration in code is read with what it imports, which may be another by now
        return digest(self._version, b"id", kind.encode(), _suffix(path).encode(), content_id.encode())

    def _vouch(self, path: str, kind: Kind, key: bytes) -> None:
        id_key = self._id_key(path, kind)
        if id_key is not None:
            self._kept[id_key] = key

    def _keep(self) -> None:
        kept, self._kept, self._kept_bytes = self._kept, {}, 0
        if self._cache is not None:
            self._cache.put(kept)

    # ---- processes

    def _start_pool(self) -> None:
        if self._processes == 0 or self._pool is not None:
            return
        from tripoint.reading.pool import Pool, available

        self._pool = Pool(self._processes or available(), self._take)

    def close(self) -> None:
        """End the workers, and keep what was read last."""
        self._keep()
        if self._memory is not None:
            self._memory.turn()
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def __enter__(self) -> Reading:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()
