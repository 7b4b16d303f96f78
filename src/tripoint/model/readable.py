"""Which texts PostgreSQL reads as a value of a type, as far as that can be told without it."""

from __future__ import annotations

import re
from functools import cache

from tripoint.model.regex import regex

__all__ = ["MOMENTS", "base_type", "reads"]

MOMENTS = frozenset({"date", "timestamp without time zone", "timestamp with time zone"})
_WHOLE = regex(r"\s*[+-]?(\d[\d_]*|0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+)\s*")
_BROKEN = regex(
    r"\s*[+-]?((\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(e[+-]?\d+)?|0[xob][\da-f_]+|nan|inf|infinity)\s*", re.IGNORECASE
)
_READS = {
    **dict.fromkeys(("smallint", "integer", "bigint"), _WHOLE),
    **dict.fromkeys(("numeric", "real", "double precision"), _BROKEN),
    "uuid": regex(r"\s*\{?([\da-fA-F]{4}-?){7}[\da-fA-F]{4}\}?\s*"),
    "boolean": regex(r"\s*(t|tr|tru|true|f|fa|fal|fals|false|y|ye|yes|n|no|on|of|off|1|0)\s*", re.IGNORECASE),
    # What holds no digit is a word, of which PostgreSQL knows these.
    **dict.fromkeys(
        MOMENTS,
        regex(r".*\d.*|\W*(now|today|tomorrow|yesterday|epoch|infinity|allballs)\W*", re.IGNORECASE | re.DOTALL),
    ),
}
_MODIFIER = regex(r"\(.*?\)")


@cache
def base_type(type_name: str) -> str:
    """Return a type without its modifier: `numeric` of `numeric(10,2)`."""
    return _MODIFIER.sub("", type_name)


def reads(type_name: str, text: str) -> bool:
    """Whether a type may read a text: True also of types of which that is not known."""
    known = _READS.get(base_type(type_name))
    return known is None or known.fullmatch(text) is not None
