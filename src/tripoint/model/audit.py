"""The outcome of an audit: the JSON contract of version 1, as records. A format is a function from `Audit` to `str`."""

from __future__ import annotations

from typing import Literal, Protocol

from msgspec import Struct, field

from tripoint.model.evidence import Evidence
from tripoint.model.fault import Severity, Suggestion, Witness
from tripoint.model.place import ProblemKind
from tripoint.model.proof import Access

REPORT_MARK = "<!-- tripoint report -->"
"""Stands at the beginning of a report in Markdown, so that it is not taken for a document of the project."""

__all__ = [
    "REPORT_MARK",
    "Access",
    "Audit",
    "AuditedFile",
    "CallCount",
    "Finding",
    "Notice",
    "Places",
    "Proposal",
    "SpecialistRun",
    "Spot",
    "Testimony",
]


class Spot(Struct, frozen=True):
    """A place as a person reads it.

    Lines and columns count from 1, columns in Unicode code points; ends are exclusive.
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    witness: Witness
    role: Literal["primary", "related"] = "primary"
    note: str | None = None
    excerpt: str = ""
    """The text of the spot's first line between its ends, with what looks like a credential masked."""
    fingerprint: str | None = None
    suppressed: Literal["inline", "baseline", "configuration"] | None = None
    state: Literal["new", "unchanged", "mended"] | None = None
    """What became of a primary spot since the revision that the audit is compared with."""


class Finding(Struct, frozen=True):
    """One fault of the project with all its places."""

    rule: str
    severity: Severity
    database: str
    subject: str
    message: str
    spots: tuple[Spot, ...]
    severity_reason: str | None = None
    help: str | None = None
    suggestions: tuple[Suggestion, ...] = ()
    script: str | None = None
    """SQL that shows the fault when it is pasted into psql, where there is such."""
    state: Literal["new", "unchanged", "mended"] | None = None
    suppressed: Literal["inline", "baseline", "configuration"] | None = None


class Notice(Struct, frozen=True):
    """Something that could not be read or decided. `spot` is None where no file is at issue."""

    kind: ProblemKind
    reason: str
    spot: Spot | None = None


class Testimony(Struct, frozen=True):
    """Whether a witness was heard, and if not, why."""

    name: Witness
    heard: bool
    files: int
    reason: str | None = None
    detail: str | None = None
    """How it was heard, where that matters: on which server, behind which walls."""


class SpecialistRun(Struct, frozen=True):
    """Whether a linter of others that was asked for was heard, and if not, why."""

    name: str
    version: str | None
    heard: bool
    reason: str | None = None


class Proposal(Struct, frozen=True):
    """SQL that would mend a finding. `reason` says why it is not verified, where it isn't."""

    database: str
    subject: str
    sql: str
    verified: bool
    reason: str | None = None


class AuditedFile(Struct, frozen=True):
    """A file that was read, and for which witness."""

    path: str
    witness: Witness


class CallCount(Struct, frozen=True):
    """How many textual calls (`.from(` and its like) of the project's code became what."""

    outcome: str
    """`table`, `bucket`, `function`, `other library`, `comment or string`, `unresolved`, `test code`, …"""
    count: int


class Places(Protocol):
    """Where a range of bytes stands, as a person reads it."""

    def __getitem__(self, key: tuple[str, int, int], /) -> tuple[int, int, int, int, str]:
        """Return (line, column, end line, end column, excerpt) of (path, start, end)."""


class Audit(Struct, frozen=True):
    """Everything that a format may show. Every tuple has one stated total order: see `tripoint.assemble`."""

    version: str
    root: str
    revision: str | None
    revision_date: str | None
    """The audited commit's date (ISO 8601, to the day), never the clock's."""
    evidence: tuple[Evidence, ...]
    """What each database's inventory is rendered from."""
    testimonies: tuple[Testimony, ...]
    findings: tuple[Finding, ...]
    notices: tuple[Notice, ...]
    files: tuple[AuditedFile, ...]
    calls: tuple[CallCount, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    access: tuple[Access, ...] = ()
    """What the proof saw, by database, table, operation, role and rows; empty where none was asked for."""
    specialists: tuple[SpecialistRun, ...] = ()
    left_out: dict[str, int] = field(default_factory=dict)
    """How many files were left out, by reason."""
    since: str | None = None
    """The commit that it is compared with; None where it is compared with none."""
    lasting: bool = True
    """Whether the same question would be answered so again: not where git's history did not answer, or a fault of
    tripoint's own took something away."""
    mended: tuple[Finding, ...] = ()
    """What that commit had and this one has no more, with the places that it had there."""
    spots: Places = field(default_factory=dict[tuple[str, int, int], tuple[int, int, int, int, str]])
    """Every place of the evidence as a person reads it."""
