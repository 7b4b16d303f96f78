"""The schema as a section of Markdown between markers, and what people wrote within it.

A section is written anew from the schema alone; a description survives by the name that it stands at. What stood at a
name that is gone is kept below the tables, until a person takes it out. Where a migration renamed a table or column,
its description goes along.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from tripoint.formats import diagram_mermaid
from tripoint.formats.diagram import Diagram, Field, Line, draw
from tripoint.formats.escape import markdown_cell, markdown_code, markdown_text
from tripoint.formats.inventory import Inventory
from tripoint.model.audit import Audit
from tripoint.model.catalog import Column, Table
from tripoint.model.evidence import Evidence
from tripoint.model.name import Name, quote_identifier
from tripoint.model.regex import regex
from tripoint.rules._section import GONE, page_key, schema_digest, table_digest
from tripoint.rules._shared import own_tables

__all__ = [
    "END",
    "Descriptions",
    "Section",
    "comment_statements",
    "find_section",
    "index_text",
    "page_text",
    "plain_diagram",
    "read_descriptions",
    "section_text",
    "with_renames",
]

END = "<!-- tripoint:schema end -->"
_START = regex(r"^<!--\s*tripoint:schema\s+start\b([^>]*)-->[ \t]*$", re.MULTILINE)
_STOP = regex(r"^<!--\s*tripoint:schema\s+end\b[^>]*-->", re.MULTILINE)
_HINT = (
    "<!-- Written by `tripoint docs`: it writes this section anew. The last column of each table, and the text below "
    "its heading, are yours: they are kept. -->"
)
_INDEX_HINT = "<!-- Written by `tripoint docs`: it writes this section anew. -->"
_HEADING = regex(r"(#{1,6})[ \t]+(?:(View|Materialized view|Foreign table) )?(`+ ?.*?`+)[ \t]*$")
_FENCE = regex(r"[ \t]*(```+|~~~+)")
_KEPT = "Descriptions without a place"
_KEPT_NOTE = "These describe what is no longer in the schema."
_KEPT_LINE = regex(r"- (?P<name>`+ ?.*?`+): (?P<text>.*)$")
_KINDS = {"view": "View ", "materialized-view": "Materialized view ", "foreign-table": "Foreign table "}
_HEAD = ("Column", "Type", "Null", "Default", "Key", "Description")


class Descriptions(Struct):
    """What people wrote: Markdown by the name's code span, as it stands in a section."""

    tables: dict[str, str] = field(default_factory=dict)
    columns: dict[tuple[str, str], str] = field(default_factory=dict)


class Section(Struct, frozen=True):
    """Where a section stands in a text: from the start of its marker to the end of the other."""

    start: int
    end: int
    body: str
    attributes: Mapping[str, str]


def find_section(text: str, database: str | None = None) -> Section | None:
    """Return the section of `database` (of the first that there is, where None); None where there is none."""
    for start in _START.finditer(text):
        stop = _STOP.search(text, start.end())
        if stop is None:
            return None
        attributes = dict(re.findall(r"([a-z]+)=(\S+)", start[1]))
        if database is None or attributes.get("database") in (None, page_key(database)):
            return Section(start.start(), stop.end(), text[start.end() : stop.start()], attributes)
    return None


# ---- what people wrote


