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
from tripoint.model.words import counted, listed
from tripoint.sources.layouts.alembic import CREATED
from tripoint.sources.layouts.begin import MADE, begun, names_in, spoken_schema
from tripoint.sources.layouts.index import FileIndex
from tripoint.sources.layouts.kinds import test_folder
from tripoint.sources.layouts.plain import is_copied, is_outline
from tripoint.sources.layouts.programs import CREATED_BY_PROGRAM
from tripoint.sources.layouts.records import DatabaseFiles, Definition, Found, Remark, problem
from tripoint.sources.layouts.services import split_services
from tripoint.sources.layouts.unreadable import beside_code_migrations

__all__ = ["CLIENTS", "CLIENT_MANIFESTS", "settle"]

_STRENGTH: tuple[Definition, ...] = ("migrations", "declarative", "dump", "orm", "database", "none")
_MADE_ANEW = regex(rb"\bCREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?!IF\b)((?:\"?\w+\"?\s*\.\s*)?\"?\w+\"?)", re.I)
_DROPPED = regex(rb"\bDROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?((?:\"?\w+\"?\s*\.\s*)?\"?\w+\"?)", re.I)
_PLAIN = ("schema", "dump", "container", "rails", "sqlc")
_TIMESTAMP = regex(r"^(?:19|20)[0-9]{6}(?:[0-9]{6})?$")
"""A date, or a date and a time: what versions of several runners can be put in one order by."""
_PLATFORM_TEXT = regex(
    rb"\bauth\"?\.\"?(?:uid|jwt|role|email)\"?\s*\(|\bstorage\"?\.\"?objects\b"
    rb"|\bsupabase_(?:realtime|admin|auth_admin|storage_admin)\b",
    re.I,
)
_ROLE_TEXT = regex(rb"\b(?:to|from)\s+\"?(?:anon|authenticated|service_role)\b", re.I)
"""The platform's roles, which stay in SQL that was taken along to a plain server."""
_PLAYED = regex(
    rb"\bcreate\s+role\s+\"?(?:anon|authenticated|service_role)\b"
    rb"|\bcreate\s+(?:or\s+replace\s+)?function\s+\"?auth\"?\.\"?(?:uid|jwt|role)\b",
    re.I,
)
"""SQL that makes what the platform brings along, and so runs where the platform is not."""
CLIENTS = (b'"@supabase/', b'"@nuxtjs/supabase"', b"supabase_flutter:", b'"supabase', b"\nsupabase")
_FEW_FOLDERS = 4
_DRIVERS = (b'"pg"', b'"postgres"', b'"pg-promise"', b'"@prisma/client"', b"psycopg", b"asyncpg")
_CONNECTED = regex(rb"\bpostgres(?:ql)?(?:\+\w+)?://[^\s\"']*(?:\bsupabase\.(?:co|com|in|net|red)\b|:54322\b)")
"""A connection to Supabase's database, hosted or of its command line."""
_TEXTS = (".md", ".mdx", ".txt", ".rst", ".pdf")
CLIENT_MANIFESTS = ("package.json", "pubspec.yaml", "pyproject.toml", "requirements.txt")


def settle(index: FileIndex, founds: Iterable[Found], config: Config) -> tuple[list[DatabaseFiles], list[Remark]]:
    """Return the project's databases without documents and code, each under a unique name, and what is to be said.

    Layouts that serve the same folder are one database: of its definitions the strongest defines (migrations, then
    declarative files, then a dump, then an ORM's schema), the others stand beside it.
    """
    problems: list[Remark] = []
    groups: dict[tuple[str, str], list[Found]] = defaultdict(list)
    for found in founds:
        if found.definition == "migrations" and (not found.files or _says_nothing(index, found)):
            found = replace(found, definition="orm" if found.orm else "none")
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
    _join_copies(index, groups)
    _put_beside(index, groups)
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
            where = listed(sorted(found.folder or "the root" for found in aside), _FEW_FOLDERS)
            count = counted(sum(len(found.files) for found in aside), "file")
            reason = f"is numbered SQL that no known runner applies ({count} in {where}): not read, "
            first = min(found.files[0].path for found in aside)
            problems.append(problem(first, f"{reason}since {structure} holds the schema"))


_COMMENT = regex(rb"--[^\n]*|/\*.*?\*/|\s+", re.S)


def _says_nothing(index: FileIndex, found: Found) -> bool:
    """Whether a short history is comments alone, as the first file that Drizzle writes of a database that it read."""
    return len(found.files) <= _SHORT and not any(_COMMENT.sub(b"", index.read(file.path)) for file in found.files)


_SHORT = 2


