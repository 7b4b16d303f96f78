"""The matrix of who may do what to whose rows: for a terminal, in Markdown, and as changes since it was recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from tripoint.formats.access_groups import Group, groups, reasons, whose
from tripoint.formats.escape import cells, markdown_cell, markdown_code, markdown_fence, markdown_text
from tripoint.formats.format import RenderOptions
from tripoint.formats.paint import Line, Painter, Span, Style, wrap
from tripoint.model.audit import REPORT_MARK, Audit, Finding
from tripoint.model.proof import Access, AccessChange, Rows
from tripoint.model.words import counted

__all__ = ["change_lines", "render_markdown", "render_terminal"]

_WORDS = {"allowed": "yes", "denied": "–", "not-proven": "?"}
_MARKS = {"allowed": "✅", "denied": "–", "not-proven": "❔"}
_SHOWN = 6
"""So many reasons for what is not proven are listed; `--verbose` lists them all."""


def render_terminal(audit: Audit, options: RenderOptions) -> str:
    """Return the matrix, tables of the same access together, what is not proven and why, and the findings."""
    width = max(60, min(options.width, 120))
    lines: list[Line] = [[Span("tripoint", "bold"), Span(f" {audit.version}", "dim")], []]
    several = len(audit.evidence) > 1
    shown = [] if options.quiet else groups(audit.access, _found(audit))
    for group in shown:
        names = ", ".join(group.names)
        lines += wrap(f"{names} in {group.database}" if several else names, width, "bold")
        lines += _rows(group, width)
        lines.append([])
    lines += _unproven(audit.access, options, width)
    for finding in _open(audit):
        lines += _finding(finding, width)
    lines += [[Span(f"note  {notice.reason}", "dim")] for notice in audit.notices if notice.spot is None]
    lines += [[], _verdict(audit)]
    return Painter(options.color, options.links, options.root_uri).paint(lines)


def _rows(group: Group, width: int) -> Iterator[Line]:
    """Yield the lines of a matrix; who asks is wrapped where a condition is long."""
    most = max(width - 4 - 9 * len(group.operations), 30)
    room = min(max(cells(_caller(*caller)) for caller in group.matrix), most)
    yield [Span(" " * (room + 4)), *(Span(f"{operation:<9}", "dim") for operation in group.operations)]
    for caller, found in group.matrix.items():
        whole = _caller(*caller)
        *above, last = [[Span(whole)]] if cells(whole) <= room else wrap(whole, room - 2)
        yield from ([Span("  "), *line] for line in above)
        inset = "    " if above else "  "
        padding = " " * max(room + 4 - len(inset) - sum(cells(span.text) for span in last), 1)
        yield [Span(inset), *last, Span(padding), *(_cell(found.get(o)) for o in group.operations)]


def _found(audit: Audit) -> frozenset[str]:
    return frozenset(finding.subject for finding in _open(audit))


def _caller(role: str, rows: Rows, where: str | None) -> str:
    return f"{role}  {whose(rows, where)}"


def _cell(cell: Access | None) -> Span:
    if cell is None:
        return Span(" " * 9)
    style: Style = "dim" if cell.outcome == "denied" else "medium" if cell.outcome == "not-proven" else "good"
    if cell.outcome == "allowed" and (cell.rows == "other" or cell.role == "anon"):
        style = "medium"
    return Span(f"{_WORDS[cell.outcome]:<9}", style)


def _unproven(access: Sequence[Access], options: RenderOptions, width: int) -> Iterator[Line]:
    unproven = reasons(access)
    if not unproven:
        return
    yield [Span("NOT PROVEN", "medium")]
    for reason, tables in unproven if options.verbose else unproven[:_SHOWN]:
        listed = tables if options.verbose else tables[:_SHOWN]
        more = f" and {len(tables) - len(listed)} more" if len(tables) > len(listed) else ""
        names = ", ".join(name + operations for name, operations in listed)
        first, *rest = wrap(f"{names}{more}: {reason}", width - 4)
        yield [Span("  "), *first]
        yield from ([Span("    "), *line] for line in rest)
    if len(unproven) > _SHOWN and not options.verbose:
        yield [Span(f"  and {len(unproven) - _SHOWN} more; --verbose shows them", "dim")]
    yield []


def _open(audit: Audit) -> list[Finding]:
    return [f for f in audit.findings if f.suppressed is None and f.state in (None, "new")]


def _finding(finding: Finding, width: int) -> Iterator[Line]:
    yield [Span(f"✖ {finding.rule}", finding.severity), Span("  "), Span(finding.subject, "bold")]
    for text in filter(None, (finding.message, finding.severity_reason, finding.help)):
        yield from ([Span("  "), *line] for line in wrap(text, width - 2))
    for spot in finding.spots:
        note = f"  {spot.note}" if spot.note else ""
        yield [Span("  "), Span(f"{spot.path}:{spot.line}:{spot.column}", "path", spot.path, spot.line), Span(note)]
    if finding.script:
        yield []
        # A script is there to be copied: as it is, and not wrapped.
        yield from ([Span(line, "dim")] for line in finding.script.splitlines())
    yield []


def _verdict(audit: Audit) -> Line:
    functions = {(cell.database, cell.table) for cell in audit.access if cell.operation == "execute"}
    tables = {(cell.database, cell.table) for cell in audit.access} - functions
    seen = sum(cell.outcome != "not-proven" for cell in audit.access)
    left = len(audit.access) - seen
    found = len(_open(audit))
    of = [counted(len(tables), "table")] if tables or not functions else []
    of += [counted(len(functions), "function")] if functions else []
    said = f"{counted(seen, 'access', 'accesses')} of {', '.join(of[:-1])}{' and ' * (len(of) > 1)}{of[-1]} seen"
    line = [Span(f"{said}, {left} not proven: " if left else f"{said}: ")]
    if not seen and not found:
        return [Span("Nothing was seen", "medium"), Span(", so nothing is proven")]
    return [*line, Span(counted(found, "finding") if found else "no findings", "high" if found else "good")]


# ---- Markdown


def render_markdown(audit: Audit, options: RenderOptions) -> str:
    """Return the matrix as tables of Markdown, the changes since it was recorded first."""
    lines = ["# Access", "", REPORT_MARK, ""]
    several = len(audit.evidence) > 1
    lines += change_lines(audit)
    for finding in _open(audit):
        lines += [f"## {finding.severity}: {finding.rule} {markdown_code(finding.subject)}", ""]
        lines += [markdown_text(finding.message), ""]
        if finding.script:
            lines += [markdown_fence(finding.script, "sql"), ""]
    for group in groups(audit.access, _found(audit)):
        lines += _matrix(group, several)
    unproven = reasons(audit.access)
    if unproven:
        lines += ["## Not proven", ""]
        for reason, tables in unproven:
            names = ", ".join(markdown_code(name) + operations for name, operations in tables)
            lines.append(f"- {names}: {markdown_text(reason)}")
        lines.append("")
    notes = [notice.reason for notice in audit.notices if notice.spot is None]
    lines += [f"- {markdown_text(note)}" for note in notes]
    return "\n".join(lines).rstrip("\n") + "\n"


def _matrix(group: Group, several: bool) -> Iterator[str]:
    names = _codes(group.names) + (f" in {markdown_code(group.database)}" if several else "")
    if len(group.names) == 1:
        yield from (f"## {names}", "")
    else:
        kind = "functions" if "execute" in group.operations else "tables"
        yield from (f"## {len(group.names)} {kind} with the same access", "", names, "")
    yield f"| Role | Rows | {' | '.join(group.operations)} |"
    yield f"|---|---|{':-:|' * len(group.operations)}"
    for (role, rows, where), found in group.matrix.items():
        marks = (_MARKS[found[o].outcome] if o in found else "" for o in group.operations)
        yield f"| {markdown_cell(markdown_code(role))} | {_whose(rows, where)} | {' | '.join(marks)} |"
    yield ""


def _codes(names: Sequence[str]) -> str:
    return ", ".join(map(markdown_code, names))


def _whose(rows: Rows, where: str | None) -> str:
    return f"{whose(rows, None)}, where {markdown_cell(markdown_code(where))}" if where else whose(rows, None)


def change_lines(audit: Audit, most: int = 1_000) -> list[str]:
    """Return the changes of access since it was recorded as a table of Markdown; nothing where there are none.

    Tables that changed alike share their lines. No more than `most` lines are listed; the others are counted.
    """
    by_table: defaultdict[str, list[AccessChange]] = defaultdict(list)
    for evidence in audit.evidence:
        for change in evidence.proof.changes if evidence.proof is not None else ():
            by_table[change.table].append(change)
    alike: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for table, changes in by_table.items():
        alike[tuple(_change(change) for change in changes)].append(table)
    rows = [f"| {markdown_cell(_codes(tables))} {change}" for changes, tables in alike.items() for change in changes]
    if not rows:
        return []
    lines = ["| Table | Role | Operation | Rows | Recorded | Now |", "|---|---|---|---|---|---|", *rows[:most]]
    more = [f"| … and {counted(len(rows) - most, 'more change')} | | | | | |"] if len(rows) > most else []
    return [*lines, *more, ""]


def _change(change: AccessChange) -> str:
    before = "nothing" if change.before is None else change.before
    now = f"**{change.after}**" if change.after == "allowed" else change.after
    role = markdown_cell(markdown_code(change.role))
    return f"| {role} | {change.operation} | {_whose(change.rows, change.where)} | {before} | {now} |"
