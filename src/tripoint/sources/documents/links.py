"""Definitions of links in Markdown (CommonMark 0.31, section 4.7): lines that are shown nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable

from tripoint.model.regex import regex

__all__ = ["TRIMMED", "LinkDefinition"]

TRIMMED = "\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What is no part of a text at its ends."""
_SPACES = " \t"
_PARENTHESES = 32
"""Parentheses nested deeper are no part of a link's destination."""
_DESTINATION = regex(r"<(?:\\[\s\S]|[^<>\n\\])*>")
_SCHEME = regex(r"<?\s*(?:vbscript|javascript|file|data(?!:image/(?:gif|png|jpeg|webp);)):", re.I)
"""Destinations that are no links, so that the line is no definition of one."""


class LinkDefinition:
    """`[label]: destination "title"`, over as many lines as it takes."""

    def __init__(self, text: str, line: int, following: Callable[[int], str | None]) -> None:
        """Take the text of the first line, the number of the next, and what gives the text of one that goes on."""
        self.text = text + "\n"
        self.line = line
        self.following = following

    def more(self) -> bool:
        text = self.following(self.line)
        if text is not None:
            self.text += text + "\n"
            self.line += 1
        return text is not None

    def end(self) -> int | None:
        """Return the number of the line behind the definition; None where it is none."""
        at = self._label()
        if at is None or self.text[at + 1 : at + 2] != ":" or not self.text[1:at].strip(TRIMMED):
            return None
        begin = self._blanks(at + 2)
        end = self._destination(begin)
        if end is None or _SCHEME.match(self.text[begin:end]):
            return None
        line = self.line
        titled = self._blanks(end)
        if titled > end and (closed := self._title(titled)) is not None:
            if not self._rest(closed):
                return self.line
            if closed == titled + 2:  # an empty title that something follows
                return None
        return None if self._rest(end) else line

    def _rest(self, at: int) -> str:
        """Return what is left of a line."""
        return self.text[at:].partition("\n")[0].strip(_SPACES)

    def _label(self) -> int | None:
        at = 1
        while at < len(self.text):
            character = self.text[at]
            if character == "[":
                return None
            if character == "]":
                return at
            if character == "\\":
                at += 1
            if self.text[at : at + 1] == "\n":
                self.more()
            at += 1
        return None

    def _blanks(self, at: int) -> int:
        while at < len(self.text) and self.text[at] in " \t\n":
            if self.text[at] == "\n":
                self.more()
            at += 1
        return at

    def _destination(self, begin: int) -> int | None:
        text = self.text
        if text.startswith("<", begin):
            found = _DESTINATION.match(text, begin)
            return found.end() if found else None
        at, level = begin, 0
        while at < len(text) and text[at] > " " and text[at] != "\x7f":
            character = text[at]
            if character == "\\" and at + 1 < len(text):
                if text[at + 1] == " ":
                    break
                at += 1
            elif character == "(":
                level += 1
                if level > _PARENTHESES:
                    return None
            elif character == ")":
                if level == 0:
                    break
                level -= 1
            at += 1
        return at if at > begin and level == 0 else None

    def _title(self, begin: int) -> int | None:
        """Return where a title ends that begins there."""
        mark = self.text[begin : begin + 1]
        if not mark or mark not in "\"'(":
            return None
        closing = ")" if mark == "(" else mark
        at = begin + 1
        while at < len(self.text) or self.more():
            character = self.text[at]
            if character == closing:
                return at + 1
            if character == "(" and closing == ")":
                return None
            at += 2 if character == "\\" and at + 1 < len(self.text) else 1
        return None
