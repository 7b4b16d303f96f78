"""What several rules ask of names in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from tripoint.bind.sql_uses import SqlUse, sql_uses
from tripoint.model.binding import REPLACED
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Mark, Severity
from tripoint.model.name import Name
from tripoint.model.query import ASKED_FIRST, Query
from tripoint.model.words import counted
from tripoint.rules._shared import runner_tables

__all__ = [
    "OF_ANOTHER",
    "OF_TYPES",
    "ONLY_IN_CODE",
    "OTHERWISE",
    "SKIPPED",
    "held_by",
    "idle_severity",
    "is_whole",
    "of_another_database",
    "sql_marks",
    "sql_severity",
    "tables_in_sql",
    "unknown_in_sql",
]

OF_TYPES = frozenset({"42804", "42846"})
"""SQLSTATEs of queries that are refused for their types: where the migrations make casts, they need not be."""
ONLY_IN_CODE = "the code alone names it"
SKIPPED = "a statement of the migrations has it that does nothing in a fresh database: an older one may hold it"
OTHERWISE = (
    "a statement of the migrations that does nothing in a fresh database has the table otherwise: an older one may"
)

OF_ANOTHER = "the SQL of that folder, which is no part of this database's, names tables that are not here: another's"

_TAKE_WHOLE = frozenset(
    {
        "pg",
        "psycopg",
        "asyncpg",
        "pgx",
        "database/sql",
        "sqlx",
        "jdbc",
        "postgres",
        "query file",
        "sqlalchemy",
        "django",
    }
)
"""What is given whole statements, as SQLAlchemy's `text` and a cursor of Django are; query builders take parts."""
_WORDS = {
    "function": ("function", "functions"),
    "view": ("view", "views"),
    "trigger": ("trigger", "triggers"),
    "check": ("check constraint", "check constraints"),
    "default": ("default", "defaults"),
    "index": ("index", "indexes"),
    "job": ("scheduled job", "scheduled jobs"),
}


def unknown_in_sql(evidence: Evidence, *kinds: str) -> dict[str, list[SqlUse]]:
    """Return the names in SQL that nothing creates, by subject.

    Policies speak for themselves, and a name that only the search path hides is another fault. What a migration runner
    keeps is no part of the schema.
    """
    found: dict[str, list[SqlUse]] = defaultdict(list)
    for use in _unknown(evidence, kinds):
        target = use.reference.target
        if target is None or use.reference.hidden is not None or (use.body is not None and use.body.kind == "policy"):
            continue
        if target.name in runner_tables:
            continue
        found[f"{target}.{use.reference.column}" if use.reference.kind == "column" else str(target)].append(use)
    return dict(sorted(found.items()))


def _unknown(evidence: Evidence, kinds: tuple[str, ...]) -> Iterator[SqlUse]:
    return (use for use in sql_uses(evidence, *kinds) if use.reference.outcome == "unknown")


def is_whole(query: Query) -> bool:
    """Whether SQL in the code goes to a driver as it stands: nothing else is put in, and it is no part of other SQL."""
    return query.client in _TAKE_WHOLE and not query.filled and not (query.text or "").lstrip().startswith("(")


def tables_in_sql(evidence: Evidence) -> set[Name]:
    """Return every table that SQL names, of the database or of the code, where it is known which one is meant."""
    return {
        use.reference.target
        for use in sql_uses(evidence, "relation")
        if use.reference.target is not None
        and use.reference.outcome != "undecidable"
        and use.reference.hidden is None
        and use.reference.target.name not in runner_tables
    }


def of_another_database(evidence: Evidence) -> tuple[str, ...]:
    """Return the folders beside that of a database whose SQL asks for several tables that it does not have, and no
    more of those that it has: a service of its own, whose schema is not in the project.
    """
    root = evidence.database.root
    known: dict[str, set[Name | None]] = defaultdict(set)
    unknown: dict[str, set[Name | None]] = defaultdict(set)
    for use in sql_uses(evidence, "relation") if root else ():
        path = use.query.place.path if use.query is not None else root
        if use.query is not None and not path.startswith(f"{root}/"):
            found = unknown if use.reference.outcome == "unknown" else known
            found[_beside(path, root)].add(use.reference.target)
    return tuple(folder for folder, missing in unknown.items() if len(missing) >= max(_SEVERAL, len(known[folder])))


_SEVERAL = 2


def _beside(path: str, root: str) -> str:
    """Return the folder of a path that stands beside another one, or beside one above it."""
    parts, others = path.split("/")[:-1], root.split("/")
    same = next((at for at, (one, other) in enumerate(zip(parts, others, strict=False)) if one != other), None)
    return "/".join(parts[: same + 1]) + "/" if same is not None else "/".join(parts) + "/"


def held_by(uses: Iterable[SqlUse]) -> list[str]:
    """Return who names it, in words: `2 functions`, `SQL in the code (3 places)`."""
    owners: dict[str, set[str]] = defaultdict(set)
    calls = 0
    for use in uses:
        if use.body is not None:
            owners[use.body.kind].add(use.body.subject)
        else:
            calls += 1
    said = [counted(len(subjects), *_WORDS[kind]) for kind, subjects in sorted(owners.items()) if kind in _WORDS]
    return [*said, *([f"SQL in the code ({counted(calls, 'place')})"] if calls else [])]


def sql_marks(uses: Iterable[SqlUse]) -> tuple[Mark, ...]:
    """Return the primary marks of names in SQL."""
    marks = []
    for use in uses:
        if use.body is not None:
            note = f"in the {_WORDS.get(use.body.kind, (use.body.kind,))[0]} {use.body.subject}"
            marks.append(Mark(use.reference.place, "migrations", "primary", note, use.body.subject))
        elif use.query is not None:
            marks.append(Mark(use.reference.place, "code", "primary", "in SQL here", use.query.symbol))
    return tuple(dict.fromkeys(marks))


def idle_severity(idle: list[str]) -> tuple[Severity, str]:
    """Return how much a fault of functions matters all of which nothing may call, for the reasons given."""
    doubtful = any(reason.startswith(REPLACED) for reason in idle)
    return "medium" if doubtful else "low", f"it would fail when it runs, but {idle[0]}"


def sql_severity(uses: list[SqlUse]) -> tuple[Severity, str]:
    """Return how much a name in SQL that nothing creates matters, and why."""
    guards = {use.guarded for use in uses}
    if None not in guards:
        said = sorted(guard for guard in guards if guard)
        if all(guard.startswith(ASKED_FIRST) for guard in said):
            return "low", said[0]
        return "medium", f"its author expects that it may fail: {said[0]}"
    if {use.body is None for use in uses} == {True, False}:
        return "high", "the database's own SQL and the code name it"
    if uses[0].body is None:
        return "high", ONLY_IN_CODE
    if all(use.body is not None and use.body.kind == "job" for use in uses):
        return "medium", "a job fails where nobody sees it, and may have been ended or changed by hand"
    if all(use.body is not None and not use.body.at_run_time for use in uses):
        return "high", "PostgreSQL refuses the statement that makes it, and what follows it"
    idle = [use.body.idle for use in uses if use.body is not None and use.body.idle is not None]
    if len(idle) == len(uses):
        return idle_severity(idle)
    return "high", "it fails when it runs, not when it is created"
