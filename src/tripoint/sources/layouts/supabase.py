"""Supabase: `supabase/migrations` in the order of its command line, and what `supabase/config.toml` says."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from tripoint.model.catalog import Bucket
from tripoint.model.evidence import AuthHook, MigrationFile, Settings
from tripoint.model.glob import Globs
from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.model.text import legible
from tripoint.model.toml import read_toml
from tripoint.model.words import counted
from tripoint.sources.layouts.folders import DEFINES, stands_aside
from tripoint.sources.layouts.index import FileIndex, carried_by, parent_of
from tripoint.sources.layouts.kinds import is_sql, test_folder
from tripoint.sources.layouts.plain import needed_first, with_parts
from tripoint.sources.layouts.records import Found, Remark, problem

__all__ = ["edge_functions", "find_supabase"]

_VERSION = regex(r"^([0-9]+)_(.*)\.sql$")
_STAMPED = regex(r"^((?:19|20)[0-9]{6}(?:[0-9]{4}|[0-9]{6})?)(?:[-.][^/]*)?\.sql$")
"""A name that begins with a time and that the command line skips all the same; builders of applications apply it."""
_WAY_BACK = regex(r"^(.+)[._-](?:down|rollback|undo|revert)\.sql$", re.I)
_CREATED = regex(rb"\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:\"?public\"?\.)?\"?(\w+)", re.I)
_CHANGED = regex(rb"\bALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?(?:\"?public\"?\.)?\"?(\w+)", re.I)
_OLD_INIT = regex(r"^([0-9]{14})_init\.sql$")
_REFERENCE = regex(r"^[a-z]{20}$")
"""What the platform calls a project; the command line takes any name for one that runs on the same machine."""
_FUNCTION = regex(r"(?:^|/)supabase/functions/([^_./][^/]*)/index\.(?:ts|tsx|js|mjs|jsx)$")
_HOOK = regex(r"^pg-functions://[^/]+/(\w+)/(\w+)$")
"""https://supabase.com/docs/guides/auth/auth-hooks: the database (which nobody reads), the schema, the function."""


class _Config(Struct):
    settings: Settings = field(default_factory=Settings)
    buckets: list[Bucket] = field(default_factory=list)
    schema_paths: list[str] = field(default_factory=list)
    seed_paths: list[str] = field(default_factory=lambda: ["./seed.sql"])
    problems: list[Remark] = field(default_factory=list)
    hosted_as: str | None = None
    entered: set[str] = field(default_factory=set)
    """The edge functions whose entry point it names."""


def find_supabase(index: FileIndex, taken: frozenset[str]) -> list[Found]:
    """Return every Supabase project: a folder `supabase` with a configuration, migrations or declarative schemas.

    It goes before every other layout, so that nothing of it is `taken`.
    """
    folders: set[str] = set()
    for path in index.paths:
        folder, _, name = path.rpartition("/")
        if name == "config.toml" and folder.rpartition("/")[2] == "supabase":
            folders.add(folder)
        elif is_sql(path):
            parts = path.split("/")
            for at, part in enumerate(parts[:-2]):
                if part == "supabase" and parts[at + 1] in ("migrations", "schemas"):
                    folders.add("/".join(parts[: at + 1]))
    founds: list[Found] = []
    for folder in sorted(folders):
        project = _project(index, folder)
        if f"{folder}/supabase" in folders:  # files went into the package beside the project that it holds
            project = replace(project, root=carried_by(index, folder))
        founds += (project, *_nested(index, folder))
    return founds


def _nested(index: FileIndex, folder: str) -> list[Found]:
    """Return the histories in folders of their own inside `supabase`, as of a second schema or a second project."""
    founds: list[Found] = []
    for inner in sorted({parent_of(path) for path in index.below(folder) if is_sql(path)}):
        between = inner[len(folder) + 1 :].split("/")
        if len(between) < 2 or between[-1] != "migrations" or stands_aside("/".join(between)):
            continue
        if (
            between[0] in ("supabase", "migrations", "functions", "tests", "schemas")
            or test_folder(f"{inner}/") is not None
        ):
            continue
        names = ((path, _VERSION.match(path.rpartition("/")[2])) for path in index.by_folder.get(inner, []))
        files = tuple(MigrationFile(path, match.group(1), "supabase") for path, match in names if match)
        if files:
            root = carried_by(index, parent_of(folder))
            founds.append(Found("supabase", inner, root, files, platform="supabase"))
    return founds


