"""Formats: each is a function from an audit to text. Only `cli.py` writes the text anywhere."""

from __future__ import annotations

from importlib import import_module

from tripoint.formats.format import Format, RenderOptions
from tripoint.model.audit import Audit

__all__ = ["FORMATS", "Format", "RenderOptions", "format_named"]


def _in_module(name: str) -> Format:
    """Return the format whose `render` stands in the module of its name, which is loaded when it is first used."""

    def render(audit: Audit, options: RenderOptions) -> str:
        text: str = import_module(f"tripoint.formats.{name.replace('-', '_')}").render(audit, options)
        return text

    return Format(name, render, anchored=name in _ANCHORED, proposing=name in _PROPOSING)


_NAMES = ("terminal", "markdown", "json", "html", "sarif", "junit", "github", "gitlab", "pull-request")
_ANCHORED = frozenset({"sarif", "junit", "github", "gitlab", "pull-request"})
"""What a forge reads: it looks for files where the repository has them."""
_PROPOSING = frozenset({"markdown", "json", "html"})

FORMATS: tuple[Format, ...] = tuple(map(_in_module, _NAMES))


def format_named(name: str) -> Format:
    """Return the format called `name`; a KeyError says that there is none."""
    return {format_.name: format_ for format_ in FORMATS}[name]
