"""Migrations whose versions are written in different formats.

**What it finds.** Versions of different kinds side by side: counters (`001`), minutes (`202511251400`) and seconds
(`20251125140000`).

**Why it matters.** Runners order versions as numbers or as text. A version of 12 digits is a smaller number than
every one of 14, and as text the two mix: a migration can run before one that is older than it. It is *medium* where
the order of the files contradicts their own dates, else *low*.

**How to mend it.** Write new versions in one format; leave those that were applied.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.evidence import Evidence, MigrationFile
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.model.place import Place
from tripoint.model.words import listed
from tripoint.rules._shared import file_name

_KINDS = {8: "days", 12: "minutes", 14: "seconds", 17: "milliseconds", 18: "seconds"}
"""Digits to what they count in; of 18, the last four tell apart what was made in the same second (Diesel)."""


def _kind(version: str) -> str | None:
    if not version.isascii() or not version.isdigit() or not version.strip("0"):
        return None  # zeros alone are the first in any format
    plausible = len(version) in _KINDS and version[:2] in ("19", "20") and "01" <= version[4:6] <= "12"
    return _KINDS[len(version)] if plausible else "counter"


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for a layout whose versions mix formats, on the files of the rarer ones."""
    layouts: dict[str, list[MigrationFile]] = defaultdict(list)
    for migration in evidence.database.migrations:
        if migration.version is not None and not migration.program:
            layouts[migration.layout].append(migration)
    for layout, migrations in layouts.items():
        kinds: dict[str, list[MigrationFile]] = defaultdict(list)
        for migration in migrations:
            kind = _kind(migration.version or "")
            if kind is not None:
                kinds[kind].append(migration)
        if len(kinds) < 2:
            continue
        usual = max(sorted(kinds), key=lambda kind: len(kinds[kind]))
        odd = [migration for migration in migrations if _kind(migration.version or "") not in (usual, None)]
        dated = [
            (m.version or "").ljust(17, "0") for m in migrations if _kind(m.version or "") not in ("counter", None)
        ]
        guessed = layout == "numbered" and "counter" in kinds  # no runner is known that orders the two
        severity: Severity = "low" if guessed or dated == sorted(dated) else "medium"
        described = listed(f"{len(kinds[kind])} by {kind}" for kind in sorted(kinds))
        yield Fault(
            subject=file_name(odd[0].path),
            message=f"Migrations are numbered in {len(kinds)} formats ({described})"
            + (", and run in another order than their dates." if severity == "medium" else "."),
            marks=tuple(
                Mark(Place(m.path, 0, 0), "migrations", "primary", f"by {_kind(m.version or '')}, not by {usual}")
                for m in odd
            ),
            severity=severity,
            help=f"Number new migrations by {usual}; leave those that were applied.",
        )


RULE = Rule("mixed-version-format", "migrations", "low", check, needs=("migrations",))