def _project(index: FileIndex, folder: str) -> Found:
    below = index.below(folder)
    config = _read_config(index, folder)
    migrations_folder = f"{folder}/migrations"
    problems = list(config.problems)
    files, ignored = _migrations(index, migrations_folder, below, problems)
    declarative = _declarative(folder, below, config, problems)
    if declarative and not files and f"{folder}/config.toml" not in index.all:
        # The command line has never been here: someone runs them by hand, in an order that nothing tells.
        declarative = tuple(needed_first({path: index.read(path) for path in declarative}))
        files = [MigrationFile(path, None, "schema") for path in declarative]
    unnumbered = () if files or declarative else _unnumbered(index, migrations_folder, problems)
    declarative = declarative or unnumbered
    for path in ignored if not unnumbered else ():
        problems.append(problem(path, "is not applied by the Supabase CLI: the name is not <version>_<name>.sql"))
    if f"{folder}/roles.sql" in index.all:
        files.insert(0, MigrationFile(f"{folder}/roles.sql", None, "supabase"))
    seeds = tuple(path for path in _globbed(folder, below, config.seed_paths) if is_sql(path))
    tests = tuple(path for path in below if is_sql(path) and path.startswith(f"{folder}/tests/"))
    has_migrations = any(file.version is not None for file in files)
    # Where the command line has nothing to apply, a schema file that someone runs by hand defines.
    explained = below if has_migrations or declarative else (*ignored, *seeds, *tests)
    if has_migrations or unnumbered:
        said = {*(file.path for file in files), *declarative, *ignored, *seeds, *tests}
        problems += _aside(index, folder, [path for path in below if path not in said])
    return Found(
        layout="supabase",
        folder=migrations_folder,
        root=carried_by(index, parent_of(folder)),
        files=tuple(files),
        definition="migrations" if has_migrations else "declarative" if declarative else "none",
        platform="supabase",
        explained=frozenset(path for path in explained if is_sql(path)),
        declarative=declarative,
        seeds=seeds,
        tests=tests,
        settings=_with_functions(index, folder, below, config.settings, config.entered),
        buckets=tuple(config.buckets),
        problems=tuple(problems),
        hosted_as=config.hosted_as,
    )


def _aside(index: FileIndex, folder: str, paths: list[str]) -> list[Remark]:
    """Return what is to be said of SQL beside the migrations that defines something, and that no command applies."""
    beside = (path for path in paths if is_sql(path) and "/migrations/" not in path and not stands_aside(path))
    found = [path for path in beside if DEFINES.search(legible(index.head(path)))]
    if not found:
        return []
    one = f"is one of {len(found)} files below {folder} that hold" if len(found) > 1 else "holds"
    what = "they are" if len(found) > 1 else "it is"
    return [problem(found[0], f"{one} DDL that the Supabase CLI does not apply: {what} no part of the schema")]


