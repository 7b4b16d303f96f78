"""Runners of migrations that are programs in TypeScript or JavaScript: told by what stands in the files."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from msgspec import Struct

from tripoint.model.evidence import MigrationFile
from tripoint.model.regex import regex
from tripoint.sources.layouts.folders import stands_aside
from tripoint.sources.layouts.index import FileIndex, foreign_name, parent_of, project_root
from tripoint.sources.layouts.kinds import test_folder
from tripoint.sources.layouts.records import Found, problem

__all__ = ["CREATED_BY_PROGRAM", "find_programs", "steps_in_code"]


class _Runner(Struct, frozen=True):
    layout: str
    named: str
    files: re.Pattern[str]
    """What its files are called; the first group is what they are ordered by."""
    text: re.Pattern[bytes]
    """What stands in one of them."""
    by_number: bool = False
    """Whether the order is that of a number, and not that of the names."""
    by_class: bool = False
    """Whether it takes the number from the class that a file holds, which most files are called by as well."""


_SCRIPT = r"[^/]*\.[cm]?[jt]s$"
_NUMBERED = r"^([0-9]{8,}|[0-9]+(?=[_-]))"
_RUNNERS = (
    _Runner(
        "typeorm",
        "TypeORM",
        regex(r"(?<![0-9])([0-9]{10,})" + _SCRIPT),
        regex(rb"\bMigrationInterface\b|\bqueryRunner\b|async up\(db\) \{\s*await db\.query\("),
        by_number=True,
        by_class=True,
    ),
    _Runner(
        "mikro-orm",
        "MikroORM",
        regex(r"^(Migration[0-9]+)" + _SCRIPT),
        regex(rb"@mikro-orm/migrations|\bthis\.addSql\b"),
    ),
    _Runner(
        "db-migrate",
        "db-migrate",
        regex(r"^([0-9]{8,})" + _SCRIPT),
        regex(rb"\bdb-migrate\b|\bdbm\b|\bdb\s*\.\s*runSql\b"),
    ),
    _Runner(
        "sequelize",
        "Sequelize",
        regex(_NUMBERED + _SCRIPT),
        regex(rb"\b[qQ]ueryInterface\b|\bSequelize\b|[\"']sequelize[\"']"),
    ),
    _Runner(
        "kysely",
        "Kysely",
        regex(r"^([0-9][0-9T_-]*)" + _SCRIPT),
        regex(rb"\bKysely\b|[\"']kysely[\"']"),
    ),
    _Runner(
        "node-pg-migrate",
        "node-pg-migrate",
        regex(_NUMBERED + _SCRIPT),
        regex(rb"\bpgm\b|node-pg-migrate"),
    ),
    _Runner(
        "knex",
        "Knex",
        regex(_NUMBERED + _SCRIPT),
        regex(rb"\b[kK]nex\b|\bschema\s*\.\s*(?:create|alter)Table\b|\bt(?:able)?\.(?:increments|timestamps)\("),
    ),
)
CREATED_BY_PROGRAM = regex(
    rb"\b(?:CREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?|createTable(?:IfNotExists)?\s*\(\s*"
    rb"(?:new\s+Table\s*\(\s*\{\s*name\s*:\s*)?[\"'`])((?:\"?\w+\"?\s*\.\s*)?\"?\w+\"?)",
    re.I,
)
"""The tables that a program creates, at a glance."""
_DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")
_SPEAKS = regex(
    rb"\"(?:pg|postgres|pg-promise|pg-native|@types/pg|postgres-date|slonik|@neondatabase/serverless|@vercel/postgres"
    rb"|@nestjs/typeorm-pg)\"\s*:|@mikro-orm/postgresql\b|postgres(?:ql)?://|[\"'`]postgres(?:ql)?[\"'`]|\bimage:\s*[\"']?(?:[\w.-]+/)*"
    rb"(?:postgres|postgis|timescaledb|pgvector)\b"
)
"""What stands in a project whose database is PostgreSQL."""
_SAMPLE = regex(rb"client\s*:\s*[\"']postgresql[\"']\s*,\s*connection\s*:\s*\{\s*database\s*:\s*[\"']my_db[\"']")
"""What `knex init` writes down, whatever the project's database is."""
_OTHERS = regex(
    rb"\"(?:mysql2?|mariadb|sqlite3|better-sqlite3|tedious|mssql|oracledb)\"\s*:|type:\s*[\"'`]"
    rb"(?:mysql|mariadb|sqlite|mssql)"
)
_PRODUCTION = regex(
    rb"^[ \t]*[\"']?production[\"']?\s*:\s*\{\s*client\s*:\s*[\"'](?:mysql2?|(?:better-)?sqlite3|mssql|oracledb)[\"']",
    re.M,
)
"""Of several databases, one for each environment, that of the users."""
_SETTINGS = regex(
    r"(?:^|/)(?:package\.json|[^/]*compose[^/]*\.ya?ml|[^/]*\.env[^/]*"
    r"|[^/]*(?:orm|knex|data-?source|database|config|kysely|sequelize|db)[^/]*\.(?:[cm]?[jt]s|json|ya?ml))$",
    re.I,
)
_ENTITY = regex(rb"^@Entity\(|\bsequelize\.define\(|^@Table\(", re.M)
_FEW = 3
_NO_PRODUCT = frozenset(["examples", "example", "samples", "sample", "templates", "template", "node_modules"])
_WRITTEN_FOR = (
    ("MySQL", regex(rb"\\`\w+\\`|\bAUTO_INCREMENT\b|\bENGINE\s*=\s*InnoDB")),
    ("SQLite", regex(rb"\bAUTOINCREMENT\b|\bPRAGMA\s|[\"']datetime\('now'\)")),
    ("SQL Server", regex(rb"\bNVARCHAR\s*\(|\bIDENTITY\s*\(1,")),
)
"""What stands in the SQL of other databases; case tells it from the options of a builder."""


