"""Python: the calls, names and strings of a module, without importing or running it."""

from __future__ import annotations

import re
from typing import ClassVar

from msgspec.structs import replace
from tree_sitter import Node

from tripoint.model.regex import regex
from tripoint.sources.code.facts import (
    Array,
    Chain,
    CodeFacts,
    Entry,
    Export,
    Function,
    Import,
    Object,
    Opaque,
    Parameter,
    Plain,
    Ref,
    Step,
    Text,
    Value,
)
from tripoint.sources.code.grammar import load_grammar
from tripoint.sources.code.syntax import BindingKind, ScopeKind, SyntaxReader, first, object_of

__all__ = ["read_python"]

_ENUM_BASE = regex(r"(?:^|\.)(?:Str|Int)?Enum$")
_TYPE_FORMS = ("Annotated", "Literal", "Optional", "Union")
_PLAIN = {"integer": "number", "float": "number", "true": "boolean", "false": "boolean", "none": "null"}
_COMPREHENSIONS = frozenset(
    {"list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression"}
)
_OWN_BLOCKS = frozenset({"function_definition", "class_definition", "with_statement"})
"""What its block runs with, once and as a whole."""
_GUARD = regex(r"\b(?:error|err|exc|exception|status_code|code)\b", re.IGNORECASE)


def read_python(data: bytes) -> CodeFacts:
    """Return the facts of a Python module."""
    return PythonReader(data).read()


