"""Which modules of the project a migration in TypeScript or JavaScript is read with: those that it imports."""

from __future__ import annotations

import posixpath
import re

from tripoint.model.regex import regex
from tripoint.sources.code.modules import Modules
from tripoint.sources.programs.javascript.beside import SNAKE, bundle, without_marks
from tripoint.tree import Tree, TreeError

__all__ = ["Beside"]

_IMPORTED = regex(rb"(?:\bfrom|\brequire[ \t]*+\(|\bimport[ \t]*+\(|\bimport)[ \t]*+[\"'`]([^\"'`\n]+)[\"'`]")
_OF_TYPES = regex(
    rb"(?:(?<=\n)|\A)[ \t]*+(?:import|export)[ \t]++type\b"
    rb"(?:[^;\"'`\n]|\n(?![ \t]*+(?:import|export)\b))*+[\"'`][^\"'`\n]*+[\"'`]"
)
"""What is imported for its types, up to the next line that imports something."""
_SCRIPTS = (".js", ".ts", ".cjs", ".mjs", ".cts", ".mts")
_CONNECTS = regex(
    r"(?:^|/)(?!\.)[^/]*(?:kysely|database|db|migrat|connect|provider|client|config|pool)[^/]*\.[cm]?[jt]s$", re.I
)
"""The names of files that may connect a builder to its database."""
_PLUGIN = b"new CamelCasePlugin()"
"""Without options, under which it writes some names otherwise."""
_LOOKED_AT = 300
_MOST = 12
_DEEPEST = 3
_LARGEST = 64 * 1024


class Beside:
    """Finds the modules of one tree that its migrations import."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._modules: Modules | None = None
        self._texts: dict[str, bytes | None] = {}
        self._snake: bool | None = None

    def bundled(self, path: str, kind: str, data: bytes) -> bytes:
        """Return a migration's bytes with those of the modules that it imports, and of what these import, behind them;
        the bytes alone where it imports none of the project's."""
        data = without_marks(data)
        snake = kind == "kysely" and self._writes_snake()
        if self._modules is None:
            self._modules = Modules([entry.path for entry in self._tree.files()], self._text)
        paths, texts, depths = [path], [data], [0]
        imported: list[list[tuple[int, str]]] = [[]]
        at = 0
        while at < len(paths):
            for specifier in _imports(texts[at]) if depths[at] < _DEEPEST else ():
                found = self._modules.resolve(paths[at], specifier)
                if found is None or not found.endswith(_SCRIPTS) or found.endswith(".d.ts"):
                    continue
                if found in paths:
                    imported[paths.index(found)].append((at, specifier))
                    continue
                text = self._text(found)
                if text is None or len(text) > _LARGEST or len(paths) > _MOST:
                    continue
                paths.append(found)
                texts.append(text)
                depths.append(depths[at] + 1)
                imported.append([(at, specifier)])
            at += 1
        if len(paths) == 1 and not snake:
            return data
        behind = [(tuple(by), text) for by, text in zip(imported[1:], texts[1:], strict=True)]
        return bundle(data, [*behind, ((SNAKE,), b"")] if snake else behind)

    def _writes_snake(self) -> bool:
        """Whether Kysely is given the plugin that writes names in snake case, where the project connects it: one that
        the migrations were not given, too, would look for none of the columns that they make."""
        if self._snake is None:
            paths = [one.path for one in self._tree.files() if _CONNECTS.search(one.path)][:_LOOKED_AT]
            self._snake = any(_PLUGIN in (self._text(path) or b"") for path in paths)
        return self._snake

    def _text(self, path: str) -> bytes | None:
        if path not in self._texts:
            try:
                self._texts[path] = without_marks(self._tree.read(path))
            except TreeError:
                self._texts[path] = None
        return self._texts[path]


def _imports(text: bytes) -> list[str]:
    """Return the specifiers that a text imports for more than types, of packages that are none by their look, once."""
    said = _IMPORTED.findall(_OF_TYPES.sub(b"", text))
    names = (one.decode("utf-8", "replace") for one in said)
    return [one for one in dict.fromkeys(names) if posixpath.splitext(one)[1] not in (".json", ".sql", ".css")]
