"""Where the boxes of a drawn diagram stand: columns of boxes, what is referred to on the left of what refers to it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from math import sqrt

from msgspec import Struct

from tripoint.formats.diagram import Box, Diagram, Line
from tripoint.formats.escape import cells
from tripoint.model.name import Name

__all__ = ["HEADER", "ROW", "Curve", "Layout", "Rect", "curve_of", "lay_out", "short_name"]

ROW = 20
HEADER = 30
"""Heights in pixels of a column's line and of a box's head."""
_CHARACTER = 7
_PAD = 12
_GAP_X = 90
_GAP_Y = 28
_SWEEPS = 6
_HUB = 8
"""From so many referring tables on, the lines to one table run together where other boxes stand between."""
_LARGE = 30
"""From so many boxes on, no line behind others can be followed."""
_STEPS = 16


class Rect(Struct):
    """A box on the drawing, in pixels."""

    x: int
    y: int
    width: int
    height: int


class Layout(Struct, frozen=True):
    """The boxes' places and the drawing's size."""

    rects: dict[Name, Rect]
    width: int
    height: int
    aside: frozenset[Line] = frozenset()
    """The lines that would pass behind boxes and can't be followed there: they are said at their column instead."""
    notes: Mapping[tuple[Name, str], str] = {}
    """What is said of these, by table and column."""
    heads: Mapping[Name, str] = {}
    """What is said of them at the table that they lead to."""


class Curve(Struct, frozen=True):
    """A line on the drawing: its two ends, and on which side of its box each stands (-1 is left)."""

    x1: int
    y1: int
    side1: int
    x2: int
    y2: int
    side2: int
    bend: int
    """How far the curve goes straight on from either end."""

    def points(self) -> Iterator[tuple[float, float]]:
        """Yield points between the ends, along the cubic Bézier curve."""
        c1, c2 = self.x1 + self.side1 * self.bend, self.x2 + self.side2 * self.bend
        for step in range(1, _STEPS):
            t = step / _STEPS
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
            yield a * self.x1 + b * c1 + c * c2 + d * self.x2, (a + b) * self.y1 + (c + d) * self.y2


def short_name(name: Name) -> str:
    """Return a table's name without the schema that goes without saying."""
    return name.name if name.schema == "public" else str(name)


