"""Functions of a project that hand SQL which they are given on to a driver: `def fetch_all(query, …)`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import lru_cache

from tripoint.model.regex import regex
from tripoint.sources.code.clients.drivers import METHODS, SCRIPT_METHODS, names_a_driver
from tripoint.sources.code.facts import CodeFacts, Function, Import, Ref, Template, Text, Value
from tripoint.sources.code.scene import Bound, FileScene

__all__ = ["is_statement", "names_a_wrapper", "sql_wrappers", "takes_jpql"]

_NAMED = regex(r"execute|fetch|quer(?:y|ies)|(?:^|_)(?:sql|exec|select|insert|update|delete)(?:_|$)|Sql$", re.I)
_NONE = regex(r"[sS]elector|[pP]refetch|[iI]nvalidate|^use[A-Z]")
_STATEMENT = regex(
    r"\bselect\b.*\bfrom\s+[\w\"$({]|\binsert\s+into\s+[\w\"${]|\bupdate\s+(?:only\s+)?[\w.\"${}]+(?:\s+(?:as\s+)?\w+)?\s+set\b"
    r"|\bdelete\s+from\s+[\w\"${]|\bcopy\s+[\w.\"]+\s*(?:\([^()]*\)\s*)?(?:from|to)\s+(?:stdin|stdout)\b",
    re.I | re.S,
)
"""What a whole statement has, and a sentence hardly: where only a name says that SQL is taken."""


@lru_cache(4096)
def names_a_wrapper(called: str) -> bool:
    """Whether a function is called as what takes SQL is often called."""
    return _NAMED.search(called) is not None and _NONE.search(called) is None


_JPA = regex(
    r"(?:jakarta|javax)\.persistence\b|org\.hibernate\b|org\.springframework\.(?:data\.jpa\b|batch\..*\.(?:Jpa|Hibernate))"
)


def takes_jpql(imports: Iterable[Import]) -> bool:
    """Whether a file imports what takes the query language of entities, which looks like SQL and names no tables: there
    a driver's own methods alone take SQL.
    """
    return any(_JPA.match(f"{one.module}.{one.imported}") for one in imports)


def is_statement(value: Value) -> bool:
    """Whether a text is a whole statement that asks something of tables."""
    parts = value.parts if isinstance(value, Template) else (value,)
    text = "".join(part.value if isinstance(part, Text) else "$1" for part in parts)
    return _STATEMENT.search(text) is not None


def sql_wrappers(
    facts: Mapping[str, CodeFacts],
    own: Mapping[str, frozenset[str]],
    ask: Callable[[Iterable[str]], None],
    scene_of: Callable[[str], FileScene | None],
    evaluate: Callable[[str, Value], Iterable[object]],
) -> frozenset[str]:
    """Return the names of the functions that give a driver what a parameter of theirs stands for.

    They are looked for in files with SQL of their own, and in those that import a driver (`own`: what each imports),
    which are all asked for at once.
    """
    found: set[str] = set()
    paths = [path for path, known in sorted(facts.items()) if known.scopes or names_a_driver(own[path])]
    ask(paths)
    for path in paths:
        scene = scene_of(path)
        if scene is not None:
            found.update(_of_file(path, scene, METHODS.get(scene.facts.language, SCRIPT_METHODS), evaluate))
    return frozenset(found)


def _of_file(
    path: str, scene: FileScene, methods: Set[str], evaluate: Callable[[str, Value], Iterable[object]]
) -> Iterator[str]:
    bound = {b.value.scope: b.name for b in scene.facts.bindings if isinstance(b.value, Function)}
    for chain in scene.chains:
        for step in chain.steps:
            called = chain.root.path[-1] if step.name == "()" and isinstance(chain.root, Ref) else step.name
            for given in step.arguments[:2] if step.call_end and called in methods else ():
                part = given.parts[0] if isinstance(given, Template) and given.parts else given
                if isinstance(part, Ref) and len(part.path) == 1:
                    things = [one for one in evaluate(path, part) if isinstance(one, Bound)]
                    names = (one.function.name or bound.get(one.function.scope) for one in things)
                    yield from filter(None, names)
