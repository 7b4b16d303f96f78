"""What the latest commits changed in some files, read from git's objects."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import IO, NamedTuple

from tripoint.model.regex import regex
from tripoint.tree.base import Hunk, TreeError
from tripoint.tree.git import GitError, checkout_of, start_git

__all__ = ["parse_hunks", "read_hunks"]

_COMMITS = 1000
"""How many commits are looked through, newest first."""
_PATHS = 2000
_BYTES = 12 * 1024 * 1024
"""How much of the changes is read: the newest, so that the same commit gives the same in every run."""
_SECONDS = 20.0
_OPTIONS = ("-r", "--relative", "--no-renames")
_PATCH = (
    "-p",
    "-U0",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-indent-heuristic",
    "--diff-algorithm=myers",
    "--src-prefix=a/",
    "--dst-prefix=b/",
)
"""`diff-tree` heeds no setting of a porcelain; these say the rest, so that no configuration changes the answer."""
_FEW = 64
"""Paths that git is asked for at once: it holds each entry of each folder against each of them."""
_LISTED_BYTES = 32 * 1024 * 1024
"""How much of a list of what commits changed is read; a longer one is not worth it."""
_COMMIT = regex(rb"[0-9a-f]{40,64}")
_RANGE = regex(rb"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


def read_hunks(
    root: str,
    commit: str,
    paths: Iterable[str],
    *,
    commits: int = _COMMITS,
    size: int = _BYTES,
    seconds: float = _SECONDS,
) -> tuple[Hunk, ...]:
    """Return what the latest commits before and with `commit` changed in `paths`, newest first.

    At most `commits` are looked through, and the newest `size` bytes of changes.

    Merges, and the first commit of a history or of a shallow clone, change nothing by themselves. Raises TreeError,
    with the path "", where git fails or does not end in time.
    """
    wanted = [path for path in sorted(set(paths)) if "\0" not in path][:_PATHS]
    if not wanted:
        return ()
    told = _Told(os.path.realpath(root), commit, commits, checkout_of(root), tuple(wanted), size)
    try:
        return _hunks(told, seconds)
    except GitError as error:
        raise TreeError("", f"the git history can't be looked through: {error}") from error


class _Told(NamedTuple):
    """What decides which hunks there are."""

    root: str
    commit: str
    commits: int
    checkout: tuple[str, bytes]
    paths: tuple[str, ...]
    size: int


@lru_cache(maxsize=1)
def _hunks(told: _Told, seconds: float) -> tuple[Hunk, ...]:
    """Return the hunks; `--since HEAD` asks the same of the work tree and of its commit."""
    deadline = time.monotonic() + seconds
    data = b""
    for some, of in _portions(told, deadline):
        data += _diff_tree(told, some, (*_PATCH, "--", *of), told.size - len(data), deadline)
        if len(data) >= told.size:
            data = data[: data.rfind(b"\ndiff --git ") + 1]
            break
    return tuple(parse_hunks(data))


def _portions(told: _Told, deadline: float) -> Iterator[tuple[bytes | None, list[str]]]:
    """Yield commits, or None for all of them, each with all of the paths that it changed, if any.

    What commits changed is listed in a twentieth of the time that git takes to look for hundreds of paths.
    """
    listed = b""
    if len(told.paths) > _FEW:
        with contextlib.suppress(GitError):  # a partial clone need not hold every folder
            listed = _diff_tree(told, None, ("--raw", "-z"), _LISTED_BYTES, deadline)
    if not listed or len(listed) >= _LISTED_BYTES:
        yield None, list(told.paths)
        return
    wanted = {path.encode("utf-8", "surrogateescape"): path for path in told.paths}
    some: list[bytes] = []
    of: dict[str, None] = {}
    for commit, changed in _changed(listed):
        touched = {wanted[path]: None for path in changed if path in wanted}
        if some and len(of | touched) > _FEW:
            yield b"\n".join([*some, b""]), list(of)
            some, of = [], {}
        if touched:
            some.append(commit)
            of |= touched
    if some:
        yield b"\n".join([*some, b""]), list(of)


def _changed(listed: bytes) -> Iterator[tuple[bytes, list[bytes]]]:
    """Yield the commits of a `diff-tree --stdin --raw -z`, each with the paths that it changed."""
    commit, paths = b"", list[bytes]()
    records = iter(listed.split(b"\0"))
    for record in records:
        if record.startswith(b":"):
            paths.append(next(records, b""))
        else:
            if commit:
                yield commit, paths
            commit, paths = record.strip(), []
    if commit:
        yield commit, paths


def _diff_tree(told: _Told, commits: bytes | None, arguments: tuple[str, ...], size: int, deadline: float) -> bytes:
    """Return the first `size` bytes of what `diff-tree` says of commits; raise GitError where it fails or is late."""
    with _listed(told, commits) as (ids, lister):
        process = start_git(told.root, "diff-tree", "--stdin", *_OPTIONS, *arguments, stdin=ids)
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()
        if lister is not None:
            lister.kill()

    timer = threading.Timer(max(deadline - time.monotonic(), 0.0), stop)
    timer.start()
    try:
        assert process.stdout is not None
        data = process.stdout.read(size)
        whole = len(data) < size
        if not whole:
            process.kill()
        with contextlib.suppress(OSError):
            process.stdout.close()
        failed = process.wait() != 0
        if lister is not None:  # it ends with the one that reads from it
            failed |= lister.wait() != 0
    finally:
        timer.cancel()
    if late.is_set():
        raise GitError("git did not end in time")
    if whole and failed:
        raise GitError("git could not read every change (a partial clone does not hold them)")
    return data


@contextlib.contextmanager
def _listed(told: _Told, commits: bytes | None) -> Iterator[tuple[IO[bytes], subprocess.Popen[bytes] | None]]:
    """Give a file of ids of commits; those of all are still being written by the process that lists them."""
    if commits is None:
        lister = start_git(told.root, "rev-list", f"--max-count={told.commits}", told.commit, stdin=subprocess.DEVNULL)
        assert lister.stdout is not None
        with lister.stdout as ids:
            yield ids, lister
    else:
        import tempfile

        with tempfile.TemporaryFile() as ids:
            ids.write(commits)
            ids.seek(0)
            yield ids, None


def parse_hunks(data: bytes) -> Iterator[Hunk]:
    """Yield the hunks of a `diff-tree --stdin -p -U0`."""
    commit = path = ""
    lines = iter(data.split(b"\n"))
    for line in lines:
        if line.startswith(b"@@ "):
            sizes = _RANGE.match(line)
            if sizes is None:
                continue
            removed, added = (int(size) if size is not None else 1 for size in sizes.groups())
            before = _take(lines, removed)
            after = _take(lines, added)
            if path:
                yield Hunk(commit, path, before, after)
        elif line.startswith(b"+++ b/"):
            path = line[6:].rstrip(b"\t").decode("utf-8", "surrogateescape")
        elif line.startswith(b"diff --git "):
            path = ""
        elif _COMMIT.fullmatch(line):
            commit, path = line.decode("ascii"), ""


def _take(lines: Iterator[bytes], count: int) -> tuple[bytes, ...]:
    found: list[bytes] = []
    while len(found) < count:
        line = next(lines, None)
        if line is None:
            break
        if not line.startswith(b"\\"):  # `\ No newline at end of file`
            found.append(line[1:])
    return tuple(found)
