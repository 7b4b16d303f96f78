"""What is left open by a statement whose effect can't be told from its text."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from tripoint.model.catalog import Catalog, Function
from tripoint.model.evidence import Opaque
from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.sources.programs.steps import OF_MODULE
from tripoint.sql.facts import Node

if TYPE_CHECKING:
    from tripoint.sources.migrations.state import Context, State

__all__ = ["opaque_statement", "unclear"]

_WORD = regex(r"\w+")
_POLICIES = regex(r"polic(?:y|ies)|row\s+level\s+security", re.IGNORECASE)
_PRIVILEGES = regex(r"\b(?:grant|revoke|owner)\b", re.IGNORECASE)


def opaque_statement(
    catalog: Catalog,
    text: str,
    place: Place,
    reason: str,
    may_touch: frozenset[str] | None = None,
    columns: bool = True,
) -> Opaque:
    """Return the record of a statement whose effect can't be told; `text` is all of it, `place` the part that is at
    issue.

    A statement can build names from what only a database knows, but it brings its own verbs: what nowhere speaks of
    policies creates none.
    """
    said = _with_functions(catalog, text)
    return Opaque(
        place,
        reason,
        may_touch,
        policies=any(_POLICIES.search(one) for one in said),
        privileges=any(_PRIVILEGES.search(one) for one in said),
        columns=columns,
    )


def unclear(state: State, context: Context, node: Node) -> None:
    """What a migration in code does and its text does not tell. With no name at all it may make any object."""
    touched, place = node.get("may_touch"), context.place
    modules = [name.removeprefix(OF_MODULE) for name in touched or () if name.startswith(OF_MODULE)]
    if touched == ["*"] or modules:
        state.opaque.append(Opaque(place, node["reason"], anything=True, modules=tuple(modules)))
    else:
        known = None if touched is None else frozenset(touched)
        state.opaque.append(opaque_statement(state.catalog, context.statement.text, place, node["reason"], known))


def _with_functions(catalog: Catalog, text: str) -> list[str]:
    """Return a text and the bodies of the project's functions that it names, itself or through others."""
    found = [text]
    left: dict[str, list[Function]] = defaultdict(list)
    for name, overloads in catalog.functions.items():
        left[name.name.lower()] += overloads
    for one in found:
        for word in {word.lower() for word in _WORD.findall(one)} & left.keys():
            found += [function.body or "" for function in left.pop(word)]
    return found
