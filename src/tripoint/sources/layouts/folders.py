"""Runners that take a folder of numbered SQL files: told apart by the marks inside and by the files' names."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.evidence import MigrationFile
from tripoint.model.regex import regex
from tripoint.model.words import as_are
from tripoint.sources.layouts.flyway import flyway_schema
from tripoint.sources.layouts.index import FileIndex, parent_of, project_root
from tripoint.sources.layouts.plans import not_postgresql
from tripoint.sources.layouts.records import Found, Remark, problem

__all__ = ["DEFINES", "files_of", "find_folders", "is_way_back", "stands_aside", "undoes"]

DEFINES = regex(
    rb"(?:^|;)[ \t]*(?:CREATE|ALTER|DROP)\s+(?:OR\s+REPLACE\s+)?(?:UNLOGGED\s+|TEMP(?:ORARY)?\s+|MATERIALIZED\s+)?"
    rb"(?:TABLE|VIEW|TYPE|SCHEMA|FUNCTION|EXTENSION|INDEX|POLICY|DOMAIN|SEQUENCE|TRIGGER|PUBLICATION)\b",
    re.IGNORECASE | re.MULTILINE,
)
"""What makes SQL text DDL, at a glance: where a statement begins, and not in what is said or asked of one."""

_ASIDE = """
    archive archived _archive archives backup backups _backup old _old deprecated obsolete disabled legacy_migrations
    future future_migrations future-migrations pending_migrations
    seed seeds seeders seeding rollback rollbacks revert down undo verify validate validation queries query snippets
    scratch drafts wip examples_only fixtures dumps manual ops adhoc ad-hoc reports analytics_queries
    """
_NO_MIGRATIONS = frozenset(_ASIDE.split())
"""Folders whose SQL is no migration, whatever the files are called."""
_PUT_AWAY = frozenset(
    ["archive", "archived", "archives", "old", "backup", "backups", "deprecated", "discarded", "obsolete"]
)

_MIGRATION_FOLDERS = regex(
    r"migrat|^(?:deltas?|updates?|upgrades?|changes|changesets?|patches|evolutions|versions)$", re.I
)
_DOWN = regex(r"(?:[._-](?:down|rollback|undo|revert))\.(?:pg|p)?sql$|^(?:down|rollback|undo|revert)[._-]", re.I)
_DOWN_FOLDERS = frozenset({"down", "rollback", "rollbacks", "undo", "revert"})
_NUMBERED = regex(
    r"^((?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](?![0-9])|[0-9]{2,}[a-z](?=[_.\- ])"
    r"|[0-9]+(?:(?:\.[0-9]+)+(?:[_-][0-9]+(?![0-9a-z]))?)?)"
    r"(?:[_.\- ].*)?\.(?:sql|pgsql|psql|ddl)$",
    re.I,
)
"""A number, a day, or a release and the number of a step in it: `3.00.01_02_add_users.sql`; a letter puts one between
two of them (`06b_grants.sql`)."""
_PARTS_OF_A_NUMBER = regex(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|[0-9]+|[a-z]", re.I)
"""Its numbers; what follows a date in one run of digits is a time, or counts within that day."""
_DASHED_DAY = regex(r"^((?:19|20)[0-9]{2})-([0-9]{2})-([0-9]{2})$")
_STEP = regex(r"^[0-9]+(?:[_.\- ].*)?\.\w+$")
"""A numbered file of any language."""
_UP = regex(r"^[vV]?([0-9]+)[_.-]?.*\.up\.(?:sql|pgsql)$", re.I)
_NO_TRANSACTION = regex(
    rb"^\s*--[^\n]*\b(?:no[-_ ]?transaction|disable[-_ ](?:tx|transaction)|transaction:[ \t]*false)\b", re.I
)
"""How runners of plain files (sqlx, postgres-migrations, …) are told to begin no transaction: in line one."""
_VERSION_FOLDER = regex(r"^v?[0-9]+(?:[._][0-9]+)*$", re.I)
"""A folder of one release's migrations: `0.21`, `v1_2`, `2024`."""
_MADE = regex(rb"\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?([\w.\"]+)", re.I)
_UP_FILE = regex(r"^[0-9][0-9-]*_.*/up\.sql$")


