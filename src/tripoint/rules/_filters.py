"""What the rules on values and filters share: kinds of types, and why a column may have another one."""

from __future__ import annotations

from typing import Final

from tripoint.bind.sql_uses import SqlUse
from tripoint.bind.tables import may_be_changed
from tripoint.model.evidence import Evidence
from tripoint.model.fault import Mark, Severity
from tripoint.model.place import Place
from tripoint.model.readable import base_type
from tripoint.rules._baseline import NO_BEGINNING, baseline_is_missing
from tripoint.rules._sql import SKIPPED, sql_severity

__all__ = ["SCALARS", "TEXTS", "TIMES", "doubt_of_type", "made_here", "severity_of_types", "type_kind"]

TIMES: Final = frozenset(
    {"date", "interval", *(f"{one} {zone} time zone" for one in ("time", "timestamp") for zone in ("with", "without"))}
)
SCALARS: Final = TIMES | {
    *("smallint", "integer", "bigint", "numeric", "real", "double precision", "money", "boolean", "uuid", "enum"),
}
TEXTS: Final = frozenset({"text", "character varying", "character"})


def type_kind(type_name: str, evidence: Evidence) -> str:
    """Return what kind of type it is: its name without a length, `enum` or `array`."""
    kinds: dict[str, str] = evidence.answer("kinds of types", dict)
    if type_name not in kinds:
        kinds[type_name] = _kind(type_name, evidence)
    return kinds[type_name]


def _kind(type_name: str, evidence: Evidence) -> str:
    if type_name.endswith("[]"):
        return "array"
    if any(str(name) == type_name for catalog in (evidence.defined, evidence.platform) for name in catalog.enums):
        return "enum"
    return base_type(type_name)


def doubt_of_type(subject: str, guards: set[str | None], evidence: Evidence) -> tuple[str | None, Place | None]:
    """Return why what a type refuses may be taken by another one in an older database, or is expected to fail, and the
    other place that makes the column, where there is one. `guards` say how each use shows that it may fail, or None."""
    made = evidence.elsewhere.get(("column", subject))
    if made is not None and made.by in ("sql", "seed", "program", "driver", "code"):
        return f"{made.place.path} makes the column too, of whatever type", made.place
    changed = may_be_changed(subject.split(".", 2)[1], evidence, columns=True)
    if changed is not None:
        return f"a statement that can't be evaluated may change it: {changed}", None
    if subject in evidence.skipped or f"type of {subject}" in evidence.skipped:
        return SKIPPED, None
    if baseline_is_missing(evidence):
        return NO_BEGINNING, None
    expected = None if None in guards else next(iter(sorted(filter(None, guards))), None)
    return (f"its author expects that it may fail: {expected}" if expected is not None else None), None


def severity_of_types(uses: list[SqlUse], evidence: Evidence) -> tuple[Severity, str | None]:
    """Return how much types matter that SQL of the database meets and PostgreSQL refuses, and why it is not *high*."""
    severity, reason = sql_severity(uses)
    doubts = [_doubt_of_use(use, evidence) for use in uses]
    if severity == "high" and None not in doubts:
        severity, reason = "medium", next(doubt for doubt in doubts if doubt is not None)
    return severity, reason if severity != "high" else None


def _doubt_of_use(use: SqlUse, evidence: Evidence) -> str | None:
    """Return why a type that SQL asks for may be another one in an older database: of the column that is known to
    bring it, else of any table that the function names, or of any column of the statement in the code."""
    reference = use.reference
    if reference.target is not None:
        return doubt_of_type(f"{reference.target}.{reference.column}", {None}, evidence)[0]
    statement = next((one for one in evidence.bindings if use.query is not None and one.query is use.query), None)
    for other in statement.references if statement is not None else ():
        if other.kind == "column" and other.target is not None:
            doubt = doubt_of_type(f"{other.target}.{other.column}", {None}, evidence)[0]
            if doubt is not None:
                return doubt
    for other in use.body.references if use.body is not None else ():
        named = other.target if other.kind == "relation" else None
        if named is not None and (changed := may_be_changed(named.name, evidence, columns=True)) is not None:
            return f"a statement that can't be evaluated may change {named}: {changed}"
    return None


def made_here(place: Place | None, other: Place | None) -> tuple[Mark, ...]:
    """Return the marks of what defines a column, and of the other place that makes it."""
    return (
        *((Mark(place, "migrations", "related", "defined here"),) if place is not None else ()),
        *((Mark(other, "migrations", "related", "and here"),) if other is not None else ()),
    )
