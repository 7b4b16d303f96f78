"""Where a proposal goes: a new migration's name and text, in the project's layout and numbering, or a place in the file
that declares the whole schema."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal

from msgspec import Struct

from tripoint.model.evidence import Evidence, MigrationFile
from tripoint.model.regex import regex
from tripoint.propose.draft import Draft
from tripoint.sql.lexer import tokens

__all__ = ["Laid", "NewFiles", "NotPlaced", "lay", "new_files", "with_room"]

_UNSUPPORTED: dict[str, str] = {
    **dict.fromkeys(
        ("typeorm", "knex", "kysely", "sequelize", "mikro-orm", "db-migrate"),
        "its migrations are programs: paste the statements into one that its own command makes",
    ),
    "document": "its SQL is for people to run by hand",
    "alembic": "its revisions are written in Python, by alembic revision",
    "yoyo": "its migrations are made by yoyo new",
    "atlas": "its folder carries checksums that atlas itself must write (atlas migrate new, then atlas migrate hash)",
    "drizzle": "its migrations are generated from the schema in code, beside a journal that drizzle-kit keeps",
    "dump": "a dump is no history of migrations",
    "graphile-migrate": "what is committed carries hashes: add it to current.sql, then graphile-migrate commit",
    "hasura": "its folders are numbered by its own command",
    "liquibase": "its changelog lists what is applied: add a changeset there",
    "rails": "its migrations are written in Ruby",
    "sqitch": "its plan is kept by sqitch add",
}
_WHOLE = frozenset({"schema", "pieces", "sqlc"})
"""The layouts whose files declare the whole schema: statements are added to them."""
_FRAMES: dict[str, tuple[str, str]] = {
    "goose": ("-- +goose Up\n", "\n-- +goose Down\n"),
    "dbmate": ("-- migrate:up\n", "\n-- migrate:down\n"),
    "sql-migrate": ("-- +migrate Up\n", "\n-- +migrate Down\n"),
    "play-evolutions": ("# --- !Ups\n\n", "\n# --- !Downs\n"),
    "tern": ("", "\n---- create above / drop below ----\n\n"),
    "node-pg-migrate": ("-- Up Migration\n", "\n-- Down Migration\n"),
}
"""Layout → what stands before the way up, and before the way down, in one file."""
_BY_FOLDER: dict[str, tuple[str, str | None]] = {"prisma": ("migration.sql", None), "diesel": ("up.sql", "down.sql")}
"""Layout → the files of a migration that is a folder: the way up, and the way down."""
_NAME = regex(r"([A-Za-z]*)([0-9][0-9-]*[0-9]|[0-9])(_{1,2}|[.\- ])?(.*)", re.DOTALL)
_DOTTED = regex(r"([A-Za-z]+)([0-9]+(?:[._][0-9]+)+)__(.*)", re.DOTALL)
"""A version of several parts, as Flyway takes it."""
_FORMATS = {14: ("%Y%m%d%H%M%S", timedelta(seconds=1)), 12: ("%Y%m%d%H%M", timedelta(minutes=1))}
_TRIES = 1000


class NotPlaced(Exception):
    """No file can be made for it; the message is why, as a clause."""


class NewFiles(Struct, frozen=True):
    """The migration's path, and every file of it with its text, that one first."""

    path: str
    texts: dict[str, str]
    added: Literal["first", "last"] | None = None
    """Where the text goes in a file that is there already; None where the files are new."""


class Laid(Struct, frozen=True):
    """Files of a project with proposals laid over them."""

    buffers: dict[str, bytes]
    """Path → what the file then holds."""
    spans: dict[int, tuple[int, int]]
    """The id of what was added to a file that was there already → where its text begins and ends, in bytes."""
    moved: dict[str, int]
    """Path → by how many bytes what the file held before stands later."""


def lay(placed: Iterable[NewFiles], read: Callable[[str], bytes]) -> Laid:
    """Lay proposals over a project, whose files `read` gives. What goes first or last into one file keeps its order."""
    laid = Laid({}, {}, {})
    adding: dict[str, list[NewFiles]] = defaultdict(list)
    for files in placed:
        if files.added is not None:
            adding[files.path].append(files)
        else:
            laid.buffers.update((path, text.encode()) for path, text in files.texts.items())
    for path, additions in adding.items():
        before = read(path)
        newline = b"\r\n" if b"\r\n" in before else b"\n"
        mark = b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b""
        first = [one for one in additions if one.added == "first"]
        data = mark
        for one in (*first, None, *(one for one in additions if one.added == "last")):
            if one is None:
                laid.moved[path] = len(data) - len(mark)
                data += before[len(mark) :]
                last = next(iter(deque(tokens(data), maxlen=1)), None)
                if last is not None and last.text != b";":
                    data += newline + b";"
                continue
            text = one.texts[path].encode().replace(b"\n", newline)
            if one.added == "last":
                data += newline if data.endswith(b"\n") else 2 * newline
            laid.spans[id(one)] = (len(data), len(data) + len(text))
            data += text if one.added == "last" else text + newline
        laid.buffers[path] = data
    return laid


