"""The matrix of who may do what to whose rows: for a terminal, in Markdown, and as changes since it was recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from tripoint.formats.escape import cells, markdown_cell, markdown_code, markdown_fence, markdown_text
from tripoint.formats.format import RenderOptions
from tripoint.formats.labels import counted
from tripoint.formats.paint import Line, Painter, Span, Style, wrap
from tripoint.model.audit import REPORT_MARK, Audit, Finding
from tripoint.model.proof import Access, AccessChange

__all__ = ["change_lines", "render_markdown", "render_terminal"]

_OPERATIONS = ("select", "insert", "update", "delete")
_ROWS = ("own", "tenant", "other", "any")
_WORDS = {"allowed": "yes", "denied": "–", "not-proven": "?"}
_MARKS = {"allowed": "✅", "denied": "–", "not-proven": "❔"}
_WHOSE = {"own": "own", "tenant": "a colleague's", "other": "a stranger's", "any": "any"}
_SHOWN = 6
"""So many reasons for what is not proven are listed; `--verbose` lists them all."""


def _tables(access: Sequence[Access]) -> Iterator[tuple[str, str, dict[tuple[str, str], dict[str, Access]]]]:
    """Yield (database, table, cells): the cells by role and rows, and then by operation."""
    for (database, table), found in groupby(access, key=lambda cell: (cell.database, cell.table)):
        by_caller: dict[tuple[str, str], dict[str, Access]] = {}
        for cell in found:
            by_caller.setdefault((cell.role, cell.rows), {})[cell.operation] = cell
        order = sorted(by_caller, key=lambda caller: (caller[0], _ROWS.index(caller[1])))
        yield database, table, {caller: by_caller[caller] for caller in order}


def render_terminal(audit: Audit, options: RenderOptions) -> str:
    """Return the matrix, table by table, what is not proven and why, and the findings with their scripts."""
    width = max(60, min(options.width, 120))
    lines: list[Line] = [[Span("tripoint", "bold"), Span(f" {audit.version}", "dim")], []]
    several = len(audit.evidence) > 1
    callers = [f"{role}  {_WHOSE[rows]}" for _, _, table in _tables(audit.access) for role, rows in table]
    room = max([cells(text) for text in callers], default=0)
    for database, table, by_caller in [] if options.quiet else _tables(audit.access):
        head = f"{table} in {database}" if several else table
        lines.append([Span(head, "bold")])
        lines.append([Span(" " * (room + 4)), *(Span(f"{operation:<9}", "dim") for operation in _OPERATIONS)])
        for (role, rows), found in by_caller.items():
            caller = f"{role}  {_WHOSE[rows]}"
            line = [Span("  "), Span(caller), Span(" " * (room + 2 - cells(caller)))]
            lines.append([*line, *(_cell(found.get(operation)) for operation in _OPERATIONS)])
        lines.append([])
    lines += _unproven(audit.access, options, width)
    for finding in _open(audit):
        lines += _finding(finding, width)
    lines += [[Span(f"note  {notice.reason}", "dim")] for notice in audit.notices if notice.spot is None]
    lines += [[], _verdict(audit)]
    return Painter(options.color, options.links, options.root_uri).paint(lines)


def _cell(cell: Access | None) -> Span:
    if cell is None:
        return Span(" " * 9)
    style: Style = "dim" if cell.outcome == "denied" else "medium" if cell.outcome == "not-proven" else "good"
    if cell.outcome == "allowed" and (cell.rows == "other" or cell.role == "anon"):
        style = "medium"
    return Span(f"{_WORDS[cell.outcome]:<9}", style)


def _reasons(access: Sequence[Access]) -> list[tuple[str, str]]:
    """Return the tables of which not everything is proven, each with one reason, once."""
    return list(dict.fromkeys((c.table, c.reason or "") for c in access if c.outcome == "not-proven"))


def _unproven(access: Sequence[Access], options: RenderOptions, width: int) -> Iterator[Line]:
    reasons = _reasons(access)
    if not reasons:
        return
    yield [Span("NOT PROVEN", "medium")]
    for table, reason in reasons if options.verbose else reasons[:_SHOWN]:
        first, *rest = wrap(f"{table}: {reason}", width - 2)
        yield [Span("  "), *first]
        yield from ([Span("    "), *line] for line in rest)
    if len(reasons) > _SHOWN and not options.verbose:
        yield [Span(f"  and {len(reasons) - _SHOWN} more; --verbose shows them", "dim")]
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
    tables = len({(cell.database, cell.table) for cell in audit.access})
    seen = sum(cell.outcome != "not-proven" for cell in audit.access)
    left = len(audit.access) - seen
    found = len(_open(audit))
    said = f"{counted(seen, 'access', 'accesses')} of {counted(tables, 'table')} seen"
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
    for database, table, by_caller in _tables(audit.access):
        head = f"{markdown_code(table)} in {markdown_code(database)}" if several else markdown_code(table)
        lines += [f"## {head}", "", f"| Role | Rows | {' | '.join(_OPERATIONS)} |", "|---|---|:-:|:-:|:-:|:-:|"]
        for (role, rows), found in by_caller.items():
            marks = (_MARKS[found[o].outcome] if o in found else "" for o in _OPERATIONS)
            lines.append(f"| {markdown_cell(markdown_code(role))} | {_WHOSE[rows]} | {' | '.join(marks)} |")
        lines.append("")
    reasons = _reasons(audit.access)
    if reasons:
        lines += ["## Not proven", ""]
        lines += [f"- {markdown_code(table)}: {markdown_text(reason)}" for table, reason in reasons]
        lines.append("")
    notes = [notice.reason for notice in audit.notices if notice.spot is None]
    lines += [f"- {markdown_text(note)}" for note in notes]
    return "\n".join(lines).rstrip("\n") + "\n"


def change_lines(audit: Audit, most: int = 1_000) -> list[str]:
    """Return the changes of access since it was recorded as a table of Markdown; nothing where there are none.

    No more than `most` of them are listed; the others are counted.
    """
    changes: list[AccessChange] = [
        change for evidence in audit.evidence if evidence.proof is not None for change in evidence.proof.changes
    ]
    if not changes:
        return []
    lines = ["| Table | Role | Operation | Rows | Recorded | Now |", "|---|---|---|---|---|---|"]
    for change in changes[:most]:
        before = "nothing" if change.before is None else change.before
        now = f"**{change.after}**" if change.after == "allowed" else change.after
        names = (markdown_cell(markdown_code(name)) for name in (change.table, change.role))
        lines.append(f"| {' | '.join(names)} | {change.operation} | {_WHOSE[change.rows]} | {before} | {now} |")
    more = [f"| … and {counted(len(changes) - most, 'more change')} | | | | | |"] if len(changes) > most else []
    return [*lines, *more, ""]
