"""A process that reads files for another: frames of bytes in, frames of facts out, one file at a time.

The kernel ends it when a file takes more computing or memory than any file may, from outside of every parser; the one
who asked then knows by the missing answer which file it was.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from typing import Any

import msgspec

from tripoint.model.place import ProblemKind
from tripoint.reading.kinds import encode, read_one, unreadable

__all__ = ["load", "main", "seconds_for", "serve"]

SECONDS = 15
"""Seconds of computing that any file may take, and for each megabyte of it as many again as `SECONDS_PER_MB`."""
SECONDS_PER_MB = 3
MEMORY = 3 * 1024**3
"""Bytes of address space that a worker may take beyond what it starts with."""
LENGTH = 4


def seconds_for(size: int) -> int:
    """Return how many seconds of computing a file of this size in bytes may take."""
    return SECONDS + SECONDS_PER_MB * (size >> 20)


def main() -> None:
    """Serve on standard input and output."""
    source, sink = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    serve(source, sink)


def load() -> None:
    """Load what every worker needs for its limits: once, in the process that is about to fork them."""
    import signal  # noqa: F401

    if sys.platform != "win32":
        import resource  # noqa: F401
    if sys.platform == "linux":
        import tripoint.postgres.kernel  # noqa: F401


def serve(source: int, sink: int) -> None:
    """Answer each frame of `source` with one on `sink`, until there are no more."""
    gc.disable()
    _limit()
    while True:
        head = _read(source, LENGTH)
        frame = _read(source, int.from_bytes(head, "little")) if len(head) == LENGTH else b""
        if not frame:
            return
        kind, suffix, data = msgspec.msgpack.decode(frame)
        _allow(seconds_for(len(data)))
        answer = _answer(kind, suffix, data)
        _write(sink, len(answer).to_bytes(LENGTH, "little") + answer)


def _answer(kind: Any, suffix: str, data: bytes) -> bytes:
    said: ProblemKind = "unread"
    try:
        return encode(kind, read_one(kind, suffix, data))
    except MemoryError:
        reason = "reading it takes more memory than any file may"
    except (RecursionError, ValueError):
        reason = "it is nested too deep to be read"
    except BaseException as error:
        # A fault of ours, or a panic of a parser in Rust, which is no Exception: it costs this file alone.
        said = "internal"
        reason = f"reading it failed with an internal error, please report it: {type(error).__name__}: {error}"
    return encode(kind, unreadable(kind, suffix, " ".join(reason.split()), said))


def _limit() -> None:
    """Bound the memory, leave no dump of it behind, end with the one who asked, leave the keyboard to it."""
    import signal

    with contextlib.suppress(OSError, ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if sys.platform != "linux":
        return
    from tripoint.postgres.kernel import die_with_parent

    with contextlib.suppress(OSError):
        die_with_parent(signal.SIGKILL)
    with contextlib.suppress(OSError, ValueError), open("/proc/self/statm", "rb") as file:
        held = int(file.read().split()[0]) * resource.getpagesize()
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        wanted = held + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _allow(seconds: int) -> None:
    """Let the kernel end this process once it has computed for so long from now."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    wanted = int(used.ru_utime + used.ru_stime) + 1 + seconds
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _read(source: int, size: int) -> bytes:
    """Return `size` bytes, or fewer where there are no more."""
    parts = bytearray()
    while len(parts) < size:
        part = os.read(source, min(size - len(parts), 1 << 20))
        if not part:
            break
        parts += part
    return bytes(parts)


def _write(sink: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(sink, view) :]


if __name__ == "__main__":
    main()
