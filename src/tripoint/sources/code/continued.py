"""What is asked of a query elsewhere than where it begins: on a variable, or in a function that it is handed to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from tripoint.model.regex import regex
from tripoint.sources.code.build import Link
from tripoint.sources.code.clients.methods import BUILDER_METHODS, NARROWING, NEGATED
from tripoint.sources.code.clients.receivers import word_of
from tripoint.sources.code.expand import Callers
from tripoint.sources.code.facts import Chain, Function, Plain, Ref, Step, Text
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.scene import At, Bound, Builder, Frame

__all__ = ["Continued", "continues"]

_BRANCHES_UNTOLD = frozenset({"dart", "python", "kotlin", "swift", "go"})
_NO_QUERY = regex(
    r"^(?:readonly\s+)?(?:String|string|str|int|Int|double|num|number|bool|boolean|DateTime|Date|List|MutableList|list"
    r"|Set|Map|dict|Iterable|Array|ReadonlyArray|Uri|URL|RegExp)\b|^\[|\[\]\??$"
)
"""Types of parameters that have methods of a query's names, and are none."""


class Continued:
    """The chains of a project that go on with a query which another one begins."""

    def __init__(self, follower: Follower, callers: Callers) -> None:
        self._follower = follower
        self._callers = callers
        self._known: dict[tuple[str, int], list[tuple[Frame | None, list[Link], bool]]] = {}
        """By where a query begins: under which call, with what, and whether only on some ways."""

    def add(self, path: str, chain: Chain, states: Sequence[tuple[At, ...]]) -> None:
        """Add a chain to the queries that it goes on with, if there are any."""
        for index, state in enumerate(states[:-1]):
            builders = [at for at in state if isinstance(at.thing, Builder) and at.thing.chain is not chain]
            if builders:
                if len(_tables(builders)) > 1 and self._is_branch(path, chain):
                    break  # which of them it goes on with hangs on what chose the table
                for at in builders:
                    assert isinstance(at.thing, Builder)
                    begun = at.thing.chain.steps[at.thing.step].start
                    links = [Link(path, step, None) for step in (*_negation(chain, index), *chain.steps[index:])]
                    branched = chain.branched or self._is_apart(path, chain, at.path, begun)
                    self._known.setdefault((at.path, begun), []).append((at.frame, links, branched))
                break
            handed = next((at for at in state if isinstance(at.thing, Bound) and _may_be_query(at.thing)), None)
            if handed is not None and _narrows(chain.steps[index]):
                self._narrow(path, chain, index, handed)
                break

    def links(self, path: str, begun: int, frame: Frame | None, varies: bool) -> Iterator[Link]:
        """Yield what goes on with the query that begins at an offset of a file, under a call of its function.

        Where the query `varies` (it may be another table's, or another caller's), a branch may be for another one.
        """
        for made, links, branched in self._known.get((path, begun), ()):
            if (frame is None or made is None or _same_call(made, frame)) and not (varies and branched):
                for link in links:
                    yield replace(link, frame=frame) if link.path == path and link.frame is None else link

    def _narrow(self, path: str, chain: Chain, index: int, handed: At) -> None:
        """Add what a function asks of a query that it is handed: `const active = (query) => query.eq('active', true)`.

        Which of several tables' queries a branch is for is open.
        """
        begun: dict[tuple[str, int], tuple[Frame | None, Frame]] = {}
        tables: set[str] = set()
        for call in self._callers.of(handed):
            for at in self._follower.evaluate(path, chain.root, call.frame):
                if isinstance(at.thing, Builder):
                    step = at.thing.chain.steps[at.thing.step]
                    begun.setdefault((at.path, step.start), (at.frame, call.frame))
                    tables |= _tables([at])
        branch = self._is_branch(path, chain)
        if len(tables) > 1 and branch:
            return
        for key, (frame, made) in begun.items():
            links = [Link(path, step, made) for step in chain.steps[index:]]
            self._known.setdefault(key, []).append((frame, links, branch))

    def _is_apart(self, path: str, chain: Chain, of: str, begun: int) -> bool:
        """Whether a chain stands in a block which its query does not begin in, in a language whose reader does not say
        whether that is a branch (`Chain.branched`)."""
        scene = self._follower.scene(path)
        if scene is None or path != of or scene.facts.language not in _BRANCHES_UNTOLD:
            return False
        scope = scene.scope_at(chain.start)
        while scope > 0 and scene.facts.scopes[scope].kind == "block":
            if not scene.facts.scopes[scope].start <= begun < scene.facts.scopes[scope].end:
                return True
            scope = scene.parent(scope)
        return False

    def _is_branch(self, path: str, chain: Chain) -> bool:
        scene = self._follower.scene(path)
        return scene is None or chain.branched or scene.facts.scopes[scene.scope_at(chain.start)].kind == "block"


def _tables(builders: Iterable[At]) -> set[str]:
    """Return the names of the tables that queries begin with, "" where one is not told."""
    steps = [at.thing.chain.steps[at.thing.step] for at in builders if isinstance(at.thing, Builder)]
    return {given.value if isinstance(given, Text) else "" for step in steps for given in step.arguments[:1]}


def _negation(chain: Chain, index: int) -> tuple[Step, ...]:
    """Return the step that the root of a chain ends with where it is one: `query.not_` in `query.not_.eq("a", 1)`."""
    root = chain.root
    negated = index == 0 and isinstance(root, Ref) and root.path[-1] == NEGATED
    return (Step(NEGATED, root.start, root.end),) if negated else ()


def continues(chain: Chain, words: Sequence[str]) -> bool:
    """Whether a chain, whose steps are called `words`, may go on with a query."""
    return any(word in BUILDER_METHODS and _is_column_call(step) for step, word in zip(chain.steps, words, strict=True))


def _narrows(step: Step) -> bool:
    """Whether a call is one that a query is handed on for: who calls is looked for then, in all files that name it.

    What begins a statement of a query builder's is none.
    """
    return word_of(step.name) in NARROWING and _is_column_call(step)


def _is_column_call(step: Step) -> bool:
    """Whether a call may be one of a query's builder, and not a list's of the same name."""
    return step.call_end > 0 and not (step.arguments and isinstance(step.arguments[0], (Function, Plain)))


def _may_be_query(given: Bound) -> bool:
    """Whether a parameter may be given a query: who calls is looked for then, which a text is not worth."""
    return not given.members and (given.type is None or _NO_QUERY.search(given.type) is None)


def _same_call(one: Frame, other: Frame) -> bool:
    return one.function is other.function and one.arguments is other.arguments
