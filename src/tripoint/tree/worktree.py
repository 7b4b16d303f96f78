"""The files of a folder on disk."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from tripoint.tree.base import Entry, Hunk, Limits, RootError, TreeError
from tripoint.tree.git import Batch, GitError, commit_day, is_missing, run_git
from tripoint.tree.sieve import VENDORED, is_vendored, why_left_out

__all__ = ["WorkTree"]

DUPLICATE_LINK = "link to a file or folder that is listed itself"
SPARSE = "not checked out (sparse checkout)"

_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISDIR, "a folder"),
)

_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0)
_OPEN |= getattr(os, "O_BINARY", 0)

_BLOCK = 65_536
"""Bytes that are asked for at least: some file systems know no size."""

_DEPTH = 200
"""Folders nested deeper than this are not walked."""

_RACY_NS = 2_000_000_000
"""A file changed this recently may change again within the clock's tick: its times vouch for nothing."""


def _what(mode: int) -> str:
    return next((name for test, name in _KINDS if test(mode)), "no ordinary file")


class _Listing(NamedTuple):
    """What stands in a folder, whatever the limits."""

    found: list[tuple[str, os.stat_result]]
    now: int
    """When it was looked at, in nanoseconds since the epoch."""
    problems: tuple[tuple[str, str], ...]
    left_out: dict[str, int]