class _Runner(Struct, frozen=True):
    """A runner: the mark in its files, and how it orders them."""

    name: str
    mark: re.Pattern[bytes]
    numeric: bool
    """Whether it compares versions as numbers; else names as text."""
    no_transaction: re.Pattern[bytes] | None = None
    whole: re.Pattern[str] | None = None
    """The names of files that it applies whole where they have no mark."""


_RUNNERS = (
    _Runner(
        "goose",
        regex(rb"^[ \t]*--[ \t]*\+goose[ \t]+Up\b", re.I | re.M),
        True,
        regex(rb"\+goose[ \t]+NO[ \t]+TRANSACTION", re.I),
    ),
    _Runner(
        "sql-migrate",
        regex(rb"^[ \t]*--[ \t]*\+migrate[ \t]+Up\b", re.I | re.M),
        False,
        regex(rb"\+migrate[ \t]+Up[ \t]+notransaction", re.I),
    ),
    _Runner(
        "dbmate",
        regex(rb"^--[ \t]*migrate:up\b", re.M),
        False,
        regex(rb"^--[ \t]*migrate:up[^\n]*transaction:[ \t]*false", re.M),
    ),
    _Runner(
        "tern",
        regex(rb"^---- create above / drop below ----", re.M),
        True,
        regex(rb"^----[ \t]*tern:[ \t]*disable-tx", re.M),
        regex(r"[0-9]+_[^/]+\.sql"),
    ),
    _Runner("play-evolutions", regex(rb"^(?:#|--)[ \t]*(?:---)?[ \t]*!Ups\b", re.M), True),
    _Runner("node-pg-migrate", regex(rb"^[ \t]*--[ \t-]*up[ \t]+migration\b", re.I | re.M), False),
)


@lru_cache(maxsize=4096)
def stands_aside(folder: str) -> bool:
    """Whether the SQL in a folder is no migration, whatever the files are called: `rollback`, `archive_old`."""
    return any(
        part in _NO_MIGRATIONS or not _PUT_AWAY.isdisjoint(re.split(r"[_.\- ]", part))
        for part in folder.lower().split("/")
    )


def is_way_back(path: str) -> bool:
    """Whether a file's name says that it undoes a migration."""
    return _DOWN.search(_name(path)) is not None


def undoes(path: str) -> bool:
    """Whether a file undoes a migration, by its own name or its folder's."""
    return is_way_back(path) or not _DOWN_FOLDERS.isdisjoint(path.lower().split("/")[:-1])


def find_folders(index: FileIndex, taken: frozenset[str]) -> list[Found]:
    """Return every folder of migrations that one of the marked or numbered runners applies."""
    founds, of_releases = _releases(index, taken)
    for folder, all_paths in sorted(index.sql_folders.items()):
        paths = [path for path in all_paths if path not in taken and path not in of_releases]
        if not paths or stands_aside(folder):
            continue
        paths, foreign = _by_suffix(paths)
        for find in (_marked, _up_and_down, _numbered):
            found = find(index, folder, paths)
            if found is not None:
                problems = (*found.problems, *_for_others(foreign))
                founds.append(replace(found, explained=found.explained.union(foreign), problems=problems))
                break
    return _with_flat(founds, _up_folders(index, taken))


def _with_flat(founds: list[Found], folders: list[Found]) -> list[Found]:
    """Return all, with the flat `.up.sql` files that Hasura once wrote in one history with the folders beside them."""
    for at, found in enumerate(folders):
        flat = next((one for one in founds if one.folder == found.folder and one.layout == "golang-migrate"), None)
        if flat is not None and found.layout == "hasura":
            files = (*found.files, *(replace(file, layout="hasura") for file in flat.files))
            ordered = tuple(sorted(files, key=lambda file: (int(f"0{file.version or ''}"[:30]), file.path)))
            explained = found.explained | flat.explained
            folders[at] = replace(found, files=ordered, explained=explained, problems=found.problems + flat.problems)
            founds.remove(flat)
    return founds + folders