def _migrations(
    index: FileIndex, folder: str, below: list[str], problems: list[Remark]
) -> tuple[list[MigrationFile], list[str]]:
    """Return the files that count as migrations, in order, and those beside them that do not."""
    files: list[MigrationFile] = []
    ignored: list[str] = []
    stamped: list[str] = []
    nested = [path for path in below if path.startswith(f"{folder}/") and is_sql(path) and parent_of(path) != folder]
    # The runner reads the folder in the order of the names' bytes, and takes no notice of folders inside it.
    for at, path in enumerate(index.by_folder.get(folder, [])):
        name = path.rpartition("/")[2]
        match = _VERSION.match(name)
        old = _OLD_INIT.match(name)
        if (forward := _goes_back_on(index, path)) is not None:
            reason = (
                f"is by its name the way back of {forward}: not read, though the Supabase CLI runs whatever stands here"
            )
            problems.append(problem(path, reason))
            continue
        if at == 0 and old and old.group(1) < "20211209000000":
            problems.append(problem(path, "is an initial migration of an old format, which the Supabase CLI skips"))
        elif match and not match.group(2).endswith(".down"):
            files.append(MigrationFile(path, match.group(1), "supabase"))
        elif match:
            files.append(MigrationFile(path, match.group(1), "supabase"))
            problems.append(
                problem(path, "looks like a down migration, but the Supabase CLI applies every <version>_<name>.sql")
            )
        elif stamp := _STAMPED.match(name):
            files.append(MigrationFile(path, stamp.group(1), "supabase"))
            stamped.append(path)
        elif is_sql(path):
            ignored.append(path)
    if stamped:
        more = f" and {len(stamped) - 1} more" if len(stamped) > 1 else ""
        reason = (
            f"is not named <version>_<name>.sql{more}, so the Supabase CLI skips it: it is read all the same, since "
            "its name begins with a time, as other tools write them"
        )
        problems.append(problem(stamped[0], reason))
    if nested:
        more = f", and {len(nested) - 1} more below {folder}" if len(nested) > 1 else ""
        problems.append(problem(nested[0], f"is not applied by the Supabase CLI: it stands in a subfolder{more}"))
    return files, ignored


def _goes_back_on(index: FileIndex, path: str) -> str | None:
    """Return the migration beside a file that its name says it undoes. Both have one version, which the command line
    takes once: where such pairs stand, someone applies the files by hand, and the second on a bad day alone."""
    match = _WAY_BACK.match(path)
    forward = (
        next((one for one in (f"{match[1]}.sql", f"{match[1]}.up.sql") if one in index.all), None) if match else None
    )
    return None if forward is None else forward.rpartition("/")[2]


def _unnumbered(index: FileIndex, folder: str, problems: list[Remark]) -> tuple[str, ...]:
    """Return the SQL of a folder of migrations none of which has a version: someone applies it by hand.

    What creates a table goes before what needs it; else the names' order holds. A schema file above the folder is read
    with them where it makes a table that they change and that none of them makes, and so are its parts beside it.
    """
    texts = {path: index.read(path) for path in index.by_folder.get(folder, []) if is_sql(path)}
    schema = _begun_by(index, parent_of(folder), texts.values())
    begun = with_parts(index, schema, frozenset()) if schema is not None else []
    texts = {**{path: index.read(path) for path in begun}, **texts}
    if not any(_CREATED.search(text) for text in texts.values()):
        return ()
    ordered = needed_first(texts)
    beside = f" and {counted(len(begun) - 1, 'file')} beside it" if len(begun) > 1 else ""
    reason = (
        f"is not named <version>_<name>.sql, nor is another file of {folder}, so the Supabase CLI applies none: they "
        "are read together as the schema, what creates a table before what needs it"
        f"{f', with {schema}{beside}' if schema is not None else ''}"
    )
    problems.append(problem(next(path for path in ordered if path not in begun), reason))
    return tuple(ordered)


def _begun_by(index: FileIndex, folder: str, texts: Collection[bytes]) -> str | None:
    """Return the schema file of a folder that the SQL of `texts` starts from."""
    made = {name.lower() for text in texts for name in _CREATED.findall(text)}
    changed = {name.lower() for text in texts for name in _CHANGED.findall(text)} - made
    for name in ("schema.sql", "init.sql", "setup.sql", "database.sql"):
        path = f"{folder}/{name}"
        if path in index.all and changed & {name.lower() for name in _CREATED.findall(index.read(path))}:
            return path
    return None


def _declarative(folder: str, below: list[str], config: _Config, problems: list[Remark]) -> tuple[str, ...]:
    if not config.schema_paths:
        return tuple(path for path in below if is_sql(path) and path.startswith(f"{folder}/schemas/"))
    paths = _globbed(folder, below, config.schema_paths)
    config_path = f"{folder}/config.toml"
    for glob in config.schema_paths:
        if not _globbed(folder, below, [glob]):
            reason = f"has an entry in db.migrations.schema_paths that matches no file: {glob}"
            problems.append(problem(config_path, reason, "unresolved"))
    return tuple(path for path in paths if is_sql(path))


