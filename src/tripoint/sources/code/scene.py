"""What following a name can end in, and the names of one file looked up by scope."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from tripoint.sources.code.facts import (
    Binding,
    Chain,
    CodeFacts,
    Compared,
    Export,
    Function,
    Import,
    Plain,
    Ref,
    Step,
    Template,
    Text,
    Value,
)
from tripoint.sources.code.guards import is_of
from tripoint.sources.code.walk import every_chain

__all__ = [
    "BREADTH",
    "LONGEST",
    "NO_KEY",
    "At",
    "Bound",
    "Builder",
    "Class",
    "Client",
    "External",
    "FileScene",
    "Frame",
    "Free",
    "FromCaller",
    "Instance",
    "Joined",
    "Namespace",
    "Part",
    "Placed",
    "Rows",
    "Thing",
    "Typed",
    "Unknown",
    "distinct",
    "from_caller",
]

BREADTH = 24
"""How many things one expression may stand for before it counts as unknown."""
LONGEST = 8
"""How many members and calls of something unknown are remembered."""
NO_KEY = "the object has no key"
"""Why a member of an object is not known that is seen whole."""


class Frame(Struct, frozen=True, eq=False):
    """One call under way: the function's parameters stand for these arguments, which are read in the caller's file."""

    function_path: str
    function: Function
    arguments: tuple[Value, ...]
    named: tuple[tuple[str, Value], ...]
    path: str
    parent: Frame | None
    depth: int


class External(Struct, frozen=True):
    """A name of a package, and the members and calls (`()`) that were made on it."""

    module: str
    names: tuple[str, ...]


class Free(Struct, frozen=True):
    """A name that nothing in the project binds: a global, or what a framework brings in; with members and calls."""

    names: tuple[str, ...]


class Bound(Struct, frozen=True):
    """A parameter whose argument is not known here. `members` were taken from it."""

    function: Function
    index: int
    name: str
    choices: tuple[Text, ...] = ()
    type: str | None = None
    members: tuple[str, ...] = ()


class Class(Struct, frozen=True):
    """A class itself, by its name and its scope (-1 where its body was not read)."""

    name: str
    scope: int


class Instance(Struct, frozen=True):
    """An object of a class."""

    name: str
    scope: int


class Namespace(Struct, frozen=True):
    """A module as a value. Its file is the `At`'s."""


class FromCaller(Struct, frozen=True):
    """What a function's parameter is handed, and the members taken from it: by its file, its scope and its name."""

    path: str
    scope: int
    name: str
    members: tuple[str, ...] = ()


class Typed(Struct, frozen=True):
    """A value of which only the type's text is known, and the members taken from it."""

    text: str
    names: tuple[str, ...] = ()
    handed: FromCaller | None = None
    """The parameter whose type it is."""


class Unknown(Struct, frozen=True):
    """Something that can't be followed: why, and what it is called."""

    reason: str
    names: tuple[str, ...] = ()


class Joined(Text, frozen=True, gc=False):
    """A string that a template makes when each of its parts stands for one of `words`."""

    template: Template | None = None
    words: tuple[str, ...] = ()


class Client(Struct, frozen=True):
    """A client of the database's API. Its schema is None for the default, `ANY_SCHEMA` for one that can't be told."""

    client: str
    schema: str | None = None
    role: str | None = None
    role_reason: str | None = None
    server: tuple[str, ...] = ()
    """What its address is named by where that sets it apart: `LEGACY_SUPABASE_URL`, or a project's own host."""
    made: bool = False
    """Whether the call that makes it was seen: what makes it says its schema."""
    handed: FromCaller | None = None
    """The parameter of whose type no more is known of it: its callers know its key."""


class Part(Struct, frozen=True):
    """A part of a client that is no table: its storage, its functions, its authentication, a realtime channel."""

    kind: str
    owner: Client | None = None


class Builder(Struct, frozen=True, eq=False):
    """A query that is being built: the chain and the step that began it."""

    chain: Chain
    step: int


class Rows(Struct, frozen=True):
    """What a query answered."""