def _by_suffix(paths: list[str]) -> tuple[list[str], list[str]]:
    """Return the files of one folder without those that their names say are another system's, and these.

    `05_step.sqlite.sql` stands beside `05_step.postgres.sql`, or `05_step.sql` does, which then is not PostgreSQL's;
    where all are of another system, none is told apart.
    """
    counterparts = {_OURS.sub(r"\1.sql", path) for path in paths if _OURS.search(path)}
    foreign = [path for path in paths if _OTHERS.search(_name(path)) or path in counterparts]
    if not foreign or len(foreign) == len(paths):
        return paths, []
    return [path for path in paths if path not in foreign], foreign


def _for_others(paths: list[str]) -> list[Remark]:
    if not paths:
        return []
    said = f"is written for another database system by its name{as_are(len(paths) - 1)} beside it: not read"
    return [problem(paths[0], said)]


_OURS = regex(r"\.(?:postgres(?:ql)?|pgsql|psql|pg)(\.up|\.down)?\.sql$", re.I)
_OTHERS = regex(r"\.(?:sqlite3?|mysql|mariadb|mssql|oracle|clickhouse)(?:\.up|\.down)?\.sql$", re.I)


def _releases(index: FileIndex, taken: frozenset[str]) -> tuple[list[Found], frozenset[str]]:
    """Return the histories that have a folder for each release, and the files that they explain.

    The releases are one history, in their order. Where a file beside them creates tables that none of them does, it is
    what a new database begins with, and they bring an older one up to it.
    """
    groups: dict[str, list[str]] = {}
    for folder in index.sql_folders:
        if _VERSION_FOLDER.match(folder.rpartition("/")[2]):
            groups.setdefault(parent_of(folder), []).append(folder)
    founds: list[Found] = []
    for above, folders in sorted(groups.items()):
        named = any(_MIGRATION_FOLDERS.search(part) for part in above.split("/")[-2:])
        paths = [path for folder in sorted(folders, key=_release) for path in index.sql_folders[folder]]
        ups = [path for path in paths if not _DOWN.search(_name(path))]
        aside = stands_aside(above)
        marked = any(_UP.match(_name(p)) or any(r.mark.search(index.head(p)) for r in _RUNNERS) for p in paths)
        if len(folders) < 2 or not named or aside or marked or not taken.isdisjoint(paths):
            continue
        if not all(_NUMBERED.match(_name(path)) for path in ups):
            continue
        founds.append(_release_history(index, above, paths, ups))
    return founds, frozenset(path for found in founds for path in found.explained)


def _release(folder: str) -> tuple[int, ...]:
    return tuple(int(part[:18]) for part in re.findall(r"[0-9]+", folder.rpartition("/")[2]))


def _release_history(index: FileIndex, above: str, paths: list[str], ups: list[str]) -> Found:
    root = project_root(index, above)
    beside = [path for path in index.sql_folders.get(above, ()) if _MADE.search(index.read(path))]
    foreign = not_postgresql(index, "numbered", above, root, ups, (*paths, *beside))
    if foreign is not None:
        return foreign
    ordered = sorted(ups, key=lambda path: (_release(parent_of(path)), _step(path)))
    made = {name.lower() for path in ordered for name in _MADE.findall(index.read(path))}
    if len(beside) == 1 and not {name.lower() for name in _MADE.findall(index.read(beside[0]))} <= made:
        said = problem(
            ordered[0],
            f"one of {len(ordered)} migrations that bring an older database up to {beside[0]}, which creates what "
            "they do not: that file is taken for the schema, and they are not read",
        )
        explained = frozenset((*paths, *beside))
        schema = MigrationFile(beside[0], None, "schema")
        return Found("schema", above, root, (schema,), "declarative", explained=explained, problems=(said,))
    files = tuple(
        MigrationFile(path, _step(path)[1], "numbered", not _NO_TRANSACTION.match(index.head(path))) for path in ordered
    )
    return Found("numbered", above, root, files, explained=frozenset(paths))