def _globbed(folder: str, below: list[str], globs: list[str]) -> list[str]:
    """Return the files that match, in the order of the globs and of the names within one, each once."""
    found: dict[str, None] = {}
    known = set(below)
    for glob in globs:
        plain = posixpath.normpath(f"{folder}/{glob}")
        if plain in known:
            found[plain] = None
            continue
        pattern = Globs([plain])
        found.update(dict.fromkeys(path for path in below if pattern.matches(path)))
    return list(found)


def edge_functions(index: FileIndex) -> set[str]:
    """Return the names of all edge functions that have a folder."""
    return {found[1] for path in index.paths if (found := _FUNCTION.search(path)) is not None}


def _with_functions(
    index: FileIndex, folder: str, below: list[str], settings: Settings, elsewhere: set[str]
) -> Settings:
    """Return the settings with the names of the edge functions; `elsewhere` have an entry point of their own."""
    named = set(settings.edge_functions)
    own = named or any(path.startswith(f"{folder}/functions/") and _FUNCTION.search(path) for path in below)
    names = edge_functions(index) if own else set()  # a project that deploys from several folders keeps them in each
    # What the configuration names without saying where it stands has its folder, unless none of them is kept here.
    names |= elsewhere if names else named
    return replace(settings, edge_functions=tuple(sorted(names)))


def _read_config(index: FileIndex, folder: str) -> _Config:
    path = f"{folder}/config.toml"
    config = _Config()
    if path not in index.all:
        return config
    data = index.read(path)
    try:
        document = read_toml(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        reason = str(error) or "nested too deeply"
        config.problems.append(
            problem(path, f"is no valid TOML ({reason}), so the platform's defaults are assumed", "unparsed")
        )
        return config
    reference = document.get("project_id")
    config.hosted_as = reference if isinstance(reference, str) and _REFERENCE.match(reference) else None
    api = _table(document, "api")
    defaults = Settings()
    expose = api.get("auto_expose_new_tables")
    config.settings = Settings(
        # The command line puts these in front where the file leaves them out.
        exposed_schemas=_unique(("public", "graphql_public"), _names(api, "schemas")),
        auto_expose_new_tables=expose if isinstance(expose, bool) else None,
        extra_search_path=_unique(("public",), _names(api, "extra_search_path"))
        if "extra_search_path" in api
        else defaults.extra_search_path,
        edge_functions=tuple(sorted(_table(document, "functions"))),
        auth_hooks=tuple(_hooks(document, data, path)),
        place=_section(data, path, b"api") if api else Place(path, 0, 0),
    )
    functions = _table(document, "functions")
    config.entered = {name for name in functions if "entrypoint" in _table(functions, name)}
    database = _table(document, "db")
    config.schema_paths = list(_names(_table(database, "migrations"), "schema_paths"))
    seed = _table(database, "seed")
    if "sql_paths" in seed:
        config.seed_paths = list(_names(seed, "sql_paths"))
    for name, bucket in _table(_table(document, "storage"), "buckets").items():
        public = isinstance(bucket, dict) and bucket.get("public") is True
        place = _section(data, path, b"storage.buckets." + name.encode("utf-8"))
        config.buckets.append(Bucket(name, public, place))
    return config


def _hooks(document: dict[str, Any], data: bytes, path: str) -> Iterator[AuthHook]:
    """Yield the hooks of accounts that are switched on and are functions of the database."""
    for point, hook in sorted(_table(_table(document, "auth"), "hook").items()):
        uri = hook.get("uri") if isinstance(hook, dict) and hook.get("enabled") is True else None
        found = _HOOK.match(uri) if isinstance(uri, str) else None
        if found is not None:
            yield AuthHook(point, Name(found[1], found[2]), _section(data, path, f"auth.hook.{point}".encode()))


def _table(document: dict[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _names(table: dict[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _unique(required: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*required, *names)))


def _section(data: bytes, path: str, name: bytes) -> Place:
    """Return where a table's header stands, quotes in it aside; the file's start if it is not found."""
    parts = rb"\s*\.\s*".join(rb"[\"']?" + re.escape(part) + rb"[\"']?" for part in name.split(b".", 2))
    found = re.search(rb"^[ \t]*(\[\s*" + parts + rb"\s*\])", data, re.MULTILINE)
    return Place(path, found.start(1), found.end(1)) if found else Place(path, 0, 0)
