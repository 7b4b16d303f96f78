"""The values of Dart expressions."""

from __future__ import annotations

import re
from typing import ClassVar

from msgspec.structs import replace
from tree_sitter import Node

from tripoint.model.regex import regex
from tripoint.sources.code.composed import choice, join, object_of
from tripoint.sources.code.facts import (
    Array,
    Chain,
    Entry,
    Function,
    Object,
    Opaque,
    Parameter,
    Plain,
    Ref,
    Step,
    Text,
    Value,
)
from tripoint.sources.code.grammar import child_of, first, load_grammar, within
from tripoint.sources.code.syntax import ScopeKind, SyntaxReader

__all__ = ["CONSTRUCTORS", "SIGNATURES", "DartValues"]

_SELECTORS = frozenset({"selector", "cascade_section"})
_PRIMARIES = frozenset(
    [
        "identifier",
        "this",
        "super",
        "parenthesized_expression",
        "new_expression",
        "const_object_expression",
        "string_literal",
        "list_literal",
        "set_or_map_literal",
        "unary_expression",
        "type_identifier",
        "dot_shorthand",
    ]
)
_CONSTRUCTIONS = frozenset({"constructor_invocation", "new_expression", "const_object_expression"})
SIGNATURES = frozenset(
    [
        "method_signature",
        "function_signature",
        "getter_signature",
        "setter_signature",
        "constructor_signature",
        "factory_constructor_signature",
        "operator_signature",
        "constant_constructor_signature",
    ]
)
CONSTRUCTORS = frozenset({"constructor_signature", "constant_constructor_signature", "factory_constructor_signature"})
_TYPES = frozenset(["type_identifier", "type_arguments", "nullable_type", "function_type", "record_type", "void_type"])
_FOR_EACH = frozenset({"map", "forEach", "expand", "where"})
_CHANGES = frozenset({"remove", "removeWhere", "addAll"})
_NULLS = regex(r"^\(\s*\(\s*\w+\s*,\s*(\w+)\s*\)\s*=>\s*\1\s*==\s*null\s*,?\s*\)$")
"""By what `removeWhere` takes the keys without a value out of a map: those that it has are written all the same."""
"""What is called on a map in a cascade, whose value is the map itself."""
_FUTURE = regex(r"^(?:Future|FutureOr|Stream)<(.*)>$", re.DOTALL)
_PLAIN = {
    "decimal_integer_literal": "number",
    "hex_integer_literal": "number",
    "decimal_floating_point_literal": "number",
    "true": "boolean",
    "false": "boolean",
    "null_literal": "null",
}


