"""What a command is told about the terminal, and what it gives back."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import TextIO

from msgspec import Struct

from tripoint.model.internal import internal_reason

__all__ = ["CommandError", "Outcome", "Screen", "broken"]

_LINKING = frozenset({"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio", "Tabby"})
"""Values of TERM_PROGRAM whose terminals open OSC 8 hyperlinks."""


class CommandError(Exception):
    """The command could not be done. The message is one sentence for a person, without a final point."""


class Outcome(Struct, frozen=True):
    """The text to show, the exit code, and what to say on standard error."""

    text: str
    exit_code: int = 0
    error: str | None = None
    files: tuple[tuple[str, str], ...] = ()
    """Further files to write: path and text."""
    said: str | None = None
    """A line for standard error that is no error."""


def broken(error: Exception) -> Outcome:
    """Return the outcome of a fault of tripoint's own."""
    return Outcome("", 2, error=internal_reason(error))


def _columns(otherwise: int) -> int:
    """Return how wide the terminal is. (`shutil` tells it too, and loads three libraries of compression for it.)"""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told) > 0:
        return int(told)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or otherwise
    except (OSError, ValueError):  # it is none
        return otherwise


def _silent(text: str) -> None:
    return None


class Screen(Struct, frozen=True):
    """What the output can show."""

    color: bool = False
    links: bool = False
    width: int = 100
    clears: bool = False
    """Whether what stands on it can be wiped away."""
    progress: Callable[[str], None] = _silent
    """Shows one line about what is being done, in the place of the line before; an empty one takes it away."""

    @classmethod
    def of(cls, environment: Mapping[str, str], out: TextIO, err: TextIO, plain: bool) -> Screen:
        """Return what the two streams can show, by https://no-color.org and https://force-color.org."""
        forced = environment.get("FORCE_COLOR", "") not in ("", "0", "false")
        capable = out.isatty() and environment.get("TERM") != "dumb"
        color = not plain and not environment.get("NO_COLOR") and (capable or forced)
        return cls(
            color=color,
            links=color and capable and _opens_links(environment),
            width=_columns(100) if out.isatty() or "COLUMNS" in environment else 100,
            clears=capable,
            progress=_Progress(err).show if err.isatty() and environment.get("TERM") != "dumb" else _silent,
        )


def _opens_links(environment: Mapping[str, str]) -> bool:
    vte = environment.get("VTE_VERSION", "")
    return (
        environment.get("TERM_PROGRAM") in _LINKING
        or (vte.isdigit() and int(vte) >= 5000)
        or any(name in environment for name in ("WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "DOMTERM"))
        or environment.get("TERM", "").startswith(("alacritty", "foot", "xterm-kitty", "xterm-ghostty"))
    )


class _Progress:
    """One line on a terminal that is written over; quick work never shows it."""

    _DELAY = 0.4
    _INTERVAL = 0.05

    def __init__(self, stream: TextIO) -> None:
        from time import monotonic

        self._stream = stream
        self._clock = monotonic
        self._next = monotonic() + self._DELAY
        self._shown = False

    def show(self, text: str) -> None:
        if not text:
            if self._shown:
                self._stream.write("\r\x1b[K")
                self._stream.flush()
                self._shown = False
            return
        now = self._clock()
        if now >= self._next:
            width = _columns(80)
            self._stream.write(f"\r\x1b[K{text[: width - 1]}")
            self._stream.flush()
            self._shown = True
            self._next = now + self._INTERVAL
