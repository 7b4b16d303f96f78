"""Where graphile-migrate's migrations look names up: the search path that its settings hand to PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable

from tripoint.model.evidence import MigrationFile
from tripoint.model.regex import regex
from tripoint.sources.layouts.index import FileIndex, parent_of

__all__ = ["looked_in"]

_NAMES = (".gmrc", ".gmrc.json", ".gmrc.js", ".gmrc.cjs", ".gmrc.mjs")
_PATH = regex(rb"^[^\n/]*?[\"']?\bsearch_path[\"']?[ \t]*:[ \t]*[\"']([^\"'\n]+)[\"']")
_SETTING = b"search_path"


def looked_in(index: FileIndex, files: Iterable[MigrationFile]) -> tuple[str, tuple[str, ...]] | None:
    """Return the settings of graphile-migrate that name a search path for the migrations, and its schemas; None where
    the migrations are not its own or the settings name none.

    `public` stands at its end in any case: what else speaks to the database goes by PostgreSQL's own path.
    """
    folders: set[str] = set()
    for file in files:
        folder, _, name = file.path.rpartition("/")
        if folder.rpartition("/")[2] == "committed":
            folders.add(parent_of(folder))
        elif name == "current.sql":
            folders.add(folder)
    for folder in sorted(folders):
        above: str | None = folder
        while above is not None:
            for name in _NAMES:
                path = f"{above}/{name}".lstrip("/")
                if path in index.all:
                    said = _said(index.read(path))
                    return (path, said) if said else None
            above = parent_of(above) if above else None
    return None


def _said(text: bytes) -> tuple[str, ...]:
    for line in text.splitlines():  # a line's comment is none of the settings
        found = _PATH.match(line) if _SETTING in line else None
        if found is not None:
            schemas = [one.strip().strip('"') for one in found[1].decode("utf-8", "replace").split(",")]
            return tuple(dict.fromkeys([*filter(None, schemas), "public"]))
    return ()
