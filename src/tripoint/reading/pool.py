"""Worker processes, each with a pipe to and from it: tasks in, results out as they come, whatever a worker does.

A worker that ends without having answered is replaced, and the file that it was reading is given up with the reason.
Forking is fast, and safe while this process has one thread; elsewhere a worker is a program started afresh.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from tripoint.reading.kinds import Kind
from tripoint.reading.worker import LENGTH, load, serve

__all__ = ["Failure", "Pool", "Task", "available", "dismiss", "may_fork", "summon"]

OUTSTANDING = 1024 * 1024
"""Bytes that are handed to a worker before it has answered for them."""
PATIENCE = 120.0
"""Seconds after which a worker that computes nothing and answers nothing is ended too."""
LONGEST = 1800.0
"""Seconds after which the rest of a project is given up: thousands of files may each take all that one may."""
_LOADING: Mapping[Kind, int] = {"document": 24 * 1024}
_LOADING_ELSE = 16 * 1024
"""Loading a kind's reader takes as long as reading about so many bytes; so does starting a worker (`_LOADING_ELSE`)."""
_PIPE = 1024 * 1024
"""What a pipe should hold: a worker goes on while this process is at something else than taking its answers."""


class Task(NamedTuple):
    """A file to be read."""

    path: str
    """Empty where the reader is to be loaded alone: nobody is told of the answer."""
    kind: Kind
    suffix: str
    data: bytes


class Failure(NamedTuple):
    """Why a file could not be read."""

    reason: str


Take = Callable[[Task, "bytes | Failure"], None]

_FIRST = (
    (
        Task("", "sql", ".sql", b"create table a (b int);\n"),
        Task("", "code", ".ts", b"import { createClient } from '@supabase/supabase-js'\ncreateClient().from('a')\n"),
    ),
    (Task("", "document", ".md", b"## a\n\n- `b`: c\n"),),
)
"""What workers read that are started before anybody knows what there is to read: it loads the most common readers."""
_summoned: list[_Worker] = []
"""Workers that were started so, and whom no pool has taken yet."""


def summon() -> None:
    """Start workers before their work is known; the next pool takes them, and `dismiss` ends whom none has taken."""
    if not may_fork():
        return
    for tasks in _FIRST[: available()]:
        worker = _Worker(_summoned)
        for task in tasks:
            worker.give(task)
        worker.write()
        _summoned.append(worker)


def dismiss() -> None:
    """End the workers that were summoned and not needed."""
    while _summoned:
        worker = _summoned.pop()
        worker.kill()
        worker.end()


