"""One file's bytes → its facts, by its language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module

from msgspec.structs import replace

from tripoint.model.place import Problem
from tripoint.model.text import as_utf8, legible
from tripoint.sources.code.addressed import addressed
from tripoint.sources.code.facts import CodeFacts, Textual, Unending, Words
from tripoint.sources.code.guards import with_guards
from tripoint.sources.code.narrowed import with_conditions
from tripoint.sources.code.prefilter import (
    call_words,
    identifier_words,
    plain_calls,
    rest_urls,
    speaks_of_a_client,
    speaks_sql,
)
from tripoint.sources.code.tried import reads_again
from tripoint.sources.layouts.kinds import LANGUAGES

__all__ = ["read_code", "read_words"]

Reader = Callable[[bytes], CodeFacts]


def _typescript(grammar: str) -> Callable[[], Reader]:
    def load() -> Reader:
        from tripoint.sources.code.typescript import read_typescript

        return partial(read_typescript, grammar=grammar)

    return load


def _embedded() -> Reader:
    from tripoint.sources.code.embedded import read_embedded

    return read_embedded


def _html() -> Reader:
    from tripoint.sources.code.embedded import read_html

    return read_html


def _module(language: str) -> Callable[[], Reader]:
    def load() -> Reader:
        reader: Reader = getattr(import_module(f"tripoint.sources.code.{language}"), f"read_{language}")
        return reader

    return load


_READERS: Mapping[str, Callable[[], Reader]] = {
    **{grammar: _typescript(grammar) for grammar in ("typescript", "tsx", "javascript")},
    **dict.fromkeys(("vue", "svelte", "astro"), _embedded),
    "html": _html,
    **{language: _module(language) for language in ("python", "dart", "swift", "kotlin", "go", "rust")},
}
"""What loads the reader of each language: a grammar is loaded where a file asks for it."""

_SCRIPTS = frozenset({"typescript", "tsx", "javascript"})
_BLOCKS = _SCRIPTS | {"vue", "svelte", "astro"}


def read_words(data: bytes, suffix: str) -> CodeFacts:
    """Return the words of a file and the calls that it counts, unparsed: of test code nothing else is asked."""
    language = LANGUAGES.get(suffix.lower(), "")
    textual = tuple(Textual(word, start, "test") for word, start in call_words(data))
    words = Words.of(identifier_words(data))
    return CodeFacts(language=language, textual=textual, words=words, addressed=addressed(data))


def read_code(data: bytes, suffix: str, full: bool = False) -> CodeFacts:
    """Return a file's facts; never raises for the sake of its content.

    A file in which nothing calls a client, and that holds no SQL, yields only its words and is not parsed, unless
    `full` asks for it: then another file has been found to need its names.
    """
    language = LANGUAGES.get(suffix.lower())
    if language is None:
        return CodeFacts(language="")
    data = legible(data)
    by_address = addressed(data)
    if not (full or speaks_sql(data)):
        plain = plain_calls(data) if language in _SCRIPTS else None if speaks_of_a_client(data) else []
        if plain is not None:
            textual = tuple(Textual(word, start, "built-in") for word, start in plain)
            words = Words.of(identifier_words(data))
            return CodeFacts(language=language, textual=textual, words=words, addressed=by_address)
    data, unread = as_utf8(data)
    try:
        facts = _READERS[language]()(data)
    except Unending as error:
        problems = (Problem("unread", 0, 0, str(error)),)
        return CodeFacts(language=language, words=Words.of(identifier_words(data)), problems=problems)
    blocks = language in _BLOCKS
    return replace(
        facts,
        scopes=with_guards(data, with_conditions(data, facts.scopes) if blocks else facts.scopes),
        tried=tuple(reads_again(data, facts.scopes)) if blocks else facts.tried,
        urls=rest_urls(data),
        addressed=by_address,
        problems=(*unread, *facts.problems),
    )
