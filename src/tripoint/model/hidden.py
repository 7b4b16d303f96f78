"""Characters that a terminal would obey, or that hide or reorder what stands beside them."""

from __future__ import annotations

import unicodedata

__all__ = ["is_hidden", "visible"]

_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Controls, formats (with the bidirectional marks), surrogates, line and paragraph separators."""

_JOINERS = "\u200c\u200d"
"""Without these, names in Persian, Hindi and emoji sequences fall apart; they move nothing on the screen."""


def is_hidden(character: str) -> bool:
    """Tell whether a character would not be seen, or change how others are seen."""
    return unicodedata.category(character) in _HIDDEN and character not in _JOINERS


def visible(text: str) -> str:
    r"""Return `text` with every character that a terminal would obey, or that hides or reorders others, as `\u…`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(c) if is_hidden(c) else c for c in text)


def _escaped(character: str) -> str:
    code = ord(character)
    if character in "\t\n\r":
        return {"\t": "\\t", "\n": "\\n", "\r": "\\r"}[character]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
