"""Globs over the paths of a project, in time that is linear in the path whatever the glob."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from functools import lru_cache

from tripoint.model.regex import regex

__all__ = ["Globs"]

_BRACES = regex(r"\{([^{}/]*,[^{}/]*)\}")
_EXPANSIONS = 64
"""A glob with braces that stand for more than this many globs is taken literally beyond them."""


class Globs:
    """A set of globs. `*` and `?` stay within a folder, `**` crosses folders, `{a,b}` is either.

    A glob without a slash matches a file or folder of that name anywhere; one that matches a folder matches everything
    below it.
    """

    __slots__ = ("_patterns",)

    def __init__(self, globs: Iterable[str]) -> None:
        self._patterns = tuple(_segments(single) for glob in globs for single in _expand(glob))

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def matches(self, path: str) -> bool:
        """Return whether any of the globs matches the path, or a folder that it lies in."""
        parts = path.split("/")
        return any(_match(pattern, parts) for pattern in self._patterns)


def _expand(glob: str) -> list[str]:
    done: list[str] = []
    waiting = [glob]
    while waiting:
        current = waiting.pop(0)
        braces = _BRACES.search(current)
        if braces is None or len(done) + len(waiting) >= _EXPANSIONS:
            done.append(current)
        else:
            choices = braces.group(1).split(",")
            waiting += [current[: braces.start()] + choice + current[braces.end() :] for choice in choices]
    return done


def _segments(glob: str) -> tuple[re.Pattern[str] | None, ...]:
    """Return a pattern for each segment; None stands for `**`."""
    names = [name for name in glob.removeprefix("./").split("/") if name]
    anywhere = "/" not in glob.removeprefix("./").rstrip("/")
    segments = [None if name == "**" else _pattern(name) for name in names]
    return (None, *segments) if anywhere and segments else tuple(segments)


@lru_cache(maxsize=1024)
def _pattern(name: str) -> re.Pattern[str]:
    # fnmatch translates stars into atomic groups, so that no name makes it backtrack.
    return re.compile(fnmatch.translate(name))


def _match(pattern: tuple[re.Pattern[str] | None, ...], parts: list[str]) -> bool:
    # `reached[i]` says whether the pattern read so far can end just before part i.
    reached = [True] + [False] * len(parts)
    for segment in pattern:
        if segment is None:
            first = reached.index(True) if True in reached else len(reached)
            reached = [index >= first for index in range(len(reached))]
        else:
            reached = [False] + [reached[index] and segment.match(part) is not None for index, part in enumerate(parts)]
        if True not in reached:
            return False
    return bool(pattern)
