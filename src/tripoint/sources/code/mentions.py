"""The words of what is read as no witness: code in languages without a reader, scripts, pages, settings, loose SQL.

Whatever stands there as a word is never called unused, whoever says it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable

from tripoint.model.regex import regex
from tripoint.model.text import without_comments
from tripoint.sources.code.prefilter import identifier_words
from tripoint.sources.code.testcode import is_test_path
from tripoint.sql.facts import SqlFacts

__all__ = ["words_elsewhere", "words_of_statements"]


def _suffixes(text: str) -> frozenset[str]:
    return frozenset(f".{word}" for word in text.split())


_SUFFIXES = _suffixes(
    """
    bash c cc clj cljs cpp cs cshtml ejs elm erb erl ex exs fs gql graphql groovy hbs hcl heex hs html http ipynb java
    jl jsp liquid lua ml nim php pl pm prisma ps1 r rb rego rest rs scala sh sql tf toml twig vb xml yaml yml zig zsh
    """
)
_OWN_SETTINGS = "tripoint.toml"
"""Speaks of the audit: what it names is not put to use by that."""
_DEFINES = regex(rb"\bcreate\s+(?:or\s+replace\s+)?(?:table|function|view)\b", re.IGNORECASE)
_RUN = frozenset({"SelectStmt", "DoStmt", "CallStmt", "ExecuteStmt", "Unparsed"})
"""Statements that define nothing: what they name is put to use, as in `select cron.schedule(…)`."""
_WORD = regex(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST = 1 << 20
"""Bytes of a file that are looked at."""


def words_elsewhere(
    paths: Iterable[str], read: Callable[[str], bytes | None], known: Collection[str]
) -> frozenset[str]:
    """Return the words of the files among `paths` that may name something of a database and are not `known`.

    SQL that defines tables or functions anew (dumps, drafts) does not use them and is left out, as is test code.
    """
    words: set[str] = set()
    for path in paths:
        suffix = os.path.splitext(path)[1].lower()
        if suffix not in _SUFFIXES or path in known or is_test_path(path) or os.path.basename(path) == _OWN_SETTINGS:
            continue
        data = (read(path) or b"")[:_LONGEST]
        if suffix != ".sql" or _DEFINES.search(data) is None:
            words |= identifier_words(data)
    return frozenset(words)


def words_of_statements(facts: Iterable[SqlFacts]) -> frozenset[str]:
    """Return the words of the statements in SQL that define nothing or can't be read, comments left out."""
    words: set[str] = set()
    for one in facts:
        for statement in one.statements:
            if statement.recovered or statement.kind in _RUN:  # what is refused may define anything
                text = without_comments(statement.text.encode("utf-8", "replace"))
                words.update(_WORD.findall(text.decode("utf-8")))
    return frozenset(words)
