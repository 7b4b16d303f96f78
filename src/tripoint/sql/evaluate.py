"""What a DO block does, as far as its text and the catalog tell.

The block's PL/pgSQL is followed statement by statement. Nothing is executed: what would run comes out as SQL text, and
what can't be told comes out as such, with the names that it may touch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tripoint.model.catalog import Catalog, Function
from tripoint.model.regex import regex
from tripoint.model.text import without_comments
from tripoint.sql.effects import Effect, Evaluated, Undecided
from tripoint.sql.facts import Node
from tripoint.sql.grammar import Refusal, parse_plpgsql
from tripoint.sql.plpgsql import (
    located,
)
from tripoint.sql.relations import Relations
from tripoint.sql.running import Budget, Run, Steps

__all__ = ["Budget", "evaluate_do", "run_call", "run_do"]

_LITERAL = regex(r"'(?:[^']|'')*'")
_WORD = regex(r"\w+")
_CHANGES = frozenset({"alter", "call", "create", "drop", "execute", "grant", "import", "perform", "rename", "revoke"})
"""A word of these stands in whatever changes a schema, or calls what may."""


def evaluate_do(
    body: str,
    language: str,
    catalog: Catalog,
    search_path: tuple[str, ...] = ("public",),
    budget: Budget | None = None,
) -> Evaluated:
    """Return what a DO block does to a database that holds `catalog`.

    What the block asks of the catalog is answered by the catalog as it is before the block. To have each statement's
    effect seen by what follows, apply them as `run_do` gives them.
    """
    effects: list[Effect] = []
    undecided: list[Undecided] = []
    for step in _do(body, language, lambda: catalog, search_path, Relations(), budget):
        if step is None:
            return Evaluated((), tuple(undecided), raises=True)
        effects.append(step) if isinstance(step, Effect) else undecided.append(step)
    return Evaluated(tuple(effects), tuple(undecided))


def run_do(
    body: str,
    language: str,
    lookup: Callable[[], Catalog],
    search_path: tuple[str, ...] = ("public",),
    budget: Budget | None = None,
) -> Iterator[Effect | Undecided | None]:
    """Give what a DO block does, one after the other; `lookup` is asked for the catalog as it stands by then.

    A last None says that the block ends in an exception, which undoes all of it.
    """
    relations = Relations()
    for step in _do(body, language, lookup, search_path, relations, budget):
        yield step
        relations.forget()


def _do(
    body: str,
    language: str,
    lookup: Callable[[], Catalog],
    search_path: tuple[str, ...],
    relations: Relations,
    budget: Budget | None,
) -> Steps:
    whole = len(body.encode())
    if language != "plpgsql":
        yield Undecided(0, whole, f"a DO block in {language} is not read")
        return
    tag = "$do$"
    while tag in body:
        tag = tag[:-1] + "o$"
    functions = parse_plpgsql(f"do {tag}{body}{tag}")
    if isinstance(functions, Refusal) or not functions:
        reason = functions.message if isinstance(functions, Refusal) else "nothing stands in it"
        changes = _may_change(body, lookup())
        yield Undecided(0, whole, f"the block can't be read: {reason}", None if changes else frozenset(), changes)
        return
    function = functions[0]["PLpgSQL_function"]
    places = located(function["action"], body)
    datums = function.get("datums", [])
    run = Run(lookup, search_path, datums, places, relations=relations, budget=budget or Budget())
    yield from run.whole(function)


def _may_change(body: str, catalog: Catalog) -> bool:
    """Whether a block may change the schema, by its words alone: those of comments and of literals say nothing."""
    text = without_comments(_LITERAL.sub("", body).encode()).decode().lower()
    words = set(_WORD.findall(text))
    return bool(words & _CHANGES) or any(name.name.lower() in words for name in catalog.functions)


def run_call(
    function: Function,
    call: Node,
    lookup: Callable[[], Catalog],
    search_path: tuple[str, ...] = ("public",),
    budget: Budget | None = None,
) -> Iterator[Effect | Undecided | None]:
    """Give what the call of a PL/pgSQL function does, as `run_do` does; places are those of the function's body.

    `call` is a FuncCall; arguments that can't be told are holes in what the function builds.
    """
    unbound = Run(lookup, search_path, [], {}, budget=budget or Budget())
    for step in unbound.called(function, call):
        yield step
        unbound.relations.forget()
