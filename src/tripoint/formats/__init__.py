"""Formats: each is a function from an audit to text. Only `cli.py` writes the text anywhere."""

from __future__ import annotations

from tripoint.formats import json, markdown, terminal
from tripoint.formats.format import Format, RenderOptions

__all__ = ["FORMATS", "Format", "RenderOptions", "format_named"]

FORMATS: tuple[Format, ...] = (terminal.FORMAT, markdown.FORMAT, json.FORMAT)


def format_named(name: str) -> Format:
    """Return the format called `name`; a KeyError says that there is none."""
    return {format_.name: format_ for format_ in FORMATS}[name]
