"""TypeScript and JavaScript expressions as symbolic values."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct, field
from msgspec.structs import replace
from tree_sitter import Node

from tripoint.model.regex import regex
from tripoint.sources.code.clients.methods import NARROWING
from tripoint.sources.code.facts import (
    Array,
    Chain,
    Choice,
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
    Unending,
    Value,
)

__all__ = [
    "FILLING",
    "FUNCTIONS",
    "Values",
    "literal_choices",
    "node_text",
    "property_name",
    "string_value",
    "type_text",
]

_DEPTH = 120
"""Expressions nested deeper are not followed: no person writes them, and the interpreter's stack is finite."""

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
_WRAPPERS = frozenset(
    [
        "parenthesized_expression",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "await_expression",
        "type_assertion",
        "instantiation_expression",
    ]
)
_PLAIN = {
    "number": "number",
    "true": "boolean",
    "false": "boolean",
    "null": "null",
    "undefined": "null",
    "regex": "regex",
}
FUNCTIONS = frozenset(
    [
        "function_declaration",
        "generator_function_declaration",
        "function_expression",
        "generator_function",
        "arrow_function",
        "method_definition",
    ]
)
FILLING = frozenset({"??=", "||="})
"""What gives a variable a value where it has none: it holds that or what it held."""
_MOST_LINKS = 400_000
"""Links of chains that are walked in one file: a few seconds, and hundreds of times what ordinary files hold."""
_IDENTIFIERS = frozenset(["identifier", "this", "super", "import", "shorthand_property_identifier", "type_identifier"])
_RETURNED = regex(r"ReturnType<\s*typeof\s+([\w$]+)\s*>")


def node_text(node: Node | None) -> str:
    """Return the node's text; nothing for no node."""
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def type_text(node: Node | None) -> str | None:
    """Return the text of a type annotation without its colon."""
    return node_text(node).lstrip(":? \t\r\n") if node is not None else None


def literal_choices(node: Node | None) -> tuple[Text, ...]:
    """Return the members of a union of string literal types; nothing where another type is among them."""
    if node is None:
        return ()
    found: list[Text] = []
    work = [node]
    while work:
        here = work.pop()
        if here.type in ("type_annotation", "union_type", "constraint", "parenthesized_type"):
            work.extend(reversed(here.named_children))
        elif here.type == "literal_type" and here.named_children and here.named_children[0].type == "string":
            found.append(string_value(here.named_children[0]))
        elif here.type not in ("undefined", "comment") and node_text(here) not in ("undefined", "null"):
            return ()
    return tuple(found)


