"""The files of a git revision, without a checkout."""

from __future__ import annotations

import os
import posixpath
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property

from tripoint.tree.base import Entry, Hunk, Limits, RevisionError, RootError, TreeError
from tripoint.tree.git import Batch, GitError, commit_day, is_missing, run_git
from tripoint.tree.sieve import VENDORED, is_vendored, why_left_out
from tripoint.tree.worktree import DUPLICATE_LINK

__all__ = ["RevisionTree", "merge_base", "resolve_commit"]

MISSING = "is missing from the repository (a partial clone does not hold it)"

_LINKS = 40
"""How many links in a row are followed, as operating systems do."""


class RevisionTree:
    """The files below `root` as a commit holds them, read through git's objects: no checkout, no filters, no fetching.

    Raises RevisionError if there is no such commit. Close it when done, or use it in a `with`.
    """

    def __init__(self, root: str | os.PathLike[str], revision: str, limits: Limits | None = None) -> None:
        self._shown = os.fspath(root)
        self._limits = limits or Limits()
        if not os.path.isdir(self._shown):
            raise RootError(f"there is no folder {self._shown}")
        self._commit = resolve_commit(self._shown, revision)
        self._batch = Batch(self._shown)
        self._left_out: Counter[str] = Counter()
        self._problems: list[tuple[str, str]] = []

    def __enter__(self) -> RevisionTree:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the git process that reads objects."""
        self._batch.close()

    @property
    def root(self) -> str:
        """The root as it was given."""
        return self._shown

    @property
    def revision(self) -> str | None:
        """The commit's id."""
        return self._commit

    @cached_property
    def revision_date(self) -> str | None:
        """The commit's day."""
        try:
            found = self._batch.read(self._commit)
        except GitError:
            return None
        return commit_day(found[2]) if found is not None else None

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many files are not listed, by reason."""
        self.files()
        return dict(sorted(self._left_out.items()))

    @property
    def problems(self) -> tuple[tuple[str, str], ...]:
        """What should have been listed and could not be."""
        self.files()
        return tuple(sorted(self._problems))

    def files(self) -> tuple[Entry, ...]:
        """Return the revision's files below the root, sorted by their path's bytes."""
        return self._files

    def has(self, path: str) -> bool:
        """Return whether the revision holds a file of that path."""
        try:
            self._object(path)
        except TreeError:
            return False
        return True

    def read(self, path: str) -> bytes:
        """Return a file's bytes; raise TreeError if the revision or the repository lacks it."""
        name = self._object(path)
        size = self._sizes.get(name)
        limit = self._limits.of(path)
        if size is None:
            raise TreeError(path, MISSING)
        if size > limit:
            raise TreeError(path, f"is larger than {limit:,} bytes")
        try:
            found = self._batch.read(name)
        except GitError as error:
            raise TreeError(path, str(error)) from error
        if found is None or found[1] != "blob":
            raise TreeError(path, MISSING)
        return found[2]

    def hunks(self, paths: Iterable[str]) -> tuple[Hunk, ...]:
        """Return what the commits up to this one changed in these files, newest first."""
        from tripoint.tree.history import read_hunks

        return read_hunks(self._shown, self._commit, paths)

    def _object(self, path: str) -> str:
        """Return the object of a path, through links that stay inside the root."""
        current = path
        for _ in range(_LINKS):
            mode, name = self._objects.get(current, ("", ""))
            if not mode:
                raise TreeError(path, "does not exist" if current == path else "is a link to nothing in this revision")
            if mode != "120000":
                return name
            if name not in self._sizes:
                raise TreeError(path, MISSING)
            target = self._target(current)
            folder = posixpath.dirname(f"{self._prefix}{current}")
            whole = posixpath.normpath(posixpath.join(folder, target))
            current = whole.removeprefix(self._prefix)
            if target.startswith("/") or not whole.startswith(self._prefix) or whole.startswith("../"):
                raise TreeError(path, "is a link that leaves the project")
        raise TreeError(path, "is a link that leads back to itself")

    def _target(self, path: str) -> str:
        """Return what a link's text says; "" where it can't be read."""
        try:
            found = self._batch.read(self._objects[path][1])
        except GitError:
            return ""
        return found[2].decode("utf-8", "surrogateescape") if found is not None else ""

    @cached_property
    def _objects(self) -> dict[str, tuple[str, str]]:
        """Path to (mode, object id), of everything below the root."""
        try:
            raw = run_git(self._shown, "ls-tree", "-r", "-z", self._commit)
        except GitError as error:
            raise RevisionError(f"the files of {self._commit[:12]} can't be listed: {error}") from error
        objects: dict[str, tuple[str, str]] = {}
        for record in raw.split(b"\0"):
            head, tab, name = record.partition(b"\t")
            if tab:
                mode, _, identifier = head.decode("ascii").split(" ")
                objects[name.decode("utf-8", "surrogateescape")] = (mode, identifier)
        return objects

    @cached_property
    def _prefix(self) -> str:
        """The root's path in the repository: "" or with a slash at its end."""
        try:
            return run_git(self._shown, "rev-parse", "--show-prefix").decode("utf-8", "surrogateescape").rstrip("\n")
        except GitError:
            return ""

    @cached_property
    def _sizes(self) -> dict[str, int]:
        """Object id to size, of every file that the repository holds."""
        names = {name for mode, name in self._objects.values() if mode != "160000"}
        try:
            raw = self._check(names)
        except GitError:
            # A partial clone lacks objects, and older versions of git can't be told not to fetch but only hindered.
            try:
                raw = self._check(names - self._missing())
            except GitError as error:
                raise RevisionError(f"the files of {self._commit[:12]} can't be listed: {error}") from error
        pairs = (line.split() for line in raw.decode("ascii", "replace").splitlines())
        return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}

    def _check(self, names: Iterable[str]) -> bytes:
        request = "".join(f"{name}\n" for name in sorted(names)).encode("ascii")
        return run_git(self._shown, "cat-file", "--batch-check=%(objectname) %(objectsize)", "--buffer", stdin=request)

    def _missing(self) -> set[str]:
        """Return the objects that a partial clone of the repository does not hold."""
        raw = run_git(self._shown, "rev-list", "--objects", "--no-walk", "--missing=print", self._commit)
        return {line[1:] for line in raw.decode("ascii", "replace").splitlines() if line.startswith("?")}

    @cached_property
    def _files(self) -> tuple[Entry, ...]:
        entries: list[Entry] = []
        vendored: dict[str, bool] = {"": False}

        def is_below_vendored(folder: str) -> bool:
            known = vendored.get(folder)
            if known is None:
                above, _, name = folder.rpartition("/")
                known = is_below_vendored(above) or is_vendored(
                    f"{above}/" if above else "", name, True, self._objects.__contains__
                )
                vendored[folder] = known
            return known

        listed = {name for mode, name in self._objects.values() if mode != "120000"}
        for path, (mode, name) in self._objects.items():
            try:
                path.encode("utf-8")
            except UnicodeEncodeError:
                shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
                self._problems.append((shown, "has a name that is not UTF-8"))
                continue
            if mode == "160000":
                self._problems.append((path, "is a git repository of its own, which is not audited with this"))
                continue
            if is_below_vendored(path.rpartition("/")[0]):
                self._left_out[VENDORED] += 1
                continue
            if mode == "120000":
                target = self._follow(path)
                if target is None:
                    continue
                name = target
                if name in listed and not path.endswith(".sql"):
                    self._left_out[DUPLICATE_LINK] += 1
                    continue
            size = self._sizes.get(name)
            reason = why_left_out(path, size or 0, self._limits)
            if reason is not None:
                self._left_out[reason] += 1
            elif size is None:
                self._problems.append((path, MISSING))
            else:
                entries.append(Entry(path, size, f"blob:{name}"))
        return tuple(sorted(entries, key=lambda entry: entry.path))

    def _follow(self, path: str) -> str | None:
        """Return the object that a link leads to; None, with the reason noted, where it leads to no file."""
        try:
            return self._object(path)
        except TreeError as error:
            folder = posixpath.normpath(posixpath.join(posixpath.dirname(path), self._target(path)))
            if any(other.startswith(f"{folder}/") for other in self._objects):
                self._left_out[DUPLICATE_LINK] += 1
            else:
                self._problems.append((path, error.reason))
            return None


