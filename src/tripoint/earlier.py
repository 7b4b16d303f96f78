"""What audits of a project's earlier states found: `--since` asks for the same commit again and again.

The findings are a function of the files, the settings, the options and the program; where names are unknown, of the
commits up to that state too. So they are kept under the commit, and where no commit was asked under the files alone:
what is about to be committed has been audited by the hook before the commit, and is what the next one compares with.
A tree that holds what its own commit does is not audited twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tripoint.applied import histories
from tripoint.cache import code_version, digest, unpacked
from tripoint.config import Config
from tripoint.model.audit import Audit, Finding, Notice
from tripoint.model.evidence import MigrationFile
from tripoint.tree import Entry, RevisionTree, Tree, TreeError, WorkTree
from tripoint.tree.git import checkout_of

if TYPE_CHECKING:
    from tripoint.options import Options

__all__ = ["Earlier", "Found"]

_HASHED_BYTES = 32 * 1024 * 1024
"""Where more than this would have to be read to tell git's names of the files, they are not told."""
_BLOB = "blob:"


class Found(Struct, frozen=True):
    """What an audit of one state found."""

    findings: tuple[Finding, ...] = ()
    nothing: str | None = None
    """Why there was nothing to audit."""
    lasting: bool = True
    """`Audit.lasting`."""
    notices: tuple[Notice, ...] = ()
    migrations: tuple[MigrationFile, ...] = ()
    """Those that a database remembers."""

    @classmethod
    def of(cls, audit: Audit) -> Found:
        """Return what is to be kept of an audit."""
        return cls(audit.findings, lasting=audit.lasting, notices=audit.notices, migrations=histories(audit))


class Earlier:
    """The findings that are kept for the project at `root` under these settings and options."""

    def __init__(self, root: str, config: Config, options: Options) -> None:
        # A server, a database and other programs may say something else the next time.
        changing = options.replay or options.live or options.prove or options.specialists or config.specialists
        self._cache = None if changing else options.cache
        if self._cache is not None:
            top, history = checkout_of(root)
            asked = (
                replace(config, path=None, require=()),
                options.select,
                options.ignore,
                options.include_tests,
                options.schema_only,
                options.meanings,
                options.baseline,
            )
            self._asked = digest(code_version(), msgspec.msgpack.encode(asked, order="deterministic"))
            self._place = (top.encode("utf-8", "surrogateescape"), history)

    def at(self, commit: str) -> Found | None:
        """Return what was found at a commit, None where it isn't known."""
        return None if self._cache is None else self._get(self._commit_key(commit))

    def alike(self, tree: RevisionTree) -> Found | None:
        """Return what was found in the same files, None where it isn't known."""
        key = self._files_key(tree)
        return None if key is None else self._get(key)

    def keep(self, found: Found, tree: RevisionTree) -> None:
        """Keep what was found at a commit. What misses objects of the repository may have them the next time."""
        if self._cache is not None and found.lasting and not tree.problems and tree.revision is not None:
            self._cache.put({self._commit_key(tree.revision): msgspec.msgpack.encode(found)})

    def keep_files(self, found: Found, tree: Tree) -> None:
        """Keep what was found in the files of a tree, should they be committed as they are."""
        if isinstance(tree, WorkTree) and found.lasting and not tree.asked_history and _is_listed(tree):
            key = self._files_key(tree)
            if key is not None and self._cache is not None:
                self._cache.put({key: msgspec.msgpack.encode(found)})

    def unchanged(self, tree: Tree, then: RevisionTree) -> bool:
        """Return whether a tree is known to hold what its own commit does, so that both have the same findings."""
        if self._cache is None or not isinstance(tree, WorkTree) or tree.revision != then.revision:
            return False
        ours, theirs = tree.files(), then.files()
        if tree.problems or then.problems or [(e.path, e.size) for e in ours] != [(e.path, e.size) for e in theirs]:
            return False
        return _is_listed(tree) and self._blobs(tree, ours) == [entry.content_id for entry in theirs]

    def _get(self, key: bytes) -> Found | None:
        assert self._cache is not None
        return unpacked(self._cache.get((key,)).get(key), Found)

    def _commit_key(self, commit: str) -> bytes:
        # Deepening a shallow clone changes the history of its commits.
        return digest(b"commit", self._asked, *self._place, commit.encode())

    def _files_key(self, tree: WorkTree | RevisionTree) -> bytes | None:
        if self._cache is None or tree.problems or tree.revision is None:
            return None
        entries = tree.files()
        names = self._blobs(tree, entries) if isinstance(tree, WorkTree) else [str(e.content_id) for e in entries]
        if names is None:
            return None
        lines = (f"{entry.path}\0{entry.size}\0{name}" for entry, name in zip(entries, names, strict=True))
        return digest(b"files", self._asked, "\n".join(lines).encode("utf-8", "surrogateescape"))

    def _blobs(self, tree: WorkTree, entries: Iterable[Entry]) -> list[str] | None:
        """Return git's names of the files' contents (as `Entry.content_id` has them), None where it takes too long."""
        assert self._cache is not None
        algorithm = "sha256" if len(tree.revision or "") == 64 else "sha1"
        keys = {
            entry.path: digest(b"blob", algorithm.encode(), entry.content_id.encode())
            for entry in entries
            if entry.content_id is not None
        }
        known = self._cache.get(keys.values())
        names: list[str] = []
        made: dict[bytes, bytes] = {}
        unread = _HASHED_BYTES
        for entry in entries:
            key = keys.get(entry.path)
            name = known.get(key) if key is not None else None
            if name is None:
                unread -= entry.size
                try:
                    data = tree.read(entry.path) if unread >= 0 else None
                except TreeError:
                    data = None
                if data is None:
                    return None
                blob = hashlib.new(algorithm, b"blob %d\0" % len(data) + data, usedforsecurity=False)
                name = blob.hexdigest().encode()
                if key is not None:
                    made[key] = name
            names.append(_BLOB + name.decode("ascii", "replace"))
        self._cache.put(made)
        return names


def _is_listed(tree: WorkTree) -> bool:
    """Return whether nothing was read but what is listed: a commit does not hold what git ignores."""
    return not any(map(tree.has, tree.beyond))