Thing: TypeAlias = (
    Value | External | Free | Bound | Class | Instance | Namespace | Typed | Unknown | Client | Part | Builder | Rows
)


class At(Struct, frozen=True, eq=False):
    """A thing, the file that it stands in, and the calls under way."""

    path: str
    thing: Thing
    frame: Frame | None = None


def from_caller(at: At, handed: FromCaller) -> At:
    """Return what a type tells of what a parameter is handed, with that parameter where its callers may tell more."""
    thing = at.thing
    if isinstance(thing, Typed) or (isinstance(thing, Client) and thing.role is None):
        return At(at.path, replace(thing, handed=handed), at.frame)
    return at


class Placed(Struct, gc=False):
    """Where the bindings of one variable take effect. Lists of pairs (offset, index of the binding) are in order."""

    function: int
    """The scope of the function that the variable is of."""
    effects: list[tuple[int, int]]
    """Of all bindings within that function."""
    sure: dict[int, list[tuple[int, int]]]
    """By scope: of those that a way through the scope can't go around, and that do not go on with what was held."""
    loops: dict[int, list[tuple[int, int]]]
    """By the scope of a loop: of those inside it."""
    elsewhere: list[int]
    """Those within other functions."""
    fresh: list[int]
    """Those that do not go on with what was held."""
    straight: bool = False
    """Whether all take effect in the order in which they stand, and in that function."""


class Lent(Struct, frozen=True, eq=False, gc=False):
    """A call that is handed a variable, as its argument of that number or name."""

    start: int
    """Where the variable stands."""
    chain: Chain
    index: int
    key: int | str

    @property
    def step(self) -> Step:
        """The call itself."""
        return self.chain.steps[self.index]

    def behind(self) -> tuple[Value, ...]:
        """Return the arguments behind it."""
        return self.step.arguments[self.key + 1 :] if isinstance(self.key, int) else ()


