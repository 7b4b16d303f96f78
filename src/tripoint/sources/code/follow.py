"""Following names across scopes, files and calls, the same for every language.

An expression is evaluated as far as the text of the project decides it: to a literal, an object, a function, a class, a
client, a query under construction, or to the honest end of the trail. Nothing is executed; branches are all taken, so
a value is a set.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from tripoint.sources.code.apart import told_apart
from tripoint.sources.code.calls import Calls
from tripoint.sources.code.changes import assigned_to
from tripoint.sources.code.classes import Classes
from tripoint.sources.code.clients.methods import NEGATED
from tripoint.sources.code.clients.receivers import client_of_names, part_of
from tripoint.sources.code.facts import (
    GENERATED,
    Array,
    Binding,
    Chain,
    Choice,
    Compared,
    Function,
    Object,
    Opaque,
    Plain,
    Ref,
    Template,
    Text,
    Value,
)
from tripoint.sources.code.imports import Imports
from tripoint.sources.code.modules import Modules
from tripoint.sources.code.parameters import Parameters
from tripoint.sources.code.reaching import Reach, reaching
from tripoint.sources.code.scene import (
    BREADTH,
    LONGEST,
    NO_KEY,
    At,
    Bound,
    Builder,
    Class,
    Client,
    External,
    FileScene,
    Frame,
    Free,
    FromCaller,
    Instance,
    Namespace,
    Part,
    Rows,
    Typed,
    Unknown,
    distinct,
    from_caller,
)
from tripoint.sources.code.scenes import Scenes
from tripoint.sources.code.state import is_state, wrapped_state
from tripoint.sources.code.templates import joined
from tripoint.sources.code.types import Types

__all__ = ["Follower"]

_DEPTH = 40
_FUEL = 1000
"""How many expressions one question may lead through; in some dozens of real projects none led through over 200."""
_MANY = 200
"""Assignments that may reach one place, beyond which none of them is followed: each place would ask for all."""

_NOTHING_DONE: tuple[Reach, list[At], list[At]] = Reach((), 0, 0), [], []
_SELVES = frozenset(["this", "self"])
_IMPLICIT_SELF = frozenset(["dart", "swift", "kotlin"])
"""The languages in which a class's members are named without it."""
_WITHOUT_FRAME = (Text, Plain, Client, Part, External, Free, Rows, Class, Namespace, Typed, Unknown)
"""What reads nothing more where it stands."""
_TRANSPARENT = frozenset(["value", "current", "0", "default"])
"""Members by which frameworks wrap a value (refs, state, CommonJS defaults)."""


