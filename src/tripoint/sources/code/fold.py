"""The facts of a project's code → its queries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.internal import internal_problem
from tripoint.model.place import Place, Problem
from tripoint.model.query import ANY_SCHEMA, HANDED, Operation, Query
from tripoint.sources.code.build import Link, complete
from tripoint.sources.code.classify import Verdict, classify
from tripoint.sources.code.clients.methods import BUILDER_METHODS, UPLOADS, storage_methods
from tripoint.sources.code.clients.receivers import client_label, word_of
from tripoint.sources.code.continued import Continued, continues
from tripoint.sources.code.counting import count_calls
from tripoint.sources.code.decoded import Decoded
from tripoint.sources.code.expand import Call, Callers
from tripoint.sources.code.facts import (
    Chain,
    CodeFacts,
    Function,
    Object,
    Step,
    Template,
    Text,
    Value,
)
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.givensql import GivenSql
from tripoint.sources.code.handed import Handed
from tripoint.sources.code.hooks import Hooks
from tripoint.sources.code.made import MadeFor
from tripoint.sources.code.modules import Modules
from tripoint.sources.code.scene import At, Bound, Builder, Class, Client, FileScene, Frame, Instance, Unknown
from tripoint.sources.code.scenes import Scenes
from tripoint.sources.code.special import SPECIAL, Special
from tripoint.sources.code.testcode import is_test_path
from tripoint.sources.code.tried import REPLACED
from tripoint.sources.code.urls import Urls, addressed_queries

__all__ = ["FoldedCode", "fold_queries"]

_COUNTED = frozenset(["from", "from_", "table", "rpc"])
_HANDLES = frozenset(["onError", "catchError", "catch"])
_TELLING = _COUNTED | SPECIAL | BUILDER_METHODS
"""The words of chains that may ask something or go on with a query."""


class FoldedCode(Struct, frozen=True):
    """What the code of a project asks of its database."""

    queries: tuple[Query, ...]
    """In order of their places."""
    calls: Mapping[str, int]
    """How many textual `.from(`, `.table(` and `.rpc(` became what: each is counted once."""
    problems: tuple[tuple[str, Problem], ...]
    words: frozenset[str]
    asked_files: tuple[str, ...]
    """The files that were asked for past the prefilter."""


def fold_queries(
    facts: Mapping[str, CodeFacts],
    load: Callable[[Iterable[str]], Mapping[str, CodeFacts]],
    files: Collection[str],
    config_files: Callable[[str], bytes | None],
    indexed: dict[str, FileScene] | None = None,
) -> FoldedCode:
    """Follow every name of the files' facts and return their queries.

    `files` are all paths of the project, against which imports are resolved; `load` reads some of them in full when
    their names turn out to be needed; `config_files` gives the bytes of configuration such as `tsconfig.json`.
    `indexed` holds the facts of files as they were indexed before: who folds again gives what it gave before.
    """
    known = dict(facts)
    follower = Follower(Scenes(known, load, indexed), Modules(files, config_files))
    folding = _Fold(known, follower)
    folded = folding.run()
    for one in (folding, follower, follower.calls):
        vars(one).clear()  # they hold each other, and cycles are not searched for during an audit
    return folded


class _Draft(Struct, frozen=True, eq=False):
    """A query at the step where it begins."""

    path: str
    chain: Chain
    index: int
    verdict: Verdict


class _Fold:
    def __init__(self, facts: dict[str, CodeFacts], follower: Follower) -> None:
        self._facts = facts
        self._given = frozenset(facts)
        """The code of this database; what is read beside it for its names is counted where it belongs."""
        self._tests = frozenset(p for p, read in facts.items() if any(one.context == "test" for one in read.textual))
        self._follower = follower
        self._callers = Callers(facts, self._follower)
        self._drafts: list[_Draft] = []
        self._waiting: list[tuple[str, Chain]] = []
        """Chains that may continue a query which another one begins."""
        self._continued = Continued(self._follower, self._callers)
        self._hooks = Hooks(facts, self._follower)
        self._seen: dict[str, set[int]] = {}
        self._outcomes: dict[tuple[str, int], str] = {}
        self._queries: list[Query] = []
        self._problems: list[tuple[str, Problem]] = []
        self._refused: set[tuple[str, int]] = set()
        self._words: tuple[int, frozenset[str]] = -1, frozenset()
        """The words of all files, and how many had been asked for when they were collected."""
        self._special = Special(self._follower, self._callers, self._problem)
        self._handed = Handed(self._follower, self._callers)
        self._decoded = Decoded(self._follower)
        self._made_for = MadeFor(facts, self._follower)
        self._urls = Urls(self._follower, self._callers, self._problem)

    def run(self) -> FoldedCode:
        done: set[str] = set()
        while True:
            paths = sorted(path for path, facts in self._facts.items() if facts.scopes and path not in done)
            if not paths and not self._follow_on():
                break
            for path in paths:
                done.add(path)
                self._read(path)
        for draft in self._drafts:
            with self._losing(draft.path, draft.chain.start, draft.chain.end):
                self._query(draft)
        self._handed.add_to(self._queries)
        self._read_urls()
        self._read_addressed()
        self._read_sql()
        counted = {path: f for path, f in self._facts.items() if path in self._given}
        calls = count_calls(counted, self._tests, self._outcomes, self._problem)
        for path, facts in self._facts.items():
            self._problems.extend((path, problem) for problem in facts.problems)
        return FoldedCode(
            tuple(sorted((*self._queries, *self._special.queries, *self._urls.queries), key=_order)),
            dict(sorted(calls.items())),
            tuple(sorted(self._problems)),
            self._all_words(),
            tuple(sorted(self._follower.asked)),
        )

    def _all_words(self) -> frozenset[str]:
        """Return the words of all files, those that were asked for among them."""
        asked, words = self._words
        if asked != len(self._follower.asked):
            asked = len(self._follower.asked)
            words = frozenset().union(*(facts.words for facts in self._facts.values()))
            self._words = asked, words
        return words

    def _read_urls(self) -> None:
        """Add what is asked of the database's API by its address."""
        scenes = [s for path, facts in sorted(self._facts.items()) if facts.urls and (s := self._follower.scene(path))]
        for scene in scenes:
            with self._losing(scene.path, 0, 0):
                self._urls.read(scene)
        for scene in scenes:
            self._urls.finish(scene)

    def _read_addressed(self) -> None:
        """Add the buckets and edge functions that are asked for by their address; say where a name is not told."""
        for path, facts in sorted(self._facts.items()):
            if path not in self._given:
                continue
            scene = self._follower.scene(path) if facts.addressed and facts.scopes else None
            queries, problem = addressed_queries(path, facts, scene)
            self._queries += queries
            if problem is not None:
                self._problem(path, problem.start, problem.end, problem.reason)

    def _read_sql(self) -> None:
        """Add the SQL that the code gives to drivers of PostgreSQL."""
        given = GivenSql(self._facts, self._given, self._follower, self._all_words)
        for path, scene in given.scenes():
            with self._losing(path, 0, 0):
                queries, problems = given.of(path, scene)
                self._queries += queries
                self._problems += problems
        for place, reason in given.undecided():
            self._problem(place.path, place.start, place.end, reason)

    # First: what each chain is

    def _read(self, path: str) -> None:
        seen = self._seen.setdefault(path, set())
        scene = self._follower.scene(path)
        for chain in scene.chains if scene is not None else ():
            words = [word_of(step.name) for step in chain.steps]
            if _TELLING.isdisjoint(words):  # as of most chains
                continue
            if not any(step.start in seen and word in _COUNTED for step, word in zip(chain.steps, words, strict=True)):
                with self._losing(path, chain.start, chain.end):
                    self._chain(path, chain, words, seen)

    @contextmanager
    def _losing(self, path: str, start: int, end: int) -> Iterator[None]:
        """Lose no more than one piece of code by a fault of ours."""
        try:
            yield
        except Exception as error:
            self._problems.append((path, internal_problem(error, "this was not followed", start, end)))

    def _chain(self, path: str, chain: Chain, words: list[str], seen: set[int]) -> None:
        counted = [i for i, word in enumerate(words) if word in _COUNTED and chain.steps[i].call_end]
        special = not SPECIAL.isdisjoint(words)
        goes_on = continues(chain, words)
        if not (counted or special):
            if goes_on:
                self._waiting.append((path, chain))
            return
        states = self._follower.calls.states(path, chain)
        for index in counted:
            step = chain.steps[index]
            seen.add(step.start)
            given = self._follower.evaluate(path, step.arguments[0]) if step.arguments else ()
            language = self._facts[path].language
            verdict = classify(language, chain, index, states[index], given)
            if (verdict.kind in ("other", "unresolved") or not verdict.certain) and (
                step.name != "table" or language == "python"
            ):
                handed = self._callers.client(path, chain, index, states[index])
                if handed is not None:
                    verdict = Verdict("function" if words[index] == "rpc" else "table", handed)
            if verdict.client is None and verdict.kind in ("table", "function"):
                put = self._hooks.client(path, states[index])
                verdict = verdict if put is None else Verdict(verdict.kind, put)
            if verdict.client is None and self._own_method(states[index], states[index + 1], step.name):
                verdict = Verdict("other")
            if verdict.kind == "other":
                self._outcomes[path, step.start] = "other library"
            elif verdict.kind == "unresolved":
                self._outcomes[path, step.start] = "unresolved"
                self._problem(path, step.start, chain.end, verdict.reason or "")
            else:
                self._drafts.append(_Draft(path, chain, index, verdict))
        if special:
            self._special.read(path, chain, states, seen)
        if goes_on:
            self._continued.add(path, chain, states)

    def _follow_on(self) -> bool:
        """Hold the chains that may continue a query against those that begin one; return whether there were any.

        Where no query begins in a language, none of its chains continues one, and following them all would cost much.
        """
        asking = {self._family(draft.path) for draft in self._drafts}
        ready = [one for one in self._waiting if self._family(one[0]) in asking]
        self._waiting = [one for one in self._waiting if self._family(one[0]) not in asking]
        for path, chain in ready:
            self._continued.add(path, chain, self._follower.calls.states(path, chain))
        return bool(ready)

    def _family(self, path: str) -> str:
        """The languages that import each other count as one."""
        language = self._facts[path].language
        return language if language in ("python", "dart", "swift", "kotlin", "go") else "script"

    def _own_method(self, before: tuple[At, ...], after: tuple[At, ...], name: str) -> bool:
        """Whether the receiver is of a class of the project that has such a method itself.

        Or an object literal with one, unless that one only hands the client's own query on.
        """
        owners = [at for at in before if isinstance(at.thing, (Instance, Class))]
        if not any(isinstance(at.thing, (Builder, Unknown)) for at in after):
            owners += [at for at in before if isinstance(at.thing, Object)]
        members = [one for at in owners for one in self._follower.member(at, name)]
        return bool(members) and all(isinstance(one.thing, Function) for one in members)

    # Second: its name, for each caller where it is a parameter

    def _query(self, draft: _Draft) -> None:
        step = draft.chain.steps[draft.index]
        argument = _name_argument(step)
        place = Place(draft.path, draft.chain.start, draft.chain.end)
        if argument is None:
            self._unresolved(draft, "it is called without a name")
            return
        chosen = self._follower.parameters.chosen(draft.path, argument)
        things = (chosen,) if chosen is not None else self._follower.possible(draft.path, argument)
        if not any(isinstance(at.thing, (Text, Bound)) for at in things):
            things = tuple(self._follower.classes.filled_in(draft.path, argument)) or things
        names = [(at.path, at.thing) for at in things if isinstance(at.thing, Text)]
        bound = [at for at in things if isinstance(at.thing, Bound)]
        unknown = [at for at in things if not isinstance(at.thing, (Text, Bound))]
        reason: str | None = None
        if unknown and not bound:
            reason = _reason(argument, unknown[0])
        for at in bound:
            assert isinstance(at.thing, Bound)
            calls = self._callers.of_class(self._callers.of(at), at, draft.path, draft.chain.start)
            if at.thing.choices and not at.thing.members and not self._all_told(draft, argument, calls):
                told = tuple(At(at.path, choice) for choice in at.thing.choices)
                left = self._follower.left(draft.path, argument, told)
                names += [(one.path, one.thing) for one in left if isinstance(one.thing, Text)]
                continue
            member = self._member_around(draft, at.thing.function)
            resolved = False
            for call in calls:
                if member is not None and not _asks_for(call, member):
                    continue
                found = self._called(draft, argument, call)
                resolved = resolved or found
            if not resolved and not names:
                name = at.thing.name
                reason = f"its name is the parameter `{name}`, and no call in the project gives it one that can be read"
        spelled = {text.value for _, text in names if text.value.strip()}
        alternatives = len(spelled) > 1 or (bool(spelled) and reason is not None)
        for value in sorted(spelled):
            here = argument if isinstance(argument, Text) else None
            at_place = (
                Place(draft.path, here.start, here.end) if here else Place(draft.path, argument.start, argument.end)
            )
            self._add(draft, value, at_place, place, None, alternatives, draft.path)
        if reason is not None:
            self._unresolved(draft, reason, counted=not spelled)
        else:
            self._outcomes[draft.path, step.start] = draft.verdict.kind

    def _all_told(self, draft: _Draft, argument: Value, calls: list[Call]) -> bool:
        """Whether there are calls and each of them spells the name: then its type's other choices are asked by none."""
        given = [self._follower.evaluate(draft.path, argument, call.frame) for call in calls]
        return bool(given) and all(isinstance(one.thing, Text) for things in given for one in things)

    def _member_around(self, draft: _Draft, function: Function) -> str | None:
        """Return under which key of the object that a function returns a query stands: only who calls that asks it."""
        scene = self._follower.scene(draft.path)
        if scene is None:
            return None
        inner = scene.enclosing(scene.scope_at(draft.chain.start), "function")
        objects = [returned for returned in function.returns if isinstance(returned, Object)]
        entries = [entry for made in objects for entry in made.entries if isinstance(entry.value, Function)]
        return next((e.key for e in entries if isinstance(e.value, Function) and e.value.scope == inner), None)

    def _called(self, draft: _Draft, argument: Value, call: Call) -> bool:
        """Add the query that a call of its function makes; False where its name is still not known."""
        things = self._follower.evaluate(draft.path, argument, call.frame)
        spelled = {at.thing.value for at in things if isinstance(at.thing, Text) and at.thing.value.strip()}
        left = self._follower.left(draft.path, argument, things)  # `if (kind === 'notes')` is for those calls alone
        asked = sorted({at.thing.value for at in left if isinstance(at.thing, Text)} & spelled)
        whole = Place(call.path, call.chain.start, call.chain.end)
        for value in asked:
            self._add(draft, value, call.giving(value), whole, call.frame, len(asked) > 1, call.path)
        if spelled and word_of(call.step.name) in _COUNTED:  # a method of the project's own that hands the name on
            self._outcomes[call.path, call.step.start] = draft.verdict.kind
        return bool(spelled)

    def _add(
        self, draft: _Draft, name: str, place: Place, call: Place, frame: Frame | None, alternatives: bool, path: str
    ) -> None:
        begun = draft.chain.steps[draft.index]
        client = self._client(draft, frame)
        schema = client.schema if client is not None else self._schema(draft, frame)
        if schema is None and draft.verdict.kind != "bucket" and (client is None or not client.made):
            schema = self._made_for.schema(self._facts[draft.path].language)
        if schema == ANY_SCHEMA:
            self._problem(draft.path, begun.start, begun.call_end or begun.end, "its schema is only known at run time")
        kind = draft.verdict.kind
        links = [Link(draft.path, step, frame) for step in draft.chain.steps[draft.index + 1 :]]
        links += self._continued.links(draft.path, begun.start, frame, alternatives or frame is not None)
        role, reason = self._role(draft, client)
        query = Query(
            kind="bucket" if kind == "bucket" else "function" if kind == "function" else "table",
            name=name,
            place=place,
            call=call,
            client=self._label(draft, client),
            operation="call" if kind == "function" else "select",
            schema=schema,
            symbol=self._symbol(path, place.start),
            test=is_test_path(path),
            alternatives=alternatives,
            certain=draft.verdict.certain,
            guarded=self._guard(draft),
            role=role,  # type: ignore[arg-type]
            role_reason=reason,
            server=client.server if client is not None else (),
        )
        if kind == "bucket":
            words = {link.step.name for link in links}
            operation: Operation = "upload" if words & UPLOADS else "select"
            query = replace(query, operation=operation, methods=storage_methods(link.step for link in links))
        elif kind == "function":
            query = complete(query, [Link(draft.path, begun, frame), *links], self._follower)
        else:
            query = self._decoded.into(complete(query, links, self._follower), draft.path, draft.chain)
        if frame is None and kind != "bucket":
            self._handed.note(len(self._queries), query, links if kind == "table" else [Link(draft.path, begun, None)])
        self._take(query)
        if kind == "table" and any(link.step.name == "stream" and link.step.named for link in links):
            # Flutter's `from('jobs').stream(primaryKey: ['id'])` reads the rows, and subscribes to what changes them.
            self._queries.append(replace(query, kind="channel", operation="subscribe", select=None))

    def _take(self, query: Query) -> None:
        """Keep a query; where PostgREST can't parse what it selects and no name tells from what, say so."""
        self._queries.append(query)
        select = query.select
        if query.name is None and query.certain and select is not None and select.refused_at is not None:
            place = select.refused_at
            if (place.path, place.start) not in self._refused:
                self._refused.add((place.path, place.start))
                reason = f"PostgREST can't parse this select list (PGRST100): {select.refused}"
                self._problem(place.path, place.start, place.end, reason)

    def _guard(self, draft: _Draft) -> str | None:
        scene = self._follower.scene(draft.path)
        said = scene.guard(draft.chain.start, draft.verdict.kind) if scene is not None else None
        return REPLACED if said is None and self._is_replaced(draft) else said

    def _is_replaced(self, draft: _Draft) -> bool:
        """Whether another query is asked where a future fails: `rpc(…).onError(…)` in Dart, `rpc(…).catch(…)`."""
        scene = self._follower.scene(draft.path)
        handlers = [s.arguments[0] for s in draft.chain.steps[draft.index + 1 :] if s.name in _HANDLES and s.arguments]
        return scene is not None and any(
            handler.start <= chain.start and chain.end <= handler.end
            for handler in handlers
            if isinstance(handler, Function)
            for chain in scene.chains
            if any(step.call_end and step.name in _COUNTED for step in chain.steps)
        )

    def _client(self, draft: _Draft, frame: Frame | None) -> Client | None:
        client = draft.verdict.client
        if frame is None or (client is not None and client.role is not None):
            return client
        states = self._follower.calls.states(draft.path, draft.chain, frame)[draft.index]
        return next((at.thing for at in states if isinstance(at.thing, Client)), client)

    def _role(self, draft: _Draft, client: Client | None) -> tuple[str | None, str | None]:
        """Return the role of a query, and what tells it: the client, or the callers who hand it to the function."""
        if client is not None and client.role is not None:
            return client.role, client.role_reason
        at = draft.verdict.at if client is None else At(draft.path, client)
        role = self._callers.role(at)
        return role, None if role is None else HANDED

    def _schema(self, draft: _Draft, frame: Frame | None) -> str | None:
        """Return the schema that is named on the way to a call whose client can't be followed.

        By the chain itself, or by what it is called on: `const rm = () => db.schema('rm')` with a `db` from elsewhere.
        """
        before = draft.chain.steps[: draft.index]
        named = _schema_step(before)
        if named is not None:
            return self._follower.text(draft.path, named.arguments[0], frame) or ANY_SCHEMA
        states = self._follower.calls.states(draft.path, draft.chain, frame)[: draft.index + 1]
        for at in (at for state in reversed(states) for at in state):
            for returned in at.thing.returns if isinstance(at.thing, Function) else ():
                named = _schema_step(returned.steps) if isinstance(returned, Chain) else None
                if named is not None:
                    return self._follower.text(at.path, named.arguments[0], at.frame) or ANY_SCHEMA
        on = {name for at in states[-1] for name in getattr(at.thing, "names", ())}
        return ANY_SCHEMA if "schema" in on else None

    def _label(self, draft: _Draft, client: Client | None) -> str:
        return client_label(client, self._facts[draft.path].language)

    def _symbol(self, path: str, offset: int) -> str | None:
        scene = self._follower.scene(path)
        return scene.symbol(offset) if scene is not None else None

    def _unresolved(self, draft: _Draft, reason: str, counted: bool = True) -> None:
        step = draft.chain.steps[draft.index]
        place = Place(draft.path, draft.chain.start, draft.chain.end)
        kind = draft.verdict.kind
        client = draft.verdict.client
        links = [Link(draft.path, one, None) for one in draft.chain.steps[draft.index + 1 :]]
        query = Query(
            kind="bucket" if kind == "bucket" else "function" if kind == "function" else "table",
            name=None,
            place=place,
            call=place,
            client=self._label(draft, client),
            operation="call" if kind == "function" else "select",
            schema=client.schema if client is not None else self._schema(draft, None),
            reason=reason,
            symbol=self._symbol(draft.path, place.start),
            test=is_test_path(draft.path),
            certain=draft.verdict.certain,
        )
        if kind == "table":
            query = complete(query, links, self._follower)
        self._take(query)
        self._outcomes[draft.path, step.start] = "unresolved" if counted and kind != "bucket" else kind
        if not query.test:
            self._problem(draft.path, step.start, step.call_end or step.end, reason)

    def _problem(self, path: str, start: int, end: int, reason: str) -> None:
        if not is_test_path(path):
            self._problems.append((path, Problem("unresolved", start, end, reason)))


def _schema_step(steps: tuple[Step, ...]) -> Step | None:
    """Return the last step that names a schema."""
    return next((step for step in reversed(steps) if word_of(step.name) == "schema" and step.arguments), None)


def _asks_for(call: Call, member: str) -> bool:
    """Whether what a call gives is asked for a member, as far as its own chain shows."""
    later = [step.name for step in call.chain.steps if step.start > call.step.start]
    return not later or member in later


def _name_argument(step: Step) -> Value | None:
    for entry in step.named:
        if entry.key in ("table", "table_name", "fn", "func", "function", "id", "relation"):
            return entry.value
    return step.arguments[0] if step.arguments else None


def _reason(argument: Value, at: At) -> str:
    if isinstance(argument, Template):
        return "its name is put together at run time"
    reason = getattr(at.thing, "reason", None)
    return f"its name is only known at run time: {reason}" if reason else "its name is only known at run time"


def _order(query: Query) -> tuple[str, int, int, str, str]:
    return query.place.path, query.place.start, query.place.end, query.name or "", query.kind