class FileScene(Struct):
    """The facts of one file, indexed."""

    path: str
    facts: CodeFacts
    _starts: list[int] = field(default_factory=list)
    _bindings: dict[tuple[int, str], list[Binding]] = field(default_factory=dict)
    _imports: dict[tuple[int, str], Import] = field(default_factory=dict)
    _functions: dict[int, Function] = field(default_factory=dict)
    exports: dict[str, list[Export]] = field(default_factory=dict)
    class_scopes: dict[str, int] = field(default_factory=dict)
    _inner_classes: dict[tuple[int, str], int] = field(default_factory=dict)
    open_imports: list[Import] = field(default_factory=list)
    """Imports that bring in every name of a module."""
    _chains: tuple[Chain, ...] | None = None
    _rooted: dict[str, dict[str, list[tuple[Ref, Chain]]]] | None = None
    _holders: dict[tuple[int, int], Binding] | None = None
    _lent: dict[str, list[Lent]] | None = None
    _items: dict[str, list[Binding]] | None = None
    _typed: set[tuple[int, str]] = field(default_factory=set)
    """What is bound to a type, perhaps beside others."""
    placed: dict[tuple[int, str, int], Placed | None] = field(default_factory=dict)
    """By a variable's scope, name and how many bindings are asked for; None where the order says nothing."""

    def __post_init__(self) -> None:
        facts = self.facts
        self._starts = [scope.start for scope in facts.scopes]
        for binding in facts.bindings:
            key = binding.scope, binding.name
            self._bindings.setdefault(key, []).append(binding)
            if binding.kind == "type":
                self._typed.add(key)
        for imported in facts.imports:
            if imported.local == "*":
                self.open_imports.append(imported)
            else:
                self._imports.setdefault((imported.scope, imported.local), imported)
        for function in facts.functions:
            self._functions[function.scope] = function
        for export in facts.exports:
            self.exports.setdefault(export.name, []).append(export)
        for index, scope in enumerate(facts.scopes):
            if scope.kind == "class" and scope.name is not None:
                self.class_scopes.setdefault(scope.name, index)
                self._inner_classes.setdefault((scope.parent, scope.name), index)

    def class_scope(self, name: str, within: int) -> int:
        """Return the scope of the class that a scope binds under a name: several may each have an inner one of it."""
        return self._inner_classes.get((within, name), self.class_scopes.get(name, -1))

    @property
    def chains(self) -> tuple[Chain, ...]:
        """Every chain of the file, outer ones first."""
        if self._chains is None:
            self._chains = tuple(every_chain(self.facts))
        return self._chains

    def rooted(self, name: str, wanted: Callable[[str], bool]) -> list[tuple[Ref, Chain]]:
        """Return the chains that are made on a name or on a member of it, and whose first step is wanted, in order."""
        if self._rooted is None:
            self._rooted = {}
            for chain in self.chains:
                if isinstance(chain.root, Ref):
                    made = self._rooted.setdefault(chain.root.path[0], {})
                    made.setdefault(chain.steps[0].name, []).append((chain.root, chain))
        found = [one for step, made in self._rooted.get(name, {}).items() if wanted(step) for one in made]
        return sorted(found, key=lambda one: one[1].start)

    def lent(self, name: str) -> list[Lent]:
        """Return the calls that are handed the variable of a name as it stands, in order."""
        if self._lent is None:
            self._lent = {}
            for chain in self.chains:
                for index, step in enumerate(chain.steps):
                    given: list[tuple[int | str, Value]] = [
                        *enumerate(step.arguments),
                        *((entry.key, entry.value) for entry in step.named),
                    ]
                    for key, value in given:
                        if isinstance(value, Ref) and len(value.path) == 1:
                            self._lent.setdefault(value.path[0], []).append(Lent(value.start, chain, index, key))
            for calls in self._lent.values():
                calls.sort(key=lambda lent: lent.start)
        return self._lent.get(name, [])

    def items(self, name: str) -> list[Binding]:
        """Return the variables of loops and callbacks that go over the list which the variable of a name holds, and
        those that hold the same as it does."""
        if self._items is None:
            self._items = {}
            for binding in self.facts.bindings:
                over = binding.over if binding.over is not None else binding.value
                goes = ((),) if binding.over is not None else ((), ("*",))
                if isinstance(over, Ref) and over.path[1:] in goes and not binding.path:
                    self._items.setdefault(over.path[0], []).append(binding)
        return self._items.get(name, [])

    def holder(self, chain: Chain) -> Binding | None:
        """Return the first variable that is given what a chain gives."""
        if self._holders is None:
            self._holders = {}
            for binding in self.facts.bindings:
                if isinstance(binding.value, Chain):
                    self._holders.setdefault((binding.value.start, binding.value.end), binding)
        return self._holders.get((chain.start, chain.end))

    def scope_at(self, offset: int) -> int:
        """Return the innermost scope around an offset."""
        scopes = self.facts.scopes
        if not scopes:
            return 0
        index = bisect_right(self._starts, offset) - 1
        while index > 0 and scopes[index].end <= offset:
            index = scopes[index].parent
        return max(index, 0)

    def parent(self, scope: int) -> int:
        """Return the scope around a scope, -1 around the file's own."""
        return self.facts.scopes[scope].parent if 0 <= scope < len(self.facts.scopes) else -1

    def enclosing(self, scope: int, kind: str) -> int:
        """Return the innermost scope of a kind at or around a scope, or -1."""
        while scope >= 0 and (scope >= len(self.facts.scopes) or self.facts.scopes[scope].kind != kind):
            scope = self.parent(scope)
        return scope

    def around(self, scope: int) -> list[int]:
        """Return a scope and those around it, innermost first."""
        found: list[int] = []
        while scope >= 0:
            found.append(scope)
            scope = self.parent(scope)
        return found

    def function_of(self, scope: int) -> int:
        """Return the innermost scope at or around a scope that is no block."""
        while scope > 0 and self.facts.scopes[scope].kind == "block":
            scope = self.parent(scope)
        return scope

    def symbol(self, offset: int) -> str | None:
        """Return the name of the named functions and classes around an offset, joined by dots."""
        names: list[str] = []
        scope = self.scope_at(offset)
        while scope > 0:
            name = self.facts.scopes[scope].name
            if name is not None:
                names.append(name)
            scope = self.parent(scope)
        return ".".join(reversed(names)) or None

    def function_range(self, offset: int) -> tuple[int, int]:
        """Return where the outermost function around an offset begins and ends; nothing outside of functions."""
        found = (0, 0)
        scope = self.scope_at(offset)
        while scope > 0:
            around = self.facts.scopes[scope]
            if around.kind == "function":
                found = around.start, around.end
            scope = self.parent(scope)
        return found

    def guard(self, offset: int, kind: str) -> str | None:
        """Return in words what shows that a query of a kind may fail: which error of a missing name the functions
        around it handle, or what the `try` around it does."""
        scope = self.scope_at(offset)
        while scope > 0:
            for guard in self.facts.scopes[scope].guards:
                if is_of(guard, kind):
                    return f"the function around it {guard}"
            scope = self.parent(scope)
        return next((tried.how for tried in self.facts.tried if tried.start <= offset < tried.end), None)

    def asks(self, offset: int) -> tuple[str, ...]:
        """Return the columns and tables of which the functions around an offset ask whether they are there."""
        found: tuple[str, ...] = ()
        scope = self.scope_at(offset)
        while scope > 0:
            found += self.facts.scopes[scope].asks
            scope = self.parent(scope)
        return found

    def bindings(self, scope: int, name: str) -> list[Binding]:
        """Return what a name is bound to in one scope."""
        return self._bindings.get((scope, name), [])

    def given(self, scope: int, name: str) -> list[Binding]:
        """Return what a name is bound to in one scope, its types aside."""
        found = self._bindings.get((scope, name), [])
        return [one for one in found if one.kind != "type"] if (scope, name) in self._typed else found

    def held(self, ref: Ref) -> list[Binding]:
        """Return what the variable that a name stands for is bound to, in the innermost scope that binds it."""
        scope = self.scope_at(ref.start)
        while scope >= 0 and not self.bindings(scope, ref.path[0]):
            scope = self.parent(scope)
        return self.bindings(scope, ref.path[0])

    def compared(self, ref: Ref) -> list[Compared]:
        """Return what conditions that lead to where a name stands say of it."""
        return [one for one in self._compared(ref) if one.name == ref.path[0]] if len(ref.path) == 1 else []

    def compared_members(self, ref: Ref) -> list[Compared]:
        """Return what conditions that lead to where a name stands say of the members of what its first part names;
        nothing where they are given values after it was made."""
        said = [one for one in self._compared(ref) if one.name.startswith(f"{ref.path[0]}.")]
        scopes = self.around(self.scope_at(ref.start)) if said else ()
        return [] if any(self.bindings(scope, f"{ref.path[0]}.*") for scope in scopes) else said

    def _compared(self, ref: Ref) -> list[Compared]:
        said = [
            one
            for scope in self.around(self.scope_at(ref.start))
            for one in self.facts.scopes[scope].compared
            if one.since <= ref.start and (one.until is None or ref.start < one.until)
        ]
        return said if said and len(self.held(ref)) == 1 else []

    def imported(self, scope: int, name: str) -> Import | None:
        """Return the import of a name in one scope."""
        return self._imports.get((scope, name))

    def function(self, scope: int) -> Function | None:
        """Return the function whose own scope this is."""
        return self._functions.get(scope)


def distinct(things: Iterable[At]) -> tuple[At, ...]:
    """Return the things without those that are the same."""
    things = tuple(things)
    if len(things) < 2:
        return things
    seen: set[tuple[str, object, int]] = set()
    kept: list[At] = []
    for at in things:
        thing = at.thing
        if isinstance(thing, (External, Free, Client, Part, Rows, Class, Typed, Unknown, Namespace)):
            key: tuple[str, object, int] = (at.path, thing, 0)
        else:  # a literal reads nothing of the calls under way
            key = (at.path, id(thing), 0 if isinstance(thing, (Text, Plain)) else id(at.frame))
        if key not in seen:
            seen.add(key)
            kept.append(at)
    return tuple(kept)
