"""What identifies a spot from one revision to the next, whatever moves or is laid out anew around it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import islice

from tripoint.model.regex import regex
from tripoint.sources.layouts.kinds import is_sql
from tripoint.sql.lexer import tokens

__all__ = ["fingerprint", "first_names", "normalised", "under_first_names"]

_SPACE = regex(rb"\s+")
_NEEDLESS = regex(rb" (?!(?<=[\w$\x80-\xff] )[\w$\x80-\xff])")
"""A space that does not keep two words apart."""

_TRAILING = regex(rb",(?=[)\]}])|;$")
"""What formatters add or take away at the end of a list or statement."""

_QUALIFIED = regex(r"[^\W\d][\w$]*(?:\.[^\W\d][\w$]*)+")

_HEAD = 8
"""Tokens of a clause of SQL that tell it from others: `create policy "name" on public.notes` are seven."""


def normalised(text: bytes, path: str) -> str:
    """Return the text of a spot without what a formatter may change.

    That is white space, the kind of quotes, and commas before a closing bracket; in SQL (by the path's suffix) also
    comments and the case of words that are not quoted. Of a longer clause of SQL its beginning counts alone: a policy
    whose condition is edited, or a key that gets an action, is still the same one.
    """
    return _normalised(text, is_sql(path))


@lru_cache(maxsize=4096)
def _normalised(text: bytes, sql: bool) -> str:
    """Do that; a schema says the same of many columns."""
    if sql:
        text = b" ".join(token.text for token in islice(tokens(text), _HEAD))
    text = _NEEDLESS.sub(b"", _SPACE.sub(b" ", text.strip()))
    return _TRAILING.sub(b"", text.replace(b'"', b"'").replace(b"`", b"'")).decode("utf-8", "replace")


def fingerprint(rule: str, database: str, subject: str, path: str, symbol: str | None, text: str, ordinal: int) -> str:
    """Return the fingerprint of a spot, as 32 hexadecimal digits.

    `text` is the spot's normalised text, `ordinal` counts what is equal in all else. `path` does not take part in it: a
    subject that is the spot's own file counts as none, so that a renamed file keeps its fingerprints.
    """
    parts = (rule, database, "" if subject == path else subject, symbol or "", text, str(ordinal))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def first_names(renames: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the first name of everything that a history renames, by its last; `renames` are (old, new), in order."""
    first: dict[str, str] = {}
    for old, new in renames:
        first[new] = first.pop(old, old)
    return {new: old for new, old in first.items() if new != old}


def under_first_names(subject: str, first: Mapping[str, str]) -> str:
    """Return a subject as it was called before what it names was renamed: the fault is still the same one."""
    if not first:
        return subject

    def named(name: str) -> str:
        table = name.rpartition(".")[0]
        if name not in first and table in first:
            return first[table] + name[len(table) :]
        return first.get(name, name)

    return _QUALIFIED.sub(lambda found: named(found[0]), subject)
