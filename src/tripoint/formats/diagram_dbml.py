"""DBML, the markup of dbdiagram.io: https://dbml.dbdiagram.io/docs."""

from __future__ import annotations

from tripoint.formats.diagram import DRIFTS, Box, Diagram, Drift, Field, Line
from tripoint.formats.escape import visible
from tripoint.model.name import Name
from tripoint.model.regex import regex

__all__ = ["write"]

_COLORS: dict[Drift, str] = {
    "missing": "#B42318",
    "undocumented": "#A15C00",
    "unused": "#667085",
    "no-row-security": "#A6217F",
}
_PLAIN = regex(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_PLAIN_TYPE = regex(r"[A-Za-z_][A-Za-z0-9_]*(\(\d+(,\d+)?\))?(\[\])?\Z")


def write(diagram: Diagram) -> str:
    """Return the diagram as DBML with a final line end."""
    blocks = [_enum(name, values) for name, values in diagram.enums]
    blocks += [_table(box) for box in diagram.boxes]
    written: set[frozenset[str]] = set()
    lines = [_ref(line, diagram, written) for line in diagram.lines if line.through is None and line.from_columns]
    if lines:
        blocks.append("\n".join(lines))
    schemas = diagram.schemas()
    if len(schemas) > 1:
        for schema, boxes in schemas.items():
            blocks.append(
                f"TableGroup {_name(schema)} {{\n" + "".join(f"  {_full(b.name)}\n" for b in boxes if b.fields) + "}"
            )
    return "\n\n".join(blocks) + "\n"


def _name(text: str) -> str:
    """Return a name as it stands, or in double quotes, which end at the first of them: it is written as two singles."""
    return text if _PLAIN.match(text) else '"' + visible(text).replace('"', "''") + '"'


def _full(name: Name) -> str:
    return _name(name.name) if name.schema == "public" else f"{_name(name.schema)}.{_name(name.name)}"


def _string(text: str) -> str:
    return "'" + visible(text).replace("\\", "\\\\").replace("'", "\\'") + "'"


def _enum(name: Name, values: tuple[str, ...]) -> str:
    return f"Enum {_full(name)} {{\n" + "".join(f'  "{_inner(value)}"\n' for value in values) + "}"


def _inner(text: str) -> str:
    return visible(text).replace('"', "''")


def _table(box: Box) -> str:
    settings = f" [headercolor: {_COLORS[box.drift[0]]}]" if box.drift else ""
    if not box.fields:
        return f"// Table {_full(box.name)}: none of its columns is known"
    lines = [f"Table {_full(box.name)}{settings} {{"]
    lines += [f"  {_column(field, box)}" for field in box.fields]
    key = [field.name for field in box.fields if field.primary]
    if len(key) > 1:
        lines += ["", "  indexes {", f"    ({', '.join(map(_name, key))}) [pk]", "  }"]
    note = _note(box)
    if note:
        lines += ["", f"  Note: {_string(note)}"]
    return "\n".join([*lines, "}"])


def _note(box: Box) -> str:
    parts = [box.comment] if box.comment else []
    if box.kind != "table":
        parts.append(box.kind.replace("-", " "))
    if box.platform:
        parts.append("of the platform; only the columns that are referred to")
    if box.junction:
        parts.append("junction")
    if box.drift:
        parts.append("drift: " + ", ".join(DRIFTS[drift] for drift in box.drift))
    return "; ".join(parts)


def _column(field: Field, box: Box) -> str:
    settings = []
    if field.primary and sum(other.primary for other in box.fields) == 1:
        settings.append("pk")
    if field.unique:
        settings.append("unique")
    if field.nullable is False and not field.primary:
        settings.append("not null")
    if field.default is not None and "`" not in field.default:
        settings.append(f"default: `{visible(field.default)}`")
    remarks = [part for part in (field.comment, "missing" if box.lacks(field) else None) if part]
    if remarks:
        settings.append(f"note: {_string('; '.join(remarks))}")
    tail = f" [{', '.join(settings)}]" if settings else ""
    return f"{_name(field.name)} {_type(field.type)}{tail}"


def _type(type_: str | None) -> str:
    if type_ is None:
        return "unknown"
    short = type_.removeprefix("public.")
    bare = visible(short.replace('"', ""))
    return short if _PLAIN_TYPE.match(short) else f'"{bare}"'


def _ref(line: Line, diagram: Diagram, written: set[frozenset[str]]) -> str:
    """Return a reference; `written` are the ends of those before it."""
    arrow = ">" if line.from_many == "many" else "-"
    settings = [] if line.on_delete == "no action" or not line.enforced else [f"delete: {line.on_delete}"]
    tail = f" [{', '.join(settings)}]" if settings else ""
    columns = line.to_columns or _key_of(line.to_table, diagram)
    remark = f" // {line.status}" if line.status not in ("verified", "undocumented") else ""
    # DBML has no way to write a reference to itself, to a table whose columns nobody knows, or one of the same two ends
    # a second time, as two foreign keys of the same columns make it.
    one, other = _end(line.from_table, line.from_columns), _end(line.to_table, columns)
    both = frozenset({one, other})
    unwritten = "// " if one == other or not columns or both in written else ""
    if not unwritten:
        written.add(both)
    return f"{unwritten}Ref: {one} {arrow} {other}{tail}{remark}"


def _key_of(name: Name, diagram: Diagram) -> tuple[str, ...]:
    box = next(box for box in diagram.boxes if box.name == name)
    return tuple(field.name for field in box.fields if field.primary)


def _end(name: Name, columns: tuple[str, ...]) -> str:
    shown = [_name(column) for column in columns]
    return f"{_full(name)}.{shown[0]}" if len(shown) == 1 else f"{_full(name)}.({', '.join(shown)})"
