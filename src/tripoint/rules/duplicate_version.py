"""Two migrations with the same version.

**What it finds.** Migration files whose runner keys them by the same version: the same numeric prefix.

Where the names of the files alone say which runner applies them, it is *low*: an application may do so itself.

**Why it matters.** The runner records a version once. The second file fails with a duplicate key, or is taken as
applied and never runs, and which of the two that is depends on the machine.

**How to mend it.** Rename one of them to a version of its own, unless it was applied somewhere already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

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
    """Yield one fault for each version that several files claim, on the later files; one for many such versions.

    What tells them apart is history and version: however many are mended, those that are left are not new.
    """
    histories: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for migration in evidence.database.migrations:
        if migration.version is not None and not migration.program and migration.layout not in _KEYED_OTHERWISE:
            histories[migration.layout, _history(migration)][migration.version].append(migration.path)
    for (layout, folder), versions in sorted(histories.items()):
        own = layout in _OWN_RUNNER
        taken = {v: paths for v, paths in sorted(versions.items()) if len(paths) > 1 and not (own and _DAY.match(v))}
        each = [taken] if len(taken) > _FEW else [{version: paths} for version, paths in taken.items()]
        for some in each if taken else ():
            fault = _fault(folder or layout, some)
            reason = "no runner of migrations is known that applies them"
            yield replace(fault, severity="low", severity_reason=reason) if own else fault


_DAY = regex(r"(?:19|20)[0-9]{2}-?[01][0-9]-?[0-3][0-9]$")
"""A date alone: what applies several files of one day goes by their whole names."""
_FEW = 3
"""As many versions are told one by one; more of them are a habit, and one fault."""


def _fault(history: str, taken: Mapping[str, list[str]]) -> Fault:
    says = [f"Version {version} is taken by {listed(paths)}" for version, paths in taken.items()]
    if len(taken) > 1:
        says = [f"{len(taken)} versions are taken by several files each ({listed(taken)})"]
    marks: list[Mark] = []
    for version, (first, *later) in taken.items():
        note = f"version {version}"
        marks += [Mark(Place(path, 0, 0), "migrations", "primary", f"{note} again", version) for path in later]
        marks.append(Mark(Place(first, 0, 0), "migrations", "related", note, version))
    return Fault(
        subject=file_name(next(iter(taken.values()))[1]),
        message=f"{says[0]}: a runner applies a version once.",
        marks=tuple(marks),
        help="Give each file a version of its own, unless it was applied somewhere already.",
        identity=history,
    )


RULE = Rule("duplicate-version", "migrations", "high", check, needs=("migrations",))
