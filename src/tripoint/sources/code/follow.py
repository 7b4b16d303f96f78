"""Following names across scopes, files and calls, the same for every language.

An expression is evaluated as far as the text of the project decides it: to a literal, an object, a function, a class, a
client, a query under construction, or to the honest end of the trail. Nothing is executed; branches are all taken, so
a value is a set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import product

from tripoint.model.place import Place
from tripoint.sources.code.clients.receivers import Reading, client_of_call, client_of_type, client_step, part_of
from tripoint.sources.code.facts import (
    Array,
    Binding,
    Chain,
    Choice,
    CodeFacts,
    Function,
    Import,
    Object,
    Opaque,
    Plain,
    Ref,
    Step,
    Template,
    Text,
    Value,
)
from tripoint.sources.code.modules import Modules, package_name
from tripoint.sources.code.scene import (
    At,
    Bound,
    Builder,
    Class,
    Client,
    External,
    FileScene,
    Frame,
    Free,
    Instance,
    Namespace,
    Part,
    Rows,
    Typed,
    Unknown,
)

__all__ = ["Follower"]

_DEPTH = 40
_BREADTH = 24
"""How many things one expression may stand for before it counts as unknown."""
_LONGEST = 8
"""How many members and calls of something unknown are remembered."""
_FUEL = 4000
"""How many expressions one question may lead through."""
_CALLS = 6
"""How many calls deep arguments are followed."""

_SELVES = frozenset(["this", "self"])
_TRANSPARENT = frozenset(["value", "current", "0", "default"])
"""Members by which frameworks wrap a value (refs, state, CommonJS defaults)."""
_SAME = frozenset("freeze seal readonly ref shallowRef useRef reactive markRaw resolve toRaw unref str String".split())
_FUNCTION = frozenset("useCallback cache memoize memo unstable_cache once action useEvent lru_cache debounce".split())
_CALLED = frozenset("useMemo computed useState lazy useConstant getOrCreate".split())
_MAPPED = frozenset(["map", "flatMap"])
_LISTS = frozenset(["filter", "slice", "concat", "sort", "reverse", "flat", "toSorted", "values"])
_UNWRAPPED = re.compile(
    r"^(?:Promise|Awaited|Ref|ShallowRef|MutableRefObject|RefObject|Readonly|Partial|NonNullable|Required)<(.*)>$",
    re.DOTALL,
)
_TYPEOF = re.compile(r"^typeof\s+([\w$.]+)$")
_RETURN_TYPE = re.compile(r"^ReturnType<\s*typeof\s+([\w$.]+)\s*>$")
_TYPE_NAME = re.compile(r"^([A-Za-z_$][\w$.]*)\s*(?:[<\[].*)?$", re.DOTALL)
_VALUES_OF = re.compile(r"^\(?\s*typeof\s+([\w$.]+)\s*\)?\s*\[\s*(?:number|keyof\s+typeof\s+[\w$.]+)\s*\]$")
_KEYS_OF = re.compile(r"^keyof\s+typeof\s+([\w$.]+)$")


class Follower:
    """Follows names in the files of a project; files that are not known yet are asked for."""

    def __init__(self, facts: dict[str, CodeFacts], load: Callable[[str], CodeFacts | None], modules: Modules) -> None:
        self._facts = facts
        self._load = load
        self.modules = modules
        self._scenes: dict[str, FileScene | None] = {}
        self._memo: dict[tuple[str, int], tuple[At, ...]] = {}
        self._busy: set[tuple[str, int, int]] = set()
        self._depth = 0
        self._cut = 0
        self._fuel = 0
        self.asked: set[str] = set()
        self.subclasses: dict[str, list[tuple[str, str]]] = {}

    def scene(self, path: str) -> FileScene | None:
        """Return a file's indexed facts, asking for the file where it was not read in full."""
        if path not in self._scenes:
            facts = self._facts.get(path)
            if facts is None or not facts.scopes:
                if path not in self.asked:
                    self.asked.add(path)
                    loaded = self._load(path)
                    facts = loaded if loaded is not None else facts
                    if facts is not None:
                        self._facts[path] = facts
            self._scenes[path] = FileScene(path, facts) if facts is not None else None
            for binding in facts.bindings if facts is not None else ():
                if binding.kind == "class" and isinstance(binding.value, Ref):
                    self.subclasses.setdefault(binding.value.path[-1], []).append((path, binding.name))
        return self._scenes[path]

    # Evaluation

    def evaluate(self, path: str, value: Value, frame: Frame | None = None) -> tuple[At, ...]:
        """Return everything that a value may stand for."""
        if isinstance(value, (Text, Plain, Object, Array, Function, Opaque)):
            return (At(path, value, frame),)
        frame = self._relevant(path, value, frame)
        key = (path, id(value), id(frame))
        if frame is None and (path, id(value)) in self._memo:
            return self._memo[path, id(value)]
        if self._depth == 0:
            self._fuel = _FUEL
        self._fuel -= 1
        if key in self._busy or self._depth > _DEPTH or self._fuel < 0:
            self._cut += 1
            return (At(path, Unknown("it is defined by way of itself")),)
        self._busy.add(key)
        self._depth += 1
        cut = self._cut
        try:
            result = _distinct(self._evaluate(path, value, frame))
        finally:
            self._depth -= 1
            self._busy.discard(key)
        if frame is None and (self._cut == cut or not self._busy):
            self._memo[path, id(value)] = result
        return result

    def _relevant(self, path: str, value: Value, frame: Frame | None) -> Frame | None:
        """Return the innermost call that can bear on a value: the value stands in its function, or in that one's class.

        Without this, whatever is reached by way of a call would be evaluated anew for each call.
        """
        while frame is not None:
            function = frame.function
            if frame.function_path == path:
                if function.start <= value.start < function.end:
                    return frame
                scene = self.scene(path)
                inside = scene.enclosing(scene.parent(function.scope), "class") if scene is not None else -1
                if scene is not None and inside >= 0:
                    around = scene.facts.scopes[inside]
                    if around.start <= value.start < around.end:
                        return frame
            frame = frame.parent
        return None

    def _evaluate(self, path: str, value: Value, frame: Frame | None) -> Iterable[At]:
        if isinstance(value, Choice):
            return [at for option in value.options for at in self.evaluate(path, option, frame)]
        if isinstance(value, Template):
            return self._template(path, value, frame)
        if isinstance(value, Ref):
            return self._ref(path, value, frame)
        if isinstance(value, Chain):
            last = self.states(path, value, frame)[-1]
            if value.awaited:
                return [At(at.path, Rows()) if isinstance(at.thing, Builder) else at for at in last]
            return last
        return [At(path, value, frame)]

    def _template(self, path: str, value: Template, frame: Frame | None) -> list[At]:
        if value.tag is not None:
            return [At(path, value, frame)]
        parts: list[list[str]] = []
        for part in value.parts:
            words: list[str] = []
            for at in self.evaluate(path, part, frame):
                if isinstance(at.thing, Text):
                    words.append(at.thing.value)
                elif isinstance(at.thing, Plain) and at.thing.kind == "number":
                    words.append(at.thing.value)
                elif isinstance(at.thing, Bound) and at.thing.choices and not at.thing.members:
                    words.extend(choice.value for choice in at.thing.choices)
                elif isinstance(at.thing, Bound):
                    return [At(path, at.thing, frame), At(path, value, frame)]
                else:
                    return [At(path, value, frame)]
            parts.append(sorted(set(words)))
        combined = ["".join(chosen) for chosen in _limited(parts)]
        return [At(path, Text(text, value.start, value.end, exact=False), frame) for text in combined] or [
            At(path, value, frame)
        ]

    def _ref(self, path: str, ref: Ref, frame: Frame | None) -> list[At]:
        scene = self.scene(path)
        if scene is None:
            return [At(path, Unknown("its file was not read", ref.path))]
        first, rest = ref.path[0], ref.path[1:]
        scope = scene.scope_at(ref.start)
        if first in _SELVES or first == "super":
            inside = scene.enclosing(scope, "class")
            if inside < 0:
                return [At(path, Free(ref.path))]
            name = scene.facts.scopes[inside].name or ""
            here = [At(path, Instance(name, inside), frame)]
            if first == "super":
                here = self._parents(here[0]) or [At(path, Unknown("its class is not known", ref.path))]
        else:
            here = self.name(path, first, scope, frame, ref.start)
        return self._members(here, rest)

    def name(self, path: str, name: str, scope: int, frame: Frame | None = None, at: int = -1) -> list[At]:
        """Return what a name stands for in a scope."""
        scene = self.scene(path)
        while scene is not None and scope >= 0:
            found = [binding for binding in scene.bindings(scope, name) if binding.kind != "type"]
            if found and not (scene.facts.scopes and scene.facts.scopes[scope].kind == "class"):
                return [result for binding in found for result in self._binding(path, binding, frame)]
            imported = scene.imported(scope, name)
            if imported is not None:
                return self._import(path, imported)
            scope = scene.parent(scope)
        if scene is not None:
            for opened in scene.open_imports:
                target = self.modules.resolve(path, opened.module)
                exported = self.exported(target, name, frozenset()) if target is not None else []
                if exported:
                    return exported
        return [At(path, Free((name,)))]

    def _binding(self, path: str, binding: Binding, frame: Frame | None) -> list[At]:
        if binding.kind == "parameter":
            return self._parameter(path, binding, frame)
        if binding.kind == "class":
            scene = self.scene(path)
            return [At(path, Class(binding.name, scene.class_scopes.get(binding.name, -1) if scene else -1))]
        if binding.value is None:
            if binding.choices:
                return [At(path, choice) for choice in binding.choices]
            if binding.type is not None:
                return self._members(self.typed(path, binding.type, binding.scope), binding.path)
            return [At(path, Unknown(f"`{binding.name}` is never given a value that can be read", (binding.name,)))]
        results = self._members(list(self.evaluate(path, binding.value, frame)), binding.path)
        if binding.type is not None and all(isinstance(at.thing, (Unknown, Free, Opaque, Bound)) for at in results):
            typed = self._members(self.typed(path, binding.type, binding.scope), binding.path)
            if any(not isinstance(at.thing, (Unknown, Typed)) for at in typed):
                return typed
        return results

    def _parameter(self, path: str, binding: Binding, frame: Frame | None) -> list[At]:
        scene = self.scene(path)
        function = scene.function(binding.scope) if scene is not None else None
        if function is None:
            return [At(path, Unknown(f"the parameter `{binding.name}` is not known", (binding.name,)))]
        index = _parameter_index(function, binding)
        here = frame
        while here is not None and not (here.function_path == path and here.function.scope == binding.scope):
            here = here.parent
        if here is not None:
            given = dict(here.named).get(binding.name)
            if given is None and 0 <= index < len(here.arguments):
                given = here.arguments[index]
            if given is not None:
                return self._members(list(self.evaluate(here.path, given, here.parent)), binding.path)
            if binding.value is not None:
                return list(self.evaluate(path, binding.value, None))
        typed = (
            self._members(self.typed(path, binding.type, binding.scope), binding.path)
            if binding.type is not None
            else []
        )
        known = [at for at in typed if not isinstance(at.thing, (Unknown, Typed))]
        if known:
            return known
        if any(isinstance(at.thing, Typed) for at in typed) and not binding.path:
            choices = self._choices(path, binding)
            if not choices:
                outside = [at for at in typed if isinstance(at.thing, Typed) and _is_object_type(at.thing.text)]
                if outside:
                    return outside
        bound = Bound(function, index, binding.name, self._choices(path, binding), binding.type, binding.path)
        default = list(self.evaluate(path, binding.value, None)) if binding.value is not None else []
        return [At(path, bound), *default]

    def _choices(self, path: str, binding: Binding) -> tuple[Text, ...]:
        if binding.choices or binding.type is None or binding.path:
            return binding.choices
        return tuple(at.thing for at in self.typed(path, binding.type, binding.scope) if isinstance(at.thing, Text))

    def _import(self, path: str, imported: Import, seen: frozenset[tuple[str, str]] = frozenset()) -> list[At]:
        target = self.modules.resolve(path, imported.module)
        if target is None:
            names = () if imported.imported == "*" else (imported.imported,)
            return [At(path, External(package_name(imported.module), names))]
        if imported.imported == "*":
            return [At(target, Namespace())]
        found = self.exported(target, imported.imported, seen)
        return found or [At(target, Unknown(f"`{target}` gives no name `{imported.imported}`", (imported.local,)))]

    def exported(self, path: str, name: str, seen: frozenset[tuple[str, str]]) -> list[At]:
        """Return what a module gives under a name; nothing where it gives no such name."""
        scene = self.scene(path)
        if scene is None or (path, name) in seen or len(seen) > _DEPTH:
            return []
        seen = seen | {(path, name)}
        found: list[At] = []
        for export in scene.exports.get(name, ()):
            if export.module is None:
                found += self.name(path, export.local, 0)
            elif export.local == "*":
                target = self.modules.resolve(path, export.module)
                found += [At(target, Namespace())] if target is not None else []
            else:
                found += self._import(path, Import(name, export.module, export.local, 0, 0), seen)
        if not found and not scene.exports and any(b.kind != "type" for b in scene.bindings(0, name)):
            found = self.name(path, name, 0)  # languages without export lists
        if not found and name != "default":
            for export in scene.exports.get("*", ()):
                if export.module is not None:
                    target = self.modules.resolve(path, export.module)
                    if target is None:
                        continue
                    found = self.exported(target, name, seen)
                    if found:
                        break
        if not found and not scene.exports and scene.imported(0, name) is not None:
            found = self.name(path, name, 0)  # a Python package that hands on what it imports
        return found

    # Members

    def _members(self, things: list[At], names: tuple[str, ...]) -> list[At]:
        for name in names:
            things = [found for at in things for found in self.member(at, name)]
            if len(things) > _BREADTH:
                return [At(things[0].path, Unknown("it may be one of too many things", names))]
        return things

    def member(self, at: At, name: str) -> list[At]:
        """Return a member of a thing."""
        thing = at.thing
        if isinstance(thing, Object):
            return self._entry(at, thing, name)
        if isinstance(thing, Array):
            items = thing.items if name == "*" or not name.isdigit() else thing.items[int(name) : int(name) + 1]
            return [found for item in items for found in self.evaluate(at.path, item, at.frame)]
        if isinstance(thing, Namespace):
            return self.exported(at.path, name, frozenset()) or [At(at.path, Unknown("no such export", (name,)))]
        if isinstance(thing, (Instance, Class)):
            return self._property(at, name)
        if isinstance(thing, External):
            return [At(at.path, External(thing.module, (*thing.names, name)))]
        if isinstance(thing, Free):
            return [At(at.path, Free((*thing.names, name)))]
        if isinstance(thing, Bound):
            typed = self._typed_member(at.path, thing, name)
            members = (*thing.members, name)
            return typed or [At(at.path, Bound(thing.function, thing.index, thing.name, (), thing.type, members))]
        if isinstance(thing, Typed):
            found = self._member_of_type(at.path, thing.text, name)
            return found or [At(at.path, Typed(thing.text, (*thing.names, name)))]
        if isinstance(thing, Unknown):
            return [At(at.path, Unknown(thing.reason, (*thing.names, name)[-_LONGEST:]))]
        if isinstance(thing, Client):
            if name in _TRANSPARENT:
                return [at]
            part = part_of(thing, name)
            return [At(at.path, part if part is not None else Unknown("a member of a client", (name,)), at.frame)]
        if isinstance(thing, Builder):
            return [At(at.path, Rows())]
        if isinstance(thing, Part):
            return [At(at.path, Unknown(f"a member of a client's {thing.kind}", (thing.kind, name)))]
        if isinstance(thing, Function) and name in _TRANSPARENT:
            return [at]
        return [At(at.path, Unknown("a member of something that can't be followed", (name,)))]

    def _entry(self, at: At, thing: Object, name: str) -> list[At]:
        found: list[At] = []
        for entry in thing.entries:
            if name in (entry.key, "*"):
                found += self.evaluate(at.path, entry.value, at.frame)
        if found and name != "*":
            return found
        key = (name, id(thing), 0)
        if key in self._busy:  # an object that is spread into itself
            return found
        self._busy.add(key)
        for spread in thing.spreads:
            for inner in self.evaluate(at.path, spread, at.frame):
                if isinstance(inner.thing, (Object, Namespace, Instance)):
                    found += [one for one in self.member(inner, name) if not isinstance(one.thing, Unknown)]
        self._busy.discard(key)
        return found or [At(at.path, Unknown(f"the object has no key `{name}`", (name,)))]

    def _parents(self, at: At) -> list[At]:
        thing = at.thing
        scene = self.scene(at.path)
        if scene is None or not isinstance(thing, (Instance, Class)):
            return []
        scope = scene.parent(thing.scope) if thing.scope >= 0 else 0
        bases: list[At] = []
        while scope >= 0:
            for binding in scene.bindings(scope, thing.name):
                if binding.kind == "class" and binding.value is not None:
                    bases += self.evaluate(at.path, binding.value)
            scope = scene.parent(scope)
        return [
            At(base.path, Instance(base.thing.name, base.thing.scope), at.frame)
            if isinstance(base.thing, Class)
            else base
            for base in bases
        ]

    def _property(self, at: At, name: str, depth: int = 0) -> list[At]:
        thing = at.thing
        scene = self.scene(at.path)
        if scene is None or not isinstance(thing, (Instance, Class)) or depth > _CALLS:
            return [At(at.path, Unknown("its class is not known", (name,)))]
        found: list[At] = []
        for binding in scene.bindings(thing.scope, name) if thing.scope >= 0 else ():
            found += self._binding(at.path, binding, at.frame)
        known = [one for one in found if not isinstance(one.thing, (Unknown, Opaque, Plain))]
        if known:
            return known
        for base in self._parents(at):
            if isinstance(base.thing, Instance):
                inherited = self._property(base, name, depth + 1)
                known += [one for one in inherited if not isinstance(one.thing, Unknown)]
            else:
                known += self.member(base, name)
        if not known and depth == 0:
            for path, label in self.subclasses.get(thing.name, ()):
                heir = self.scene(path)
                scope = heir.class_scopes.get(label, -1) if heir is not None else -1
                for binding in heir.bindings(scope, name) if heir is not None and scope >= 0 else ():
                    known += self._binding(path, binding, None)
        return known or found or [At(at.path, Unknown(f"the class has no `{name}` that can be read", ("this", name)))]

    # Types

    def typed(self, path: str, text: str, scope: int, depth: int = 0) -> list[At]:
        """Return what a type's text says about a value of it."""
        text = text.strip().rstrip(";").strip()
        if depth > _CALLS or not text:
            return [At(path, Typed(text))]
        parts = [part for part in _split_union(text) if part not in ("null", "undefined", "any", "unknown", "never")]
        if len(parts) != 1:
            return [at for part in parts for at in self.typed(path, part, scope, depth + 1)] or [At(path, Typed(text))]
        text = parts[0]
        if len(text) > 1 and text[0] in "'\"" and text[-1] == text[0] and text.count(text[0]) == 2:
            return [At(path, Text(text[1:-1], 0, 0, exact=False))]
        wrapped = _UNWRAPPED.match(text)
        if wrapped:
            return self.typed(path, wrapped[1], scope, depth + 1)
        for pattern, take in ((_TYPEOF, None), (_RETURN_TYPE, "()"), (_VALUES_OF, "*"), (_KEYS_OF, "keys")):
            match = pattern.match(text)
            if match:
                return self._typeof(path, match[1], take, scope, text)
        return self._named_type(path, text, scope, depth)

    def _typeof(self, path: str, dotted: str, take: str | None, scope: int, text: str) -> list[At]:
        first, *rest = dotted.split(".")
        here = self._members(self.name(path, first, scope), tuple(rest))
        if take == "()":
            call = Step("()", 0, 0, call_end=1)
            return [found for at in here for found in self.apply(at, call, path, None)]
        if take == "*":
            return self._members(here, ("*",))
        if take == "keys":
            keys: list[At] = []
            for at in here:
                if isinstance(at.thing, Object):
                    keys += [At(at.path, Text(e.key, e.start, e.end)) for e in at.thing.entries]
            return keys or [At(path, Typed(text))]
        return here

    def _named_type(self, path: str, text: str, scope: int, depth: int) -> list[At]:
        match = _TYPE_NAME.match(text)
        if match is None:
            return [At(path, Typed(text))]
        first, *rest = match[1].split(".")
        scene = self.scene(path)
        while scene is not None and scope >= 0:
            for binding in scene.bindings(scope, first):
                if binding.kind == "class":
                    return [At(path, Instance(first, scene.class_scopes.get(first, -1)))]
                if binding.choices:
                    return [At(path, choice) for choice in binding.choices]
                if binding.kind == "type" and binding.type is not None:
                    if binding.type.lstrip().startswith("{"):
                        return [At(path, Typed(binding.type))]
                    return self.typed(path, binding.type, binding.scope, depth + 1)
            imported = scene.imported(scope, first)
            if imported is not None:
                return self._imported_type(path, imported, rest, text, depth)
            scope = scene.parent(scope)
        client = client_of_type("", match[1], text)
        return [At(path, client if client is not None else Typed(text))]

    def _imported_type(self, path: str, imported: Import, rest: list[str], text: str, depth: int) -> list[At]:
        name = rest[-1] if imported.imported == "*" and rest else imported.imported
        target = self.modules.resolve(path, imported.module)
        if target is None:
            client = client_of_type(package_name(imported.module), name, text)
            return [At(path, client if client is not None else External(package_name(imported.module), (name,)))]
        for home, local in self._type_home(target, name, frozenset()):
            return self._named_type(home, local, 0, depth + 1)
        return [At(path, Typed(text))]

    def _type_home(self, path: str, name: str, seen: frozenset[tuple[str, str]]) -> list[tuple[str, str]]:
        scene = self.scene(path)
        if scene is None or (path, name) in seen or len(seen) > _DEPTH:
            return []
        seen = seen | {(path, name)}
        for export in scene.exports.get(name, ()):
            if export.module is None:
                return [(path, export.local)]
            target = self.modules.resolve(path, export.module)
            if target is not None:
                return self._type_home(target, export.local, seen)
        if not scene.exports and scene.bindings(0, name):
            return [(path, name)]
        for export in scene.exports.get("*", ()):
            target = self.modules.resolve(path, export.module) if export.module is not None else None
            found = self._type_home(target, name, seen) if target is not None else []
            if found:
                return found
        return []

    def _typed_member(self, path: str, thing: Bound, name: str) -> list[At]:
        if thing.type is None or thing.members:
            return []
        return self._member_of_type(path, thing.type, name)

    def _member_of_type(self, path: str, text: str, name: str) -> list[At]:
        scene = self.scene(path)
        scope = 0
        if not text.lstrip().startswith("{"):
            found: list[At] = []
            for at in self.typed(path, text, scope):
                if isinstance(at.thing, Typed) and at.thing.text != text:
                    found += self._member_of_type(at.path, at.thing.text, name)
                elif not isinstance(at.thing, (Typed, Text)):
                    found += self.member(at, name)
            return found
        match = re.search(rf"(?<![\w.'\"]){re.escape(name)}\??\s*:\s*([^;,\n}}]+)", text)
        if match is None or scene is None:
            return []
        return self.typed(path, match[1], scope)

    # Calls

    def states(self, path: str, chain: Chain, frame: Frame | None = None) -> list[tuple[At, ...]]:
        """Return what stands before each step of a chain, and after the last one."""
        here = self.evaluate(path, chain.root, frame)
        states = [here]
        for index, step in enumerate(chain.steps):
            following: list[At] = []
            for at in here:
                following += self.apply(at, step, path, frame, chain, index)
                if len(following) > 4 * _BREADTH:
                    break
            here = _distinct(following)
            if len(here) > _BREADTH:
                clients = tuple(one for one in here if isinstance(one.thing, (Client, Part, Builder)))
                here = clients or (At(path, Unknown("it may be one of too many things")),)
            states.append(here)
        return states

    def apply(
        self, at: At, step: Step, path: str, frame: Frame | None, chain: Chain | None = None, index: int = 0
    ) -> list[At]:
        """Return what a step makes of a thing. `path` and `frame` are where the step's arguments are read."""
        thing = at.thing
        if isinstance(thing, Builder):
            return [at] if step.call_end else [At(at.path, Rows())]
        if isinstance(thing, (Client, Part)) and step.call_end and step.name not in ("()", "new"):
            made = client_step(thing, step, chain, index, self.reading(path, frame))
            return [At(path, made, frame)]
        if step.name in _MAPPED and step.arguments and step.call_end:
            mapped = self._mapped(step, path, frame)
            if mapped:
                return mapped
        if step.name in _LISTS and isinstance(thing, (Array, Object)):
            return [at]
        if step.name not in ("()", "new"):
            found = self.member(at, step.name)
            if not step.call_end:
                return found
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
            return [At(at.path, Unknown(reason, (*names, "()")[-_LONGEST:]))]
        return [At(at.path, Unknown("a call that can't be followed", ("()",)))]

    def _mapped(self, step: Step, path: str, frame: Frame | None) -> list[At]:
        """The rows that a mapping makes. A list stands here for each of its items: a payload of either is the same."""
        rows: list[At] = []
        for at in self.evaluate(path, step.arguments[0], frame):
            if isinstance(at.thing, Function):
                for returned in at.thing.returns:
                    rows += self.evaluate(at.path, returned, at.frame)
        return rows

    def frame(self, at: At, function: Function, step: Step, path: str, frame: Frame | None) -> Frame:
        """Return the frame of a call of `function` by `step`."""
        named = tuple((entry.key, entry.value) for entry in step.named)
        depth = (frame.depth if frame is not None else 0) + 1
        return Frame(at.path, function, step.arguments, named, path, frame, depth)

    def _call(self, at: At, function: Function, step: Step, path: str, frame: Frame | None) -> list[At]:
        if frame is not None and frame.depth >= _CALLS:
            return [At(at.path, Unknown("it lies too many calls away"))]
        inner = self.frame(at, function, step, path, frame)
        results: list[At] = []
        for returned in function.returns:
            results += self.evaluate(at.path, returned, inner)
        known = [one for one in results if not isinstance(one.thing, (Unknown, Opaque, Plain, Free, Bound))]
        if not known and function.return_type is not None:
            typed = self.typed(at.path, function.return_type, function.scope)
            known = [one for one in typed if not isinstance(one.thing, Unknown)]
        return known or results or [At(at.path, Unknown(f"`{function.name}` returns nothing that can be followed"))]

    def _construct(self, at: At, thing: Class, step: Step, path: str, frame: Frame | None) -> list[At]:
        made = self.constructor(at)
        inner = self.frame(At(made[0], made[1]), made[1], step, path, frame) if made is not None else None
        instance = At(at.path, Instance(thing.name, thing.scope), inner or frame)
        for base in self._parents(instance):
            if isinstance(base.thing, External):
                client = client_of_call(base.thing.module, base.thing.names, step, self.reading(path, frame))
                if client is not None:
                    return [At(at.path, client)]
        return [instance]

    def constructor(self, at: At, depth: int = 0) -> tuple[str, Function] | None:
        """Return the constructor of a class, its own or an inherited one, with its file."""
        thing = at.thing
        scene = self.scene(at.path)
        if scene is None or not isinstance(thing, (Class, Instance)) or depth > _CALLS:
            return None
        for label in ("constructor", "__init__", "init"):
            for binding in scene.bindings(thing.scope, label) if thing.scope >= 0 else ():
                if isinstance(binding.value, Function):
                    return at.path, binding.value
        for base in self._parents(At(at.path, Instance(thing.name, thing.scope), None)):
            made = self.constructor(base, depth + 1)
            if made is not None:
                return made
        return None

    def _outside(self, at: At, step: Step, path: str, frame: Frame | None) -> list[At]:
        thing = at.thing
        assert isinstance(thing, (External, Free))
        module = thing.module if isinstance(thing, External) else ""
        client = client_of_call(module, thing.names, step, self.reading(path, frame))
        if client is not None:
            return [At(at.path, client)]
        last = thing.names[-1] if thing.names else ""
        if step.arguments and last in (_SAME | _FUNCTION | _CALLED):
            given = list(self.evaluate(path, step.arguments[0], frame))
            if last in _CALLED:
                call = Step("()", step.start, step.end, call_end=step.call_end)
                given = [
                    found
                    for one in given
                    for found in (self.apply(one, call, path, frame) if isinstance(one.thing, Function) else [one])
                ]
            return given
        names = (*thing.names, "()")
        if len(names) > _LONGEST:
            return [At(at.path, Unknown("it lies too many calls away", names[-_LONGEST:]))]
        return [At(at.path, External(module, names) if isinstance(thing, External) else Free(names))]

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

    def assigned(self, path: str, ref: Ref) -> list[tuple[str, Value, Place]]:
        """Return what is assigned to the members of a variable: (key, value, place); "[]" for what is pushed onto it."""
        scene = self.scene(path)
        scope = scene.scope_at(ref.start) if scene is not None else -1
        while scene is not None and scope >= 0:
            if scene.bindings(scope, ref.path[0]) or scene.imported(scope, ref.path[0]):
                return [
                    (binding.path[0], binding.value, Place(path, binding.start, binding.end))
                    for binding in scene.bindings(scope, f"{ref.path[0]}.*")
                    if binding.value is not None
                ]
            scope = scene.parent(scope)
        return []

    def reading(self, path: str, frame: Frame | None) -> Reading:
        """Return how the arguments of a call are read, in a file and under a frame."""

        def option(value: Value, names: tuple[str, ...]) -> str | None:
            if not isinstance(value, (Object, Ref, Choice, Chain)):
                return None
            found = self._members(list(self.evaluate(path, value, frame)), names)
            texts = {at.thing.value for at in found if isinstance(at.thing, Text)}
            return next(iter(texts)) if len(texts) == 1 else None

        return Reading(
            lambda value: self.text(path, value, frame), lambda value: self._words(path, value, frame, 0), option
        )

    def _words(self, path: str, value: Value, frame: Frame | None, depth: int) -> str:
        """The names and strings that a value is made from: `process.env.KEY`, `getenv("KEY")`, through variables."""
        if depth > 4:
            return ""
        parts: list[str] = []
        if isinstance(value, Text):
            parts.append(value.value)
        elif isinstance(value, Ref):
            parts.extend(value.path)
            for at in self.evaluate(path, value, frame):
                if isinstance(at.thing, (External, Free)):
                    parts.extend(at.thing.names)
                elif isinstance(at.thing, Text):
                    parts.append(at.thing.value)
            parts.extend(self._origin_words(path, value, frame, depth))
        elif isinstance(value, Choice):
            parts.extend(self._words(path, option, frame, depth + 1) for option in value.options)
        elif isinstance(value, Chain):
            parts.append(self._words(path, value.root, frame, depth + 1))
            for step in value.steps:
                parts.append(step.name)
                parts.extend(self._words(path, argument, frame, depth + 1) for argument in step.arguments)
        return " ".join(parts)

    def _origin_words(self, path: str, ref: Ref, frame: Frame | None, depth: int) -> Iterable[str]:
        scene = self.scene(path)
        scope = scene.scope_at(ref.start) if scene is not None else -1
        while scene is not None and scope >= 0:
            for binding in scene.bindings(scope, ref.path[0]):
                if isinstance(binding.value, (Ref, Chain, Choice)) and binding.value is not ref:
                    yield self._words(path, binding.value, frame, depth + 1)
            scope = scene.parent(scope)


