"""Who calls a function: the calls that give a parameter its value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.place import Place
from tripoint.sources.code.facts import Chain, CodeFacts, Function, Object, Plain, Ref, Step, Text, Value
from tripoint.sources.code.follow import Follower
from tripoint.sources.code.scene import NO_KEY, At, Bound, Class, Client, Frame, FromCaller, Instance, Typed, Unknown
from tripoint.sources.code.testcode import is_test_path

__all__ = ["Call", "Callers"]

_LEVELS = 3
"""How many calls up a parameter is followed that is handed on."""
_MOST = 400
"""How many calls of one function are followed."""
_CONSTRUCTORS = frozenset(["constructor", "__init__", "init"])
_SUPER = frozenset({"()", "__init__", "init"})
"""How an inherited constructor is called on `super`: `super(…)`, `super().__init__(…)`, `super.init(…)`."""


def _choices(at: At) -> bool:
    """Whether a parameter is of a type that spells what it may be: a call that hands it on says that much by itself."""
    return isinstance(at.thing, Bound) and bool(at.thing.choices)


class Call(Struct, frozen=True, eq=False):
    """A call of a function, and the frame that it makes."""

    path: str
    chain: Chain
    step: Step
    frame: Frame

    def giving(self, name: str) -> Place:
        """Return where the call gives a name: the literal that spells it, else the call itself."""
        literal = next((one for one in _values(self.step) if isinstance(one, Text) and one.value == name), None)
        given = literal if literal is not None else self.step
        return Place(self.path, given.start, given.end)


class Callers:
    """Finds the calls of a function in all files of the project."""

    def __init__(self, facts: dict[str, CodeFacts], follower: Follower) -> None:
        self._facts = facts
        self._follower = follower
        self._indexed: set[str] = set()
        self._by_name: dict[str, list[tuple[str, Chain, int]]] = {}
        self._known: dict[tuple[str, int], list[tuple[str, Chain, Step]]] = {}
        self._bound: dict[str, dict[int, set[str]]] = {}
        """By file and function, the names that it is bound to."""
        self._roles: dict[FromCaller, str | None] = {}

    def of(self, at: At, level: int = 0) -> list[Call]:
        """Return the calls that give the parameter `at` a value, each with its frame.

        A call that hands on a parameter of its own caller is followed up to that one's calls.
        """
        assert isinstance(at.thing, Bound)
        found: list[Call] = []
        function = at.thing.function
        for path, chain, step in self._calls(at.path, function)[:_MOST]:
            index = at.thing.index
            named = {entry.key: entry.value for entry in step.named}
            given = named.get(at.thing.name)
            if given is None and 0 <= index < len(step.arguments):
                given = step.arguments[index]
            call = Call(path, chain, step, self._follower.calls.frame(at, function, step, path, None))
            chosen = self._follower.parameters.chosen(path, given)
            handed = (chosen,) if chosen is not None else self._follower.evaluate(path, given) if given else ()
            outer = [one for one in handed if isinstance(one.thing, Bound)]
            higher = self.of(outer[0], level + 1) if outer and level < _LEVELS else []
            for above in higher:
                inner = self._follower.calls.frame(at, function, step, path, above.frame)
                found.append(Call(above.path, above.chain, above.step, inner))
            if not higher and (not outer or level >= _LEVELS or _choices(outer[0])):
                found.append(call)
        return found

    def of_class(self, calls: list[Call], at: At, path: str, offset: int) -> list[Call]:
        """Return those of a constructor's calls that may make an object in whose class a place lies.

        A class that inherits the constructor is made by its own calls of it alone.
        """
        classes, scene, home = self._follower.classes, self._follower.scene(path), self._follower.scene(at.path)
        if scene is None or home is None or not isinstance(at.thing, Bound):
            return calls
        own = (path, scene.enclosing(scene.scope_at(offset), "class"))
        if own[1] < 0 or own == (at.path, home.enclosing(at.thing.function.scope, "class")):
            return calls
        kept: list[Call] = []
        for call in calls:
            made = classes.made_by(call.path, call.chain, call.step)
            if made is None or made in classes.lineage(*own) or own in classes.lineage(*made):
                kept.append(call)
        return kept

    def client(self, path: str, chain: Chain, index: int, before: tuple[At, ...]) -> Client | None:
        """Return the client that a caller hands to the function around a call on its parameter, where one does."""
        for at in before:
            if not isinstance(at.thing, Bound) or at.thing.members:
                continue
            for call in self.of(at):
                for given in self._follower.calls.states(path, chain, call.frame)[index]:
                    if isinstance(given.thing, Client):
                        by = FromCaller(at.path, at.thing.function.scope, at.thing.name)
                        return replace(given.thing, role=None, role_reason=None, handed=by)
        return None

    def role(self, at: At | None) -> str | None:
        """Return the role of a client that a parameter is handed; `at` is that one, or the client that its type tells.

        None unless the keys of what all callers hand are known, and row security lets them through alike.
        """
        thing = at.thing if at is not None else None
        if isinstance(thing, Bound) and at is not None:
            handed = FromCaller(at.path, thing.function.scope, thing.name, thing.members)
        elif isinstance(thing, (Client, Typed)) and thing.handed is not None:
            handed = thing.handed
        else:
            return None
        if handed not in self._roles:
            self._roles[handed] = None  # where functions hand it to each other in a circle
            self._roles[handed] = self._role(handed)
        return self._roles[handed]

    def _role(self, handed: FromCaller) -> str | None:
        scene = self._follower.scene(handed.path)
        function = scene.function(handed.scope) if scene is not None else None
        held = scene.given(handed.scope, handed.name) if scene is not None else []
        if function is None or len(held) != 1:
            return None
        begun = held[0].path  # of what is taken apart where it is declared, what a member is taken from is one
        members = handed.members[len(begun) :] if handed.members[: len(begun)] == begun else handed.members
        roles: set[str] = set()
        for path, _, step in self._calls(handed.path, function)[:_MOST]:
            if is_test_path(path):
                continue
            frame = self._follower.calls.frame(At(handed.path, function), function, step, path, None)
            given = self._follower.members(self._follower.binding(handed.path, held[0], frame), members)
            within = path == handed.path and function.start <= step.start < function.end
            for at in [one for one in given if not _is_nothing(one)] or [At(path, Unknown("nothing is handed"))]:
                if within and isinstance(at.thing, (Client, Typed)) and at.thing.handed == handed:
                    continue  # it calls itself with what it was handed
                role = (at.thing.role if isinstance(at.thing, Client) else None) or self.role(at)
                if role is None:
                    return None
                roles.add(role)
        return min(roles) if len({role == "service_role" for role in roles}) == 1 else None

    def _calls(self, path: str, function: Function) -> list[tuple[str, Chain, Step]]:
        key = (path, function.scope)
        if key not in self._known:
            self._known[key] = []  # a function that calls itself
            self._known[key] = self._search(path, function)
        return self._known[key]

    def _search(self, path: str, function: Function) -> list[tuple[str, Chain, Step]]:
        names = self._names(path, function)
        found: list[tuple[str, Chain, Step]] = []
        seen: set[tuple[str, int]] = set()
        for name in sorted(names):
            self._index(name)
            for where, chain, index in self._by_name.get(name, ()):
                step = chain.steps[index]
                if (where, step.start) not in seen and self._calls_it(where, chain, index, path, function):
                    seen.add((where, step.start))
                    found.append((where, chain, step))
        return found

    def _names(self, path: str, function: Function) -> set[str]:
        """What a function is called by: its own name, those that it is bound to, and its class where it constructs."""
        scene = self._follower.scene(path)
        names: set[str] = set()
        if scene is None:
            return names
        if path not in self._bound:
            self._bound[path] = defaultdict(set)
            for binding in scene.facts.bindings:
                for one in _unwrapped(binding.value):
                    self._bound[path][id(one)].add(binding.name)
        names |= self._bound[path].get(id(function), set())
        scope = scene.facts.scopes[function.scope]
        if scope.name is not None:
            names.add(scope.name)
        if names & _CONSTRUCTORS:
            inside = scene.enclosing(function.scope, "class")
            if inside >= 0 and scene.facts.scopes[inside].name:
                names = {scene.facts.scopes[inside].name or ""}
                work = list(names)
                while work:
                    for _, heir in self._follower.subclasses.get(work.pop(), ()):
                        if heir not in names:
                            names.add(heir)
                            work.append(heir)
                names.add("super")
        return {name for name in names if name}

    def _index(self, name: str) -> None:
        """Read the files that may call the name and were not read in full, and index the calls of all files by name."""
        if name != "super":
            unread = [
                path
                for path, facts in sorted(self._facts.items())
                if not facts.scopes and name in facts.words and self._follower.modules.may_call(path, name)
            ]
            self._follower.ask(unread)
            for path in unread:
                self._follower.scene(path)
        for path in sorted(self._facts):
            facts = self._facts[path]
            if path in self._indexed or not facts.scopes:
                continue
            self._indexed.add(path)
            scene = self._follower.scene(path)
            for chain in scene.chains if scene is not None else ():
                for index, step in enumerate(chain.steps):
                    if not step.call_end:
                        continue
                    label = step.name
                    if index < 2 and isinstance(chain.root, Ref) and chain.root.path == ("super",) and label in _SUPER:
                        label = "super"
                    elif label in ("()", "new"):
                        label = chain.root.path[-1] if index == 0 and isinstance(chain.root, Ref) else ""
                    if label:
                        self._by_name.setdefault(label, []).append((path, chain, index))

    def _calls_it(self, path: str, chain: Chain, index: int, home: str, function: Function) -> bool:
        step = chain.steps[index]
        follower = self._follower
        before = follower.calls.states(path, chain)[index]
        if isinstance(chain.root, Ref) and chain.root.path == ("super",) and index < 2 and step.name in _SUPER:
            return any(self._constructs(at, home, function) for at in follower.evaluate(path, chain.root))
        things = (
            list(before)
            if step.name in ("()", "new")
            else [one for at in before for one in follower.member(at, step.name)]
        )
        for at in things:
            if isinstance(at.thing, Function) and at.path == home and at.thing.scope == function.scope:
                return True
            if isinstance(at.thing, Class) and self._constructs(at, home, function):
                return True
        return False

    def _constructs(self, at: At, home: str, function: Function) -> bool:
        if not isinstance(at.thing, (Class, Instance)):
            return False
        made = self._follower.classes.constructor(at)
        return made is not None and made[0] == home and made[1].scope == function.scope


def _is_nothing(at: At) -> bool:
    """Whether it is no value at all: of `{ supabase: null } | { supabase }`, what the first holds."""
    thing = at.thing
    null = isinstance(thing, Plain) and thing.kind == "null"
    return null or (isinstance(thing, Unknown) and thing.reason.startswith(NO_KEY))


def _values(step: Step) -> Iterator[Value]:
    for value in (*step.arguments, *(entry.value for entry in step.named)):
        yield value
        if isinstance(value, Object):
            yield from (entry.value for entry in value.entries)


def _unwrapped(value: object) -> list[Function]:
    """The functions that a binding is or wraps (`useCallback(fn)`)."""
    if isinstance(value, Function):
        return [value]
    if isinstance(value, Chain) and value.steps and value.steps[-1].arguments:
        first = value.steps[-1].arguments[0]
        return [first] if isinstance(first, Function) else []
    return []
