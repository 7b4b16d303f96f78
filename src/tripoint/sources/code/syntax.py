"""What the readers of Python, Dart, Swift, Kotlin and Go share: a walk over a tree-sitter tree that collects facts.

A language is a subclass of `SyntaxReader` that says two things: what a node binds or opens (`enter`), and what value an
expression has (`evaluate`). The walk itself keeps no recursion, so the depth of a file costs nothing but memory; values
nest to a bounded depth and are opaque below it.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from functools import cache
from operator import itemgetter
from typing import ClassVar, Literal

from msgspec.structs import replace
from tree_sitter import Language, Node, Query, QueryCursor

from tripoint.model.regex import regex
from tripoint.sources.code.composed import asked_of, given_to
from tripoint.sources.code.contexts import Context, textual_calls, unread_calls
from tripoint.sources.code.escapes import unescape
from tripoint.sources.code.facts import (
    Binding,
    Chain,
    CodeFacts,
    Entry,
    Export,
    Function,
    Import,
    Opaque,
    Ref,
    Scope,
    Step,
    Template,
    Text,
    Value,
    Words,
)
from tripoint.sources.code.grammar import parse, within
from tripoint.sources.code.prefilter import SQL_START
from tripoint.sources.code.tried import tries

__all__ = ["SyntaxReader"]

_WORD = regex(rb"[A-Za-z_][A-Za-z0-9_]*")
_MAX_DEPTH = 60
_OUTER_FIRST = itemgetter(0, 1, 2)
BindingKind = Literal["constant", "variable", "parameter", "property", "function", "class", "type"]
ScopeKind = Literal["file", "function", "class", "block"]


class SyntaxReader:
    """Collects the facts of one file. One instance reads one file."""

    language: ClassVar[str]
    grammar: ClassVar[Language]
    ending: ClassVar[bytes] = b""
    """What is put behind the text for the grammar's sake."""
    comment_types: ClassVar[frozenset[str]] = frozenset({"comment"})
    string_types: ClassVar[frozenset[str]] = frozenset({"string"})
    joining_types: ClassVar[frozenset[str]] = frozenset()
    """Nodes that join strings: concatenations."""
    code_in_string_types: ClassVar[frozenset[str]] = frozenset({"interpolation"})
    """Nodes within a string that hold code again."""
    chain_types: ClassVar[frozenset[str]] = frozenset()
    """Nodes whose value may be a chain or a path."""
    wrapper_types: ClassVar[frozenset[str]] = frozenset()
    """Nodes around a chain that leave its value as it is, such as parentheses."""
    mark_types: ClassVar[frozenset[str]] = frozenset()
    """Nodes of a wrapper that are no expression: `!` behind one."""
    await_types: ClassVar[frozenset[str]] = frozenset()
    function_types: ClassVar[frozenset[str]] = frozenset()
    """Nodes beyond which a `return` is another function's."""
    return_types: ClassVar[frozenset[str]] = frozenset()
    """Nodes that give a function's value."""
    appending: ClassVar[frozenset[str]] = frozenset({"append"})
    """Methods that append their argument to a list."""
    merging: ClassVar[frozenset[str]] = frozenset()
    """Methods that give a map the keys of another one."""
    setting: ClassVar[frozenset[str]] = frozenset()
    """Methods that give a map a key, which they are handed first, or as Swift's `forKey`."""
    try_type: ClassVar[str | None] = None
    """A statement with handlers of the errors that calls throw, in a language whose clients throw them."""
    scope_types: ClassVar[dict[str, ScopeKind]] = {}
    loop_types: ClassVar[frozenset[str]] = frozenset()
    """The blocks among them that may run again."""
    arm_types: ClassVar[frozenset[str]] = frozenset()
    """Statements whose arms are blocks also where they are written without braces."""
    body_types: ClassVar[frozenset[str]] = frozenset()
    """Nodes whose block runs with them, once and as a whole, and is no scope of its own."""
    blocks_bind: ClassVar[bool] = True
    """Whether a name that is declared in a block ends with it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.chains: list[Chain] = []
        self.scopes: list[Scope] = []
        self.bindings: list[Binding] = []
        self.functions: list[Function] = []
        self.imports: list[Import] = []
        self.exports: list[Export] = []
        self.strings: list[Text | Template] = []
        self._extending: dict[int, str] = {}
        """By the scope of what extends a client, how that one is called there."""
        self._values: dict[int, Value] = {}
        self._scope_of: dict[int, int] = {}
        self._tries: list[Node] = []
        self._blocks: set[int] = set()
        self._starts: list[int] = []
        self._taken: set[int] = set()
        self._sql_end = 0
        self._bound: set[tuple[int, str]] = set()
        self._texts: set[tuple[int, str]] = set()
        """The variables that are given strings."""
        self._contexts: dict[str, Context] = {
            **dict.fromkeys(self.comment_types, "comment"),
            **dict.fromkeys(self.string_types, "string"),
            **dict.fromkeys(self.code_in_string_types, "code"),
        }
        self._nested = 0
        self._depth = 0

    # What a language says.

    def enter(self, node: Node, scope: int) -> int:
        """Collect what `node` declares and return the scope of what stands in it."""
        raise NotImplementedError

    def evaluate(self, node: Node, scope: int) -> Value:
        """Return the value of the expression `node`; `Opaque` where it is not followed."""
        raise NotImplementedError

    def begins_chain(self, node: Node) -> bool:
        """Whether the value of `node` may be a chain or a path."""
        return node.type in self.chain_types

    def for_grammar(self, data: bytes) -> bytes:
        """Return the text as the grammar reads it, byte for byte as long."""
        return data

    # What all share.

    def read(self) -> CodeFacts:
        """Return all facts of the file; raise Unending where it can't be read in time."""
        root = parse(self.grammar, self.for_grammar(self.data) + self.ending)
        self._open_scopes(root)
        self.prepare(root)
        comments: list[tuple[int, int]] = []
        stack: list[tuple[Node, int]] = [(root, 0)]
        errors: list[Node] = []
        texts = self.string_types | self.joining_types
        while stack:
            node, scope = stack.pop()
            kind = node.type
            if kind in self.comment_types:
                comments.append((node.start_byte, node.end_byte))
                continue
            if kind == "ERROR" or node.is_missing:
                errors.append(node)
            if node.id not in self._taken and self.begins_chain(node):
                value = self.value(node, scope)
                if isinstance(value, Chain):
                    self.chains.append(value)
            if self.blocks_bind and node.id in self._blocks:
                scope = self._scope_of[node.id]
            inner = self.enter(node, scope)
            if kind in texts:
                self._note_sql(node, scope)
            if node.named_child_count:  # most nodes are leaves, and a list of none costs as much as one of some
                stack.extend([(child, inner) for child in reversed(node.named_children)])
        self._appended()
        self.finish()
        return CodeFacts(
            language=self.language,
            chains=tuple(sorted(self.chains, key=lambda c: (c.start, -c.end))),
            scopes=tuple(self.scopes),
            bindings=tuple(sorted(self.bindings, key=lambda b: (b.start, b.end))),
            functions=tuple(sorted(self.functions, key=lambda f: f.scope)),
            imports=tuple(self.imports),
            exports=tuple(self.exports),
            textual=textual_calls(self.data, root, self.grammar, self._contexts),
            tried=tuple(sorted(tries(self._tries, self.data), key=lambda tried: (tried.start, -tried.end))),
            strings=tuple(self.strings),
            words=Words.of(_words(_without(self.data, comments))),
            problems=unread_calls(self.data, self.language, errors),
        )

    def prepare(self, root: Node) -> None:
        """Collect what must be known before the file is walked."""

    def finish(self) -> None:
        """Collect what can only be told when the whole file was walked: what it exports, here all that it declares."""
        names = {binding.name for binding in self.bindings if binding.scope == 0}
        self.exports.extend(Export(name, name) for name in sorted(names))

    def text(self, node: Node | None) -> str:
        """Return the source text of `node`; bytes that are no UTF-8 become U+FFFD."""
        return "" if node is None else self.slice(node.start_byte, node.end_byte)

    def slice(self, start: int, end: int) -> str:
        """Return the source text between two offsets."""
        return self.data[start:end].decode("utf-8", "replace")

    def value(self, node: Node | None, scope: int) -> Value:
        """Return the value of an expression, once computed; too deep a nesting is opaque."""
        if node is None:
            return Opaque(0, 0)
        known = self._values.get(node.id)
        if known is not None:
            return known
        if self._nested and (node.type in self.string_types or node.type in self.joining_types):
            self._taken.add(node.id)
        if self._depth >= _MAX_DEPTH:
            return Opaque(node.start_byte, node.end_byte)
        self._depth += 1
        try:
            value = self.evaluate(node, scope)
        finally:
            self._depth -= 1
        self._values[node.id] = value
        if isinstance(value, Function):
            self.functions.append(value)
        return value

    def nested(self, node: Node | None, scope: int) -> Value:
        """Return the value of an argument: its chains stand within the outer chain and are not listed again."""
        self._nested += 1
        try:
            value = self.value(node, scope)
        finally:
            self._nested -= 1
        return value

    def returning(self, node: Node) -> list[Node]:
        """Return the nodes below one that give its function's value, those of functions within it left out."""
        return [inner for inner in within(node, self.function_types) if inner.type in self.return_types]

    def outside(self, node: Node, scope: int) -> Value:
        """Return a value that stands in a function's body, whatever the function is an argument of."""
        kept, self._nested = self._nested, 0
        try:
            return self.value(node, scope)
        finally:
            self._nested = kept

    def take(self, node: Node, outermost: bool) -> None:
        """Mark a node of a chain as listed with it."""
        if self._nested or not outermost:
            self._taken.add(node.id)

    def opened(self, node: Node, scope: int) -> int:
        """Return the scope that `node` opens, or the one around it."""
        return self._scope_of.get(node.id, scope)

    def scope_name(self, node: Node) -> str | None:
        """Return the name of the function or class that opens a scope."""
        name = node.child_by_field_name("name")
        return None if name is None else self.text(name)

    def _open_scopes(self, root: Node) -> None:
        """Number the scopes of the file in the order of their text, so that a place finds its scope by bisection."""
        self.scopes.append(Scope(-1, "file", None, 0, len(self.data)))
        # The query goes through the whole tree: once, for all that is looked for.
        others = self.body_types if self.try_type is None else self.body_types | {self.try_type}
        query = _query(self.grammar, (*self.scope_types, *sorted(others - self.scope_types.keys())))
        found: list[tuple[int, int, int, Node]] = []
        captured = QueryCursor(query).captures(root).get("found", [])
        self._tries = [node for node in captured if node.type == self.try_type]
        # A node finds its parent from the root down, which takes as long as the nesting is deep.
        own = {child.id for node in captured if node.type in self.body_types for child in node.children}
        for node in captured:
            if node.type not in self.scope_types or (node.type == "block" and node.id in own):
                continue
            if node.type in self.arm_types:
                found.extend((a.start_byte, -a.end_byte, -a.descendant_count, a) for a in self._arms(node))
                continue
            extent = self.scope_extent(node)
            if extent is not None:
                found.append((extent[0], -extent[1], -node.descendant_count, node))
        stack = [0]
        # A block that holds a loop alone begins and ends with it, and the query gives them in any order.
        for start, before, _, node in sorted(found, key=_OUTER_FIRST):
            end = min(-before, len(self.data))  # a NUL byte at the end counts as one more of some grammar
            while len(stack) > 1 and self.scopes[stack[-1]].end <= start:
                stack.pop()
            self._scope_of[node.id] = len(self.scopes)
            kind = self.scope_types.get(node.type, "block")
            if kind == "block":
                self._blocks.add(node.id)
                self.scopes.append(Scope(stack[-1], kind, None, start, end, loops=node.type in self.loop_types))
            else:
                self.scopes.append(Scope(stack[-1], kind, self.scope_name(node), start, end))
            stack.append(len(self.scopes) - 1)
        self._starts = [scope.start for scope in self.scopes]

    def _arms(self, node: Node) -> list[Node]:
        """Return the arms of a conditional that are no blocks by themselves."""
        arms = [a for f in ("consequence", "alternative") if (a := node.child_by_field_name(f)) is not None]
        condition = node.child_by_field_name("condition")
        among = arms or [c for c in node.named_children if c != condition and c.type not in self.comment_types]
        return [arm for arm in among if arm.type not in self.scope_types]

    def scope_at(self, offset: int) -> int:
        """Return the innermost scope around an offset."""
        index = bisect.bisect_right(self._starts, offset) - 1
        while index > 0 and self.scopes[index].end <= offset:
            index = self.scopes[index].parent
        return max(index, 0)

    def scope_extent(self, node: Node) -> tuple[int, int] | None:
        """Return where the scope that `node` opens begins and ends; None where it opens none after all."""
        return node.start_byte, node.end_byte

    def class_scope(self, scope: int) -> int | None:
        """Return the innermost class scope around `scope`."""
        while scope >= 0:
            if self.scopes[scope].kind == "class":
                return scope
            scope = self.scopes[scope].parent
        return None

    def spine(self, node: Node) -> tuple[Node, bool]:
        """Strip what leaves a chain's value as it is; the second value says whether one of it was an await."""
        awaited = False
        while node.type in self.wrapper_types or node.type in self.await_types:
            aside = self.comment_types | self.mark_types
            children = [c for c in node.named_children if c.type not in aside]
            if not children:
                break
            self.take(node, False)
            awaited = awaited or node.type in self.await_types
            node = children[-1]
        return node, awaited

    def parent(self, node: Node) -> Node | None:
        """Return the node around `node`, which is looked for from the root down: in deep nesting it is far."""
        return node.parent

    def is_awaited(self, node: Node) -> bool:
        """Whether an await stands around `node`, parentheses aside."""
        if not self.await_types:
            return False
        parent = self.parent(node)
        while parent is not None and parent.type in self.wrapper_types:
            parent = self.parent(parent)
        return parent is not None and parent.type in self.await_types

    def path(self, node: Node, scope: int) -> Value:
        """Return the chain or path that ends in `node`, for grammars in which the last link is the outermost node."""
        steps: list[Step] = []
        current, awaited, outermost = node, False, True
        while True:
            current, was_awaited = self.spine(current)
            awaited = awaited or was_awaited
            if current.type not in self.chain_types:
                break
            self.take(current, outermost)
            outermost = False
            below = self.step(current, scope, steps)
            if below is None:
                break
            current = below
        steps.reverse()
        root = self.value(current, scope) if current != node else Opaque(node.start_byte, node.end_byte)
        return self.chain(node, scope, root, steps, awaited)

    def step(self, node: Node, scope: int, steps: list[Step]) -> Node | None:
        """Append the steps that `node` makes, the last one first, and return what they are made on."""
        raise NotImplementedError

    def chain(self, node: Node, scope: int, root: Value, steps: list[Step], awaited: bool = False) -> Value:
        """Return what a root and its steps come to: leading members of a path belong to the path."""
        if isinstance(root, Ref):
            root, steps = self._of_extended(root, steps, scope) if self._extending else (root, steps)
            path, rest = list(root.path), list(steps)
            end = root.end
            while rest and rest[0].call_end == 0:
                path.append(rest[0].name)
                end = max(end, rest[0].end)
                rest.pop(0)
            root, steps = Ref(tuple(path), root.start, end), rest
            if not steps:
                return root
        elif isinstance(root, Chain):
            return replace(root, steps=root.steps + tuple(steps), end=node.end_byte)
        elif not any(step.call_end for step in steps):
            return Opaque(node.start_byte, node.end_byte)
        return Chain(
            root=root,
            steps=tuple(steps),
            start=node.start_byte,
            end=node.end_byte,
            scope=scope,
            awaited=awaited or self.is_awaited(node),
        )

    def extend(self, inner: int, node: Node, type: str, owner: str) -> None:
        """Note that what stands in a scope is said of an object of the type at `node`, where that is a client's."""
        if type.endswith("Client"):
            self._extending[inner] = owner
            self.bind(inner, "this", node, type=type, kind="variable")

    def _of_extended(self, root: Ref, steps: list[Step], scope: int) -> tuple[Ref, list[Step]]:
        while scope >= 0 and scope not in self._extending:
            scope = self.scopes[scope].parent
        return asked_of(root, steps, self._extending[scope]) if scope >= 0 else (root, steps)

    def literal(self, start: int, end: int, raw: bool = False) -> Text:
        """Return the string literal whose characters stand between two offsets."""
        source = self.data[start:end]
        text = source.decode("utf-8", "replace")
        value = text if raw or "\\" not in text else unescape(text)
        return Text(value, start, end, exact=value.encode("utf-8", "replace") == source)

    def bind(
        self,
        scope: int,
        name: str,
        node: Node,
        value: Value | None = None,
        kind: BindingKind = "variable",
        type: str | None = None,
        choices: tuple[Text, ...] = (),
        path: tuple[str, ...] = (),
    ) -> None:
        """Note that `name`, written at `node`, is bound in `scope`."""
        self._bound.add((scope, name))
        if isinstance(value, Text | Template):
            self._texts.add((scope, name))
        self.bindings.append(Binding(scope, name, value, node.start_byte, node.end_byte, kind, type, choices, path))

    def bind_member(self, scope: int, variable: str, key: Value, value: Value) -> None:
        """Note that `variable[key] = value`: as a property of the variable, where that is bound."""
        member = key.value if isinstance(key, Text) else "*"
        self.bindings.append(
            Binding(self.home(variable, scope), f"{variable}.*", value, key.start, key.end, "property", path=(member,))
        )

    def super_call(
        self, node: Node, scope: int, positional: tuple[Value, ...], named: tuple[Entry, ...], spread: bool
    ) -> None:
        """Keep the call of the constructor that a class inherits, where no expression is it: `: super('jobs')`."""
        start, end = node.start_byte, node.end_byte
        step = Step("()", start, start, positional, named, spread, None, end)
        self.chains.append(Chain(Ref(("super",), start, start), (step,), start, end, scope))

    def home(self, name: str, scope: int) -> int:
        """Return the scope in which a name that is visible in `scope` is bound; where none is found, the innermost
        one around it that is no block."""
        here = scope
        while here >= 0:
            if (here, name) in self._bound:
                return here
            here = self.scopes[here].parent
        while self.scopes[scope].kind == "block":
            scope = self.scopes[scope].parent
        return scope

    def _appended(self) -> None:
        """Note what is appended to lists, merged into maps or put under a key, as members of what holds them."""
        for name, scope, member, value, place in given_to(self.chains, self.appending, self.merging, self.setting):
            home = self.home(name, self.scope_at(scope))
            start, end = place
            self.bindings.append(Binding(home, f"{name}.*", value, start, end, "property", path=(member,)))

    def _note_sql(self, node: Node, scope: int) -> None:
        """Keep a string that begins like SQL, unless it stands within a chain or a longer string."""
        if node.start_byte < self._sql_end or node.id in self._taken:
            return
        value = self.value(node, scope)
        first = value.parts[0] if isinstance(value, Template) and value.parts else value
        if isinstance(value, Text | Template) and isinstance(first, Text) and SQL_START.match(first.value):
            self.strings.append(value)
            self._sql_end = node.end_byte


@cache
def _query(grammar: Language, types: tuple[str, ...]) -> Query:
    return Query(grammar, "[" + " ".join(f"({name})" for name in types) + "] @found")


def _without(data: bytes, ranges: list[tuple[int, int]]) -> Iterator[bytes]:
    at = 0
    for start, end in sorted(ranges):
        yield data[at:start]
        at = max(at, end)
    yield data[at:]


def _words(pieces: Iterable[bytes]) -> frozenset[str]:
    return frozenset(word.decode() for piece in pieces for word in _WORD.findall(piece))
