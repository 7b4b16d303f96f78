"""Histories that lean on another one: they point to tables, or change some or types, that it alone creates."""

from __future__ import annotations

import posixpath
import re

from msgspec.structs import replace

from tripoint.model.regex import regex
from tripoint.sources.layouts.begin import names_in
from tripoint.sources.layouts.histories import MADE_ANEW, made_by, needed_by
from tripoint.sources.layouts.index import FileIndex
from tripoint.sources.layouts.records import Found
from tripoint.supabase import MANAGED_SCHEMAS

__all__ = ["join_leaning"]

_FEW = 2
_TYPE = rb"\s+TYPE\s+((?:\"?\w+\"?\s*\.\s*)?\"?\w+\"?)"
_TYPE_MADE = regex(rb"\bCREATE" + _TYPE, re.I)
_TYPE_NEEDED = regex(rb"\bALTER" + _TYPE, re.I)


_PLATFORM = {schema.encode() for schema in MANAGED_SCHEMAS}


def _made_by(index: FileIndex, found: Found) -> set[bytes]:
    """Return the tables and types that a history creates."""
    return made_by(index, found) | names_in(_TYPE_MADE, [index.read(file.path) for file in found.files])


def join_leaning(index: FileIndex, groups: dict[tuple[str, str], list[Found]]) -> None:
    """Join the migrations of a package to the database that they are for, at what holds both.

    A key points to a table of its own database, and a view reads those of its own. So where migrations need several
    tables that they do not create, and one other history creates all of those, the two are one database's; unless they
    create tables again that are there.
    """
    if len(groups) == 1:
        return
    made = {key: {name for found in group for name in _made_by(index, found)} for key, group in groups.items()}
    for key in sorted(groups):
        group = groups.get(key, [])  # none where another was joined to it
        if key[0] or any(f.definition != "migrations" or f.platform for f in group if f.files):
            continue
        files = [file for found in group for file in found.files]
        if not files or any(file.program for file in files):
            continue
        texts = [index.read(file.path) for file in files]
        needed = {name for found in group for name in needed_by(index, found)}
        needed = (needed | names_in(_TYPE_NEEDED, texts)) - made[key]
        needed = {name for name in needed if name.partition(b".")[0] not in _PLATFORM or b"." not in name}
        holders = [other for other in groups if other != key and needed <= made[other]]
        if len(needed) < _FEW or len(holders) != 1 or names_in(MADE_ANEW, texts) & made[holders[0]]:
            continue
        other = holders[0]
        joined = other[0], posixpath.commonpath([key[1], other[1]]) if key[1] and other[1] else ""
        if other[0] or (joined in groups and joined not in (key, other)):  # the settings name it, or one stands there
            continue
        moved = groups.pop(other) + groups.pop(key)
        groups[joined] = [replace(found, root=joined[1]) for found in moved]
        made[joined] = made[other] | made[key]
