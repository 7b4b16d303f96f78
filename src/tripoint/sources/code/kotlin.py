"""Kotlin: the calls, names and strings of one file."""

from __future__ import annotations

from tree_sitter import Node

from tripoint.model.regex import regex
from tripoint.sources.code.annotated import request_of
from tripoint.sources.code.composed import choice, elements, join, object_of
from tripoint.sources.code.facts import (
    READ,
    ROW,
    CodeFacts,
    Entry,
    Function,
    Import,
    Opaque,
    Parameter,
    Ref,
    Value,
)
from tripoint.sources.code.grammar import child_of, within
from tripoint.sources.code.kotlin_values import CALLABLES, CLASSES, KotlinValues
from tripoint.sources.code.models import read_by_kotlin, row_of_kotlin, serial_name, serializable
from tripoint.sources.code.syntax import BindingKind

__all__ = ["read_kotlin"]


_OBJECT_ON_A_LINE = regex(rb"(\bobject\b[^\n{}]*\{[^\n{}]*)[ \t]\}")


def read_kotlin(data: bytes) -> CodeFacts:
    """Return the facts of a Kotlin file.

    The grammar can't read a class in which a property ends with the line's own brace, as in
    `companion object { const val TABLE = "jobs" }`: a line break there says the same.
    """
    return KotlinReader(_OBJECT_ON_A_LINE.sub(rb"\1\n}", data)).read()