def curve_of(line: Line, rects: Mapping[Name, Rect], rows: Mapping[tuple[Name, str], int]) -> Curve:
    """Return how a line runs; `rows` says which row of its table a column is."""
    one, other = rects[line.from_table], rects[line.to_table]
    y1 = one.y + _row(rows.get((line.from_table, line.from_columns[0])) if line.from_columns else None)
    y2 = other.y + _row(rows.get((line.to_table, line.to_columns[0])) if line.to_columns else None)
    if other.x < one.x + one.width and one.x < other.x + other.width:
        # Above one another, or the same: around the right side.
        return Curve(one.x + one.width, y1, 1, other.x + other.width, y2, 1, 50)
    if other.x + other.width <= one.x:
        x1, x2, side = one.x, other.x + other.width, -1
    else:
        x1, x2, side = one.x + one.width, other.x, 1
    return Curve(x1, y1, side, x2, y2, -side, max(40, abs(x2 - x1) // 2))


def lay_out(diagram: Diagram) -> Layout:
    """Place every box; the same diagram always gives the same drawing."""
    layout = _place(diagram, {}, {})
    aside = frozenset(_behind(diagram, layout))
    if not aside:
        return layout
    notes: dict[tuple[Name, str], str] = {}
    for line in diagram.lines:
        if line in aside and line.from_columns:
            key = line.from_table, line.from_columns[0]
            notes[key] = f"{notes[key]}, {short_name(line.to_table)}" if key in notes else short_name(line.to_table)
    referring = _referring(diagram)
    heads = {line.to_table: f"\u2190 {len(referring[line.to_table])}" for line in aside if line.from_columns}
    notes = {key: f"\u2192 {text}" for key, text in notes.items()}
    placed = _place(diagram, notes, heads)
    return Layout(placed.rects, placed.width, placed.height, aside, notes, heads)


def _behind(diagram: Diagram, layout: Layout) -> Iterator[Line]:
    """Yield the lines that pass behind boxes, of those that nobody can follow there."""
    rows = {(box.name, field.name): row for box in diagram.boxes for row, field in enumerate(box.fields)}
    referring = _referring(diagram)
    columns: dict[int, list[tuple[int, Rect]]] = defaultdict(list)
    for rect in layout.rects.values():
        columns[rect.x].append((rect.y, rect))
    for column in columns.values():
        column.sort(key=lambda one: one[0])
    starts = sorted(columns)
    for line in diagram.lines:
        if line.through is None and not (line.from_columns and (line.from_table, line.from_columns[0]) in rows):
            continue  # there is no row to say it at
        if line.status in ("dangling", "mismatched"):
            continue  # what is wrong is drawn in any case
        if len(diagram.boxes) < _LARGE and len(referring[line.to_table]) < _HUB:
            continue
        ends = layout.rects[line.from_table], layout.rects[line.to_table]
        for x, y in curve_of(line, layout.rects, rows).points():
            column = columns[starts[max(bisect_right(starts, x) - 1, 0)]]
            number = bisect_right(column, y, key=lambda one: one[0]) - 1
            rect = column[max(number, 0)][1]
            inside = rect.x < x < rect.x + rect.width and rect.y < y < rect.y + rect.height
            if inside and not any(rect is end for end in ends):
                yield line
                break


def _referring(diagram: Diagram) -> Mapping[Name, set[Name]]:
    """Return the tables that refer to each table."""
    found: dict[Name, set[Name]] = defaultdict(set)
    for line in diagram.lines:
        if line.through is None:
            found[line.to_table].add(line.from_table)
    return found


def _row(number: int | None) -> int:
    """How far below the box's top a line begins: at its column's row, else at the head."""
    return HEADER // 2 if number is None else HEADER + ROW * number + 11


def _place(diagram: Diagram, notes: Mapping[tuple[Name, str], str], heads: Mapping[Name, str]) -> Layout:
    rects = {
        box.name: Rect(0, 0, _width(box, notes, heads), HEADER + ROW * len(box.fields) + 6) for box in diagram.boxes
    }
    targets: dict[Name, list[Name]] = {name: [] for name in rects}
    for line in diagram.lines:
        if line.through is None and line.from_table != line.to_table:
            targets[line.from_table].append(line.to_table)
    related = {name for name in rects if targets[name]} | {target for found in targets.values() for target in found}
    layers = _order(_layers(sorted(related), targets), targets)
    columns = [part for layer in layers for part in _cut(layer, rects, _tallest(rects))]
    alone = [name for name in rects if name not in related]
    columns += _cut(alone, rects, _tallest(rects))
    x = _GAP_Y
    height = max((_height(column, rects) for column in columns), default=0)
    for column in columns:
        y = _GAP_Y + (height - _height(column, rects)) // 2
        for name in column:
            rects[name].x, rects[name].y = x, y
            y += rects[name].height + _GAP_Y
        x += max(rects[name].width for name in column) + _GAP_X
    return Layout(rects, max(x - _GAP_X + _GAP_Y, 2 * _GAP_Y), height + 2 * _GAP_Y)


def _width(box: Box, notes: Mapping[tuple[Name, str], str], heads: Mapping[Name, str]) -> int:
    rows = [cells(f.name) + cells(f.type or "?") + cells(notes.get((box.name, f.name), "")) + 4 for f in box.fields]
    head = cells(str(box.name)) + cells(heads.get(box.name, "")) + 2
    return max(160, _CHARACTER * max([head, *rows]) + 2 * _PAD)


def _layers(names: list[Name], targets: dict[Name, list[Name]]) -> list[list[Name]]:
    """Put each box one layer after everything that it refers to; a reference that closes a circle does not count."""
    depth: dict[Name, int] = {}
    for first in names:
        open_: set[Name] = {first}
        # The stack is explicit: a chain of tables may be longer than Python's own.
        stack: list[tuple[Name, list[Name]]] = [(first, sorted(set(targets[first])))] if first not in depth else []
        while stack:
            name, left = stack[-1]
            while left and (left[0] in depth or left[0] in open_):
                left.pop(0)
            if left:
                following = left.pop(0)
                open_.add(following)
                stack.append((following, sorted(set(targets[following]))))
                continue
            depth[name] = max((depth[t] + 1 for t in targets[name] if t in depth), default=0)
            open_.discard(name)
            stack.pop()
    layers: dict[int, list[Name]] = defaultdict(list)
    for name in names:
        layers[depth[name]].append(name)
    return [layers[number] for number in sorted(layers)]


def _order(layers: list[list[Name]], targets: dict[Name, list[Name]]) -> list[list[Name]]:
    """Order each layer by where its neighbours stand, to and fro, so that fewer lines cross."""
    neighbours: dict[Name, list[Name]] = defaultdict(list)
    for name, found in targets.items():
        for target in found:
            neighbours[name].append(target)
            neighbours[target].append(name)
    place = {name: number for layer in layers for number, name in enumerate(layer)}
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            layer.sort(key=lambda name: (sum(place[n] for n in neighbours[name]) / len(neighbours[name]), name))
            place.update({name: number for number, name in enumerate(layer)})
    return layers


def _tallest(rects: dict[Name, Rect]) -> int:
    """How tall a column may be, so that the whole is about as wide as it is tall."""
    area = sum((rect.width + _GAP_X) * (rect.height + _GAP_Y) for rect in rects.values())
    return max(900, int(sqrt(area)))


def _cut(names: list[Name], rects: dict[Name, Rect], limit: int) -> list[list[Name]]:
    columns: list[list[Name]] = []
    filled = limit + 1
    for name in names:
        if filled + rects[name].height > limit:
            columns.append([])
            filled = 0
        columns[-1].append(name)
        filled += rects[name].height + _GAP_Y
    return columns


def _height(column: list[Name], rects: dict[Name, Rect]) -> int:
    return sum(rects[name].height for name in column) + _GAP_Y * (len(column) - 1)
