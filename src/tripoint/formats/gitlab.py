"""GitLab's code quality report: an array of Code Climate issues, of which a merge request shows what it changes."""

from __future__ import annotations

import hashlib
from typing import Any

from tripoint.formats.escape import visible
from tripoint.formats.format import RenderOptions
from tripoint.formats.json import indented
from tripoint.formats.machine import anchors, repository_path, whole_text
from tripoint.model.audit import Audit, Finding, Spot
from tripoint.model.fault import Severity

__all__ = ["render"]

_SEVERITIES: dict[Severity, str] = {
    "critical": "blocker",
    "high": "critical",
    "medium": "major",
    "low": "minor",
    "info": "info",
}


def render(audit: Audit, options: RenderOptions) -> str:
    """Return an issue for each place that nothing hides; GitLab itself compares them with the target branch's."""
    issues = [
        _issue(finding, spot, options)
        for finding in audit.findings
        if finding.suppressed is None
        for spot in _places(finding)
    ]
    return indented(issues)


def _places(finding: Finding) -> list[Spot | None]:
    return [spot for spot in anchors(finding) if spot.suppressed is None] or [None]


def _issue(finding: Finding, spot: Spot | None, options: RenderOptions) -> dict[str, Any]:
    # An issue without a place is refused, so one that stands nowhere in a file is shown at the project's own folder.
    path, line, end = (spot.path, spot.line, spot.end_line) if spot is not None else (".", 1, 1)
    known = spot.fingerprint if spot is not None else None
    identity = "\0".join((finding.rule, finding.database, finding.subject))
    return {
        "description": visible(whole_text(finding, spot)),
        "check_name": finding.rule,
        "fingerprint": known or hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32],
        "severity": _SEVERITIES[finding.severity],
        "categories": ["Compatibility"],
        "location": {"path": repository_path(path, options), "lines": {"begin": line, "end": end}},
    }
