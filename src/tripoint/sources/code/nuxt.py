"""What Nuxt imports by itself: names that the files of some folders export, without an import where they are used."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Collection

from tripoint.model.regex import regex
from tripoint.sources.code.exported import names_exported

__all__ = ["AutoImports"]

_ROOT = regex(r"^(?:(.*)/)?nuxt\.config\.[cm]?[jt]s$")
_GIVING = regex(r"^(?:app/|src/|client/)?((?:server/|shared/)?utils|composables|stores|store)/.+\.[cm]?[jt]s$")
_DEFAULT = regex(rb"^[ \t]*export\s+default\b", re.MULTILINE)
_WORD_START = regex(r"[-_](\w)")


class AutoImports:
    """Answers which file gives a name that is neither declared nor imported. A server's utils are for the server's code
    alone, and the others for the pages; where several files give one name, none is meant for certain."""

    def __init__(self, files: Collection[str], read: Callable[[str], bytes | None]) -> None:
        self._files, self._read = files, read
        self._roots = {found[1] or "" for path in files if (found := _ROOT.match(path)) is not None}
        self._given: dict[str, dict[tuple[bool, str], set[str]]] = {}

    def giving(self, importer: str, name: str) -> str | None:
        """Return the one file whose export a name means in another; None where no Nuxt project has one."""
        root = self._root(importer) if self._roots else None
        if root is None:
            return None
        given = self._given_in(root)
        served = _within(root, importer).startswith("server/")
        paths = given.get((served, name), set()) - {importer}
        return next(iter(paths)) if len(paths) == 1 else None

    def _root(self, path: str) -> str | None:
        folder = posixpath.dirname(path)
        while folder not in self._roots:
            if not folder:
                return None
            folder = posixpath.dirname(folder)
        return folder

    def _given_in(self, root: str) -> dict[tuple[bool, str], set[str]]:
        """Return the files of a project by the names that they give, and whether they do so to a server's code."""
        if root not in self._given:
            found: dict[tuple[bool, str], set[str]] = defaultdict(set)
            for path in sorted(self._files):
                if (root and not path.startswith(f"{root}/")) or self._root(path) != root:
                    continue
                folder = _GIVING.match(_within(root, path))
                data = self._read(path) if folder is not None else None
                if folder is None or data is None:
                    continue
                names = {name.decode("utf-8", "replace") for name in names_exported(data) or ()}
                if _DEFAULT.search(data):
                    stem = posixpath.basename(path).partition(".")[0]
                    names.add(_WORD_START.sub(lambda match: match[1].upper(), stem))
                for served in (True, False):
                    if folder[1] == "shared/utils" or served == (folder[1] == "server/utils"):
                        for name in names:
                            found[served, name].add(path)
            self._given[root] = found
        return self._given[root]


def _within(root: str, path: str) -> str:
    return path[len(root) + 1 :] if root else path
