"""Python: the calls, names and strings of a module, without importing or running it."""

from __future__ import annotations

from tree_sitter import Node

from tripoint.model.regex import regex
from tripoint.sources.code.composed import choice, elements, join, object_of
from tripoint.sources.code.facts import (
    Binding,
    Chain,
    CodeFacts,
    Entry,
    Export,
    Function,
    Import,
    Object,
    Opaque,
    Ref,
    Step,
    Value,
)
from tripoint.sources.code.grammar import child_of, first
from tripoint.sources.code.python_values import COMPREHENSIONS, PythonValues
from tripoint.sources.code.syntax import BindingKind

__all__ = ["read_python"]

_ENUM_BASE = regex(r"(?:^|\.)(?:Str|Int)?Enum$")
_TYPE_FORMS = ("Annotated", "Literal", "Optional", "Union")


def read_python(data: bytes) -> CodeFacts:
    """Return the facts of a Python module."""
    return PythonReader(data).read()


class PythonReader(PythonValues):
    """Reads one Python module: its declarations on top of its values."""

    # Declarations.

    def enter(self, node: Node, scope: int) -> int:
        kind = node.type
        if kind == "function_definition":
            return self._function(node, scope)
        if kind == "lambda":
            self.value(node, scope)
            return self.opened(node, scope)
        if kind in COMPREHENSIONS:
            return self.opened(node, scope)
        if kind == "class_definition":
            return self._class(node, scope)
        if kind == "assignment":
            self._assignment(node, scope)
        elif kind == "named_expression":
            self._bind_target(node.child_by_field_name("name"), node.child_by_field_name("value"), scope)
        elif kind == "augmented_assignment":
            self._augmented(node, scope)
        elif kind == "as_pattern":
            self._with_target(node, scope)
        elif kind in ("for_statement", "for_in_clause"):
            self._loop(node, scope)
        elif kind == "import_from_statement":
            self._import_from(node, scope)
        elif kind == "import_statement":
            self._import(node, scope)
        elif kind == "type_alias_statement":
            self._type_alias(node, scope)
        elif kind == "delete_statement":
            self._delete(node, scope)
        return scope

    def finish(self) -> None:
        names = {b.name for b in self.bindings if b.scope == 0}
        names.update(i.local for i in self.imports if i.scope == 0 and i.local != "*")
        self.exports.extend(Export(name, name) for name in sorted(names))
        self.exports.extend(Export("*", "*", i.module) for i in self.imports if i.scope == 0 and i.local == "*")

    def _function(self, node: Node, scope: int) -> int:
        name_node = node.child_by_field_name("name")
        value = self.value(node, scope)
        if name_node is not None and isinstance(value, Function):
            name, returns = self.text(name_node), value.return_type
            if self._is_property(node):
                given = choice(value.returns, node) if value.returns else None
                self.bind(scope, name, name_node, given, kind="property", type=returns)
            else:
                self.bind(scope, name, name_node, value, kind="function", type=returns)
        return self.opened(node, scope)

    def _is_property(self, node: Node) -> bool:
        parent = node.parent
        if parent is None or parent.type != "decorated_definition":
            return False
        return any(c.type == "decorator" and self.text(c).endswith("property") for c in parent.named_children)

    def _class(self, node: Node, scope: int) -> int:
        name_node = node.child_by_field_name("name")
        inner = self.opened(node, scope)
        if name_node is not None:
            bases = node.child_by_field_name("superclasses")
            nodes = [] if bases is None else [c for c in bases.named_children if c.type in ("identifier", "attribute")]
            named = ("identifier", "attribute", "subscript")
            listed = [] if bases is None else [c for c in bases.named_children if c.type in named]
            texts = [self.text(c.child_by_field_name("value") or c) for c in listed]
            if any(_ENUM_BASE.search(text) for text in texts):
                self.bind(scope, self.text(name_node), name_node, self._members(node, inner), kind="constant")
            else:
                above = self.value(nodes[0], scope) if nodes else None
                options = [] if bases is None else [c for c in bases.named_children if c.type == "keyword_argument"]
                texts += [self.text(option).replace(" ", "") for option in options]
                self.bind(scope, self.text(name_node), name_node, above, kind="class", type=", ".join(texts) or None)
        return inner

    def _members(self, node: Node, scope: int) -> Object | None:
        """The members of an enum, whose values are what the members stand for."""
        body = node.child_by_field_name("body")
        if body is None:
            return None
        entries: list[Entry] = []
        for statement in body.named_children:
            target = first(statement) if statement.type == "expression_statement" else None
            if target is None or target.type != "assignment":
                continue
            left, right = target.child_by_field_name("left"), target.child_by_field_name("right")
            if left is not None and left.type == "identifier" and right is not None:
                entries.append(Entry(self.text(left), self.value(right, scope), left.start_byte, left.end_byte))
        return object_of(entries, node)

    def _assignment(self, node: Node, scope: int) -> None:
        right = node.child_by_field_name("right")
        annotation = node.child_by_field_name("type")
        if right is not None and right.type == "assignment":
            # `a = b = value`: the innermost assignment holds the value.
            while right is not None and right.type == "assignment":
                right = right.child_by_field_name("right")
        self._bind_target(node.child_by_field_name("left"), right, scope, annotation)

    def _bind_target(self, left: Node | None, right: Node | None, scope: int, annotation: Node | None = None) -> None:
        if left is None or (right is None and annotation is None):
            return
        value = None if right is None else self.value(right, scope)
        if left.type in ("pattern_list", "tuple_pattern", "list_pattern"):
            self._destructure(left, value, scope)
            return
        declared = None if annotation is None else self.text(annotation)
        choices = () if annotation is None else self._choices(annotation)
        if left.type == "identifier":
            name = self.text(left)
            if right is not None and self._is_type_form(right):
                self.bind(scope, name, left, value, kind="type", type=self.text(right), choices=self._choices(right))
                return
            in_class = self.scopes[scope].kind == "class"
            kind: BindingKind = "property" if in_class else "constant" if name.isupper() else "variable"
            self.bind(scope, name, left, value, kind=kind, type=declared, choices=choices)
        elif left.type == "attribute" and self.text(left.child_by_field_name("object")) in ("self", "cls"):
            owner = self.class_scope(scope)
            attribute = left.child_by_field_name("attribute")
            if owner is not None and attribute is not None:
                self.bind(
                    owner, self.text(attribute), attribute, value, kind="property", type=declared, choices=choices
                )
        elif left.type == "subscript":
            self._item(left, value, scope)

    def _item(self, left: Node, value: Value | None, scope: int) -> None:
        target, key_node = left.child_by_field_name("value"), left.child_by_field_name("subscript")
        if target is None or key_node is None or value is None:
            return
        key = self.value(key_node, scope)
        while target is not None and target.type == "subscript":  # `rows[i]["kind"] = …`
            key, target = Opaque(key_node.start_byte, key_node.end_byte), target.child_by_field_name("value")
        if target is not None and target.type == "identifier":
            self.bind_member(scope, self.text(target), key, value)

    def _delete(self, node: Node, scope: int) -> None:
        """`del row["key"]` takes a key out, as a method that is called `del` would."""
        word = node.children[0]
        for target in node.named_children:
            held = target.child_by_field_name("value") if target.type == "subscript" else None
            if held is not None and held.type == "identifier":
                key = self.value(target.child_by_field_name("subscript"), scope)
                root = Ref((self.text(held),), held.start_byte, held.end_byte)
                step = Step("del", word.start_byte, word.end_byte, (key,), call_end=node.end_byte)
                self.chains.append(Chain(root, (step,), node.start_byte, node.end_byte, scope))

    def _destructure(self, left: Node, value: Value | None, scope: int) -> None:
        for index, target in enumerate(left.named_children):
            if target.type == "identifier":
                self.bind(scope, self.text(target), target, value, path=(str(index),))
            elif target.type == "subscript":
                self._item(target, Opaque(target.start_byte, target.end_byte), scope)

    def _augmented(self, node: Node, scope: int) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = self.text(node.child_by_field_name("operator"))
        if left is None or left.type != "identifier" or operator not in ("+=", "|="):
            return
        if operator == "|=" or (right is not None and right.type == "list"):  # `row |= more`, `rows += [row]`
            name = self.text(left)
            given = self.value(right, scope)
            home = self.home(name, scope)
            self.bindings.append(Binding(home, f"{name}.*", given, given.start, given.end, "property", path=("[]",)))
            return
        before = Ref((self.text(left),), left.start_byte, left.end_byte)
        joined = join((before, self.value(right, scope)), node.start_byte, node.end_byte)
        self.bind(scope, self.text(left), left, joined)

    def _with_target(self, node: Node, scope: int) -> None:
        alias = child_of(node, "as_pattern_target")
        target = None if alias is None else first(alias)
        if target is not None and target.type == "identifier":
            self.bind(scope, self.text(target), target, self.value(first(node), scope))

    def _loop(self, node: Node, scope: int) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return
        element = elements(self.value(right, scope))
        if left.type == "identifier":
            self.bind(scope, self.text(left), left, element)
        elif left.type in ("pattern_list", "tuple_pattern"):
            counted = right.type == "call" and self.text(right.child_by_field_name("function")) == "enumerate"
            given = right.child_by_field_name("arguments") if counted else None
            names = left.named_children
            if given is not None and given.named_children and len(names) == 2 and names[1].type == "identifier":
                over = elements(self.value(given.named_children[0], scope))
                self.bind(scope, self.text(names[1]), names[1], over)
            else:
                self._destructure(left, element, scope)

    def _import_from(self, node: Node, scope: int) -> None:
        module_node = node.child_by_field_name("module_name")
        module = self.text(module_node).replace(" ", "")
        for child in node.named_children:
            if child == module_node:
                continue
            if child.type == "wildcard_import":
                self.imports.append(Import("*", module, "*", child.start_byte, child.end_byte, scope=scope))
            elif child.type == "aliased_import":
                name, alias = child.child_by_field_name("name"), child.child_by_field_name("alias")
                self._note_import(child, self.text(alias), module, self.text(name), scope)
            elif child.type == "dotted_name":
                self._note_import(child, self.text(child), module, self.text(child), scope)

    def _import(self, node: Node, scope: int) -> None:
        for child in node.named_children:
            if child.type == "aliased_import":
                name, alias = child.child_by_field_name("name"), child.child_by_field_name("alias")
                self._note_import(child, self.text(alias), self.text(name), "*", scope)
            elif child.type == "dotted_name":
                module = self.text(child)
                self._note_import(child, module.partition(".")[0], module, "*", scope)

    def _note_import(self, node: Node, local: str, module: str, imported: str, scope: int) -> None:
        self.imports.append(Import(local, module, imported, node.start_byte, node.end_byte, scope=scope))

    def _type_alias(self, node: Node, scope: int) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is not None and right is not None:
            text = self.text(right)
            self.bind(scope, self.text(left), left, kind="type", type=text, choices=self._choices(right))

    def _is_type_form(self, node: Node) -> bool:
        return node.type == "subscript" and self.text(node.child_by_field_name("value")).endswith(_TYPE_FORMS)