def _join_copies(index: FileIndex, groups: dict[tuple[str, str], list[Found]]) -> None:
    """Join the folders of a monorepo that hold copies of one Supabase project's migrations, at what holds both.

    Every file of the smaller has to stand in the other under its name, and most of them with the same text. One or two
    files are what a template brings along, of which each application makes a database of its own.
    """
    histories: dict[tuple[str, str], dict[str, str]] = {}
    for key, group in groups.items():
        runs = [found for found in group if found.definition == "migrations"]
        files = [file for found in runs for file in found.files]
        if len(files) > _SHORT and not key[0] and all(found.layout == "supabase" for found in runs):
            histories[key] = {_name(file): file.path for file in files}
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
            target = max(above, key=lambda other: len(other[1]), default=creating[0] if len(creating) == 1 else None)
        elif all(found.layout in _PLAIN for found in groups[key]):
            nearest = max(above, key=lambda other: len(other[1]), default=None)
            target = below[0] if len(below) == 1 else None if index.is_package(key[1]) else nearest
        if target is not None:
            groups[target] += groups.pop(key)


def _join_drafts(index: FileIndex, groups: dict[tuple[str, str], list[Found]]) -> None:
    """Join numbered SQL of no known runner to a runner's history above that makes the same.

    A package may have a database of its own: its SQL is joined where every file is a copy of one there.
    """
    run = [key for key, group in groups.items() if any(f.layout != "numbered" and f.files for f in group)]
    for key in [key for key in groups if key not in run and not key[0]]:
        numbered = [found for found in groups[key] if found.layout == "numbered"]
        above = [other for other in run if _lies_in(key[1], other[1])]
        if index.is_package(key[1]):
            texts = {index.read(file.path) for found in numbered for file in found.files}
            fits = [o for o in above if texts and texts <= {index.read(f.path) for g in groups[o] for f in g.files}]
        else:
            made = {name for found in numbered for name in _made(index, found)}
            fits = [other for other in above if made and made <= {n for f in groups[other] for n in _made(index, f)}]
        if len(fits) == 1 and len(numbered) == len(groups[key]):
            groups[fits[0]] += groups.pop(key)


def _lies_in(folder: str, other: str) -> bool:
    return not other or f"{folder}/".startswith(f"{other}/")


def _making(found: Found) -> re.Pattern[bytes]:
    """Return what a table's creation looks like in a history, with the table's name."""
    if found.layout == "alembic":
        return CREATED
    return CREATED_BY_PROGRAM if any(file.program for file in found.files) else MADE


def _creates(index: FileIndex, found: Found) -> bool:
    creates = _making(found)
    return any(creates.search(index.read(file.path)) for file in found.files)


def _merge(
    index: FileIndex, key: tuple[str, str], founds: list[Found], alone: bool, beside: bool, problems: list[Remark]
) -> DatabaseFiles:
    name, root = key
    definition = min((found.definition for found in founds), key=_STRENGTH.index)
    defining = [found for found in founds if found.definition == definition]
    unordered: tuple[str, ...] = ()
    if definition == "migrations":
        files, unordered = _histories(index, defining, problems)
        hosted = any(found.platform for found in founds) or _is_supabase(index, root, alone, beside, files)[0]
        files = begun(index, files, [found for found in founds if found not in defining], problems, hosted)
        if all(file.layout == "schema" for file in files):
            definition = "declarative"
    elif definition in ("dump", "declarative"):
        applied = {file.path: file for found in defining for file in found.files}
        for found in defining:
            applied.update({path: MigrationFile(path, None, found.layout) for path in found.declarative})
        files = tuple(applied.values())
    else:
        files = ()
    dumps = {file.path for found in founds if found not in defining for file in found.files if file.version is None}
    dumps -= {file.path for file in files}
    platforms = {found.platform for found in founds} - {None}
    copied = definition in ("dump", "declarative") and any(is_copied(index, file.path) for file in files)
    said = copied or "supabase" in platforms
    is_supabase, doubtful = (True, False) if said else _is_supabase(index, root, alone, beside, files)
    platform: Platform = "supabase" if is_supabase else "postgresql"
    if doubtful and not is_supabase:
        reason = (
            "the SQL grants to roles of Supabase's, but no code is a client of Supabase's, and a driver of PostgreSQL "
            'is there: it is taken for a plain server\'s; say platform = "supabase" in tripoint.toml if it is not'
        )
        problems.append(problem(files[0].path, reason))
    settings = next((found.settings for found in founds if found.settings is not None), Settings())
    begun_in = next((found.schema for found in defining if found.schema is not None), None)
    if begun_in is None and definition == "migrations" and not is_supabase:
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
            doubtful=doubtful and is_supabase and bool(files),
            outline=copied and is_outline(index, (file.path for file in files)),
            begun_in=begun_in,
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


