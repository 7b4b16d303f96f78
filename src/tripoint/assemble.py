"""From faults to findings: lines and columns, excerpts, fingerprints, and one total order for everything.

Orders: findings by severity (worst first), then rule, database and subject; spots primary first, then by witness, path
and place; notices by path, place, kind and reason; files by path and witness. All texts compare by code point.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from msgspec.structs import replace

from tripoint.fingerprint import fingerprint, normalised, under_first_names
from tripoint.model.audit import Finding, Notice, Spot
from tripoint.model.fault import SEVERITIES, Fault, Mark, Rule, Severity, Witness
from tripoint.model.place import NOWHERE, Place, Problem
from tripoint.model.regex import regex

__all__ = ["Locator", "assemble_findings", "finding_order", "notice_of", "spot_order"]

EXCERPT_LENGTH = 160
"""Code points; a longer excerpt is cut, and its end shows an ellipsis."""

_CREDENTIAL = regex(
    r"""
    eyJ[\w-]{8,}+\.[\w-]{8,}+(?:\.[\w-]*+)?                 # a JSON Web Token
    | \b(?:sb_(?:secret|publishable)|ghp|gho|xox[abp])[_-][A-Za-z0-9_-]{12,} | \bAKIA[A-Z0-9]{12,}
    | \b(?:sk|pk|rk)[_-](?=[\w-]{0,99}?\d)[A-Za-z0-9_-]{16,}+  # a digit tells it from a name: pk_order_positions
    | (?<=://)[^\s/:@'"]+:[^\s/@'"]+(?=@)                   # user:password@host
    | (?<=password\s['"])[^'"]+ | (?<=password=)[^\s'"&]+   # CREATE ROLE … PASSWORD '…', a connection string
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WITNESSES: tuple[Witness, ...] = ("documents", "migrations", "code", "database")


@lru_cache(maxsize=4096)
def mask_credentials(text: str) -> str:
    """Return `text` with whatever looks like a credential replaced by asterisks."""
    return _CREDENTIAL.sub("***", text)


class Locator:
    """Turns byte ranges of files into lines and columns; each file's lines are found once."""

    def __init__(self, read: Callable[[str], bytes | None]) -> None:
        """`read` gives a file's bytes, or None where it can't be read any more."""
        self._read = read
        self._lines: dict[str, tuple[bytes, list[int]]] = {}

    def _file(self, path: str) -> tuple[bytes, list[int]]:
        known = self._lines.get(path)
        if known is None:
            data = self._read(path) or b""
            starts = [0]
            position = data.find(b"\n")
            while position >= 0:
                starts.append(position + 1)
                position = data.find(b"\n", position + 1)
            known = self._lines[path] = (data, starts)
        return known

    def locate(self, place: Place) -> tuple[int, int, int, int, str]:
        """Return (line, column, end line, end column, excerpt) of `place`."""
        data, starts = self._file(place.path)
        start, end = min(place.start, len(data)), min(max(place.end, place.start), len(data))
        line, column = self._position(data, starts, start)
        end_line, end_column = self._position(data, starts, end)
        first_line_end = data.find(b"\n", start, end)
        text = data[start : first_line_end if first_line_end >= 0 else end].decode("utf-8", "replace").strip()
        if len(text) > EXCERPT_LENGTH:
            text = text[: EXCERPT_LENGTH - 1] + "…"
        return line, column, end_line, end_column, mask_credentials(text)

    def __getitem__(self, key: tuple[str, int, int]) -> tuple[int, int, int, int, str]:
        """Return what `locate` says of (path, start, end)."""
        return self.locate(Place(*key))

    @staticmethod
    def _position(data: bytes, starts: list[int], offset: int) -> tuple[int, int]:
        index = bisect_right(starts, offset) - 1
        column = len(data[starts[index] : offset].decode("utf-8", "replace")) + 1
        if index == 0 and data.startswith(b"\xef\xbb\xbf") and column > 1:
            column -= 1  # an editor does not show the byte order mark
        return index + 1, column

    def text(self, place: Place) -> str:
        """Return the whole text of `place`, normalised for a fingerprint."""
        data, _ = self._file(place.path)
        return normalised(data[place.start : place.end], place.path)

    def spot(self, mark: Mark) -> Spot:
        """Return the spot of `mark`, without a fingerprint."""
        line, column, end_line, end_column, excerpt = self.locate(mark.place)
        return Spot(
            path=mark.place.path,
            line=line,
            column=column,
            end_line=end_line,
            end_column=end_column,
            witness=mark.witness,
            role=mark.role,
            note=mark.note,
            excerpt=excerpt,
        )


def spot_order(spot: Spot) -> tuple[bool, int, str, int, int, int, int, str]:
    """The total order of the spots of one finding."""
    return (
        spot.role != "primary",
        _WITNESSES.index(spot.witness),
        spot.path,
        spot.line,
        spot.column,
        spot.end_line,
        spot.end_column,
        spot.note or "",
    )


def finding_order(finding: Finding) -> tuple[int, str, str, str, str]:
    """The total order of findings: worst first."""
    return SEVERITIES.index(finding.severity), finding.rule, finding.database, finding.subject, finding.message


def notice_of(path: str, problem: Problem, witness: Witness, locator: Locator) -> Notice:
    """Return the notice of what a reader could not read or decide in `path`."""
    mark = Mark(Place(path, problem.start, problem.end), witness)
    return Notice(problem.kind, problem.reason, locator.spot(mark))


def assemble_findings(
    database: str,
    faults: Iterable[tuple[Rule, Fault]],
    severities: dict[str, Severity],
    locator: Locator,
    originally: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Return the findings of one database, in their order, every primary spot with its fingerprint.

    `severities` are the configuration's overrides by rule. A fingerprint is made of rule, database, subject, enclosing
    symbol and normalised text, plus an ordinal among equals, so that no two spots share one: no path and no line, so
    that it survives moved lines, renamed files and reformatting. The subject counts under the first name of what it
    names (`originally`, by its present one), so that it survives a renamed table too; a fault's `identity` stands for
    it.
    """
    findings = []
    equals: Counter[str] = Counter()
    for rule, fault in faults:
        spots = []
        subject = under_first_names(fault.subject if fault.identity is None else fault.identity, originally or {})
        ordered = [(locator.spot(mark), mark) for mark in dict.fromkeys(fault.marks) if mark.place != NOWHERE]
        if len(ordered) > 1:
            ordered.sort(key=lambda pair: spot_order(pair[0]))
        for spot, mark in ordered:
            if spot.role != "primary":
                spots.append(spot)
                continue
            parts = (rule.name, database, subject, spot.path, mark.symbol, locator.text(mark.place))
            first = fingerprint(*parts, ordinal=0)
            ordinal = equals[first]
            equals[first] += 1
            spots.append(replace(spot, fingerprint=fingerprint(*parts, ordinal=ordinal) if ordinal else first))
        override = severities.get(rule.name)
        findings.append(
            Finding(
                rule=rule.name,
                severity=override or fault.severity or rule.severity,
                database=database,
                subject=fault.subject,
                message=fault.message,
                spots=tuple(spots),
                severity_reason="set by the configuration" if override else fault.severity_reason,
                help=fault.help,
                suggestions=fault.suggestions,
                script=fault.script,
            )
        )
    return sorted(findings, key=finding_order)
