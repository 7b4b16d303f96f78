"""What a query's rows are decoded into: the keys that an answer must have, or decoding it fails.

Swift's client decodes into the type that is expected of `.value`, Kotlin's into the one that `decodeList` is given.
"""

from __future__ import annotations

from msgspec.structs import replace

from tripoint.model.place import Place
from tripoint.model.query import Query, Written
from tripoint.model.regex import regex
from tripoint.sources.code.facts import READ, Chain, Function, Object
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.scene import FileScene, Instance

__all__ = ["Decoded"]

_DECODES = frozenset({"decodeList", "decodeSingle", "decodeSingleOrNull", "decodeAs", "decodeAsOrNull"})
_ELEMENT = regex(r"^(?:\[|List<)?\s*([A-Z]\w*)\s*[\]>]?\??$")


class Decoded:
    """Finds the types of decoded rows in the files that a follower knows."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._expected: dict[str, dict[tuple[int, int], str]] = {}
        """By file and the span of a chain, the type of the variable or the function that is given what it gives."""

    def into(self, query: Query, path: str, chain: Chain) -> Query:
        """Return a query with what its chain decodes the rows into."""
        decoded = self._keys(path, chain) if query.select is not None else ()
        return replace(query, decoded=decoded) if decoded else query

    def _keys(self, path: str, chain: Chain) -> tuple[Written, ...]:
        """Return the keys that each row which a chain answers must have; nothing where that is not known."""
        scene = self._follower.scene(path) if path.endswith((".kt", ".swift")) else None
        ends = _end(scene, chain) if scene is not None else None
        if scene is None or ends is None:
            return ()
        chain, last = ends, ends.steps[-1]
        text = last.type_arguments or self._expectations(path, scene).get((chain.start, chain.end))
        element = _ELEMENT.match(text.strip()) if text is not None else None
        made = self._follower.types.of(path, element[1], chain.scope) if element is not None else []
        if len(made) != 1 or not isinstance(made[0].thing, Instance) or made[0].thing.scope < 0:
            return ()
        there = self._follower.scene(made[0].path)
        read = [one.value for one in there.bindings(made[0].thing.scope, READ)] if there is not None else []
        return tuple(
            Written(entry.key, Place(made[0].path, entry.start, entry.end))
            for keys in read
            if isinstance(keys, Object)
            for entry in keys.entries
        )

    def _expectations(self, path: str, scene: FileScene) -> dict[tuple[int, int], str]:
        if path not in self._expected:
            found: dict[tuple[int, int], str] = {}
            for binding in scene.facts.bindings:
                given = binding.value
                if isinstance(given, Function) and given.return_type is not None:
                    returned = [one for one in given.returns if isinstance(one, Chain)]
                    found.update({(one.start, one.end): given.return_type for one in returned})
                elif isinstance(given, Chain) and not binding.path:
                    declared = scene.bindings(binding.scope, binding.name)
                    types = {one.type for one in declared if one.type is not None}
                    if len(types) == 1:
                        found[given.start, given.end] = types.pop()
            self._expected[path] = found
        return self._expected[path]


def _end(scene: FileScene, chain: Chain) -> Chain | None:
    """Return the chain that decodes what a chain answers: itself, or the one call on the variable that is given it."""
    last = chain.steps[-1]
    if scene.path.endswith(".swift"):
        return chain if last.name == "value" and not last.call_end else None
    if last.name in _DECODES:
        return chain if last.call_end else None
    held = scene.holder(chain)
    if held is None or len(scene.bindings(held.scope, held.name)) > 1:
        return None
    within = scene.function_range(chain.start)
    calls = [one for root, one in scene.rooted(held.name, _DECODES.__contains__) if len(root.path) == 1]
    calls = [one for one in calls if scene.function_range(one.start) == within and one.start > chain.end]
    return calls[0] if len(calls) == 1 and len(calls[0].steps) == 1 else None
