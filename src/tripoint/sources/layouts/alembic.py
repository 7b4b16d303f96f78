"""Alembic: revisions in Python, in the order that each gives by naming the one before it."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict

from msgspec import Struct

from tripoint.model.evidence import MigrationFile
from tripoint.model.regex import regex
from tripoint.model.words import counted
from tripoint.sources.layouts.index import FileIndex, foreign_name, parent_of, project_root
from tripoint.sources.layouts.kinds import test_folder
from tripoint.sources.layouts.models import is_postgresql
from tripoint.sources.layouts.records import Found, Remark, problem

__all__ = ["CREATED", "find_alembic"]

_REVISION = regex(rb"^down_revision\b", re.M)
_NAMED = regex(
    rb"^(revision|down_revision|depends_on)[ \t]*(?::[^=\n]*)?=[ \t]*"
    rb"((?:\([^)]*\)|\[[^\]]*\]|\"[^\"\n]*\"|'[^'\n]*'|None)(?=[ \t]*(?:#|;|\r?$)))?",
    re.M,
)
_ENVIRONMENT = regex(rb"\balembic\b")
_LOCATION = regex(rb"^[ \t]*script_location[ \t]*=[ \t]*[\"']?([^\r\n\"']+)", re.M)
_VERSIONS = regex(rb"^[ \t]*version_locations[ \t]*=[ \t]*([^\r\n\]]+(?:\n[ \t]+[^\r\n\]]+)*)", re.M)
CREATED = regex(
    rb"\b(?:create_table\s*\(\s*[\"']|CREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?)"
    rb"((?:\"?\w+\"?\s*\.\s*)?\"?\w+\"?)",
    re.I,
)
"""The tables that a revision creates, at a glance."""
_DEEPER = regex(rb"^[ \t]*recursive_version_locations[ \t]*=[ \t]*true\b", re.I | re.M)
_CREATES_ALL = regex(rb"\.create_all\b")
_MODEL = regex(rb"^[ \t]+__tablename__\s*[:=]", re.M)
_FEW = 3


class _Revision(Struct, frozen=True):
    path: str
    name: str
    before: tuple[str, ...]


def find_alembic(index: FileIndex, taken: frozenset[str]) -> list[Found]:
    """Return every environment of Alembic with its revisions, each behind those that it names."""
    groups: dict[str, list[str]] = defaultdict(list)
    elsewhere = _version_locations(index)
    for path in index.paths:
        if (
            path.endswith(".py")
            and path not in taken
            and _may_be(path, elsewhere)
            and _REVISION.search(index.head(path))
        ):
            groups[_environment(index, path, elsewhere)].append(path)
    founds: list[Found] = []
    for folder, found in sorted(groups.items()):
        paths, beside = _of_the_environment(index, folder, found)
        root = project_root(index, folder)
        if not is_postgresql(index, root):
            reason = "is a migration of Alembic, but nothing in the project says that its database is PostgreSQL"
            said = problem(paths[0], f"{reason}: not audited")
            explained = frozenset(paths)
            founds.append(Found("alembic", folder, root, definition="none", explained=explained, problems=(said,)))
        elif (makes := _made_by_models(index, root, paths)) is not None:
            founds.append(Found("alembic", folder, root, definition="none", problems=(problem(paths[0], makes),)))
        else:
            files, problems = _ordered(index, paths)
            explained = frozenset(found)
            founds.append(Found("alembic", folder, root, files, explained=explained, problems=(*problems, *beside)))
    return founds


def _may_be(path: str, elsewhere: dict[str, str]) -> bool:
    """Whether a file may be a revision, by where it stands; those of tests and of templates are none."""
    folder = parent_of(path)
    return (
        folder in elsewhere or "igrat" in folder or "alembic" in folder or "version" in folder or "revision" in folder
    )


def _environment(index: FileIndex, path: str, elsewhere: dict[str, str]) -> str:
    """Return the folder of the `env.py` that a revision belongs to, else its own."""
    folder = parent_of(path)
    current = folder
    while current and current not in elsewhere:
        beside = f"{current}/env.py"
        if beside in index.all and _ENVIRONMENT.search(index.head(beside)):
            return current
        current = parent_of(current)
    return elsewhere.get(current, folder)


def _of_the_environment(index: FileIndex, folder: str, paths: list[str]) -> tuple[list[str], list[Remark]]:
    """Return the revisions that an environment reads, and a word on those beside them.

    Those are of the folder `versions` where it has any and no settings name others, and none in a folder that is named
    for another database than PostgreSQL.
    """
    versions = [path for path in paths if parent_of(path) == f"{folder}/versions".lstrip("/")]
    deeper = any(_DEEPER.search(index.head(path)) for path in index.by_name.get("alembic.ini", ()))
    named = _version_locations(index)
    own = [path for path in paths if not versions or path in versions or parent_of(path) in named or deeper]
    own = [path for path in own if foreign_name(f"{parent_of(path)}/") is None] or own
    left = [path for path in paths if path not in own]
    if not left:
        return own, []
    more = f", as are {len(left) - 1} more" if len(left) > 1 else ""
    reason = f"is a revision of Alembic outside of the folders that its environment reads{more}: not read"
    return own, [problem(left[0], reason)]


def _version_locations(index: FileIndex) -> dict[str, str]:
    """Return the folders of revisions that settings name, each with the folder of the environment."""
    found: dict[str, str] = {}
    for name in ("alembic.ini", "pyproject.toml"):
        for path in index.by_name.get(name, ()):
            text, here = index.head(path), parent_of(path)
            script = _LOCATION.search(text)
            folders = _VERSIONS.search(text)
            if script is None or folders is None:
                continue
            environment = _below(here, script.group(1).decode("utf-8", "replace"))
            for part in re.split(r"[\s,;:\"'\[]+", folders.group(1).decode("utf-8", "replace")):
                if part:
                    found[_below(here, part)] = environment
    return found


def _below(here: str, written: str) -> str:
    path = re.sub(r"%\(here\)s|\$\{here\}", ".", written.strip()).replace("\\", "/")
    return posixpath.normpath(posixpath.join(here, path)).removeprefix("./")


def _made_by_models(index: FileIndex, root: str, paths: list[str]) -> str | None:
    """Say that the code makes its tables itself, of which the revisions create few; None where they create them."""
    own = frozenset(paths)
    code = [
        path for path in index.below(root) if path.endswith(".py") and test_folder(path) is None and path not in own
    ]
    models = sum(len(_MODEL.findall(index.head(path))) for path in code)
    created = {name for path in paths for name in CREATED.findall(index.read(path))}
    if 2 * len(created) >= models and created:
        return None
    makes = next((path for path in (*paths, *code) if _CREATES_ALL.search(index.read(path))), None)
    if makes is None and (created or not models):
        return None
    by = (
        f"{makes} makes those of the models (create_all)"
        if makes is not None
        else "nothing that is read creates others"
    )
    return (
        f"one of {len(paths)} migrations of Alembic that create {counted(len(created), 'table')}, and {by}: they "
        "are taken for no history of the whole schema"
    )


# ---- the graph


def _ordered(index: FileIndex, paths: list[str]) -> tuple[tuple[MigrationFile, ...], list[Remark]]:
    """Return the revisions in an order that Alembic could apply them in, and what is wrong with their graph."""
    problems: list[Remark] = []
    revisions: dict[str, _Revision] = {}
    for path in paths:
        revision = _read(index, path, problems)
        if revision is None:
            continue
        if revision.name in revisions:
            reason = f"has the revision {revision.name} of {revisions[revision.name].path}: Alembic takes one of them"
            problems.append(problem(path, f"{reason}, and it is not read"))
            continue
        revisions[revision.name] = revision
    for revision in revisions.values():
        for before in revision.before:
            if before not in revisions:
                reason = f"comes after the revision {before}, which no file is: it is read as if nothing came before it"
                problems.append(problem(revision.path, reason, "unresolved"))
    named = {before for revision in revisions.values() for before in revision.before}
    heads = sorted(name for name in revisions if name not in named)
    if len(heads) > 1:
        shown = ", ".join(heads[:_FEW]) + (f" and {len(heads) - _FEW} more" if len(heads) > _FEW else "")
        reason = (
            f"one of {len(heads)} heads of the history ({shown}), which `alembic upgrade head` refuses: all are read"
        )
        problems.append(problem(revisions[heads[0]].path, reason))
    order, left = _sorted(index, revisions)
    if left:
        reason = f"one of {len(left)} revisions that come after each other in a circle: they are read last"
        problems.append(problem(left[0].path, reason, "unresolved"))
    return tuple(MigrationFile(one.path, one.name, "alembic") for one in (*order, *left)), problems


def _sorted(index: FileIndex, revisions: dict[str, _Revision]) -> tuple[list[_Revision], list[_Revision]]:
    """Return the revisions, each behind those before it, and those of circles; a branch is gone to its end.

    Of several beginnings, one that creates tables is the first.
    """
    after: dict[str, list[_Revision]] = defaultdict(list)
    waiting: dict[str, int] = {}
    for revision in sorted(revisions.values(), key=lambda one: one.path):
        known = [before for before in revision.before if before in revisions]
        waiting[revision.name] = len(known)
        for before in known:
            after[before].append(revision)
    ready = [one for one in revisions.values() if not waiting[one.name]]
    ready.sort(key=lambda one: (CREATED.search(index.read(one.path)) is None, one.path), reverse=True)
    order: list[_Revision] = []
    while ready:
        revision = ready.pop()
        order.append(revision)
        for following in reversed(after[revision.name]):
            waiting[following.name] -= 1
            if not waiting[following.name]:
                ready.append(following)
    done = {one.name for one in order}
    circles = [one for one in revisions.values() if one.name not in done]
    last = [one for one in order if not after[one.name]]
    merges = sum(len(one.before) > 1 for one in order)
    whole = len(last) == 1 and not circles and all(before in done for one in order for before in one.before)
    if whole and merges and merges * len(order) < _MOST_STEPS:
        order = _of_branches(last[0], revisions)
    return order, circles


_MOST_STEPS = 1_000_000
"""Revisions times merges up to which their order is worked out as Alembic does: it looks at all before each merge."""


def _of_branches(head: _Revision, revisions: dict[str, _Revision]) -> list[_Revision]:
    """Return the revisions up to a head in the order in which Alembic applies them where branches meet again.

    It walks back from the head and gives each revision when no other branch that it has yet to walk leads to it; at a
    merge it goes on with the branch that is named first.
    """

    def before(name: str) -> set[str]:
        found, work = {name}, [name]
        while work:
            new = set(revisions[work.pop()].before) - found
            found |= new
            work += new
        return found

    names, reach = [head.name], [before(head.name)]
    at, left, back = 0, set(revisions), list[_Revision]()
    while names:
        name = names[at]
        other = next((i for i, reached in enumerate(reach) if i != at and name in reached), None)
        if other is not None:
            at = other
            continue
        if name in left:
            left.remove(name)
            back.append(revisions[name])
        following = [one for one in revisions[name].before if one in left and one not in names]
        if not following:
            del names[at], reach[at]
            at = max(at - 1, 0)
        elif len(revisions[name].before) == 1:
            names[at] = following[0]
            reach[at].discard(name)
        else:
            names[at], reach[at] = following[0], before(following[0])
            names += following[1:]
            reach += map(before, following[1:])
    return back[::-1]


def _read(index: FileIndex, path: str, problems: list[Remark]) -> _Revision | None:
    """Return the revision of a file; None, with a word, where it does not say it as a literal."""
    found: dict[str, tuple[str, ...]] = {}
    for match in _NAMED.finditer(index.read(path)):
        name = match.group(1).decode()
        value = _literal(match.group(2))
        if value is None:
            if name != "depends_on":
                problems.append(problem(path, f"does not say its {name} as a literal: it is not read", "unresolved"))
                return None
            continue
        found.setdefault(name, value)
    if len(found.get("revision", ())) != 1:
        problems.append(problem(path, "does not say its revision as a literal: it is not read", "unresolved"))
        return None
    before = dict.fromkeys((*found.get("down_revision", ()), *found.get("depends_on", ())))
    return _Revision(path, found["revision"][0], tuple(before))


def _literal(text: bytes | None) -> tuple[str, ...] | None:
    import ast  # few projects have revisions

    try:
        value = ast.literal_eval(text.decode("utf-8")) if text is not None else ...
    except (ValueError, SyntaxError, UnicodeDecodeError, RecursionError, MemoryError):
        return None
    if value is None:
        return ()
    values = value if isinstance(value, list | tuple | set) else (value,)
    return tuple(str(one) for one in values if one) if all(isinstance(one, str) for one in values) else None
