"""What is asked of a query that a builder has begun elsewhere than in the chain that begins it: on a variable."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from msgspec.structs import replace

from tripoint.sources.code.facts import Chain, CodeFacts, Ref

__all__ = ["prolonged"]


def prolonged(
    facts: CodeFacts, chains: Iterable[Chain], begins: Callable[[Chain], bool], writes: frozenset[str]
) -> dict[int, tuple[Chain, list[Chain]]]:
    """Return by where a query begins its chain with the calls that go on with it, and the chains that these stand in:
    `let query = db.selectFrom('t'); if (only) query = query.where('a', '=', 1);`.

    A variable that holds queries of several beginnings is left out: which of them a call goes on with is open. Of calls
    that write rows (`writes`) a branch may hold one and another branch the next, so those are left to their own chain.
    """
    held: dict[tuple[int, str], list[Chain | None]] = defaultdict(list)
    names = {(one.scope, one.name) for one in facts.bindings}
    for binding in facts.bindings:
        value = binding.value
        if isinstance(value, Chain) and _is(value, binding.name):
            continue  # `query = query.where(…)`
        held[binding.scope, binding.name].append(value if isinstance(value, Chain) and not binding.path else None)
    begun = {
        key: values[0]
        for key, values in held.items()
        if len(values) == 1 and values[0] is not None and begins(values[0]) and not values[0].awaited
    }
    if not begun:
        return {}
    known = {name for _, name in begun}
    further: dict[tuple[int, str], list[Chain]] = defaultdict(list)
    for chain in sorted(chains, key=lambda one: one.start):
        root = chain.root
        if not isinstance(root, Ref) or len(root.path) != 1 or root.path[0] not in known:
            continue
        scope = chain.scope
        while scope >= 0 and (scope, root.path[0]) not in names:
            scope = facts.scopes[scope].parent
        further[scope, root.path[0]].append(chain)
    found: dict[int, tuple[Chain, list[Chain]]] = {}
    for key, first in begun.items():
        after = [chain for chain in further.get(key, ()) if chain.start >= first.end]
        steps = [step for chain in after for step in chain.steps if step.name not in writes]
        if steps:
            found[first.start] = replace(first, steps=(*first.steps, *steps)), after
    return found


def _is(chain: Chain, name: str) -> bool:
    return isinstance(chain.root, Ref) and chain.root.path == (name,)
