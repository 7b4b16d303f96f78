"""The histories of migrations that serve one folder of code: which of them are read, and in which order."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import combinations

from msgspec.structs import replace

from tripoint.model.evidence import MigrationFile
from tripoint.model.regex import regex
from tripoint.model.words import listed
from tripoint.sources.layouts.alembic import CREATED
from tripoint.sources.layouts.begin import MADE, NEEDED, names_in
from tripoint.sources.layouts.index import FileIndex
from tripoint.sources.layouts.programs import CREATED_BY_PROGRAM
from tripoint.sources.layouts.records import Found, Remark, problem

__all__ = ["FEW_FOLDERS", "MADE_ANEW", "SHORT", "in_order", "made_by", "making", "needed_by"]

MADE_ANEW = regex(rb"\bCREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?!IF\b)((?:\"?\w+\"?\s*\.\s*)?\"?\w+\"?)", re.I)
_DROPPED = regex(rb"\bDROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?((?:\"?\w+\"?\s*\.\s*)?\"?\w+\"?)", re.I)
_VIEW = regex(rb"\bCREATE\s+(?:OR\s+REPLACE\s+)?(?:MATERIALIZED\s+)?VIEW\b", re.I)
_READ = regex(rb"\b(?:FROM|JOIN)\s+((?:\"?\w+\"?\s*\.\s*)?\"?\w+\"?)", re.I)
_COMMENT = regex(rb"--[^\n]*")
_TIMESTAMP = regex(r"^(?:19|20)[0-9]{6}(?:[0-9]{6})?$")
"""A date, or a date and a time: what versions of several runners can be put in one order by."""
FEW_FOLDERS = 4
SHORT = 2


_Key = tuple[str, str]
"""A history by its folder and its layout: beside the programs of a runner, a folder may hold numbered files of SQL."""


def _key(found: Found) -> _Key:
    return found.folder, found.layout


def making(found: Found) -> re.Pattern[bytes]:
    """Return what a table's creation looks like in a history, with the table's name."""
    if found.layout == "alembic":
        return CREATED
    if found.layout == "yoyo":
        return MADE
    return CREATED_BY_PROGRAM if any(file.program for file in found.files) else MADE


def made_by(index: FileIndex, found: Found) -> set[bytes]:
    """Return the tables that a history creates."""
    return names_in(making(found), [index.read(file.path) for file in found.files])


def in_order(
    index: FileIndex, founds: list[Found], problems: list[Remark]
) -> tuple[tuple[MigrationFile, ...], tuple[str, ...]]:
    """Return one order for the migrations of one database, which several runners may have written.

    With it come the folders whose order among each other is a guess.
    """
    founds = _without_drafts(index, _without_copies(index, founds, problems), problems)
    founds = _begun_anew(index, founds, problems)
    if len(founds) == 1:
        return _as_needed(index, founds[0], problems), ()
    # An ORM's runner makes the tables that the platform's migrations then guard with policies, what needs tables of
    # another comes after it, and the largest history is the one that others lean on. Files that no known runner applies
    # come after the history that makes more, unless they are what it began with.
    made = {_key(found): made_by(index, found) for found in founds}
    needed = {_key(found): needed_by(index, found) - made[_key(found)] for found in founds}
    run = [_key(found) for found in founds if found.layout == "supabase"]
    platform = max((len(made[key]) for key in run), default=0)
    everything = set[bytes]().union(*made.values())

    def place(found: Found) -> tuple[int, int, int, str]:
        own = made[_key(found)]
        # Of two that need tables of each other, the one that needs fewer was there first.
        leans = len(needed[_key(found)] & everything)
        begins = not leans and any(needed[key] & own for key in run)
        after = found.layout == "numbered" and len(own) < platform and not begins
        return 2 if after else 1 if found.layout == "supabase" else 0, leans, -len(found.files), found.folder

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


def needed_by(index: FileIndex, found: Found) -> set[bytes]:
    """Return the tables that a history changes or points to; those that its views read where it creates none."""
    texts = [_COMMENT.sub(b"", index.read(file.path)) for file in found.files]
    views = any(map(_VIEW.search, texts)) and not made_by(index, found)
    return names_in(NEEDED, texts) | (names_in(_READ, texts) if views else set())


def _without_copies(index: FileIndex, founds: list[Found], problems: list[Remark]) -> list[Found]:
    """Return the histories, of each file that stands under its name and version in several the one in the largest.

    Two may both begin with an `0001_initial`: where few have the same name, only what says the same is a copy; and of
    many, none that creates other tables, as the first migration of each of several services does.
    """
    kept: list[Found] = []
    copied: dict[str, list[tuple[str, list[MigrationFile]]]] = defaultdict(list)
    for found in sorted(founds, key=_rank):
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


def _rank(found: Found) -> tuple[int, bool, bool, str]:
    """Of copies, the largest history counts, and what was written before what was built of it."""
    built = not _BUILT.isdisjoint(found.folder.split("/"))
    return -len(found.files), built, found.layout != "supabase", found.folder


_BUILT = frozenset({"build", "dist", "out"})


def _make_others(index: FileIndex, path: str, other: str) -> bool:
    """Whether two files create tables, and none that the other one does."""
    made, theirs = (names_in(MADE, [index.read(one)]) for one in (path, other))
    return bool(made) and bool(theirs) and made.isdisjoint(theirs)


def _of_copies(folder: str, groups: list[tuple[str, list[MigrationFile]]]) -> Remark:
    """Return the one notice for all that copies a folder's migrations; of many folders, the first are named."""
    count = sum(len(copies) for _, copies in groups)
    where = listed(sorted(folder for folder, _ in groups), FEW_FOLDERS)
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
    run = {_key(found): (found, made_by(index, found)) for found in founds if not _is_loose(found)}
    again: dict[_Key, _Key] = {}
    for found in founds:
        made = made_by(index, found) if _is_loose(found) and run else set()
        fits = (other for _, (other, tables) in sorted(run.items()) if made and made <= tables)
        other = next(fits, None)
        if other is not None:
            own = made == run[_key(other)][1] and len(found.files) > len(other.files) and _applied_by_sqlx(index, found)
            again |= {_key(other): _key(found)} if own else {_key(found): _key(other)}
    found_again = _made_twice(index, founds, problems) - again.keys()
    for found in founds:
        if _key(found) in again:
            reason = (
                f"{_one_of(found, 'create')} tables which migrations in {again[_key(found)][0]} create, and no "
                "others: not read; name both in tripoint.toml if they are two databases"
            )
            problems.append(problem(found.files[0].path, reason))
    return [found for found in founds if _key(found) not in again and _key(found) not in found_again]


