"""Ignores that stand in comments: `-- tripoint: ignore[missing-table] made by another service`."""

from __future__ import annotations

import re
from bisect import bisect_right

from msgspec import Struct

from tripoint.model.fault import Witness
from tripoint.model.place import Place
from tripoint.model.regex import regex

__all__ = ["Ignore", "find_ignores"]

_WITNESSES: dict[str, Witness] = {
    **dict.fromkeys(("sql", "pgsql", "psql", "ddl"), "migrations"),
    **dict.fromkeys(("md", "mdx", "markdown", "mdown", "mmd", "mermaid", "dbml"), "documents"),
}

_SLASHES = (b"//", b"/*", b"*", b"--")
"""SQL in code has its own comments."""
_LEADERS: dict[str, tuple[bytes, ...]] = {
    **dict.fromkeys(("sql", "pgsql", "psql", "ddl"), (b"--", b"/*", b"*")),
    "md": (b"<!--",),
    "markdown": (b"<!--",),
    "mdown": (b"<!--",),
    "mdx": (b"<!--", b"/*"),
    "mmd": (b"%%",),
    "mermaid": (b"%%",),
    "py": (b"#", b"--"),
    "toml": (b"#",),
    "yaml": (b"#",),
    "yml": (b"#",),
    "vue": (*_SLASHES, b"<!--"),
    "svelte": (*_SLASHES, b"<!--"),
    "astro": (*_SLASHES, b"<!--"),
    "html": (*_SLASHES, b"<!--"),
    "htm": (*_SLASHES, b"<!--"),
}
"""What may stand before the directive, by the file's suffix; other files have `//`, `/* */` and SQL's `--`."""

_DIRECTIVE = regex(
    rb"(?P<leader>--|//|/\*|\*|#|<!--|%%)[ \t]*tripoint:[ \t]*(?P<what>ignore-file|ignore)\b[ \t]*"
    rb"(?:\[(?P<rules>[^\]\r\n]{0,1000})\])?(?P<reason>[^\r\n]{0,2000})"
)
_CLOSERS = regex(r"\s*(?:\*/\s*\}?|-->)\s*.*$")
_OPENERS = regex(rb"^[ \t]*\{?[ \t]*$")
_EMPTY = (b"", b"*/", b"*/}", b"-->")
"""Lines on which nothing begins."""
_FENCE = regex(rb"^[ \t]{0,3}(`{3,}|~{3,})", re.MULTILINE)
_MARKDOWN = ("md", "mdx", "markdown", "mdown")


class Ignore(Struct, frozen=True):
    """One directive. `line` is the line (from 1) whose spots it hides, None for the whole file."""

    place: Place
    rules: tuple[str, ...]
    reason: str
    line: int | None
    witness: Witness = "code"
    example: bool = False
    """Whether it stands in a code block of a document, where it may only show how to write one."""

    def covers(self, path: str, line: int, rule: str) -> bool:
        """Return whether it hides a spot of that rule."""
        return path == self.place.path and self.line in (None, line) and rule in self.rules


def find_ignores(path: str, data: bytes) -> tuple[Ignore, ...]:
    """Return the directives of a file, in order. Any bytes will do.

    A directive after code hides what begins on its own line; one that has its line to itself hides what begins on the
    next line that is neither blank nor such a directive; `ignore-file` hides what is in the file.
    """
    if b"tripoint:" not in data:
        return ()
    suffix = path.rpartition("/")[2].rpartition(".")[2].lower()
    leaders = _LEADERS.get(suffix, _SLASHES)
    starts = [0, *(match.end() for match in re.finditer(rb"\n", data))]
    fences = [match.start() for match in _FENCE.finditer(data)] if suffix in _MARKDOWN else []
    found: list[tuple[re.Match[bytes], bool, bool]] = []
    for match in _DIRECTIVE.finditer(data):
        fenced = bisect_right(fences, match.start()) % 2 == 1
        if match["leader"] not in leaders and not fenced:
            continue
        before = data[starts[bisect_right(starts, match.start()) - 1] : match.start()]
        if fences is not None and suffix in _MARKDOWN and before.count(b"`") % 2:
            continue
        found.append((match, _OPENERS.match(before) is not None, fenced))
    alone = {bisect_right(starts, match.start()) for match, own, _ in found if own}
    ignores: list[Ignore] = []
    for match, own, fenced in found:
        line = bisect_right(starts, match.start())
        target: int | None = _next_line(data, starts, line, alone) if own else line
        if match["what"] == b"ignore-file":
            target = None
        reason = _CLOSERS.sub("", match["reason"].decode("utf-8", "replace")).strip(" \t:-")
        names = (match["rules"] or b"").decode("utf-8", "replace").split(",")
        ignores.append(
            Ignore(
                place=Place(path, match.start(), match.start("reason")),
                rules=tuple(dict.fromkeys(name.strip() for name in names if name.strip())),
                reason=reason,
                line=target,
                witness=_WITNESSES.get(suffix, "code"),
                example=fenced,
            )
        )
    return tuple(ignores)


def _next_line(data: bytes, starts: list[int], line: int, alone: set[int]) -> int:
    """Return the first line after `line` that is neither blank nor a directive of its own."""
    for number in range(line + 1, len(starts) + 1):
        end = starts[number] if number < len(starts) else len(data)
        if number not in alone and data[starts[number - 1] : end].strip() not in _EMPTY:
            return number
    return line
