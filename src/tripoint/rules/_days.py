"""The days in the versions of migrations, and what the platform granted by default on them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from tripoint.model.evidence import Evidence
from tripoint.rules._baseline import baseline_is_missing

__all__ = ["ALL_PROJECTS", "NEW_PROJECTS", "days_of", "without_default_grants"]

NEW_PROJECTS, ALL_PROJECTS = "20260530", "20261030"
"""The days since when the platform grants nothing on new objects, as prefixes of migrations are written."""


def days_of(evidence: Evidence) -> Mapping[str, str]:
    """Return the days in the versions of the migrations, `20261105`, by path.

    Nothing where versions are counted in the form of a day, as one that is in no calendar shows (`20261042000000`).
    """
    versions = {file.path: file.version for file in evidence.database.migrations if file.version is not None}
    days = {path: version[:8] for path, version in versions.items() if _is_day(version)}
    return {} if any(len(version) >= 8 and path not in days for path, version in versions.items()) else days


def without_default_grants(evidence: Evidence) -> str | None:
    """Return why a project is likely one of those whose new tables nobody is granted, in words; None where it is not.

    Its whole history is younger than the change: the project itself is, unless its beginning is missing.
    """
    days = days_of(evidence)
    if not days or len(days) != len(evidence.database.migrations) or min(days.values()) < NEW_PROJECTS:
        return None
    if baseline_is_missing(evidence):
        return None
    return (
        "its migrations begin after 30 May 2026, since when new projects grant nothing by default: it is so where this "
        "one was set to"
    )


def _is_day(version: str) -> bool:
    try:
        date.fromisoformat(version[:8])
    except ValueError:
        return False
    return True