def _without_copies(index: FileIndex, founds: list[Found], problems: list[Remark]) -> list[Found]:
    """Return the histories, of each file that stands under its name and version in several the one in the largest.

    Two may both begin with an `0001_initial`: where few have the same name, only what says the same is a copy; and of
    many, none that creates other tables, as the first migration of each of several services does.
    """
    kept: list[Found] = []
    copied: dict[str, list[tuple[str, list[MigrationFile]]]] = defaultdict(list)
    for found in sorted(founds, key=lambda found: (-len(found.files), found.layout != "supabase", found.folder)):
        files = found.files
        for other in kept:
            known = {(file.version, _name(file)): file for file in other.files}
            copies = [file for file in files if (file.version, _name(file)) in known]
            same = [known[file.version, _name(file)].path for file in copies]
            pairs = list(zip(copies, same, strict=True))
            if 2 * len(copies) < len(found.files):
                copies = [file for file, path in pairs if index.read(file.path) == index.read(path)]
            else:
                copies = [file for file, path in pairs if not _make_others(index, file.path, path)]
            if copies:
                files = tuple(file for file in files if file not in copies)
                copied[other.folder].append((found.folder or "the root", copies))
        if files or not found.files:
            kept.append(replace(found, files=files) if len(files) < len(found.files) else found)
    problems += [_of_copies(folder, groups) for folder, groups in copied.items()]
    return kept


def _make_others(index: FileIndex, path: str, other: str) -> bool:
    """Whether two files create tables, and none that the other one does."""
    made, theirs = (names_in(MADE, [index.read(one)]) for one in (path, other))
    return bool(made) and bool(theirs) and made.isdisjoint(theirs)


def _of_copies(folder: str, groups: list[tuple[str, list[MigrationFile]]]) -> Remark:
    """Return the one notice for all that copies a folder's migrations; of many folders, the first are named."""
    count = sum(len(copies) for _, copies in groups)
    where = listed(sorted(folder for folder, _ in groups), _FEW_FOLDERS)
    reason = f"one of {count} files of {where} that are copies of migrations in {folder}: not read"
    if count == 1:
        reason = f"is a copy of a migration in {folder}: not read"
    return problem(min(file.path for _, copies in groups for file in copies), reason)


def _name(file: MigrationFile) -> str:
    return file.path.rpartition("/")[2]


def _without_drafts(index: FileIndex, founds: list[Found], problems: list[Remark]) -> list[Found]:
    """Return the histories less the numbered folders of no known runner that make again what a runner's history makes.

    Scripts that were once pasted into an editor often stay beside the migrations that were made of them. What sqlx
    applies is the application's own: of that and another history of the same tables, the longer is read.
    """
    run = {found.folder: (found, _made(index, found)) for found in founds if found.layout != "numbered"}
    again: dict[str, str] = {}
    for found in founds:
        made = _made(index, found) if found.layout == "numbered" and run else set()
        fits = (other for _, (other, tables) in sorted(run.items()) if made and made <= tables)
        other = next(fits, None)
        if other is not None:
            own = (
                made == run[other.folder][1] and len(found.files) > len(other.files) and _applied_by_sqlx(index, found)
            )
            again |= {other.folder: found.folder} if own else {found.folder: other.folder}
    found_again = _made_twice(index, founds, problems) - again.keys()
    for found in founds:
        if found.folder in again:
            reason = (
                f"one of {len(found.files)} files of {found.folder or 'the root'} that create tables which "
                f"migrations in {again[found.folder]} create, and no others: not read; name both in tripoint.toml if "
                "they are two databases"
            )
            problems.append(problem(found.files[0].path, reason))
    return [found for found in founds if found.folder not in again and found.folder not in found_again]


def _made_twice(index: FileIndex, founds: list[Found], problems: list[Remark]) -> set[str]:
    """Return the folders of no known runner that a database can't take beside a runner's longer history.

    They create some of the same tables, and not where they are missing alone: PostgreSQL refuses one or the other.
    """
    twice: set[str] = set()
    run = [(found, _made(index, found)) for found in founds if not _is_loose(found)]
    for found in founds:
        if not _is_loose(found) or not run or _applied_by_sqlx(index, found):
            continue
        texts = [index.read(file.path) for file in found.files]
        made = names_in(_MADE_ANEW, texts) - names_in(_DROPPED, texts)
        for other, tables in run:
            same = sorted(name.decode("utf-8", "replace") for name in made & tables)
            if len(same) >= _SHORT and len(found.files) <= len(other.files):
                reason = (
                    f"is one of {len(found.files)} files of {found.folder or 'the root'} that create again what "
                    f"migrations in {other.folder} create ({listed(same, _FEW_FOLDERS)}), which one database refuses: "
                    "not read; name both in tripoint.toml if they are two databases"
                )
                problems.append(problem(found.files[0].path, reason))
                twice.add(found.folder)
                break
    return twice