class Follower:
    """Follows names in the files of a project; files that are not known yet are asked for."""

    def __init__(self, files: Scenes, modules: Modules) -> None:
        self.scene = files.scene
        self.ask = files.ask
        self.is_unread = files.is_unread
        self.names = files.names
        self.asked = files.asked
        self.subclasses = files.subclasses
        self.heirs = files.heirs
        self.modules = modules
        self._memo: dict[tuple[str, int], tuple[At, ...]] = {}
        self._in_call: dict[tuple[str, int, int], tuple[tuple[At, ...], bool]] = {}
        """What a value is in a call under way, and whether the call was asked for it."""
        self._unframed: dict[tuple[str, int], tuple[At, ...]] = {}
        """What is the same whatever call is under way."""
        self._kept: list[Value] = []
        """What was looked at lives on: results are remembered by identity, which another value might take over."""
        self._busy: set[tuple[str, int, int]] = set()
        self._naming: set[tuple[str, int, str]] = set()
        """The variables that are being followed."""
        self._series: dict[tuple[str, int, str], tuple[Reach, list[At], list[At]]] = {}
        """What the first of a variable's bindings gave, those that have a value and all: the next use has one more."""
        self._entries: dict[tuple[str, int, int], tuple[Object, Frame | None, list[At]]] = {}
        """What objects that others are spread into have under a name; object and call live on."""
        self._circles = 0
        """How often an object was come by that is spread into itself."""
        self._depth = 0
        self.cut = 0
        """How often something was not followed to its end."""
        self.framed = 0
        """How often something was asked of a call under way: a value that asks nothing of it is the same for each."""
        self._fuel = 0
        self.calls = Calls(self)
        self.imports = Imports(self, modules)
        self.types = Types(self)
        self.classes = Classes(self)
        self.parameters = Parameters(self)

    # Evaluation

    def begin(self) -> bool:
        """Begin a question of several parts, which have the fuel of one; False within another one."""
        if self._depth:
            return False
        self._fuel, self._depth = _FUEL, 1
        return True

    def end(self) -> None:
        """End a question that was begun."""
        self._depth = 0

    def possible(self, path: str, value: Value, frame: Frame | None = None) -> tuple[At, ...]:
        """Return what a value may stand for, without what a condition excludes that leads to where it stands."""
        things = self.evaluate(path, value, frame)
        return self.left(path, value, things) if len(things) > 1 else things

    def left(self, path: str, value: Value, things: tuple[At, ...]) -> tuple[At, ...]:
        """Return what a value may stand for without what a condition excludes; nothing where no way leads there."""
        if not isinstance(value, Ref):
            return things
        return tuple(
            at for at in things if not (isinstance(at.thing, Text) and self.excludes(path, value, at.thing.value))
        )

    def excludes(self, path: str, ref: Ref, text: str) -> bool:
        """Whether a condition that leads to where a name stands says that it is not that text there."""
        scene = self.scene(path)
        for one in scene.compared(ref) if scene is not None else ():
            words = self._compared_with(path, one)
            if words is not None and (text in words) is not one.equal:
                return True
        return False

    def _compared_with(self, path: str, one: Compared) -> frozenset[str] | None:
        """Return the literals that a condition compares a name with; None where the text does not tell them all."""
        if one.of is None:
            return frozenset(one.values)
        found = self.evaluate(path, one.of)
        if len(found) == 1 and isinstance(found[0].thing, Array) and found[0].thing.complete:
            listed = [self.evaluate(found[0].path, item, found[0].frame) for item in found[0].thing.items]
        else:
            listed = [found]
        texts = [each[0].thing for each in listed if len(each) == 1]
        words = frozenset(text.value for text in texts if isinstance(text, Text))
        return words if len(texts) == len(listed) and all(isinstance(text, Text) for text in texts) else None

    def evaluate(self, path: str, value: Value, frame: Frame | None = None) -> tuple[At, ...]:
        """Return everything that a value may stand for."""
        if isinstance(value, (Text, Plain, Object, Array, Function, Opaque)):
            return (At(path, value, frame),)
        frame = self.relevant(path, value.start, frame)
        key = (path, id(value), id(frame))
        known = (self._memo if frame is None else self._unframed).get((path, id(value)))
        if known is not None:
            return known
        if frame is not None and key in self._in_call:
            known, asked = self._in_call[key]
            self.framed += asked
            return known
        if self._depth == 0:
            self._fuel = _FUEL
        self._fuel -= 1
        if key in self._busy or self._depth > _DEPTH or self._fuel < 0:
            self.cut += 1
            return (At(path, Unknown("it is defined by way of itself")),)
        self._busy.add(key)
        self._depth += 1
        cut, framed = self.cut, self.framed
        try:
            result = distinct(self._evaluate(path, value, frame))
        finally:
            self._depth -= 1
            self._busy.discard(key)
        self._kept.append(value)
        if frame is None and (self.cut == cut or not self._busy):
            self._memo[path, id(value)] = result
        elif self.cut == cut and not self._naming:
            self._in_call[key] = result, self.framed != framed
        if self.cut == cut and self.framed == framed and all(isinstance(at.thing, _WITHOUT_FRAME) for at in result):
            self._unframed[path, id(value)] = result
        return result

    def relevant(self, path: str, start: int, frame: Frame | None) -> Frame | None:
        """Return the innermost call that can bear on what stands at an offset: in its function, or in that one's class
        or, of a constructor, in a class that inherits it.

        Without this, whatever is reached by way of a call would be evaluated anew for each call.
        """
        while frame is not None:
            function = frame.function
            if frame.function_path == path:
                if function.start <= start < function.end:
                    return frame
                scene = self.scene(path)
                inside = scene.enclosing(function.scope, "class") if scene is not None else -1
                if scene is not None and inside >= 0:
                    around = scene.facts.scopes[inside]
                    if around.start <= start < around.end:
                        return frame
            if self.classes.inherits(path, start, frame.function_path, function):
                return frame
            frame = frame.parent
        return None

    def _evaluate(self, path: str, value: Value, frame: Frame | None) -> Iterable[At]:
        if isinstance(value, Choice):
            branches = ((option, self.evaluate(path, option, frame)) for option in value.options)
            return [at for option, things in branches for at in self.left(path, option, things)]
        if isinstance(value, Template) and value.tag is None:
            parts = (self.evaluate(path, part, frame) for part in value.parts)
            return [At(path, thing, frame) for thing in joined(value, parts)]
        if isinstance(value, Ref):
            return self._ref(path, value, frame)
        if isinstance(value, Chain):
            joined_list = self.calls.of_list(path, value, frame)
            if joined_list is not None:
                return [At(*joined_list)]
            last = self.calls.states(path, value, frame)[-1]
            if value.awaited:
                return [At(at.path, Rows()) if isinstance(at.thing, Builder) else at for at in last]
            return last
        return [At(path, value, frame)]

    def _ref(self, path: str, ref: Ref, frame: Frame | None) -> list[At]:
        scene = self.scene(path)
        if scene is None:
            return [At(path, Unknown("its file was not read", ref.path))]
        first, rest = ref.path[0], ref.path[1:]
        scope = scene.scope_at(ref.start)
        if first in _SELVES or first == "super" or (first == "Self" and path.endswith(".swift")):
            inside = scene.enclosing(scope, "class")
            extending = next((one for one in scene.around(scope) if scene.bindings(one, "this")), -1)
            if path.endswith((".kt", ".dart", ".swift")) and extending >= max(inside, 0):
                return self.members(self.name(path, "this", extending, frame, ref.start), rest)
            if inside < 0:
                state = self.members(self._component_state(path, rest[:1]), rest[1:])
                return state or [At(path, Free(ref.path))]
            name = scene.facts.scopes[inside].name or ""
            here = [At(path, Instance(name, inside), frame)]
            if first == "super":
                here = self.classes.parents(here[0]) or [At(path, Unknown("its class is not known", ref.path))]
        else:
            here = self.name(path, first, scope, frame, ref.start)
            if rest[:1] == ("*",):
                here, rest = self.items(path, ref, here, frame), rest[1:]
            if len(here) > 1 or frame is not None:  # of a call, that no way leads there is known of what it is handed
                here = told_apart(here, scene.compared_members(ref), frame is None)
        return self.members(here, rest)

    def _component_state(self, path: str, name: tuple[str, ...]) -> list[At]:
        """Return an object that `data()` of a Vue component gives its state under a name."""
        if not name or not path.endswith(".vue"):
            return []
        begun = [
            At(made.path, value, made.frame)
            for component in self.imports.exported(path, "default", frozenset())
            for made in self.member(component, "data")
            for value in (made.thing.returns if isinstance(made.thing, Function) else ())
        ]
        return [wrapped_state(one) for one in self.members(begun, name) if isinstance(one.thing, Object)]

    def items(self, path: str, ref: Ref, lists: list[At], frame: Frame | None) -> list[At]:
        """Return what a variable's list holds: what it was made with, and what was appended to it by then."""
        given = assigned_to(self.scene(path), ref)
        appended = [at for key, value, _ in given if key == "[]" for at in self.evaluate(path, value, frame)]
        if appended:
            lists = [
                at for at in lists if not (isinstance(at.thing, Array) and at.thing.complete and not at.thing.items)
            ]
        return [*self.members(lists, ("*",)), *appended]

    def name(
        self,
        path: str,
        name: str,
        scope: int,
        frame: Frame | None = None,
        at: int = -1,
        seen: frozenset[tuple[str, str]] = frozenset(),
    ) -> list[At]:
        """Return what a name stands for in a scope. `seen` are the exports that led here: imports can be circular."""
        scene = self.scene(path)
        while scene is not None and scope >= 0:
            found = scene.given(scope, name)
            in_class = bool(scene.facts.scopes) and scene.facts.scopes[scope].kind == "class"
            if found and not in_class and not _made_of_itself(scene, found, scope, at):
                return self._variable(path, name, scope, found, frame, at)
            if in_class and scene.facts.language in _IMPLICIT_SELF:
                own = At(path, Instance(scene.facts.scopes[scope].name or "", scope), frame)
                members = [one for one in self.members([own], (name,)) if not isinstance(one.thing, (Unknown, Free))]
                if members:
                    return members
            imported = scene.imported(scope, name)
            if imported is not None:
                return self.imports.of(path, imported, seen)
            scope = scene.parent(scope)
        if scene is not None:
            for opened in scene.open_imports:
                target = self.modules.resolve(path, opened.module)
                exported = self.imports.exported(target, name, seen) if target is not None else []
                if exported:
                    return exported
            named = self.modules.declaring(path, name)
            found_there = self.imports.exported(named, name, seen) if named is not None else []
            if named is not None and not found_there:
                found_there = self.imports.exported(named, "default", seen)
            if found_there:
                return found_there
        stand_ins = scene.given(0, GENERATED + name) if scene is not None and name.startswith("_$") else []
        return [at for one in stand_ins for at in self.binding(path, one, frame)] or [At(path, Free((name,)))]

    def _variable(
        self, path: str, name: str, scope: int, found: list[Binding], frame: Frame | None, at: int
    ) -> list[At]:
        """Return what a variable was given. What goes on with its own value, `q = q.eq(…)`, is followed one step deep.

        Else each of n such assignments would be followed by way of all the others.
        """
        held = reaching(self.scene(path), found, at)
        if len(held) == 1:
            return self.binding(path, held.behind(0)[0], frame)
        if len(held) > _MANY:
            return [At(path, Unknown("it may be one of too many things", (name,)))]
        key = (path, scope, name)
        within = key in self._naming
        asked, cut = held.asked(name, at, within), self.cut
        alone = frame is None and not self._naming
        done, told, every = self._series.get(key, _NOTHING_DONE) if alone else _NOTHING_DONE
        if not asked.begins_with(done):
            done, told, every = _NOTHING_DONE
        self._naming.add(key)
        try:
            given = [(binding, self.binding(path, binding, frame)) for binding in asked.behind(len(done))]
        finally:
            if not within:
                self._naming.discard(key)
        told = list(distinct([*told, *(at for one, results in given if one.value is not None for at in results)]))
        every = list(distinct([*every, *(at for _, results in given for at in results)]))
        if alone and self.cut == cut:
            self._series[key] = asked, told, every
        # `let client: Client` says less of it than the client that it is given.
        return told if any(isinstance(at.thing, Client) for at in told) else every

    def binding(self, path: str, binding: Binding, frame: Frame | None) -> list[At]:
        if binding.kind == "parameter":
            return self.parameters.of(path, binding, frame)
        if binding.kind == "class":
            scene = self.scene(path)
            return [At(path, Class(binding.name, scene.class_scope(binding.name, binding.scope) if scene else -1))]
        if binding.value is None:
            if binding.choices:
                return [At(path, choice) for choice in binding.choices]
            if binding.type is not None:
                return self.members(self.types.of(path, binding.type, binding.scope), binding.path)
            return [At(path, Unknown(f"`{binding.name}` is never given a value that can be read", (binding.name,)))]
        results = list(self.evaluate(path, binding.value, frame))
        if binding.path[:1] == ("0",) and is_state(binding.value):
            states = [at for at in results if isinstance(at.thing, Object)]
            others = self.members([at for at in results if not isinstance(at.thing, Object)], binding.path)
            results = [*self.members([wrapped_state(at) for at in states], binding.path[1:]), *others]
        else:
            results = self.members(results, binding.path)
        if binding.type is not None and all(isinstance(at.thing, (Unknown, Free, Opaque, Bound)) for at in results):
            typed = self.members(self.types.of(path, binding.type, binding.scope), binding.path)
            if any(not isinstance(at.thing, (Unknown, Typed)) for at in typed):
                return typed
        return results

    # Members

    def members(self, things: list[At], names: tuple[str, ...]) -> list[At]:
        for name in names:
            things = [found for at in things for found in self.member(at, name)]
            if len(things) > BREADTH and not all(isinstance(at.thing, Text) for at in things):
                return [At(things[0].path, Unknown("it may be one of too many things", names))]
        return things

    def member(self, at: At, name: str) -> list[At]:
        """Return a member of a thing."""
        thing = at.thing
        if isinstance(thing, Object):
            return self._entry(at, thing, name)
        if isinstance(thing, Array):
            items = thing.items if name == "*" or not name.isdigit() else thing.items[int(name) : int(name) + 1]
            held = [found for item in items for found in self.evaluate(at.path, item, at.frame)]
            return held or [At(at.path, Unknown("its list is filled elsewhere", (name,)))]
        if isinstance(thing, Namespace):
            exported = self.imports.exported(at.path, name, frozenset())
            return exported or [At(at.path, Unknown("no such export", (name,)))]
        if isinstance(thing, (Instance, Class)):
            return self.classes.member(at, name)
        if isinstance(thing, (External, Free)):
            names = (*thing.names, name)
            client = client_of_names(names)
            if client is not None:
                return [At(at.path, client)]
            return [At(at.path, External(thing.module, names) if isinstance(thing, External) else Free(names))]
        if isinstance(thing, Bound):
            by = FromCaller(at.path, thing.function.scope, thing.name, (name,))
            typed = [from_caller(one, by) for one in self._typed_member(at.path, thing, name)]
            members = (*thing.members, name)
            return typed or [At(at.path, Bound(thing.function, thing.index, thing.name, (), thing.type, members))]
        if isinstance(thing, Typed):
            found = self.types.member(at.path, thing.text, name) or [
                At(at.path, Typed(thing.text, (*thing.names, name)))
            ]
            if thing.handed is None:
                return found
            member = replace(thing.handed, members=(*thing.handed.members, name))
            return [from_caller(one, member) for one in found]
        if isinstance(thing, Unknown):
            return [At(at.path, Unknown(thing.reason, (*thing.names, name)[-LONGEST:]))]
        if isinstance(thing, Client):
            if name in _TRANSPARENT:
                return [at]
            part = part_of(thing, name)
            return [At(at.path, part if part is not None else Unknown("a member of a client", (name,)), at.frame)]
        if isinstance(thing, Builder):
            return [at if name == NEGATED else At(at.path, Rows())]
        if isinstance(thing, Part):
            return [At(at.path, Unknown(f"a member of a client's {thing.kind}", (thing.kind, name)))]
        if (isinstance(thing, Function) and name in _TRANSPARENT) or (isinstance(thing, Text) and name == "rawValue"):
            return [at]  # Swift's case of an enum is bound as its value
        return [At(at.path, Unknown("a member of something that can't be followed", (name,)))]

    def _entry(self, at: At, thing: Object, name: str) -> list[At]:
        found: list[At] = []
        for entry in thing.entries:
            if name in (entry.key, "*"):
                found += self.evaluate(at.path, entry.value, at.frame)
        if found and name != "*":
            return found
        known = self._entries.get((name, id(thing), id(at.frame)))
        if known is not None:  # objects that are spread into each other may hold one in more ways than can be gone
            self.framed += at.frame is not None
            return known[2]
        key = (name, id(thing), 0)
        if key in self._busy:  # an object that is spread into itself
            self._circles += 1
            return found
        self._fuel -= 1
        if self._depth > _DEPTH or (self._depth and self._fuel < 0):
            self.cut += 1
            return found or [At(at.path, Unknown("it is spread through too many objects", (name,)))]
        self._busy.add(key)
        begun, cut, circles = self.begin(), self.cut, self._circles
        self._depth += 1
        try:
            for spread in thing.spreads:
                for inner in self.evaluate(at.path, spread, at.frame):
                    if isinstance(inner.thing, (Object, Namespace, Instance)):
                        found += [one for one in self.member(inner, name) if not isinstance(one.thing, Unknown)]
        finally:
            self._depth -= 1
            if begun:
                self.end()
            self._busy.discard(key)
        found = list(distinct(found))
        if not found and name in ("value", "current") and thing.complete and not thing.spreads:
            return [wrapped_state(at)]  # of Vue's `ref({…})`
        whole = thing.complete and not thing.spreads
        reason = f"{NO_KEY} `{name}`" if whole else f"the object is not seen to have a key `{name}`"
        found = found or [At(at.path, Unknown(reason, (name,)))]
        if thing.spreads and (self.cut, self._circles) == (cut, circles) and not self._naming:
            self._entries[name, id(thing), id(at.frame)] = thing, at.frame, found
        return found

    def _typed_member(self, path: str, thing: Bound, name: str) -> list[At]:
        if thing.type is None or thing.members:
            return []
        return self.types.member(path, thing.type, name)

    # Literals

    def text(self, path: str, value: Value | None, frame: Frame | None = None) -> str | None:
        """Return a value's one string, or None where it is not exactly one."""
        if value is None:
            return None
        found = {at.thing.value for at in self.evaluate(path, value, frame) if isinstance(at.thing, Text)}
        return next(iter(found)) if len(found) == 1 else None

    def strings(self, path: str, value: Value, frame: Frame | None) -> list[tuple[str, Value, Frame | None]]:
        """Return the strings and templates that a value comes from, with the file and the frame that they stand in."""
        return [
            (at.path, at.thing, at.frame)
            for at in self.evaluate(path, value, frame)
            if isinstance(at.thing, (Text, Template)) and at.thing is not value
        ]


def _made_of_itself(scene: FileScene, found: list[Binding], scope: int, at: int) -> bool:
    """Whether a place stands in what a name is given first: there the name means what it did before.

    `supabase, err := supabase.NewClient(…)` calls the package.
    """
    if at < 0 or any(b.value is None or not b.value.start <= at < b.value.end for b in found):
        return False
    return scene.function_of(scene.scope_at(at)) == scene.function_of(scope)
