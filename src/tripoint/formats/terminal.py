"""The audit as a person reads it in a terminal: findings worst first, each with its places, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from typing import Final

from msgspec.structs import replace

from tripoint.formats.excerpt import excerpt_lines
from tripoint.formats.format import RenderOptions
from tripoint.formats.grouped import grouped_lines
from tripoint.formats.labels import lines_by_file, told_first
from tripoint.formats.machine import is_new
from tripoint.formats.meaning import said_meanings
from tripoint.formats.paint import Line, Painter, Span, wrap
from tripoint.model.audit import Audit, Finding, Notice, Spot
from tripoint.model.fault import SEVERITIES, Severity, Witness
from tripoint.model.regex import regex
from tripoint.model.words import counted

__all__ = ["render"]

_SINGLE = 3
"""From more findings than these, of one rule and severity, each is shown on one line."""

_FILES = 6
"""So many further files are listed under a finding; `--verbose` lists them all."""

_HELP = 8
"""So many lines of help stand under a finding; `--verbose` shows all of them."""
_ENTRIES = 20
"""So many findings of one rule are listed; `--verbose` shows them all."""

_NOTICES = 5
_WIDEST = 120
_SIGNS: dict[Severity, str] = {"critical": "✖", "high": "✖", "medium": "▲", "low": "●", "info": "●"}
_WITNESSES: tuple[Witness, ...] = ("documents", "migrations", "code", "database")


def render(audit: Audit, options: RenderOptions) -> str:
    """Return the report for a terminal of the width, colours and links that the options name."""
    width = max(60, min(options.width, _WIDEST))
    shown = [_what_counts(finding) for finding in audit.findings if is_new(finding)]
    several = len(audit.evidence) > 1
    lines: list[Line] = []
    if not options.quiet:
        lines += [*_head(audit), []]
    if options.statistics:
        lines += _statistics(shown)
    elif options.group_by is not None:
        lines += grouped_lines(shown, options.group_by, width, several)
    else:
        lines += _findings(shown, options, width, several)
    if not options.quiet:
        lines += [
            *_mended(audit.mended, width, several),
            *_notices(audit.notices, options, width),
            *_summary(audit, shown, options, width),
        ]
    return Painter(options.color, options.links, options.root_uri).paint(lines)


def _head(audit: Audit) -> list[Line]:
    line = [Span("tripoint", "bold"), Span(f" {audit.version}", "dim")]
    if audit.root != ".":
        line.append(Span(f"  {audit.root}"))
    if audit.revision is not None:
        line.append(Span(f"  at commit {audit.revision[:10]} of {audit.revision_date}", "dim"))
    return [line]


def _what_counts(finding: Finding) -> Finding:
    """Return a finding without the primary spots that the compared commit had already."""
    if finding.state is None:
        return finding
    return replace(finding, spots=tuple(s for s in finding.spots if s.role != "primary" or s.state != "unchanged"))


def _mended(findings: Sequence[Finding], width: int, several: bool) -> Iterator[Line]:
    """What the compared commit had and this one has no more, a line each."""
    if not findings:
        return
    title, number = "MENDED ", f" {len(findings)}"
    yield [Span(title, "good"), Span("─" * (width - len(title) - len(number)), "dim"), Span(number, "good")]
    yield []
    for finding in findings:
        yield [Span("✔ ", "good"), Span(finding.rule, "good"), Span("  "), *_subject(finding, several)]
    yield []


def _findings(findings: Sequence[Finding], options: RenderOptions, width: int, several: bool) -> Iterator[Line]:
    missing = {finding.subject for finding in findings if finding.rule == "missing-table"}
    for severity, group in groupby(findings, key=lambda finding: finding.severity):
        members = list(group)
        title = f"{severity.upper()} "
        number = f" {len(members)}"
        yield [Span(title, severity), Span("─" * (width - len(title) - len(number)), "dim"), Span(number, severity)]
        yield []
        if severity == "info" and not options.verbose:
            yield from _told(members)
            continue
        for _, same in groupby(members, key=lambda finding: finding.rule):
            of_rule = list(same)
            following = [] if options.verbose else [one for one in of_rule if _missing_target(one) in missing]
            if len(following) == 1:
                following = []
            others = [finding for finding in of_rule if finding not in following]
            if len(others) > _SINGLE and not options.verbose:
                yield from _many(others, options, width, several)
            else:
                for finding in others:
                    yield from _one(finding, options, width, several)
            if following:
                targets = sorted({_missing_target(finding) for finding in following})
                together = f"Mended together with missing-table {', '.join(targets)}."
                yield from _many(following, options, width, several, together)


def _missing_target(finding: Finding) -> str:
    """Return the table whose absence may be all that is wrong with a foreign key; "" where it is something else."""
    return finding.subject.rpartition(" -> ")[2] if finding.rule == "dangling-foreign-key" else ""


def _title(finding: Finding, said: Line) -> Line:
    sign = Span(f"{_SIGNS[finding.severity]} ", finding.severity)
    return [sign, Span(finding.rule, finding.severity), Span("  "), *said]


def _subject(finding: Finding, several: bool) -> Line:
    """What a finding is about, and of which database where there are several."""
    return [Span(finding.subject, "bold"), *([Span(f"  in {finding.database}", "dim")] if several else [])]


def _one(finding: Finding, options: RenderOptions, width: int, several: bool) -> Iterator[Line]:
    yield _title(finding, _subject(finding, several))
    yield from _indented(wrap(finding.message, width - 2), 2)
    primary = [spot for spot in finding.spots if spot.role == "primary"]
    related = told_first(spot for spot in finding.spots if spot.role == "related")
    yield from _spots(primary, options, width, finding.severity)
    for witness in _WITNESSES:
        yield from _spots([spot for spot in related if spot.witness == witness], options, width, None)
    yield []
    yield from _advice(finding, options, width)


def _spots(spots: Sequence[Spot], options: RenderOptions, width: int, severity: Severity | None) -> Iterator[Line]:
    """The first spot with its line and carets, the others by file; all of them with their lines when verbose."""
    full, rest = (spots, []) if options.verbose else (spots[:1], spots[1:])
    for spot in full:
        yield []
        yield [Span("  "), _place(spot)]
        yield from excerpt_lines(spot, options.read_line, width, severity or "related", 4)
    yield from _places([spot for spot in rest if spot.suppressed is None], options, "also ")


def _places(spots: Sequence[Spot], options: RenderOptions, lead: str) -> Iterator[Line]:
    """The places of further spots by file, the first few of them unless verbose."""
    files = lines_by_file(spots)
    for number, (path, found) in enumerate(files.items()):
        if number == _FILES and not options.verbose:
            left = sum(len(lines) for lines in list(files.values())[_FILES:])
            yield [Span(f"    and {left} more in {counted(len(files) - _FILES, 'file')}", "dim")]
            return
        before = lead if number == 0 else " " * len(lead)
        yield [Span(f"    {before}", "dim"), Span(f"{path}:{', '.join(map(str, found))}", "path", path, found[0])]


def _place(spot: Spot) -> Span:
    return Span(f"{spot.path}:{spot.line}:{spot.column}", "path", spot.path, spot.line)


def _advice(finding: Finding, options: RenderOptions, width: int) -> Iterator[Line]:
    said = False
    for sure, suggestion in islice(said_meanings(finding.suggestions), 3):
        reasons = f": {'; '.join(suggestion.reasons)}" if suggestion.reasons else ""
        perhaps = "perhaps " if sure == "perhaps" else ""
        yield from _labelled("meant", f"{perhaps}{suggestion.target}, {suggestion.confidence:.0%}{reasons}", width)
        said = True
    if finding.severity_reason:
        yield from _labelled("why", f"{finding.severity}: {finding.severity_reason}", width)
        said = True
    if finding.help:
        yield from _labelled("help", finding.help, width, None if options.verbose else _HELP)
        said = True
    if said:
        yield []


def _labelled(label: str, text: str, width: int, most: int | None = None) -> Iterator[Line]:
    lines = wrap(text, width - 9)
    if most is not None and len(lines) > most:
        lines = [*lines[: most - 1], [Span("… --verbose shows all of it", "dim")]]
    yield [Span(f"  {label:<5}  ", "good" if label == "help" else "dim"), *lines[0]]
    yield from _indented(lines[1:], 9)


def _many(
    findings: Sequence[Finding], options: RenderOptions, width: int, several: bool, together: str | None = None
) -> Iterator[Line]:
    """Findings of one rule by file: what the first of them says, and a line each, the places aligned.

    `together` says how all of them are mended, where that is one thing.
    """
    first = findings[0]
    yield _title(first, [Span(counted(len(findings), "finding"), "bold")])
    entries = sorted(map(_entry, findings), key=lambda entry: (*entry[:3], entry[3].subject))
    if len(findings) > 1:
        example, *more = wrap(entries[0][3].message, width - 11)
        yield [Span("  such as  ", "dim"), *example]
        yield from _indented(more, 11)
    yield []
    room = max(len(f"{line}:{column}") for _, line, column, _ in entries)
    shown = entries if options.verbose else entries[:_ENTRIES]
    for path, of_file in groupby(shown, key=lambda entry: entry[0]):
        if path:
            yield [Span("  "), Span(path, "path", path)]
        for _, line, column, finding in of_file:
            place = f"{line}:{column}" if line else ""
            others = sum(spot.role == "primary" for spot in finding.spots) - 1
            entry = [Span(f"    {place:<{room}}  ", "dim", path or None, line), *_subject(finding, several)]
            yield [*entry, Span(f"  and {counted(others, 'more place')}" if others > 0 else "", "dim")]
    if len(shown) < len(entries):
        yield [Span(f"    and {len(entries) - len(shown)} more; --verbose shows them", "dim")]
    yield []
    helps = {finding.help for finding in findings}
    own = first.help if len(helps) == 1 else None
    yield from _labelled("help", together or own or f"tripoint explain {first.rule}", width)
    yield []


def _entry(finding: Finding) -> tuple[str, int, int, Finding]:
    at = next((spot for spot in finding.spots if spot.role == "primary"), None)
    return (at.path, at.line, at.column, finding) if at is not None else ("", 0, 0, finding)


def _told(findings: Sequence[Finding]) -> Iterator[Line]:
    """Findings that are merely worth knowing: how many of each rule."""
    counts = Counter(finding.rule for finding in findings)
    column = max(map(len, counts))
    for rule, count in sorted(counts.items()):
        yield [
            Span(f"{_SIGNS['info']} ", "info"),
            Span(f"{rule:<{column}}", "info"),
            Span(f"  {counted(count, 'finding')}"),
        ]
    yield []
    yield [Span("  --verbose shows where", "dim")]
    yield []


def _statistics(findings: Sequence[Finding]) -> Iterator[Line]:
    counts = Counter((finding.rule, finding.severity) for finding in findings)
    widest = max((len(str(count)) for count in counts.values()), default=1)
    order = sorted(counts, key=lambda key: (SEVERITIES.index(key[1]), -counts[key], key[0]))
    for rule, severity in order:
        yield [Span(f"{counts[rule, severity]:>{widest}}  "), Span(f"{severity:<8}", severity), Span(f"  {rule}")]
    yield []


_REFUSED: Final = "PostgreSQL would refuse this: "
_QUOTED: Final = regex(r'"[^"]*"')


def _notices(notices: Sequence[Notice], options: RenderOptions, width: int) -> Iterator[Line]:
    if not notices:
        return
    kinds = Counter(notice.kind for notice in notices)
    said = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    title, number = "NOT READ OR NOT DECIDED ", f" {said}"
    yield [Span(title, "bold"), Span("─" * max(2, width - len(title) - len(number)), "dim"), Span(number, "dim")]
    yield []
    alike: dict[tuple[str, str], list[Notice]] = {}
    for notice in notices:
        alike.setdefault((notice.kind, _without_names(notice.reason)), []).append(notice)
    for same in alike.values():
        same.sort(key=lambda notice: not _is_new(notice))
    ordered = sorted(alike.values(), key=lambda same: (not _is_new(same[0]), same[0].kind == "unresolved", -len(same)))
    for index, same in enumerate(ordered):
        if index == _NOTICES and not options.verbose:
            rest = counted(len(alike) - _NOTICES, "more kind")
            yield [Span(f"  and {rest} of them; --verbose shows every one", "dim")]
            break
        others = len({notice.reason for notice in same}) - 1
        more = f" (and so of {counted(others, 'other')})" if others else ""
        # A reason speaks of its place, so that comes first, as its subject.
        spots = [notice.spot for notice in same if notice.spot is not None]
        first = spots[:1] if same[0].spot is not None else []
        place = [Span("  "), *(_place(spot) for spot in first)] if first else []
        new = [Span(" new", "medium")] if _is_new(same[0]) else []
        yield [Span("  "), Span(same[0].kind, "bold"), *new, *place]
        yield from _indented(wrap(f"{same[0].reason}{more}", width - 4), 4)
        yield from _places(spots[len(first) :], options, "also ")
    yield []


def _is_new(notice: Notice) -> bool:
    return notice.spot is not None and notice.spot.state == "new"


def _without_names(reason: str) -> str:
    """Return what a notice says whatever the objects of the database are called that it is about."""
    return _QUOTED.sub('""', reason) if reason.startswith(_REFUSED) else reason


def _summary(audit: Audit, shown: Sequence[Finding], options: RenderOptions, width: int) -> Iterator[Line]:
    yield [Span("─" * width, "dim")]
    if len(audit.evidence) > 1:
        names = ", ".join(evidence.database.name for evidence in audit.evidence)
        first, *others = wrap(names, width - 11)
        yield [Span(f"{'databases':<11}"), *first]
        yield from _indented(others, 11)
    for testimony in audit.testimonies:
        if testimony.heard:
            calls = [call for call in audit.calls if call.count] if testimony.name == "code" else []
            counts = f", calls: {', '.join(f'{call.count} {call.outcome}' for call in calls)}" if calls else ""
            said = testimony.detail or counted(testimony.files, "file") + counts
            state = Span(f"{'heard':<11}", "good")
        else:
            state, said = Span(f"{'not heard':<11}", "medium"), testimony.reason or ""
        first, *others = wrap(said, width - 22, "plain" if testimony.heard else "dim")
        yield [Span(f"{testimony.name:<11}"), state, *first]
        yield from _indented(others, 22)
    for one in audit.specialists:
        state = Span(f"{'asked':<11}", "good") if one.heard else Span(f"{'not asked':<11}", "medium")
        first, *others = wrap(f"version {one.version}" if one.heard else one.reason or "", width - 22, "dim")
        yield [Span(f"{one.name:<11}"), state, *first]
        yield from _indented(others, 22)
    if audit.left_out:
        reasons = ", ".join(f"{reason} ({count})" for reason, count in sorted(audit.left_out.items()))
        first, *others = wrap(reasons, width - 11, "dim")
        yield [Span(f"{'left out':<11}"), *first]
        yield from _indented(others, 11)
    yield []
    suppressed = sum(finding.suppressed is not None for finding in audit.findings)
    before = len(audit.findings) - len(shown) - suppressed
    besides = [f"{before} of before"] if before else []
    besides += [f"{suppressed} suppressed"] if suppressed else []
    yield [*_verdict(audit, shown), *([Span(f"  ({', '.join(besides)})", "dim")] if besides else [])]
    yield from _next(shown, options, width)


def _verdict(audit: Audit, shown: Sequence[Finding]) -> Line:
    if not shown:
        silent = [t.name for t in audit.testimonies if not t.heard and t.name != "database"]
        if silent:
            verb = "was" if silent == ["code"] else "were"
            return [Span("No findings", "medium"), Span(f", but {' and '.join(silent)} {verb} not heard")]
        none = "No findings" if audit.since is None else "No new findings"
        return [Span(none, "good"), Span(" by the witnesses that were heard")]
    counts = Counter(finding.severity for finding in shown)
    noun = "finding" if audit.since is None else "new finding"
    line = [Span(counted(len(shown), noun), "bold"), Span(": ")]
    for number, severity in enumerate(severity for severity in SEVERITIES if counts[severity]):
        line += [Span(", " if number else ""), Span(f"{counts[severity]} {severity}", severity)]
    return line


def _next(shown: Sequence[Finding], options: RenderOptions, width: int) -> Iterator[Line]:
    if not shown:
        return
    steps = [(f"tripoint explain {shown[0].rule}", "what it means, how to mend it")]
    if not options.verbose:
        steps.append(("tripoint audit --verbose", "every place and every notice"))
    steps.append(("tripoint audit --format markdown", "the whole report"))
    column = max(len(command) for command, _ in steps)
    yield []
    for command, purpose in steps:
        line = [Span("  "), Span(f"{command:<{column}}", "bold")]
        if column + 4 + len(purpose) <= width:
            line.append(Span(f"  {purpose}", "dim"))
        yield line


def _indented(lines: Sequence[Line], columns: int) -> Iterator[Line]:
    for line in lines:
        yield [Span(" " * columns), *line]