def _distinct(things: Iterable[At]) -> tuple[At, ...]:
    seen: set[tuple[str, object, int]] = set()
    kept: list[At] = []
    for at in things:
        thing = at.thing
        plain = isinstance(thing, (External, Free, Client, Part, Rows, Class, Typed, Unknown, Namespace))
        key = (at.path, thing if plain else id(thing), id(at.frame) if not plain else 0)
        if key not in seen:
            seen.add(key)
            kept.append(at)
    return tuple(kept)


def _limited(parts: list[list[str]]) -> Iterable[tuple[str, ...]]:
    size = 1
    for part in parts:
        size *= len(part)
    return product(*parts) if 0 < size <= _BREADTH else ()


def _parameter_index(function: Function, binding: Binding) -> int:
    for index, parameter in enumerate(function.parameters):
        if binding.path:
            if binding.path[0] in parameter.properties:
                return index
        elif parameter.name == binding.name:
            return index
    return -1


def _is_object_type(text: str) -> bool:
    return text.lstrip().startswith("{")


def _split_union(text: str) -> list[str]:
    """Split a type at the `|` and `&` that stand outside of brackets and quotes."""
    parts, depth, start, quote = [], 0, 0, ""
    for index, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"`":
            quote = char
        elif char in "<([{":
            depth += 1
        elif char in ">)]}" and not (char == ">" and index and text[index - 1] == "="):
            depth -= 1
        elif char in "|&" and depth <= 0:
            parts.append(text[start:index].strip())
            start = index + 1
    parts.append(text[start:].strip())
    return [part for part in parts if part]