class _Pattern(Struct, frozen=True):
    """How the last migration is named."""

    folder: str
    prefix: str
    digits: str
    separator: str
    suffix: str


def new_files(
    draft: Draft, evidence: Evidence, taken: Callable[[str], bool], now: datetime, *, appended: bool = False
) -> NewFiles:
    """Return the files of a new migration that holds the draft; raise NotPlaced where there can be none.

    `taken` says whether a path is in use; `now` is where the version of a migration comes from that stands at the end.
    With `appended`, also a draft that should stand earlier is put at the end.
    """
    migrations = [file for file in evidence.database.migrations if file.version is not None]
    layout = evidence.database.migrations[-1].layout if evidence.database.migrations else "supabase"
    if layout in _WHOLE:
        return _in_whole(draft, evidence.database.migrations[-1], appended)
    if layout in _UNSUPPORTED:
        raise NotPlaced(f"a migration of {layout} can't be written: {_UNSUPPORTED[layout]}")
    folder = evidence.database.migrations_root or ""
    if not migrations and evidence.database.definition == "orm":
        raise NotPlaced(
            "no migrations were found: the schema is taken from the code, and the database may hold this already"
        )
    if not migrations and (
        evidence.database.platform != "supabase" or evidence.database.definition == "declarative" or not folder
    ):
        raise NotPlaced("the project has no numbered migrations whose naming could be followed")
    pattern = _pattern(_example(migrations), layout) if migrations else _Pattern(folder, "", "0" * 14, "_", ".sql")
    before = draft.before if not appended else None
    dotted = layout == "flyway" and _DOTTED.fullmatch(posixpath.basename(migrations[-1].path))
    if dotted:
        pattern = _Pattern(pattern.folder, dotted[1], dotted[2], "__", pattern.suffix)
    tries = 0
    while True:
        digits = (
            _parted(pattern, migrations, before, tries)
            if dotted
            else _version(pattern, migrations, before, now, tries, layout)
        )
        files = _named(draft, pattern, digits, layout)
        if not any(taken(path) for path in files.texts) and not _number_used(migrations, digits):
            return files
        tries += 1
        if tries > _TRIES:
            raise NotPlaced("no version is free")


def _in_whole(draft: Draft, last: MigrationFile, appended: bool) -> NewFiles:
    """Return the addition to a file that declares the whole: where something in it needs the draft, before all else."""
    if draft.before is None or appended:
        return NewFiles(last.path, {last.path: draft.sql}, "last")
    return NewFiles(draft.before.path, {draft.before.path: draft.sql}, "first")


def with_room(before: MigrationFile, evidence: Evidence, count: int) -> MigrationFile:
    """Return the migration before which `count` new ones can be numbered: `before`, or the nearest one before it.

    Where there is room nowhere, `before` itself.
    """
    migrations = list(evidence.database.migrations)
    numbers = [int(digits) if (digits := re.sub(r"\D", "", _digits(file))) else 0 for file in migrations]
    for index in range(migrations.index(before), -1, -1):
        earlier = max((number for number in numbers[:index] if number < numbers[index]), default=0)
        width = len(re.sub(r"\D", "", _digits(migrations[index])))
        moment = _moment(numbers[index], width)
        if moment is not None:
            first = int((moment - count * _FORMATS[width][1]).strftime(_FORMATS[width][0]))
        else:
            first = numbers[index] - count
        if first > earlier:
            return migrations[index]
    return before


def _number_used(migrations: list[MigrationFile], digits: str) -> bool:
    return any((file.version or "").lstrip("0") == digits.replace("-", "").lstrip("0") for file in migrations)


def _example(migrations: list[MigrationFile]) -> MigrationFile:
    """Return the migration whose name is followed: the last one, or the newest by time where that says but a day."""
    last = re.sub(r"\D", "", _digits(migrations[-1]))
    timed = [file for file in migrations if _moment(int(re.sub(r"\D", "", _digits(file)) or 0), 14) is not None]
    return timed[-1] if len(last) == 8 and timed else migrations[-1]


def _pattern(last: MigrationFile, layout: str) -> _Pattern:
    own = posixpath.dirname(last.path) if layout in _BY_FOLDER else last.path
    folder, name = posixpath.split(own)
    match = _NAME.fullmatch(name)
    if match is None:
        raise NotPlaced(f"{name} does not say how the next migration is to be called")
    suffix = "" if layout in _BY_FOLDER else "".join(re.findall(r"(?:\.up)?\.[A-Za-z]+$", name))
    digits = match[2]
    return _Pattern(folder, match[1], digits, match[3] or "_", suffix)


