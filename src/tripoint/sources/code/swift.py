"""Swift: the calls, names and strings of one file of a module."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace
from tree_sitter import Node

from tripoint.sources.code.composed import choice, elements, join, object_of
from tripoint.sources.code.facts import (
    READ,
    ROW,
    Array,
    CodeFacts,
    Entry,
    Function,
    Import,
    Opaque,
    Parameter,
    Plain,
    Ref,
    Step,
    Text,
    Value,
)
from tripoint.sources.code.grammar import child_of, load_grammar, within
from tripoint.sources.code.models import read_by_swift, row_of_swift
from tripoint.sources.code.syntax import BindingKind, ScopeKind, SyntaxReader

__all__ = ["read_swift"]

_PLAIN = {"integer_literal": "number", "real_literal": "number", "boolean_literal": "boolean", "nil_literal": "null"}
_STRINGS = frozenset({"line_string_literal", "multi_line_string_literal", "raw_string_literal"})
_CALLABLES = frozenset({"function_declaration", "init_declaration", "lambda_literal", "computed_property"})
_LOOPS = frozenset({"for_statement", "while_statement", "repeat_while_statement"})
_NAMES = frozenset({"simple_identifier", "type_identifier", "self_expression", "super_expression"})


def read_swift(data: bytes) -> CodeFacts:
    """Return the facts of a Swift file."""
    return SwiftReader(data).read()


_COUNTED = frozenset({"Int", "Int8", "Int16", "Int32", "Int64", "UInt", "UInt8", "Double", "Float", "Character"})
"""Types of raw values by which an enumeration numbers its cases."""
_OF_REQUESTS = frozenset({"allHTTPHeaderFields", "httpMethod", "httpBody"})
"""Members of a request that say what it asks."""


class SwiftReader(SyntaxReader):
    """Reads one Swift file."""

    language = "swift"
    grammar = load_grammar("swift")
    comment_types = frozenset({"comment", "multiline_comment"})
    string_types = _STRINGS
    joining_types = frozenset({"additive_expression"})
    code_in_string_types = frozenset({"interpolated_expression"})
    merging = frozenset({"merge"})
    setting = frozenset({"updateValue"})
    chain_types = frozenset({"call_expression", "navigation_expression"})
    wrapper_types = frozenset({"try_expression", "tuple_expression", "postfix_expression"})
    mark_types = frozenset({"bang"})
    await_types = frozenset({"await_expression"})
    function_types = _CALLABLES | {"source_file", "class_body"}
    return_types = frozenset({"control_transfer_statement"})
    try_type = "do_statement"
    scope_types: ClassVar[dict[str, ScopeKind]] = {
        "class_declaration": "class",
        "protocol_declaration": "class",
        **dict.fromkeys(sorted(_CALLABLES), "function"),
        **dict.fromkeys(sorted(_LOOPS), "block"),
        "if_statement": "block",
        "statements": "block",
        "switch_entry": "block",
        "catch_block": "block",
    }
    loop_types = _LOOPS

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._declared: dict[str, int] = {}
        """The scopes of the types that are declared here, by name."""
        self._extensions: dict[int, str] = {}
        """By the scope of an extension, what it extends."""

    # Declarations.

    def enter(self, node: Node, scope: int) -> int:
        kind = node.type
        if kind in ("class_declaration", "protocol_declaration"):
            return self._class(node, scope)
        if kind in _CALLABLES:
            self._function(node, scope)
            return self.opened(node, scope)
        if kind == "property_declaration":
            self._property(node, scope)
        elif kind == "assignment":
            self._assignment(node, scope)
        elif kind == "for_statement":
            item = self._pattern_name(node.child_by_field_name("item"))
            collection = node.child_by_field_name("collection")
            if item is not None and collection is not None:
                self.bind(scope, self.text(item), item, elements(self.value(collection, scope)))
        elif kind in ("if_statement", "guard_statement"):
            self._unwrapped(node, scope)
        elif kind == "import_declaration":
            name = self.text(node.named_children[-1]) if node.named_children else ""
            self.imports.append(Import("*", name, "*", node.start_byte, node.end_byte))
        return scope

    def finish(self) -> None:
        for index, binding in enumerate(self.bindings):
            owner = self._declared.get(self._extensions.get(binding.scope, ""))
            if owner is not None and binding.kind in ("class", "constant", "property"):
                self.bindings[index] = replace(binding, scope=owner)
        super().finish()

    def scope_name(self, node: Node) -> str | None:
        if node.type == "init_declaration":
            return "init"
        return super().scope_name(node)

    def _class(self, node: Node, scope: int) -> int:
        inner = self.opened(node, scope)
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        kind = self.text(node.child_by_field_name("declaration_kind"))
        if name is None or kind == "extension":
            self._extensions[inner] = "" if name is None else self.text(name)
            if name is not None:
                self.extend(inner, name, self.text(name), "self")
            return inner
        self._declared.setdefault(self.text(name), inner)
        # An enum without cases is a namespace: what it holds are its members, as of a class.
        if kind == "enum" and body is not None and any(c.type == "enum_entry" for c in body.named_children):
            self.bind(scope, self.text(name), name, self._enum(node, body, inner), kind="constant")
            return inner
        above = child_of(node, "inheritance_specifier")
        base = None if above is None else Ref((self.text(above).partition("<")[0],), above.start_byte, above.end_byte)
        self.bind(scope, self.text(name), name, base, kind="class")
        row = row_of_swift(node, body) if kind == "struct" and body is not None else None
        if row is not None:
            self.bind(inner, ROW, name, row, kind="property")
        read = read_by_swift(node, body) if kind in ("struct", "class") and body is not None else None
        if read is not None and read.entries:
            self.bind(inner, READ, name, read, kind="property")
        return inner

    def _enum(self, node: Node, body: Node | None, scope: int) -> Value:
        """The constants, and the cases with their raw values: where none is written, the name of a case of strings."""
        entries: list[Entry] = []
        counted = any(self.text(c) in _COUNTED for c in node.named_children if c.type == "inheritance_specifier")
        for entry in [] if body is None else [c for c in body.named_children if c.type == "enum_entry"]:
            children = entry.children
            for index, child in enumerate(children):
                if entry.field_name_for_child(index) != "name":
                    continue
                name: Value = self.literal(child.start_byte, child.end_byte, raw=True)
                name = Opaque(child.start_byte, child.end_byte) if counted else name
                raw = children[index + 2] if index + 2 < len(children) and children[index + 1].type == "=" else None
                entries.append(
                    Entry(
                        self.text(child),
                        name if raw is None else self.value(raw, scope),
                        child.start_byte,
                        child.end_byte,
                    )
                )
        for held in [] if body is None else [c for c in body.named_children if c.type == "property_declaration"]:
            label, given = self._pattern_name(held.child_by_field_name("name")), held.child_by_field_name("value")
            if label is not None and given is not None:
                entries.append(Entry(self.text(label), self.value(given, scope), label.start_byte, label.end_byte))
        return object_of(entries, node)

    def _function(self, node: Node, scope: int) -> None:
        value = self.value(node, scope)
        name = node.child_by_field_name("name")
        if isinstance(value, Function) and name is not None and node.type != "lambda_literal":
            label = "init" if node.type == "init_declaration" else self.text(name)
            self.bind(scope, label, name, value, kind="function", type=value.return_type)

    def _property(self, node: Node, scope: int) -> None:
        names = [self._pattern_name(n) for n in node.children_by_field_name("name") if n.type == "pattern"]
        values = node.children_by_field_name("value")
        annotation = child_of(node, "type_annotation")
        declared = None if annotation is None else self._type(annotation.child_by_field_name("name"))
        computed = node.child_by_field_name("computed_value")
        let = any(child.type == "value_binding_pattern" and self.text(child) == "let" for child in node.named_children)
        local: BindingKind = "constant" if let and self.scopes[scope].kind != "file" else "variable"
        kind: BindingKind = "property" if self.scopes[scope].kind == "class" else local
        for index, name in enumerate(names):
            if name is None:
                continue
            value = self.value(values[index], scope) if index < len(values) else None
            if computed is not None:
                made = self.value(computed, scope)
                value = choice(made.returns, computed) if isinstance(made, Function) and made.returns else None
            self.bind(scope, self.text(name), name, value, kind=kind, type=declared)

    def _pattern_name(self, pattern: Node | None) -> Node | None:
        bound = None if pattern is None else pattern.child_by_field_name("bound_identifier")
        return bound if bound is not None and bound.type == "simple_identifier" else None

    def _type(self, node: Node | None) -> str | None:
        if node is None:
            return None
        text = self.text(node).rstrip("?!")
        return text.removeprefix("any ").removeprefix("some ")

    def _assignment(self, node: Node, scope: int) -> None:
        target, result = node.child_by_field_name("target"), node.child_by_field_name("result")
        if target is None or result is None or not target.named_children:
            return
        head = target.named_children[0]
        value = self.value(result, scope)
        if head.type == "simple_identifier":
            name = self.text(head)
            if self.text(node.child_by_field_name("operator")) == "+=":
                before = Ref((name,), head.start_byte, head.end_byte)
                value = join((before, value), node.start_byte, node.end_byte)
            self.bind(self.home(name, scope), name, head, value)
        elif head.type == "navigation_expression":
            suffix = head.child_by_field_name("suffix")
            member = None if suffix is None else suffix.child_by_field_name("suffix")
            owner = self.class_scope(scope)
            holder = head.child_by_field_name("target")
            if member is None or holder is None:
                return
            if owner is not None and self.text(holder) == "self":
                self.bind(owner, self.text(member), member, value, kind="property")
            elif holder.type == "simple_identifier" and self.text(member) in _OF_REQUESTS:
                key = Text(self.text(member), member.start_byte, member.end_byte)
                self.bind_member(scope, self.text(holder), key, value)
        elif head.type == "call_expression":
            self._item(head, value, scope)

    def _item(self, left: Node, value: Value, scope: int) -> None:
        target = left.named_children[0] if left.named_children else None
        if target is not None and target.type == "call_expression":  # `rows[i]["kind"] = …`
            while target.type == "call_expression" and target.named_children:
                target = target.named_children[0]
            if target.type == "simple_identifier":
                self.bind_member(scope, self.text(target), Opaque(left.start_byte, left.end_byte), value)
            return
        place = self.value(left, scope)
        if target is None or target.type != "simple_identifier" or not isinstance(place, Ref):
            return
        strings = [n for n in within(left) if n.type in _STRINGS]
        self.bind_member(scope, self.text(target), self.value(strings[0], scope) if strings else place, value)

    def _unwrapped(self, node: Node, scope: int) -> None:
        """`if let x = value` binds x to the value."""
        children = node.children
        for index, child in enumerate(children):
            if node.field_name_for_child(index) == "bound_identifier" and index + 2 < len(children):
                after = children[index + 2] if children[index + 1].type == "=" else None
                if after is not None:
                    self.bind(scope, self.text(child), child, self.value(after, scope))

    # Values.

    def evaluate(self, node: Node, scope: int) -> Value:
        kind = node.type
        if kind == "prefix_expression" and self.text(node).startswith("&") and node.named_children:
            return self.value(node.named_children[-1], scope)
        start, end = node.start_byte, node.end_byte
        if kind in self.chain_types:
            return _without_raw_value(self.path(node, scope))
        if kind in _NAMES:
            return Ref((self.text(node),), start, end)
        if kind in _STRINGS:
            return self._string(node, scope)
        if kind in _PLAIN:
            return Plain(_PLAIN[kind], self.text(node), start, end)  # type: ignore[arg-type]
        if kind in self.wrapper_types or kind in self.await_types:
            inner, _ = self.spine(node)
            return self.value(inner, scope) if inner != node else Opaque(start, end)
        if kind == "additive_expression":
            sides = [self.value(node.child_by_field_name(f), scope) for f in ("lhs", "rhs")]
            if self.text(node.child_by_field_name("op")) == "+" and not all(
                isinstance(s, Plain | Opaque) for s in sides
            ):
                return join(sides, start, end)
        elif kind == "array_literal":
            return Array(tuple(self.value(e, scope) for e in node.children_by_field_name("element")), start, end)
        elif kind == "dictionary_literal":
            return self._dictionary(node, scope)
        elif kind == "ternary_expression":
            branches = [node.child_by_field_name(f) for f in ("if_true", "if_false")]
            return choice([self.value(b, scope) for b in branches], node)
        elif kind == "nil_coalescing_expression":
            branches = [node.child_by_field_name(f) for f in ("value", "if_nil")]
            return choice([self.value(b, scope) for b in branches], node)
        elif kind in _CALLABLES:
            return self._callable(node, scope)
        elif kind == "as_expression":
            return self.value(node.child_by_field_name("expr"), scope)
        elif kind == "prefix_expression" and node.named_children:
            return Ref(("*", self.text(node.named_children[-1])), start, end)
        return Opaque(start, end)

    def _string(self, node: Node, scope: int) -> Value:
        children = node.children
        if node.type == "raw_string_literal" or len(children) < 2:
            text = self.text(node)
            hashes = len(text) - len(text.lstrip("#"))
            inner = node.start_byte + hashes + 1
            return self.literal(inner, max(inner, node.end_byte - hashes - 1), raw=True)
        start, end = children[0].end_byte, max(children[0].end_byte, children[-1].start_byte)
        parts: list[Value] = []
        at = start
        for index, child in enumerate(children):
            if child.type == "interpolated_expression":
                opened = children[index - 1]
                if opened.start_byte > at:
                    parts.append(self.literal(at, opened.start_byte))
                parts.append(self.value(child.child_by_field_name("value"), scope))
                at = children[index + 1].end_byte if index + 1 < len(children) else child.end_byte
        if end > at or not parts:
            parts.append(self.literal(at, max(at, end)))
        return join(parts, node.start_byte, node.end_byte)

    def _dictionary(self, node: Node, scope: int) -> Value:
        keys, values = node.children_by_field_name("key"), node.children_by_field_name("value")
        entries: list[Entry] = []
        named: list[tuple[Value, Value]] = []
        for key_node, value_node in zip(keys, values, strict=False):
            key, value = self.value(key_node, scope), self.value(value_node, scope)
            if isinstance(key, Text):
                entries.append(Entry(key.value, value, key.start, key.end))
            else:
                named.append((key, value))
        return object_of(entries, node, complete=len(entries) == len(keys), named=named)

    def _callable(self, node: Node, scope: int) -> Function:
        inner = self.opened(node, scope)
        parameters: list[Parameter] = []
        children = node.named_children
        for index, child in enumerate(children):
            if child.type != "parameter":
                continue
            names = [n for n in child.children_by_field_name("name") if n.type == "simple_identifier"]
            types = [n for n in child.children_by_field_name("name") if n.type != "simple_identifier"]
            external = child.child_by_field_name("external_name")
            after = children[index + 1] if index + 1 < len(children) else None
            equals = child.next_sibling
            default = after if equals is not None and equals.type == "=" else None
            if names:
                declared = self._type(types[0]) if types else None
                value = None if default is None else self.value(default, scope)
                label = self.text(external) if external is not None else ""
                name = self.text(names[-1])
                parameters.append(Parameter(label if label not in ("", "_") else name, declared, (), value))
                if label not in ("", "_"):
                    self.bind(inner, name, names[-1], Ref((label,), names[-1].start_byte, names[-1].end_byte))
                    self.bind(inner, label, names[-1], value, kind="parameter", type=declared)
                else:
                    self.bind(inner, name, names[-1], value, kind="parameter", type=declared)
        for name_node in [n for n in within(node, stop=_CALLABLES) if n.type == "lambda_parameter"]:
            written = name_node.child_by_field_name("name")
            if written is not None and node.type == "lambda_literal":
                parameters.append(Parameter(self.text(written)))
                self.bind(inner, self.text(written), written, kind="parameter")
        returns = [self.outside(r, inner) for r in self._returned(node)]
        types = [n for n in node.children_by_field_name("name") if n.type not in ("simple_identifier", "init")]
        name_field = node.child_by_field_name("name")
        name_text = None if name_field is None or node.type == "lambda_literal" else self.text(name_field)
        declared = self._type(types[-1]) if types else None
        return Function(name_text, tuple(parameters), tuple(returns), inner, node.start_byte, node.end_byte, declared)

    def _returned(self, node: Node) -> list[Node]:
        """What is returned; a body of one expression returns it."""
        body = node.child_by_field_name("body") or node
        holder = child_of(body, "statements")
        found: list[Node] = []
        for inner in [] if holder is None else self.returning(holder):
            result = inner.child_by_field_name("result") if self.text(inner).startswith("return") else None
            found.extend([result] if result is not None else [])
        if not found and holder is not None and len(holder.named_children) == 1:
            only = holder.named_children[0]
            if only.type not in ("assignment", "property_declaration", "if_statement", "for_statement"):
                found.append(only)
        return found

    # Chains.

    def step(self, node: Node, scope: int, steps: list[Step]) -> Node | None:
        if node.type == "navigation_expression":
            suffix = node.child_by_field_name("suffix")
            name = None if suffix is None else suffix.child_by_field_name("suffix")
            if name is not None:
                steps.append(Step(self.text(name), name.start_byte, name.end_byte))
            return node.child_by_field_name("target")
        function = node.named_children[0] if node.named_children else None
        suffix = child_of(node, "call_suffix")
        if function is None or suffix is None:
            return None
        listed = next((c for c in suffix.named_children if c.type == "value_arguments"), None)
        positional, named = self._arguments(suffix, listed, scope)
        if listed is not None and self.data[listed.start_byte : listed.start_byte + 1] == b"[":
            key = positional[0] if len(positional) == 1 else None
            steps.append(Step(key.value if isinstance(key, Text) else "*", suffix.start_byte, suffix.end_byte))
            return function
        name_text, start, end = "()", suffix.start_byte, suffix.start_byte
        below: Node | None = function
        if function.type == "navigation_expression":
            self.take(function, False)
            inner = function.child_by_field_name("suffix")
            name = None if inner is None else inner.child_by_field_name("suffix")
            if name is not None:
                name_text, start, end = self.text(name), name.start_byte, name.end_byte
            below = function.child_by_field_name("target")
        steps.append(Step(name_text, start, end, positional, named, False, None, node.end_byte))
        return below

    def _arguments(self, suffix: Node, listed: Node | None, scope: int) -> tuple[tuple[Value, ...], tuple[Entry, ...]]:
        positional: list[Value] = []
        named: list[Entry] = []
        for child in [] if listed is None else [c for c in listed.named_children if c.type == "value_argument"]:
            label, value_node = child.child_by_field_name("name"), child.child_by_field_name("value")
            value = (
                self.nested(value_node, scope) if value_node is not None else Opaque(child.start_byte, child.end_byte)
            )
            if label is None:
                positional.append(value)
            else:
                named.append(Entry(self.text(label), value, label.start_byte, label.end_byte))
        positional.extend(self.nested(c, scope) for c in suffix.named_children if c.type == "lambda_literal")
        return tuple(positional), tuple(named)


def _without_raw_value(value: Value) -> Value:
    """`Table.jobs.rawValue` is the case's value, which is what the enum binds."""
    if isinstance(value, Ref) and len(value.path) >= 3 and value.path[-1] == "rawValue":
        return Ref(value.path[:-1], value.start, value.end)
    return value
