"""A file's bytes → the spans of its statements, by the rules of psql's own scanner.

libpg_query's scanner cuts SQL-standard function bodies at the semicolon before END, knows nothing of psql's commands
and COPY data, and gives nothing at all once a string is not closed; psql's rules need no more than quotes, comments,
parentheses and the words BEGIN, CASE and END.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from tripoint.model.place import Problem
from tripoint.model.regex import regex
from tripoint.sql.lexer import end_of_comment, end_of_quoted

__all__ = ["Span", "Splitter"]

_EDGE: Final = regex(
    rb"""
    (?<![A-Za-z0-9_$\x80-\xff])[eE]'
    |['"]
    |--[^\r\n]*
    |/\*
    |(?<![A-Za-z0-9_$\x80-\xff])\$(?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)?\$
    |(?<!\S)\$(?=\s)
    |[;()\\]
    """,
    re.VERBOSE,
)
_EDGE_IN_ROUTINE: Final = regex(
    _EDGE.pattern + rb"|(?<![A-Za-z0-9_$\x80-\xff])(?:[bB][eE][gG][iI][nN]|[cC][aA][sS][eE]|[eE][nN][dD])"
    rb"(?![A-Za-z0-9_$\x80-\xff])",
    re.VERBOSE,
)
_HALF_DOLLAR: Final = regex(rb"(?<!\S)\$(?=[\s;]|\Z)")
"""What is left of a body's `$$` after a shell or a template has taken its half: no SQL has a `$` of its own."""
_BLANK: Final = regex(rb"\s*")
_ROUTINE: Final = regex(rb"create\s+(?:or\s+replace\s+)?(?:function|procedure)\b", re.I)
_COPY_DATA: Final = regex(rb"copy\b.*\bfrom\s+stdin\b", re.I | re.S)
_END_OF_DATA: Final = regex(rb"^\\\.[ \t]*\r?$", re.M)
_LINE_END: Final = regex(rb"\r?\n|\Z")
_MARK: Final = regex(
    rb"""
    --[\s=*\#-]*
    (\+(?:goose|migrate)\s+.+ | migrate:(?:up|down).* | !(?:Ups|Downs)\b | changeset\s+.+
    |(?:up|down)\s+migration\b.* | create\s+above\s*/\s*drop\s+below\b.* | //\s*@undo\b.*
    |(?:up|down|rollback|undo|revert)(?:\s+(?:migration|script|section|sql|changes))?(?=[\s:=*\#-]*$))
    """,
    re.I | re.VERBOSE,
)
"""What runners look for in comments; at last the headings of those that applications have of their own."""
_ENDS_STATEMENT: Final = regex(
    r"\+(?:goose|migrate)\s+(?:statementend|down|up)\b|migrate:down|!|changeset\b|down\s+migration\b|create\s+above|//",
    re.I,
)
"""Marks that end a statement which has no semicolon: the runner sends what stands before them."""
_PSQL_COMMAND: Final = regex(rb"\\([A-Za-z]+|[^A-Za-z\s])")

# psql's commands that change what the rest of the file does. All others (\echo, \set, \connect, \restrict, …) don't.
_TELLING_COMMANDS: Final = {
    b"i": "includes another file",
    b"ir": "includes another file",
    b"include": "includes another file",
    b"include_relative": "includes another file",
    b"gexec": "executes what the query returns",
    b"if": "makes what follows conditional",
    b"!": "runs a program",
    b"copy": "loads or writes rows",
}
_ENTERS: Final = regex(rb"\\c(?:onnect)?[ \t]+[\"']?([\w$][\w$-]*)")
_SENDING_COMMANDS: Final = frozenset({b"g", b"gx", b"gexec", b"gset", b"gdesc", b"crosstabview"})


class Span(Struct, frozen=True):
    """A statement's place without its semicolon. `breaks` are places where it may really have ended, were it broken:
    semicolons within parentheses, and the start of quoted text that spans lines or is never closed."""

    start: int
    end: int
    next: int
    """Where the text after it begins."""
    breaks: tuple[int, ...] = ()
    open: bool = False
    """Whether a quote or comment of it is never closed."""


class Splitter(Struct):
    """Walks over one file. `marks`, `problems` and `entered` fill up as `spans` is consumed."""

    data: bytes
    marks: list[tuple[str, int]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    entered: dict[int, str] = field(default_factory=dict)
    """Where psql goes to another database, and what that is called."""
    flat: bool = False
    """Whether comments do not nest, since one that does is never closed."""

    def spans(self, start: int = 0) -> Iterator[Span]:
        """Yield the statements from an offset on."""
        position = start
        while True:
            span = self._next(position)
            if span is None:
                return
            position = span.next
            if span.start < span.end:
                if _COPY_DATA.match(self.data, span.start, min(span.end, span.start + 10_000)):
                    position = self._after_data(position)
                yield span

    def _after_data(self, position: int) -> int:
        """Return where the lines of COPY data end that begin on the line after `position`."""
        line = _LINE_END.search(self.data, position)
        found = _END_OF_DATA.search(self.data, line.end() if line else position)
        return found.end() if found else len(self.data)

    def _next(self, position: int) -> Span | None:
        """Return the statement that begins at or after `position`; an empty span where nothing but a stray `;` is."""
        data, size = self.data, len(self.data)
        start = -1
        depth = nesting = 0
        breaks: list[int] = []
        edge = _EDGE
        while True:
            if start < 0:
                blank = _BLANK.match(data, position)
                position = blank.end() if blank else position
                if position >= size:
                    return None
                if data[position] not in b"-/\\;" or data[position : position + 2] in (b"->", b"/="):
                    start = position
                    edge = _EDGE_IN_ROUTINE if _ROUTINE.match(data, position) else _EDGE
            match = edge.search(data, position)
            if match is None:
                return Span(start if start >= 0 else size, _rstrip(data, max(start, 0), size), size, tuple(breaks))
            text, at, position = match.group(), match.start(), match.end()
            first = text[:1]
            if first == b";":
                if depth <= 0 and nesting == 0:
                    return Span(at if start < 0 else start, _rstrip(data, start, at) if start >= 0 else at, at + 1,
                                tuple(breaks))  # fmt: skip
                breaks.append(at)
            elif first == b"-":
                mark = _MARK.match(text)
                if mark is not None:
                    told = mark.group(1).decode("utf-8", "replace").strip()
                    self.marks.append((told, at))
                    if start >= 0 and _ENDS_STATEMENT.match(told):
                        return Span(start, _rstrip(data, start, at), position, tuple(breaks))
            elif first == b"\\":
                sent = self._command(at, start)
                line = _LINE_END.search(data, at)
                position = line.end() if line else size
                if start >= 0 and sent:
                    return Span(start, _rstrip(data, start, at), position, tuple(breaks))
            elif text == b"/*":
                closed = self._comment_end(at)
                if closed < 0:
                    self.problems.append(Problem("unparsed", at, size, "a comment is never closed"))
                    if start < 0:
                        return None
                    return Span(start, size, size, (*breaks, at), open=True)
                position = closed
            elif first == b"(":
                depth += 1
            elif first == b")":
                depth -= 1
            elif text == b"$":
                # The body is one piece of a statement that is refused, not statements that would be read as its peers.
                half = _HALF_DOLLAR.search(data, position)
                position = half.end() if half is not None else position
            elif first in b"'\"eE$" and text[-1:] in b"'\"$":
                if start < 0:
                    start = at
                closed = self._quoted_end(text, position)
                if closed < 0:
                    return Span(start, size, size, (*breaks, at), open=True)
                if first != b"$" and data.find(b"\n", at, closed) >= 0:
                    breaks.append(at)
                position = closed
            elif depth == 0:
                lowered = text.lower()
                if lowered == b"begin" or (lowered == b"case" and nesting):
                    nesting += 1
                elif lowered == b"end" and nesting:
                    nesting -= 1

    def _comment_end(self, at: int) -> int:
        """Return where a comment ends: at the first end mark where it has another beginning within (`files/*`) that is
        never closed, as its author meant it."""
        closed = -1 if self.flat else end_of_comment(self.data, at)
        if closed >= 0:
            return closed
        first = self.data.find(b"*/", at + 2)
        if first >= 0 and not self.flat:
            self.flat = True
            reason = (
                "a comment holds another /*, so PostgreSQL takes what follows for a part of it and refuses the file: "
                "it is read as if the comment ended at the first */"
            )
            self.problems.append(Problem("unparsed", at, first + 2, reason))
        return first + 2 if first >= 0 else -1

    def _quoted_end(self, opening: bytes, position: int) -> int:
        if opening[:1] == b"$":
            found = self.data.find(opening, position)
            return found + len(opening) if found >= 0 else -1
        return end_of_quoted(self.data, position, opening[-1:], escapes=len(opening) == 2)

    def _command(self, at: int, start: int) -> bool:
        """Note what a psql command does to the file; return whether it sends the statement before it."""
        command = _PSQL_COMMAND.match(self.data, at)
        name = command.group(1) if command else b""
        reason = _TELLING_COMMANDS.get(name)
        if reason is not None:
            line = _LINE_END.search(self.data, at)
            shown = "\\" + name.decode("ascii")
            end = line.start() if line else len(self.data)
            self.problems.append(Problem("unsupported", at, end, f"psql's {shown} {reason}, which is not followed"))
        enters = _ENTERS.match(self.data, at)
        if enters is not None:
            self.entered[at] = enters.group(1).decode("ascii", "replace")
        return start >= 0 and name in _SENDING_COMMANDS


def _rstrip(data: bytes, start: int, end: int) -> int:
    while end > start and data[end - 1] in b" \t\r\n\f\v":
        end -= 1
    return end