def files_of(index: FileIndex, folder: str, layout: str, paths: list[str]) -> Found:
    """Return a folder as the settings describe it, where no runner was recognised: numbered files, or all by name."""
    numbered = [path for path in paths if _NUMBERED.match(_name(path)) and not _DOWN.search(_name(path))]
    chosen = numbered or [path for path in paths if not _DOWN.search(_name(path))]
    files = tuple(MigrationFile(path, _step(path)[1], layout) for path in sorted(chosen, key=_step))
    return Found(layout, folder, project_root(index, folder), files, explained=frozenset(paths))


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _number(path: str) -> int:
    version = _version(path)
    return int(version[:30]) if version is not None else -1


def _step(path: str) -> tuple[tuple[int, ...], str | None, str]:
    """Return what puts a numbered file in its place, its version, and its path."""
    match = _NUMBERED.match(_name(path))
    if match is None:
        return (), None, path
    parts = _PARTS_OF_A_NUMBER.findall(_DASHED_DAY.sub(r"\1\2\3", match.group(1).lower()))
    return tuple(int(part[:30]) if part.isdecimal() else ord(part) for part in parts), match.group(1), path


def _version(path: str) -> str | None:
    match = re.match(r"[vV]?([0-9]+)", _name(path))
    return match.group(1) if match else None


def _folder_version(path: str) -> str:
    """Return the version of a migration that is a folder: `2024-01-31-120000_name` is 20240131120000."""
    return parent_of(path).rpartition("/")[2].partition("_")[0].replace("-", "")


_FEW = 3


def _rest(paths: list[str], applied: list[str], runner: str) -> list[Remark]:
    """Say what of a folder its runner does not apply, many files at once; down scripts need no word."""
    rest = [path for path in paths if path not in set(applied) and not _DOWN.search(_name(path))]
    more = f", nor are {len(rest) - 1} more beside it" if len(rest) > _FEW else ""
    reason = f"stands among migrations, but is none by the naming of {runner}{more}: not read"
    return [problem(path, reason) for path in (rest[:1] if more else rest)]


def _marked(index: FileIndex, folder: str, paths: list[str]) -> Found | None:
    for runner in _RUNNERS:
        marked = [path for path in paths if runner.mark.search(index.head(path))]
        if not marked or 2 * len(marked) < len(paths):
            continue
        root = project_root(index, folder)
        foreign = not_postgresql(index, runner.name, folder, root, marked, paths)
        if foreign is not None:
            return foreign
        key: Callable[[str], tuple[int, str]] = (
            (lambda path: (_number(path), path)) if runner.numeric else lambda path: (0, path)
        )
        taken = [path for path in paths if path in marked or (runner.whole and runner.whole.fullmatch(_name(path)))]
        files = [
            MigrationFile(
                path,
                _version(path),
                runner.name,
                not (runner.no_transaction and runner.no_transaction.search(index.head(path))),
            )
            for path in sorted((path for path in taken if _version(path) is not None), key=key)
        ]
        applied = [file.path for file in files]
        problems = tuple(_rest(paths, applied, runner.name))
        return Found(runner.name, folder, root, tuple(files), explained=frozenset(paths), problems=problems)
    return None


def _up_and_down(index: FileIndex, folder: str, paths: list[str]) -> Found | None:
    ups = [path for path in paths if _UP.match(_name(path))]
    plain = [path for path in paths if _NUMBERED.match(_name(path)) and not (is_way_back(path) or path in ups)]
    if not ups or len(plain) > 3 * len(ups):
        return None  # the most are no pairs of up and down, so it is no runner of those that applies them
    root = project_root(index, folder)
    if plain and not any(is_way_back(path) for path in paths):
        # No file undoes another: the application's own runner takes them all by their numbers.
        foreign = not_postgresql(index, "numbered", folder, root, [*ups, *plain], paths)
        ordered = sorted((*ups, *plain), key=lambda path: (_number(path), path))
        every = tuple(
            MigrationFile(path, _version(path), "numbered", not _NO_TRANSACTION.match(index.head(path)))
            for path in ordered
        )
        rest = tuple(_rest(paths, ordered, "the numbered files around it"))
        return foreign or Found("numbered", folder, root, every, explained=frozenset(paths), problems=rest)
    foreign = not_postgresql(index, "golang-migrate", folder, root, ups, paths)
    if foreign is not None:
        return foreign
    layout = "hasura" if _is_hasuras(index, folder) else "golang-migrate" if _is_asked_for(index) else "up-and-down"
    files = tuple(
        MigrationFile(path, _version(path), layout, not _NO_TRANSACTION.match(index.head(path)))
        for path in sorted(ups, key=lambda path: (_number(path), path))
    )
    problems = tuple(_rest(paths, ups, "golang-migrate"))
    return Found("golang-migrate", folder, root, files, explained=frozenset(paths), problems=problems)


