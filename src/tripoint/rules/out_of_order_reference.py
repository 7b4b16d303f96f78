"""A migration that needs a table which only a later migration creates.

**What it finds.** A statement that names a table before the statement that creates it, in the order in which the
runner applies the files.

**Why it matters.** On a database that is built from the files the statement fails (`42P01`). It went unnoticed where
the table already existed, or where the files were renumbered after they were applied. It is *low* where the migrations
do not hold the database's beginning, which may have the table: `missing-baseline` says so once.

**How to mend it.** Move the statement behind the creation, or the creation before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tripoint.model.evidence import Evidence, Reference
from tripoint.model.fault import Fault, Mark, Rule, Severity
from tripoint.model.words import counted
from tripoint.rules._baseline import NO_BEGINNING, baseline_is_missing
from tripoint.rules._shared import file_name


def check(evidence: Evidence) -> Iterator[Fault]:
    """Yield one fault for each migration and table that it needs too early."""
    early: dict[tuple[str, str], list[Reference]] = defaultdict(list)
    for reference in evidence.references:
        if reference.created_later is not None and reference.statement != "drop":
            early[reference.place.path, reference.table].append(reference)
    older = bool(early) and baseline_is_missing(evidence)
    loose = {file.path for file in evidence.database.migrations if file.layout == "numbered"}
    for (path, table), references in sorted(early.items()):
        later = references[0].created_later
        assert later is not None
        if later.path != path and _unordered(evidence, path, later.path):
            continue
        declared = later.path != path and evidence.database.definition == "declarative"
        guessed = later.path != path and {path, later.path} <= loose
        severity: Severity | None = "medium" if declared or guessed else None
        reason = "the order of schema files is a setting" if declared else None
        if guessed and reason is None:
            reason = "no runner of migrations is known that applies them in the order of their numbers"
        if older:
            severity, reason = "low", NO_BEGINNING
        where = "further down" if later.path == path else f"only by {file_name(later.path)}"
        need = "needs" if len(references) == 1 else "need"
        yield Fault(
            subject=file_name(path),
            message=f"{counted(len(references), 'statement')} of {file_name(path)} {need} {table}, "
            f"which is created {where}.",
            marks=(
                *(Mark(reference.place, "migrations", "primary", f"needs {table}") for reference in references),
                Mark(later, "migrations", "related", "created here"),
            ),
            severity=severity,
            severity_reason=reason,
            help="Move the statement behind the one that creates the table.",
        )


def _unordered(evidence: Evidence, path: str, later: str) -> bool:
    """Whether nothing says in which order two files are applied.

    No runner lists them, they are of one day, or each belongs to a history of its own.
    """
    own, other = (
        max(
            (folder for folder in evidence.database.unordered if one.startswith(f"{folder}/".lstrip("/"))),
            key=len,
            default=None,
        )
        for one in (path, later)
    )
    if own is not None and own != other:
        return True
    files = {file.path: file for file in evidence.database.migrations if file.path in (path, later)}
    if path in files and files[path].layout in ("schema", "pieces"):
        return True
    same = path in files and later in files and files[path].version == files[later].version
    return same and all(file.layout == "numbered" for file in files.values())


RULE = Rule("out-of-order-reference", "migrations", "high", check, needs=("migrations",))
