"""Which file an import means: relative paths, aliases of tsconfig, workspace packages, import maps, Python modules."""

from __future__ import annotations

import json
import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from msgspec import Struct

from tripoint.model.regex import regex
from tripoint.sources.code.exported import may_call, names_declared, names_exported, words_given
from tripoint.sources.code.go_packages import GoPackages
from tripoint.sources.code.nuxt import AutoImports

__all__ = ["Modules", "package_name"]

_EXTENSIONS = (".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte", ".astro")
_SCRIPTS = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
_COMPONENTS = (".vue", ".svelte", ".astro")
_TOLD: Mapping[str, Callable[[bytes], frozenset[bytes] | None]] = {
    **dict.fromkeys(_SCRIPTS, names_exported),
    ".dart": names_declared,
    ".py": words_given,
}
"""What tells by a file's bytes which names it may give."""
_CANDIDATES = ("", *_EXTENSIONS, *(f"/index{extension}" for extension in _EXTENSIONS))
# TypeScript sources are imported by the name of what they compile to.
_COMPILED = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
_CONVENTIONS = (("@/", ("", "src/", "app/")), ("~/", ("", "src/", "app/")), ("~~/", ("",)), ("$lib/", ("src/lib/",)))
"""Aliases that frameworks define without a tsconfig in the repository: prefix, and folders under the project's root."""
_JSON_NOISE = regex(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?(?:\*/|\Z)|,(?=\s*[}\]])', re.DOTALL)
_URL = regex(r"(?:https?://[^/]+/|npm:|jsr:)/?(?:v\d+/|gh/|npm[/:])?")
_BUILT = regex(r"/(?:\+esm|(?:dist|es\d{4})/.*)$")
"""The file of a package that a network hands out."""
_VERSION = regex(r"(?<=[\w-])@[\w.^~*-]+")
_EXPORT_CONDITIONS = ("types", "source", "import", "module", "node", "browser", "default", "require", "svelte")

_DEPENDENCIES = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")


def package_name(specifier: str) -> str:
    """Return the bare specifier of an import, without a registry's address and a version.

    `https://esm.sh/@supabase/supabase-js@2.4` and `npm:@supabase/supabase-js@2` are `@supabase/supabase-js`, as is
    `https://cdn.jsdelivr.net/npm/@supabase/supabase-js@2/+esm`.
    """
    if ":" not in specifier:
        return _VERSION.sub("", specifier).split("?")[0]
    bare = _VERSION.sub("", _URL.sub("", specifier, count=1)).split("?")[0]
    return _BUILT.sub("", bare) if specifier.startswith("http") else bare


class _Aliases(Struct, frozen=True):
    base: str | None
    paths: tuple[tuple[str, tuple[str, ...]], ...]
    root: str


_DECLARED = {
    ".kt": regex(
        rb"^[ \t]*(?:[a-z@(]\S*[ \t]+)*(?:class|object|interface)[ \t]+(\w+)"
        rb"|^[ \t]*(?:[a-z@]\S*[ \t]+)*fun[ \t]+(?:<[^>\n]*>[ \t]*)?([\w.]+)(?:<[^\n>(]*>)?\??\.(\w+)[ \t]*\(",
        re.MULTILINE,
    ),
    ".swift": regex(rb"^[ \t]*(?:[a-z@(]\S*[ \t]+)*(?:class|struct|enum|actor|protocol)[ \t]+(\w+)", re.MULTILINE),
}
"""What declares a type in languages whose imports name no files; in Kotlin also a function that extends one."""
_CLASSIC = (".js", ".html")
_GIVEN_BY_NUXT = frozenset({".vue", ".ts", ".js"})
_MAKES = b"supabase.createClient("
_GLOBAL_CLIENT = regex(
    rb"^[ \t]*(?:(?:const|let|var)[ \t]+)?(\w+)[ \t]*=[ \t]*(?:window\.|globalThis\.)?supabase\.createClient\(",
    re.MULTILINE,
)
"""What makes a client by the global that a page's `<script src>` of the library gives, for the scripts after it."""


