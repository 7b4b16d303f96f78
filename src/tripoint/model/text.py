"""Bytes of a project as text."""

from __future__ import annotations

from tripoint.model.regex import regex

__all__ = ["text_of"]

_SURROGATES = regex("[\udc80-\udcff]")


def text_of(data: bytes) -> str:
    """Return the bytes as text, a question mark for each one that is no UTF-8, so that every offset still holds."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _SURROGATES.sub("?", data.decode("utf-8", "surrogateescape"))
