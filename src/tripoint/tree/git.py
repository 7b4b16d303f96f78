"""git, asked so that nothing of the audited repository can run.

A repository's own configuration may name programs (`core.fsmonitor`, hooks, filters, pagers, a remote's transport).
Only `ls-files`, `ls-tree`, `rev-parse`, `rev-list`, `merge-base`, `cat-file` and `diff-tree` (which is told to run no
program for it) are called: none of them runs a filter or a hook that is not switched off here, and fetching a missing
object is forbidden in two ways.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import subprocess
import threading
from datetime import datetime, timedelta, timezone
from types import TracebackType
from typing import IO

__all__ = ["Batch", "GitError", "checkout_of", "commit_day", "is_missing", "run_git", "start_git"]

_SWITCHES = (
    "--no-pager",
    "--no-replace-objects",
    "--literal-pathspecs",
    "-c",
    "core.fsmonitor=false",
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    f"core.attributesFile={os.devnull}",
    "-c",
    "core.untrackedCache=false",
    "-c",
    "core.quotePath=false",
    "-c",
    "core.preloadIndex=false",
    "-c",
    "safe.directory=*",
    "-c",
    "safe.bareRepository=explicit",
    "-c",
    "protocol.allow=never",
)
"""`safe.directory=*`: the owner check guards against programs in a stranger's configuration, which are switched off."""

_SECONDS = 120.0


class GitError(Exception):
    """git failed; the message is the first line of what it said."""


def _environment() -> dict[str, str]:
    # Variables such as GIT_DIR, which a hook inherits, would make git look at another repository.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "GIT_ALLOW_PROTOCOL": ":",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


def run_git(root: str, *arguments: str, stdin: bytes = b"") -> bytes:
    """Run git in `root` and return what it printed; raise GitError if it fails, is not installed or does not end."""
    try:
        done = subprocess.run(
            ["git", *_SWITCHES, *arguments],
            cwd=root,
            env=_environment(),
            input=stdin,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise GitError("git is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise GitError(f"git did not end within {_SECONDS:.0f} seconds") from error
    except OSError as error:
        raise GitError(f"git could not be started: {error.strerror}") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        line = next((text for text in said if text.startswith(("fatal:", "error:"))), said[0] if said else "")
        raise GitError(re.sub(r"^(fatal|error): ", "", line) or f"git ended with status {done.returncode}")
    return done.stdout


def is_missing(error: GitError) -> bool:
    """Return whether git only said that the folder is no checkout, which is no problem."""
    text = str(error)
    return "not a git repository" in text or "safe.bareRepository" in text or "cannot use bare repository" in text


def checkout_of(root: str) -> tuple[str, bytes]:
    """Return the path of `root` in its checkout, and what stands for the depth of the clone; empty outside of one.

    No git is started for it: it only says whether what is known of a commit's history still holds.
    """
    folder, below = os.path.realpath(root), ""
    while not os.path.lexists(os.path.join(folder, ".git")):
        folder, name = os.path.split(folder)
        if not name:
            return "", b""
        below = f"{name}/{below}"
    git = os.path.join(folder, ".git")
    if os.path.isfile(git):  # of a further work tree, or of a submodule
        git = os.path.join(folder, _head_of(git).removeprefix(b"gitdir:").strip().decode("utf-8", "surrogateescape"))
    common = _head_of(os.path.join(git, "commondir")).strip().decode("utf-8", "surrogateescape")
    return below, _head_of(os.path.join(git, common, "shallow"))


def _head_of(path: str) -> bytes:
    """Return what a file of git begins with; b"" where there is no ordinary file, such as a pipe that never ends."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError):
        return b""
    with open(handle, "rb") as file:
        try:
            return file.read(1 << 20) if stat.S_ISREG(os.fstat(handle).st_mode) else b""
        except OSError:
            return b""


def start_git(root: str, *arguments: str, stdin: IO[bytes] | int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    """Start git in `root` with a pipe for its output; raise GitError if it can't be started."""
    try:
        return subprocess.Popen(
            ["git", *_SWITCHES, *arguments],
            cwd=root,
            env=_environment(),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        raise GitError(f"git could not be started: {error.strerror}") from error


class Batch:
    """One `git cat-file --batch` process, started at the first question and shared by threads."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, name: str) -> tuple[str, str, bytes] | None:
        """Return (id, type, content) of an object, or None where the repository lacks it.

        Raises GitError if the process dies.
        """
        if "\n" in name:
            return None
        with self._lock:
            if self._process is None:
                self._process = start_git(self._root, "cat-file", "--batch")
            try:
                return self._ask(self._process, name)
            except (OSError, ValueError) as error:
                self._stop()
                raise GitError("git stopped while reading an object") from error

    @staticmethod
    def _ask(process: subprocess.Popen[bytes], name: str) -> tuple[str, str, bytes] | None:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(name.encode("utf-8", "surrogateescape") + b"\n")
        process.stdin.flush()
        header = process.stdout.readline()
        parts = header.split()
        if not header.endswith(b"\n"):
            raise ValueError("the answer ends too early")
        if len(parts) != 3 or not parts[2].isdigit():
            return None
        size = int(parts[2])
        content = process.stdout.read(size + 1)
        if len(content) != size + 1:
            raise ValueError("the answer ends too early")
        return parts[0].decode("ascii"), parts[1].decode("ascii"), content[:-1]

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def close(self) -> None:
        """End the process; a later question starts a new one."""
        with self._lock:
            self._stop()

    def __enter__(self) -> Batch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self._stop()


def commit_day(content: bytes) -> str | None:
    """Return the committer's day (ISO 8601) from a commit object's text, in the time zone that it was committed in."""
    match = re.search(rb"^committer .*> (-?\d{1,12}) ([+-])(\d{2})(\d{2})$", content.split(b"\n\n", 1)[0], re.MULTILINE)
    if match is None:
        return None
    seconds, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == b"-" else 1)
    try:
        return datetime.fromtimestamp(int(seconds), timezone(offset)).date().isoformat()
    except (OverflowError, OSError, ValueError):
        return None
