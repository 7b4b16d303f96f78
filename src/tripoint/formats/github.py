"""Workflow commands of GitHub Actions: annotations at the places of what counts, and a line that sums up."""

from __future__ import annotations

from collections import Counter

from tripoint.formats.escape import visible
from tripoint.formats.format import RenderOptions
from tripoint.formats.machine import anchors, counts_as_new, is_new, new_notices, opening, repository_path, whole_text
from tripoint.model.audit import Audit, Finding, Spot
from tripoint.model.fault import SEVERITIES, Severity
from tripoint.model.words import counted

__all__ = ["render"]

_COMMANDS: dict[Severity, str] = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "notice",
    "info": "notice",
}

_NOTICES = 5


def render(audit: Audit, options: RenderOptions) -> str:
    """Return the annotations, worst first: the forge shows ten of a kind for each step, the log shows all."""
    findings = [finding for finding in audit.findings if is_new(finding)]
    lines = [_line(finding, spot, options) for finding in findings for spot in _places(finding)]
    lines += [f"::notice title=tripoint::{_data(sentence)}" for sentence in opening(audit)]
    lines += [
        _command("notice", "not decided", spot, reason, options) for spot, reason in new_notices(audit)[:_NOTICES]
    ]
    return "\n".join([*lines, _summary(audit, findings)]) + "\n"


def _places(finding: Finding) -> list[Spot | None]:
    return [spot for spot in anchors(finding) if counts_as_new(spot)] or [None]


def _line(finding: Finding, spot: Spot | None, options: RenderOptions) -> str:
    title = f"{finding.rule} ({finding.severity})"
    return _command(_COMMANDS[finding.severity], title, spot, whole_text(finding, spot), options)


def _command(name: str, title: str, spot: Spot | None, text: str, options: RenderOptions) -> str:
    properties: dict[str, str | int] = {}
    if spot is not None:
        properties = {"file": repository_path(spot.path, options), "line": spot.line, "endLine": spot.end_line}
        if spot.line == spot.end_line:  # columns are refused for what spans lines; the last one is included
            properties |= {"col": spot.column, "endColumn": max(spot.column, spot.end_column - 1)}
    properties["title"] = title
    said = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{name} {said}::{_data(text)}"


def _summary(audit: Audit, findings: list[Finding]) -> str:
    counts = Counter(finding.severity for finding in findings)
    said = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity])
    new = "new finding" if audit.since is not None else "finding"
    line = f"tripoint: {counted(len(findings), new)}" + (f" ({said})" if said else "")
    return f"{line}, {len(audit.mended)} mended" if audit.since is not None else line


def _data(text: str) -> str:
    """Escape a command's message as the runner's toolkit does; nothing in it can begin a line."""
    return visible(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