def available() -> int:
    """Return how many workers this machine has cores for."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, 8)


class _Worker:
    def __init__(self, others: list[_Worker]) -> None:
        self.tasks: deque[Task] = deque()
        self.outstanding = 0
        """Bytes that it was handed and has not answered for."""
        self._loaded: dict[Kind, bool] = {}
        """The kinds that it was handed, and whether it has answered for one."""
        self._out = bytearray()
        self._in = bytearray()
        self.heard = time.monotonic()
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self.source, self.sink = self._fork(others) if may_fork() else self._spawn()
        for end in (self.source, self.sink):
            os.set_blocking(end, False)

    def _fork(self, others: list[_Worker]) -> tuple[int, int]:
        source, their_sink = os.pipe()
        their_source, sink = os.pipe()
        if sys.platform == "linux":
            import fcntl

            for end in (sink, source):
                with contextlib.suppress(OSError):
                    fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, _PIPE)
        load()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                for end in (source, sink, *(end for other in others for end in (other.source, other.sink))):
                    os.close(end)
                serve(their_source, their_sink)
            finally:
                os._exit(0)
        os.close(their_source)
        os.close(their_sink)
        return source, sink

    def _spawn(self) -> tuple[int, int]:
        # -P: the folder that a person stands in may hold anything, also a package of this name.
        command = [sys.executable, "-P", "-m", "tripoint.reading.worker"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        source, sink = os.dup(self._process.stdout.fileno()), os.dup(self._process.stdin.fileno())
        self._process.stdout.close()
        self._process.stdin.close()
        return source, sink

    def give(self, task: Task) -> None:
        if not self.tasks:
            self.heard = time.monotonic()
        frame = msgspec.msgpack.encode((task.kind, task.suffix, task.data))
        self._out += len(frame).to_bytes(LENGTH, "little") + frame
        self.tasks.append(task)
        self.outstanding += len(task.data)
        self._loaded.setdefault(task.kind, False)

    def ahead(self, kind: Kind) -> int:
        """Return how much lies ahead of another file of that kind, in bytes."""
        loads = sum(_loading(one) for one, done in self._loaded.items() if not done)
        return self.outstanding + loads + (0 if kind in self._loaded else _loading(kind))

    @property
    def has_output(self) -> bool:
        return bool(self._out)

    def write(self) -> None:
        """Hand over what the pipe takes; a worker that has ended is noticed when it is read from."""
        try:
            while self._out:
                with memoryview(self._out) as view, view[: 1 << 20] as some:
                    sent = os.write(self.sink, some)
                del self._out[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self._out.clear()

    def read(self, take: Take) -> bool:
        """Take the answers that have come, also those of a worker that has ended since; return whether it lives."""
        alive = True
        while True:
            try:
                part = os.read(self.source, 1 << 20)
            except BlockingIOError:
                break
            except OSError:
                part = b""
            if not part:
                alive = False
                break
            self._in += part
            self.heard = time.monotonic()
        at = 0
        while len(self._in) - at >= LENGTH:
            size = int.from_bytes(self._in[at : at + LENGTH], "little")
            if len(self._in) - at - LENGTH < size:
                break
            at += LENGTH
            task = self.tasks.popleft()
            self.outstanding -= len(task.data)
            self._loaded[task.kind] = True
            if task.path:
                take(task, bytes(self._in[at : at + size]))
            at += size
        del self._in[:at]
        return alive

    def kill(self) -> None:
        with contextlib.suppress(OSError):
            if self._process is not None:
                self._process.kill()
            else:
                os.kill(self._pid, signal.SIGKILL)

    def end(self) -> int:
        """Let go of the worker; return what it ended with, a signal as a negative number."""
        os.close(self.sink)
        os.close(self.source)
        if self._process is not None:
            return self._process.wait()
        try:
            return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        except ChildProcessError:
            return 0


def _loading(kind: Kind) -> int:
    """Return what loading the reader of a kind costs, in bytes that could be read meanwhile."""
    return _LOADING.get(kind, _LOADING_ELSE)


class Pool:
    """Up to `size` workers, started as there is work for them. `take` is told each task's answer or failure."""

    def __init__(self, size: int, take: Take) -> None:
        self._size = max(size, 1)
        self._take = take
        self._workers = _summoned[:]
        _summoned.clear()
        self._waiting: deque[Task] = deque()
        self._until = time.monotonic() + LONGEST

    def submit(self, task: Task) -> None:
        """Queue a task, and hand over what the workers take without waiting for them."""
        self._waiting.append(task)
        self._distribute()

    @property
    def backlog(self) -> int:
        """How many tasks no worker has taken yet."""
        return len(self._waiting)

    @property
    def busy(self) -> bool:
        """Whether any answer is still to come."""
        return bool(self._waiting) or any(worker.tasks and worker.tasks[-1].path for worker in self._workers)

    def pump(self, seconds: float) -> None:
        """Wait for answers, for so long at the most, and take them."""
        if time.monotonic() > self._until:
            self._give_up()
        self._distribute()
        reading = [worker for worker in self._workers if worker.tasks]
        if not reading:
            return
        if sys.platform == "win32":
            time.sleep(min(seconds, 0.002))  # pipes can't be waited for there
            ready = {worker.source for worker in reading}
        else:
            writing = [worker.sink for worker in reading if worker.has_output]
            found = select.select([worker.source for worker in reading], writing, [], seconds)
            ready = set(found[0])
        for worker in reading:
            if worker.source in ready and not worker.read(self._take):
                self._replace(worker)
            elif worker.tasks and time.monotonic() - worker.heard > PATIENCE:
                worker.kill()
        self._distribute()

    def _distribute(self) -> None:
        while self._waiting:
            kind = self._waiting[0].kind
            free = min(self._workers, key=lambda worker: worker.ahead(kind), default=None)
            more = len(self._workers) < self._size
            if free is None or (more and free.ahead(kind) > _LOADING_ELSE + _loading(kind)):
                free = _Worker(self._workers)
                self._workers.append(free)
            if free.tasks and free.outstanding + len(self._waiting[0].data) > OUTSTANDING:
                break
            free.give(self._waiting.popleft())
        for worker in self._workers:
            if worker.has_output:
                worker.write()

    def _replace(self, worker: _Worker) -> None:
        """Give up what a worker was reading when it ended; the others get the rest of its tasks."""
        self._workers.remove(worker)
        status = worker.end()
        if worker.tasks:
            failed, *rest = worker.tasks
            self._waiting.extendleft(task for task in reversed(rest) if task.path)
            if failed.path:
                self._take(failed, Failure(_reason(status)))

    def _give_up(self) -> None:
        left = [task for worker in self._workers for task in worker.tasks] + list(self._waiting)
        self.close()
        for task in left:
            if task.path:
                self._take(task, Failure("reading the whole project took too long; exclude what need not be read"))

    def close(self) -> None:
        """End all workers."""
        self._waiting.clear()
        for worker in self._workers:
            if worker.tasks:
                worker.kill()
            worker.end()
        self._workers.clear()


def may_fork() -> bool:
    """Whether a copy of this process can be made: safe while it has one thread, and fast where the system does it."""
    if sys.platform != "linux":
        return False
    threading = sys.modules.get("threading")
    return threading is None or threading.active_count() == 1


def _reason(status: int) -> str:
    if sys.platform != "win32" and status == -signal.SIGXCPU:
        return "reading it takes longer than any file may; exclude it, or report it"
    if status == -9:
        return "reading it was ended from outside, for the time or the memory that it took"
    if status < 0:
        return f"reading it ended the reader with signal {-status}; please report it"
    return "reading it ended the reader; please report it"
