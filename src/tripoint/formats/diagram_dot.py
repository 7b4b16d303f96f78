"""Graphviz's DOT: https://graphviz.org/doc/info/lang.html, with HTML-like labels and crow's feet."""

from __future__ import annotations

from tripoint.formats.diagram import DRIFTS, Box, Diagram, Drift, Field, Line, Many
from tripoint.formats.escape import visible
from tripoint.model.name import Name

__all__ = ["write"]

_COLORS: dict[Drift | None, tuple[str, str]] = {
    None: ("#344054", "#eef1f6"),
    "missing": ("#b42318", "#fde7e7"),
    "undocumented": ("#a15c00", "#fff3d6"),
    "unused": ("#667085", "#eceef2"),
    "no-row-security": ("#a6217f", "#fbe9f6"),
}
_HEADS: dict[Many, str] = {"one": "teetee", "zero-or-one": "teeodot", "many": "crowodot"}
_HEAD = """\
digraph schema {
  graph [rankdir=LR, fontname="Helvetica", nodesep=0.4, ranksep=1.1, style=rounded, color="#c4cad6"];
  node [shape=plain, fontname="Helvetica", fontsize=11];
  edge [arrowtail=crowodot, arrowhead=teeodot, dir=both, color="#667085", fontname="Helvetica", fontsize=9];"""
"""The ends of lines come first: Graphviz 2.43 takes the attribute before them for theirs where both tables stand in one
rank, and warns of an arrow of type "9"."""


def write(diagram: Diagram) -> str:
    """Return the diagram as DOT with a final line end."""
    lines = [_HEAD]
    schemas = diagram.schemas()
    for number, (schema, boxes) in enumerate(schemas.items()):
        nodes = [_node(box) for box in boxes]
        if len(schemas) > 1:
            lines += [f"  subgraph cluster_{number} {{", f"    label={_quoted(schema)};"]
            lines += [*(f"  {node}" for node in nodes), "  }"]
        else:
            lines += nodes
    places = {box.name: {field.name: f"f{n}" for n, field in enumerate(box.fields)} for box in diagram.boxes}
    lines += [_edge(line, places) for line in diagram.lines]
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    """Return a quoted identifier: only the quote is escaped, and a backslash must not stand before the last quote."""
    return '"' + visible(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _html(text: str) -> str:
    escaped = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace('"', "&quot;") or " "


def _node(box: Box) -> str:
    stroke, fill = _COLORS[box.drift[0] if box.drift else None]
    shown = box.name.name if box.name.schema == "public" else str(box.name)
    words = [] if box.kind == "table" else [box.kind.replace("-", " ")]
    words += ["platform"] * box.platform + ["junction"] * box.junction + [DRIFTS[drift] for drift in box.drift]
    remark = f'<BR/><FONT POINT-SIZE="9">{_html(", ".join(words))}</FONT>' if words else ""
    style = ' STYLE="dashed"' if "missing" in box.drift else ""
    rows = [f'<TR><TD BGCOLOR="{fill}" COLSPAN="2"><B>{_html(shown)}</B>{remark}</TD></TR>']
    rows += [_row(field, f"f{number}", box.lacks(field)) for number, field in enumerate(box.fields)]
    frame = f'BORDER="1"{style} CELLBORDER="0" CELLSPACING="0" CELLPADDING="4" COLOR="{stroke}"'
    return f"  {_quoted(str(box.name))} [label=<<TABLE {frame}>{''.join(rows)}</TABLE>>];"


def _row(field: Field, port: str, absent: bool) -> str:
    name = _html(field.name)
    if field.primary:
        name = f"<U>{name}</U>"
    if field.foreign:
        name = f"<I>{name}</I>"
    type_ = _html((field.type or "?").removeprefix("public.") + ("" if field.nullable is not True else "?"))
    if absent:
        type_ += " missing"
    return (
        f'<TR><TD ALIGN="LEFT" PORT="{port}">{name}</TD><TD ALIGN="LEFT"><FONT COLOR="#667085">{type_}</FONT></TD></TR>'
    )


def _edge(line: Line, places: dict[Name, dict[str, str]]) -> str:
    ends = []
    for table, columns in ((line.from_table, line.from_columns), (line.to_table, line.to_columns)):
        port = places[table].get(columns[0]) if columns else None
        ends.append(_quoted(str(table)) + (f":{port}" if port else ""))
    attributes = [f"arrowtail={_HEADS[line.from_many]}", f"arrowhead={_HEADS[line.to_many]}"]
    if not line.enforced:
        attributes.append("style=dashed")
    if line.through is not None:
        attributes.append(f"label={_quoted(f'through {line.through.name}')}")
    if line.status in ("dangling", "mismatched"):
        attributes += ['color="#b42318"', f"label={_quoted(line.status)}"]
    return f"  {ends[0]} -> {ends[1]} [{', '.join(attributes)}];"
