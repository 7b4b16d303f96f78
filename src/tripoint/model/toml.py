"""TOML of a project, which may be written to take long."""

from __future__ import annotations

import tomllib
from typing import Any

from tripoint.model.regex import regex

__all__ = ["read_toml"]

_MOST = 64
_LONG_KEY = regex(
    rf"""(?<![\w."'-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){{{_MOST}}}""",
)
"""More parts of a key than any project has; what `tomllib` takes for a key grows with the square of its parts."""


def read_toml(text: str) -> dict[str, Any]:
    """Return the document; as `tomllib.loads`, raises `TOMLDecodeError`, `RecursionError` and `ValueError`."""
    long = _LONG_KEY.search(text)
    if long is not None:
        line = text.count("\n", 0, long.start()) + 1
        raise tomllib.TOMLDecodeError(f"A key of more than {_MOST} parts (at line {line}, column 1)")
    return tomllib.loads(text)
