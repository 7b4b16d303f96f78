"""What several commands take."""

from __future__ import annotations

import argparse

from tripoint.model.fault import SEVERITIES

__all__ = ["FORMATS", "add_config", "add_fail_on", "add_format", "add_no_color", "add_path"]

FORMATS = ("terminal", "markdown", "json", "html", "sarif", "junit", "github", "gitlab", "pull-request")
"""The names of `tripoint.formats`, which need not be loaded to know them."""


def _one_of(names: tuple[str, ...], default: str) -> str:
    """Return the help of an option that takes one of several names."""
    return f"{', '.join(names[:-1])} or {names[-1]} (default: {default})"


def add_path(parser: argparse.ArgumentParser) -> None:
    """Add the project's folder."""
    parser.add_argument("path", nargs="?", default=".", metavar="PATH", help="the project's folder (default: this one)")


def add_no_color(group: argparse._ActionsContainer) -> None:
    """Add the wish for plain text."""
    group.add_argument("--no-color", action="store_true", help="plain text; NO_COLOR does the same")


def add_config(group: argparse._ActionsContainer) -> None:
    """Add settings that stand elsewhere."""
    group.add_argument("--config", metavar="FILE", help="read the settings from FILE instead of the project's own")


def add_format(group: argparse._ActionsContainer, names: tuple[str, ...] = FORMATS) -> None:
    """Add the choice of a format, the first of which is the usual one."""
    group.add_argument(
        "--format", choices=names, default=names[0], metavar="FORMAT", help=_one_of(names, default=names[0])
    )


def add_fail_on(group: argparse._ActionsContainer) -> None:
    """Add the severity from which on a command fails."""
    group.add_argument(
        "--fail-on",
        choices=(*SEVERITIES, "never"),
        metavar="SEVERITY",
        help=f"exit with 1 from this severity on: {_one_of((*SEVERITIES, 'never'), default='high')}",
    )
