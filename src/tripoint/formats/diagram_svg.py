"""A diagram as a drawing: SVG without scripts, that follows the reader's light or dark scheme."""

from __future__ import annotations

from tripoint.formats.diagram import DRIFTS, Box, Diagram, Drift, Line, Many
from tripoint.formats.diagram_layout import HEADER, ROW, Curve, Layout, curve_of, lay_out, short_name
from tripoint.formats.escape import visible
from tripoint.model.words import counted

__all__ = ["write"]

_STYLE = """\
.page{fill:#fff}.box{fill:#fff;stroke:#98a2b3}.head{fill:#eef1f6}text{fill:#1d2433;font:12px ui-sans-serif,system-ui,\
"Helvetica Neue",Arial,sans-serif}.name{font-weight:600}.type,.note{fill:#667085}.note{font-size:10px}.key{font-weight:\
600}.line{fill:none;stroke:#98a2b3;stroke-width:1.2}.open{stroke-dasharray:5 4}.broken{stroke:#b42318}\
.lead{fill:#175cd3}\
.missing .box{stroke:#b42318;stroke-dasharray:6 4}.missing .head{fill:#fde7e7}.undocumented .box{stroke:#a15c00}\
.undocumented .head{fill:#fff3d6}.unused .box{stroke:#667085}.unused .head{fill:#e1e5ec}.no-row-security .box{stroke:\
#a6217f}.no-row-security .head{fill:#fbe9f6}
@media (prefers-color-scheme:dark){.page{fill:#11151c}.box{fill:#181d27;stroke:#475064}.head{fill:#232a37}text{fill:\
#e6e9f0}.type,.note{fill:#98a2b3}.line{stroke:#5d6880}.broken{stroke:#ff8a80}.lead{fill:#84adff}\
.missing .box{stroke:#ff8a80}.missing \
.head{fill:#4a1d1d}.undocumented .box{stroke:#f2b84b}.undocumented .head{fill:#46340f}.unused .head{fill:#333b4a}\
.no-row-security .box{stroke:#f08fd4}.no-row-security .head{fill:#45183a}}"""
_LEGEND: tuple[Drift, ...] = tuple(DRIFTS)


def write(diagram: Diagram) -> str:
    """Return the diagram as an SVG document with a final line end."""
    layout = lay_out(diagram)
    rows = {(box.name, field.name): row for box in diagram.boxes for row, field in enumerate(box.fields)}
    drawn = (line for line in diagram.lines if line not in layout.aside)
    body = [_line(line, curve_of(line, layout.rects, rows)) for line in drawn]
    body += [_box(box, layout) for box in diagram.boxes]
    legend = _legend(diagram, layout)
    height = layout.height + (24 if legend else 0)
    title = f"{counted(len(diagram.boxes), 'table')} and {'its' if len(diagram.boxes) == 1 else 'their'} relationships"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {layout.width} {height}" width="{layout.width}" '
        f'height="{height}" role="img" aria-label="{title}">\n<title>{title}</title>\n<style>{_STYLE}</style>\n'
        f'<rect class="page" width="100%" height="100%"/>\n' + "\n".join([*body, *legend]) + "\n</svg>\n"
    )


def _text(text: str) -> str:
    return visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _box(box: Box, layout: Layout) -> str:
    rect = layout.rects[box.name]
    shown = short_name(box.name)
    words = [] if box.kind == "table" else [box.kind.replace("-", " ")]
    words += ["platform"] * box.platform + ["junction"] * box.junction + [DRIFTS[drift] for drift in box.drift]
    tooltip = ", ".join([str(box.name), *words])
    out = [
        f'<g class="{box.drift[0] if box.drift else "plain"}"><title>{_text(tooltip)}</title>',
        f'<rect class="box" x="{rect.x}" y="{rect.y}" width="{rect.width}" height="{rect.height}" rx="5"/>',
        f'<rect class="head" x="{rect.x + 1}" y="{rect.y + 1}" width="{rect.width - 2}" height="{HEADER - 2}" rx="4"/>',
        f'<text class="name" x="{rect.x + 10}" y="{rect.y + 20}">{_text(shown)}</text>',
    ]
    if box.name in layout.heads:
        head = layout.heads[box.name]
        out.append(
            f'<text class="lead" x="{rect.x + rect.width - 10}" y="{rect.y + 20}" text-anchor="end">{head}</text>'
        )
    for number, field in enumerate(box.fields):
        y = rect.y + HEADER + ROW * number + 16
        key = ' class="key"' if field.primary else ""
        type_ = (field.type or "?").removeprefix("public.") + ("?" if field.nullable else "")
        if box.lacks(field):
            type_ += " missing"
        out.append(f'<text{key} x="{rect.x + 10}" y="{y}">{_text(field.name)}</text>')
        note = layout.notes.get((box.name, field.name))
        lead = f' <tspan class="lead">{_text(note)}</tspan>' if note else ""
        out.append(
            f'<text class="type" x="{rect.x + rect.width - 10}" y="{y}" text-anchor="end">{_text(type_)}{lead}</text>'
        )
    return "\n".join([*out, "</g>"])


def _line(line: Line, curve: Curve) -> str:
    x1, y1, x2, y2 = curve.x1, curve.y1, curve.x2, curve.y2
    path = f"M{x1} {y1}C{x1 + curve.side1 * curve.bend} {y1} {x2 + curve.side2 * curve.bend} {y2} {x2} {y2}"
    marks = _mark(x1, y1, curve.side1, line.from_many) + _mark(x2, y2, curve.side2, line.to_many)
    classes = "line" + ("" if line.enforced else " open") + (" broken" * (line.status in ("dangling", "mismatched")))
    words = f"{line.from_table} to {line.to_table}, {line.status}"
    if line.through is not None:
        words = f"{line.from_table} and {line.to_table}, many to many through {line.through}"
    return f'<g><title>{_text(words)}</title><path class="{classes}" d="{path}"/><path class="line" d="{marks}"/></g>'


def _mark(x: int, y: int, side: int, many: Many) -> str:
    """The crow's foot, bar or ring at a line's end; `side` is the way away from the box."""
    if many == "many":
        return f"M{x} {y - 5}L{x + 10 * side} {y}L{x} {y + 5}"
    if many == "zero-or-one":
        left, right = sorted((x + 8 * side, x + 16 * side))
        return f"M{x + 4 * side} {y - 5}V{y + 5}M{left} {y}a4 4 0 1 0 {right - left} 0a4 4 0 1 0 {left - right} 0"
    return f"M{x + 4 * side} {y - 5}V{y + 5}M{x + 8 * side} {y - 5}V{y + 5}"


def _legend(diagram: Diagram, layout: Layout) -> list[str]:
    top = layout.height
    shown = [drift for drift in _LEGEND if any(box.drift and box.drift[0] == drift for box in diagram.boxes)]
    out = []
    for number, drift in enumerate(shown):
        x = 28 + 150 * number
        out.append(f'<g class="{drift}"><rect class="box" x="{x}" y="{top}" width="14" height="12" rx="3"/></g>')
        out.append(f'<text class="note" x="{x + 20}" y="{top + 10}">{DRIFTS[drift]}</text>')
    if layout.notes:
        said = "\u2192 refers to that table (\u2190 how many do): a line that would pass behind others is not drawn"
        out.append(f'<text class="note" x="{28 + 150 * len(shown)}" y="{top + 10}">{said}</text>')
    return out
