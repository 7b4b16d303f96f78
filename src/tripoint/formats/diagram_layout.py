"""Where the boxes of a drawn diagram stand: columns of boxes, what is referred to on the left of what refers to it."""

from __future__ import annotations

from collections import defaultdict
from math import sqrt

from msgspec import Struct

from tripoint.formats.diagram import Box, Diagram
from tripoint.formats.escape import cells
from tripoint.model.name import Name

__all__ = ["HEADER", "ROW", "Layout", "Rect", "lay_out"]

ROW = 20
HEADER = 30
"""Heights in pixels of a column's line and of a box's head."""
_CHARACTER = 7
_PAD = 12
_GAP_X = 90
_GAP_Y = 28
_SWEEPS = 6


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


def lay_out(diagram: Diagram) -> Layout:
    """Place every box; the same diagram always gives the same drawing."""
    rects = {box.name: Rect(0, 0, _width(box), HEADER + ROW * len(box.fields) + 6) for box in diagram.boxes}
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


def _width(box: Box) -> int:
    rows = [cells(f.name) + cells(f.type or "?") + 4 for f in box.fields]
    return max(160, _CHARACTER * max([cells(str(box.name)) + 2, *rows]) + 2 * _PAD)


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
