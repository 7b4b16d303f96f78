"""Which database a file of code or a document belongs to."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from tripoint.config import Config
from tripoint.model.glob import Globs
from tripoint.model.regex import regex
from tripoint.sources.layouts.hosted import CLIENT_MANIFESTS, CLIENTS, DRIVERS
from tripoint.sources.layouts.index import FileIndex, parent_of
from tripoint.sources.layouts.records import DatabaseFiles, Remark, problem

__all__ = ["Owners"]

_NAMED = 3
_MODULE = regex(rb"^module[ \t]+\"?([^\s\"]+)", re.MULTILINE)


class Owners:
    """Says to whom a file belongs: to the database whose settings claim it, else whose client it imports, else to the
    nearest one above it; with a single database, to that. Code of a package that depends on a client of Supabase, and
    stands below no database, belongs to the one that surely is Supabase's, where there is one; so does it below a plain
    server's that is no nearer than the whole project, where the package has no driver to speak to it. Code of Go below
    no database belongs to the one whose packages it imports."""

    def __init__(self, index: FileIndex, databases: Sequence[DatabaseFiles], config: Config) -> None:
        self._index = index
        self._names = [files.database.name for files in databases]
        self._roots = {files.database.root: files.database.name for files in databases}
        self._code = {entry.name: Globs(entry.code) for entry in config.databases if entry.code}
        self._documents = {entry.name: Globs(entry.documents) for entry in config.databases if entry.documents}
        platform = [f.database for f in databases if f.database.platform == "supabase" and not f.database.doubtful]
        self._platform = platform[0].name if len(platform) == 1 and platform[0].name not in self._code else None
        plain = [f.database for f in databases if f.database.platform != "supabase" and not f.database.root]
        self._plain = plain[0].name if plain else None
        self._asking: dict[tuple[str, tuple[bytes, ...]], bool] = {}
        self._packages = self._package_names(databases) if len(databases) > 1 else {}
        quoted = "|".join(re.escape(name) for name in sorted(self._packages, key=len, reverse=True))
        # A package may be called "web" or "api", and so may much else that stands in quotes.
        imported = rf"\b(?:from|import|require)\b[\s(]{{0,40}}[\"']({quoted})(?=[\"'/])"
        self._imports = re.compile(imported.encode()) if quoted else None
        self._go = self._go_packages(databases) if len(databases) > 1 else {}

    def of(self, paths: Iterable[str]) -> dict[str | None, list[str]]:
        """Return the documents of each database by its name; under None those that belong to none."""
        return self._split(paths, self._documents, imports=False)

    def of_code(self, paths: Iterable[str]) -> dict[str | None, list[str]]:
        """Return the code of each database by its name; under None that of none."""
        return self._split(paths, self._code, imports=True)

    def problems(self, strays: Sequence[str]) -> list[Remark]:
        """Return what is to be said of code that belongs to no database, in one sentence."""
        if not strays or not self._names:
            return []
        shown = ", ".join(strays[:_NAMED]) + (", …" if len(strays) > _NAMED else "")
        return [
            problem(
                strays[0],
                f"{len(strays)} files of code stand under none of the {len(self._names)} databases and import none of "
                f"their packages, so they are held against none ({shown}); name them in tripoint.toml under `code`",
                "unresolved",
            )
        ]

    def _split(self, paths: Iterable[str], claimed: dict[str, Globs], imports: bool) -> dict[str | None, list[str]]:
        groups: dict[str | None, list[str]] = defaultdict(list)
        for path in paths:
            groups[self._owner(path, claimed, imports)].append(path)
        return groups

    def _owner(self, path: str, claimed: dict[str, Globs], imports: bool) -> str | None:
        for name, globs in claimed.items():
            if globs.matches(path):
                return name
        if len(self._names) == 1:
            # Where the settings say which files are its own, the others are nobody's.
            return None if self._names[0] in claimed else self._names[0]
        if imports and self._imports is not None:
            named = self._imports.findall(self._index.read(path))
            owners = {self._packages[name.decode("utf-8")] for name in named}
            if len(owners) == 1:
                return owners.pop()
        folder = parent_of(path)
        while True:
            name = self._roots.get(folder, "")
            if name and name not in claimed:
                return self._platform if name == self._plain and imports and self._only_asks(parent_of(path)) else name
            if not folder:
                if imports and self._depends(parent_of(path), CLIENTS):
                    return self._platform
                return self._imported_by_go(path) if imports and path.endswith(".go") else None
            folder = parent_of(folder)

    def _only_asks(self, folder: str) -> bool:
        """Return whether a package's code speaks to Supabase and to no server by a driver."""
        speaks = self._platform is not None and self._depends(folder, CLIENTS)
        return speaks and not self._depends(folder, DRIVERS)

    def _depends(self, folder: str, names: tuple[bytes, ...]) -> bool:
        """Return whether the package that a folder belongs to depends on one of these."""
        if (folder, names) not in self._asking:
            manifests = [f"{folder}/{name}".lstrip("/") for name in CLIENT_MANIFESTS]
            heads = [b"\n" + self._index.head(path) for path in manifests if path in self._index.all]
            if heads or not folder:
                self._asking[folder, names] = any(name in head for head in heads for name in names)
            else:
                self._asking[folder, names] = self._depends(parent_of(folder), names)
        return self._asking[folder, names]

    def _imported_by_go(self, path: str) -> str | None:
        """Return the one database whose packages a file of Go imports."""
        text = self._index.read(path) if self._go else b""
        owners = {
            name for package, name in self._go.items() if re.search(rb'"%s["/]' % re.escape(package.encode()), text)
        }
        return owners.pop() if len(owners) == 1 else None

    def _go_packages(self, databases: Sequence[DatabaseFiles]) -> dict[str, str]:
        """Return the paths under which code of Go imports the packages in a database's folder."""
        packages: dict[str, str] = {}
        for files in databases:
            folder, below = files.database.root, ""
            while folder and f"{folder}/go.mod" not in self._index.all:
                folder, below = parent_of(folder), f"/{folder.rpartition('/')[2]}{below}"
            path = f"{folder}/go.mod".lstrip("/")
            module = _MODULE.search(self._index.head(path)) if path in self._index.all else None
            if module is not None and files.database.root:
                packages[module[1].decode("utf-8", "replace") + below] = files.database.name
        return packages

    def _package_names(self, databases: Sequence[DatabaseFiles]) -> dict[str, str]:
        """Return the names under which code imports a database's package."""
        names: dict[str, str] = {}
        for files in databases:
            path = f"{files.database.root}/package.json".lstrip("/")
            if path not in self._index.all or not files.database.root:
                continue
            try:
                manifest = json.loads(self._index.read(path))
            except (ValueError, RecursionError):
                continue
            name = manifest.get("name") if isinstance(manifest, dict) else None
            if isinstance(name, str) and name:
                names[name] = files.database.name
        return names
