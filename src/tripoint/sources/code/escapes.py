"""The escapes in string literals that the languages share."""

from __future__ import annotations

import re

from tripoint.model.regex import regex

__all__ = ["unescape"]

_SIMPLE_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "a": "\a",
    "0": "\0",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "$": "$",
    "`": "`",
    "\n": "",
}
_ESCAPE = regex(
    r"\\(?:x([0-9A-Fa-f]{2})|u\{([0-9A-Fa-f]{1,8})\}|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-7]{3})|(.))", re.DOTALL
)


def unescape(text: str) -> str:
    """Return the value of a string literal's text under the escapes that the languages share.

    An escape that is none of them is kept as written; a surrogate that stands alone becomes U+FFFD.
    """

    def value(match: re.Match[str]) -> str:
        code = next((g for g in match.groups()[:4] if g), None)
        if code is None and match[5]:
            return chr(int(match[5], 8))
        if code is None:
            return _SIMPLE_ESCAPES.get(match[6], match[0])
        number = int(code, 16)
        return chr(number) if number < 0xD800 or 0xDFFF < number < 0x110000 else "\ufffd"

    return _ESCAPE.sub(value, text)
