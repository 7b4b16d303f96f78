"""The values of Python expressions."""

from __future__ import annotations

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
    Template,
    Text,
    Value,
)
from tripoint.sources.code.formatted import filled_in, formatted
from tripoint.sources.code.grammar import first, load_grammar, within
from tripoint.sources.code.syntax import ScopeKind, SyntaxReader

__all__ = ["COMPREHENSIONS", "PythonValues"]

_WORD = regex(r"[^\W\d]\w*")
_PLAIN = {"integer": "number", "float": "number", "true": "boolean", "false": "boolean", "none": "null"}
COMPREHENSIONS = frozenset(
    {"list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression"}
)


_TRIMMING = frozenset({"strip", "lstrip", "rstrip"})


def _text_of(value: Chain) -> Value:
    """Return what a literal comes to by the methods that are called on it, as far as that is followed."""
    made: Value = value.root
    for step in value.steps:
        known = step.call_end and not step.spread and isinstance(made, Text | Template)
        if known and step.name == "format":
            made = formatted(made, step, made.start, made.end) or value
        elif not known or step.name not in _TRIMMING or step.arguments:
            return value
    return made


class PythonValues(SyntaxReader):
    """What Python expressions, functions and their parameters come to."""

    language = "python"
    grammar = load_grammar("python")
    string_types = frozenset({"string"})
    joining_types = frozenset({"concatenated_string", "binary_operator"})
    chain_types = frozenset({"call", "attribute", "subscript"})
    wrapper_types = frozenset({"parenthesized_expression"})
    await_types = frozenset({"await"})
    function_types = frozenset({"function_definition", "lambda", "class_definition", "module"})
    return_types = frozenset({"return_statement", "yield"})

    try_type = "try_statement"
    scope_types: ClassVar[dict[str, ScopeKind]] = {
        "function_definition": "function",
        "lambda": "function",
        "class_definition": "class",
        **dict.fromkeys(sorted(COMPREHENSIONS), "block"),
        "block": "block",
        "for_statement": "block",
        "while_statement": "block",
    }
    body_types = frozenset({"function_definition", "class_definition", "with_statement"})
    appending = frozenset({"append", "extend"})
    merging = frozenset({"update"})
    setting = frozenset({"setdefault"})
    loop_types = frozenset({"for_statement", "while_statement"}) | COMPREHENSIONS
    blocks_bind = False

    # Values.

    def evaluate(self, node: Node, scope: int) -> Value:
        kind = node.type
        if kind in self.chain_types:
            return self._made(self._enum_member(self.path(node, scope)))
        if kind == "identifier":
            return Ref((self.text(node),), node.start_byte, node.end_byte)
        if kind == "string":
            return self._string(node, scope)
        if kind == "concatenated_string":
            parts = [self.value(c, scope) for c in node.named_children if c.type == "string"]
            return join(parts, node.start_byte, node.end_byte)
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
            return choice([self.value(c, scope) for c in (branches[0], branches[-1])], node)
        if kind == "boolean_operator":
            if self.text(node.child_by_field_name("operator")) == "or":
                sides = [node.child_by_field_name("left"), node.child_by_field_name("right")]
                return choice([self.value(c, scope) for c in sides], node)
        elif kind in self.wrapper_types or kind in self.await_types:
            inner, _ = self.spine(node)
            return self.value(inner, scope) if inner != node else Opaque(node.start_byte, node.end_byte)
        elif kind in ("function_definition", "lambda"):
            return self._callable(node, scope)
        elif kind == "dictionary_comprehension":
            return self._picked(node, scope)
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

    @staticmethod
    def _made(value: Value) -> Value:
        """`dict(base, a=1)` is what `{**base, "a": 1}` is, and a text that is filled in or trimmed is the text."""
        if isinstance(value, Chain) and isinstance(value.root, Text | Template):
            return _text_of(value)
        step = value.steps[0] if isinstance(value, Chain) and len(value.steps) == 1 else None
        if step is None or not isinstance(value, Chain) or step.name != "()" or len(step.arguments) > 1:
            return value
        if not isinstance(value.root, Ref) or value.root.path != ("dict",):
            return value
        return Object(step.named, value.start, value.end, step.arguments, complete=not step.spread)

    def _picked(self, node: Node, scope: int) -> Value:
        """`{k: v for k, v in row.items() if v is not None}` has keys of the row."""
        pair = node.child_by_field_name("body")
        loops = [c for c in node.named_children if c.type == "for_in_clause"]
        names = [self.text(c) for c in pair.named_children] if pair is not None and pair.type == "pair" else []
        over = loops[0].child_by_field_name("right") if len(loops) == 1 else None
        called = over.child_by_field_name("function") if over is not None and over.type == "call" else None
        if called is None or self.text(called.child_by_field_name("attribute")) != "items" or len(names) != 2:
            return Opaque(node.start_byte, node.end_byte)
        left = loops[0].child_by_field_name("left")
        conditions = [w for c in node.named_children if c.type == "if_clause" for w in _WORD.findall(self.text(c))]
        if left is None or [self.text(c) for c in left.named_children] != names or names[0] in conditions:
            return Opaque(node.start_byte, node.end_byte)
        row = self.value(called.child_by_field_name("object"), scope)
        if not isinstance(row, (Ref, Object)):  # of a model, what is left out is often what it has no column for
            return Opaque(node.start_byte, node.end_byte)
        return Object((), node.start_byte, node.end_byte, (row,), complete=False)

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
        return join(parts, node.start_byte, node.end_byte)

    @staticmethod
    def _formatted(text: Text) -> Text:
        if "{{" not in text.value and "}}" not in text.value:
            return text
        return replace(text, value=text.value.replace("{{", "{").replace("}}", "}"), exact=False)

    def _operator(self, node: Node, scope: int) -> Value:
        operator = self.text(node.child_by_field_name("operator"))
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if operator == "|" and "dictionary" in {side.type for side in (left, right) if side is not None}:
            merged = self.value(left, scope), self.value(right, scope)
            return Object((), node.start_byte, node.end_byte, merged)
        if operator == "%":
            text, by = self.value(left, scope), self.value(right, scope)
            return filled_in(text, by, text.start, text.end) or Opaque(node.start_byte, node.end_byte)
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
        return join(values, node.start_byte, node.end_byte)

    def _dictionary(self, node: Node, scope: int) -> Object:
        entries: list[Entry] = []
        spreads: list[Value] = []
        named: list[tuple[Value, Value]] = []
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
                    named.append((key, value))
        return object_of(entries, node, spreads, complete, named)

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
        values = [value for node in self.returning(body) for value in node.named_children[:1]]
        return [value for value in values if value.type != "comment"]

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

    def _choices(self, annotation: Node) -> tuple[Text, ...]:
        """The members of `Literal["a", "b"]`, wherever it stands in an annotation."""
        if "Literal" not in self.text(annotation):
            return ()
        values = [self.value(node, 0) for node in (annotation, *within(annotation)) if node.type == "string"]
        return tuple(value for value in values if isinstance(value, Text))
