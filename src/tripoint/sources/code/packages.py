"""Which packages speak for a file: what tells the driver that its SQL is given to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set

from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.model.text import without_comments
from tripoint.model.words import counted
from tripoint.sources.code.clients.drivers import UNMISTAKABLE, driver_of, packages_of_words
from tripoint.sources.code.facts import CodeFacts
from tripoint.sources.code.modules import package_name
from tripoint.sources.code.testcode import is_test_path

__all__ = [
    "Reached",
    "all_packages",
    "lacks_a_driver",
    "of_packages_without_driver",
    "own_packages",
    "undecided_drivers",
]


def own_packages(facts: Mapping[str, CodeFacts], words: Set[str]) -> dict[str, frozenset[str]]:
    """Return for each file the packages that it imports; in Go and Rust, where a file names no database, those of its
    folder or its crate. `words` are those of all files.

    A file that is called after another database, or stands in a folder that is, and names none is taken for that one's.
    """
    alone: dict[str, frozenset[str]] = {}
    shared: dict[str, frozenset[str]] = {}
    for path, read in facts.items():
        alone[path] = frozenset(package_name(i.module) for i in read.imports if not i.type_only)
        if not read.scopes:
            alone[path] |= packages_of_words(read.language, read.words, words)
        package = _package(path, read.language)
        shared[package] = shared.get(package, frozenset()) | alone[path]

    def of(path: str, packages: frozenset[str]) -> frozenset[str]:
        another = None if _databases(packages) or _OF_POSTGRESQL.search(path) else _OF_ANOTHER.search(path)
        if another is not None:
            return packages | {_DRIVER_OF.get(another[1].lower(), "sqlite3")}
        return packages if _databases(packages) else shared[_package(path, facts[path].language)]

    return {path: of(path, packages) for path, packages in alone.items()}


class Reached:
    """What the modules of the project that a file imports say of the database that it speaks to.

    The nearest that name one speak: `db.ts` imports a driver, a repository `db.ts`, and a route the repository.
    """

    def __init__(
        self,
        own: Mapping[str, frozenset[str]],
        read: Callable[[str], CodeFacts | None],
        unread: Callable[[str], bytes | None],
        resolve: Callable[[str, str], str | None],
    ) -> None:
        """`read` returns the facts of a file that is read in full, `unread` the bytes of one that was not so far."""
        self._own, self._read, self._unread, self._resolve = own, read, unread, resolve
        self._known: dict[tuple[str, int], frozenset[str]] = {}

    def of(self, path: str, depth: int = 4) -> frozenset[str]:
        """Return the packages of the nearest modules that name a database; none where no module does."""
        if (path, depth) not in self._known:
            self._known[path, depth] = frozenset()  # of a circle of imports
            self._known[path, depth] = self._nearest(path, depth)
        return self._known[path, depth]

    def _nearest(self, path: str, depth: int) -> frozenset[str]:
        own = self._own[path]
        if _databases(own) or depth == 0 or len(self._known) > _MANY:
            return own if _databases(own) else frozenset()
        imported = self._imported(path)
        own = frozenset(map(package_name, imported))
        if _databases(own):
            return own
        found = (self.of(module, depth - 1) for module in sorted(self._known_of(path, imported)))
        return frozenset().union(*found)

    def _imported(self, path: str, name: str | None = None) -> set[str]:
        """Return the modules that a file imports, or those that one name comes from."""
        text = self._unread(path) if name is None and path.endswith(_SCRIPTS) else None
        if text is not None:
            # To parse hundreds of files for what they import takes longer than all else that is asked of them.
            return specifiers_of(text)
        facts = self._read(path)
        imports = facts.imports if facts is not None else ()
        return {i.module for i in imports if not i.type_only and name in (None, i.local)}

    def of_name(self, path: str, name: str) -> frozenset[str]:
        """Return the packages of the module of the project that a name comes from, or of those nearest to it."""
        return frozenset().union(*(self.of(module) for module in self._known_of(path, self._imported(path, name))))

    def of_postgres(self, path: str) -> str | None:
        """Return the driver of PostgreSQL among those of the nearest modules, which may speak to others as well."""
        said = (known for package in sorted(self.of(path)) if (known := driver_of(package)) is not None)
        return next((label for label, kind in said if kind == "postgres"), None)

    def _known_of(self, path: str, imported: Iterable[str]) -> set[str]:
        modules = {self._resolve(path, module) for module in imported}
        return {module for module in modules if module is not None and module in self._own and module != path}


def specifiers_of(text: bytes) -> set[str]:
    """Return what a script imports beside types, as its text has it."""
    written = _SPECIFIER.findall(_NO_IMPORT.sub(b"", without_comments(text, _COMMENT)))
    return {specifier.decode("utf-8", "replace") for specifier in written}


_MANY = 400
"""Modules beyond which no more are read to tell a driver."""
_SCRIPTS = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
_SPECIFIER = regex(rb"""(?:\bfrom|\bimport|\b(?:require|import)\s*\()\s*['"]([^'"\n]+)['"]""")
_COMMENT = regex(rb"^[ \t]*//[^\n]*|/\*", re.MULTILINE)
_NO_IMPORT = regex(rb"""\b(?:im|ex)port\s+type\b[^;'"]{0,2000}['"][^'"\n]*['"]""")


_OF_ANOTHER = regex(
    r"(?:^|[-_./])(mysql|mariadb|sqlite3?|libsql|turso|mssql|sqlserver|clickhouse|duckdb)(?=[-_./]|$)", re.I
)
_OF_POSTGRESQL = regex(r"(?:^|[-_./])(?:postgres(?:ql)?|pg|pgx|psql)(?=[-_./]|$)", re.I)
_DRIVER_OF = {
    **dict.fromkeys(("mysql", "mariadb"), "mysql"),
    **dict.fromkeys(("mssql", "sqlserver"), "mssql"),
    **dict.fromkeys(("clickhouse", "duckdb"), "clickhouse"),
}


def _rivals(packages: Iterable[str]) -> list[str]:
    """Return the labels of the drivers of one database each, where there are several and one is PostgreSQL's."""
    found = [known for package in packages if (known := driver_of(package)) is not None and known[1] != "neutral"]
    kinds = {kind for _, kind in found}
    return sorted({label for label, _ in found}) if kinds == {"postgres", "rival"} else []


def all_packages(facts: Mapping[str, CodeFacts], words: Set[str]) -> frozenset[str]:
    """Return the packages that the project imports outside of its tests, with the drivers that its words tell of.

    `words` are those of all files.
    """
    packages = frozenset(
        package_name(imported.module)
        for path, read in facts.items()
        if read.scopes and not is_test_path(path)
        for imported in read.imports
        if not imported.type_only
    )
    for path, read in facts.items():
        if not read.scopes and not is_test_path(path):
            # Of the words of a compiled language's file nothing is concluded for other files.
            compiled = read.language in ("go", "rust")
            if compiled:
                packages |= read.words.among(UNMISTAKABLE & words)
            else:
                packages |= packages_of_words(read.language, read.words, words)
    return packages


def lacks_a_driver(dependencies: frozenset[str] | None) -> bool:
    """Whether it is known what a package depends on, and none of that speaks to PostgreSQL: its SQL is another's."""
    if dependencies is None:
        return False
    known = ((name, driver_of(name)) for name in dependencies)
    return not any(_MAY_SPEAK.search(name) if of is None else of[1] != "rival" for name, of in known)


_MAY_SPEAK = regex(r"(?:^|[-_/@.])(?:pg\w*|postgr\w*|bun|db|databases?|sql|orm|graphile)(?:$|[-_/.])", re.I)
"""What a package is called that may bring a driver along."""


def undecided_drivers(
    undecided: Sequence[tuple[str, Place]], facts: Mapping[str, CodeFacts], own: Mapping[str, frozenset[str]]
) -> Iterator[tuple[Place, str]]:
    """Yield for each language the first of the statements whose driver nothing tells, and the reason.

    `undecided` are such statements by language and place; `own` are the packages of each file.
    """
    for language in sorted({language for language, _ in undecided}):
        # What another language of the project imports says nothing of these.
        of_language = [path for path, read in facts.items() if read.language == language]
        drivers = _rivals(package for path in of_language for package in own[path])
        places = [place for of, place in undecided if of == language]
        several = f", the project has several ({', '.join(drivers[:4])})" if drivers else ""
        others = f", and so with {counted(len(places) - 1, 'other statement')}" if len(places) > 1 else ""
        yield places[0], f"nothing tells which driver this SQL is given to{several}{others}: it is held against nothing"


def of_packages_without_driver(places: Sequence[Place]) -> Iterator[tuple[Place, str]]:
    """Yield what is said of SQL in packages that depend on no driver of PostgreSQL, at the first of its places."""
    if places:
        others = f", nor do those of {counted(len(places) - 1, 'other statement')}" if len(places) > 1 else ""
        said = "the package of this SQL depends on no driver of PostgreSQL"
        yield places[0], f"{said}{others}: it is held against nothing"


def _package(path: str, language: str) -> str:
    """Return what imports a driver for all of it: Go's folder, Rust's crate, else the file; tests are apart."""
    if is_test_path(path) or language not in ("go", "rust"):
        return path
    crate, found, _ = path.rpartition("/src/") if language == "rust" else ("", "", "")
    return f"{crate}/src/" if found else f"{path.rpartition('/')[0]}/"


def _databases(packages: frozenset[str]) -> bool:
    """Whether the packages of a file say which database it speaks to."""
    return any((known := driver_of(package)) is not None and known[1] != "neutral" for package in packages)
