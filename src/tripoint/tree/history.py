"""What the latest commits changed in some files, read from git's objects."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator

from tripoint.model.regex import regex
from tripoint.tree.base import Hunk, TreeError
from tripoint.tree.git import GitError, run_git, start_git

__all__ = ["read_hunks"]

_COMMITS = 1000
"""How many commits are looked through, newest first."""
_PATHS = 2000
_BYTES = 12 * 1024 * 1024
"""How much of the changes is read: the newest, so that the same commit gives the same in every run."""
_SECONDS = 20.0
_OPTIONS = (
    "-r",
    "-p",
    "-U0",
    "--relative",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
    "--no-indent-heuristic",
    "--diff-algorithm=myers",
    "--src-prefix=a/",
    "--dst-prefix=b/",
)
"""`diff-tree` heeds no setting of a porcelain; these say the rest, so that no configuration changes the answer."""
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
        return tuple(_parse(_changes(root, listed, wanted, size, seconds)))
    except GitError as error:
        raise TreeError("", f"the git history can't be looked through: {error}") from error


def _changes(root: str, commits: bytes, paths: list[str], size: int, seconds: float) -> bytes:
    import tempfile

    with tempfile.TemporaryFile() as ids:
        ids.write(commits)
        ids.seek(0)
        process = start_git(root, "diff-tree", "--stdin", *_OPTIONS, "--", *paths, stdin=ids)
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, stop)
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
        raise GitError(f"git did not end within {seconds:.0f} seconds")
    if whole and status != 0:
        raise GitError("git could not read every change (a partial clone does not hold them)")
    return data if whole else data[: data.rfind(b"\ndiff --git ") + 1]


def _parse(data: bytes) -> Iterator[Hunk]:
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