def _applied_by_sqlx(index: FileIndex, found: Found) -> bool:
    manifest = f"{found.folder.rpartition('/')[0]}/Cargo.toml".lstrip("/")
    return manifest in index.all and b"sqlx" in index.read(manifest)


def _is_loose(found: Found) -> bool:
    """Whether no known runner applies a history: its files are told by their names alone."""
    return found.layout == "numbered" or (bool(found.files) and {f.layout for f in found.files} == {"up-and-down"})


def _made(index: FileIndex, found: Found) -> set[bytes]:
    return names_in(_making(found), [index.read(file.path) for file in found.files])


def _histories(
    index: FileIndex, founds: list[Found], problems: list[Remark]
) -> tuple[tuple[MigrationFile, ...], tuple[str, ...]]:
    """Return one order for the migrations of one database, which several runners may have written.

    With it come the folders whose order among each other is a guess.
    """
    founds = _without_drafts(index, _without_copies(index, founds, problems), problems)
    if len(founds) == 1:
        return founds[0].files, ()
    # An ORM's runner makes the tables that the platform's migrations then guard with policies, and the largest history
    # is the one that others lean on. Files that no known runner applies come after the history that makes more.
    platform = max((len(_made(index, found)) for found in founds if found.layout == "supabase"), default=0)

    def place(found: Found) -> tuple[int, int, str]:
        after = found.layout == "numbered" and len(_made(index, found)) < platform
        return 2 if after else 1 if found.layout == "supabase" else 0, -len(found.files), found.folder

    ordered = sorted(founds, key=place)
    files = tuple(file for found in ordered for file in found.files)
    by_time = all(file.version is not None and _TIMESTAMP.match(file.version) for file in files)
    if by_time:
        files = tuple(sorted(files, key=lambda file: (file.version or "", file.path)))
    names = ", ".join(found.folder for found in ordered)
    order = "by their timestamps" if by_time else "in this order"
    problems.append(
        problem(
            ordered[-1].files[0].path,
            f"belongs to one of {len(founds)} histories of migrations for one folder of code ({names}): they are taken "
            f"for one database and read {order}; name them in tripoint.toml if they are several databases",
        )
    )
    return files, () if by_time else tuple(found.folder for found in ordered)


def _is_supabase(
    index: FileIndex, root: str, alone: bool, beside: bool, files: tuple[MigrationFile, ...]
) -> tuple[bool, bool]:
    """Return whether a database is Supabase's by what its SQL names, or by the clients that its code depends on, and
    whether that is in doubt.

    It is, since the code depends on a driver of PostgreSQL as well, or since the clients may ask another database of
    the project (`beside`). SQL that names no more than the platform's roles does not make it Supabase's where nothing
    else of the project speaks of it, and the code of its folder depends on a driver.

    Of several databases in a project, each is judged by the manifests in its own folder.
    """
    texts = [index.read(file.path) for file in files]
    played = any(_PLAYED.search(text) for text in texts)
    names, roles = (
        not played and any(told.search(text) and told.search(_COMMENT.sub(b" ", text)) for text in texts)
        for told in (_PLATFORM_TEXT, _ROLE_TEXT)
    )
    if names:
        return True, False
    prefix = f"{root}/" if root and not alone else ""
    manifests = {
        path: b"\n" + index.head(path)
        for name in CLIENT_MANIFESTS
        for path in index.by_name.get(name, ())
        if test_folder(path) is None
    }
    own = [manifest for path, manifest in manifests.items() if path.startswith(prefix)]
    driver = any(name in manifest for manifest in own for name in _DRIVERS) and not _connects(index, prefix)
    if roles:
        asked = any(name in manifest for manifest in manifests.values() for name in CLIENTS) or _speaks_of_it(index)
        return asked or not driver, not asked and driver
    by_client = any(name in manifest for manifest in own for name in CLIENTS)
    return by_client, by_client and (beside or driver)


def _speaks_of_it(index: FileIndex) -> bool:
    """Return whether the settings of an environment, or a file of SQL or code by its name, speak of Supabase."""
    names = ((path, path.rpartition("/")[2]) for path in index.paths)
    return any(
        b"SUPABASE" in index.head(path)
        if name.startswith(".env")
        else "supabase" in name.lower() and not name.lower().endswith(_TEXTS)
        for path, name in names
    )


def _connects(index: FileIndex, prefix: str) -> bool:
    """Return whether the settings of an environment connect to a database of Supabase's."""
    own = (path for path in index.paths if path.startswith(prefix) and path.rpartition("/")[2].startswith(".env"))
    return any(_CONNECTED.search(index.head(path)) for path in own)


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
