"""The client that a framework's hook puts into `locals`, where every route finds it (SvelteKit, Astro).

event.locals.supabase = createServerClient(url, anonKey, { cookies })
export const load = async ({ locals: { supabase } }) => supabase.from('orders').select('id')
"""

from __future__ import annotations

from tripoint.model.regex import regex
from tripoint.sources.code.facts import CodeFacts
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.scene import At, Bound, Client, Free

__all__ = ["Hooks"]

_HOOK = regex(r"^(.*?/)?src/(?:hooks\.server|hooks/server|middleware)(?:/index)?\.[cm]?[jt]s$")
_LOCALS = "locals"


class Hooks:
    """Answers for the files of a project. A hook is read at the first question that needs it."""

    def __init__(self, facts: dict[str, CodeFacts], follower: Follower) -> None:
        found = ((match[1] or "", path) for path in sorted(facts) if (match := _HOOK.match(path)) is not None)
        self._hooks = list(found)
        self._follower = follower
        self._known: dict[tuple[str, str], Client | None] = {}

    def client(self, path: str, before: tuple[At, ...]) -> Client | None:
        """Return the client that a receiver is, which a call of `path` takes from `locals`."""
        names = {_of_locals(at) for at in before} if self._hooks else set()
        name = names.pop() if len(names) == 1 else None
        if name is None:
            return None
        around = [root for root, _ in self._hooks if path.startswith(f"{root}src/")]
        return self._put(max(around, key=len), name) if around else None

    def _put(self, root: str, name: str) -> Client | None:
        """Return the one client that the hooks of a package put there under a name; of several, none of them."""
        key = root, name
        if key not in self._known:
            self._known[key] = None
            given: list[At] = []
            for own, hook in self._hooks:
                scene = self._follower.scene(hook) if own == root else None
                for binding in scene.facts.bindings if scene is not None else ():
                    end = (_LOCALS, name) if binding.name != f"{_LOCALS}.*" else (name,)
                    if binding.value is not None and binding.name.endswith(".*") and binding.path == end:
                        given += self._follower.evaluate(hook, binding.value)
            clients = [at.thing for at in given if isinstance(at.thing, Client)]
            if clients and len(clients) == len(given) and len({client.role for client in clients}) == 1:
                self._known[key] = clients[0]
        return self._known[key]


def _of_locals(at: At) -> str | None:
    """Return the name under which something was taken from `locals`."""
    thing = at.thing
    names = (thing.name, *thing.members) if isinstance(thing, Bound) else thing.names if isinstance(thing, Free) else ()
    return names[-1] if len(names) > 1 and names[-2] == _LOCALS else None