def _unescape(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        body = match[1]
        if body[0] in "xu" and len(body) > 1:
            code = int(body[1:].strip("{}"), 16)
            return chr(code) if code < 0x110000 else "�"
        return _ESCAPES.get(body, body)

    return re.sub(r"\\(u\{[0-9a-fA-F]{1,8}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r\n|.)", one, text, flags=re.DOTALL)


def _text(raw: str, start: int, end: int) -> Text:
    if "\\" not in raw:
        return Text(raw, start, end)
    # Lone surrogates of `\ud83d\ude00` would not survive any encoding.
    value = _unescape(raw).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return Text(value, start, end, exact=False)


def string_value(node: Node) -> Text:
    """Return a quoted string's value."""
    written = node_text(node)
    closed = len(written) > 1 and written[0] == written[-1] and written[-2] != "\\"
    if not closed:  # an escaped quote may be the last thing, before one that closes the text or before none
        last = node.children[-1] if node.child_count > 1 else None
        closed = last is not None and not last.is_missing and last.type in ('"', "'")
    end = node.end_byte - (1 if closed else 0)
    return _text(written[1:-1] if closed else written[1:], min(node.start_byte + 1, end), end)


def property_name(node: Node | None) -> str | None:
    """Return the name of a property as an object's key holds it; None where it is computed."""
    if node is None:
        return None
    if node.type == "string":
        return string_value(node).value
    if node.type == "computed_property_name":
        inner = node.named_children
        return string_value(inner[0]).value if len(inner) == 1 and inner[0].type == "string" else None
    return node_text(node).lstrip("#")


class Values(Struct):
    """Turns expression nodes of one file into values, each node once."""

    scope_at: Callable[[int], int]
    returns: dict[int, list[Node]]
    """The expressions that are returned, by the start of the function's own scope."""
    scope_of: dict[int, int] = field(default_factory=dict)
    """The scope that a function node opens, by its start."""
    functions: dict[int, Function] = field(default_factory=dict)
    """Every function met, by its scope."""
    declared: dict[int, dict[str, Node | None]] = field(default_factory=dict)
    """What blocks declare, by their nodes, as far as it was asked for."""
    consumed: set[int] = field(default_factory=set)
    """Calls that are links of a chain already built."""
    _memo: dict[int, Value] = field(default_factory=dict)
    _depth: int = 0
    _walked: int = 0
    """How many links of chains."""

    def value(self, node: Node | None) -> Value:
        """Return the node's value; what is not followed is opaque."""
        if node is None:
            return Opaque(0, 0)
        known = self._memo.get(node.id)
        if known is not None:
            return known
        if self._depth >= _DEPTH:
            return Opaque(node.start_byte, node.end_byte)
        self._depth += 1
        try:
            result = self._value(node)
        finally:
            self._depth -= 1
        self._memo[node.id] = result
        return result

    def _value(self, node: Node) -> Value:
        kind = node.type
        start, end = node.start_byte, node.end_byte
        if kind in _WRAPPERS:
            if kind == "as_expression" and (made := self._stand_in(node)) is not None:
                return made
            inner = self.value(_inner(node))
            if kind == "await_expression" and isinstance(inner, Chain):
                return _awaited(inner)
            return inner
        if kind == "string":
            return string_value(node)
        if kind in _IDENTIFIERS:
            return Ref((node_text(node),), start, end)
        if kind in ("call_expression", "new_expression", "member_expression", "subscript_expression"):
            return self._spine(node)
        if kind in _PLAIN:
            return Plain(_PLAIN[kind], node_text(node), start, end)  # type: ignore[arg-type]
        if kind == "template_string":
            return self.template(node)
        if kind == "object":
            return self._object(node)
        if kind == "array":
            items = [child for child in node.named_children if child.type != "comment"]
            plain = tuple(self.value(child) for child in items if child.type != "spread_element")
            return Array(plain, start, end, len(plain) == len(items))
        if kind in FUNCTIONS:
            return self.function(node)
        if kind == "ternary_expression":
            sides = (node.child_by_field_name("consequence"), node.child_by_field_name("alternative"))
            return Choice(tuple(self.value(side) for side in sides), start, end)
        if kind == "binary_expression":
            return self._binary(node)
        if kind == "unary_expression" and node_text(node)[:1] in "-+":
            operand = node.child_by_field_name("argument")
            if operand is not None and operand.type == "number":
                return Plain("number", node_text(node), start, end)
        if kind == "assignment_expression":
            return self.value(node.child_by_field_name("right"))
        if kind == "augmented_assignment_expression" and node_text(node.child_by_field_name("operator")) in FILLING:
            return Choice(
                (self.value(node.child_by_field_name("left")), self.value(node.child_by_field_name("right"))),
                start,
                end,
            )
        return Opaque(start, end)

    def _stand_in(self, node: Node) -> Chain | None:
        """Return `f()` for `{} as ReturnType<typeof f>`: an empty object that a Proxy fills with what `f` returns."""
        inner, typed = _inner(node), node.named_children[-1]
        match = _RETURNED.fullmatch(node_text(typed)) if inner is not None and inner.type == "object" else None
        if match is None or (inner is not None and inner.named_children):
            return None
        start, end = node.start_byte, node.end_byte
        return Chain(
            Ref((match[1],), start, end), (Step("()", start, end, call_end=end),), start, end, self.scope_at(start)
        )

    def _binary(self, node: Node) -> Value:
        start, end = node.start_byte, node.end_byte
        operator = node_text(node.child_by_field_name("operator"))
        if operator in ("||", "??", "&&"):
            right = self.value(node.child_by_field_name("right"))
            if operator == "&&":
                return right
            return Choice((self.value(node.child_by_field_name("left")), right), start, end)
        if operator != "+":
            return Opaque(start, end)
        parts: list[Value] = []
        here: Node | None = node
        while (
            here is not None
            and here.type == "binary_expression"
            and node_text(here.child_by_field_name("operator")) == "+"
        ):
            parts.append(self.value(here.child_by_field_name("right")))
            here = here.child_by_field_name("left")
        parts.append(self.value(here))
        parts.reverse()
        return Template(tuple(parts), start, end)

    def template(self, node: Node, tag: tuple[str, ...] | None = None) -> Value:
        start, end = node.start_byte, node.end_byte
        parts: list[Value] = []
        raw_start, raw = -1, ""
        for child in node.children:
            if child.type in ("string_fragment", "escape_sequence"):
                if raw_start < 0:
                    raw_start = child.start_byte
                raw += node_text(child)
            else:
                if raw_start >= 0:
                    parts.append(_text(raw, raw_start, child.start_byte))
                    raw_start, raw = -1, ""
                if child.type == "template_substitution":
                    inner = self.value(child.named_children[0] if child.named_children else None)
                    # A tag is handed the values apart from the text: sql`… = ${'new'}` sends a parameter.
                    given = tag is not None and isinstance(inner, Text)
                    parts.append(Opaque(inner.start, inner.end) if given else inner)
        if raw_start >= 0:
            parts.append(_text(raw, raw_start, node.end_byte))
        if tag is None:
            if not parts:
                return Text("", min(start + 1, end), max(end - 1, min(start + 1, end)))
            if len(parts) == 1 and isinstance(parts[0], Text):
                return parts[0]
        return Template(tuple(parts), start, end, tag)

    def _object(self, node: Node) -> Object:
        entries: list[Entry] = []
        spreads: list[Value] = []
        complete = True
        for child in node.named_children:
            if child.type == "shorthand_property_identifier":
                name = node_text(child)
                entries.append(Entry(name, self.value(child), child.start_byte, child.end_byte))
            elif child.type == "pair":
                key = child.child_by_field_name("key")
                name_or_none = property_name(key)
                if key is None or name_or_none is None:
                    complete = False
                    continue
                quoted = 1 if key.type == "string" else 0
                value = self.value(child.child_by_field_name("value"))
                start = key.start_byte + quoted
                entries.append(Entry(name_or_none, value, start, max(start, key.end_byte - quoted)))
            elif child.type == "method_definition":
                key = child.child_by_field_name("name")
                name_or_none = property_name(key)
                if key is not None and name_or_none is not None:
                    entries.append(Entry(name_or_none, self.value(child), key.start_byte, key.end_byte))
            elif child.type == "spread_element":
                spreads.append(self.value(child.named_children[0] if child.named_children else None))
            elif child.type != "comment":
                complete = False
        return Object(tuple(entries), node.start_byte, node.end_byte, tuple(spreads), complete)

    def function(self, node: Node) -> Function:
        """Return a function's value."""
        scope = self.scope_of.get(node.start_byte, 0)
        known = self.functions.get(scope)
        if known is not None:
            return known
        # A function that returns itself would otherwise be built for ever.
        parameters = tuple(self._parameters(node))
        name = node.child_by_field_name("name")
        body = node.child_by_field_name("body")
        return_type = type_text(node.child_by_field_name("return_type"))
        result: list[Value] = []
        if body is not None and body.type != "statement_block":
            result.append(self.value(body))
        else:
            result.extend(self.value(returned) for returned in self.returns.get(scope, ()))
        made = Function(
            node_text(name) or None,
            parameters,
            tuple(result),
            scope,
            node.start_byte,
            node.end_byte,
            return_type,
        )
        self.functions[scope] = made
        return made

    def _parameters(self, node: Node) -> list[Parameter]:
        single = node.child_by_field_name("parameter")
        if single is not None:
            return [Parameter(node_text(single))]
        listed = node.child_by_field_name("parameters")
        found: list[Parameter] = []
        for child in listed.named_children if listed is not None else ():
            if child.type == "comment":
                continue
            pattern, default, annotation = child, None, None
            if child.type in ("required_parameter", "optional_parameter"):
                inner = child.child_by_field_name("pattern")
                pattern = inner if inner is not None else child
                default = child.child_by_field_name("value")
                annotation = child.child_by_field_name("type")
            elif child.type == "assignment_pattern":
                left = child.child_by_field_name("left")
                pattern = left if left is not None else child
                default = child.child_by_field_name("right")
            properties: list[str] = []
            name = node_text(pattern) if pattern.type == "identifier" else ""
            if pattern.type == "object_pattern":
                for part in pattern.named_children:
                    name = node_text(part) if part.type == "rest_pattern" else name
                    key = part.child_by_field_name("key") or part.child_by_field_name("left") or part
                    properties.append(property_name(key) or "*")
            found.append(
                Parameter(
                    name,
                    type_text(annotation),
                    literal_choices(annotation),
                    self.value(default) if default is not None else None,
                    tuple(properties),
                )
            )
        return found

    # Chains

    def _spine(self, node: Node) -> Value:
        """Walk down the left side of calls and members, and build the chain or the path that they are."""
        links: list[tuple[Node, Node | None]] = []
        here: Node | None = node
        called = False
        while here is not None:
            kind = here.type
            if kind in _WRAPPERS:
                here = _inner(here)
            elif kind == "call_expression":
                if called:
                    self.consumed.add(here.id)
                called = True
                links.append((here, None))
                here = here.child_by_field_name("function")
            elif kind == "member_expression":
                links.append((here, here.child_by_field_name("property")))
                here = here.child_by_field_name("object")
            elif kind == "subscript_expression":
                links.append((here, here.child_by_field_name("index")))
                here = here.child_by_field_name("object")
            else:
                break
        self._walked += len(links)
        if self._walked > _MOST_LINKS:
            raise Unending
        links.reverse()
        root, path = self._root(here, node)
        steps: list[Step] = []
        index = 0
        if isinstance(root, Chain):
            steps = list(root.steps)
            root = root.root
        while index < len(links):
            link, name = links[index]
            following = links[index + 1][0] if index + 1 < len(links) else None
            if name is None:
                callee = link.child_by_field_name("function")
                at = callee.end_byte if callee is not None else link.start_byte
                if not steps and callee is not None and path and index == 0:
                    steps.append(self._step("()", callee.start_byte, at, link))
                else:
                    steps.append(self._step("()", at, at, link))
                index += 1
                continue
            label = self._label(link, name)
            if following is not None and following.type == "call_expression":
                steps.append(self._step(label, name.start_byte, name.end_byte, following))
                index += 2
                continue
            if steps:
                steps.append(Step(label, name.start_byte, name.end_byte))
            elif path is not None and isinstance(root, Ref):
                path = (*path, label)
                root = Ref(path, root.start, link.end_byte)
            else:
                steps.append(Step(label, name.start_byte, name.end_byte))
            index += 1
        if not steps and isinstance(root, Ref):
            return root
        tagged = links[-1][0].child_by_field_name("arguments") if links and links[-1][1] is None else None
        if tagged is not None and tagged.type == "template_string" and isinstance(root, Ref):
            names = (*root.path, *(step.name for step in steps if step.name != "()"))
            return self.template(tagged, names)
        merges = isinstance(root, Ref) and root.path == ("Object",) and [step.name for step in steps] == ["assign"]
        if merges and (node.parent is None or node.parent.type != "expression_statement"):
            return Object((), node.start_byte, node.end_byte, steps[0].arguments, not steps[0].spread)
        narrows = isinstance(root, Ref) and steps[0].name in NARROWING
        scope = self.scope_at(node.start_byte)
        return Chain(root, tuple(steps), node.start_byte, node.end_byte, scope, branched=narrows and _in_branch(node))

    def _root(self, here: Node | None, node: Node) -> tuple[Value, tuple[str, ...] | None]:
        if here is None:
            return Opaque(node.start_byte, node.start_byte), None
        if here.type in _IDENTIFIERS:
            path = (node_text(here),)
            return Ref(path, here.start_byte, here.end_byte), path
        if here.type == "new_expression":
            if here.id != node.id:
                self.consumed.add(here.id)
            made = here.child_by_field_name("constructor")
            root = self.value(made)
            start, end = (made.start_byte, made.end_byte) if made is not None else (here.start_byte, here.start_byte)
            step = self._step("new", start, end, here)
            return Chain(root, (step,), here.start_byte, here.end_byte, self.scope_at(here.start_byte)), None
        return self.value(here), None

    def _label(self, link: Node, name: Node) -> str:
        if link.type == "member_expression":
            return node_text(name).lstrip("#")
        if name.type == "string":
            return string_value(name).value
        return node_text(name) if name.type == "number" else "*"

    def _step(self, name: str, start: int, end: int, call: Node) -> Step:
        listed = call.child_by_field_name("arguments")
        arguments: list[Value] = []
        spread = False
        if listed is not None and listed.type == "arguments":
            for child in listed.named_children:
                if child.type == "spread_element":
                    spread = True
                elif child.type != "comment":
                    arguments.append(self.value(child))
        types = call.child_by_field_name("type_arguments")
        written = node_text(types)[1:-1] if types is not None else None
        former: tuple[Entry, ...] = ()
        if name == "on" and len(arguments) > 2 and not spread:
            # Here, since it is built of what this module gives, and only what listens to changes needs it.
            from tripoint.sources.code.typescript_changes import former_row

            former = former_row(call, arguments, self.declared)
        return Step(name, start, end, tuple(arguments), former, spread, written, call.end_byte)


def _inner(node: Node) -> Node | None:
    if node.type == "type_assertion":
        return node.named_children[-1] if node.named_children else None
    for child in node.named_children:
        if child.type != "comment":
            return child
    return None


def _awaited(chain: Chain) -> Chain:
    return replace(chain, awaited=True)


_STATEMENTS_APART = ("if_statement", "else_clause", "switch_case", "ternary_expression")
_FARTHEST = 12
"""How far up a branch is looked for: what stands deeper in expressions is rare, and each step costs."""


def _in_branch(node: Node) -> bool:
    """Whether a piece of code runs in one way through its function, and in another does not."""
    here = node.parent
    for _ in range(_FARTHEST):
        if here is None or here.type in FUNCTIONS:
            return False
        if here.type in _STATEMENTS_APART:
            condition = here.child_by_field_name("condition")
            return condition is None or not condition.start_byte <= node.start_byte < condition.end_byte
        here = here.parent
    return False