class WorkTree:
    """The files of a folder: in a git checkout what git tracks or does not ignore, elsewhere what a walk finds.

    Raises RootError if the folder can't be listed. Nothing is followed out of the root, and nothing but ordinary files
    is opened.
    """

    def __init__(self, root: str | os.PathLike[str], limits: Limits | None = None) -> None:
        self._shown = os.fspath(root)
        self._limits = limits or Limits()
        if "\0" in self._shown:
            raise RootError("the folder to audit has a name that no folder can have")
        self._root = os.path.realpath(self._shown)
        self._inside = self._root.rstrip(os.sep) + os.sep
        self._real_folders: dict[str, str] = {}
        self._links: dict[str, bool] = {"": False}
        self._left_out: Counter[str] = Counter()
        self._problems: list[tuple[str, str]] = []
        self._beyond: set[str] = set()
        self.asked_history = False
        """Whether somebody asked what commits changed."""
        try:
            found = os.stat(self._root)
            if not stat.S_ISDIR(found.st_mode):
                raise RootError(f"{self._shown} is not a folder")
            os.scandir(self._root).close()
        except FileNotFoundError as error:
            raise RootError(f"there is no folder {self._shown}") from error
        except OSError as error:
            raise RootError(f"the folder {self._shown} can't be read: {error.strerror}") from error

    @property
    def root(self) -> str:
        """The root as it was given."""
        return self._shown

    @property
    def folder(self) -> str:
        """The root's real path on disk."""
        return self._root

    @property
    def revision(self) -> str | None:
        """The id of the commit that is checked out."""
        return self._head[0]

    @property
    def revision_date(self) -> str | None:
        """The day of that commit."""
        return self._head[1]

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many files are not listed, by reason; outside git, pruned folders count as one each."""
        self.files()
        return dict(sorted(self._left_out.items()))

    @property
    def problems(self) -> tuple[tuple[str, str], ...]:
        """What should have been listed and could not be."""
        self.files()
        return tuple(sorted(self._problems))

    def files(self) -> tuple[Entry, ...]:
        """Return the project's files, sorted by their path's bytes. They are listed once."""
        return self._files

    @property
    def beyond(self) -> frozenset[str]:
        """The paths that were asked for and are not listed, whether or not there is a file."""
        return frozenset(self._beyond - {entry.path for entry in self.files()})

    def limited(self, limits: Limits) -> WorkTree:
        """Return the same folder with other limits."""
        tree = self.again(limits)
        tree._beyond = self._beyond
        return tree

    def again(self, limits: Limits | None = None) -> WorkTree:
        """Return the same folder for somebody else, who need not list what has been listed."""
        tree = WorkTree(self._shown, limits)
        known = ((name, vars(self)[name]) for name in ("_listing", "_head") if name in vars(self))
        vars(tree).update(known)
        return tree

    def has(self, path: str) -> bool:
        """Return whether there is an ordinary file of that path inside the root."""
        self._beyond.add(path)
        try:
            return stat.S_ISREG(os.stat(self._locate(path)).st_mode)
        except (OSError, ValueError, TreeError):
            return False

    def vouched(self, path: str) -> str | None:
        """Return what the times of a file say of its content by now, as a listing's `content_id`; None if too new."""
        try:
            found = os.lstat(os.path.join(self._root, path))
        except (OSError, ValueError):
            return None
        return _stat_id(found, time.time_ns()) if stat.S_ISREG(found.st_mode) else None

    def read(self, path: str) -> bytes:
        """Return a file's bytes; raise TreeError if it can't be read, is no ordinary file or lies outside the root."""
        self._beyond.add(path)
        limit = self._limits.of(path)
        try:
            handle = os.open(self._locate(path), _OPEN | getattr(os, "O_NOFOLLOW", 0))
        except OSError as error:
            # Opening a socket says ENXIO; a device without a driver says ENODEV.
            special = error.errno in (errno.ENXIO, errno.ENODEV)
            raise TreeError(path, "is no ordinary file" if special else _because(error)) from error
        except ValueError as error:
            raise TreeError(path, "has a name that no file can have") from error
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise TreeError(path, f"is {_what(found.st_mode)}")
            with open(handle, "rb", closefd=False) as file:
                data = file.read(min(limit, max(found.st_size, _BLOCK)) + 1)
        except OSError as error:
            raise TreeError(path, _because(error)) from error
        finally:
            os.close(handle)
        if len(data) > limit:
            raise TreeError(path, f"is larger than {limit:,} bytes")
        return data

    # ---- where a path really lies

    def hunks(self, paths: Iterable[str]) -> tuple[Hunk, ...]:
        """Return what the commits up to the one that is checked out changed in these files, newest first."""
        if self.revision is None:
            return ()
        from tripoint.tree.history import read_hunks

        self.asked_history = True
        return read_hunks(self._root, self.revision, paths)

    def _locate(self, path: str) -> str:
        """Return the real path of a file; raise TreeError where it would leave the root."""
        if not path or path.startswith("/") or ("\\" in path and os.sep == "\\") or ".." in path.split("/"):
            raise TreeError(path, "is no path inside the project")
        folder, _, name = path.rpartition("/")
        real_folder = self._real_folders.get(folder)
        if real_folder is None:
            real_folder = os.path.realpath(os.path.join(self._root, folder)) if folder else self._root
            self._real_folders[folder] = real_folder
        real = os.path.join(real_folder, name)
        if os.path.islink(real):
            real = os.path.realpath(real)
            if os.path.islink(real):
                raise TreeError(path, "is a link that leads back to itself")
        if not (real + os.sep).startswith(self._inside):
            raise TreeError(path, "is a link that leaves the project")
        return real

    # ---- listing

    @cached_property
    def _head(self) -> tuple[str | None, str | None]:
        with Batch(self._root) as batch:
            try:
                found = batch.read("HEAD")
            except GitError:
                return None, None
        if found is None or found[1] != "commit":
            return None, None
        return found[0], commit_day(found[2])

    @cached_property
    def _listing(self) -> _Listing:
        listed = self._from_git()
        found: list[tuple[str, os.stat_result]] = []
        now = time.time_ns()
        for path in self._walk("", 0) if listed is None else listed:
            try:
                path.encode("utf-8")
            except UnicodeEncodeError:
                shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
                self._problems.append((shown, "has a name that is not UTF-8"))
                continue
            try:
                found.append((path, os.lstat(os.path.join(self._root, path))))
            except FileNotFoundError:
                continue  # Deleted in the work tree, though the index still holds it.
            except (OSError, ValueError) as error:
                self._problems.append((path, _because(error)))
        return _Listing(found, now, tuple(self._problems), dict(self._left_out))

    @cached_property
    def _files(self) -> tuple[Entry, ...]:
        listing = self._listing
        self._problems, self._left_out = [*listing.problems], Counter(listing.left_out)
        entries: dict[str, Entry] = {}
        links: list[str] = []
        for path, found in listing.found:
            if stat.S_ISLNK(found.st_mode):
                links.append(path)
                continue
            reason = why_left_out(path, found.st_size, self._limits)
            if reason is not None:
                self._left_out[reason] += 1
            elif not stat.S_ISREG(found.st_mode):
                self._problems.append((path, f"is {_what(found.st_mode)}"))
            else:
                entries[path] = Entry(path, found.st_size, _stat_id(found, listing.now))
        self._add_links(links, entries)
        return tuple(entries[path] for path in sorted(entries))

    def _add_links(self, links: list[str], entries: dict[str, Entry]) -> None:
        """Follow links that stay inside; a link to what is listed anyway would only say everything twice."""
        real_paths = {os.path.join(self._root, *path.split("/")) for path in entries} if links else set()
        for path in sorted(links):
            try:
                real = self._locate(path)
                found = os.stat(real)
            except FileNotFoundError:
                self._problems.append((path, "is a link to nothing"))
            except TreeError as error:
                self._problems.append((path, error.reason))
            except (OSError, ValueError) as error:
                self._problems.append((path, _because(error)))
            else:
                reason = why_left_out(path, found.st_size, self._limits)
                # A migrations folder may link to a shared file: there the link is what the runner applies.
                if stat.S_ISDIR(found.st_mode) or (real in real_paths and not path.endswith(".sql")):
                    self._left_out[DUPLICATE_LINK] += 1
                elif reason is not None:
                    self._left_out[reason] += 1
                elif not stat.S_ISREG(found.st_mode):
                    self._problems.append((path, f"is a link to {_what(found.st_mode)}"))
                else:
                    entries[path] = Entry(path, found.st_size, None)

    def _from_git(self) -> list[str] | None:
        """Return the paths that git knows or does not ignore; None where git can't say."""
        try:
            raw = run_git(self._root, "ls-files", "-z", "-t", "-s", "-c", "-o", "--exclude-standard")
        except GitError as error:
            if not is_missing(error):
                self._problems.append(("", f"git can't list the files ({error}), so ignored files are read too"))
            return None
        records = [record for record in raw.split(b"\0") if record]
        paths: dict[str, bool] = {}
        for record in records:
            tag, _, rest = record.partition(b" ")
            name = rest
            mode = b""
            if tag != b"?":
                head, _, name = rest.partition(b"\t")
                mode = head[:6]
            path = name.decode("utf-8", "surrogateescape")
            if tag == b"S" and not os.path.lexists(os.path.join(self._root, path)):
                self._left_out[SPARSE] += 1
            elif self._is_behind_link(path.rpartition("/")[0]):
                continue  # The folder is gone; what stands in its place is listed as the link that it is.
            elif mode == b"160000" or path.endswith("/"):
                self._problems.append(
                    (path.rstrip("/"), "is a git repository of its own, which is not audited with this")
                )
            else:
                paths[path] = paths.get(path, False) or tag != b"?"
        # Of a folder that an outer repository ignores, git lists nothing, and yet somebody asked to have it read.
        if not paths and not os.path.lexists(os.path.join(self._root, ".git")):
            return None
        return list(self._without_vendored(paths))

    def _is_behind_link(self, folder: str) -> bool:
        """Return whether a folder that the index holds, or one above it, has become a link."""
        known = self._links.get(folder)
        if known is None:
            known = self._is_behind_link(folder.rpartition("/")[0]) or os.path.islink(os.path.join(self._root, folder))
            self._links[folder] = known
        return known

    def _without_vendored(self, paths: dict[str, bool]) -> Iterator[str]:
        verdicts: dict[str, bool] = {"": False}
        tracked_folders = {"": True}
        for path, tracked in paths.items():
            folder = path.rpartition("/")[0]
            while tracked and folder not in tracked_folders:
                tracked_folders[folder] = True
                folder = folder.rpartition("/")[0]

        def exists(path: str) -> bool:
            return path in paths

        def vendored(folder: str) -> bool:
            known = verdicts.get(folder)
            if known is None:
                above, _, name = folder.rpartition("/")
                known = vendored(above) or is_vendored(
                    f"{above}/" if above else "", name, folder in tracked_folders, exists
                )
                verdicts[folder] = known
            return known

        for path in paths:
            if path.count("/") > _DEPTH:
                self._problems.append((path, f"is nested deeper than {_DEPTH} folders"))
            elif vendored(path.rpartition("/")[0]):
                self._left_out[VENDORED] += 1
            else:
                yield path

    def _walk(self, folder: str, depth: int) -> Iterator[str]:
        """Yield the paths below a folder (which is "" or ends in a slash), pruned, without following links."""
        if depth > _DEPTH:
            self._problems.append((folder.rstrip("/"), f"is nested deeper than {_DEPTH} folders"))
            return
        try:
            with os.scandir(os.path.join(self._root, folder)) as found:
                children = sorted(found, key=lambda child: child.name)
        except OSError as error:
            self._problems.append((folder.rstrip("/"), _because(error)))
            return

        def exists(path: str) -> bool:
            return os.path.lexists(os.path.join(self._root, path))

        for child in children:
            if not child.is_dir(follow_symlinks=False):
                if child.name != ".git":
                    yield folder + child.name
            elif is_vendored(folder, child.name, False, exists):
                if child.name != ".git":
                    self._left_out[f"folder of {VENDORED}"] += 1
            elif exists(f"{folder}{child.name}/.git"):
                self._problems.append(
                    (folder + child.name, "is a git repository of its own, which is not audited with this")
                )
            else:
                yield from self._walk(f"{folder}{child.name}/", depth + 1)


def _because(error: OSError | ValueError) -> str:
    """Return an operating system's error in words, without the path that it carries."""
    if not isinstance(error, OSError):
        return "has a name that no file can have"
    words = {
        errno.ENOENT: "does not exist",
        errno.EACCES: "may not be read (permission denied)",
        errno.EPERM: "may not be read (permission denied)",
        errno.ELOOP: "is a link that leads back to itself",
        errno.EISDIR: "is a folder",
        errno.ENOTDIR: "does not exist",
        errno.ENAMETOOLONG: "has a name that is too long",
    }
    return words.get(error.errno or 0) or f"can't be read: {error.strerror}"


def _stat_id(found: os.stat_result, now: int) -> str | None:
    newest = max(found.st_mtime_ns, found.st_ctime_ns)
    if now - newest < _RACY_NS:
        return None
    return f"stat:{found.st_dev}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}:{found.st_ctime_ns}"
