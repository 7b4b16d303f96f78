"""Mermaid's entity diagrams: https://mermaid.js.org/syntax/entityRelationshipDiagram.html (classes need 11.5)."""

from __future__ import annotations

import re

from tripoint.formats.diagram import DRIFTS, Box, Diagram, Drift, Field, Line, Many
from tripoint.formats.escape import visible
from tripoint.model.name import Name
from tripoint.model.regex import regex

__all__ = ["write"]

_STYLES: dict[Drift, str] = {
    "missing": "fill:#fde7e7,stroke:#b42318,stroke-width:2px,stroke-dasharray:6 4,color:#5c1210",
    "undocumented": "fill:#fff3d6,stroke:#a15c00,stroke-width:2px,color:#4d2c00",
    "unused": "fill:#eceef2,stroke:#667085,stroke-width:2px,color:#344054",
    "no-row-security": "fill:#fbe9f6,stroke:#a6217f,stroke-width:2px,color:#560f41",
}
_LEFT: dict[Many, str] = {"one": "||", "zero-or-one": "|o", "many": "}o"}
_RIGHT: dict[Many, str] = {"one": "||", "zero-or-one": "o|", "many": "o{"}
_PLAIN = regex(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_WORDS = frozenset(
    [
        "class",
        "classDef",
        "style",
        "direction",
        "title",
        "accTitle",
        "accDescr",
        "one",
        "only",
        "zero",
        "many",
        "to",
        "optionally",
        "u",
        "o",
        "erDiagram",
    ]
)
"""Words that Mermaid's scanner takes for its own at the start of a line or between two entities."""
_LOOKALIKES = str.maketrans({'"': "”", "%": "％", "\\": "＼", "<": "＜", ">": "＞", "&": "＆", "#": "＃", ";": "；"})
"""What no quoted text of Mermaid may hold, or what it takes for markup, as the full-width form of the character."""
_SHORT_TYPES = {
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time with time zone": "timetz",
    "time without time zone": "time",
    "character varying": "varchar",
    "double precision": "float8",
}


def write(diagram: Diagram) -> str:
    """Return the diagram as Mermaid text with a final line end."""
    names = _names(diagram)
    lines = ["erDiagram"]
    schemas = diagram.schemas()
    for schema, boxes in schemas.items():
        if len(schemas) > 1:
            lines.append(f"  %% schema {visible(schema)}")
        for box in boxes:
            lines += _box(box, names[box.name])
    lines += [_line(line, names) for line in diagram.lines]
    for drift, style in _STYLES.items():
        marked = [names[box.name] for box in diagram.boxes if box.drift and box.drift[0] == drift]
        if marked:
            lines.append(f"  %% {DRIFTS[drift]}")
            lines.append(f"  classDef {drift} {style}")
            lines.append(f"  class {','.join(marked)} {drift}")
    return "\n".join(lines) + "\n"


def _names(diagram: Diagram) -> dict[Name, str]:
    """Return the identifier of each box: the table's name where that is plain and the schema `public`.

    Other names get a plain identifier and stand in full as the entity's label.
    """
    names: dict[Name, str] = {}
    taken: set[str] = set()
    for box in diagram.boxes:
        plain = box.name.schema == "public" and _PLAIN.match(box.name.name) and box.name.name not in _WORDS
        wanted = box.name.name if plain else _plain(str(box.name))
        identifier, number = wanted, 1
        while identifier in taken:
            number += 1
            identifier = f"{wanted}_{number}"
        taken.add(identifier)
        names[box.name] = identifier
    return names


def _plain(text: str) -> str:
    cleaned = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_")
    return cleaned if _PLAIN.match(cleaned) and cleaned not in _WORDS else f"t_{cleaned}"


def _quoted(text: str) -> str:
    return f'"{visible(text).translate(_LOOKALIKES)}"'


def _box(box: Box, identifier: str) -> list[str]:
    shown = box.name.name if box.name.schema == "public" else str(box.name)
    head = identifier if identifier == shown else f"{identifier}[{_quoted(shown)}]"
    if not box.fields:
        return [f"  {head}"]
    return [f"  {head} {{", *(f"    {_field(field, box.lacks(field))}" for field in box.fields), "  }"]


def _field(field: Field, absent: bool) -> str:
    keys = [mark for mark, is_so in (("PK", field.primary), ("FK", field.foreign), ("UK", field.unique)) if is_so]
    name = field.name if _PLAIN.match(field.name) else _plain(field.name)
    remarks = [] if name == field.name else [f"named {field.name}"]
    if absent:
        remarks.append("missing")
    elif field.nullable is False and not field.primary:
        remarks.append("not null")
    parts = [_type(field.type), name]
    if keys:
        parts.append(",".join(keys))
    if remarks:
        parts.append(_quoted(", ".join(remarks)))
    return " ".join(parts)


def _type(type_: str | None) -> str:
    """Return a type as one word: no spaces, commas or schema, which Mermaid's attributes can't hold."""
    if type_ is None:
        return "unknown"
    text, array = type_.removesuffix("[]"), "[]" if type_.endswith("[]") else ""
    modifier = re.search(r"\((\d+)\)", text)
    bare = re.sub(r"\([^)]*\)", "", text)
    bare = _SHORT_TYPES.get(bare, bare).rpartition(".")[2].replace('"', "")
    word = bare if _PLAIN.match(bare) else _plain(bare)
    return f"{word}{modifier[0] if modifier else ''}{array}"


def _line(line: Line, names: dict[Name, str]) -> str:
    label = f"through {line.through.name}" if line.through is not None else ", ".join(line.from_columns) or "documented"
    if line.status in ("dangling", "mismatched"):
        label += f" ({line.status})"
    stroke = "--" if line.enforced else ".."
    return (
        f"  {names[line.from_table]} {_LEFT[line.from_many]}{stroke}{_RIGHT[line.to_many]} "
        f"{names[line.to_table]} : {_quoted(label)}"
    )