def find_programs(index: FileIndex, taken: frozenset[str]) -> list[Found]:
    """Return every history of migrations in TypeScript or JavaScript whose runner is known."""
    folders: dict[str, list[str]] = defaultdict(list)
    for path in index.paths:
        if _is_script(path) and path not in taken and _may_be(path):
            folders[parent_of(path)].append(path)
    founds: list[Found] = []
    for folder, paths in sorted(folders.items()):
        if test_folder(f"{folder}/") is not None:
            continue
        runner = next((one for one in _runners(folder) if _is(index, one, paths)), None)
        if runner is not None:
            founds.append(_found(index, runner, folder, _applied(index, runner, folder, taken)))
    return founds


def _is_script(path: str) -> bool:
    return path.endswith(("js", "ts")) and not path.endswith(_DECLARATIONS)


def _may_be(path: str) -> bool:
    name = path.rpartition("/")[2]
    folder = parent_of(path)
    if stands_aside(folder) or not _NO_PRODUCT.isdisjoint(path.lower().split("/")):
        return False
    return _is_default(folder) or any(one.files.search(name) for one in _runners(folder))


def _is_default(folder: str) -> bool:
    return folder.rpartition("/")[2] == "migrations"


def _runners(folder: str) -> tuple[_Runner, ...]:
    """Return the runners whose migrations may stand in a folder: some say it of themselves, wherever they stand."""
    return _RUNNERS if "igrat" in folder else _RUNNERS[:2]


def _is(index: FileIndex, runner: _Runner, paths: list[str]) -> bool:
    """Whether a folder's files are this runner's: the most of those that are called so say it."""
    called = [path for path in paths if _is_called(runner, path)]
    if not called and _is_default(parent_of(paths[0])):
        called = paths
    said = sum(runner.text.search(index.head(path)) is not None for path in called)
    return said > 0 and 2 * said >= len(called)


def _is_called(runner: _Runner, path: str) -> bool:
    return runner.files.search(path.rpartition("/")[2]) is not None


def _applied(index: FileIndex, runner: _Runner, folder: str, taken: frozenset[str]) -> list[str]:
    """Return what a runner applies of a folder: what is called as its tool calls files, and what else steps up.

    The runners take every file of the folder, whatever its name.
    """
    scripts = [path for path in index.by_folder[folder] if _is_script(path) and path not in taken]
    called = [path for path in scripts if _is_called(runner, path)]
    others = [path for path in scripts if path not in set(called) and _GOES_UP.search(index.head(path))]
    return called + [path for path in others if not called or runner.text.search(index.head(path))]


def _found(index: FileIndex, runner: _Runner, folder: str, paths: list[str]) -> Found:
    root = project_root(index, folder)
    other = _other(index, folder, root, paths)
    if other is not None:
        reason = f"is a migration of {runner.named} in {folder}, whose database {other}: not audited"
        said = problem(paths[0], reason)
        return Found(runner.layout, folder, root, definition="none", explained=frozenset(paths), problems=(said,))
    made = {name for path in paths for name in CREATED_BY_PROGRAM.findall(index.read(path))}
    own = frozenset(paths)
    code = [path for path in index.below(root) if path.endswith((".ts", ".js")) and path not in own]
    models = sum(len(_ENTITY.findall(index.head(path))) for path in code if test_folder(path) is None)
    if models > 2 * len(made) and models > _FEW:
        reason = (
            f"one of {len(paths)} migrations of {runner.named} that create {len(made)} tables, where the code holds "
            f"{models} models: they are taken for no history of the whole schema, and are not read"
        )
        return Found(runner.layout, folder, root, definition="none", problems=(problem(paths[0], reason),))
    versions = {path: _version(index, runner, path) for path in paths}
    without = [path for path in paths if versions[path] is None]
    reason = f"has no number in the name of its class, which {runner.named} wants: not read"
    return Found(
        runner.layout,
        folder,
        root,
        _in_order(runner, {path: version for path, version in versions.items() if version is not None}),
        explained=frozenset(without),
        problems=tuple(problem(path, reason) for path in without),
    )