_RUNS_UP_FILES = regex(
    rb"golang-migrate|\bmigrate/migrate\b|\bsqlx\b|\buptrace/bun\b|\bmigrate\s+-(?:path|source|database|verbose|help)\b"
)
_ASKING = """
    go.mod Cargo.toml package.json Makefile makefile GNUmakefile justfile Justfile Taskfile.yml Taskfile.yaml Dockerfile
    docker-compose.yml docker-compose.yaml compose.yml compose.yaml README.md CONTRIBUTING.md
    """


_OF_HASURA = regex(rb"^(?:metadata_directory|migrations_directory|api_paths)[ \t]*:", re.M)


def _is_hasuras(index: FileIndex, folder: str) -> bool:
    """Whether a folder is a project of Hasura's `migrations`, or that of one of its databases."""
    above = (folder, parent_of(folder))
    files = (f"{parent_of(one)}/config.yaml".lstrip("/") for one in above if _name(one) == "migrations")
    return any(path in index.all and _OF_HASURA.search(index.head(path)) is not None for path in files)


def _is_asked_for(index: FileIndex) -> bool:
    """Whether the project speaks of a runner of pairs of up and down files: an application may apply its own."""
    return any(
        _RUNS_UP_FILES.search(index.read(path)) for name in _ASKING.split() for path in index.by_name.get(name, ())
    )


def _numbered(index: FileIndex, folder: str, paths: list[str]) -> Found | None:
    numbered = [path for path in paths if _NUMBERED.match(_name(path)) and not _DOWN.search(_name(path))]
    named = any(_MIGRATION_FOLDERS.search(part) for part in folder.split("/")[-2:])
    if not numbered or (not named and 2 * len(numbered) < len(paths)) or (not named and len(numbered) < 2):
        return None
    if not any(DEFINES.search(index.head(path)) for path in numbered):
        return None
    if not named and 2 * len(numbered) < sum(_STEP.match(_name(path)) is not None for path in index.by_folder[folder]):
        return None  # a series of scripts, of which few are SQL
    if folder.rpartition("/")[2] == "current" and index.below(f"{parent_of(folder)}/committed"):
        said = problem(
            paths[0], "is the migration in progress of graphile-migrate, which is applied once it is committed"
        )
        root = project_root(index, folder)
        return Found("graphile-migrate", folder, root, definition="none", explained=frozenset(paths), problems=(said,))
    root = project_root(index, folder)
    foreign = not_postgresql(index, "numbered", folder, root, numbered, paths)
    if foreign is not None:
        return foreign
    rest = _rest(paths, numbered, "the numbered files around it")
    numbered, ways_back = _without_ways_back(index, numbered)
    numbered, summed_up = _since_latest(index, numbered)
    files = tuple(
        MigrationFile(path, _step(path)[1], "numbered", not _NO_TRANSACTION.match(index.head(path)))
        for path in sorted(numbered, key=_step)
    )
    problems = (*rest, *ways_back, *summed_up)
    found = Found("numbered", folder, root, files, explained=frozenset(paths), problems=problems)
    # Flyway's migrations, where it is told that they begin with no letter.
    schema = flyway_schema(index, root) if all("__" in _name(path) for path in numbered) else None
    return replace(found, schema=schema)


