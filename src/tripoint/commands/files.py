"""Files are written to the side and moved, so that nobody ever reads half of one."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from collections.abc import Iterator

__all__ = ["put", "removed_on_failure", "write_aside", "write_file"]


def write_file(path: str, text: str, project: str | None = None) -> None:
    """Write `text` as UTF-8 to `path`, whole or not at all; raise OSError. A pipe or device is written to directly.

    A link that the person made is followed. One within the folder `project` may be a stranger's: it could lead to any
    file of the person's, and is refused.
    """
    data = text.encode("utf-8", "backslashreplace")
    if project is not None and _leads_through_link(path, project):
        raise OSError(errno.ELOOP, "it leads through a link within the project, which is left alone")
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        mode = None
    if mode is not None and not stat.S_ISREG(mode):
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(21, "it is a folder", path)
        with open(path, "wb") as stream:  # /dev/stdout may be a link to a pipe, which has no path
            stream.write(data)
        return
    target = os.path.realpath(path)
    put(write_aside(target, data), target, mode)


def _leads_through_link(path: str, project: str) -> bool:
    """Whether the way to `path` goes through a link that stands within the folder `project`."""
    root = os.path.join(os.path.realpath(project), "")
    place = os.path.abspath(path)
    while (folder := os.path.dirname(place)) != place:
        if os.path.islink(place) and os.path.join(os.path.realpath(folder), "").startswith(root):
            return True
        place = folder
    return False


def write_aside(target: str, data: bytes, mode: int = 0o666) -> str:
    """Write what `target` is to hold to a file beside it, and return that file's path; raise OSError."""
    _clear_left(target)
    aside = f"{target}.{os.getpid()}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(aside, flags, mode)
    with removed_on_failure(aside), os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    return aside


def put(aside: str, target: str, mode: int | None) -> None:
    """Move what was written aside to its place, with the permissions of `mode` where given; raise OSError."""
    with removed_on_failure(aside):
        if mode is not None:
            os.chmod(aside, stat.S_IMODE(mode))
        os.replace(aside, target)


@contextlib.contextmanager
def removed_on_failure(path: str) -> Iterator[None]:
    """Remove a file where what is done with it fails or is broken off: no half of it is left."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(path)
        raise


def _clear_left(target: str) -> None:
    """Remove what runs that were killed while they wrote to `target` left beside it."""
    folder, name = os.path.split(target)
    left = re.compile(rf"{re.escape(name)}\.(\d{{1,9}})\.tmp")
    with contextlib.suppress(OSError):
        for other in os.listdir(folder):
            match = left.fullmatch(other)
            if match is not None and not _runs(int(match[1])):
                os.unlink(os.path.join(folder, other))


def _runs(process: int) -> bool:
    """Whether another process of that number runs, as far as can be told."""
    if process == os.getpid():
        return False
    if os.name == "nt":
        return True  # asking there ends it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass
    return True
