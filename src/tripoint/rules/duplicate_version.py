"""Two migrations with the same version.

**What it finds.** Migration files whose runner keys them by the same version: the same numeric prefix.

Where the names of the files alone say which runner applies them, it is *low*: an application may do so itself.

**Why it matters.** The runner records a version once. The second file fails with a duplicate key, or is taken as
applied and never runs, and which of the two that is depends on the machine.

**How to mend it.** Rename one of them to a version of its own, unless it was applied somewhere already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msgspec.structs import replace

from tripoint.model.evidence import Evidence, MigrationFile
from tripoint.model.fault import Fault, Mark, Rule
from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.model.words import listed
from tripoint.rules._shared import file_name

_KEYED_OTHERWISE = frozenset({"sqitch", "drizzle", "sql-migrate", "node-pg-migrate", "yoyo"})
"""Runners that keep a list of their own, in which a name may stand once, or that key a file by its whole name."""
_OWN_RUNNER = frozenset({"numbered", "up-and-down"})
"""Layouts that are told by the names of their files alone: what applies them need not be what they look like."""


def _history(migration: MigrationFile) -> str:
    """Return the folder of the history that a file belongs to: a project may have several, each with its versions."""
    if migration.layout == "flyway":
        return ""  # one history, from however many folders
    folder = migration.path.rpartition("/")[0]
    a_folder_each = migration.path.endswith(("/migration.sql", "/up.sql"))
    return folder.rpartition("/")[0] if a_folder_each else folder


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each version that several files claim, on the later files; one for many such versions."""
    versions: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for migration in evidence.database.migrations:
        if migration.version is not None and not migration.program and migration.layout not in _KEYED_OTHERWISE:
            versions[migration.layout, _history(migration), migration.version].append(migration.path)
    several = [(layout, version, paths) for (layout, _, version), paths in sorted(versions.items()) if len(paths) > 1]
    loose = [(v, paths) for layout, v, paths in several if layout in _OWN_RUNNER and not _DAY.match(v)]
    taken = [(version, paths) for layout, version, paths in several if layout not in _OWN_RUNNER]
    if loose:
        says = f"{len(loose)} {'versions are' if len(loose) > 1 else 'version is'} taken by several files"
        fault = _fault(loose, f"{says} ({listed(v for v, _ in loose)})")
        reason = "no runner of migrations is known that applies them"
        yield replace(fault, severity="low", severity_reason=reason)
    if len(taken) > _FEW:
        yield _fault(taken, f"{len(taken)} versions are taken by several files each ({listed(v for v, _ in taken)})")
        return
    for version, paths in taken:
        yield _fault([(version, paths)], f"Version {version} is taken by {listed(paths)}")


_DAY = regex(r"(?:19|20)[0-9]{2}-?[01][0-9]-?[0-3][0-9]$")
"""A date alone: what applies several files of one day goes by their whole names."""
_FEW = 3
"""As many versions are told one by one; more of them are a habit, and one fault."""


def _fault(taken: list[tuple[str, list[str]]], says: str) -> Fault:
    marks: list[Mark] = []
    for version, (first, *later) in taken:
        marks += [Mark(Place(path, 0, 0), "migrations", "primary", f"version {version} again") for path in later]
        marks.append(Mark(Place(first, 0, 0), "migrations", "related", f"version {version}"))
    return Fault(
        subject=file_name(taken[0][1][1]),
        message=f"{says}: a runner applies a version once.",
        marks=tuple(marks),
        help="Give each file a version of its own, unless it was applied somewhere already.",
    )


RULE = Rule("duplicate-version", "migrations", "high", check, needs=("migrations",))
