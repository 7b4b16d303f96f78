"""What a call gives: the body of the project's own function, a client, a part of one, or the end of the trail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tripoint.model.place import Place
from tripoint.sources.code.changes import assigned_to, taken_from
from tripoint.sources.code.classify import classify
from tripoint.sources.code.clients.methods import NEGATED
from tripoint.sources.code.clients.receivers import TABLE_WORDS, client_of_call, client_step, word_of
from tripoint.sources.code.composed import listed, text_of_list
from tripoint.sources.code.declared import type_of_schema
from tripoint.sources.code.facts import (
    Array,
    Chain,
    Entry,
    Function,
    Object,
    Opaque,
    Plain,
    Ref,
    Step,
    Template,
    Text,
    Value,
)
from tripoint.sources.code.proxied import client_behind
from tripoint.sources.code.reading import reading
from tripoint.sources.code.scene import (
    BREADTH,
    LONGEST,
    At,
    Bound,
    Builder,
    Class,
    Client,
    External,
    Frame,
    Free,
    Instance,
    Part,
    Rows,
    Thing,
    Typed,
    Unknown,
    distinct,
)
from tripoint.sources.code.types import element_type

if TYPE_CHECKING:
    from tripoint.sources.code.follow import Follower

__all__ = ["Calls"]

_DEPTH = 6
"""How many calls deep arguments are followed."""

_OPAQUE = (Unknown, Free, External, Bound, Typed)
_SAME = frozenset(
    [
        "Proxy",
        "freeze",
        "seal",
        "readonly",
        "ref",
        "shallowRef",
        "useRef",
        "reactive",
        "defineComponent",
        "markRaw",
        "resolve",
        "toRaw",
        "unref",
        "str",
        "String",
        "Set",
    ]
)
_FUNCTION = frozenset(
    ["useCallback", "cache", "memoize", "memo", "unstable_cache", "once", "action", "useEvent", "lru_cache", "debounce"]
)
_CALLED = frozenset(["useMemo", "computed", "useState", "lazy", "useConstant", "getOrCreate"])
_MAPPED = frozenset(["map", "flatMap"])
_SAME_LIST = frozenset(["where", "toList", "take", "skip", "toSet"])
"""Methods of Dart's lists whose result holds items of the same class."""
_EXTENDED = (Instance, Bound, Typed, Unknown, Free)
"""What a function of Kotlin may extend: an object of a class, or what is not known."""
_AS_JSON = frozenset(["asJsonObject", "toJsonObject", "asJsonElement", "toJsonElement"])
"""What projects in Kotlin call their functions that encode an object of a class as it is written."""
_LISTS = frozenset(["filter", "slice", "concat", "sort", "reverse", "flat", "toSorted", "values", "toList"])