def _one_of(found: Found, does: str) -> str:
    """Say what a history's first file does, as its others do."""
    if len(found.files) == 1:
        return f"{does}s"
    return f"is one of {len(found.files)} files of {found.folder or 'the root'} that {does}"


def _made_twice(index: FileIndex, founds: list[Found], problems: list[Remark]) -> set[_Key]:
    """Return the histories of no known runner that a database can't take beside a runner's longer history.

    They create some of the same tables, and not where they are missing alone: PostgreSQL refuses one or the other.
    """
    twice: set[_Key] = set()
    run = [(found, made_by(index, found)) for found in founds if not _is_loose(found)]
    for found in founds:
        if not _is_loose(found) or not run or _applied_by_sqlx(index, found):
            continue
        over = _begun_over(index, found) if len(found.files) == 1 else set()
        made = over or _created_anew(index, found)
        for other, tables in run:
            same = sorted(name.decode("utf-8", "replace") for name in made & tables)
            if len(same) >= SHORT and len(found.files) <= len(other.files):
                does = _one_of(found, "create") if not over else f"{_one_of(found, 'drop')} and makes"
                reason = (
                    f"{does} again what migrations in {other.folder} create ({listed(same, FEW_FOLDERS)})"
                    f"{', which one database refuses' if not over else ''}: "
                    "not read; name both in tripoint.toml if they are two databases"
                )
                problems.append(problem(found.files[0].path, reason))
                twice.add(_key(found))
                break
    return twice


def _applied_by_sqlx(index: FileIndex, found: Found) -> bool:
    manifest = f"{found.folder.rpartition('/')[0]}/Cargo.toml".lstrip("/")
    return manifest in index.all and b"sqlx" in index.read(manifest)


def _is_loose(found: Found) -> bool:
    """Whether no known runner applies a history: its files are told by their names alone."""
    return found.layout == "numbered" or (bool(found.files) and {f.layout for f in found.files} == {"up-and-down"})