def resolve_commit(root: str, revision: str) -> str:
    """Return the id of the commit that `revision` names around `root`; raise RevisionError if absent."""
    try:
        found = run_git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except GitError as error:
        if is_missing(error):
            raise RevisionError(f"{root} is no git checkout, so it has no revision {revision}") from error
        if "git is not installed" in str(error):
            raise RevisionError("git is not installed, so no revision can be read") from error
        if not revision.strip():
            raise RevisionError("there is no revision without a name: name a branch, a tag or a commit") from error
        hint = _shallow_hint(root) or _nearest_hint(root, revision)
        raise RevisionError(f"there is no revision {revision} in this repository{hint}") from error
    return found.decode("ascii", "replace").strip()


def merge_base(root: str, revision: str) -> str:
    """Return the commit where the checked-out history and `revision` part; raise RevisionError if there is none."""
    other = resolve_commit(root, revision)
    head = resolve_commit(root, "HEAD")
    try:
        found = run_git(root, "merge-base", head, other).decode("ascii", "replace").split()
    except GitError as error:
        raise RevisionError(f"HEAD and {revision} have no common ancestor here{_shallow_hint(root)}") from error
    return found[0]


def _nearest_hint(root: str, revision: str) -> str:
    """Return what a sentence adds of a revision that is not there: where the branch of that name is."""
    try:
        known = run_git(root, "rev-parse", "--symbolic", "--branches", "--remotes").decode("utf-8", "replace").split()
    except GitError:
        return ""
    found = next((name for name in known if name.endswith(f"/{revision}") or revision.endswith(f"/{name}")), None)
    if found is not None:
        return f"; did you mean {found}?"
    remote, _, branch = revision.partition("/")
    if branch and any(name.startswith(f"{remote}/") for name in known):
        return f"; git fetch {remote} {branch} brings a branch that is there"
    return "; git branch --all lists the branches"


def _shallow_hint(root: str) -> str:
    try:
        shallow = run_git(root, "rev-parse", "--is-shallow-repository").strip() == b"true"
    except GitError:
        return ""
    if not shallow:
        return ""
    return (
        ": the clone is shallow, so fetch the whole history (fetch-depth: 0 in actions/checkout, git fetch --unshallow)"
    )
