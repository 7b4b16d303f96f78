"""Whether a database is Supabase's: what its SQL names, who owns its tables, and what the code depends on."""

from __future__ import annotations

import re

from msgspec.structs import replace

from tripoint.model.evidence import MigrationFile
from tripoint.model.regex import regex
from tripoint.model.text import without_comments
from tripoint.model.words import listed
from tripoint.sources.layouts.begin import names_in
from tripoint.sources.layouts.histories import FEW_FOLDERS, MADE_ANEW, SHORT, made_by
from tripoint.sources.layouts.index import FileIndex
from tripoint.sources.layouts.kinds import test_folder
from tripoint.sources.layouts.records import Found, Remark, problem

__all__ = ["CLIENTS", "CLIENT_MANIFESTS", "DRIVERS", "is_supabase", "leave_behind", "other_host"]

_PLATFORM_TEXT = regex(
    rb"\bauth\"?\.\"?(?:uid|jwt|role|email)\"?\s*\(|\bstorage\"?\.\"?objects\b"
    rb"|\bsupabase_(?:realtime|admin|auth_admin|storage_admin)\b",
    re.I,
)
_ROLE_TEXT = regex(rb"\b(?:to|from)\s+\"?(?:anon|authenticated|service_role)\b", re.I)
"""The platform's roles, which stay in SQL that was taken along to a plain server."""
_PLAYED = regex(
    rb"\bcreate\s+(?:or\s+replace\s+)?function\s+\"?auth\"?\.\"?(?:uid|jwt|role)\b"
    rb"|\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?\"?storage\"?\.\"?(?:objects|buckets)\b",
    re.I,
)
"""SQL that makes what the platform owns, and so runs where the platform is not, whichever client asks there."""
_MADE_ROLES = regex(rb"\bcreate\s+role\s+\"?(?:anon|authenticated|service_role)\b", re.I)
_OWNED = regex(rb"\bOWNER\s+TO\s+\"?(\w+)", re.I)
_MADE_ROLE = regex(rb"\bCREATE\s+(?:ROLE|USER)\s+\"?(\w+)", re.I)
_OWNERS = regex(
    rb"supabase_\w+|postgres|anon|authenticat\w+|service_role|dashboard_user|pgbouncer|(?:current|session)_(?:role|user)",
    re.I,
)
"""The roles that own something on the platform."""
CLIENTS = (b'"@supabase/', b'"@nuxtjs/supabase"', b"supabase_flutter:", b'"supabase', b"\nsupabase")
_TOOL = b'"supabase'
"""In a package.json the platform's command line, or a script that is named after it: no client."""
_ELSEWHERE = (b'"@neondatabase/serverless"', b'"@vercel/postgres"', b'"@prisma/adapter-neon"')
"""Drivers of one other host each."""
DRIVERS = (b'"pg"', b'"postgres"', b'"pg-promise"', b'"@prisma/client"', b"psycopg", b"asyncpg")
_CONNECTED = regex(rb"\bpostgres(?:ql)?(?:\+\w+)?://[^\s\"']*(?:\bsupabase\.(?:co|com|in|net|red)\b|:54322\b)")
"""A connection to Supabase's database, hosted or of its command line."""
_HOSTED = regex(
    rb"\bpostgres(?:ql)?(?:\+\w+)?://[^\s\"'/]*@[\w.-]*\b(neon\.tech|rds\.amazonaws\.com|render\.com|railway\.(?:app|internal)"
    rb"|rlwy\.net|aivencloud\.com|ondigitalocean\.com|database\.azure\.com|cockroachlabs\.cloud|vercel-storage\.com)\b"
)
"""A connection to a database of another host, by its domain."""
_OF_DEVELOPMENT = regex(rb'"devDependencies"\s*:\s*\{[^}]*\}')
_LOADED = regex(
    rb"\bnpm:@supabase/supabase-js\b|\bsupabase\s*\.\s*createClient\s*\("
    rb"|//[\w.:-]{1,100}/[^\s\"'`<>]{0,200}@supabase/supabase-js\b"
)
"""A client that a page or a script loads by its address."""
_PASTED = regex(rb"\bsupabase\b[^\n]{0,60}\bSQL[ -]?editor\b|\bSQL[ -]?editor\b[^\n]{0,60}\bsupabase\b", re.I)
_STEP = regex(r"/[0-9]{8,}[^/]*")
"""What one migration of many is called says what it does: `20240101000000_drop_supabase_id`."""
_SCRIPTS = (".html", ".htm", ".js", ".mjs", ".ts")
_TEXTS = (".md", ".mdx", ".txt", ".rst", ".pdf")
CLIENT_MANIFESTS = ("package.json", "pubspec.yaml", "pyproject.toml", "requirements.txt")


def is_supabase(
    index: FileIndex, root: str, alone: bool, beside: bool, files: tuple[MigrationFile, ...]
) -> tuple[bool, bool]:
    """Return whether a database is Supabase's by what its SQL names, or by the clients that its code depends on, and
    whether that is in doubt.

    It is, since the code depends on a driver of PostgreSQL as well, or since the clients may ask another database of
    the project (`beside`). The platform's command line alone is no client where the code depends on a driver. SQL that
    names no more than the platform's roles does not make it Supabase's where nothing else of the project speaks of it,
    and the code of its folder depends on a driver.

    Of several databases in a project, each is judged by the manifests in its own folder.
    """
    texts = [index.read(file.path) for file in files]
    if any(_PLAYED.search(text) and _PLAYED.search(without_comments(text)) for text in texts):
        return False, False
    made = any(_MADE_ROLES.search(text) for text in texts)
    names, roles = (
        not made and any(told.search(text) and told.search(without_comments(text)) for text in texts)
        for told in (_PLATFORM_TEXT, _ROLE_TEXT)
    )
    if names:
        return True, False
    if _owned_elsewhere(texts):
        return False, False
    prefix = f"{root}/" if root and not alone else ""
    manifests = {
        path: b"\n" + index.head(path)
        for name in CLIENT_MANIFESTS
        for path in index.by_name.get(name, ())
        if test_folder(path) is None
    }
    owned = {path: manifest for path, manifest in manifests.items() if path.startswith(prefix)}
    own = list(owned.values())
    driver = any(name in manifest for manifest in own for name in DRIVERS) and not _connects(index, prefix)
    if roles:
        asked = any(name in manifest for manifest in manifests.values() for name in CLIENTS) or _speaks_of_it(index)
        return asked or not driver, not asked and driver
    if any(name in manifest for manifest in own for name in _ELSEWHERE) and not _connects(index, prefix):
        return False, False
    by_client = any(
        name in manifest
        for path, manifest in owned.items()
        for name in CLIENTS
        if not (driver and name == _TOOL and path.endswith(".json"))
    )
    if files and not by_client and not driver and (_is_pasted(files, texts) or _loads(index, prefix)):
        by_client, driver = True, any(name in manifest for manifest in manifests.values() for name in DRIVERS)
    return by_client, by_client and (beside or driver)


def other_host(index: FileIndex, prefix: str) -> str | None:
    """Return the domain of another host that the settings of an environment connect to, where none do to Supabase's."""
    own = (path for path in index.paths if path.startswith(prefix) and path.rpartition("/")[2].startswith(".env"))
    found = next((match for path in own if (match := _HOSTED.search(index.head(path))) is not None), None)
    return None if found is None or _connects(index, prefix) else found[1].decode()


def leave_behind(index: FileIndex, group: list[Found], problems: list[Remark]) -> list[Found]:
    """Return the layouts of a folder without Supabase's migrations where longer ones of a plain server took over.

    They create many of the same tables, which one database refuses, and the code depends on a driver and at run time on
    no client of Supabase's: such a project moved away from it, and keeps what was.
    """
    former = [found for found in group if found.layout == "supabase" and found.files and found.database is None]
    later = [found for found in group if found.layout == "numbered" and found.definition == "migrations"]
    if len(former) != 1 or not later:
        return group
    made, new = made_by(index, former[0]), {name for found in later for name in made_by(index, found)}
    anew = names_in(MADE_ANEW, [index.read(file.path) for file in former[0].files]) & new
    longer = sum(len(found.files) for found in later) > len(former[0].files)
    if not longer or len(anew) < SHORT or 3 * len(anew) < len(made):
        return group
    manifests = [
        _OF_DEVELOPMENT.sub(b"", index.read(path))
        for name in CLIENT_MANIFESTS
        for path in index.by_name.get(name, ())
        if test_folder(path) is None
    ]
    asked = any(name in b"\n" + manifest for manifest in manifests for name in CLIENTS)
    if asked or not any(name in manifest for manifest in manifests for name in DRIVERS):
        return group
    where = listed(sorted(found.folder for found in later), FEW_FOLDERS)
    reason = (
        f"is one of {len(former[0].files)} migrations of Supabase's, whose tables {where} creates as well, and no code "
        "depends on its client at run time: taken for what was before a plain server, and not read"
    )
    problems.append(problem(former[0].files[0].path, reason))
    explained = former[0].paths
    gone = replace(former[0], definition="none", files=(), platform=None, settings=None, explained=explained)
    taken = [replace(found, platform="postgresql") if found in later else found for found in group]
    return [gone if found is former[0] else found for found in taken]


def _owned_elsewhere(texts: list[bytes]) -> bool:
    """Whether a dump gives its tables to a role that the platform does not have, which it would refuse."""
    owners = {match[1].lower() for text in texts for match in _OWNED.finditer(text)}
    made = {match[1].lower() for text in texts for match in _MADE_ROLE.finditer(text)} if owners else set()
    return any(not _OWNERS.fullmatch(owner) for owner in owners - made)


def _speaks_of_it(index: FileIndex) -> bool:
    """Return whether the settings of an environment, or a file of SQL or code by its name, speak of Supabase."""
    names = ((path, path.rpartition("/")[2]) for path in index.paths)
    return any(
        b"SUPABASE" in index.head(path)
        if name.startswith(".env")
        else "supabase" in name.lower() and not name.lower().endswith(_TEXTS)
        for path, name in names
    )


def _is_pasted(files: tuple[MigrationFile, ...], texts: list[bytes]) -> bool:
    """Return whether a file of SQL is for Supabase's editor, by its name or by what it says."""
    named = any("supabase" in _STEP.sub("/", f"/{file.path.lower()}") for file in files)
    return named or any(_PASTED.search(text) for text in texts)


def _loads(index: FileIndex, prefix: str) -> bool:
    """Return whether a page or a script loads Supabase's client by its address, which no manifest names."""
    scripts = (path for path in index.paths if path.startswith(prefix) and path.endswith(_SCRIPTS))
    return any(_LOADED.search(index.head(path)) for path in scripts if test_folder(path) is None)


def _connects(index: FileIndex, prefix: str) -> bool:
    """Return whether the settings of an environment connect to a database of Supabase's."""
    own = (path for path in index.paths if path.startswith(prefix) and path.rpartition("/")[2].startswith(".env"))
    return any(_CONNECTED.search(index.head(path)) for path in own)