def _nearest(importer: str, paths: list[str]) -> str | None:
    """Return the file whose folders are most of all those of another one; None where several are as near."""
    folders = posixpath.dirname(importer).split("/")
    shared = {path: len(posixpath.commonprefix([folders, posixpath.dirname(path).split("/")])) for path in paths}
    best = [path for path in paths if shared[path] == max(shared.values())]
    return best[0] if len(best) == 1 else None


class Modules:
    """Resolves imports against the project's list of files and its configuration files."""

    def __init__(self, files: Collection[str], config: Callable[[str], bytes | None]) -> None:
        self._files = frozenset(files)
        self._config = config
        self._aliases: dict[str, _Aliases | None] = {}
        self._resolved: dict[tuple[str, str], str | None] = {}
        self._maps: dict[str, dict[str, str]] = {}
        self._dependencies: dict[str, set[str]] = {}
        """What the manifest of each folder names."""
        self._given: dict[str, frozenset[bytes] | None] = {}
        self._declared: dict[tuple[str, str], set[str]] | None = None
        self._clients: dict[str, set[str]] | None = None
        self._extending: dict[str, set[str]] = defaultdict(set)
        self._packages: dict[str, tuple[str, dict[str, Any]]] | None = None
        self._go = GoPackages(self._files, config)
        self._nuxt = AutoImports(self._files, config)

    def text(self, path: str) -> bytes | None:
        """Return the bytes of a file of the project, where it can be read."""
        return self._config(path)

    def resolve(self, importer: str, specifier: str) -> str | None:
        """Return the project's file that `specifier` means in `importer`; None where it is none of the project's."""
        folder = posixpath.dirname(importer)
        key = (importer if importer.endswith((".py", ".dart")) else folder, specifier)
        if key not in self._resolved:
            if importer.endswith(".py"):
                found = self._python(importer, specifier)
            elif importer.endswith(".dart"):
                found = self._dart(importer, specifier)
            else:
                found = self._script(folder, specifier)
            self._resolved[key] = found
        return self._resolved[key]

    def declaring(self, importer: str, name: str, package: str = "") -> str | None:
        """Return the one file of Kotlin or Swift that declares a type, and lies where its package says that it does.
        `Job.toRow` is a function that extends a type.

        Their imports name no files, and what stands in the same package or module needs none. In Go, it is the one file
        that declares a constant, a variable, a function or a type: of the same folder, or of the imported package's.
        Scripts of a page share their globals, of which a client that one of them makes is looked for; in a project of
        Nuxt it is the file that gives the name without an import, as its default export, too.
        """
        suffix = posixpath.splitext(importer)[1]
        given = self._nuxt.giving(importer, name) if suffix in _GIVEN_BY_NUXT else None
        if given is not None:
            return given
        if suffix in _CLASSIC:
            return self._making_client(importer, name)
        if suffix == ".go":
            folder = self._go.folder(package) if package else posixpath.dirname(importer)
            named = self._go.declaring(folder, name) if folder is not None else None
            return named if named != importer else None
        if suffix not in _DECLARED:
            return None
        paths = self._declaring().get((suffix, name), set())
        if importer in paths:
            return None
        fits = [path for path in paths if posixpath.dirname(path).endswith(package.replace(".", "/"))]
        return _nearest(importer, fits)

    def _making_client(self, importer: str, name: str) -> str | None:
        """Return the one script that makes a client under a global name; the nearest, where several do."""
        if self._clients is None:
            self._clients = defaultdict(set)
            for path in sorted(path for path in self._files if path.endswith(_CLASSIC)):
                data = self._config(path) or b""
                for found in _GLOBAL_CLIENT.finditer(data) if _MAKES in data else ():
                    self._clients[found[1].decode("ascii", "replace")].add(path)
        paths = self._clients.get(name, set())
        if not paths or importer in paths:
            return None
        if name == "supabase" and _MAKES in (self._config(importer) or b""):
            return None  # the library's own global, which this script makes a client of its own with
        return _nearest(importer, sorted(paths))

    def _declaring(self) -> dict[tuple[str, str], set[str]]:
        """Return the files that declare a type, or a function that extends one, by their suffix and its name."""
        if self._declared is None:
            self._declared = defaultdict(set)
            for path in sorted(self._files):
                suffix = posixpath.splitext(path)[1]
                pattern = _DECLARED.get(suffix)
                for found in pattern.finditer(self._config(path) or b"") if pattern is not None else ():
                    label = (found[1] or found[2].rpartition(b".")[2] + b"." + found[3]).decode("ascii", "replace")
                    self._declared[suffix, label].add(path)
                    if not found[1]:
                        self._extending[label.partition(".")[2]].add(label)
        return self._declared

    def extending(self, method: str) -> str | None:
        """Return the one function of Kotlin by that name which extends a type, as `Job.toRow`."""
        self._declaring()
        labels = self._extending.get(method, set())
        return next(iter(labels)) if len(labels) == 1 else None

    def package(self, importer: str, specifier: str) -> str | None:
        """Return the folder of the project that an import of Go means, with a slash behind it."""
        return self._go.folder(specifier) if importer.endswith(".go") else None

    def in_package(self, folder: str, name: str) -> str | None:
        """Return the file of a package of Go that declares a name."""
        return self._go.declaring(folder, name)

    def may_give(self, path: str, name: str) -> bool:
        """Whether a file may give a name to others; False only where its bytes are sure that it does not."""
        told = _TOLD.get(posixpath.splitext(path)[1])
        if name == "default" or told is None:
            return True
        if path not in self._given:
            data = self._config(path)
            self._given[path] = told(data) if data is not None else None
        given = self._given[path]
        return given is None or name.encode() in given

    def may_call(self, path: str, name: str) -> bool:
        """Whether a file may call what goes by a name; False only where its bytes are sure that it does not."""
        data = self._config(path) if path.endswith((*_SCRIPTS, *_COMPONENTS, ".dart")) else None
        return data is None or may_call(data, name)

    def _file(self, path: str) -> str | None:
        path = posixpath.normpath(path)
        if path.startswith(".."):
            return None
        if path == ".":
            path = ""
        stem, extension = posixpath.splitext(path)
        for other in _COMPILED.get(extension, ()):
            if stem + other in self._files:
                return stem + other
        for candidate in _CANDIDATES:
            full = (path + candidate).lstrip("/")
            if full in self._files:
                return full
        return None

    def _script(self, folder: str, specifier: str) -> str | None:
        if specifier.startswith("."):
            return self._file(posixpath.join(folder, specifier))
        mapped = self._import_map(folder, specifier)
        if mapped is not None:
            return mapped
        for root in _ancestors(folder):
            for name in ("tsconfig.json", "jsconfig.json"):
                aliases = self._read_aliases(posixpath.join(root, name))
                if aliases is None:
                    continue
                for target in _targets(aliases, specifier):
                    found = self._file(target)
                    if found is not None:
                        return found
        found = self._workspace(specifier)
        if found is not None:
            return found
        for prefix, folders in _CONVENTIONS:
            if specifier.startswith(prefix):
                for root in _ancestors(folder):
                    for inner in folders:
                        found = self._file(posixpath.join(root, inner, specifier[len(prefix) :]))
                        if found is not None:
                            return found
        return None

    # tsconfig

    def _read_aliases(self, path: str) -> _Aliases | None:
        if path not in self._aliases:
            self._aliases[path] = None  # a configuration that extends itself ends here
            data = self._json(path)
            self._aliases[path] = self._aliases_of(path, data) if data is not None else None
        return self._aliases[path]

    def _aliases_of(self, path: str, data: dict[str, Any]) -> _Aliases:
        root = posixpath.dirname(path)
        base: str | None = None
        paths: dict[str, tuple[str, ...]] = {}
        paths_root = root
        extended = data.get("extends")
        references = data.get("references")
        others = [extended] if isinstance(extended, str) else extended if isinstance(extended, list) else []
        if isinstance(references, list):
            others = [*others, *(entry.get("path") for entry in references if isinstance(entry, dict))]
        for other in others:
            inherited = self._read_aliases(self._extended(root, other)) if isinstance(other, str) else None
            if inherited is not None:
                base = inherited.base if inherited.base is not None else base
                if inherited.paths:
                    paths, paths_root = dict(inherited.paths), inherited.root
        options = data.get("compilerOptions")
        if isinstance(options, dict):
            if isinstance(options.get("baseUrl"), str):
                base = posixpath.normpath(posixpath.join(root, options["baseUrl"]))
                paths_root = base if not paths else paths_root
            if isinstance(options.get("paths"), dict):
                paths_root = base if base is not None else root
                paths = {
                    key: tuple(target for target in targets if isinstance(target, str))
                    for key, targets in options["paths"].items()
                    if isinstance(targets, list)
                }
        ordered = sorted(paths.items(), key=lambda item: (-len(item[0].split("*")[0]), item[0]))
        return _Aliases(base, tuple(ordered), paths_root)

    def _extended(self, root: str, target: str) -> str:
        if target.startswith("."):
            path = posixpath.normpath(posixpath.join(root, target))
            if path in self._files or path.endswith(".json"):
                return path
            return path + ".json" if path + ".json" in self._files else posixpath.join(path, "tsconfig.json")
        package, _, rest = _split(target)
        known = self._workspaces().get(package)
        return posixpath.join(known[0], rest or "tsconfig.json") if known else target

    def _json(self, path: str) -> dict[str, Any] | None:
        if path not in self._files:
            return None
        data = self._config(path)
        if data is None:
            return None
        text = data.decode("utf-8-sig", "replace")
        try:
            read = json.loads(_JSON_NOISE.sub(lambda match: match[1] or "", text))
        except (ValueError, RecursionError):
            return None
        return read if isinstance(read, dict) else None

    # Packages

    def depends_on(self, path: str) -> frozenset[str] | None:
        """Return the packages that a script's own package and those around it depend on; None where they may get more,
        from another package of the project or without a manifest."""
        names: set[str] = set()
        for folder in _ancestors(posixpath.dirname(path)) if path.endswith(_SCRIPTS) else ():
            if folder not in self._dependencies:
                data = self._json(posixpath.join(folder, "package.json"))
                listed = [data.get(kind) for kind in _DEPENDENCIES] if data is not None else []
                self._dependencies[folder] = {name for one in listed if isinstance(one, dict) for name in one}
            names |= self._dependencies[folder]
        return None if not names or not names.isdisjoint(self._workspaces()) else frozenset(names)

    def _workspaces(self) -> dict[str, tuple[str, dict[str, Any]]]:
        if self._packages is None:
            self._packages = {}
            for path in sorted(self._files):
                if posixpath.basename(path) == "package.json":
                    data = self._json(path)
                    if data is not None and isinstance(data.get("name"), str):
                        self._packages.setdefault(data["name"], (posixpath.dirname(path), data))
        return self._packages

    def _workspace(self, specifier: str) -> str | None:
        package, _, rest = _split(specifier)
        known = self._workspaces().get(package)
        if known is None:
            return None
        folder, data = known
        for target in _exported(data.get("exports"), f"./{rest}" if rest else "."):
            found = self._file(posixpath.join(folder, target)) or self._built(folder, target)
            if found is not None:
                return found
        names = [rest, f"src/{rest}"] if rest else [data.get(key) for key in ("types", "module", "main")]
        for name in [*names, *([] if rest else ["src/index", "index", "src"])]:
            if isinstance(name, str):
                found = self._file(posixpath.join(folder, name)) or self._built(folder, name)
                if found is not None:
                    return found
        return None

    def _built(self, folder: str, target: str) -> str | None:
        """The source of a file that a build writes: `dist/x.js` is `src/x.ts`."""
        match = re.match(r"(?:\./)?(?:dist|build|lib|out)/(.*?)(?:\.d)?\.[cm]?[jt]sx?$", target)
        return (self._file(f"{folder}/src/{match[1]}") or self._file(f"{folder}/{match[1]}")) if match else None

    def _import_map(self, folder: str, specifier: str) -> str | None:
        for root in _ancestors(folder):
            if root not in self._maps:
                self._maps[root] = {}
                for name in ("deno.json", "deno.jsonc", "import_map.json"):
                    data = self._json(posixpath.join(root, name))
                    imports = data.get("imports") if data else None
                    if isinstance(imports, dict):
                        self._maps[root].update({k: v for k, v in imports.items() if isinstance(v, str)})
            for key, target in self._maps[root].items():
                if target.startswith((".", "/")) and (
                    specifier == key or (key.endswith("/") and specifier.startswith(key))
                ):
                    found = self._file(posixpath.join(root, target.lstrip("/") + specifier[len(key) :]))
                    if found is not None:
                        return found
        return None

    # Other languages

    def _python(self, importer: str, specifier: str) -> str | None:
        folder = posixpath.dirname(importer)
        dots = len(specifier) - len(specifier.lstrip("."))
        inner = specifier[dots:].replace(".", "/")
        if dots:
            for _ in range(dots - 1):
                folder = posixpath.dirname(folder)
            roots: Iterator[str] = iter((folder,))
        else:
            roots = _ancestors(folder)
        for root in roots:
            for middle in ("", "src"):
                for end in (".py", "/__init__.py"):
                    path = posixpath.normpath(posixpath.join(root, middle, inner)) + end
                    # `from supabase import Client` in a `supabase.py` of a package is the library's.
                    if path in self._files and (dots or path != importer):
                        return path
        return None

    def _dart(self, importer: str, specifier: str) -> str | None:
        if specifier.startswith("package:"):
            _, _, inner = specifier.partition("/")
            for root in _ancestors(posixpath.dirname(importer)):
                path = posixpath.join(root, "lib", inner)
                if path in self._files:
                    return path
            return None
        path = posixpath.normpath(posixpath.join(posixpath.dirname(importer), specifier))
        return path if path in self._files else None


