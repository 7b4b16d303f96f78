"""What every source of files has in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, runtime_checkable

from msgspec import Struct

__all__ = ["Entry", "Hunk", "Limits", "RevisionError", "RootError", "Tree", "TreeError"]


class Entry(Struct, frozen=True):
    """A file of the project.

    `path` is relative to the root, with slashes. `size` is in bytes. Equal `content_id`s mean equal bytes; the id means
    nothing else, and is None where nothing vouches for the content short of reading it.
    """

    path: str
    size: int
    content_id: str | None = None


class Limits(Struct, frozen=True):
    """The largest file that is read, in bytes: larger ones are left out and counted."""

    sql: int = 16 * 1024 * 1024
    """`.sql`: a dump of a large schema has some megabytes."""
    other: int = 2 * 1024 * 1024
    """Everything else: code, documents, settings."""

    def of(self, path: str) -> int:
        """Return the limit for a file, by its suffix."""
        return self.sql if path[-4:].lower() == ".sql" else self.other


class Hunk(Struct, frozen=True):
    """A run of lines that a commit replaced by others; either may be empty."""

    commit: str
    path: str
    """Relative to the root of the tree."""
    removed: tuple[bytes, ...]
    added: tuple[bytes, ...]


class TreeError(Exception):
    """A file could not be read. `path` is the file, relative to the root, and `reason` says why, in words."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class RootError(Exception):
    """The folder to audit can't be listed at all; the message is one sentence."""


class RevisionError(Exception):
    """A git revision can't be read; the message is one sentence that says what to do."""


@runtime_checkable
class Tree(Protocol):
    """Where bytes come from. Nothing above it opens a file."""

    @property
    def root(self) -> str:
        """The root as a person named it, for display only."""

    @property
    def revision(self) -> str | None:
        """The id of the commit that the files stand on; None outside git."""

    @property
    def revision_date(self) -> str | None:
        """That commit's date (ISO 8601, to the day, in the committer's own time zone)."""

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many files (or whole folders, where the reason says so) are not listed, by reason."""

    @property
    def problems(self) -> tuple[tuple[str, str], ...]:
        """(path, reason) of everything that should have been listed and could not be; path "" is the whole tree."""

    def files(self) -> tuple[Entry, ...]:
        """Return the project's files, sorted by their path's bytes."""

    def has(self, path: str) -> bool:
        """Return whether `read` would find a file there."""

    def read(self, path: str) -> bytes:
        """Return a file's bytes, also of one that `files` leaves out; raise TreeError if it can't be read."""

    def hunks(self, paths: Iterable[str]) -> tuple[Hunk, ...]:
        """Return what the latest commits changed in these files, newest first; nothing outside git.

        It is bounded by a number of commits and of bytes, so that the same revision gives the same. Raise TreeError,
        with the path "", where the history can't be read.
        """
