"""Dart: the calls, names and strings of a library.

In this grammar an expression is a primary followed by its selectors as siblings, so a chain is a run of nodes of one
parent, and the run belongs to the primary.
"""

from __future__ import annotations

from tree_sitter import Node

from tripoint.sources.code.composed import choice, elements, join, object_of
from tripoint.sources.code.dart_models import generated_row
from tripoint.sources.code.dart_values import CONSTRUCTORS, SIGNATURES, DartValues
from tripoint.sources.code.facts import (
    GENERATED,
    CodeFacts,
    Entry,
    Export,
    Function,
    Import,
    Opaque,
    Ref,
    Text,
    Value,
)
from tripoint.sources.code.grammar import child_of, first, within
from tripoint.sources.code.syntax import BindingKind

__all__ = ["read_dart"]


def read_dart(data: bytes) -> CodeFacts:
    """Return the facts of a Dart library."""
    return DartReader(data).read()


class DartReader(DartValues):
    """Reads one Dart file: its declarations on top of its values."""

    # Scopes.

    def scope_extent(self, node: Node) -> tuple[int, int] | None:
        if node.type == "declaration":
            has_body_of_its_own = any(c.type in CONSTRUCTORS for c in node.named_children)
            return (node.start_byte, node.end_byte) if has_body_of_its_own else None
        if node.type == "function_body":
            signature = node.prev_named_sibling
            if signature is not None and signature.type in SIGNATURES:
                return signature.start_byte, node.end_byte
        return node.start_byte, node.end_byte

    def scope_name(self, node: Node) -> str | None:
        if node.type in ("function_body", "declaration"):
            signature = node.prev_named_sibling if node.type == "function_body" else node
            named = None if signature is None else self._signature(signature)
            return None if named is None else super().scope_name(named)
        return super().scope_name(node)

    # Declarations.

    def enter(self, node: Node, scope: int) -> int:
        kind = node.type
        if kind in ("class_definition", "mixin_declaration", "extension_declaration"):
            return self._class(node, scope)
        if kind == "enum_declaration":
            return self._enum(node, scope)
        if kind == "function_body":
            self._function(node, scope)
            return self.opened(node, scope)
        if kind == "function_expression":
            self.value(node, scope)
            return self.opened(node, scope)
        if kind == "declaration":
            return self._declaration(node, scope)
        if kind in ("method_signature", "function_signature", "getter_signature"):
            body = node.next_named_sibling
            return self.opened(body, scope) if body is not None and body.type == "function_body" else scope
        if kind in ("static_final_declaration", "initialized_identifier", "initialized_variable_definition"):
            self._variable(node, scope)
        elif kind == "assignment_expression":
            self._assignment(node, scope)
        elif kind == "field_initializer":
            self._field_initializer(node, scope)
        elif kind == "initializer_list_entry" and node.named_children[:1] and node.named_children[0].type == "super":
            self.super_call(node, scope, *self._arguments(node, scope))
        elif kind == "for_loop_parts":
            self._loop(node, scope)
        elif kind in ("library_import", "library_export", "part_directive", "part_of_directive"):
            self._directive(node)
        return scope

    def _class(self, node: Node, scope: int) -> int:
        inner = self.opened(node, scope)
        name = node.child_by_field_name("name")
        body = node.child_by_field_name("body")
        for member in [] if body is None else body.named_children:
            if member.type == "declaration":
                declared = self._written_type(member)
                for field in self._declared_names(member):
                    if declared is not None:
                        self._types[inner, self.text(field)] = declared
                    self._bound.add((inner, self.text(field)))
        extended = node.child_by_field_name("class") if node.type == "extension_declaration" else None
        if extended is not None:
            self.extend(inner, extended, self.text(extended), "this")
        if name is not None:
            above = node.child_by_field_name("superclass") or node.child_by_field_name("class")
            base = None if above is None else (above.named_children or [above])[0]
            parent = None if base is None else Ref((self.text(base),), base.start_byte, base.end_byte)
            self.bind(scope, self.text(name), name, parent, kind="class")
            self._generated(node, name, scope, inner)
        return inner

    def _generated(self, node: Node, name: Node, scope: int, inner: int) -> None:
        """Bind what a generator writes for a class: a function of the file, or a method."""
        made = generated_row(node)
        if made is not None:
            at = name.start_byte, name.end_byte
            written = Function(made[0], (), (made[1],), inner, *at)
            owner = inner if made[0] == "toJson" else scope
            self.bind(owner, made[0] if owner == inner else GENERATED + made[0], name, written, kind="function")

    def _declared_names(self, declaration: Node) -> list[Node]:
        found: list[Node] = []
        for child in declaration.named_children:
            if child.type in ("initialized_identifier_list", "static_final_declaration_list"):
                found.extend(i.named_children[0] for i in child.named_children if i.named_children)
        return found

    def _enum(self, node: Node, scope: int) -> int:
        inner = self.opened(node, scope)
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        entries: list[Entry] = []
        for constant in [] if body is None else [c for c in body.named_children if c.type == "enum_constant"]:
            label = constant.child_by_field_name("name")
            if label is None:
                continue
            start, end = label.start_byte, label.end_byte
            members = [Entry("name", self.literal(start, end, raw=True), start, end)]
            part = child_of(constant, "argument_part")
            positional = self._arguments(part, inner)[0] if part is not None else ()
            for field, value in zip(self._constructor_fields(body), positional, strict=False):
                members.append(Entry(field, value, start, end))
            entries.append(Entry(self.text(label), object_of(members, constant), start, end))
        if name is not None:
            self.bind(scope, self.text(name), name, object_of(entries, node), kind="constant")
        return inner

    def _constructor_fields(self, body: Node | None) -> list[str]:
        """The fields that an enum's constructor fills, in order."""
        for child in [] if body is None else body.named_children:
            for signature in child.named_children if child.type == "declaration" else ():
                if signature.type in CONSTRUCTORS:
                    listed = [c for c in signature.named_children if c.type == "formal_parameter_list"]
                    return [p for p, _, _ in self._formals(listed[0])] if listed else []
        return []

    def _function(self, body: Node, scope: int) -> None:
        signature = body.prev_named_sibling
        named = None if signature is None or signature.type not in SIGNATURES else self._signature(signature)
        if named is None:
            return
        value = self.value(body, scope)
        name = named.child_by_field_name("name")
        if name is None or not isinstance(value, Function):
            return
        if named.type == "getter_signature":
            given = choice(value.returns, body) if value.returns else None
            self.bind(scope, self.text(name), name, given, kind="property", type=value.return_type)
        elif named.type not in CONSTRUCTORS:
            self.bind(scope, self.text(name), name, value, kind="function", type=value.return_type)
        else:
            self.bind(scope, "constructor", name, value, kind="function")

    def _declaration(self, node: Node, scope: int) -> int:
        signature = next((c for c in node.named_children if c.type in CONSTRUCTORS), None)
        if signature is None:
            return scope
        inner = self.opened(node, scope)
        parameters = self._parameters(signature, inner)
        value = Function(None, tuple(parameters), (), inner, node.start_byte, node.end_byte)
        self.functions.append(value)
        self.bind(scope, "constructor", signature, value, kind="function")
        return inner

    def _variable(self, node: Node, scope: int) -> None:
        names = [node.child_by_field_name("name")] if node.type == "initialized_variable_definition" else []
        name = (names or [first(node)])[0]
        if name is None or name.type != "identifier":
            return
        value = self._after_equals(node, scope)
        parent = self.parent(node)
        holder = node if node.type == "initialized_variable_definition" else self.parent(parent) if parent else None
        declared = None if holder is None or holder.type == "program" else self._written_type(holder)
        in_class = self.scopes[scope].kind == "class"
        constant = node.type == "static_final_declaration" and not in_class
        kind: BindingKind = "property" if in_class else "constant" if constant else "variable"
        if value is not None or declared is not None:
            self.bind(scope, self.text(name), name, value, kind=kind, type=declared)
        else:
            self._bound.add((scope, self.text(name)))

    def _after_equals(self, node: Node, scope: int) -> Value | None:
        children = node.children
        for index, child in enumerate(children[:-1]):
            if child.type in ("=", "+="):
                return self.value(children[index + 1], scope)
        return None

    def _assignment(self, node: Node, scope: int) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None or not left.named_children:
            return
        head, rest = left.named_children[0], left.named_children[1:]
        operator = self.text(node.child_by_field_name("operator"))
        if operator not in ("=", "+=", "??="):
            return
        value = self.value(right, scope)
        name = self.text(head)
        target: Node
        owner: int | None
        if head.type == "identifier" and not rest:
            if operator == "+=":
                before = Ref((name,), head.start_byte, head.end_byte)
                value = join((before, value), node.start_byte, node.end_byte)
            target, owner = head, self.home(name, scope)
        elif head.type == "this" and len(rest) == 1 and (member := self._member_name(rest[0])) is not None:
            target, name = member, self.text(member)
            owner = self.class_scope(scope)
        elif head.type == "identifier" and len(rest) == 1 and rest[0].named_children:
            self._item(head, rest[0].named_children[0], value, scope)
            return
        elif head.type == "identifier" and len(rest) > 1 and "[" in self.text(rest[0]):
            at = Opaque(rest[0].start_byte, rest[0].end_byte)  # `rows[i]['kind'] = …`
            self.bind_member(scope, self.text(head), at, value)
            return
        else:
            return
        if owner is not None:
            kind: BindingKind = "property" if self.scopes[owner].kind == "class" else "variable"
            self.bind(owner, name, target, value, kind=kind)

    def _member_name(self, selector: Node) -> Node | None:
        return child_of(selector, "identifier")

    def _item(self, head: Node, index: Node, value: Value, scope: int) -> None:
        if index.type == "index_selector" and index.named_children:
            self.bind_member(scope, self.text(head), self.value(index.named_children[0], scope), value)

    def _field_initializer(self, node: Node, scope: int) -> None:
        owner = self.class_scope(scope)
        name = child_of(node, "identifier")
        value = self._after_equals(node, scope)
        if owner is not None and name is not None and value is not None:
            self.bind(owner, self.text(name), name, value, kind="property")

    def _loop(self, node: Node, scope: int) -> None:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is not None and value is not None:
            self.bind(scope, self.text(name), name, elements(self.value(value, scope)))

    def _directive(self, node: Node) -> None:
        uri = next((c for c in within(node) if c.type == "uri"), None)
        text = self.value(uri.named_children[0], 0) if uri is not None and uri.named_children else None
        if not isinstance(text, Text):
            return
        module, start, end = text.value, node.start_byte, node.end_byte
        if node.type in ("library_export", "part_directive"):
            self.exports.append(Export("*", "*", module))
        if node.type == "library_export":
            return
        specification = next((c for c in node.named_children if c.type == "import_specification"), node)
        alias = child_of(specification, "identifier")
        if alias is not None and node.type == "library_import":
            self.imports.append(Import(self.text(alias), module, "*", start, end))
            return
        shown = [c for c in specification.named_children if c.type == "combinator" and self.text(c).startswith("show")]
        for name in [n for c in shown for n in c.named_children if n.type == "identifier"]:
            self.imports.append(Import(self.text(name), module, self.text(name), start, end))
        if not shown:
            self.imports.append(Import("*", module, "*", start, end))