def _ancestors(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


def _targets(aliases: _Aliases, specifier: str) -> Iterator[str]:
    for pattern, targets in aliases.paths:
        head, star, tail = pattern.partition("*")
        if star:
            if not (
                specifier.startswith(head) and specifier.endswith(tail) and len(specifier) >= len(head) + len(tail)
            ):
                continue
            middle = specifier[len(head) : len(specifier) - len(tail)]
        elif specifier != pattern:
            continue
        else:
            middle = ""
        for target in targets:
            yield posixpath.join(aliases.root, target.replace("*", middle, 1))
    if aliases.base is not None:
        yield posixpath.join(aliases.base, specifier)


def _split(specifier: str) -> tuple[str, str, str]:
    """Return a specifier's package, a slash and the path within it."""
    if specifier.startswith("@"):
        scope, _, rest = specifier.partition("/")
        name, slash, inner = rest.partition("/")
        return f"{scope}/{name}", slash, inner
    return specifier.partition("/")


def _exported(exports: object, name: str) -> Iterator[str]:
    """Yield the targets that a package's `exports` gives for a path, in the order of the conditions."""
    if isinstance(exports, str):
        if name == ".":
            yield exports
        return
    if not isinstance(exports, dict):
        return
    if not any(str(key).startswith(".") for key in exports):
        if name == ".":
            yield from _conditions(exports, "")
        return
    if name in exports:
        yield from _conditions(exports[name], "")
    for key, target in exports.items():
        head, star, tail = str(key).partition("*")
        if star and name.startswith(head) and name.endswith(tail) and len(name) >= len(head) + len(tail):
            yield from _conditions(target, name[len(head) : len(name) - len(tail)])


def _conditions(target: object, middle: str, depth: int = 0) -> Iterator[str]:
    if isinstance(target, str):
        yield target.replace("*", middle)
    elif isinstance(target, list):
        for one in target:
            yield from _conditions(one, middle, depth + 1)
    elif isinstance(target, dict) and depth < 8:
        for condition in _EXPORT_CONDITIONS:
            if condition in target:
                yield from _conditions(target[condition], middle, depth + 1)
