"""What a format is, and what it may know beside the audit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from tripoint.model.audit import Audit
from tripoint.model.fault import Severity

__all__ = ["Format", "RenderOptions"]


def _no_line(path: str, line: int) -> str | None:
    return None


class RenderOptions(Struct, frozen=True):
    """How an audit is shown. Nothing in here changes what it says."""

    color: bool = False
    """Whether escape sequences may stand in the text."""
    links: bool = False
    """Whether the terminal understands hyperlinks (OSC 8)."""
    width: int = 100
    """The terminal's columns."""
    verbose: bool = False
    """Show every place and every notice instead of the first few."""
    quiet: bool = False
    """Show the findings alone."""
    statistics: bool = False
    """Show how many findings each rule has, instead of the findings."""
    group_by: Literal["rule", "file", "table"] | None = None
    """What the terminal's findings are grouped by; None for severities."""
    suppressed: bool = False
    """Whether suppressed findings stand in SARIF, marked as suppressed."""
    prefix: str = ""
    """The root's path in its repository, with a slash at its end; "" where it is the repository's own."""
    fail_on: Severity | Literal["never"] = "high"
    """The severity from which on a finding fails, for formats that tell what fails from what is told."""
    root_uri: str = ""
    """The `file://` address of the project's root, for hyperlinks."""
    live: str = ""
    """The version of an HTML page that asks the server it came from for newer ones; "" for a page that asks nobody."""
    read_line: Callable[[str, int], str | None] = _no_line
    """Gives a line of a file (counted from 1, without its end), or None where it can't be read."""


class Format(Struct, frozen=True):
    """A format by its name on the command line."""

    name: str
    render: Callable[[Audit, RenderOptions], str]
    anchored: bool = False
    """Whether it names files from the repository's root (`RenderOptions.prefix`)."""
    proposing: bool = False
    """Whether it shows the audit's proposals."""
