"""Which server a client speaks to, as far as its address is named: an application may ask several projects.

`createClient(process.env.LEGACY_SUPABASE_URL, key)` need not speak to the database of `SUPABASE_URL`. A name alone does
not tell (`PROD_SUPABASE_URL` is the same database elsewhere), so it counts only where most of what such clients ask for
is neither in the database nor asked for by the other clients, while what those ask for is there. The same holds of edge
functions in a folder `supabase` that is not the one of the migrations: each such folder is deployed to one project.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from msgspec.structs import replace

from tripoint.model.place import Place, Problem
from tripoint.model.query import Query
from tripoint.model.regex import regex

__all__ = ["of_other_servers", "project_folder", "server_names"]

_VARIABLE = regex(r"(?<![\w$])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w$])")
_ADDRESS_WORD = frozenset({"URL", "URI", "HOST", "ENDPOINT"})
_HOST = regex(r"https?://([a-z0-9-]{8,})\.supabase\.(?:co|in|net)\b")
_COMMON = _ADDRESS_WORD | frozenset(
    {
        *("SUPABASE", "POSTGREST", "POSTGRES", "API", "REST", "PROJECT", "DB", "DATABASE", "BASE", "SB"),
        *(
            "SERVER",
            "CLIENT",
            "BACKEND",
            "FRONTEND",
            "BROWSER",
            "WEB",
            "APP",
            "SITE",
            "MAIN",
            "PRIMARY",
            "DEFAULT",
            "MY",
        ),
        *("NEXT", "VITE", "EXPO", "REACT", "NUXT", "GATSBY", "VUE", "SVELTE", "ASTRO", "PLASMO", "NG", "BUN", "DENO"),
        *("PUBLIC", "PRIVATE", "SECRET", "SERVICE", "ROLE", "ADMIN", "ANON", "KEY", "ENV", "CONFIG", "RUNTIME"),
        *("LOCAL", "DEV", "DEVELOPMENT", "PROD", "PRODUCTION", "STAGING", "STAGE", "TEST", "TESTS", "TESTING", "E2E"),
        *("CI", "PREVIEW", "LIVE", "INTERNAL", "DOCKER", "REMOTE", "CLOUD"),
    }
)
"""What the name of an address says in every project: the platform, a framework's prefix, an environment."""


_TELLING = 2
"""From so many tables and functions on, what a client of a literal host asks for tells whose database it is."""


def server_names(words: str) -> tuple[str, ...]:
    """Return the names in what an address is made from that set it apart; nothing where one of them is a common one."""
    found = sorted({name for name in _VARIABLE.findall(words) if not _ADDRESS_WORD.isdisjoint(name.split("_"))})
    if found:
        return tuple(found) if all(map(_own_part, found)) else ()
    return tuple(sorted(set(_HOST.findall(words))))


def _own_part(name: str) -> str:
    """Return what is left of a variable's name without the words that every project has."""
    return "_".join(part for part in name.split("_") if part not in _COMMON) if name.isupper() else name


def project_folder(path: str, part: str) -> str | None:
    """Return what holds the folder `supabase` that a file is a `part` of (functions, migrations), if it is."""
    above, found, _ = f"/{path}".rpartition(f"/supabase/{part}/")
    return above[1:] if found else None


def of_other_servers(
    queries: Iterable[Query], held: Callable[[Query], bool], size: int, deployed: Collection[str] = ()
) -> tuple[frozenset[Place], list[tuple[str, Problem]], frozenset[str]]:
    """Return where the queries stand that are taken for another database's, what is to be said of them, and the folders
    whose edge functions do so.

    `held` tells whether the database, which has `size` tables, has what a query names. Edge functions are deployed to
    it from the folders `deployed`; where that is empty, nothing tells them apart.
    """
    queries = [_from_elsewhere(query, deployed) for query in queries]
    asked = [query for query in queries if query.name is not None and not query.test]
    servers = _servers(asked)
    known: dict[str, dict[tuple[str, str], bool]] = {}
    for query in asked:
        if query.kind in ("table", "function"):
            server = servers[_own_part(query.server[0])] if query.server else ""
            known.setdefault(server, {})[query.kind, query.name or ""] = held(query)
    strange: set[str] = set()
    found = {server for server in known if server}
    while more := {server for server in found - strange if _is_strange(server, known, strange, size)}:
        strange |= more
    taken: dict[str, list[Query]] = {server: [] for server in sorted(strange)}
    for query in queries:
        server = servers.get(_own_part(query.server[0]), "") if query.server else ""
        if server in strange:
            taken[server].append(query)
    problems = [_said(found, known[server]) for server, found in taken.items()]
    places = frozenset(query.place for found in taken.values() for query in found)
    return places, problems, frozenset(server[len(_FUNCTIONS_OF) :] for server in strange if _FUNCTIONS_OF in server)


_FUNCTIONS_OF = "the project that deploys the edge functions of "
"""What stands for the server of edge functions whose client names none."""


def _from_elsewhere(query: Query, deployed: Collection[str]) -> Query:
    folder = project_folder(query.place.path, "functions") if deployed and not query.server else None
    return query if not folder or folder in deployed else replace(query, server=(_FUNCTIONS_OF + folder,))


def _is_strange(
    server: str, known: Mapping[str, Mapping[tuple[str, str], bool]], strange: Collection[str], size: int
) -> bool:
    """Whether most of what clients of a server ask for is neither held nor asked for by clients of this database.

    Where they ask for most of what it holds, it is theirs, and what tells of it lags behind.
    """
    others: dict[tuple[str, str], bool] = {}
    for other, found in known.items():
        if other != server and other not in strange:
            others.update(found)
    names = known[server]
    if len(names) < _TELLING and not server.isupper():  # a script may well hold this project's own host
        return False
    shared = sum(is_held or asked in others for asked, is_held in names.items())
    held_here, held_there = sum(names.values()), sum(others.values())
    if 2 * held_here > size:
        return False
    return 2 * shared < len(names) and 2 * held_here * len(others) < held_there * len(names)


def _said(queries: list[Query], known: Mapping[tuple[str, str], bool]) -> tuple[str, Problem]:
    """Return what is said of the queries of one server, and in which file."""
    place = min(query.place for query in queries)
    names = " or ".join(sorted({name for query in queries for name in query.server}))
    missing = sum(not is_held for is_held in known.values())
    more = f" and {len(queries) - 1} more of such clients" if len(queries) > 1 else ""
    reason = (
        f"its client speaks to {names}, and this database lacks {missing} of the {len(known)} tables and functions "
        f"that are asked for there: it is taken for another database, and what this call{more} asks for is held "
        "against nothing"
    )
    return place.path, Problem("unresolved", place.start, place.end, reason)


def _servers(queries: Iterable[Query]) -> Mapping[str, str]:
    """Return for what sets an address apart what stands for its server: that of one client is one server's."""
    first: dict[str, str] = {}
    for query in queries:
        parts = {_own_part(name) for name in query.server}
        leaders = {first.get(part, part) for part in parts}
        group = parts | {part for part, leader in first.items() if leader in leaders}
        first.update(dict.fromkeys(group, min(group, default="")))
    return first