def _begun_anew(index: FileIndex, founds: list[Found], problems: list[Remark]) -> list[Found]:
    """Return the histories without those whose tables one of another runner creates again, and not where they are
    missing alone: one database takes one of the two. Of those, the newer counts; where nothing dates them, the larger.
    """
    made = {_key(found): made_by(index, found) for found in founds}
    anew = {_key(found): _created_anew(index, found) for found in founds}
    for one, other in combinations(sorted(founds, key=_last_version, reverse=True), 2):
        dated = bool(_last_version(one) and _last_version(other))
        later = _last_version(one) > _last_version(other) if dated else None
        if (one.layout == other.layout and dated) or later is False or _key(one) not in made or _key(other) not in made:
            continue
        kept, gone = one, other
        if later is None:
            if not one.files or not other.files or _is_loose(one) or _is_loose(other):
                continue
            kept, gone = sorted((one, other), key=lambda f: (-len(made[_key(f)]), -len(f.files), f.folder))
        own = made[_key(gone)]
        again = anew[_key(kept)] & (own if dated else anew[_key(gone)])
        if len(own) >= SHORT and len(again) * 2 >= len(own):
            said = "which are newer" if dated else "the larger history"
            reason = (
                f"is one of {len(gone.files)} {gone.layout} migrations in {gone.folder or 'the root'}, whose tables "
                f"those of {kept.layout} in {kept.folder or 'the root'}, {said}, "
                "create again: not read; name both in tripoint.toml if they are two databases"
            )
            problems.append(problem(gone.files[0].path, reason))
            made.pop(_key(gone))
    return [found for found in founds if _key(found) in made]


def _last_version(found: Found) -> str:
    """Return the date of a history's last migration; nothing where it has none."""
    version = (found.files[-1].version or "") if found.files else ""
    return version if _TIMESTAMP.match(version) else ""


def _created_anew(index: FileIndex, found: Found) -> set[bytes]:
    """Return the tables that a history creates whether or not they are there, and does not drop."""
    if making(found) is not MADE:
        return made_by(index, found)
    texts = [index.read(file.path) for file in found.files]
    return names_in(MADE_ANEW, texts) - names_in(_DROPPED, texts)


def _begun_over(index: FileIndex, found: Found) -> set[bytes]:
    """Return the tables that a history creates where it drops all of them first: a dump to be loaded over others."""
    texts = [index.read(file.path) for file in found.files]
    made = names_in(MADE_ANEW, texts)
    return made if made and made <= names_in(_DROPPED, texts) else set()


_DATED = regex(r"^(?:19|20)[0-9]{2}-?[01][0-9]-?[0-3][0-9]")


def _as_needed(index: FileIndex, found: Found, problems: list[Remark]) -> tuple[MigrationFile, ...]:
    """Return the files of a history; where some are counted and some dated, each behind those that make what it needs.

    No known runner applies them, and a counter and a date say nothing of each other: what is dated is often older than
    the last that is counted.
    """
    files = found.files
    dated = [_DATED.match(file.version or "") is not None for file in files]
    if found.layout != "numbered" or all(dated) or not any(dated):
        return files
    texts = [index.read(file.path) for file in files]
    makers: dict[bytes, int] = {}
    for at, text in enumerate(texts):
        for name in names_in(MADE, [text]):
            makers.setdefault(name, at)
    needs = [sorted({makers[name] for name in names_in(NEEDED, [text]) if name in makers}) for text in texts]
    if not any(dated[other] and other > at for at, others in enumerate(needs) for other in others):
        return files
    placed: dict[int, None] = {}
    opened: set[int] = set()
    for at in range(len(files)):
        waiting = [at]
        while waiting:
            opened.add(waiting[-1])
            first = next((other for other in needs[waiting[-1]] if other not in opened), None)
            if first is None:
                placed.setdefault(waiting.pop())
            else:
                waiting.append(first)
    reason = (
        f"is one of {sum(dated)} files of {found.folder or 'the root'} with a date, beside {len(files) - sum(dated)} "
        "with a number: nothing says in which order they are applied; each is read behind those that make what it needs"
    )
    problems.append(problem(files[dated.index(True)].path, reason))
    return tuple(files[at] for at in placed)
