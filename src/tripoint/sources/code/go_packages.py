"""The packages of Go's modules: a package is a folder, and which of its files declares a name, nothing says."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Collection

from tripoint.model.regex import regex

__all__ = ["GoPackages"]

_MODULE = regex(rb"^module[ \t]+\"?([^\s\"]+)", re.MULTILINE)
_DECLARED = regex(rb"^(?:const|var|type|func)[ \t]+(\w+)|^(?:const|var|type)[ \t]*\([^\n]*\n(.*?)^\)", re.M | re.S)
_IN_GROUP = regex(rb"^\t(\w+)\b", re.MULTILINE)
"""What declares a name of a package, alone or in a group."""


class GoPackages:
    """Finds packages and the files that declare their names, in a project's list of files."""

    def __init__(self, files: Collection[str], data: Callable[[str], bytes | None]) -> None:
        self._data = data
        self._paths = files
        self._files: dict[str, list[str]] | None = None
        """The files of each folder."""
        self._modules: list[tuple[str, str]] | None = None
        """The name of each module and its folder, the longest name first."""
        self._names: dict[str, dict[str, set[str]]] = {}
        """By folder, which of its files declare a name."""

    def folder(self, specifier: str) -> str | None:
        """Return the folder of a package of one of the project's own modules, with a slash behind it."""
        if self._modules is None:
            self._modules = []
            for path in self._paths:
                named = _MODULE.search(self._data(path) or b"") if posixpath.basename(path) == "go.mod" else None
                if named is not None:
                    self._modules.append((named[1].decode("utf-8", "replace"), posixpath.dirname(path)))
            self._modules.sort(key=lambda module: (-len(module[0]), module))
        for name, root in self._modules:
            if specifier == name or specifier.startswith(f"{name}/"):
                inner = posixpath.join(root, specifier[len(name) + 1 :]).rstrip("/")
                return f"{inner}/" if inner in self._by_folder() else None
        return None

    def declaring(self, folder: str, name: str) -> str | None:
        """Return the one file of a folder that declares a constant, a variable, a function or a type."""
        folder = folder.rstrip("/")
        if folder not in self._names:
            names: dict[str, set[str]] = defaultdict(set)
            for path in self._by_folder().get(folder, ()):
                for alone, group in _DECLARED.findall(self._data(path) or b""):
                    for found in (alone,) if alone else _IN_GROUP.findall(group):
                        names[found.decode("ascii", "replace")].add(path)
            self._names[folder] = names
        paths = self._names[folder].get(name, set())
        return next(iter(paths)) if len(paths) == 1 else None

    def _by_folder(self) -> dict[str, list[str]]:
        if self._files is None:
            self._files = defaultdict(list)
            for path in self._paths:
                if path.endswith(".go") and not path.endswith("_test.go"):
                    self._files[posixpath.dirname(path)].append(path)
        return self._files
