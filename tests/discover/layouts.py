"""Projects in memory for the tests of what is found."""

from __future__ import annotations

from tripoint.config import Config
from tripoint.sources.discover import DatabaseFiles, Layout, discover
from tripoint.tree import OverlayTree, WorkTree

TABLE = "create table a (id bigint primary key);"


def layout_of(files: dict[str, str], config: Config | None = None) -> Layout:
    """Return what is found in a project given as path → text, on top of the folder that the test runs in."""
    buffers = {path: text.encode() for path, text in files.items()}
    return discover(OverlayTree(WorkTree("."), buffers), config or Config())


def only(layout: Layout) -> DatabaseFiles:
    """Return the one database's files."""
    (files,) = layout.databases
    return files


def applied(layout: Layout) -> list[str]:
    """Return the paths of the one database's migrations, in order."""
    return [file.path for file in only(layout).database.migrations]


def reasons(layout: Layout) -> dict[str, str]:
    """Return what is said of each path."""
    return {path: problem.reason for path, problem in layout.problems}


def code_of(layout: Layout) -> dict[str, list[str]]:
    return {files.database.name: [file.path for file in files.code] for files in layout.databases}


MONOREPO = {
    "apps/shop/supabase/migrations/1_a.sql": TABLE,
    "apps/shop/page.tsx": "",
    "apps/shop/README.md": "",
    "services/jobs/go.mod": "",
    "services/jobs/migrations/1_a.up.sql": TABLE,
    "services/jobs/main.go": "",
    "libs/util.ts": "",
    "README.md": "",
}
