"""Bytes of a project as text."""

from __future__ import annotations

import re

from tripoint.model.place import Problem
from tripoint.model.regex import regex

__all__ = ["as_utf8", "legible", "text_of", "without_comments"]

_SURROGATES = regex("[\udc80-\udcff]")
_OF_SQL = regex(rb"--[^\n]*|/\*")


def text_of(data: bytes) -> str:
    """Return the bytes as text, a question mark for each one that is no UTF-8, so that every offset still holds."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _SURROGATES.sub("?", data.decode("utf-8", "surrogateescape"))


def as_utf8(data: bytes) -> tuple[bytes, tuple[Problem, ...]]:
    """Return the bytes with a question mark for each one that is no UTF-8, and what there is to be said of that."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"not UTF-8 at byte {error.start}; such bytes are read as question marks"
        return text_of(data).encode("utf-8"), (Problem("unread", error.start, error.end, reason),)
    return data, ()


def legible(data: bytes) -> bytes:
    """Return a file that is UTF-16, as `>` of some shells writes it, in UTF-8; others as they are.

    Of a file that goes on in UTF-16, as `>>` of the same shells leaves it, that part alone is changed. What is read
    from such a file, and what is shown of it, is counted in the bytes that this returns.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    zero = data.find(b"\0")
    if zero < 0:
        return data
    first = max(zero - 1, 0)
    tail = data[first:]
    zeros = tail.count(b"\0")
    if zeros < 8 or zeros * 5 < len(tail) * 2:
        return data  # bytes of no text, or one that was written into it
    return data[:first] + tail.decode("utf-16-be" if zero == 0 else "utf-16-le", "replace").encode("utf-8", "replace")


def without_comments(data: bytes, begins: re.Pattern[bytes] = _OF_SQL) -> bytes:
    """Return a text with a blank for each comment, which `begins` finds: whole to the end of a line, or its `/*`.

    What looks like one in a string is taken for one, unless it would go on to the end of the text (`'image/*'`). A
    pattern alone would look for the end of each such beginning anew.
    """
    kept: list[bytes] = []
    at = begun = 0
    last = data.rfind(b"*/")
    while (found := begins.search(data, at)) is not None:
        at = found.end()
        if data.startswith(b"/*", found.start()):
            if last < at:
                continue
            at = data.index(b"*/", at) + 2
        kept.append(data[begun : found.start()])
        begun = at
    return b" ".join([*kept, data[begun:]])