def _version(
    pattern: _Pattern,
    migrations: list[MigrationFile],
    before: MigrationFile | None,
    now: datetime,
    tries: int,
    layout: str,
) -> str:
    numbers = sorted({int(file.version) for file in migrations if file.version and file.version.isdigit()})
    if any(not (file.version or "").isdigit() for file in migrations) and len(numbers) < len(migrations) / 2:
        numbers = sorted(int(re.sub(r"\D", "", _digits(file)) or 0) for file in migrations)
    if before is None:
        return _next(pattern, numbers, now, tries, layout)
    digits = _digits(before)
    number = int(re.sub(r"\D", "", digits))
    earlier = max((other for other in numbers if other < number), default=0)
    width = len(re.sub(r"\D", "", digits))
    moment = _moment(number, width)
    if moment is not None:
        found = int((moment - (tries + 1) * _FORMATS[width][1]).strftime(_FORMATS[width][0]))
    else:
        found = number - 1 - tries
    if found <= earlier:
        raise NotPlaced(f"no number is free between {earlier} and {number}: renumber, or put it at the end")
    return _dressed(f"{found:0{width}d}", digits)


def _parted(pattern: _Pattern, migrations: list[MigrationFile], before: MigrationFile | None, tries: int) -> str:
    """Return a version of several parts: the last one counted up, or one more part behind what stands before."""
    glue = "_" if "_" in pattern.digits else "."
    versions = sorted([int(part) for part in re.findall(r"\d+", file.version or "")] for file in migrations)
    if before is None:
        found = [*versions[-1][:-1], versions[-1][-1] + 1 + tries]
    else:
        own = [int(part) for part in re.findall(r"\d+", before.version or "")]
        earlier = [version for version in versions if version < own]
        found = [*(earlier[-1] if earlier else [0]), 1 + tries]
        if not found < own:
            raise NotPlaced(f"no version is free before {before.version}: renumber, or put it at the end")
    return glue.join(str(part) for part in found)


def _digits(file: MigrationFile) -> str:
    """Return the number in a migration's name as it is written there."""
    path = posixpath.dirname(file.path) if file.layout in _BY_FOLDER else file.path
    match = _NAME.fullmatch(posixpath.basename(path))
    return match[2] if match is not None else file.version or ""


def _next(pattern: _Pattern, numbers: list[int], now: datetime, tries: int, layout: str) -> str:
    last = numbers[-1] if numbers else 0
    width = 14 if layout == "prisma" else len(pattern.digits.replace("-", ""))
    if width == 8 and (day := _moment(last * 10**6, 14)) is not None:
        # Several of one day would have one version: Supabase's own command gives the time as well.
        if layout == "supabase":
            form, step = _FORMATS[14]
            return (max(now.astimezone(UTC), day + timedelta(days=1)) + tries * step).strftime(form)
        return _dressed((day + (tries + 1) * timedelta(days=1)).strftime("%Y%m%d"), pattern.digits)
    if width in _FORMATS and (not numbers or _moment(last, width) is not None or layout == "prisma"):
        form, step = _FORMATS[width]
        found = int((now.astimezone(UTC) + tries * step).strftime(form))
        moment = _moment(last, width)
        if found <= last and moment is not None:
            found = int((moment + (tries + 1) * step).strftime(form))
        return _dressed(f"{found:0{width}d}", pattern.digits)
    if width in (10, 13):  # seconds or milliseconds since 1970
        stamp = int(now.timestamp() * (1000 if width == 13 else 1))
        return str(max(stamp, last + 1) + tries)
    return f"{last + 1 + tries:0{width}d}"


def _moment(number: int, width: int) -> datetime | None:
    digits = str(number)
    if width not in _FORMATS or len(digits) != width:
        return None
    try:
        return datetime.fromisoformat(f"{digits[:8]}T{digits[8:]}").replace(tzinfo=UTC)
    except ValueError:
        return None


def _dressed(plain: str, like: str) -> str:
    """Return digits with dashes where `like` has them."""
    if "-" not in like:
        return plain
    parts = like.split("-")
    found = []
    for part in parts:
        found.append(plain[: len(part)])
        plain = plain[len(part) :]
    return "-".join(found)


def _named(draft: Draft, pattern: _Pattern, digits: str, layout: str) -> NewFiles:
    words = re.sub(r"[^a-z0-9]+", "_", draft.title.lower()).strip("_")[:100]
    stem = f"{pattern.prefix}{digits}{pattern.separator}{words}"
    base = f"{pattern.folder}/{stem}" if pattern.folder else stem
    up = draft.sql
    if layout in _BY_FOLDER:
        own, down = _BY_FOLDER[layout]
        texts = {f"{base}/{own}": up}
        if down is not None:
            texts[f"{base}/{down}"] = draft.down
        return NewFiles(f"{base}/{own}", texts)
    if layout in _FRAMES:
        before, between = _FRAMES[layout]
        return NewFiles(f"{base}{pattern.suffix}", {f"{base}{pattern.suffix}": before + up + between + draft.down})
    texts = {f"{base}{pattern.suffix}": up}
    if pattern.suffix.startswith(".up."):
        texts[f"{base}{pattern.suffix.replace('.up.', '.down.')}"] = draft.down
    return NewFiles(f"{base}{pattern.suffix}", texts)
