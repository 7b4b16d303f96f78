"""A line of a file with carets under the exact characters that are meant."""

from __future__ import annotations

from collections.abc import Callable

from tripoint.assemble import mask_credentials
from tripoint.formats.escape import cells, visible
from tripoint.formats.paint import Line, Span, Style, wrap
from tripoint.model.audit import Spot

__all__ = ["excerpt_lines", "near"]

_TAB = "    "
_REACH = 2048
"""So much of a line is looked at on each side of a spot: thousands may stand on one line of megabytes."""
_WIDE = 4
"""So many characters for each cell are tried: some take none, as accents do."""


def excerpt_lines(
    spot: Spot, read_line: Callable[[str, int], str | None], width: int, style: Style, indent: int
) -> list[Line]:
    """Return the spot's first line under its number, and the carets with the spot's note below.

    A line longer than `width` is cut on both sides around the spot. Where the file can't be read any more, the excerpt
    that the audit kept stands in.
    """
    raw = read_line(spot.path, spot.line)
    start = spot.column - 1
    if raw is None or start > len(raw):
        raw, start = spot.excerpt, 0
        end = len(raw)
    else:
        raw, start, end = near(raw, spot)
    before, marked, after = _parts(raw, start, end)
    number = str(spot.line)
    room = max(20, width - indent - len(number) - 3)
    before, marked, after = _fit(before, marked, after, room)
    margin = " " * indent
    carets = "^" if spot.role == "primary" else "-"
    lines: list[Line] = [
        [Span(margin), Span(f"{number} │ ", "dim"), Span(before), Span(marked, "bold"), Span(after)],
    ]
    below: Line = [Span(margin), Span(f"{' ' * len(number)} │ ", "dim"), Span(" " * cells(before))]
    below.append(Span(carets * max(1, cells(marked)), style))
    lines.append(below)
    if spot.note and sum(cells(span.text) for span in below) + 1 + cells(visible(spot.note)) <= width:
        below.append(Span(f" {spot.note}", style))
    elif spot.note:
        for note in wrap(spot.note, room, style):
            left = min(cells(before), room - cells(note[0].text))
            lines.append([Span(margin), Span(f"{' ' * len(number)} │ ", "dim"), Span(" " * left), *note])
    return lines


def near(raw: str, spot: Spot) -> tuple[str, int, int]:
    """Return what stands around a spot on its first line, and where in that it begins and ends."""
    start = spot.column - 1
    end = spot.end_column - 1 if spot.end_line == spot.line else len(raw.rstrip())
    begin, end = max(0, start - _REACH), min(end, start + _REACH)
    return raw[begin : max(start, end) + _REACH], start - begin, end - begin


def _parts(raw: str, start: int, end: int) -> tuple[str, str, str]:
    """Split a line at the spot's ends, each part as it is shown; a credential is masked wherever it stands."""
    masked = mask_credentials(raw)
    if masked != raw:
        kept = mask_credentials(raw[start:end])
        at = masked.find(kept) if kept else -1
        raw, start, end = masked, max(at, 0), max(at, 0) + (len(kept) if at >= 0 else 0)
    end = max(start, min(end, len(raw)))
    pieces = (raw[:start], raw[start:end], raw[end:].rstrip())
    before, marked, after = (visible(piece.replace("\t", _TAB)) for piece in pieces)
    return before, marked, after


def _fit(before: str, marked: str, after: str, room: int) -> tuple[str, str, str]:
    if cells(before) + cells(marked) + cells(after) <= room:
        return before, marked, after
    if cells(marked) > room * 2 // 3:
        marked = _head(marked, room * 2 // 3)
    left = room - cells(marked)
    keep_before = min(cells(before), max(left // 2, left - cells(after)))
    return _tail(before, keep_before), marked, _head(after, left - keep_before)


def _head(text: str, room: int) -> str:
    if cells(text) <= room:
        return text
    text = text[: _WIDE * room]
    while text and cells(text) > room - 1:
        text = text[:-1]
    return text + "…"


def _tail(text: str, room: int) -> str:
    if cells(text) <= room:
        return text
    text = text[max(0, len(text) - _WIDE * room) :]
    while text and cells(text) > room - 1:
        text = text[1:]
    return "…" + text
