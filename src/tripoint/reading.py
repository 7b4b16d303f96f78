"""Files → facts: the one place that knows of processes.

A reader is a pure function of bytes. Which one reads a file is said by a kind (`sql`, `document`, `code`); what it
needs beside the bytes is the file's suffix. Small work is done here and now, larger work by a pool of processes, in
batches of about equal bytes; the outcome is the same.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, Literal, NamedTuple

from tripoint.tree import Tree, TreeError

__all__ = ["Kind", "Read", "Wanted", "read_files", "read_one"]

Kind = Literal["sql", "document", "code", "code-full", "types", "queries"]

BATCH_BYTES = 256 * 1024
POOL_BYTES = 3 * 1024 * 1024
"""Below this, starting processes costs more than it saves (measured on two cores)."""


class Wanted(NamedTuple):
    """A file and the reader for it."""

    path: str
    kind: Kind
    size: int


class Read(NamedTuple):
    """The facts of files by path, and the paths of those in which tripoint is spoken to."""

    facts: dict[str, Any]
    addressed: list[str]


class _Task(NamedTuple):
    path: str
    kind: Kind
    suffix: str
    data: bytes


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def read_one(kind: Kind, suffix: str, data: bytes) -> Any:
    """Return the facts of one file."""
    if kind == "sql":
        from tripoint.sql.read import read_sql

        return read_sql(data)
    if kind == "document":
        from tripoint.sources.documents import read_document

        return read_document(data, suffix)
    if kind == "types":
        from tripoint.sources.code.generated import read_generated_types

        return read_generated_types(data)
    if kind == "queries":
        from tripoint.sources.code.queryfiles import read_query_file

        return read_query_file(data)
    from tripoint.sources.code import read_code

    return read_code(data, suffix, full=kind == "code-full")


def _read_batch(batch: Sequence[_Task]) -> list[tuple[str, Any, bool]]:
    return [(task.path, read_one(task.kind, task.suffix, task.data), b"tripoint:" in task.data) for task in batch]


def read_files(
    tree: Tree,
    wanted: Iterable[Wanted],
    unread: Callable[[str, str], None],
    progress: Callable[[int, int], None] | None = None,
    processes: int | None = None,
) -> Read:
    """Return the facts of the wanted files.

    `unread` is told the path and the reason of each file that can't be read; `progress` how many of how many are done.
    `processes` is the size of the pool: 1 reads everything in this process, None decides by the machine and the work.
    """
    files = list(wanted)
    workers = processes if processes is not None else _workers(sum(file.size for file in files))
    facts: dict[str, Any] = {}
    addressed: list[str] = []

    def take(done: list[tuple[str, Any, bool]]) -> None:
        for path, found, marked in done:
            facts[path] = found
            if marked:
                addressed.append(path)
        if progress is not None:
            progress(len(facts), len(files))

    batches = _batches(tree, files, unread)
    if workers <= 1:
        for batch in batches:
            take(_read_batch(batch))
        return Read(facts, sorted(addressed))
    pending: list[Future[list[tuple[str, Any, bool]]]] = []
    with ProcessPoolExecutor(workers, mp_context=get_context(_start_method()), initializer=_end_with_parent) as pool:
        for batch in batches:
            pending.append(pool.submit(_read_batch, batch))
            while len(pending) > 4 * workers:
                take(pending.pop(0).result())
        for future in pending:
            take(future.result())
    return Read(facts, sorted(addressed))


def _workers(total: int) -> int:
    if total < POOL_BYTES:
        return 1
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), 8)
    return min(os.cpu_count() or 1, 8)


def _end_with_parent() -> None:
    """Have the kernel end a worker whose parent is killed: a pool's workers would wait for work for ever."""
    if sys.platform == "linux":
        from signal import SIGKILL

        from tripoint.postgres.kernel import die_with_parent

        die_with_parent(SIGKILL)


def _start_method() -> str:
    """Forking is fast and safe while this process has one thread; else processes are started afresh."""
    return "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"


def _batches(tree: Tree, files: Sequence[Wanted], unread: Callable[[str, str], None]) -> Iterator[list[_Task]]:
    batch: list[_Task] = []
    size = 0
    for file in files:
        try:
            data = tree.read(file.path)
        except TreeError as error:
            unread(file.path, error.reason)
            continue
        batch.append(_Task(file.path, file.kind, _suffix(file.path), data))
        size += len(data)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
