"""What migrations that are programs hand their means to: functions of the project's own modules, which no one follows.

Such a function may make anything, but under names that stand in its module, or in one that it imports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from tripoint.model.evidence import Opaque
from tripoint.model.regex import regex
from tripoint.project import Project
from tripoint.sources.code.modules import Modules
from tripoint.sources.code.prefilter import identifier_words

__all__ = ["with_modules"]

_IMPORTED = regex(rb"(?:\bfrom|\brequire\s*\(|\bimport\s*\()\s*[\"'`]([^\"'`\n]+)[\"'`]")
_OF_TYPES = regex(rb"^import\s+type\b.*$", re.M)
_CHANGES = regex(
    rb"\b(?:create|alter|rename|drop|add|remove)\w*?(?:table|column|view|type|schema|enum)|\b(?:create|alter|drop|rename)\s"
    rb"|\.(?:raw|query|schema)\b",
    re.I,
)
"""What changes a schema, or may be given to do so."""
_SCRIPTS = (".js", ".ts", ".cjs", ".mjs", ".cts", ".mts")
_MOST = 300
"""Modules beyond which what they come to is not looked at."""
_NEAR = 2
"""Steps to a module that may hold the names alone which another one makes."""


def with_modules(opaque: tuple[Opaque, ...], project: Project) -> tuple[tuple[Opaque, ...], frozenset[str]]:
    """Return what can't be told of the migrations, where the modules are known without the claim that it may be
    anything; and the words of these, and of what programs import whose statements are built of more than their own."""
    programs = [one for one in opaque if one.place.path.endswith(_SCRIPTS) and (one.modules or one.may_touch is None)]
    if not programs:
        return opaque, frozenset()
    modules = Modules(project.paths, project.read)
    words: set[str] = set()
    settled: dict[int, Opaque] = {}
    for one in programs:
        path = one.place.path
        if one.modules:
            texts = _reached([modules.resolve(path, module) for module in one.modules], project, modules)
            if texts is None:
                continue
            settled[id(one)] = replace(one, anything=False)
        else:
            texts = [project.read(found) or b"" for found in _imported(path, project.read(path) or b"", modules)]
        for text in texts:
            words |= identifier_words(text)
    return tuple(settled.get(id(one), one) for one in opaque), frozenset(words)


def _imported(path: str, text: bytes, modules: Modules) -> list[str]:
    """Return the files of the project that one imports."""
    named = (modules.resolve(path, name.decode("utf-8", "replace")) for name in _IMPORTED.findall(text))
    return [found for found in named if found is not None]


def _reached(paths: Iterable[str | None], project: Project, modules: Modules) -> list[bytes] | None:
    """Return the texts of modules, of what they import of the project, and of all that is imported there and may change
    a schema; None where one is not the project's, or there are too many."""
    texts: list[bytes] = []
    seen: set[str] = set()
    level, depth = dict.fromkeys(paths), 0
    while level:
        below: list[str] = []
        for path in level:
            text = project.read(path) if path is not None else None
            if path is None or text is None or len(seen) == _MOST:
                return None
            seen.add(path)
            text = _OF_TYPES.sub(b"", text)
            below += _imported(path, text, modules)
            if depth < _NEAR or _CHANGES.search(text):
                texts.append(text)
        level, depth = dict.fromkeys(path for path in below if path not in seen), depth + 1
    return texts
