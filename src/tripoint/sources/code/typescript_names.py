"""What the names of a TypeScript or JavaScript file stand for: its variables, classes, types, imports and exports."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct, field
from msgspec.structs import replace
from tree_sitter import Node

from tripoint.model.regex import regex
from tripoint.sources.code.composed import join
from tripoint.sources.code.facts import (
    Array,
    Binding,
    Chain,
    Choice,
    Entry,
    Export,
    Import,
    Object,
    Opaque,
    Ref,
    Scope,
    Template,
    Text,
    Value,
)
from tripoint.sources.code.grammar import first
from tripoint.sources.code.typescript_modules import exports_of, imports_of, is_default
from tripoint.sources.code.typescript_values import (
    FILLING,
    FUNCTIONS,
    Values,
    literal_choices,
    node_text,
    property_name,
    type_text,
)

__all__ = ["Names"]

_TYPE_TEXT = 4000
"""Characters of a type that are kept: enough for any interface that a person reads."""

_COMPONENT = regex(r"^[\w.]*\b(?:FC|VFC|FunctionComponent|NextPage|Component|ParentComponent)<(.*)>$", re.DOTALL)

_FOR_EACH = frozenset(["forEach", "map", "flatMap", "filter", "some", "every", "find", "findIndex"])
"""The methods of a list that call a function for each item."""


class Names(Struct):
    """Collects the bindings, imports and exports of one file."""

    values: Values
    scopes: list[Scope]
    nodes: Iterable[Node]
    scope_nodes: Iterable[Node]
    bindings: list[Binding] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)
    _names: dict[int, str] = field(default_factory=dict)
    _assigned: list[tuple[Node, Node | None, Node | None]] = field(default_factory=list)
    _declared: set[tuple[int, str]] = field(default_factory=set)
    _texts: set[tuple[int, str]] = field(default_factory=set)
    """The variables that are given strings: what `+=` does to others is arithmetic."""
    _rests: set[int] = field(default_factory=set)
    """Where the names of rests stand: `{ a, ...rest }`."""

    def collect(self) -> None:
        """Read every node; then the assignments, which need to know what is declared where."""
        for node in self.scope_nodes:
            if node.type in FUNCTIONS:
                self._function(node)
        handlers = {
            "variable_declarator": self._declarator,
            "public_field_definition": self._field,
            "field_definition": self._field,
            "enum_declaration": self._enum,
            "class_declaration": self._class,
            "abstract_class_declaration": self._class,
            "class": self._class,
            "type_alias_declaration": self._type,
            "interface_declaration": self._type,
            "type_parameter": self._type_parameter,
            "import_statement": self._import,
            "export_statement": self._export,
            "for_in_statement": self._loop,
        }
        assignments: list[Node] = []
        for node in self.nodes:
            if node.type in ("assignment_expression", "augmented_assignment_expression"):
                assignments.append(node)
            else:
                handlers[node.type](node)
        self._declared = {(binding.scope, binding.name) for binding in self.bindings}
        self._texts = {(one.scope, one.name) for one in self.bindings if isinstance(one.value, Text | Template)}
        for node in assignments:
            self._assignment(node)
        self.bindings.sort(key=lambda binding: (binding.start, binding.end, binding.name))

    def named_scopes(self) -> list[Scope]:
        """Return the scopes with the names that a declaration around them gives."""
        return [
            replace(scope, name=self._names[index]) if scope.name is None and index in self._names else scope
            for index, scope in enumerate(self.scopes)
        ]

    def _bind(
        self,
        scope: int,
        name: str,
        value: Value | None,
        node: Node,
        kind: str = "variable",
        type_: str | None = None,
        choices: tuple[Text, ...] = (),
        path: tuple[str, ...] = (),
    ) -> None:
        self.bindings.append(
            Binding(scope, name, value, node.start_byte, node.end_byte, kind, type_, choices, path)  # type: ignore[arg-type]
        )

    def _pattern(
        self,
        pattern: Node | None,
        value: Value | None,
        scope: int,
        kind: str,
        annotation: Node | None = None,
        path: tuple[str, ...] = (),
    ) -> None:
        """Bind every name of a pattern, with the members that it is taken from."""
        work: list[tuple[Node, Value | None, tuple[str, ...]]] = [(pattern, value, path)] if pattern is not None else []
        written, choices = type_text(annotation), literal_choices(annotation)
        while work:
            node, bound, members = work.pop()
            if node.type in ("identifier", "shorthand_property_identifier_pattern"):
                if node.type != "identifier":
                    members = (*members, node_text(node))
                self._bind(scope, node_text(node), bound, node, kind, written, () if members else choices, members)
            elif node.type in ("assignment_pattern", "object_assignment_pattern"):
                left = node.child_by_field_name("left")
                if left is not None:
                    default = self.values.value(node.child_by_field_name("right")) if kind == "parameter" else bound
                    work.append((left, default, members))
            elif node.type == "pair_pattern":
                target = node.child_by_field_name("value")
                key = property_name(node.child_by_field_name("key")) or "*"
                if target is not None:
                    work.append((target, bound, (*members, key)))
            elif node.type == "object_pattern":
                work.extend((child, bound, members) for child in node.named_children)
            elif node.type == "array_pattern":
                work.extend((child, bound, (*members, str(i))) for i, child in enumerate(node.named_children))
            elif node.type == "rest_pattern" and node.named_children:
                self._rests.add(node.named_children[0].start_byte)
                inside = node.parent if node.parent == pattern and not members else None
                if kind == "parameter" and inside is not None and inside.type == "object_pattern":
                    # The parameter itself has no name: it is bound by one that code can't write.
                    self._bind(scope, node_text(node), bound, node, kind, written, choices)
                    whole = Ref((node_text(node),), node.start_byte, node.end_byte)
                    name = node.named_children[0]
                    self._bind(scope, node_text(name), _rest(node, whole), name)
                    continue
                rest = _rest(node, bound) if kind == "variable" and bound is not None and not members else None
                work.append((node.named_children[0], rest, members))

    def _function(self, node: Node) -> None:
        scope = self.values.scope_of[node.start_byte]
        parent = self.scopes[scope].parent
        made = self.values.function(node)
        name = node.child_by_field_name("name")
        if name is not None and node.type != "function_expression":
            inside_class = self.scopes[parent].kind == "class"
            if node.type != "method_definition" or inside_class:
                label = property_name(name) if node.type == "method_definition" else node_text(name)
                getter = any(child.type == "get" for child in node.children)
                value: Value = made if not getter else (made.returns[0] if made.returns else made)
                self._bind(parent, label or "*", value, name, "property" if getter else "function")
        listed = node.child_by_field_name("parameters")
        single = node.child_by_field_name("parameter")
        bound = len(self.bindings)
        if single is not None:
            self._pattern(single, None, scope, "parameter")
        for child in listed.named_children if listed is not None else ():
            if child.type in ("required_parameter", "optional_parameter"):
                pattern = child.child_by_field_name("pattern")
                annotation = child.child_by_field_name("type")
                written = child.child_by_field_name("value")
                default = self.values.value(written) if written is not None else None
                self._pattern(pattern, default, scope, "parameter", annotation)
                modified = any(part.type in ("accessibility_modifier", "readonly") for part in child.children)
                if modified and pattern is not None and self.scopes[parent].kind == "class":
                    ref = Ref((node_text(pattern),), pattern.start_byte, pattern.end_byte)
                    choices = literal_choices(annotation)
                    # The property is the parameter, whose scope is the constructor's.
                    self._bind(parent, node_text(pattern), ref, pattern, "property", type_text(annotation), choices)
            elif child.type != "comment":
                self._pattern(child, None, scope, "parameter")
        item = single or (first(listed) if listed is not None else None)
        over = self._gone_over(node)
        if over is not None and item is not None:
            for index, binding in enumerate(self.bindings[bound:], bound):
                inside = binding.scope == scope and item.start_byte <= binding.start < item.end_byte
                if inside and binding.start not in self._rests:  # a rest lacks what is taken from the item by name
                    self.bindings[index] = replace(binding, over=over)

    def _gone_over(self, node: Node) -> Value | None:
        """Return what a function is called for each item of, where it is the callback of such a method."""
        arguments = node.parent
        call = arguments.parent if arguments is not None and arguments.type == "arguments" else None
        if arguments is None or call is None or first(arguments) != node:
            return None
        called = call.child_by_field_name("function")
        if called is None or called.type != "member_expression":
            return None
        method, receiver = called.child_by_field_name("property"), called.child_by_field_name("object")
        if method is None or receiver is None or node_text(method) not in _FOR_EACH:
            return None
        return self.values.value(receiver)

    def _loop(self, node: Node) -> None:
        """Bind the variable of `for (const name of names)` to the items, that of `for … in` to nothing known.

        Of what `Object.entries` lists, the second of each pair is a member.
        """
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = node.child_by_field_name("operator")
        if left is None or right is None or node.child_by_field_name("kind") is None:
            return
        value = self.values.value(right) if operator is not None and operator.type == "of" else None
        item: Value | None = None
        if isinstance(value, Ref):
            item = Ref((*value.path, "*"), value.start, value.end)
        elif isinstance(value, Array) and value.items:
            item = Choice(value.items, value.start, value.end)
        listed = _members_listed(value)
        if listed is not None:
            how, of = listed
            member = Ref((*of.path, "*"), of.start, of.end)
            if how == "entries" and left.type == "array_pattern" and len(left.named_children) == 2:
                scope = self.values.scope_at(left.start_byte)
                self._pattern(left.named_children[0], None, scope, "variable")
                self._pattern(left.named_children[1], member, scope, "variable")
                return
            item = member if how == "values" else None
        self._pattern(left, item, self.values.scope_at(left.start_byte), "variable")

    def _name_scope(self, node: Node | None, name: str) -> None:
        """Give the function that a declaration holds, itself or as first argument of a wrapper, the declared name."""
        for _ in range(4):
            if node is None:
                return
            if node.type in FUNCTIONS:
                self._names.setdefault(self.values.scope_of[node.start_byte], name)
                return
            if node.type == "call_expression":
                listed = node.child_by_field_name("arguments")
                node = first(listed) if listed is not None else None
            elif node.type in ("parenthesized_expression", "as_expression", "satisfies_expression"):
                node = first(node)
            else:
                return

    def _component(self, written: Node | None, annotation: Node | None) -> None:
        """Give the properties of a component, `const C: FC<Props> = ({ a }) => …`, the type that is written there."""
        match = _COMPONENT.match(type_text(annotation) or "")
        if match is None or written is None or written.type not in FUNCTIONS:
            return
        scope = self.values.scope_of[written.start_byte]
        for index, binding in enumerate(self.bindings):
            if binding.scope == scope and binding.kind == "parameter" and binding.type is None:
                self.bindings[index] = replace(binding, type=match[1])

    def _declarator(self, node: Node) -> None:
        name = node.child_by_field_name("name")
        written = node.child_by_field_name("value")
        annotation = node.child_by_field_name("type")
        scope = self.values.scope_at(node.start_byte)
        if name is None:
            return
        if name.type == "identifier":
            self._name_scope(written, node_text(name))
            self._component(written, annotation)
        value = self.values.value(written) if written is not None else None
        if isinstance(value, Chain) and self._required(name, value, scope):
            return
        if isinstance(value, Text) and _is_exported_let(node):
            value = None  # what Svelte takes from the component's user, and others write anew
        if node.parent is not None and node.parent.type == "variable_declaration":  # `var` is its function's
            while self.scopes[scope].kind == "block":
                scope = self.scopes[scope].parent
        self._pattern(name, value, scope, "variable", annotation)

    def _required(self, name: Node, value: Chain, scope: int) -> bool:
        """Take `require('m')` and `await import('m')` as the imports that they are."""
        if not isinstance(value.root, Ref) or value.root.path not in (("require",), ("import",)):
            return False
        first, *members = value.steps
        if len(first.arguments) != 1 or not isinstance(first.arguments[0], Text) or len(members) > 1:
            return False
        module = first.arguments[0].value
        if members and members[0].call_end:
            return False
        if name.type == "identifier":
            imported = members[0].name if members else "*"
            self.imports.append(Import(node_text(name), module, imported, name.start_byte, name.end_byte, scope=scope))
        elif name.type == "object_pattern" and not members:
            for child in name.named_children:
                key = child.child_by_field_name("key") or child.child_by_field_name("left") or child
                local = child.child_by_field_name("value") or child.child_by_field_name("left") or child
                self.imports.append(
                    Import(node_text(local), module, node_text(key), local.start_byte, local.end_byte, scope=scope)
                )
        else:
            return False
        return True

    def _assignment(self, node: Node) -> None:
        left = node.child_by_field_name("left")
        right = node.child_by_field_name("right")
        if left is None or right is None:
            return
        scope = self.values.scope_at(node.start_byte)
        if node.type == "augmented_assignment_expression":
            self._augmented(node, left, right, scope)
            return
        if left.type in ("identifier", "object_pattern", "array_pattern"):
            if left.type == "identifier":
                self._name_scope(right, node_text(left))
                scope = self._declaring(scope, node_text(left))
            self._pattern(left, self.values.value(right), scope, "variable")
            return
        if left.type not in ("member_expression", "subscript_expression"):
            return
        path = self.values.value(left)
        if not isinstance(path, Ref) or (path.path[-1] == "length" and node_text(right) == "0"):  # empties a list
            return
        value = self.values.value(right)
        if path.path[0] == "this" and len(path.path) == 2:
            inside = self._class_around(scope)
            if inside >= 0:
                self._bind(inside, path.path[1], value, left, "property")
        elif path.path == ("module", "exports"):
            self._bind(0, "module.exports", value, left)
            self.exports.append(Export("default", "module.exports"))
            for entry in value.entries if isinstance(value, Object) else ():
                self._exported_value(entry.key, entry.value, left)
        elif path.path[0] == "exports" and len(path.path) == 2:
            self._exported_value(path.path[1], value, left)
        elif path.path[:2] == ("module", "exports") and len(path.path) == 3:
            self._exported_value(path.path[2], value, left)
        else:
            self._member(path, value, left.child_by_field_name("property") or left)

    def _augmented(self, node: Node, left: Node, right: Node, scope: int) -> None:
        operator = node_text(node.child_by_field_name("operator"))
        if operator in ("||=", "??=", "&&=") and left.type in ("member_expression", "subscript_expression"):
            path = self.values.value(left)
            if isinstance(path, Ref) and path.path[0] != "this":
                self._member(path, self.values.value(right), left.child_by_field_name("property") or left)
            elif isinstance(path, Ref) and len(path.path) == 2 and (inside := self._class_around(scope)) >= 0:
                self._bind(inside, path.path[1], self.values.value(right), left, "property")
            return
        if left.type != "identifier":
            return
        name = node_text(left)
        owner, more = self._declaring(scope, name), self.values.value(right)
        if operator in FILLING:
            before = Ref((name,), left.start_byte, left.end_byte)
            self._bind(owner, name, Choice((before, more), node.start_byte, node.end_byte), left)
        if operator != "+=":
            return
        if (owner, name) in self._texts or isinstance(more, Text | Template):
            before = Ref((name,), left.start_byte, left.end_byte)
            self._bind(owner, name, join((before, more), node.start_byte, node.end_byte), left)

    def _class_around(self, scope: int) -> int:
        while scope >= 0 and self.scopes[scope].kind != "class":
            scope = self.scopes[scope].parent
        return scope

    def _member(self, path: Ref, value: Value, key: Node) -> None:
        """Bind what a member of a variable is given."""
        scope = self._declaring(self.values.scope_at(key.start_byte), path.path[0])
        self._bind(scope, f"{path.path[0]}.*", value, key, "property", path=path.path[1:])

    def _declaring(self, scope: int, name: str) -> int:
        while scope > 0 and (scope, name) not in self._declared:
            scope = self.scopes[scope].parent
        return scope

    def appended(self, chains: Iterable[Chain]) -> None:
        """Bind what is appended to lists: `rows.push(row)`."""
        for chain in chains:
            step = chain.steps[0]
            if step.name in ("push", "unshift") and isinstance(chain.root, Ref) and len(chain.root.path) == 1:
                name = chain.root.path[0]
                scope = self._declaring(chain.scope, name)
                for argument in step.arguments:
                    self.bindings.append(
                        Binding(scope, f"{name}.*", argument, argument.start, argument.end, "property", path=("[]",))
                    )
        self.bindings.sort(key=lambda binding: (binding.start, binding.end, binding.name))

    def _exported_value(self, name: str, value: Value, node: Node) -> None:
        self._bind(0, f"exports.{name}", value, node)
        self.exports.append(Export(name, f"exports.{name}"))

    def _field(self, node: Node) -> None:
        key = node.child_by_field_name("name") or node.child_by_field_name("property")
        name = property_name(key)
        if key is None or name is None:
            return
        written = node.child_by_field_name("value")
        annotation = node.child_by_field_name("type")
        self._name_scope(written, name)
        value = self.values.value(written) if written is not None else None
        scope = self.values.scope_at(node.start_byte)
        self._bind(scope, name, value, key, "property", type_text(annotation), literal_choices(annotation))

    def _enum(self, node: Node) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None or body is None:
            return
        entries: list[Entry] = []
        for child in body.named_children:
            key = child.child_by_field_name("name") if child.type == "enum_assignment" else child
            label = property_name(key)
            if key is None or label is None or child.type == "comment":
                continue
            value: Value = Opaque(child.start_byte, child.end_byte)
            if child.type == "enum_assignment":
                value = self.values.value(child.child_by_field_name("value"))
            entries.append(Entry(label, value, key.start_byte, key.end_byte))
        made = Object(tuple(entries), body.start_byte, body.end_byte)
        self._bind(self.values.scope_at(node.start_byte), node_text(name), made, name, "constant")

    def _class(self, node: Node) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if body is None:
            return
        label = node_text(name) or "default"
        parent: Value | None = None
        for child in node.named_children:
            if child.type == "class_heritage":
                clause = next((part for part in child.named_children if part.type == "extends_clause"), child)
                base = clause.child_by_field_name("value") or (first(clause) if clause is child else None)
                parent = self.values.value(base) if base is not None else None
        self._names.setdefault(self.values.scope_at(body.start_byte), label)
        self._bind(self.values.scope_at(node.start_byte), label, parent, name or body, "class")

    def _type(self, node: Node) -> None:
        name = node.child_by_field_name("name")
        body = node.child_by_field_name("value") or node.child_by_field_name("body")
        if name is not None and body is not None:
            scope = self.values.scope_at(node.start_byte)
            text = node_text(body)[:_TYPE_TEXT]
            self._bind(scope, node_text(name), None, name, "type", text, literal_choices(body))

    def _type_parameter(self, node: Node) -> None:
        name, constraint = node.child_by_field_name("name"), node.child_by_field_name("constraint")
        if name is not None and constraint is not None:
            scope = self.values.scope_at(node.start_byte)
            text = node_text(constraint).removeprefix("extends").strip()
            self._bind(scope, node_text(name), None, name, "type", text, literal_choices(constraint))

    def _import(self, node: Node) -> None:
        self.imports.extend(imports_of(node))

    def _export(self, node: Node) -> None:
        value = node.child_by_field_name("value")
        if value is None or not is_default(node) or node.child_by_field_name("declaration") is not None:
            self.exports.extend(exports_of(node))
            return
        made = self.values.value(value)
        if isinstance(made, Ref) and len(made.path) == 1:
            self.exports.append(Export("default", made.path[0]))
        else:
            self._name_scope(value, "default")
            self._bind(0, "default", made, value)
            self.exports.append(Export("default", "default"))


def _is_exported_let(declarator: Node) -> bool:
    declaration = declarator.parent
    if declaration is None or declaration.parent is None or declaration.parent.type != "export_statement":
        return False
    return bool(declaration.children) and declaration.children[0].type == "let"


def _members_listed(value: Value | None) -> tuple[str, Ref] | None:
    """Return how a call of `Object` lists the members of what (`Object.entries(map)`)."""
    if not isinstance(value, Chain) or not isinstance(value.root, Ref) or value.root.path[0] != "Object":
        return None
    last = value.steps[-1] if value.steps else None
    of = last.arguments[0] if last is not None and last.call_end and len(last.arguments) == 1 else None
    named = last.name if last is not None and last.name != "()" else value.root.path[-1]
    return (named, of) if isinstance(of, Ref) and named in ("entries", "values") else None


def _rest(node: Node, whole: Value) -> Value | None:
    """Return what `...rest` of `const { id, ...rest } = row` holds: the whole without what is taken out by name."""
    if node.parent is None or node.parent.type != "object_pattern":
        return None
    taken: list[str] = []
    for child in node.parent.named_children:
        if child.type in ("pair_pattern", "object_assignment_pattern"):
            key = child.child_by_field_name("key" if child.type == "pair_pattern" else "left")
            taken.append(property_name(key) or "*")
        elif child.type == "shorthand_property_identifier_pattern":
            taken.append(node_text(child))
    return Object((), node.start_byte, node.end_byte, (whole,), complete=False, taken=tuple(taken))