class KotlinReader(KotlinValues):
    """Reads one Kotlin file: what it declares, and through `KotlinValues` what that is worth."""

    def enter(self, node: Node, scope: int) -> int:
        kind = node.type
        if kind in CLASSES:
            return self._class(node, scope)
        if kind in CALLABLES:
            value = self.value(node, scope)
            name = node.child_by_field_name("name")
            request = request_of(self, node, scope) if kind == "function_declaration" else None
            if request is not None:
                self.chains.append(request)
            if name is not None and isinstance(value, Function):
                self.bind(scope, self.text(name), name, value, kind="function", type=value.return_type)
                extended = self.extended(node)
                if extended:
                    self.bind(scope, f"{extended}.{self.text(name)}", name, value, kind="function")
            return self.opened(node, scope)
        if kind == "property_declaration":
            self._property(node, scope)
        elif kind == "assignment":
            self._assignment(node, scope)
        elif kind == "for_statement":
            self._loop(node, scope)
        elif kind == "import":
            self._import(node)
        return scope

    def _class(self, node: Node, scope: int) -> int:
        inner = self.opened(node, scope)
        name = node.child_by_field_name("name")
        constructor = child_of(node, "primary_constructor")
        parameters = [] if constructor is None else self._constructor(constructor, inner)
        if name is None:
            return inner
        body = next((c for c in node.named_children if c.type in ("class_body", "enum_class_body")), None)
        if body is not None and body.type == "enum_class_body":
            value: Value | None = self._enum(node, body, parameters, inner)
            self.bind(scope, self.text(name), name, value, kind="constant")
            return inner
        if node.type == "object_declaration":
            self.bind(scope, self.text(name), name, self._constants(node, body, inner), kind="constant")
            return inner
        above = child_of(node, "delegation_specifiers")
        base = None if above is None else next((n for n in within(above) if n.type == "identifier"), None)
        parent = None if base is None else Ref((self.text(base),), base.start_byte, base.end_byte)
        self.bind(scope, self.text(name), name, parent, kind="class")
        self._delegated(above, inner)
        row = None if constructor is None else row_of_kotlin(node, constructor, body)
        if row is not None:
            self.bind(inner, ROW, name, row, kind="property")
        read = None if constructor is None else read_by_kotlin(node, constructor)
        if read is not None and read.entries:
            self.bind(inner, READ, name, read, kind="property")
        return inner

    def _delegated(self, above: Node | None, scope: int) -> None:
        """Keep what a class gives the constructor of the one that it extends: `class Jobs : Base("jobs")`."""
        for specifier in above.named_children if above is not None else ():
            called = child_of(specifier, "constructor_invocation")
            given = None if called is None else child_of(called, "value_arguments")
            if called is not None and given is not None:
                self.super_call(called, scope, *self._arguments(given, scope))

    def _constructor(self, constructor: Node, scope: int) -> list[str]:
        listed = child_of(constructor, "class_parameters")
        names: list[str] = []
        parameters: list[Parameter] = []
        for child in [] if listed is None else [c for c in listed.named_children if c.type == "class_parameter"]:
            name = child_of(child, "identifier")
            if name is None:
                continue
            declared, default = self.type_of(child), self._after_equals(child, scope)
            names.append(self.text(name))
            parameters.append(Parameter(self.text(name), declared, (), default))
            self.bind(scope, self.text(name), name, default, kind="parameter", type=declared)
        made = Function("constructor", tuple(parameters), (), scope, constructor.start_byte, constructor.end_byte)
        self.functions.append(made)
        self.bind(scope, "constructor", constructor, made, kind="function")
        return names

    def _enum(self, node: Node, body: Node, parameters: list[str], scope: int) -> Value:
        entries: list[Entry] = []
        for entry in [c for c in body.named_children if c.type == "enum_entry"]:
            label = child_of(entry, "identifier")
            if label is None:
                continue
            start, end = label.start_byte, label.end_byte
            members = [Entry("name", self.literal(start, end, raw=True), start, end)]
            named = serial_name(entry)
            as_written = self.literal(start, end, raw=True) if named is None else self.value(named, scope)
            members += [Entry(ROW, as_written, start, end)] if serializable(node) else []
            given = child_of(entry, "value_arguments")
            positional = () if given is None else self._arguments(given, scope)[0]
            members.extend(Entry(n, v, start, end) for n, v in zip(parameters, positional, strict=False))
            entries.append(Entry(self.text(label), object_of(members, entry), start, end))
        return object_of(entries, node)

    def _constants(self, node: Node, body: Node | None, scope: int) -> Value:
        """What an `object` holds, so that `Tables.JOBS` and `Names.Tables.JOBS` are followed as members."""
        entries: list[Entry] = []
        for child in [] if body is None else body.named_children:
            if child.type == "object_declaration" and (label := child.child_by_field_name("name")) is not None:
                inner = next((c for c in child.named_children if c.type == "class_body"), None)
                held = self._constants(child, inner, self.opened(child, scope))
                entries.append(Entry(self.text(label), held, label.start_byte, label.end_byte))
            if child.type != "property_declaration":
                continue
            variable = child_of(child, "variable_declaration")
            name = None if variable is None else child_of(variable, "identifier")
            value = self._after_equals(child, scope)
            if name is not None and value is not None:
                entries.append(Entry(self.text(name), value, name.start_byte, name.end_byte))
        return object_of(entries, node)

    def _property(self, node: Node, scope: int) -> None:
        variable = child_of(node, "variable_declaration")
        name = None if variable is None else child_of(variable, "identifier")
        if variable is None or name is None:
            return
        value = self._after_equals(node, scope)
        getter = child_of(node, "getter")
        if getter is not None:
            made = self.value(getter, scope)
            value = choice(made.returns, getter) if isinstance(made, Function) and made.returns else value
        delegate = child_of(node, "property_delegate")
        if delegate is not None:
            value = self._lazy(delegate, scope)
        in_class = self.scopes[scope].kind == "class"
        constant = "const" in self.text(child_of(node, "modifiers")).split()
        constant = constant or (
            self.scopes[scope].kind != "file" and any(child.type == "val" for child in node.children)
        )
        kind: BindingKind = "property" if in_class else "constant" if constant else "variable"
        self.bind(scope, self.text(name), name, value, kind=kind, type=self.type_of(variable))
        if in_class and self._is_companion(node):
            self.bind(self.scopes[scope].parent, self.text(name), name, value, kind="property")

    def _is_companion(self, node: Node) -> bool:
        body = node.parent
        return body is not None and body.parent is not None and body.parent.type == "companion_object"

    def _lazy(self, delegate: Node, scope: int) -> Value | None:
        """`by lazy { value }` is the value."""
        body = next((n for n in within(delegate) if n.type == "lambda_literal"), None)
        made = None if body is None else self.value(body, scope)
        return choice(made.returns, delegate) if isinstance(made, Function) and made.returns else None

    def _after_equals(self, node: Node, scope: int) -> Value | None:
        children = node.children
        for index, child in enumerate(children[:-1]):
            if child.type == "=":
                return self.value(children[index + 1], scope)
        return None

    def _assignment(self, node: Node, scope: int) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return
        value = self.value(right, scope)
        if left.type == "identifier":
            name = self.text(left)
            if self.text(node.child_by_field_name("operator")) == "+=":
                value = join((Ref((name,), left.start_byte, left.end_byte), value), node.start_byte, node.end_byte)
            self.bind(self.home(name, scope), name, left, value)
        elif left.type == "navigation_expression" and self.text(left.named_children[0]) == "this":
            owner, member = self.class_scope(scope), left.named_children[-1]
            if owner is not None:
                self.bind(owner, self.text(member), member, value, kind="property")
        elif left.type == "index_expression" and len(left.named_children) == 2:
            target, index = left.named_children
            key = self.value(index, scope)
            while target.type == "index_expression" and target.named_children:  # `rows[i]["kind"] = …`
                key, target = Opaque(left.start_byte, left.end_byte), target.named_children[0]
            if target.type == "identifier":
                self.bind_member(scope, self.text(target), key, value)

    def _loop(self, node: Node, scope: int) -> None:
        children = node.children
        variable = child_of(node, "variable_declaration")
        name = None if variable is None else child_of(variable, "identifier")
        for index, child in enumerate(children[:-1]):
            if child.type == "in" and name is not None:
                self.bind(scope, self.text(name), name, elements(self.value(children[index + 1], scope)))

    def _import(self, node: Node) -> None:
        path = child_of(node, "qualified_identifier")
        if path is None:
            return
        names = [self.text(c) for c in path.named_children if c.type == "identifier"]
        alias = next((c for c in node.named_children[1:] if c.type == "identifier"), None)
        start, end = node.start_byte, node.end_byte
        if any(c.type == "*" for c in node.children):
            self.imports.append(Import("*", ".".join(names), "*", start, end))
        elif names:
            local = self.text(alias) if alias is not None else names[-1]
            self.imports.append(Import(local, ".".join(names[:-1]), names[-1], start, end))