_WAY_BACK = regex(r"^[0-9][0-9._-]*[a-z]?[_-](?:rollback|undo|revert|down|teardown)(?:[_-]|\.)", re.I)
_ASIDES = regex(rb"--[^\n]*|/\*.*?\*/", re.S)
_TAKES_AWAY = regex(rb"\s*(?:(?:BEGIN|COMMIT|DROP\s[^;$]*)(?:;|\Z)\s*)+", re.I)
_TAKEN = regex(rb"\bDROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?([\w.\"]+)", re.I)


def _without_ways_back(index: FileIndex, paths: list[str]) -> tuple[list[str], list[Remark]]:
    """Return numbered files without those that are for the day when one before them is regretted: their names say so,
    and they do nothing but drop tables, which are all that one of those before makes, or bear the number of another
    file, which a runner applies once.
    """
    forward: dict[tuple[int, ...], list[str]] = {}
    for path in paths:
        if not _WAY_BACK.match(_name(path)):
            forward.setdefault(_step(path)[0], []).append(_name(path))
    made: list[set[bytes]] = []
    kept: list[str] = []
    problems: list[Remark] = []
    for path in sorted(paths, key=_step):
        text = _ASIDES.sub(b"", index.read(path))
        taken = {name.lower() for name in _TAKEN.findall(text)}
        goes_back = _WAY_BACK.match(_name(path))
        number = _step(path)[0]
        beside = forward.get(number, []) if goes_back else []
        if goes_back and _is_a_day(number):  # on which several may be written
            beside = [name for name in beside if name.endswith(_name(path)[goes_back.end() :])]
        drops_all = goes_back is not None and _TAKES_AWAY.fullmatch(text) and bool(taken) and taken in made
        if drops_all or beside:
            does = "drops all that a file before it makes" if drops_all else "bears the number of another file"
            problems.append(problem(path, f"{does}, and its name says that it is the way back: not read"))
            continue
        kept.append(path)
        made.append({name.lower() for name in _MADE.findall(text)})
    return kept, problems


def _is_a_day(number: tuple[int, ...]) -> bool:
    return len(number) == 1 and 19000101 <= number[0] <= 20991231


_LATEST = regex(rb"^-- v0 -> v([0-9]+)\b")
_REVISION = regex(rb"^-- v([0-9]+)\b(?! ->)")


def _since_latest(index: FileIndex, paths: list[str]) -> tuple[list[str], list[Remark]]:
    """Return numbered files without those that the newest whole schema among them sums up, where their first lines say
    which (`-- v0 -> v10`, `-- v7`): a new database begins with it, and they bring an older one up to it.
    """
    latest = {int(m[1]): path for path in paths if (m := _LATEST.match(index.head(path)))}
    if not latest:
        return paths, []
    top = max(latest)
    revisions = {path: int(m[1]) for path in paths if (m := _REVISION.match(index.head(path)))}
    older = [path for path in paths if path != latest[top] and revisions.get(path, 0) <= top]
    if not older:
        return paths, []
    more = f", as {'does' if len(older) == 2 else 'do'} {len(older) - 1} more" if len(older) > 1 else ""
    said = f"brings an older database up to {latest[top]}, which a new one begins with{more}: not read"
    return [path for path in paths if path not in older], [problem(older[0], said)]


def _up_folders(index: FileIndex, taken: frozenset[str]) -> list[Found]:
    """Return Hasura's and Diesel's histories: a folder for each migration, with an `up.sql`."""
    groups: dict[str, list[str]] = {}
    for path in index.by_name.get("up.sql", []):
        above = parent_of(parent_of(path))
        if path not in taken and _UP_FILE.match(path[len(above) :].lstrip("/")):
            groups.setdefault(above, []).append(path)
    founds: list[Found] = []
    for folder, paths in sorted(groups.items()):
        layout = "diesel" if "diesel.toml" in index.by_name else "hasura"
        root = project_root(index, folder)
        ordered = sorted(paths, key=lambda path: (_folder_version(path), path))
        files = tuple(MigrationFile(path, _folder_version(path), layout) for path in ordered)
        below = frozenset(path for path in index.below(folder) if path in index.sql)
        found = Found(layout, folder, root, files, explained=below)
        founds.append(not_postgresql(index, layout, folder, root, paths, below) or found)
    return founds
