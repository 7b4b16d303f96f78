"""What defines a database that no layout explains: the SQL, else the document, that makes what the code asks for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from heapq import heappop, heappush

from msgspec import Struct

from tripoint.model.evidence import MigrationFile
from tripoint.model.regex import regex
from tripoint.model.text import without_comments
from tripoint.model.words import counted
from tripoint.sources.documents.fences import fenced_sql
from tripoint.sources.layouts.begin import MADE, NEEDED, names_in
from tripoint.sources.layouts.folders import is_way_back, stands_aside
from tripoint.sources.layouts.generated import is_generated_types, is_minified
from tripoint.sources.layouts.index import FileIndex, parent_of, project_root
from tripoint.sources.layouts.kinds import document_kind, is_test, is_unwanted_document, language_of, test_folder
from tripoint.sources.layouts.plain import with_parts
from tripoint.sources.layouts.plans import not_postgresql
from tripoint.sources.layouts.records import Found, OrmSchema, problem
from tripoint.sources.layouts.unreadable import code_migrations

__all__ = ["find_whole", "is_piece", "is_schema"]

_ASKED = regex(
    rb"(\bstorage\s*)?\.\s*(?:from|table)\s*(?:<[^<>()]*>\s*)?\(\s*[\"'`]([a-z_]\w*)[\"'`]", re.I
)  # of storage, it is a bucket
_CLIENT = regex(rb"supabase|postgrest", re.I)
_QUOTED = regex(rb"[\"'`](\w+)[\"'`]")
_WORD = regex(rb"\w+")
_SEVERAL = 3


def find_whole(index: FileIndex) -> list[Found]:
    """Return what defines the database of a project of which no layout is known, or nothing.

    People paste SQL into an editor that they call `final_v2.sql`, keep in a file for each table, or have in the
    documents alone. What makes half of the tables that the code asks for is taken for the schema.
    """
    if any(code_migrations(index, frozenset())):
        return []
    code = _code(index)
    sql = _of_sql(index, code)
    if sql is not None:
        return [sql]
    if not code.hosted:
        return []
    # What was generated from a database goes before what somebody wrote of it.
    types = _of_types(index, code.asked)
    document = _of_documents(index, code) if not types else None
    return types if document is None else [document]


def is_schema(found: Found) -> bool:
    """Whether a layout is what was taken for a schema file, or passed over as one, by its name."""
    return found.layout == "schema"


def is_piece(index: FileIndex, found: Found) -> bool:
    """Whether what its name makes a schema file makes few of the tables that the SQL in its folder makes, so that each
    of these files is a piece of the schema."""
    if not is_schema(found) or found.definition != "declarative" or found.database is not None:
        return False
    own = names_in(MADE, (without_comments(index.read(file.path)) for file in found.files))
    beside = [path for path in index.sql_folders.get(parent_of(found.files[0].path), ()) if index.dialect(path) is None]
    every = names_in(MADE, (without_comments(index.read(path)) for path in beside))
    return len(every) >= _MANY and _FEW_OF * len(own) < len(every)


_MANY = 5
_FEW_OF = 3


class _Code(Struct, frozen=True):
    """What code says: the tables that it asks a client for by name, every word that it quotes, and whether it speaks
    of a client of PostgREST."""

    asked: set[bytes]
    quoted: set[bytes]
    hosted: bool

    def asks_for(self, made: set[bytes]) -> set[bytes]:
        """Return the tables that it asks for; where it gives hardly any by name, those of `made` that it quotes, too:
        it has their names in constants, or hands them to its own functions."""
        return self.asked if len(self.asked) >= _SEVERAL else self.asked | (made & self.quoted)


def _code(index: FileIndex) -> _Code:
    asked: set[bytes] = set()
    quoted: set[bytes] = set()
    hosted = False
    for path in index.paths:
        if language_of(path) is not None and not is_test(path):
            text = index.read(path)
            if not is_minified(index, path, len(text)):
                hosted = hosted or _CLIENT.search(text) is not None
                asked |= {name.lower() for bucket, name in _ASKED.findall(text) if not bucket}
                quoted.update(map(bytes.lower, _QUOTED.findall(text)))
    return _Code(asked, quoted, hosted)


def _suffices(made: set[bytes], asked: set[bytes]) -> bool:
    return 2 * len(made & asked) >= len(asked) if asked else len(made) >= _SEVERAL


def _of_sql(index: FileIndex, code: _Code) -> Found | None:
    made: dict[str, set[bytes]] = {}
    for path in index.sql:
        if not (stands_aside(parent_of(path)) or is_way_back(path) or index.dialect(path) is not None):
            names = names_in(MADE, [without_comments(index.read(path))])
            if names:
                made[path] = names
    if not made:
        return None
    asked = code.asks_for(set().union(*made.values()))

    def share(names: set[bytes]) -> tuple[int, int]:
        return len(names & asked), len(names)

    best = max(sorted(made), key=lambda path: share(made[path]))
    chosen, layout = [best], "schema"
    if _suffices(made[best], asked) and 5 * len(made[best]) >= 3 * len(set().union(*made.values())):
        chosen = with_parts(index, best, frozenset())
    else:
        chosen = max(map(list[str], _apart(made)), key=lambda paths: share(set().union(*(made[p] for p in paths))))
        chosen = _in_order(index, chosen, made)
        layout = "pieces"
    tables = set().union(*(made.get(path, set()) for path in chosen))
    if not _suffices(tables, asked) or not (code.hosted or any(map(index.speaks_postgres, chosen))):
        return None
    if 5 * len(tables & asked) < 4 * len(asked):
        layout = "pieces"  # a good deal of it was made elsewhere, so more may have been
    folder = parent_of(best)
    root = project_root(index, folder)
    foreign = not_postgresql(index, "schema", folder, root, chosen)
    if foreign is not None:
        return foreign
    of = f" of the {len(asked)} that the code asks for" if asked else ""
    count = f"{len(tables & asked)}{of}" if asked else counted(len(tables), "table")
    others = f" with {counted(len(chosen) - 1, 'file')} beside it" if len(chosen) > 1 else ""
    said = problem(
        chosen[0],
        f"is taken for the schema{others}, since no runner that is known applies any SQL here and this makes "
        f"{'tables: ' if asked else ''}{count} (name another in tripoint.toml)",
    )
    files = tuple(MigrationFile(path, None, layout) for path in chosen)
    return Found(layout, folder, root, files, "declarative", problems=(said,))


def _apart(made: dict[str, set[bytes]]) -> Iterable[list[str]]:
    """Return, of each folder, the files of which each makes tables that no other of them does."""
    folders: dict[str, list[str]] = {}
    seen: dict[str, set[bytes]] = {}
    for path in sorted(made, key=lambda path: (-len(made[path]), path)):
        folder = parent_of(path)
        if made[path].isdisjoint(seen.setdefault(folder, set())):
            seen[folder] |= made[path]
            folders.setdefault(folder, []).append(path)
    return folders.values()


def _in_order(index: FileIndex, paths: list[str], made: dict[str, set[bytes]]) -> list[str]:
    """Return files so that each comes behind those that make what it needs, as far as that goes."""
    maker = {name: path for path in paths for name in made[path]}
    lacks: dict[str, set[str]] = {}
    waiting: dict[str, list[str]] = defaultdict(list)
    for path in sorted(paths):
        named = names_in(NEEDED, [without_comments(index.read(path))]) - made[path]
        lacks[path] = {maker[name] for name in named if name in maker}
        for other in lacks[path]:
            waiting[other].append(path)
    free = [path for path, others in lacks.items() if not others]  # sorted, and so a heap
    left = sorted(paths, reverse=True)
    ordered: list[str] = []
    while len(ordered) < len(paths):
        while left[-1] not in lacks:
            left.pop()
        path = heappop(free) if free else _of_a_circle(left[-1], lacks)
        del lacks[path]
        ordered.append(path)
        for other in waiting[path]:
            if path in lacks.get(other, ()):
                lacks[other].discard(path)
                if not lacks[other]:
                    heappush(free, other)
    return ordered


def _of_a_circle(path: str, lacks: dict[str, set[str]]) -> str:
    """Return a file of those that need one another, to which the needs of `path` lead."""
    seen: set[str] = set()
    while path not in seen:
        seen.add(path)
        path = min(lacks[path])
    return path


def _of_documents(index: FileIndex, code: _Code) -> Found | None:
    """Return the document whose blocks of SQL make the most of what the code asks for, where that is half."""
    shares: list[tuple[int, int, int, str]] = []
    for path in index.paths:
        if document_kind(path) != "markdown" or is_unwanted_document(path) or test_folder(path) is not None:
            continue
        text = index.read(path)
        if MADE.search(text):
            names = names_in(MADE, [without_comments(fenced_sql(text))])
            if names & (asked := code.asks_for(names)):
                shares.append((-len(names & asked), len(names), path.count("/"), path))
    if not shares or -2 * min(shares)[0] < len(code.asked):
        return None
    least, _, _, path = min(shares)
    folder = parent_of(path)
    said = problem(
        path,
        "is taken for the schema, since no SQL of the project defines one and what this document shows makes "
        f"{counted(-least, 'table')} that the code asks for: of policies, grants, functions and indexes nothing is "
        "said, and a database may hold more",
    )
    file = MigrationFile(path, None, "document")
    return Found("document", folder, project_root(index, folder), (file,), "declarative", problems=(said,))


def _of_types(index: FileIndex, asked: set[bytes]) -> list[Found]:
    """Return the types that were generated from the database, where nothing else tells of it and the code asks for
    tables that they name."""
    found: dict[str, list[OrmSchema]] = {}
    for path in index.paths:
        if is_generated_types(index, path):
            words = set(_WORD.findall(index.read(path).lower()))
            if 2 * len(asked & words) >= len(asked) > 0:
                found.setdefault(project_root(index, parent_of(path)), []).append(OrmSchema("types", path))
    return [Found("types", root, root, (), "orm", orm=tuple(schemas)) for root, schemas in sorted(found.items())]
