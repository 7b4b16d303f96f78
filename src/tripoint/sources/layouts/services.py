"""Services of one package that have a database each."""

from __future__ import annotations

from msgspec.structs import replace

from tripoint.sources.layouts.begin import MADE, names_in
from tripoint.sources.layouts.index import FileIndex, carried_by
from tripoint.sources.layouts.kinds import language_of
from tripoint.sources.layouts.records import Found

__all__ = ["split_services"]

_BY_NUMBER = frozenset({"golang-migrate", "goose", "dbmate", "tern"})
"""Runners that keep the numbers of what they applied in a table of the database."""


def split_services(index: FileIndex, groups: dict[tuple[str, str], list[Found]]) -> None:
    """Give each of several histories of a package that one database can't take the folder that it stands in.

    They do where the same number stands for different files, and these create a table of the same name: a runner
    applies a number once. The folder, less the names that only carry migrations, has to hold code.
    """
    for key in [key for key in groups if not key[0]]:
        histories = [f for f in groups[key] if f.definition == "migrations" and f.layout in _BY_NUMBER and f.files]
        if len(histories) < 2:
            continue
        services = {found.folder: carried_by(index, found.folder) for found in histories}
        apart = [found for found in histories if any(_conflict(index, found, other) for other in histories)]
        roots = {services[found.folder] for found in apart}
        if len(roots) < len(apart) or not all(_holds_code(index, root, key[1]) for root in roots):
            continue
        for found in apart:
            root = services[found.folder]
            groups[key].remove(found)
            groups.setdefault(("", root), []).append(replace(found, root=root))
        if not groups[key]:
            del groups[key]


def _conflict(index: FileIndex, found: Found, other: Found) -> bool:
    theirs = {file.version: file.path for file in other.files}
    for file in found.files if found is not other else ():
        path = theirs.get(file.version)
        if path is not None and index.read(path) != index.read(file.path):
            made, others = (names_in(MADE, [index.read(one)]) for one in (file.path, path))
            if made & others:
                return True
    return False


def _holds_code(index: FileIndex, folder: str, root: str) -> bool:
    return folder not in ("", root) and any(language_of(path) is not None for path in index.below(folder))
