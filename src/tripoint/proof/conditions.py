"""A condition as PostgreSQL prints it, taken apart at its top."""

from __future__ import annotations

from tripoint.model.regex import regex

__all__ = ["alternatives", "readable", "requirements", "unwrapped"]

_CAST = regex(r"""('(?:[^']|'')*')::(?:"[^"]+"|[\w.]+)(?: varying| precision)?(?:\([\d,]+\))?(?:\[\])?""")
_COLUMN_CAST = regex(r"""\((\w+|"[^"]+")\)::(?:text|character varying)""")


def alternatives(condition: str) -> list[str]:
    """Return the parts of which one must hold: what OR joins."""
    return _joined(condition, " OR ")


def requirements(condition: str) -> list[str]:
    """Return the parts of which all must hold: what AND joins."""
    return _joined(condition, " AND ")


def _joined(condition: str, word: str) -> list[str]:
    other = " AND " if word == " OR " else " OR "
    text = unwrapped(condition)
    parts: list[str] = []
    start = place = 0
    while place < len(text):
        if text[place] == "(":
            place = _closing(text, place)
        elif text[place] in "'\"":
            place = text.find(text[place], place + 1)
            if place < 0:
                return [condition]
        elif text.startswith(word, place):
            parts.append(text[start:place].strip())
            start = place + len(word)
        elif text.startswith((other, "NOT "), place) and not parts and start == 0:
            return [condition]
        place += 1
    return [*parts, text[start:].strip()] if parts else [condition]


def unwrapped(condition: str) -> str:
    """Return a condition without the parentheses around the whole of it."""
    text = condition.strip()
    while text.startswith("(") and _closing(text, 0) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def readable(condition: str) -> str:
    """Return a condition as a person would have written it: without the casts that PostgreSQL adds to constants."""
    text = " ".join(_CAST.sub(r"\1", condition).split())
    return unwrapped(_COLUMN_CAST.sub(r"\1", text))


def _closing(text: str, place: int) -> int:
    """Return where the parenthesis at `place` is closed; the end of the text where it is not."""
    depth = 0
    quote = ""
    for number in range(place, len(text)):
        char = text[number]
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return number
    return len(text)