def read_descriptions(body: str) -> Descriptions:
    """Return the descriptions of a section as it was written before."""
    found = Descriptions()
    table: str | None = None
    prose: list[str] | None = None
    fenced: str | None = None
    homeless = False
    for line in body.splitlines():
        fence = _FENCE.match(line)
        if fence and (fenced is None or fence[1].startswith(fenced)):
            fenced = fence[1] if fenced is None else None
        heading = _HEADING.match(line) if fenced is None and not fence else None
        if heading:
            table, prose, homeless = heading[3], [], False
            continue
        if fenced is None and not fence and re.match(r"#{1,6}\s", line):
            table, prose = None, None
            homeless = line.lstrip("# ").rstrip() == _KEPT
        kept = _KEPT_LINE.match(line) if homeless else None
        if kept:
            _keep(found, kept["name"], kept["text"])
        if table is None:
            continue
        if prose is not None and line.lstrip().startswith("| Column |"):
            found.tables[table] = "\n".join(prose).strip()
            prose = None
        elif prose is not None:
            prose.append(line)
        elif line.startswith("|"):
            cells = _cells(line)
            if len(cells) == len(_HEAD) and cells[0].startswith("`"):
                found.columns[table, cells[0]] = cells[-1]
    found.tables = {name: text for name, text in found.tables.items() if text}
    found.columns = {name: text for name, text in found.columns.items() if text}
    return found


def _keep(found: Descriptions, name: str, text: str) -> None:
    table, between, column = name.partition("`, column `")
    text = text.replace("<br>", "\n")
    if between:
        found.columns[f"{table}`", f"`{column}"] = text
    else:
        found.tables[name] = text


def _cells(line: str) -> list[str]:
    """Return a table row's cells as they are written."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def with_renames(descriptions: Descriptions, evidence: Evidence) -> Descriptions:
    """Let descriptions go along with what the migrations renamed, where the new name has none yet."""
    tables, columns = dict(descriptions.tables), dict(descriptions.columns)
    for old, new, _ in evidence.renames:
        one, other = old.split("."), new.split(".")  # a name with a point in it is left where it was
        if len(one) == 3 and len(other) == 3:
            _move(columns, (_label(Name(*one[:2])), _cell(one[2])), (_label(Name(*other[:2])), _cell(other[2])))
        elif len(one) == 2 and len(other) == 2:
            before, after = _label(Name(*one)), _label(Name(*other))
            _move(tables, before, after)
            for table, column in [key for key in columns if key[0] == before]:
                _move(columns, (table, column), (after, column))
    return Descriptions(tables, columns)


def _move(texts: dict[Any, str], before: Any, after: Any) -> None:
    if before in texts and after not in texts:
        texts[after] = texts.pop(before)


# ---- the section


def section_text(
    audit: Audit, inventory: Inventory, evidence: Evidence, descriptions: Descriptions, level: int = 2
) -> str:
    """Return the whole section, markers included. `level` is that of the tables' headings."""
    tables = list(own_tables(evidence))
    diagram = plain_diagram(draw(audit, inventory, evidence.database.name))
    named = _named(evidence.database.name if len(audit.evidence) > 1 else None)
    parts = [f"<!-- tripoint:schema start{named} digest={schema_digest(evidence)} -->", _HINT]
    if not tables:
        parts.append("No table is defined.")
    elif diagram.lines:
        parts.append(f"```mermaid\n{diagram_mermaid.write(diagram)}```")
    lines = _lines_of(diagram)
    for table in tables:
        parts.append(_table_text(table, lines[table.name], descriptions, level))
    enums = [
        f"- {markdown_code(_short(name))}: {', '.join(markdown_code(value) for value in enum.values)}"
        for name, enum in sorted(evidence.defined.enums.items())
        if name not in evidence.platform.enums
    ]
    if enums:
        parts.append(f"{'#' * level} Enums\n\n" + "\n".join(enums))
    parts += _without_place(tables, descriptions, level)
    return "\n\n".join([*parts, END])


