"""The schema that all clients of a project's language are made for.

A client that is handed in, or that a framework holds, says nothing of its schema: where every client that the code
makes is made for one and the same, it is of that one, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tripoint.model.query import ANY_SCHEMA
from tripoint.sources.code.clients.receivers import MAKERS, language_suffix
from tripoint.sources.code.facts import Chain, CodeFacts, Ref, Step
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.reading import reading
from tripoint.sources.code.scene import Client
from tripoint.sources.code.testcode import is_test_path

__all__ = ["MadeFor"]

_SCHEMA_WORDS = frozenset({"schema", "Schema", "defaultSchema"})
_INITIALIZED = "initialize"
"""Flutter's `Supabase.initialize(…)` makes the client that `Supabase.instance.client` holds."""


class MadeFor:
    """Tells by what the clients of each language are made."""

    def __init__(self, facts: Mapping[str, CodeFacts], follower: Follower) -> None:
        self._facts = facts
        self._follower = follower
        self._told: dict[str, str | None] = {}

    def schema(self, language: str) -> str | None:
        """Return the one schema that all clients of a language are made for; None for the default, or for several.

        Where one is made for a schema that is only known at run time, it may be that one: `ANY_SCHEMA`.
        """
        suffix = language_suffix(language)
        if suffix not in self._told:
            self._told[suffix] = None  # what is asked meanwhile
            self._told[suffix] = self._agreed(suffix)
        return self._told[suffix]

    def _agreed(self, suffix: str) -> str | None:
        own = [
            (path, facts.words)
            for path, facts in sorted(self._facts.items())
            if language_suffix(facts.language) == suffix and not is_test_path(path)
        ]
        # Most projects name no schema where they make a client: then nothing more is looked at.
        naming = {path for path, words in own if words.among(_SCHEMA_WORDS) and words.among(MAKERS)}
        found = {schema for path in sorted(naming) for schema in self._made(path)}
        if not found - {None}:
            return None
        others = [path for path, words in own if path not in naming and words.among(MAKERS)]
        found |= {schema for path in others for schema in self._made(path)}
        return ANY_SCHEMA if ANY_SCHEMA in found else next(iter(found)) if len(found) == 1 else None

    def _made(self, path: str) -> Iterator[str | None]:
        scene = self._follower.scene(path)
        for chain in scene.chains if scene is not None else ():
            names = (*chain.root.path, *(s.name for s in chain.steps)) if isinstance(chain.root, Ref) else ()
            if names[:2] == ("Supabase", _INITIALIZED):
                yield self._initialized(path, chain.steps[0])
            elif MAKERS.intersection(names):
                yield from self._client(path, chain)

    def _client(self, path: str, chain: Chain) -> Iterator[str | None]:
        for states in self._follower.calls.states(path, chain)[1:]:
            clients = [at.thing for at in states if isinstance(at.thing, Client)]
            if clients:
                yield from (client.schema for client in clients)
                return

    def _initialized(self, path: str, step: Step) -> str | None:
        options = next((entry.value for entry in step.named if entry.key == "postgrestOptions"), None)
        return reading(self._follower, path, None).option(options, ("schema",)) if options is not None else None