class DartValues(SyntaxReader):
    """What Dart expressions, functions and their parameters come to."""

    language = "dart"
    grammar = load_grammar("dart")
    comment_types = frozenset({"comment", "documentation_comment"})
    string_types = frozenset({"string_literal"})
    joining_types = frozenset({"additive_expression"})
    code_in_string_types = frozenset({"template_substitution"})
    wrapper_types = frozenset({"parenthesized_expression", "unary_expression"})
    await_types = frozenset({"await_expression"})
    function_types = frozenset({"function_body", "function_expression", "class_body", "program"})
    return_types = frozenset({"return_statement", "yield_statement"})
    appending = frozenset({"add"})
    merging = frozenset({"addAll"})
    setting = frozenset({"putIfAbsent"})
    try_type = "try_statement"
    scope_types: ClassVar[dict[str, ScopeKind]] = {
        "class_definition": "class",
        "mixin_declaration": "class",
        "extension_declaration": "class",
        "enum_declaration": "class",
        "function_expression": "function",
        "function_body": "function",
        "declaration": "function",
        "block": "block",
        "if_statement": "block",
        "for_statement": "block",
        "for_element": "block",
        "while_statement": "block",
        "do_statement": "block",
        "switch_statement_case": "block",
        "switch_statement_default": "block",
    }
    body_types = frozenset({"function_body"})
    loop_types = frozenset({"for_statement", "for_element", "while_statement", "do_statement"})
    arm_types = frozenset({"if_statement"})

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._runs: dict[int, list[Node]] = {}
        """The selectors that follow a primary."""
        self._parents: dict[int, Node] = {}
        self._types: dict[tuple[int, str], str] = {}

    def _signature(self, node: Node) -> Node | None:
        """The signature that says the name and parameters, within its wrappers."""
        while node.child_by_field_name("name") is None:
            inner = next((c for c in node.named_children if c.type in SIGNATURES), None)
            if inner is None:
                return None
            node = inner
        return node

    def _written_type(self, node: Node) -> str | None:
        """The type that is written before a name, without `Future<…>` and `?`."""
        parts = [c for c in node.named_children if c.type in _TYPES]
        if not parts:
            return None
        last = parts[0]
        for part in parts[1:]:
            if part.type in ("type_arguments", "nullable_type") and part.start_byte <= last.end_byte + 1:
                last = part
        text = self.slice(parts[0].start_byte, last.end_byte).rstrip("?")
        unwrapped = _FUTURE.match(text)
        return unwrapped[1] if unwrapped else text

    # Values.

    def begins_chain(self, node: Node) -> bool:
        return node.type in _CONSTRUCTIONS or (node.type in _PRIMARIES and node.id in self._runs)

    def prepare(self, root: Node) -> None:
        """Note the nodes around all nodes, and the runs of selectors among their children.

        Both are asked for at every primary, and a node is looked for from the root down when it is asked for what is
        around it: that would cost the depth of each.
        """
        stack = [root]
        while stack:
            node = stack.pop()
            head: Node | None = None
            for child in node.children:
                if not child.is_named:
                    head = None
                    continue
                self._parents[child.id] = node
                if child.child_count:
                    stack.append(child)
                if head is not None and child.type in _SELECTORS:
                    self._runs.setdefault(head.id, []).append(child)
                elif child.type not in self.comment_types:
                    head = child

    def parent(self, node: Node) -> Node | None:
        return self._parents.get(node.id)

    def evaluate(self, node: Node, scope: int) -> Value:
        run = self._runs.get(node.id) if node.type in _PRIMARIES else None
        return self._chain(node, run, scope) if run else self._atom(node, scope)

    def _atom(self, node: Node, scope: int) -> Value:
        kind = node.type
        start, end = node.start_byte, node.end_byte
        if kind in ("identifier", "this", "super", "type_identifier"):
            return Ref((self.text(node),), start, end)
        if kind == "string_literal":
            return self._string(node, scope)
        if kind in ("parenthesized_expression", "unary_expression", "await_expression"):
            inner = next((c for c in node.named_children if c.type not in self.comment_types), None)
            return Opaque(start, end) if inner is None else self.value(inner, scope)
        if kind == "constructor_invocation":
            return self._named_constructor(node, scope)
        if kind == "relational_expression":
            shorthand = child_of(node, "dot_shorthand")
            return Opaque(start, end) if shorthand is None else self.value(shorthand, scope)
        if kind == "dot_shorthand":
            return Ref(("*", self.text(first(node))), start, end)
        if kind == "postfix_expression":
            return self.value(first(node), scope)
        if kind == "type_cast_expression":
            return self.value(first(node), scope)
        if kind in ("set_or_map_literal", "list_literal"):
            return self._collection(node, scope)
        if kind in ("function_expression", "function_body"):
            return self._callable(node, scope)
        if kind == "if_null_expression":
            sides = (node.child_by_field_name("first"), node.child_by_field_name("second"))
            return choice([self.value(s, scope) for s in sides], node)
        if kind == "conditional_expression":
            sides = (node.child_by_field_name("consequence"), node.child_by_field_name("alternative"))
            return choice([self.value(s, scope) for s in sides], node)
        if kind == "additive_expression":
            heads = [c for c in node.named_children if c.type not in _SELECTORS and c.type != "additive_operator"]
            values = [self.value(c, scope) for c in heads]
            if any(isinstance(v, Text) for v in values):
                return join(values, start, end)
        if kind in ("new_expression", "const_object_expression"):
            return self._construction(node, scope)
        if kind in _PLAIN:
            return Plain(_PLAIN[kind], self.text(node), start, end)  # type: ignore[arg-type]
        return Opaque(start, end)

    def _string(self, node: Node, scope: int) -> Value:
        parts: list[Value] = []
        opened: Node | None = None
        at = 0
        for child in node.children:
            if child.type in self.comment_types:  # between strings that stand side by side
                continue
            if child.type in ("template_substitution", "escape_sequence"):
                if child.type == "template_substitution" and opened is not None:
                    if child.start_byte > at:
                        parts.append(self.literal(at, child.start_byte))
                    parts.append(self._substituted(child, scope))
                    at = child.end_byte
            elif opened is None or child.end_byte < at:
                opened, at = child, child.end_byte
            elif child.type.strip() == opened.type.strip().lstrip("r"):
                if child.start_byte > at or not parts:
                    parts.append(self.literal(at, child.start_byte, raw=opened.type.strip().startswith("r")))
                opened = None
        return join(parts or [Opaque(node.start_byte, node.end_byte)], node.start_byte, node.end_byte)

    def _substituted(self, node: Node, scope: int) -> Value:
        inner = next(iter(node.named_children), None)
        if inner is not None and inner.type == "identifier_dollar_escaped":
            return Ref((self.text(inner),), inner.start_byte, inner.end_byte)
        return Opaque(node.start_byte, node.end_byte) if inner is None else self.value(inner, scope)

    def _collection(self, node: Node, scope: int) -> Value:
        entries: list[Entry] = []
        items: list[Value] = []
        spreads: list[Value] = []
        named: list[tuple[Value, Value]] = []
        complete = True
        stack = list(reversed(node.named_children))
        while stack:
            child = stack.pop()
            if child.type == "pair":
                key = self.value(child.child_by_field_name("key"), scope)
                value = self.value(child.child_by_field_name("value"), scope)
                complete = complete and isinstance(key, Text)
                if isinstance(key, Text):
                    entries.append(Entry(key.value, value, key.start, key.end))
                else:
                    named.append((key, value))
            elif child.type == "spread_element":
                head = next(iter(child.named_children), None)
                spreads.append(self.value(head, scope))
            elif child.type == "if_element":
                branches = (child.child_by_field_name("alternative"), child.child_by_field_name("consequence"))
                stack.extend(b for b in branches if b is not None)
            elif child.type == "for_element":
                body = child.child_by_field_name("body")
                complete = complete and body is not None and body.type != "pair"
                stack.extend([body] if body is not None else [])
            elif child.type not in _SELECTORS and child.type not in self.comment_types and child.type not in _TYPES:
                items.append(self.value(child, scope))
        if node.type == "set_or_map_literal" and not items:
            return object_of(entries, node, spreads, complete, named)
        return Array(tuple(items), node.start_byte, node.end_byte, complete and not spreads)

    def _construction(self, node: Node, scope: int) -> Value:
        name = child_of(node, "type_identifier")
        if name is None:
            return Opaque(node.start_byte, node.end_byte)
        self.take(node, True)
        positional, named, spread = self._arguments(node, scope)
        root = Ref((self.text(name),), name.start_byte, name.end_byte)
        step = Step("new", name.start_byte, name.end_byte, positional, named, spread, None, node.end_byte)
        return self.chain(node, scope, root, [step])

    def _named_constructor(self, node: Node, scope: int) -> Value:
        """`List<int>.from(x)`: a type and the constructor that is called on it."""
        names = [c for c in node.named_children if c.type in ("type_identifier", "identifier")]
        if len(names) < 2:
            return Opaque(node.start_byte, node.end_byte)
        self.take(node, True)
        positional, named, spread = self._arguments(node, scope)
        root = Ref((self.text(names[0]),), names[0].start_byte, names[0].end_byte)
        made = names[-1]
        step = Step(self.text(made), made.start_byte, made.end_byte, positional, named, spread, None, node.end_byte)
        return self.chain(node, scope, root, [step])

    def _of_a_generic_type(self, node: Node, steps: list[Step]) -> Value:
        """`.from` in `List<int>.from(x)` where the grammar took the brackets for comparisons."""
        name = first(node)
        before = node.prev_named_sibling
        while before is not None and before.prev_named_sibling is not None:
            before = before.prev_named_sibling
        while before is not None and before.type == "relational_expression" and before.named_children:
            before = before.named_children[0]
        if name is not None:
            steps.append(Step(self.text(name), name.start_byte, name.end_byte))
        at = node if before is None else before
        named = before is not None and before.type == "identifier"
        return Ref((self.text(before) if named else "*",), at.start_byte, at.end_byte)

    def _callable(self, node: Node, scope: int) -> Function:
        inner = self.opened(node, scope)
        signature: Node | None = node
        body: Node | None = node
        if node.type == "function_body":
            before = node.prev_named_sibling
            signature = None if before is None else self._signature(before)
        else:
            body = node.child_by_field_name("body")
        parameters = [] if signature is None else self._parameters(signature, inner)
        returns = [] if body is None else [self.outside(r, inner) for r in self._returned(body)]
        name = None if signature is None else super().scope_name(signature)
        declared = None if signature is None else self._written_type(signature)
        start, end = self.scopes[inner].start, self.scopes[inner].end
        return Function(name, tuple(parameters), tuple(returns), inner, start, end, declared)

    def _returned(self, body: Node) -> list[Node]:
        block = child_of(body, "block")
        if block is None:
            arrow = any(c.type == "=>" for c in body.children)
            return [c for c in body.named_children[:1] if arrow]
        return [value for node in self.returning(block) for value in node.named_children[:1]]

    def _formals(self, listed: Node) -> list[tuple[str, Node, Node | None]]:
        """The formal parameters of a list: name, its node, and the node of the default."""
        found: list[tuple[str, Node, Node | None]] = []
        stack = list(reversed(listed.named_children))
        while stack:
            child = stack.pop()
            if child.type == "optional_formal_parameters":
                stack.extend(reversed(child.named_children))
            elif child.type == "formal_parameter":
                names = [c for c in within(child) if c.type == "identifier"]
                name = child.child_by_field_name("name") or (names[-1] if names else None)
                equals = child.next_sibling
                default = equals.next_named_sibling if equals is not None and equals.type == "=" else None
                if name is not None:
                    found.append((self.text(name), name, default))
        return found

    def _parameters(self, signature: Node, scope: int) -> list[Parameter]:
        listed = signature.child_by_field_name("parameters") or next(
            (c for c in signature.named_children if c.type == "formal_parameter_list"), None
        )
        parameters: list[Parameter] = []
        owner = self.class_scope(scope)
        for name, node, default in [] if listed is None else self._formals(listed):
            formal = self.parent(node)
            declared = None if formal is None else self._written_type(formal)
            if formal is not None and formal.type == "constructor_param" and owner is not None:
                declared = self._types.get((owner, name))
                held = Ref((name,), node.start_byte, node.end_byte)
                self.bind(owner, name, node, held, kind="property", type=declared)
            value = None if default is None else self.value(default, scope)
            parameters.append(Parameter(name, declared, (), value))
            self.bind(scope, name, node, value, kind="parameter", type=declared)
        return parameters

    # Chains.

    def _chain(self, head: Node, run: list[Node], scope: int) -> Value:
        changed = self._changed(head, run, scope)
        if changed is not None:
            return changed
        self.take(head, True)
        within: Node | None = head
        while within is not None and within.type in (
            "parenthesized_expression",
            "unary_expression",
            "await_expression",
        ):
            within = next((c for c in within.named_children if c.type not in self.comment_types), None)
            if within is not None:
                self.take(within, False)
        steps: list[Step] = []
        root = self._of_a_generic_type(head, steps) if head.type == "dot_shorthand" else self._atom(head, scope)
        for selector in run:
            for part in selector.named_children:
                self._step(part, steps, scope)
        for index, step in enumerate(steps):
            called = step.arguments[0] if step.name in _FOR_EACH and step.arguments else None
            if isinstance(called, Function) and called.parameters:
                self._goes_over(called, self.chain(head, scope, root, steps[:index]))
        around = self.parent(head)
        awaited = around is not None and around.type == "await_expression"
        value = self.chain(head, scope, root, steps, awaited)
        return replace(value, end=run[-1].end_byte) if isinstance(value, Chain) else value

    def _changed(self, head: Node, run: list[Node], scope: int) -> Object | None:
        """A map that is changed in a cascade, as one that it is spread into: `job.toJson()..remove('id')`."""
        first = next((index for index, part in enumerate(run) if part.type == "cascade_section"), len(run))
        entries: list[Entry] = []
        spreads: list[Value] = []
        taken: list[str] = []
        sifted = 0
        for section in run[first:]:
            selector = child_of(section, "cascade_selector")
            key_node = None if selector is None else child_of(selector, "index_selector")
            arguments = child_of(section, "argument_part")
            given = () if arguments is None else self._arguments(arguments, scope)[0]
            if key_node is not None and len(section.named_children) > 1:
                key = self.value(next(iter(key_node.named_children), None), scope)
                if isinstance(key, Text):
                    value = self.value(section.named_children[1], scope)
                    entries.append(Entry(key.value, value, key.start, key.end))
            elif selector is None or self.text(selector) not in _CHANGES or len(given) != 1:
                return None
            elif self.text(selector) == "addAll":
                spreads.append(given[0])
            elif arguments is not None and _NULLS.match(self.text(arguments)):
                sifted += 1
            else:
                taken.append(given[0].value if isinstance(given[0], Text) else "*")
        if first == len(run):
            return None
        base = self._chain(head, run[:first], scope) if first else self._atom(head, scope)
        complete = "*" not in taken and len(entries) + len(spreads) + len(taken) + sifted == len(run) - first
        made = object_of(entries, head, [base, *spreads], complete)
        return replace(made, end=run[-1].end_byte, taken=tuple(taken))

    def _goes_over(self, called: Function, items: Value) -> None:
        """Say of a callback's first parameter what it is called for each item of."""
        first = called.parameters[0].name
        for index in range(len(self.bindings) - 1, -1, -1):
            binding = self.bindings[index]
            if binding.scope == called.scope and binding.name == first and binding.kind == "parameter":
                self.bindings[index] = replace(binding, over=items)
                return
            if binding.start < called.start:
                return

    def _step(self, part: Node, steps: list[Step], scope: int) -> None:
        kind = part.type
        if kind in ("unconditional_assignable_selector", "conditional_assignable_selector"):
            inner = next(iter(part.named_children), None)
            if inner is not None and inner.type == "index_selector":
                key = self.nested(next(iter(inner.named_children), None), scope)
                steps.append(Step(key.value if isinstance(key, Text) else "*", inner.start_byte, inner.end_byte))
            elif inner is not None:
                steps.append(Step(self.text(inner), inner.start_byte, inner.end_byte))
        elif kind == "cascade_selector":
            steps.append(Step(self.text(part), part.start_byte, part.end_byte))
        elif kind == "argument_part":
            positional, named, spread = self._arguments(part, scope)
            types = child_of(part, "type_arguments")
            generic = None if types is None else self.text(types)[1:-1]
            last = steps[-1] if steps and steps[-1].call_end == 0 and steps[-1].name != "*" else None
            if last is not None:
                steps.pop()
            name, start, end = (last.name, last.start, last.end) if last else ("()", part.start_byte, part.start_byte)
            name = "removeNulls" if name == "removeWhere" and _NULLS.match(self.text(part)) else name
            steps.append(Step(name, start, end, positional, named, spread, generic, part.end_byte))

    def _arguments(self, part: Node, scope: int) -> tuple[tuple[Value, ...], tuple[Entry, ...], bool]:
        listed = child_of(part, "arguments")
        positional: list[Value] = []
        named: list[Entry] = []
        for child in [] if listed is None else listed.named_children:
            if child.type == "argument":
                positional.append(self.nested(next(iter(child.named_children), None), scope))
            elif child.type == "named_argument" and len(child.named_children) > 1:
                label = child.named_children[0].named_children
                value = self.nested(child.named_children[1], scope)
                if label:
                    named.append(Entry(self.text(label[0]), value, label[0].start_byte, label[0].end_byte))
        return tuple(positional), tuple(named), False