def page_text(
    table: Table | None, name: Name, diagram: Diagram, descriptions: Descriptions, database: str | None
) -> str:
    """Return the section of one table's page; of a table that is gone, what people wrote about it."""
    label = _label(name)
    own = Descriptions(
        {key: text for key, text in descriptions.tables.items() if key == label},
        {key: text for key, text in descriptions.columns.items() if key[0] == label},
    )
    digest = table_digest(table) if table is not None else GONE
    parts = [f"<!-- tripoint:schema start{_named(database)} table={page_key(str(name))} digest={digest} -->", _HINT]
    if table is None:
        parts.append(f"{label} is no longer in the schema: this page can go.")
        parts += _without_place([], own, 2)
    else:
        parts.append(_table_text(table, _lines_of(diagram)[table.name], own, 1))
        if any(table.name in (line.from_table, line.to_table) for line in diagram.lines):
            parts.append(f"```mermaid\n{diagram_mermaid.write(diagram)}```")
        parts += _without_place([table], own, 2)
    return "\n\n".join([*parts, END])


def index_text(evidence: Evidence, diagram: Diagram, pages: list[tuple[Table, str]], database: str | None) -> str:
    """Return the section of a folder's index: a link to each table's page, and the diagram of all."""
    links = [f"- [{markdown_text(_short(table.name))}]({page})" for table, page in pages]
    parts = [f"<!-- tripoint:schema start{_named(database)} digest={schema_digest(evidence)} -->", _INDEX_HINT]
    parts.append("\n".join(links) or "No table is defined.")
    if diagram.lines:
        parts.append(f"```mermaid\n{diagram_mermaid.write(diagram)}```")
    return "\n\n".join([*parts, END])


def _named(database: str | None) -> str:
    return f" database={page_key(database)}" if database is not None else ""


def plain_diagram(diagram: Diagram) -> Diagram:
    """Return the diagram as the migrations define it: without drift and without what documents alone draw."""
    lines = tuple(line for line in diagram.lines if line.enforced or line.through is not None)
    pointed: dict[Name, set[str]] = defaultdict(set)
    for line in lines:
        pointed[line.from_table].update(line.from_columns)
        pointed[line.to_table].update(line.to_columns)
    boxes = []
    for box in diagram.boxes:
        if "missing" not in box.drift:
            boxes.append(replace(box, drift=(), fields=tuple(field for field in box.fields if field.defined)))
        elif box.name in pointed:  # of a table that nothing creates, what foreign keys name
            columns = sorted(pointed[box.name])
            boxes.append(replace(box, drift=(), fields=tuple(Field(column, None, None) for column in columns)))
    return Diagram(tuple(boxes), lines, diagram.enums)


def _short(name: Name) -> str:
    return name.name if name.schema == "public" else str(name)


def _label(name: Name) -> str:
    return markdown_code(_short(name))


def _cell(text: str) -> str:
    return markdown_cell(markdown_code(text))


def _lines_of(diagram: Diagram) -> Mapping[Name, list[Line]]:
    """Return the lines that end at each table, in their order."""
    found: dict[Name, list[Line]] = defaultdict(list)
    for line in diagram.lines:
        for name in dict.fromkeys((line.from_table, line.to_table)):
            found[name].append(line)
    return found


def _table_text(table: Table, ending: list[Line], descriptions: Descriptions, level: int) -> str:
    label = _label(table.name)
    about = descriptions.tables.get(label) or markdown_text(" ".join((table.comment or "").split()))
    blocks = [f"{'#' * level} {_KINDS.get(table.kind, '')}{label}"]
    if about:
        blocks.append(about)
    rows = [" | ".join(_HEAD), " | ".join("---" for _ in _HEAD)]
    rows += [" | ".join(_row(column, table, label, descriptions)) for column in table.columns.values()]
    blocks.append("\n".join(f"| {row} |" for row in rows))
    relations = _relations(table.name, ending)
    if relations:
        blocks.append("Relationships:\n\n" + "\n".join(relations))
    if table.kind == "table":
        blocks.append(_row_security(table))
    return "\n\n".join(blocks)