def _version(index: FileIndex, runner: _Runner, path: str) -> str | None:
    """Return what a runner knows a file by; None where that is a number, and there is none."""
    name = path.rpartition("/")[2]
    match = runner.files.search(name)
    for own in _OWN_NAME.finditer(index.head(path)) if runner.by_class else ():
        said: bytes = own[1] or own[2]
        number = said[len(said.rstrip(b"0123456789")) :]
        if len(number) >= _DIGITS:
            return number.decode()
    return match[1] if match is not None else None if runner.by_number else name


def _in_order(runner: _Runner, versions: Mapping[str, str]) -> tuple[MigrationFile, ...]:
    """Return the files in the order in which a runner applies them.

    Files that are called by the release that they belong to are listed by a source of the application's own, since the
    order of their names is none.
    """
    names = {path: path.rpartition("/")[2] for path in versions}
    releases = {path: _RELEASE.match(name) for path, name in names.items()}
    by_release = all(releases.values())
    keyed = []
    for path, name in names.items():
        version, release = versions[path], releases[path]
        key: tuple[int, ...] = (int(version),) if runner.by_number else ()
        if by_release and release is not None:
            numbers = [int(number) for number in release[1].split(".")]
            early = release[2] or ""
            words = tuple(_early(word) for word in _PARTS.findall(early))
            keyed.append(((*numbers, *[0] * (4 - len(numbers)), 0 if early else 1), words, name, path, version))
        else:
            keyed.append((key, (), name, path, version))
    return tuple(MigrationFile(path, version, runner.layout) for _, _, _, path, version in sorted(keyed))


def _early(word: str) -> tuple[int, str]:
    return (int(word), "") if word.isdecimal() else (-1, word)


_RELEASE = regex(r"^v?([0-9]{1,4}(?:\.[0-9]{1,4}){1,3})(?:-([0-9A-Za-z.]+?))?\.[cm]?[jt]s$")
"""A file that is called by a release and nothing else: `2.0.0-beta.11.js`."""
_PARTS = regex(r"[0-9]+|[A-Za-z]+")


def _other(index: FileIndex, folder: str, root: str, paths: list[str]) -> str | None:
    """Say which other database a history is for, or that nothing says that it is PostgreSQL's; None where it is."""
    named = foreign_name(f"{folder}/")
    if named is not None:
        return f"is {named} by the folder's name"
    for name, marks in _WRITTEN_FOR:
        # A program may send each system its own SQL, and say which by a condition.
        if 2 * sum(marks.search(index.head(path)) is not None for path in paths) > len(paths):
            return f"is {name} by the SQL in it"
    below = index.below(root)
    beside = [path for path in index.paths if "/" not in path]
    settings = [path for path in dict.fromkeys((*below, *beside)) if _SETTINGS.search(path)]
    if any(_PRODUCTION.search(index.head(path)) for path in settings if "knexfile" in path):
        return "is another than PostgreSQL by the settings for production"
    if any(_SPEAKS.search(_SAMPLE.sub(b"", index.head(path))) for path in settings):
        return None
    if any(index.speaks_postgres(path) for path in paths):
        return None
    if any(_OTHERS.search(index.head(path)) for path in settings):
        return "is another than PostgreSQL by the project's settings"
    return "is not said to be PostgreSQL by anything in the project"


_STEP = regex(r"^v?[0-9][^/]*\.[cm]?[jt]s$", re.I)
_GOES_UP = regex(rb"\bup\b\s*[:=(]")
_OWN_NAME = regex(rb"\bname\s*=\s*[\"'`](\w+)[\"'`]|\bclass\s+(\w+)\s+implements\s+MigrationInterface\b")
"""What a class of TypeORM's calls itself, or is called: it ends with the number by which migrations are ordered."""
_DIGITS = 10
_UP_AND_DOWN = (_GOES_UP, regex(rb"\bdown\b\s*[:=(]"))


def steps_in_code(index: FileIndex) -> frozenset[str]:
    """Return the numbered files of a folder that have a way up and one down: steps of an application's own runner.

    The SQL in them speaks of the schema as it was then, and is no more the product's than that of a known runner.
    """
    found: set[str] = set()
    for folder, paths in index.by_folder.items():
        numbered = [path for path in paths if _STEP.match(path.rpartition("/")[2])]
        if len(numbered) >= _FEW and test_folder(f"{folder}/") is None:
            steps = [path for path in numbered if all(each.search(index.head(path)) for each in _UP_AND_DOWN)]
            found.update(steps if len(steps) >= _FEW else ())
    return frozenset(found)
