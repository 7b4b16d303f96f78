"""Code that a tool wrote: type declarations of the schema, bundles."""

from __future__ import annotations

import re

from tripoint.model.regex import regex
from tripoint.sources.layouts.index import FileIndex
from tripoint.sources.layouts.kinds import test_folder

__all__ = ["is_generated_types", "is_minified"]

_NAMES = regex(r"(?:database|supabase|schema|types|db)", re.I)
_TYPESCRIPT = regex(rb"\bexport\s+(?:type|interface)\s+Database\b")
_ROWS = regex(rb"\bTables\s*:\s*\{[^}]*\bRow\s*:\s*\{", re.DOTALL)


def is_generated_types(index: FileIndex, path: str) -> bool:
    """Return whether a file is what `supabase gen types typescript` writes, wherever it was put."""
    if not path.endswith(".ts") or not _NAMES.search(path.rpartition("/")[2]) or test_folder(path) is not None:
        return False
    # Redirected output of a Windows shell is UTF-16.
    head = index.head(path).replace(b"\0", b"")
    return _TYPESCRIPT.search(head) is not None and _ROWS.search(head) is not None


_LARGE = 50_000
_LONG_LINES = 400


def is_minified(index: FileIndex, path: str, size: int) -> bool:
    """Return whether a script of `size` bytes is what a bundler wrote: a large file of long lines."""
    if size < _LARGE:
        return False
    head = index.head(path)
    return len(head) > _LONG_LINES * (head.count(b"\n") + 1)
