"""Findings as lines under headings of a person's choice: rules, files, or tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from tripoint.formats.escape import cells, visible
from tripoint.formats.paint import Line, Span
from tripoint.model.audit import Finding, Spot
from tripoint.model.fault import SEVERITIES

__all__ = ["grouped_lines", "table_of"]

_NOWHERE = "in no file"
_PLACE = 2
"""The last columns, the place and how many more there are, which go to a line of their own on a narrow screen."""


class _Entry(NamedTuple):
    """A finding at one of its places."""

    finding: Finding
    spot: Spot | None

    @property
    def place(self) -> str:
        return f"{self.spot.path}:{self.spot.line}:{self.spot.column}" if self.spot is not None else _NOWHERE


def table_of(subject: str) -> str:
    """Return the table, or whatever else has a schema, that a subject speaks of: `public.notes` of a column of it."""
    whole = subject.partition(" -> ")[0].partition("/")[0]
    return ".".join(whole.split(".")[:2])


_KEYS: dict[Literal["rule", "file", "table"], Callable[[_Entry], str]] = {
    "rule": lambda entry: entry.finding.rule,
    "file": lambda entry: entry.spot.path if entry.spot is not None else _NOWHERE,
    "table": lambda entry: table_of(entry.finding.subject),
}


def grouped_lines(
    findings: Sequence[Finding], by: Literal["rule", "file", "table"], width: int, several: bool
) -> Iterator[Line]:
    """Yield a heading for each group, and a line for each finding in it; grouped by file, for each of its places.

    Where there are `several` databases, each line says of which it speaks.
    """
    groups: dict[str, list[_Entry]] = {}
    for finding in findings:
        primary = [spot for spot in finding.spots if spot.role == "primary" and spot.suppressed is None]
        places: Sequence[Spot | None] = (primary if by == "file" else primary[:1]) or [None]
        for spot in places:
            entry = _Entry(finding, spot)
            groups.setdefault(_KEYS[by](entry), []).append(entry)
    for key, entries in sorted(groups.items()):
        number = f" {len(entries)}"
        title = f"{key} "
        yield [
            Span(title, "bold"),
            Span("─" * max(2, width - cells(visible(title)) - len(number)), "dim"),
            Span(number),
        ]
        yield []
        ordered = sorted(entries, key=lambda entry: _order(entry, by))
        yield from _table([_cells(entry, by, several) for entry in ordered], width)
        yield []


def _order(entry: _Entry, by: str) -> tuple[int, int, int, str]:
    severity = SEVERITIES.index(entry.finding.severity)
    if by == "file" and entry.spot is not None:
        return entry.spot.line, entry.spot.column, severity, entry.finding.rule
    return severity, 0, 0, f"{entry.finding.rule} {entry.finding.subject}"


def _cells(entry: _Entry, by: str, several: bool) -> list[Span]:
    """The columns of one line; what the heading says already is left out."""
    finding, spot = entry
    severity, rule = Span(finding.severity, finding.severity), Span(finding.rule, finding.severity)
    subject = Span(f"{finding.subject} in {finding.database}" if several else finding.subject, "bold")
    if by == "file" and spot is not None:
        return [Span(f"{spot.line}:{spot.column}", "path", spot.path, spot.line), severity, rule, subject]
    place = Span(entry.place, "path", spot.path, spot.line) if spot is not None else Span(_NOWHERE, "dim")
    others = sum(other.role == "primary" and other.suppressed is None for other in finding.spots) - 1
    more = Span(f"and {others} more", "dim") if others > 0 else Span("")
    return [severity, *([] if by == "rule" else [rule]), subject, place, more]


def _table(rows: Sequence[Sequence[Span]], width: int) -> Iterator[Line]:
    """Align the columns of the rows. Where they are wider than the screen, each row's place stands on a line below."""
    widths = [
        max(cells(visible(row[column].text)) for row in rows if column < len(row))
        for column in range(max(map(len, rows)))
    ]
    folded = sum(widths) + 2 * len(widths) > width and len(widths) > _PLACE
    for row in rows:
        upper, lower = (row[:-_PLACE], row[-_PLACE:]) if folded else (row, ())
        yield _aligned(upper, widths)
        if lower:
            yield [Span(" " * (widths[0] + 4)), *(span for cell in lower for span in (cell, Span("  ")))]


def _aligned(row: Sequence[Span], widths: Sequence[int]) -> Line:
    line: Line = [Span("  ")]
    for cell, width in zip(row, widths, strict=False):
        line += [cell, Span(" " * (width - cells(visible(cell.text)) + 2))]
    return line
