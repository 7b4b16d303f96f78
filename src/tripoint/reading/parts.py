"""Work in numbered parts, done by this process and by copies of it, each of which takes the next part when it is done
with one.

A copy (a fork) knows everything that this process knows, so that nothing is handed to it; what it finds comes back as
bytes. It pays where the work takes longer than the copy: the pages that both write to are copied, too. Where a copy
ends early, or none can be made, this process does what is missing: the outcome is the same, whoever did which part.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from tripoint.reading.pool import available, may_fork

__all__ = ["in_parts"]

MOST = 255
"""Parts at most: a part's number is one byte of a pipe, which only one reader is given."""
COPIES = 3
"""More take more memory than they save time."""

T = TypeVar("T")


def in_parts(count: int, work: Callable[[int], T], kind: type[T], processes: int | None = None) -> list[T]:
    """Return what `work` gives for each number below `count`; copies send it as msgpack of `kind`.

    `work` must not change what another part depends on. `processes` is the number of copies; None decides by the
    machine.
    """
    copies = min(available() - 1, COPIES) if processes is None else processes
    copies = min(copies, count - 1) if may_fork() and count <= MOST else 0
    if copies < 1:
        return [work(number) for number in range(count)]
    try:
        tickets, office = os.pipe()
    except OSError:  # no more files may be open
        return [work(number) for number in range(count)]
    os.write(office, bytes(range(count)))
    done: dict[int, T] = {}
    made: list[_Copy[T]] = []
    try:
        try:
            for _ in range(copies):
                made.append(_Copy(tickets, office, work, kind))
        except OSError:  # nor are more processes to be had
            pass
        finally:
            os.close(office)
        while ticket := os.read(tickets, 1):
            done[ticket[0]] = work(ticket[0])
        for copy in made:
            done.update(copy.said())
    finally:
        os.close(tickets)
        for copy in made:
            copy.end()
    return [done[number] if number in done else work(number) for number in range(count)]


class _Copy(Generic[T]):
    """A copy of this process that takes tickets and says what it found when there are no more."""

    def __init__(self, tickets: int, office: int, work: Callable[[int], T], kind: type[T]) -> None:
        self._kind = kind
        self._source, sink = os.pipe()
        # Its time is counted anew in a copy, and it may take no more than this process may.
        left = signal.getitimer(signal.ITIMER_VIRTUAL) if hasattr(signal, "setitimer") else (0.0, 0.0)
        try:
            self._pid = os.fork()
        except OSError:
            os.close(self._source)
            os.close(sink)
            raise
        if self._pid == 0:
            try:
                os.close(office)
                if left[0]:
                    signal.setitimer(signal.ITIMER_VIRTUAL, *left)
                _serve(tickets, sink, work)
            finally:
                os._exit(0)
        os.close(sink)

    def said(self) -> dict[int, T]:
        """Return what the copy found, nothing where it ended before it could say so."""
        data = bytearray()
        while part := os.read(self._source, 1 << 20):
            data += part
        decoder: msgspec.msgpack.Decoder[list[tuple[int, T]]]
        decoder = msgspec.msgpack.Decoder(list.__class_getitem__(tuple.__class_getitem__((int, self._kind))))
        try:
            return dict(decoder.decode(data))
        except msgspec.MsgspecError:
            return {}

    def end(self) -> None:
        """Let go of the copy, whatever it is at."""
        os.close(self._source)
        with contextlib.suppress(OSError):
            os.kill(self._pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


def _serve(tickets: int, sink: int, work: Callable[[int], T]) -> None:
    """Do parts until there are no more, then send them. What goes wrong ends this copy, and is met again elsewhere."""
    with contextlib.suppress(BaseException):
        if sys.platform == "linux":
            from tripoint.postgres.kernel import die_with_parent

            die_with_parent(signal.SIGKILL)
        found: list[tuple[int, T]] = []
        while ticket := os.read(tickets, 1):
            found.append((ticket[0], work(ticket[0])))
        data = memoryview(msgspec.msgpack.encode(found))
        while data:
            data = data[os.write(sink, data) :]
