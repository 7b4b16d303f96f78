"""SQL that one file names and others send: `db.fetch(queries.INSERT_JOB)`, Go's constants of a package.

A file in which no SQL stands is not parsed. What it sends by the name of a constant would be passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from tripoint.sources.code.clients.drivers import METHODS, SCRIPT_METHODS
from tripoint.sources.code.facts import CodeFacts, Object, Template, Text, Value
from tripoint.sources.code.wrappers import is_statement

__all__ = ["users_of_constants"]

_SHORTEST = 6
"""Letters of a name that is looked for: `sql` and `query` are words of every file."""
_MANY = 20
_MOST = 300
"""Files beyond which no more are read."""
_PLAIN = frozenset({"select", "insert", "update", "delete", "statement", "queries", "default", "exports"})


def users_of_constants(facts: Mapping[str, CodeFacts]) -> list[str]:
    """Return the files that were not parsed, name a constant of SQL of another file, and call what takes SQL."""
    names: dict[str, set[str]] = {}
    for read in facts.values():
        if read.strings:
            names.setdefault(_family(read.language), set()).update(_constants(read))
    found: list[str] = []
    for path, read in sorted(facts.items()):
        known = names.get(_family(read.language)) if not read.scopes else None
        if known and _names_any(read, known) and _names_any(read, METHODS.get(read.language, SCRIPT_METHODS)):
            found.append(path)
    return found[:_MOST]


def _names_any(read: CodeFacts, words: Set[str]) -> bool:
    """Whether a file has one of the words; of many, going through its own takes less."""
    if len(words) < _MANY:
        return any(word in read.words for word in words)
    return not words.isdisjoint(read.words)


def _constants(read: CodeFacts) -> Iterator[str]:
    """Yield the names that a file, or a class of it, gives to whole statements, or to objects of such."""
    classes = {index for index, scope in enumerate(read.scopes) if scope.kind == "class"}
    for binding in read.bindings:
        name = binding.name
        if (binding.scope == 0 or binding.scope in classes) and len(name) >= _SHORTEST and name.lower() not in _PLAIN:
            value = binding.value
            given = [entry.value for entry in value.entries] if isinstance(value, Object) else [value]
            if any(map(_is_whole, given)):
                yield name


def _is_whole(value: Value | None) -> bool:
    return isinstance(value, Text | Template) and is_statement(value)


def _family(language: str) -> str:
    return language if language in METHODS else "script"
