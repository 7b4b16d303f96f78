"""The properties of classes, through what they extend and what extends them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tripoint.sources.code.facts import (
    ROW,
    Chain,
    Entry,
    Function,
    Object,
    Opaque,
    Plain,
    Ref,
    Step,
    Text,
    Value,
)
from tripoint.sources.code.python_rows import PythonRows
from tripoint.sources.code.scene import At, Bound, Class, Client, Instance, Typed, Unknown
from tripoint.sources.code.types import element_type

if TYPE_CHECKING:
    from tripoint.sources.code.follow import Follower

__all__ = ["Classes"]

_SELVES = frozenset({"this", "self"})
_DEPTH = 8
"""How far up a class's properties are looked for."""


class Classes:
    """Looks up properties in the files that a follower knows."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower
        self.python = PythonRows(follower)
        self._lineages: dict[tuple[str, int], frozenset[tuple[str, int]]] = {}
        self._made: dict[tuple[str, int], int] = {}
        """The class of which a function is the constructor; -1 where it is none."""
        self._memberwise: dict[tuple[str, int], Function | None] = {}

    def parents(self, at: At) -> list[At]:
        """Return what a class extends, as instances."""
        thing = at.thing
        scene = self._follower.scene(at.path)
        if scene is None or not isinstance(thing, (Instance, Class)):
            return []
        scope = scene.parent(thing.scope) if thing.scope >= 0 else 0
        bases: list[At] = []
        while scope >= 0:
            for binding in scene.bindings(scope, thing.name):
                if binding.kind == "class" and binding.value is not None:
                    bases += self._follower.evaluate(at.path, binding.value)
            scope = scene.parent(scope)
        return [
            At(base.path, Instance(base.thing.name, base.thing.scope), at.frame)
            if isinstance(base.thing, Class)
            else base
            for base in bases
        ]

    def member(self, at: At, name: str, depth: int = 0) -> list[At]:
        """Return a property or a method: its own, an inherited one, or one that a subclass fills in."""
        thing = at.thing
        scene = self._follower.scene(at.path)
        if scene is None or not isinstance(thing, (Instance, Class)) or depth > _DEPTH:
            return [At(at.path, Unknown("its class is not known", (name,)))]
        bindings = scene.bindings(thing.scope, name) if thing.scope >= 0 else []
        given = [(one.value is not None, self._follower.binding(at.path, one, at.frame)) for one in bindings]
        found = [one for filled, things in given if filled for one in things]
        if not any(isinstance(one.thing, Client) for one in found):  # a type says less of a client than what makes it
            found = [one for _, things in given for one in things]
        known = [one for one in found if not isinstance(one.thing, (Unknown, Opaque, Plain, Typed))]
        if known:
            return known
        for base in self.parents(at):
            if isinstance(base.thing, Instance):
                inherited = self.member(base, name, depth + 1)
                known += [one for one in inherited if not isinstance(one.thing, Unknown)]
            else:
                known += self._follower.member(base, name)
        if not known and depth == 0:
            for path, label in self._follower.subclasses.get(thing.name, ()):
                heir = self._follower.scene(path)
                scope = heir.class_scopes.get(label, -1) if heir is not None else -1
                for binding in heir.bindings(scope, name) if heir is not None and scope >= 0 else ():
                    known += self._follower.binding(path, binding, None)
        return known or found or [At(at.path, Unknown(f"the class has no `{name}` that can be read", ("this", name)))]

    def filled_in(self, path: str, named: Value) -> list[At]:
        """Return the texts that the classes of other files which inherit the one around a place give a property that
        the class itself only declares: `abstract table: string`."""
        scene = self._follower.scene(path)
        if scene is None or not isinstance(named, Ref) or len(named.path) > 2:
            return []
        scope = scene.enclosing(scene.scope_at(named.start), "class")
        name = named.path[-1]
        own = named.path[0] in _SELVES if len(named.path) == 2 else scene.facts.language in ("dart", "kotlin", "swift")
        if scope < 0 or not own:
            return []
        found: list[At] = []
        for heir_path, label in self._follower.heirs(scene.facts.scopes[scope].name or ""):
            heir = self._follower.scene(heir_path)
            inner = heir.class_scopes.get(label, -1) if heir is not None else -1
            for binding in heir.bindings(inner, name) if heir is not None and inner >= 0 else ():
                held = self._follower.binding(heir_path, binding, None)
                for at in held:
                    if isinstance(at.thing, Function):  # a getter
                        found += [one for v in at.thing.returns for one in self._follower.evaluate(at.path, v)]
                found += held
        return [at for at in found if isinstance(at.thing, Text)]

    def row(self, at: At) -> tuple[str, Object] | None:
        """Return what an object is written as, with the file of its class; None where that is not known."""
        thing = at.thing
        text = thing.text if isinstance(thing, Typed) else None
        if isinstance(thing, Bound) and not thing.members:
            text = thing.type
        if text is not None:  # `[Item]`, `List<Item>`: rows like each of them
            text = text.strip()
            inner = text[1:-1] if text[:1] == "[" else text.partition("<")[2].rpartition(">")[0]
            inner = element_type(at.path, text) or inner
            made = self._follower.types.of(at.path, inner, 0) if inner.isidentifier() else []
            at = made[0] if len(made) == 1 else at
            thing = at.thing
        scene = self._follower.scene(at.path)
        if scene is None or not isinstance(thing, Instance) or thing.scope < 0:
            return None
        if scene.facts.language == "python":
            return self.python.row(at)
        rows = [binding.value for binding in scene.bindings(thing.scope, ROW)]
        return (at.path, rows[0]) if len(rows) == 1 and isinstance(rows[0], Object) else None

    def given(self, at: At, row: Object) -> Iterator[tuple[Entry, Value]]:
        """Yield those keys of what an object is written as that its constructor was given, `Patch(label: "a")`, each
        with what it was given."""
        frame = at.frame
        made = self.constructor(at) or self.memberwise(at)
        if frame is None or made is None or frame.function is not made[1] or frame.function_path != made[0]:
            return
        names = [parameter.name for parameter in made[1].parameters]
        values = {**dict(zip(names, frame.arguments, strict=False)), **dict(frame.named)}
        for entry in (*row.entries, *row.optional):
            value = values.get(entry.value.path[0]) if isinstance(entry.value, Ref) else None
            held = () if value is None else self._follower.evaluate(frame.path, value, frame.parent)
            if value is not None and any(not isinstance(one.thing, Plain) or one.thing.kind != "null" for one in held):
                yield entry, value

    def case(self, at: At, name: str, written: Value) -> Text | None:
        """Return what the case of an enumeration is written as that a property is given: `.done`, `Status.DONE`."""
        thing = at.thing
        scene = self._follower.scene(at.path)
        if scene is None or not isinstance(thing, Instance) or not isinstance(written, Ref) or thing.scope < 0:
            return None
        declared = next((one.type for one in scene.bindings(thing.scope, name) if one.type is not None), None)
        if declared is None or written.path[0] not in ("*", declared.rpartition(".")[2]):
            return None
        listed = self._follower.members(
            self._follower.name(at.path, declared.partition(".")[0], thing.scope), tuple(declared.split(".")[1:])
        )
        found = [one for each in listed for one in self._follower.member(each, written.path[-1])]
        if len(found) == 1 and isinstance(found[0].thing, Object):  # Kotlin's cases may be written by another name
            named = {entry.key for entry in found[0].thing.entries}
            found = self._follower.member(found[0], ROW if ROW in named else "name")
        said = found[0].thing if len(found) == 1 else None
        return said if isinstance(said, Text) else None

    def memberwise(self, at: At) -> tuple[str, Function] | None:
        """Return what makes a struct where its properties are written: Swift's constructor, a literal of Go."""
        thing = at.thing
        scene = self._follower.scene(at.path)
        if scene is None or not isinstance(thing, (Class, Instance)) or thing.scope < 0:
            return None
        key = (at.path, thing.scope)
        if key not in self._memberwise:
            row = next((binding.value for binding in scene.bindings(thing.scope, ROW)), None)
            written = isinstance(row, Object) and scene.facts.language in ("swift", "go")
            self._memberwise[key] = Function(None, (), (), thing.scope, 0, 0) if written else None
        function = self._memberwise[key]
        return None if function is None else (at.path, function)

    def constructor(self, at: At, depth: int = 0) -> tuple[str, Function] | None:
        """Return the constructor of a class, its own or an inherited one, with its file."""
        thing = at.thing
        scene = self._follower.scene(at.path)
        if scene is None or not isinstance(thing, (Class, Instance)) or depth > _DEPTH:
            return None
        for label in ("constructor", "__init__", "init"):
            for binding in scene.bindings(thing.scope, label) if thing.scope >= 0 else ():
                if isinstance(binding.value, Function):
                    return at.path, binding.value
        for base in self.parents(At(at.path, Instance(thing.name, thing.scope), None)):
            made = self.constructor(base, depth + 1)
            if made is not None:
                return made
        return None

    def inherits(self, path: str, offset: int, home: str, function: Function) -> bool:
        """Whether a place lies in a class that extends the one whose constructor a function is."""
        key = (home, function.scope)
        if key not in self._made:
            there = self._follower.scene(home)
            scope = there.enclosing(function.scope, "class") if there is not None else -1
            name = (there.facts.scopes[scope].name if there is not None and scope >= 0 else None) or ""
            made = self.constructor(At(home, Class(name, scope))) if scope >= 0 else None
            self._made[key] = scope if made is not None and made[1].scope == function.scope else -1
        if self._made[key] < 0:
            return False
        scene = self._follower.scene(path)
        own = scene.enclosing(scene.scope_at(offset), "class") if scene is not None else -1
        return own >= 0 and (home, self._made[key]) in self.lineage(path, own)

    def lineage(self, path: str, scope: int) -> frozenset[tuple[str, int]]:
        """Return a class and those that it extends, one by way of the other, each as its file and its scope."""
        if (path, scope) not in self._lineages:
            found = {(path, scope)}
            work = [(path, scope)]
            while work:
                here, inner = work.pop()
                scene = self._follower.scene(here)
                name = scene.facts.scopes[inner].name if scene is not None else None
                for base in self.parents(At(here, Instance(name or "", inner))):
                    if isinstance(base.thing, Instance) and base.thing.scope >= 0:
                        above = (base.path, base.thing.scope)
                        work += [] if above in found else [above]
                        found.add(above)
            self._lineages[path, scope] = frozenset(found)
        return self._lineages[path, scope]

    def made_by(self, path: str, chain: Chain, step: Step) -> tuple[str, int] | None:
        """Return the class of which a call makes an object; of `super(…)`, the one that the call stands in."""
        scene = self._follower.scene(path)
        if scene is not None and isinstance(chain.root, Ref) and chain.root.path == ("super",):
            return path, scene.enclosing(scene.scope_at(chain.start), "class")
        before = self._follower.calls.states(path, chain)[chain.steps.index(step)]
        found = [at for at in before if isinstance(at.thing, Class)]
        if step.name not in ("()", "new"):
            found = [one for at in before for one in self._follower.member(at, step.name)]
        made = [(at.path, at.thing.scope) for at in found if isinstance(at.thing, Class) and at.thing.scope >= 0]
        return made[0] if len(made) == 1 else None
