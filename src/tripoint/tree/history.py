"""What the latest commits changed in some files, read from git's objects."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache

from tripoint.model.regex import regex
from tripoint.tree.base import Hunk, TreeError
from tripoint.tree.git import GitError, checkout_of, run_git, start_git

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
    try:
        listed = run_git(root, "rev-list", f"--max-count={commits}", commit)
        return _hunks(os.path.realpath(root), checkout_of(root), listed, tuple(wanted), size, seconds)
    except GitError as error:
        raise TreeError("", f"the git history can't be looked through: {error}") from error


@lru_cache(maxsize=1)
def _hunks(
    root: str, checkout: tuple[str, bytes], commits: bytes, paths: tuple[str, ...], size: int, seconds: float
) -> tuple[Hunk, ...]:
    """Return the hunks; `--since HEAD` asks the same of the work tree and of its commit."""
    deadline = time.monotonic() + seconds
    data = b""
    for some, of in _portions(root, commits, paths, deadline):
        data += _changes(root, some, of, size - len(data), deadline)
        if len(data) >= size:
            data = data[: data.rfind(b"\ndiff --git ") + 1]
            break
    return tuple(parse_hunks(data))


def _portions(root: str, commits: bytes, paths: tuple[str, ...], deadline: float) -> Iterator[tuple[bytes, list[str]]]:
    """Yield commits, each with all of the paths that it changed, if any.

    What commits changed is listed in a twentieth of the time that git takes to look for hundreds of paths.
    """
    listed = b""
    if len(paths) > _FEW:
        with contextlib.suppress(GitError):  # a partial clone need not hold every folder
            listed = _diff_tree(root, commits, ("--raw", "-z"), _LISTED_BYTES, deadline)
    if not listed or len(listed) >= _LISTED_BYTES:
        yield commits, list(paths)
        return
    wanted = {path.encode("utf-8", "surrogateescape"): path for path in paths}
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


def _changes(root: str, commits: bytes, paths: list[str], size: int, deadline: float) -> bytes:
    return _diff_tree(root, commits, (*_PATCH, "--", *paths), size, deadline)


def _diff_tree(root: str, commits: bytes, arguments: tuple[str, ...], size: int, deadline: float) -> bytes:
    """Return the first `size` bytes of what `diff-tree` says of commits; raise GitError where it fails or is late."""
    import tempfile

    with tempfile.TemporaryFile() as ids:
        ids.write(commits)
        ids.seek(0)
        process = start_git(root, "diff-tree", "--stdin", *_OPTIONS, *arguments, stdin=ids)
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

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
        status = process.wait()
    finally:
        timer.cancel()
    if late.is_set():
        raise GitError("git did not end in time")
    if whole and status != 0:
        raise GitError("git could not read every change (a partial clone does not hold them)")
    return data


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
