"""What the formats for other programs share: which spots stand for results, and their paths in the repository."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from tripoint.formats.format import RenderOptions
from tripoint.formats.meaning import said_meanings
from tripoint.model.audit import Audit, Finding, Spot
from tripoint.model.words import counted

__all__ = ["anchors", "counts_as_new", "is_new", "new_notices", "opening", "repository_path", "uri", "whole_text"]


def is_new(finding: Finding) -> bool:
    """Whether a finding counts: nothing hides it, and the compared commit, where there is one, did not have it."""
    return finding.suppressed is None and finding.state in (None, "new")


def counts_as_new(spot: Spot) -> bool:
    """Whether a primary spot counts, in the same sense."""
    return spot.suppressed is None and spot.state in (None, "new")


def anchors(finding: Finding) -> Iterator[Spot]:
    """Yield the primary spots; of a finding that has none, the first related one."""
    primary = [spot for spot in finding.spots if spot.role == "primary"]
    yield from primary or finding.spots[:1]


def repository_path(path: str, options: RenderOptions) -> str:
    """Return a path from the repository's root: what a forge wants where only a folder of it was audited."""
    return options.prefix + path


def uri(path: str, options: RenderOptions) -> str:
    """Return a path from the repository's root as a relative reference (RFC 3986)."""
    from urllib.parse import quote

    shown = quote(repository_path(path, options), safe="/", errors="replace")
    first = shown.partition("/")[0]
    return f"./{shown}" if ":" in first else shown


def whole_text(finding: Finding, spot: Spot | None = None) -> str:
    """Return a finding's message, what was likely meant, and what to do, as sentences of one paragraph.

    Where its places are told apart by their notes, that of `spot` comes first: a reader sees this one place.
    """
    notes = {other.note for other in finding.spots if other.role == "primary"}
    parts = [f"{spot.note[0].upper()}{spot.note[1:]}"] if spot is not None and spot.note and len(notes) > 1 else []
    parts.append(finding.message)
    for sure, meant in islice(said_meanings(finding.suggestions), 1):
        parts.append(f"{sure.capitalize()} meant: {meant.target} ({meant.confidence:.0%})")
    if finding.help:
        parts.append(finding.help)
    return " ".join(part if part.endswith((".", "!", "?", ";")) else f"{part}." for part in parts)


def opening(audit: Audit) -> list[str]:
    """Return what was not heard or not read, a sentence each: the absence of a finding must not read as a pass."""
    said = [
        f"The witness {witness.name} was not heard: {witness.reason or 'not found'}"
        for witness in audit.testimonies
        if not witness.heard
    ]
    if audit.notices:
        new = len(new_notices(audit))
        of_them = f", {new} of which {'is' if new == 1 else 'are'} new" if new else ""
        said.append(f"{counted(len(audit.notices), 'place')} could not be read or decided{of_them}")
    return said


def new_notices(audit: Audit) -> list[tuple[Spot, str]]:
    """Return where something could not be read or decided that the compared commit did not have, and what."""
    return [(n.spot, n.reason) for n in audit.notices if n.spot is not None and n.spot.state == "new"]
