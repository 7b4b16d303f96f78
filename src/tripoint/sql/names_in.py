"""Names in the text of types."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from tripoint.model.name import Name, fold_identifier
from tripoint.model.regex import regex

__all__ = ["parse_type_name"]

_PART: Final = r'("(?:[^"]|"")+"|[^\W\d][\w$]*)'
_QUALIFIED: Final = regex(rf"{_PART}\.{_PART}(\(.*\))?")


@lru_cache(maxsize=16_384)
def parse_type_name(text: str) -> Name | None:
    """Return the qualified name in a type's text (`public."Mood"`, `extensions.vector(3)`); None for PostgreSQL's own.

    An array type has no name of its own: None.
    """
    match = _QUALIFIED.fullmatch(text)
    return Name(fold_identifier(match[1]), fold_identifier(match[2])) if match else None
