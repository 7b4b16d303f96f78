"""A comment on a pull request, or a job's summary: what is new, what was mended, the details folded.

The text begins with `MARK`, by which whoever posts it finds its former comment, and is never longer than a forge takes.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Sequence
from itertools import islice

from tripoint.formats.access import change_lines
from tripoint.formats.escape import markdown_code, markdown_text, visible
from tripoint.formats.format import RenderOptions
from tripoint.formats.labels import told_first
from tripoint.formats.machine import counts_as_new, is_new, new_notices, opening, repository_path
from tripoint.formats.meaning import said_meanings
from tripoint.model.audit import Audit, Finding, Spot
from tripoint.model.fault import SEVERITIES, Severity, Witness
from tripoint.model.regex import regex
from tripoint.model.words import counted

__all__ = ["LENGTH", "MARK", "render"]

MARK = "<!-- tripoint -->"

LENGTH = 65_536
"""Bytes; GitHub refuses a longer comment (it counts characters, which are fewer)."""

_RESERVE = 2_000
"""Bytes kept for what follows the list."""

_SIGNS: dict[Severity, str] = {"critical": "🔴", "high": "🔴", "medium": "🟡", "low": "🔵", "info": "⚪"}
_PLACES = 8
_NOTICES = 5
_REASON = 300
_CHANGES = 100
"""So many changes of access are listed; each takes some 200 bytes."""
_WITNESSES: tuple[Witness, ...] = ("documents", "migrations", "code", "database")
_MENTION = regex(r"([@#])(?=\w)")


def render(audit: Audit, options: RenderOptions) -> str:
    """Return the comment as GitHub's and GitLab's Markdown."""
    new = [finding for finding in audit.findings if is_new(finding)]
    head = [MARK, f"### {_title(audit, new)}", ""]
    tail = _tail(audit, options)
    room = LENGTH - _RESERVE - _size([*head, *tail])
    worst = [finding for finding in new if finding.severity in ("critical", "high", "medium")]
    rest = [finding for finding in new if finding not in worst]
    access = change_lines(audit, _CHANGES)
    room -= _size(access)
    several = len(audit.evidence) > 1
    body, room = _listed(worst, room, several, options)
    body = [*access, *body]
    for title, findings in (
        (f"{counted(len(rest), 'finding')} of upkeep, or worth knowing", rest),
        (f"{len(audit.mended)} mended", list(audit.mended)),
    ):
        if findings:
            lines, room = _entries(findings, room, several)
            body += ["<details>", f"<summary>{title}</summary>", "", *lines, "", "</details>", ""]
    return "\n".join([*head, *body, *tail]).rstrip("\n") + "\n"


def _title(audit: Audit, new: Sequence[Finding]) -> str:
    counts = Counter(finding.severity for finding in new)
    said = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity])
    if audit.since is None:
        return f"tripoint: {counted(len(new), 'finding')}" + (f" ({said})" if said else "")
    mended = f", {len(audit.mended)} mended" if audit.mended else ""
    return f"tripoint: {counted(len(new), 'new finding')}" + (f" ({said})" if said else "") + mended


def _listed(findings: Sequence[Finding], room: int, several: bool, options: RenderOptions) -> tuple[list[str], int]:
    """Each finding folded under its own line, as many as there is room for."""
    lines: list[str] = []
    for number, finding in enumerate(findings):
        block = _block(finding, several, options)
        if _size(block) > room:
            return [*lines, f"_… and {len(findings) - number} more: the comment is full._", ""], room
        room -= _size(block)
        lines += block
    return lines, room


def _entries(findings: Sequence[Finding], room: int, several: bool) -> tuple[list[str], int]:
    """A line for each finding, as many as there is room for."""
    lines: list[str] = []
    for number, finding in enumerate(findings):
        of = f" in {markdown_code(finding.database)}" if several else ""
        line = f"- **{finding.rule}** {markdown_code(finding.subject)}{of}: {_prose(finding.message)}"
        if _size([line]) > room:
            return [*lines, f"- … and {len(findings) - number} more"], room
        room -= _size([line])
        lines.append(line)
    return lines, room


def _block(finding: Finding, several: bool, options: RenderOptions) -> list[str]:
    subject = html.escape(visible(finding.subject))
    of = f" in <code>{html.escape(visible(finding.database))}</code>" if several else ""
    title = f"{_SIGNS[finding.severity]} {finding.severity}"
    lines = [
        "<details>",
        f"<summary>{title} <b>{finding.rule}</b> <code>{subject}</code>{of}</summary>",
        "",
        _prose(finding.message),
        "",
    ]
    primary = [s for s in finding.spots if s.role == "primary" and counts_as_new(s)]
    lines += _places(primary, options)
    before = sum(1 for s in finding.spots if s.role == "primary" and s.state == "unchanged" and s.suppressed is None)
    if before:
        lines.append(f"- and {counted(before, 'place')} that {'was' if before == 1 else 'were'} there before")
    for witness in _WITNESSES:
        others = told_first(s for s in finding.spots if s.role == "related" and s.witness == witness)
        lines += [f"- {_prose(spot.note or witness)}: {_place(spot, options)}" for spot in others[:2]]
    for sure, suggestion in islice(said_meanings(finding.suggestions), 2):
        reasons = f": {_prose('; '.join(suggestion.reasons))}" if suggestion.reasons else ""
        said = f"{sure.capitalize()} meant {markdown_code(suggestion.target)}"
        lines += ["", f"{said}, {suggestion.confidence:.0%}{reasons}"]
    if finding.help:
        lines += ["", _prose(finding.help)]
    return [*lines, "", "</details>", ""]


def _place(spot: Spot, options: RenderOptions) -> str:
    return markdown_code(f"{repository_path(spot.path, options)}:{spot.line}")


def _places(spots: Sequence[Spot], options: RenderOptions) -> list[str]:
    lines = []
    for spot in spots[:_PLACES]:
        said = [markdown_code(spot.excerpt)] if spot.excerpt else []
        said += [_prose(spot.note)] if spot.note else []
        lines.append(f"- {_place(spot, options)}" + (f": {', '.join(said)}" if said else ""))
    return lines + ([f"- and {counted(len(spots) - _PLACES, 'more place')}"] if len(spots) > _PLACES else [])


def _tail(audit: Audit, options: RenderOptions) -> list[str]:
    lines = [f"> {_prose(sentence)}  " for sentence in opening(audit)]
    for spot, reason in new_notices(audit)[:_NOTICES]:
        lines.append(f"> - {_place(spot, options)}: {_prose(reason[:_REASON])}")
    before = sum(1 for finding in audit.findings if finding.suppressed is None and finding.state == "unchanged")
    hidden = sum(1 for finding in audit.findings if finding.suppressed is not None)
    counts = [f"{counted(before, 'finding')} of before"] if before else []
    counts += [f"{hidden} suppressed"] if hidden else []
    counts += [f"compared with {markdown_code(audit.since[:12])}"] if audit.since is not None else []
    return [*lines, *([""] if lines else []), *([f"<sub>{', '.join(counts)}</sub>"] if counts else [])]


def _prose(text: str) -> str:
    """Return text that Markdown shows as it is, in which nobody is mentioned and no issue is referred to."""
    return _MENTION.sub(r"\1<!-- -->", markdown_text(text))


def _size(lines: Sequence[str]) -> int:
    return sum(len(line.encode("utf-8", "backslashreplace")) + 1 for line in lines)