class PythonReader(SyntaxReader):
    """Reads one Python module."""

    language = "python"
    grammar = load_grammar("python")
    string_types = frozenset({"string"})
    joining_types = frozenset({"concatenated_string", "binary_operator"})
    chain_types = frozenset({"call", "attribute", "subscript"})
    wrapper_types = frozenset({"parenthesized_expression"})
    await_types = frozenset({"await"})
    function_types = frozenset({"function_definition", "lambda", "class_definition", "module"})

    guard_types = frozenset({"try_statement", "if_statement"})
    scope_types: ClassVar[dict[str, ScopeKind]] = {
        "function_definition": "function",
        "lambda": "function",
        "class_definition": "class",
        **dict.fromkeys(sorted(_COMPREHENSIONS), "block"),
        "block": "block",
        "for_statement": "block",
        "while_statement": "block",
    }
    merging = frozenset({"update"})
    loop_types = frozenset({"for_statement", "while_statement"}) | _COMPREHENSIONS
    blocks_bind = False

    def scope_extent(self, node: Node) -> tuple[int, int] | None:
        if node.type == "block" and node.parent is not None and node.parent.type in _OWN_BLOCKS:
            return None
        return super().scope_extent(node)

    # Declarations.

    def enter(self, node: Node, scope: int) -> int:
        kind = node.type
        if kind == "function_definition":
            return self._function(node, scope)
        if kind == "lambda":
            self.value(node, scope)
            return self.opened(node, scope)
        if kind in _COMPREHENSIONS:
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

    def finish(self, root: Node) -> None:
        names = {b.name for b in self.bindings if b.scope == 0}
        names.update(i.local for i in self.imports if i.scope == 0 and i.local != "*")
        self.exports.extend(Export(name, name) for name in sorted(names))
        self.exports.extend(Export("*", "*", i.module) for i in self.imports if i.scope == 0 and i.local == "*")

    def guard(self, node: Node) -> str | None:
        if node.type == "try_statement":
            clause = next((c for c in node.named_children if c.type == "except_clause"), None)
            return None if clause is None else f"try … {self.text(clause).splitlines()[0][:60].strip()}"
        if node.type == "if_statement":
            condition = self.text(node.child_by_field_name("condition"))
            return f"if {condition[:60]}" if _GUARD.search(condition) else None
        return None

    def _function(self, node: Node, scope: int) -> int:
        name_node = node.child_by_field_name("name")
        value = self.value(node, scope)
        if name_node is not None and isinstance(value, Function):
            name, returns = self.text(name_node), value.return_type
            if self._is_property(node):
                given = self.choice(value.returns, node) if value.returns else None
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
        if target is not None and key_node is not None and target.type == "identifier" and value is not None:
            self.bind_member(scope, self.text(target), self.value(key_node, scope), value)

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

    def _augmented(self, node: Node, scope: int) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or left.type != "identifier" or self.text(node.child_by_field_name("operator")) != "+=":
            return
        before = Ref((self.text(left),), left.start_byte, left.end_byte)
        joined = self.join((before, self.value(right, scope)), node.start_byte, node.end_byte)
        self.bind(scope, self.text(left), left, joined)

    def _with_target(self, node: Node, scope: int) -> None:
        alias = next((c for c in node.named_children if c.type == "as_pattern_target"), None)
        target = None if alias is None else first(alias)
        if target is not None and target.type == "identifier":
            self.bind(scope, self.text(target), target, self.value(first(node), scope))

    def _loop(self, node: Node, scope: int) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return
        element = self.elements(self.value(right, scope))
        if left.type == "identifier":
            self.bind(scope, self.text(left), left, element)
        elif left.type in ("pattern_list", "tuple_pattern"):
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

    def _choices(self, annotation: Node) -> tuple[Text, ...]:
        """The members of `Literal["a", "b"]`, wherever it stands in an annotation."""
        if "Literal" not in self.text(annotation):
            return ()
        found: list[Text] = []
        stack = [annotation]
        while stack:
            node = stack.pop()
            if node.type == "string":
                value = self.value(node, 0)
                if isinstance(value, Text):
                    found.append(value)
            stack.extend(reversed(node.named_children))
        return tuple(found)

    # Values.

    def evaluate(self, node: Node, scope: int) -> Value:
        kind = node.type
        if kind in self.chain_types:
            return self._enum_member(self.path(node, scope))
        if kind == "identifier":
            return Ref((self.text(node),), node.start_byte, node.end_byte)
        if kind == "string":
            return self._string(node, scope)
        if kind == "concatenated_string":
            parts = [self.value(c, scope) for c in node.named_children if c.type == "string"]
            return self.join(parts, node.start_byte, node.end_byte)
        if kind == "binary_operator":
            return self._operator(node, scope)
        if kind in ("list", "tuple", "set"):
            items = [c for c in node.named_children if c.type != "comment"]
            plain = [self.value(c, scope) for c in items if c.type != "list_splat"]
            return Array(tuple(plain), node.start_byte, node.end_byte, complete=len(plain) == len(items))
        if kind == "dictionary":
            return self._dictionary(node, scope)
        if kind == "conditional_expression":
            branches = [c for c in node.named_children if c.type != "comment"]
            return self.choice([self.value(c, scope) for c in (branches[0], branches[-1])], node)
        if kind == "boolean_operator":
            if self.text(node.child_by_field_name("operator")) == "or":
                sides = [node.child_by_field_name("left"), node.child_by_field_name("right")]
                return self.choice([self.value(c, scope) for c in sides], node)
        elif kind in self.wrapper_types or kind in self.await_types:
            inner, _ = self.spine(node)
            return self.value(inner, scope) if inner != node else Opaque(node.start_byte, node.end_byte)
        elif kind in ("function_definition", "lambda"):
            return self._callable(node, scope)
        elif kind == "list_comprehension":
            body = node.child_by_field_name("body")
            return Array((self.value(body, self.opened(node, scope)),), node.start_byte, node.end_byte)
        elif kind in _PLAIN:
            return Plain(_PLAIN[kind], self.text(node), node.start_byte, node.end_byte)  # type: ignore[arg-type]
        elif kind == "unary_operator" and (operand := node.child_by_field_name("argument")) is not None:
            if operand.type in ("integer", "float"):
                return Plain("number", self.text(node), node.start_byte, node.end_byte)
        elif kind == "named_expression":
            return self.value(node.child_by_field_name("value"), scope)
        return Opaque(node.start_byte, node.end_byte)

    def _string(self, node: Node, scope: int) -> Value:
        children = node.children
        if not children or children[0].type != "string_start":
            return Opaque(node.start_byte, node.end_byte)
        prefix = self.text(children[0]).rstrip("\"'").lower()
        end = children[-1].start_byte if children[-1].type == "string_end" else node.end_byte
        if "b" in prefix:
            return Opaque(node.start_byte, node.end_byte)
        start = children[0].end_byte
        holes = [c for c in children if c.type == "interpolation"]
        if not holes:
            text = self.literal(start, end, raw="r" in prefix)
            return self._formatted(text) if "f" in prefix else text
        parts: list[Value] = []
        at = start
        for hole in holes:
            if hole.start_byte > at:
                parts.append(self._formatted(self.literal(at, hole.start_byte, raw="r" in prefix)))
            expression = hole.child_by_field_name("expression")
            plain = hole.child_by_field_name("format_specifier") is None
            value = self.value(expression, scope) if expression is not None and plain else None
            parts.append(value or Opaque(hole.start_byte, hole.end_byte))
            at = hole.end_byte
        if end > at:
            parts.append(self._formatted(self.literal(at, end, raw="r" in prefix)))
        return self.join(parts, node.start_byte, node.end_byte)

    @staticmethod
    def _formatted(text: Text) -> Text:
        if "{{" not in text.value and "}}" not in text.value:
            return text
        return replace(text, value=text.value.replace("{{", "{").replace("}}", "}"), exact=False)

    def _operator(self, node: Node, scope: int) -> Value:
        operands: list[Node] = []
        rest: Node | None = node
        while rest is not None and rest.type == "binary_operator":
            if self.text(rest.child_by_field_name("operator")) != "+":
                break
            if rest != node:
                self._taken.add(rest.id)  # begins as the whole does: asked again, a long one would take the square
            right = rest.child_by_field_name("right")
            if right is not None:
                operands.append(right)
            rest = rest.child_by_field_name("left")
        if rest is None or not operands:
            return Opaque(node.start_byte, node.end_byte)
        operands.append(rest)
        values = [self.value(o, scope) for o in reversed(operands)]
        if all(isinstance(v, Plain | Opaque) for v in values):
            return Opaque(node.start_byte, node.end_byte)
        return self.join(values, node.start_byte, node.end_byte)

    def _dictionary(self, node: Node, scope: int) -> Object:
        entries: list[Entry] = []
        spreads: list[Value] = []
        complete = True
        for child in node.named_children:
            if child.type == "dictionary_splat":
                spreads.append(self.value(first(child), scope))
            elif child.type == "pair":
                key_node = child.child_by_field_name("key")
                key = self.value(key_node, scope)
                value = self.value(child.child_by_field_name("value"), scope)
                if isinstance(key, Text):
                    entries.append(Entry(key.value, value, key.start, key.end))
                else:
                    complete = False
        return object_of(entries, node, spreads, complete)

    def _callable(self, node: Node, scope: int) -> Function:
        name_node = node.child_by_field_name("name")
        name = None if name_node is None else self.text(name_node)
        inner = self.opened(node, scope)
        parameters = self._parameters(node.child_by_field_name("parameters"), inner)
        body = node.child_by_field_name("body")
        returns: list[Value] = []
        if node.type == "lambda" and body is not None:
            returns.append(self.outside(body, inner))
        elif body is not None:
            returns.extend(self.outside(r, inner) for r in self._returned(body))
        return_node = node.child_by_field_name("return_type")
        return Function(
            name,
            tuple(parameters),
            tuple(returns),
            inner,
            node.start_byte,
            node.end_byte,
            None if return_node is None else self.text(return_node),
        )

    def _returned(self, body: Node) -> list[Node]:
        """The returned and yielded expressions of a function, those of inner functions left out."""
        found: list[Node] = []
        stack = [body]
        while stack:
            node = stack.pop()
            if node.type in ("return_statement", "yield"):
                found.extend(c for c in node.named_children[:1] if c.type != "comment")
            elif node.type not in self.function_types:
                stack.extend(reversed(node.named_children))
        return found

    def _parameters(self, node: Node | None, scope: int) -> list[Parameter]:
        parameters: list[Parameter] = []
        for child in [] if node is None else node.named_children:
            annotation, default = child.child_by_field_name("type"), child.child_by_field_name("value")
            name_node = child.child_by_field_name("name") or (child if child.type == "identifier" else first(child))
            if name_node is None or name_node.type != "identifier":
                continue
            name = self.text(name_node)
            if name in ("self", "cls"):
                continue
            declared = None if annotation is None else self.text(annotation)
            choices = () if annotation is None else self._choices(annotation)
            value = None if default is None else self._default(self.value(default, scope))
            parameters.append(Parameter(name, declared, choices, value))
            self.bind(scope, name, name_node, value, kind="parameter", type=declared, choices=choices)
        return parameters

    @staticmethod
    def _default(value: Value) -> Value:
        """`Depends(get_db)` as a default is what FastAPI passes: the result of `get_db()`."""
        if (
            isinstance(value, Chain)
            and isinstance(value.root, Ref)
            and value.root.path[-1] in ("Depends", "Security")
            and len(value.steps) == 1
            and value.steps[0].name == "()"
            and value.steps[0].arguments
            and isinstance(dependency := value.steps[0].arguments[0], Ref)
        ):
            return replace(value, root=dependency, steps=(replace(value.steps[0], arguments=(), named=()),))
        return value

    # Chains.

    def step(self, node: Node, scope: int, steps: list[Step]) -> Node | None:
        """Append the step that `node` makes and return what it is made on."""
        if node.type == "attribute":
            name = node.child_by_field_name("attribute")
            if name is not None:
                steps.append(Step(self.text(name), name.start_byte, name.end_byte))
            return node.child_by_field_name("object")
        if node.type == "subscript":
            key = self.nested(node.child_by_field_name("subscript"), scope)
            name_text = key.value if isinstance(key, Text) else "*"
            steps.append(Step(name_text, key.start, key.end))
            return node.child_by_field_name("value")
        function = node.child_by_field_name("function")
        arguments = node.child_by_field_name("arguments")
        if function is None or arguments is None:
            return None
        below: Node | None = function
        name_text, start, end = "()", arguments.start_byte, arguments.start_byte
        if function.type == "attribute":
            self.take(function, False)
            name = function.child_by_field_name("attribute")
            if name is not None:
                name_text, start, end = self.text(name), name.start_byte, name.end_byte
            below = function.child_by_field_name("object")
        positional, named, spread = self._arguments(arguments, scope)
        steps.append(Step(name_text, start, end, positional, named, spread, None, node.end_byte))
        return below

    def _arguments(self, node: Node, scope: int) -> tuple[tuple[Value, ...], tuple[Entry, ...], bool]:
        if node.type == "generator_expression":
            return (Opaque(node.start_byte, node.end_byte),), (), False
        positional: list[Value] = []
        named: list[Entry] = []
        spread = False
        for child in node.named_children:
            if child.type == "comment":
                continue
            if child.type == "keyword_argument":
                name = child.child_by_field_name("name")
                value = self.nested(child.child_by_field_name("value"), scope)
                if name is not None:
                    named.append(Entry(self.text(name), value, name.start_byte, name.end_byte))
            elif child.type in ("list_splat", "dictionary_splat"):
                spread = True
            else:
                positional.append(self.nested(child, scope))
        return tuple(positional), tuple(named), spread

    @staticmethod
    def _enum_member(value: Value) -> Value:
        """`Tables.USERS.value` is the member's value, which is what the class binds."""
        if (
            isinstance(value, Ref)
            and len(value.path) >= 3
            and value.path[-1] == "value"
            and value.path[-3][:1].isupper()
        ):
            return replace(value, path=value.path[:-1])
        return value