def _row(column: Column, table: Table, label: str, descriptions: Descriptions) -> Iterable[str]:
    cell = _cell(column.name)
    default = column.default
    if column.identity:
        default = f"generated {column.identity} as identity"
    elif column.generated:
        default = f"generated always as ({column.default}) {column.generated}"
    keys = []
    for kind, mark in (("primary", "PK"), ("foreign", "FK"), ("unique", "UK")):
        if any(column.name in constraint.columns for constraint in table.constraint(kind)):
            keys.append(mark)
    written = descriptions.columns.get((label, cell))
    yield cell
    yield _cell(column.type)
    yield "yes" if column.nullable else "no"
    yield _cell(" ".join(default.split())) if default else ""
    yield ", ".join(keys)
    yield written or markdown_cell(markdown_text(" ".join((column.comment or "").split())))


def _relations(name: Name, ending: list[Line]) -> list[str]:
    lines = []
    for line in ending:
        if line.through is not None:
            other = line.to_table if line.from_table == name else line.from_table
            lines.append(f"- many to many with {_label(other)}, through {_label(line.through)}")
        elif line.from_table == name:
            own = ", ".join(markdown_code(column) for column in line.from_columns)
            target = markdown_code(_short(line.to_table) + "." + ", ".join(line.to_columns))
            lines.append(f"- {own} refers to {target}, on delete {line.on_delete}")
        else:
            columns = ", ".join(line.from_columns)
            lines.append(f"- referred to by {markdown_code(f'{_short(line.from_table)}.{columns}')}")
    return lines


def _row_security(table: Table) -> str:
    if not table.row_security:
        return "Row security: off."
    if not table.policies:
        return "Row security: on, without a policy."
    lines = [
        f"- {markdown_code(policy.name)}: {'' if policy.permissive else 'restrictive, '}{policy.command} to "
        + ", ".join(markdown_code(role) for role in policy.roles)
        for _, policy in sorted(table.policies.items())
    ]
    return "Row security: on.\n\n" + "\n".join(lines)


def _without_place(tables: list[Table], descriptions: Descriptions, level: int) -> list[str]:
    labels = {_label(table.name) for table in tables}
    cells = {(_label(table.name), _cell(column)) for table in tables for column in table.columns}
    lines = [f"- {name}: {_one_line(text)}" for name, text in sorted(descriptions.tables.items()) if name not in labels]
    lines += [
        f"- {key[0]}, column {key[1]}: {_one_line(text)}"
        for key, text in sorted(descriptions.columns.items())
        if key not in cells
    ]
    return [f"{'#' * level} {_KEPT}\n\n{_KEPT_NOTE}\n\n" + "\n".join(lines)] if lines else []


def _one_line(text: str) -> str:
    return text.replace("\n", "<br>")


# ---- descriptions as comments


def comment_statements(evidence: Evidence, descriptions: Descriptions) -> list[str]:
    """Return a COMMENT ON statement for each description that the database's own comment does not already say."""
    statements = []
    for table in own_tables(evidence):
        label = _label(table.name)
        name = f"{quote_identifier(table.name.schema)}.{quote_identifier(table.name.name)}"
        written = descriptions.tables.get(label)
        if written is not None and not _says(table.comment, written):
            kind = table.kind.replace("-", " ")
            statements.append(f"comment on {kind} {name} is {_literal(written)};")
        for column in table.columns.values():
            text = descriptions.columns.get((label, _cell(column.name)))
            if text is not None and not _says(column.comment, text):
                statements.append(f"comment on column {name}.{quote_identifier(column.name)} is {_literal(text)};")
    return statements


def _says(comment: str | None, description: str) -> bool:
    return comment is not None and (
        _unescaped(description) == comment
        or description in (markdown_text(" ".join(comment.split())), markdown_cell(markdown_text(comment)))
    )


def _unescaped(markdown: str) -> str:
    """Return Markdown as the text that it shows: backslash escapes undone, marks of code and emphasis kept."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown.replace("<br>", "\n"))


def _literal(markdown: str) -> str:
    text = _unescaped(markdown)
    quoted = "'" + text.replace("'", "''").replace("\0", "") + "'"
    return "E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted
