"""From the layouts that were found to the databases of the project."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable

from msgspec.structs import replace

from tripoint.config import Config
from tripoint.model.evidence import Database, MigrationFile, Platform, Settings
from tripoint.model.regex import regex
from tripoint.model.text import without_comments
from tripoint.model.words import counted, listed
from tripoint.sources.layouts.begin import begun, spoken_schema
from tripoint.sources.layouts.graphile import looked_in
from tripoint.sources.layouts.histories import FEW_FOLDERS, SHORT, in_order, made_by, making, needed_by
from tripoint.sources.layouts.hosted import is_supabase, leave_behind, other_host
from tripoint.sources.layouts.index import FileIndex
from tripoint.sources.layouts.kinds import test_folder
from tripoint.sources.layouts.leaning import join_leaning
from tripoint.sources.layouts.plain import is_copied, is_outline
from tripoint.sources.layouts.records import DatabaseFiles, Definition, Found, Remark, problem
from tripoint.sources.layouts.services import split_services
from tripoint.sources.layouts.supabase import edge_functions
from tripoint.sources.layouts.unreadable import beside_code_migrations

__all__ = ["as_defined", "settle"]

_STRENGTH: tuple[Definition, ...] = ("migrations", "declarative", "dump", "orm", "database", "none")
_PLAIN = ("schema", "dump", "container", "rails", "sqlc")


def settle(index: FileIndex, founds: Iterable[Found], config: Config) -> tuple[list[DatabaseFiles], list[Remark]]:
    """Return the project's databases without documents and code, each under a unique name, and what is to be said.

    Layouts that serve the same folder are one database: of its definitions the strongest defines (migrations, then
    declarative files, then a dump, then an ORM's schema), the others stand beside it.
    """
    problems: list[Remark] = []
    groups: dict[tuple[str, str], list[Found]] = defaultdict(list)
    for found in founds:
        found = as_defined(index, found)
        said = beside_code_migrations(index, found)
        if said is not None and found.database is None:
            found = replace(found, definition="none", files=(), problems=(*found.problems, said))
        fixture = test_folder(f"{found.folder}/")
        if fixture is None or found.database is not None or config.include_tests:
            problems += found.problems
            groups[found.database or "", found.root].append(found)
        elif found.definition != "none":
            example = found.files[0].path if found.files else found.folder
            reason = f"belongs to a database below {fixture}, which is taken for a test fixture and not audited"
            problems.append(problem(example, reason))
    split_services(index, groups)
    _prefer_rails(groups, problems)
    _prefer_models(index, groups, problems)
    groups |= {key: leave_behind(index, group, problems) for key, group in groups.items()}
    _join_projects(groups)
    _join_copies(index, groups)
    _put_beside(index, groups)
    join_leaning(index, groups)
    alone = sum(any(found.definition != "none" for found in group) for group in groups.values()) <= 1
    platform = {key for key, group in groups.items() if any(found.platform == "supabase" for found in group)}
    merged = [_merge(index, key, groups[key], alone, bool(platform - {key}), problems) for key in sorted(groups)]
    defined = [files for files in merged if files.database.definition != "none" or files.database.name]
    # A configuration without any definition is a database only where nothing else is one.
    platform_only = [files for files in merged if files.database.platform == "supabase" and files not in defined]
    return _named(defined or platform_only[:1]), problems


def _prefer_rails(groups: dict[tuple[str, str], list[Found]], problems: list[Remark]) -> None:
    """Leave numbered SQL of no known runner out where Rails' own structure.sql defines the database.

    Rails writes it from its migrations; SQL in numbered files beside them is what someone runs over it by hand.
    """
    for key, group in groups.items():
        structure = next((found.files[0].path for found in group if found.layout == "rails" and found.files), None)
        if structure is None or key[0]:
            continue
        aside = [found for found in group if found.layout == "numbered" and found.definition == "migrations"]
        group[:] = [
            replace(found, definition="none", files=(), explained=found.paths) if found in aside else found
            for found in group
        ]
        if aside:
            where = listed(sorted(found.folder or "the root" for found in aside), FEW_FOLDERS)
            count = counted(sum(len(found.files) for found in aside), "file")
            reason = f"is numbered SQL that no known runner applies ({count} in {where}): not read, "
            first = min(found.files[0].path for found in aside)
            problems.append(problem(first, f"{reason}since {structure} holds the schema"))


_MODEL = regex(rb"^[ \t]*model\s+\w+\s*\{|\bpgTable\(", re.M)
_PART = 4


def _prefer_models(index: FileIndex, groups: dict[tuple[str, str], list[Found]], problems: list[Remark]) -> None:
    """Leave numbered SQL of no known runner out where an ORM's schema, which has no migrations of its own, holds most
    of the tables: the ORM brings it into the database (`prisma db push`), and the SQL is run over it by hand.
    """
    for key, group in groups.items():
        histories = [found for found in group if found.definition == "migrations"]
        schemas = sorted({schema.path for found in group if found.definition == "orm" for schema in found.orm})
        if not histories or not schemas or key[0] or any(found.layout != "numbered" for found in histories):
            continue
        models = sum(len(_MODEL.findall(index.read(path))) for path in schemas)
        made = {name for found in histories for name in made_by(index, found)}
        if _PART * len(made) > models:
            continue
        group[:] = [
            replace(found, definition="none", files=(), explained=found.paths) if found in histories else found
            for found in group
        ]
        where = listed(sorted(found.folder or "the root" for found in histories), FEW_FOLDERS)
        count = counted(sum(len(found.files) for found in histories), "file")
        reason = f"is numbered SQL that no known runner applies ({count} in {where}): not read, since it creates "
        reason += f"{len(made)} of the {models} tables in {schemas[0]}, which has no migrations and defines the schema"
        problems.append(problem(min(found.files[0].path for found in histories), reason))


def as_defined(index: FileIndex, found: Found) -> Found:
    """Return a layout without the definition that a history which says nothing does not give."""
    if found.definition == "migrations" and (not found.files or _says_nothing(index, found)):
        return replace(found, definition="orm" if found.orm else "none")
    return found


def _says_nothing(index: FileIndex, found: Found) -> bool:
    """Whether a short history is comments alone, as the first file that Drizzle writes of a database that it read."""
    texts = (index.read(file.path) for file in found.files)
    return len(found.files) <= SHORT and not any(without_comments(text).strip() for text in texts)


def _join_projects(groups: dict[tuple[str, str], list[Found]]) -> None:
    """Join what is of one hosted project, as the configurations of several folders say, at what holds them all."""
    projects: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key in sorted(groups):
        for reference in {found.hosted_as for found in groups[key]} - {None} if not key[0] else ():
            projects[str(reference)].append(key)
    for keys in projects.values():
        roots = [root for _, root in keys]
        joined = "", posixpath.commonpath(roots) if all(roots) else ""
        if len(keys) > 1 and all(key in groups for key in keys) and (joined in keys or joined not in groups):
            moved = [replace(found, root=joined[1]) for key in keys for found in groups.pop(key)]
            groups[joined] = moved


def _join_copies(index: FileIndex, groups: dict[tuple[str, str], list[Found]]) -> None:
    """Join the folders of a monorepo that hold copies of one Supabase project's migrations, at what holds both.

    Every file of the smaller has to stand in the other under its name, and most of them with the same text. One or two
    files are what a template brings along, of which each application makes a database of its own.
    """
    histories: dict[tuple[str, str], dict[str, str]] = {}
    for key, group in groups.items():
        runs = [found for found in group if found.definition == "migrations"]
        files = [file for found in runs for file in found.files]
        if len(files) > SHORT and not key[0] and all(found.layout == "supabase" for found in runs):
            histories[key] = {file.path.rpartition("/")[2]: file.path for file in files}
    for key in sorted(histories, key=lambda key: (len(histories[key]), key)):
        own = histories.pop(key, {})  # empty where another was joined to it
        for other in () if not own else sorted(histories, key=lambda other: (-len(histories[other]), other)):
            theirs = histories[other]
            if not own.keys() <= theirs.keys():
                continue
            same = sum(index.read(path) == index.read(theirs[name]) for name, path in own.items())
            if 5 * same < 4 * len(own):
                continue
            joined = "", posixpath.commonpath([key[1], other[1]]) if key[1] and other[1] else ""
            if joined in groups and joined not in (key, other):  # a database of its own stands there
                continue
            moved = groups.pop(other) + groups.pop(key)
            groups[joined] += [replace(found, root=joined[1]) for found in moved]
            histories[joined] = histories.pop(other)
            break


_AIDS = frozenset({"scripts", "script", "tools", "tooling"})
"""Folders of what is run beside the application: a package there has no database of its own."""


def _put_beside(index: FileIndex, groups: dict[tuple[str, str], list[Found]]) -> None:
    """Join what is no database of its own to the migrations that it belongs to.

    That is a dump above the only migrations, or below some and in no package of its own; an ORM's schema in another
    package than the migrations; and a history that creates no table below one that does.
    """
    if len(groups) == 1:
        return
    _join_drafts(index, groups)
    with_history = [key for key, group in groups.items() if any(found.definition == "migrations" for found in group)]
    creating = [key for key in with_history if any(_creates(index, found) for found in groups[key])]
    for key in [key for key in groups if key not in creating and not key[0]]:
        above = [other for other in creating if _lies_in(key[1], other[1])]
        below = [other for other in creating if _lies_in(other[1], key[1])]
        definitions = {found.definition for found in groups[key]}
        target: tuple[str, str] | None = None
        if key in with_history:
            target = max(above, key=lambda other: len(other[1]), default=None)
        elif definitions <= {"orm", "none"} and "orm" in definitions:
            target = max(above, key=lambda other: len(other[1]), default=None)
            if target is None and len(creating) == 1:
                told = groups[key], groups[creating[0]]
                target = creating[0] if _maps_some(index, *told) or _maps_a_part(index, *told) else None
        elif all(found.layout in _PLAIN for found in groups[key]):
            nearest = max(above, key=lambda other: len(other[1]), default=None)
            own = index.is_package(key[1]) and posixpath.basename(key[1]) not in _AIDS
            target = below[0] if len(below) == 1 else None if own else nearest
            if target is not None and _is_a_containers(index, groups[key], groups[target]):
                groups[key] = [replace(found, platform="postgresql") for found in groups[key]]
                target = None
        if target is not None:
            groups[target] += groups.pop(key)


def _is_a_containers(index: FileIndex, plain: list[Found], history: list[Found]) -> bool:
    """Whether SQL is what a container of PostgreSQL begins with, beside Supabase's migrations that make few of its
    tables: the command line starts Supabase, so that what speaks to the container has a database of its own."""
    if any(found.layout != "container" for found in plain) or all(found.layout != "supabase" for found in history):
        return False
    made, theirs = ({name for found in founds for name in made_by(index, found)} for founds in (plain, history))
    changed = {name for found in history for name in needed_by(index, found)}
    return len(made) > SHORT and 2 * len(made & (theirs | changed)) < len(made)


def _maps_some(index: FileIndex, models: list[Found], history: list[Found]) -> bool:
    """Whether the models of another package name a third of the tables that a history makes, and those are half of
    them: else they are those of another application, with a database of its own."""
    made = {name.rpartition(b".")[2].strip(b'"').lower() for found in history for name in made_by(index, found)}
    texts = [index.read(schema.path) for found in models for schema in found.orm]
    lower = [text.lower() for text in texts]
    mapped = sum(any(name in text for text in lower) for name in made)
    return 3 * mapped >= len(made) and 2 * mapped >= sum(len(_MODEL.findall(text)) for text in texts)


_MAPPED = regex(rb"\bpgTable\(\s*[\"'](\w+)|__tablename__\s*=\s*[\"'](\w+)|@@map\(\s*\"(\w+)")
_QUOTED = regex(rb"[\"']([a-z0-9]+_\w+)[\"']")
_WORD = regex(rb"\w+")
_OF_ACCOUNTS = regex(rb"^(?:auth_?)?(?:users?|accounts?|sessions?|verifications?|verification_?tokens?)$")


def _maps_a_part(index: FileIndex, models: list[Found], history: list[Found]) -> bool:
    """Whether the models of another package map tables that a history makes and no others, with the names of columns
    that it has: a service that needs a few of them. What is there of accounts alone, many an application has."""
    made = {name.rpartition(b".")[2].strip(b'"').lower() for found in history for name in made_by(index, found)}
    texts = [index.read(schema.path) for found in models for schema in found.orm]
    mapped = {b"".join(names) for text in texts for names in _MAPPED.findall(text)}
    count = sum(len(_MODEL.findall(text)) for text in texts)
    if count > len(mapped) or not mapped <= made or all(map(_OF_ACCOUNTS.match, mapped)):
        return False
    named = {name for text in texts for name in _QUOTED.findall(text)} - mapped
    known = set(_WORD.findall(b" ".join(index.read(file.path) for found in history for file in found.files).lower()))
    return len(named) > SHORT and 4 * len(named & known) >= 3 * len(named)


def _join_drafts(index: FileIndex, groups: dict[tuple[str, str], list[Found]]) -> None:
    """Join numbered SQL of no known runner to a runner's history that makes the same.

    A package below the history may have a database of its own: its SQL is joined where every file is a copy of one
    there. What stands above the history, as scripts at the root of a monorepo, has none where it makes nothing else.
    """
    run = [key for key, group in groups.items() if any(f.layout != "numbered" and f.files for f in group)]
    for key in [key for key in groups if key not in run and not key[0]]:
        numbered = [found for found in groups[key] if found.layout == "numbered"]
        above = [other for other in run if _lies_in(key[1], other[1])]
        below = [other for other in run if _lies_in(other[1], key[1]) and other not in above]
        made = {name for found in numbered for name in made_by(index, found)}
        if index.is_package(key[1]):
            texts = _said_in(index, numbered)
            fits = [other for other in above if texts and texts <= _said_in(index, groups[other])]
            above = []
        else:
            fits = []
        fits += [o for o in (*above, *below) if made and made <= {n for f in groups[o] for n in made_by(index, f)}]
        if len(fits) == 1 and len(numbered) == len(groups[key]):
            groups[fits[0]] += groups.pop(key)


def _said_in(index: FileIndex, founds: list[Found]) -> set[bytes]:
    """Return the texts of the files without comments and without how they are laid out."""
    return {b" ".join(without_comments(index.read(file.path)).split()) for found in founds for file in found.files}


def _lies_in(folder: str, other: str) -> bool:
    return not other or f"{folder}/".startswith(f"{other}/")


def _creates(index: FileIndex, found: Found) -> bool:
    creates = making(found)
    return any(creates.search(index.read(file.path)) for file in found.files)


def _merge(
    index: FileIndex, key: tuple[str, str], founds: list[Found], alone: bool, beside: bool, problems: list[Remark]
) -> DatabaseFiles:
    name, root = key
    definition = min((found.definition for found in founds), key=_STRENGTH.index)
    defining = [found for found in founds if found.definition == definition]
    unordered: tuple[str, ...] = ()
    outlines = frozenset[str]()
    if definition == "migrations":
        files, unordered = in_order(index, defining, problems)
        hosted = (
            any(found.platform == "supabase" for found in founds) or is_supabase(index, root, alone, beside, files)[0]
        )
        files = begun(index, files, [found for found in founds if found not in defining], problems, hosted)
        if all(file.layout == "schema" for file in files):
            definition = "declarative"
        copies = [file.path for file in files if not file.program and is_copied(index, file.path)]
        outlines = frozenset(path for path in copies if is_outline(index, [path]))
    elif definition in ("dump", "declarative"):
        applied = {file.path: file for found in defining for file in found.files}
        for found in defining:
            for path in found.declarative:
                applied.setdefault(path, MigrationFile(path, None, found.layout))
        files = tuple(applied.values())
    else:
        files = ()
    dumps = {file.path for found in founds if found not in defining for file in found.files if file.version is None}
    dumps -= {file.path for file in files}
    platforms = {found.platform for found in founds} - {None}
    copied = definition in ("dump", "declarative") and any(is_copied(index, file.path) for file in files)
    said = copied or "supabase" in platforms
    if said or platforms:
        on_platform, doubtful = said, False
    else:
        on_platform, doubtful = is_supabase(index, root, alone, beside, files)
    platform: Platform = "supabase" if on_platform else "postgresql"
    if doubtful and not on_platform:
        reason = (
            "the SQL grants to roles of Supabase's, but no code is a client of Supabase's, and a driver of PostgreSQL "
            'is there: it is taken for a plain server\'s; say platform = "supabase" in tripoint.toml if it is not'
        )
        problems.append(problem(files[0].path, reason))
    settings = next((found.settings for found in founds if found.settings is not None), Settings())
    if on_platform and not settings.edge_functions:  # none has a configuration, nor migrations beside them
        settings = replace(settings, edge_functions=tuple(sorted(edge_functions(index))))
    begun_in = next((found.schema for found in defining if found.schema is not None), None)
    if begun_in is None and definition == "migrations" and not on_platform:
        begun_in = spoken_schema(index, files)
    return DatabaseFiles(
        database=Database(
            name=name,
            root=root,
            platform=platform,
            migrations=files,
            migrations_root=_folder_of(defining, files),
            definition=definition,
            settings=settings,
            doubtful=doubtful and on_platform and bool(files),
            host=other_host(index, f"{root}/" if root and not alone else "") if on_platform else None,
            outline=(copied and is_outline(index, (file.path for file in files)))
            or any(found.layout == "document" for found in defining),
            by_types=definition == "orm" and all(schema.kind == "types" for found in founds for schema in found.orm),
            outlines=outlines,
            begun_in=begun_in,
            looked_in=looked_in(index, files) if begun_in is None and not on_platform else None,
            unordered=unordered,
        ),
        declarative=tuple(dict.fromkeys(path for found in founds for path in found.declarative))
        if definition == "migrations"
        else (),
        dumps=tuple(sorted(dumps)),
        seeds=_union(found.seeds for found in founds),
        tests=_union(found.tests for found in founds),
        orm=tuple(sorted({schema for found in founds for schema in found.orm}, key=lambda schema: schema.path)),
        buckets=tuple(bucket for found in founds for bucket in found.buckets),
        default_schema=begun_in[1] if begun_in is not None else "public",
    )


def _folder_of(founds: list[Found], files: tuple[MigrationFile, ...]) -> str | None:
    """Return the folder of the first layout of which a file is applied: one may hold but copies of another's."""
    applied = {file.path for file in files}
    read = (found.folder for found in founds if any(file.path in applied for file in found.files))
    return next(read, founds[0].folder) if files else None


def _union(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({path for group in groups for path in group}))


def _named(databases: list[DatabaseFiles]) -> list[DatabaseFiles]:
    """Give those a name that the settings leave without: "default" to a single one or the root's, else their folder."""
    names = [
        files.database.name or ("default" if len(databases) == 1 else files.database.root or "default")
        for files in databases
    ]
    return [
        replace(files, database=replace(files.database, name=name if names.count(name) == 1 else f"{name} ({at + 1})"))
        for at, (files, name) in enumerate(zip(databases, names, strict=True))
    ]
