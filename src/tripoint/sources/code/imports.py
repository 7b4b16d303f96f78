"""What imports lead to: a name that a module exports, one that it hands on from another, or a package.

A module is not read in full for a name that its bytes say it does not export.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tripoint.sources.code.clients.receivers import is_client_package
from tripoint.sources.code.facts import Import, Object
from tripoint.sources.code.modules import Modules, package_name
from tripoint.sources.code.scene import At, External, FileScene, Namespace, Unknown, distinct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tripoint.sources.code.follow import Follower

__all__ = ["Imports"]

_LONGEST_WAY = 40
"""Through how many modules a name is handed on at the most."""


class Imports:
    """Follows imports in the files that a follower knows."""

    def __init__(self, follower: Follower, modules: Modules) -> None:
        self._follower = follower
        self._modules = modules
        self._told: dict[tuple[str, str], list[At]] = {}
        """What modules gave under a name in the question that is being followed."""
        self._givers: dict[tuple[str, str], tuple[list[tuple[str, FileScene]], Iterator[tuple[str, FileScene]]]] = {}
        """By a module and a name, the modules that give it, as far as they were asked for, and the search for more."""

    def of(self, path: str, imported: Import, seen: frozenset[tuple[str, str]] = frozenset()) -> list[At]:
        """Return what a file imports. `seen` are the exports that led here: imports can be circular."""
        target = self._modules.resolve(path, imported.module)
        if target is None:
            target = self._modules.package(path, imported.module)
        if target is None:
            target = self._modules.declaring(path, imported.imported, imported.module)
        if target is None:
            inner = self._submodule(path, imported)
            if inner is not None:
                return [At(inner, Namespace())]
            names = () if imported.imported == "*" else (imported.imported,)
            return [At(path, External(package_name(imported.module), names))]
        if imported.imported == "*":
            scene = self.giving(target, "default") if not target.endswith("/") else None
            if scene is not None and any(one.local == "module.exports" for one in scene.exports.get("default", ())):
                whole = self.exported(target, "default", seen)  # `module.exports = pool`: what is required is that
                if whole and not any(isinstance(at.thing, Object) for at in whole):
                    return whole
            return [At(target, Namespace())]
        found = self.exported(target, imported.imported, seen)
        inner = self._submodule(path, imported) if not found else None
        if inner is not None:
            return [At(inner, Namespace())]
        if not found and is_client_package(imported.module):  # a module beside it that is called as the library is
            return [At(path, External(package_name(imported.module), (imported.imported,)))]
        return found or [At(target, Unknown(f"`{target}` gives no name `{imported.imported}`", (imported.local,)))]

    def _submodule(self, path: str, imported: Import) -> str | None:
        """Return the module of a Python package that is imported as a name of it: `from app.db import queries`."""
        if not path.endswith(".py") or imported.imported == "*":
            return None
        dot = "" if imported.module.endswith(".") else "."
        return self._modules.resolve(path, f"{imported.module}{dot}{imported.imported}")

    def exported(self, path: str, name: str, seen: frozenset[tuple[str, str]]) -> list[At]:
        """Return what a module gives under a name; nothing where it gives no such name. A folder is a package of Go.

        Modules that hand on names of each other may lead to one in more ways than can be gone: within a question each
        is asked once for a name.
        """
        if seen:
            if (path, name) not in self._told:
                self._told[path, name] = list(distinct(self._exported(path, name, seen)))
            return self._told[path, name]
        outer, self._told = self._told, {}
        try:
            return self._exported(path, name, seen)
        finally:
            self._told = outer

    def _exported(self, path: str, name: str, seen: frozenset[tuple[str, str]]) -> list[At]:
        for module, scene in self._giving(path, name):
            if (module, name) in seen or len(seen) > _LONGEST_WAY:
                continue
            found = self._given(scene, module, name, seen | {(module, name)})
            if found:
                return found
        return []

    def _giving(self, path: str, name: str) -> Iterator[tuple[str, FileScene]]:
        """Yield the modules that give a name in the place of another, the first that is meant first.

        A module may hand on hundreds of others: each name is looked for among them once, and no further than asked.
        """
        known, rest = self._givers.setdefault((path, name), ([], self._search(path, name)))
        index = 0
        while True:
            if index == len(known):
                one = next(rest, None)
                if one is None:
                    return
                known.append(one)
            yield known[index]
            index += 1

    def _search(self, path: str, name: str) -> Iterator[tuple[str, FileScene]]:
        pending, asked = [path], set()
        while pending:
            path = pending.pop()
            if path.endswith("/"):
                path = self._modules.in_package(path, name) or path
            scene = self.giving(path, name) if not path.endswith("/") and path not in asked else None
            if scene is None:
                continue
            asked.add(path)
            if name in scene.exports or (not scene.exports and (scene.given(0, name) or scene.imported(0, name))):
                yield path, scene
            handed = scene.exports.get("*", ()) if name != "default" else ()
            modules = (self._modules.resolve(path, e.module) for e in reversed(handed) if e.module is not None)
            pending += [module for module in modules if module is not None]

    def _given(self, scene: FileScene, path: str, name: str, seen: frozenset[tuple[str, str]]) -> list[At]:
        """Return what a module gives under a name by itself."""
        found: list[At] = []
        for export in scene.exports.get(name, ()):
            if export.module is None:
                found += self._follower.name(path, export.local, 0, seen=seen)
            elif export.local == "*":
                target = self._modules.resolve(path, export.module)
                found += [At(target, Namespace())] if target is not None else []
            else:
                found += self.of(path, Import(name, export.module, export.local, 0, 0), seen)
        if not found and not scene.exports and scene.given(0, name):
            found = self._follower.name(path, name, 0, seen=seen)  # languages without export lists
        if not found and not scene.exports and scene.imported(0, name) is not None:
            found = self._follower.name(path, name, 0, seen=seen)  # a Python package that hands on what it imports
        return found

    def giving(self, path: str, name: str) -> FileScene | None:
        """Return the scene of a module that may give a name; it is not read in full for one that it does not give."""
        unread = self._follower.is_unread(path)
        return None if unread and not self._modules.may_give(path, name) else self._follower.scene(path)