class Calls:
    """Follows calls in the files that a follower knows."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self._clients: dict[tuple[str, int, int, int, str, tuple[str, ...], int], tuple[Client | None, bool]] = {}
        """What a call of a package's name makes in a call under way, and whether that one was asked for it."""
        self._frames: dict[tuple[int, int, tuple[int, ...], str, int], Frame] = {}
        """Equal calls under way are one, so that what is asked in one of them is answered for all."""

    def _client(self, module: str, names: tuple[str, ...], step: Step, path: str, frame: Frame | None) -> Client | None:
        follower = self._follower
        frame = follower.relevant(path, step.start, frame)
        key = (path, step.start, step.call_end, len(step.arguments), module, names, id(frame))
        if key in self._clients:
            client, asked = self._clients[key]
            follower.framed += asked
            return client
        cut, framed = follower.cut, follower.framed
        client = client_of_call(module, names, step, reading(follower, path, frame))
        if follower.cut == cut:
            self._clients[key] = client, follower.framed != framed
        return client

    def states(self, path: str, chain: Chain, frame: Frame | None = None) -> list[tuple[At, ...]]:
        """Return what stands before each step of a chain, and after the last one."""
        begun = self._follower.begin()
        try:
            return self._states(path, chain, frame)
        finally:
            if begun:
                self._follower.end()

    def _states(self, path: str, chain: Chain, frame: Frame | None) -> list[tuple[At, ...]]:
        here = self._follower.evaluate(path, chain.root, frame)
        states = [here]
        for index, step in enumerate(chain.steps):
            if len(here) == 1 and isinstance(here[0].thing, Builder) and step.call_end:  # a query that goes on
                states.append(here)
                continue
            following: list[At] = []
            for at in here:
                following += self.apply(at, step, path, frame, chain, index)
                if len(following) > 4 * BREADTH:
                    break
            here = distinct(following)
            if len(here) > BREADTH:
                clients = tuple(one for one in here if isinstance(one.thing, (Client, Part, Builder)))
                here = clients or (At(path, Unknown("it may be one of too many things")),)
            states.append(here)
        return states

    def of_list(self, path: str, value: Value, frame: Frame | None) -> tuple[str, Template, Frame | None] | None:
        """Return the text that a call joins of a list's items, where the list is written out and nothing fills it: with
        the file and the call that its parts are read in."""
        joins = listed(value)
        if joins is None:
            return None
        given, between = joins
        if isinstance(given, Ref) and assigned_to(self._follower.scene(path), given):
            return None
        lists = [at for at in self._follower.evaluate(path, given, frame) if not isinstance(at.thing, Unknown)]
        if len(lists) != 1 or not isinstance(lists[0].thing, Array):
            return None
        text = text_of_list(lists[0].thing, between, value.start, value.end)
        return lists[0].path, text, lists[0].frame

    def apply(
        self, at: At, step: Step, path: str, frame: Frame | None, chain: Chain | None = None, index: int = 0
    ) -> list[At]:
        """Return what a step makes of a thing. `path` and `frame` are where the step's arguments are read."""
        thing = at.thing
        if isinstance(thing, Builder):
            return [at] if step.call_end or step.name == NEGATED else [At(at.path, Rows())]
        if isinstance(thing, (Client, Part)) and step.call_end and step.name not in ("()", "new"):
            made = client_step(thing, step, chain, index, reading(self._follower, path, frame))
            own = self._extensions(made, step.name, path) if path.endswith(".kt") and isinstance(made, Unknown) else []
            called = replace(step, name="()")
            return [result for one in own for result in self.apply(one, called, path, frame)] or [At(path, made, frame)]
        if chain is not None and self._begins_a_query(at, step, path, frame, chain, index):
            return [At(path, Builder(chain, index), frame)]
        if step.name in _MAPPED and step.arguments and step.call_end:
            mapped = self._mapped(step, path, frame)
            if mapped:
                return mapped
        if step.name in _LISTS and isinstance(thing, (Array, Object)):
            return [at]
        if step.name == "get" and isinstance(thing, Object) and step.call_end and step.arguments:
            held = self._got(at, thing, step, path, frame)
            if held:
                return held
        if step.name in _SAME_LIST and isinstance(thing, (Bound, Typed)) and self._is_list(at.path, thing):
            return [at]
        if step.name not in ("()", "new"):
            dumped = self._follower.classes.python.dumped(at, step, path, frame) if step.call_end else []
            if dumped:
                return dumped
            if step.name in _AS_JSON and path.endswith(".kt") and self._follower.classes.row(at) is not None:
                return [at]
            found = self._follower.member(at, step.name)
            if not step.call_end:
                return found
            if path.endswith(".kt") and isinstance(thing, _EXTENDED):
                found = self._extensions(thing, step.name, path) or found
            called = Step("()", step.start, step.end, step.arguments, step.named, step.spread, None, step.call_end)
            return [result for one in found for result in self.apply(one, called, path, frame)]
        if isinstance(thing, Client):
            return [at]
        if isinstance(thing, Function):
            return self._call(at, thing, step, path, frame)
        if isinstance(thing, Class):
            return self._construct(at, thing, step, path, frame)
        if isinstance(thing, (External, Free)):
            return self._outside(at, step, path, frame)
        if isinstance(thing, (Unknown, Bound, Typed)):
            names = thing.members if isinstance(thing, Bound) else thing.names
            reason = thing.reason if isinstance(thing, Unknown) else "it is what a value from elsewhere returns"
            return [At(at.path, Unknown(reason, (*names, "()")[-LONGEST:]))]
        return [At(at.path, Unknown("a call that can't be followed", ("()",)))]

    def _extensions(self, thing: Thing, name: str, path: str) -> list[At]:
        """The function that extends a class of Kotlin, of the same file or of the one that declares it.

        Of what is not known, it is the one by that name that the project has.
        """
        label = f"{thing.name}.{name}" if isinstance(thing, Instance) else self._follower.modules.extending(name)
        here = self._follower.scene(path)
        if label is None or here is None:
            return []
        own = any(one.name == label for one in here.facts.bindings)
        home = path if own else self._follower.modules.declaring(path, label)
        there = self._follower.scene(home) if home is not None else None
        found = [one.value for one in there.facts.bindings if one.name == label] if there is not None else []
        return [At(home or path, one) for one in found if isinstance(one, Function)] if len(found) == 1 else []

    def _begins_a_query(self, at: At, step: Step, path: str, frame: Frame | None, chain: Chain, index: int) -> bool:
        """Whether a chain on something that can't be followed begins a query all the same, as its own shape says.

        `q = get_supabase().table("jobs").select("*")`, and what then goes on with `q`.
        """
        empty = (
            isinstance(at.thing, Plain) and at.thing.kind == "null"
        )  # filled later: `const state = { client: null }`
        if not step.call_end or word_of(step.name) not in TABLE_WORDS or not (empty or isinstance(at.thing, _OPAQUE)):
            return False
        scene = self._follower.scene(path)
        following = chain.steps[index + 1 : index + 2]
        if scene is None or not following or not following[0].call_end or not step.arguments:
            return False
        given = self._follower.evaluate(path, step.arguments[0], frame)
        return classify(scene.facts.language, chain, index, (at,), given).kind == "table"

    def _got(self, at: At, thing: Object, step: Step, path: str, frame: Frame | None) -> list[At]:
        """What a dict gives for a key: `tables.get(kind, "jobs")`; any of its values where the key is not known."""
        if any(entry.key == step.name for entry in thing.entries):
            return []  # an object with a method of that name
        keys = self._follower.evaluate(path, step.arguments[0], frame)
        told = {one.thing.value for one in keys if isinstance(one.thing, Text)} if keys else set()
        known = all(isinstance(one.thing, Text) for one in keys) and len(told) == 1
        held = self._follower.member(at, next(iter(told)) if known else "*")
        held = [one for one in held if not isinstance(one.thing, Unknown)]
        if known and held:
            return held
        return [*held, *(one for given in step.arguments[1:2] for one in self._follower.evaluate(path, given, frame))]

    def _is_list(self, path: str, thing: Bound | Typed) -> bool:
        if isinstance(thing, Typed):
            return not thing.names and element_type(path, thing.text) is not None
        return not thing.members and thing.type is not None and element_type(path, thing.type) is not None

    def _mapped(self, step: Step, path: str, frame: Frame | None) -> list[At]:
        """The rows that a mapping makes. A list stands here for each of its items: a payload of either is the same."""
        rows: list[At] = []
        for at in self._follower.evaluate(path, step.arguments[0], frame):
            if isinstance(at.thing, Function):
                for returned in at.thing.returns:
                    given = self._follower.evaluate(at.path, returned, at.frame)
                    rows += self.as_left(at.path, returned, given) if isinstance(returned, Ref) else given
        return rows

    def frame(self, at: At, function: Function, step: Step, path: str, frame: Frame | None) -> Frame:
        """Return the frame of a call of `function` by `step`."""
        key = (id(function), id(step.arguments), tuple(map(id, step.named)), path, id(frame))
        known = self._frames.get(key)
        if known is None:
            named = tuple((entry.key, entry.value) for entry in step.named)
            depth = (frame.depth if frame is not None else 0) + 1
            known = self._frames[key] = Frame(at.path, function, step.arguments, named, path, frame, depth)
        return known

    def _call(self, at: At, function: Function, step: Step, path: str, frame: Frame | None) -> list[At]:
        if frame is not None and frame.depth >= _DEPTH:
            self._follower.framed += 1
            return [At(at.path, Unknown("it lies too many calls away"))]
        inner = self.frame(at, function, step, path, frame)
        results: list[At] = []
        for returned in function.returns:
            given = self._follower.evaluate(at.path, returned, inner)
            results += self.as_left(at.path, returned, given) if isinstance(returned, Ref) else given
        known = [one for one in results if not isinstance(one.thing, (Unknown, Opaque, Plain, Free, Bound))]
        if known and all(isinstance(one.thing, Text) and not one.thing.value for one in known):
            return results  # an empty text stands in for what is not there
        if function.return_type is not None and all(isinstance(one.thing, External) for one in known):
            typed = self._follower.types.of(at.path, function.return_type, function.scope)
            typed = [one for one in typed if not isinstance(one.thing, Unknown)]
            # What a package gives, as `getContext('db')`, is the client that the function says it is.
            known = ([one for one in typed if isinstance(one.thing, Client)] or known) if known else typed
        return known or results or [At(at.path, Unknown(f"`{function.name}` returns nothing that can be followed"))]

    def as_left(self, path: str, returned: Ref, given: tuple[At, ...]) -> Iterable[At]:
        """What is returned or handed on by a variable, with the keys that it was given and without those it lost."""
        if not any(isinstance(at.thing, Object) for at in given):
            return given
        scene = self._follower.scene(path)
        later, taken = assigned_to(scene, returned), taken_from(scene, returned)
        return [self._changed(at, path, later, taken) for at in given] if later or taken else given

    def _changed(self, at: At, path: str, later: list[tuple[str, Value, Place]], taken: frozenset[str]) -> At:
        thing = at.thing
        if not isinstance(thing, Object):
            return at
        entries = tuple(e for e in thing.entries if e.key not in taken and "*" not in taken)
        if at.path == path:
            entries += tuple(Entry(k, v, place.start, place.end) for k, v, place in later if k not in ("*", "[]"))
        gone = (*thing.taken, *sorted(taken))  # also from what is spread into it: `data = dict(row)`
        return At(at.path, replace(thing, entries=entries, complete=False, taken=gone), at.frame)

    def _construct(self, at: At, thing: Class, step: Step, path: str, frame: Frame | None) -> list[At]:
        made = self._follower.classes.constructor(at) or self._follower.classes.memberwise(at)
        inner = self.frame(At(made[0], made[1]), made[1], step, path, frame) if made is not None else None
        instance = At(at.path, Instance(thing.name, thing.scope), inner or frame)
        for base in self._follower.classes.parents(instance):
            if isinstance(base.thing, External):
                client = self._client(base.thing.module, base.thing.names, step, path, frame)
                if client is not None:
                    return [At(at.path, client)]
        return [instance]

    def _injected(self, step: Step, path: str, frame: Frame | None) -> list[At]:
        """What Angular gives for a class: the one object of it, which it makes itself."""
        given = self._follower.evaluate(path, step.arguments[0], frame) if step.arguments else ()
        made = Step("()", step.start, step.end, call_end=step.call_end)
        return [
            one
            for at in given
            if isinstance(at.thing, Class)
            for one in self._construct(at, at.thing, made, path, frame)
        ]

    def _outside(self, at: At, step: Step, path: str, frame: Frame | None) -> list[At]:
        thing = at.thing
        assert isinstance(thing, (External, Free))
        module = thing.module if isinstance(thing, External) else ""
        client = self._client(module, thing.names, step, path, frame)
        if client is not None:
            return [At(at.path, client)]
        last = thing.names[-1] if thing.names else ""
        if module == "zod" and last == "object" and step.arguments and isinstance(step.arguments[0], Object):
            return [At(path, Typed(type_of_schema(step.arguments[0])))]
        written = self._follower.classes.python.encoded(module, last, step, path, frame)
        if not written and module == "@angular/core" and last == "inject":
            written = self._injected(step, path, frame)
        if written:
            return written
        if step.arguments and last in (_SAME | _FUNCTION | _CALLED):
            behind = client_behind(self._follower, path, step, frame) if last == "Proxy" else None
            if behind is not None:
                return [At(path, behind)]
            given = list(self._follower.evaluate(path, step.arguments[0], frame))
            if last in _CALLED:
                call = Step("()", step.start, step.end, call_end=step.call_end)
                given = [
                    found
                    for one in given
                    for found in (self.apply(one, call, path, frame) if isinstance(one.thing, Function) else [one])
                ]
            return given
        names = (*thing.names, "()")
        if len(names) > LONGEST:
            return [At(at.path, Unknown("it lies too many calls away", names[-LONGEST:]))]
        return [At(at.path, External(module, names) if isinstance(thing, External) else Free(names))]
