"""Code that the product does not run: maintenance scripts, seeds, and copies that were put away."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from tripoint.model.fault import Fault, Rule

__all__ = ["lowered"]

# `tools` and `bin` count at the top alone: below it they are as often part of the product (an assistant's tools).
_SCRIPT = re.compile(
    r"(?:^|/)(?:scripts?|seeds?|seeders|seeding|maintenance|one-?off)/|^(?:tools|bin)/|(?:^|/)seed(?:er|ing)?\.\w+$",
    re.IGNORECASE,
)
_COPY = re.compile(
    r"(?:^|/)(?:_?archived?|_?deprecated|_?backups?|[^/]*[-_.](?:backup|bak)(?:[-_.][^/]*)?)/", re.IGNORECASE
)

_KINDS: tuple[tuple[Callable[[str], object], str], ...] = (
    (_SCRIPT.search, "only scripts do this, and no user of the application runs them"),
    (_COPY.search, "only code that was put away does this"),
    (lambda path: _SCRIPT.search(path) or _COPY.search(path), "only scripts and code that was put away do this"),
)


def lowered(rule: Rule, fault: Fault) -> Fault:
    """Return the fault as it is, or with severity medium where all code that it is about is none of the product's."""
    if (fault.severity or rule.severity) not in ("critical", "high"):
        return fault
    primary = [mark for mark in fault.marks if mark.role == "primary"]
    if not primary or any(mark.witness != "code" for mark in primary):
        return fault
    for holds, reason in _KINDS:
        if all(holds(mark.place.path) for mark in primary):
            return replace(fault, severity="medium", severity_reason=reason)
    return fault
