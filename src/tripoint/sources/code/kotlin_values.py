"""The values of Kotlin expressions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from msgspec.structs import replace
from tree_sitter import Node

from tripoint.model.regex import regex
from tripoint.sources.code.clients.kotlin_builders import (
    COLUMN_LISTS,
    LISTS,
    MAPS,
    OBJECT_BUILDERS,
    PROPERTY,
    RECEIVER_LAMBDAS,
    SETTERS,
    SUBSCRIPTION,
)
from tripoint.sources.code.composed import choice, join, object_of
from tripoint.sources.code.facts import (
    Array,
    Chain,
    Entry,
    Function,
    Opaque,
    Parameter,
    Plain,
    Ref,
    Step,
    Template,
    Text,
    Value,
)
from tripoint.sources.code.grammar import child_of, load_grammar, within
from tripoint.sources.code.syntax import ScopeKind, SyntaxReader

__all__ = ["CALLABLES", "CLASSES", "KotlinValues"]

_PLAIN = {"number_literal": "number", "float_literal": "number", "true": "boolean", "false": "boolean", "null": "null"}
_NAME_IN_STRING = regex(rb"(?<!\\)\$([A-Za-z_]\w*)")
_HUMP = regex(r"([a-z0-9])([A-Z])")
_PLAIN_SETTER = regex(rb";?[ \t]*\b(?:private|protected|internal)[ \t]+set[ \t]*(?=[\r\n;}]|//|\Z)")
"""A setter that only says who may set: behind a property with a delegate the grammar loses the class at it."""
_TRIMS = frozenset({"trimIndent", "trimMargin", "trim"})
"""Methods of a string that change its blanks alone."""
_STRINGS = frozenset({"string_literal", "multiline_string_literal"})
_ENCODES = "encodeToJsonElement"
"""The call of `Json` that gives what an object is written as; `jsonObject` and `jsonArray` are the same by type."""
_OF_ELEMENT = frozenset({"jsonObject", "jsonArray"})
CALLABLES = frozenset(
    {"function_declaration", "lambda_literal", "getter", "anonymous_function", "secondary_constructor"}
)
CLASSES = frozenset({"class_declaration", "object_declaration", "companion_object"})
_IN_PLACE = frozenset({"let", "also", "run", "forEach", "forEachIndexed", "onEach"})
"""Functions that run a lambda where they stand."""
_LOOPS = frozenset({"for_statement", "while_statement", "do_while_statement"})
_NAMES = frozenset({"identifier", "this_expression", "super_expression"})


class KotlinValues(SyntaxReader):
    """What a reader of Kotlin makes of expressions."""

    language = "kotlin"
    grammar = load_grammar("kotlin")
    ending = b"\n"  # its scanner looks for the end of an annotation's line, and never stops at the end of the file
    comment_types = frozenset({"line_comment", "block_comment"})
    string_types = _STRINGS
    joining_types = frozenset({"binary_expression"})
    chain_types = frozenset({"call_expression", "navigation_expression", "index_expression"})
    wrapper_types = frozenset({"parenthesized_expression"})
    function_types = CALLABLES | {"source_file", "class_body"}
    return_types = frozenset({"return_expression"})
    appending = frozenset({"add", "addAll"})
    merging = frozenset({"putAll"})
    setting = frozenset({"put", "putIfAbsent"})
    try_type = "try_expression"
    scope_types: ClassVar[dict[str, ScopeKind]] = {
        **dict.fromkeys(sorted(CLASSES), "class"),
        **dict.fromkeys(sorted(CALLABLES), "function"),
        **dict.fromkeys(sorted(_LOOPS), "block"),
        "block": "block",
        "if_expression": "block",
        "when_expression": "block",
        "when_entry": "block",
    }
    loop_types = _LOOPS
    arm_types = frozenset({"if_expression"})

    def for_grammar(self, data: bytes) -> bytes:
        return _PLAIN_SETTER.sub(lambda match: b" " * len(match[0]), data) if b" set" in data else data

    def evaluate(self, node: Node, scope: int) -> Value:
        kind = node.type
        start, end = node.start_byte, node.end_byte
        if self._is_reference(node):
            return Opaque(start, end)
        if kind in self.chain_types:
            return self._known(self.path(node, scope), node)
        if kind in _NAMES:
            name = self.text(node)
            return Plain(_PLAIN[name], name, start, end) if name in _PLAIN else Ref((name,), start, end)  # type: ignore[arg-type]
        if kind in _STRINGS:
            return self._string(node, scope)
        if kind in _PLAIN:
            return Plain(_PLAIN[kind], self.text(node), start, end)  # type: ignore[arg-type]
        if kind == "parenthesized_expression":
            inner, _ = self.spine(node)
            return self.value(inner, scope) if inner != node else Opaque(start, end)
        if kind == "binary_expression":
            sides = [self.value(node.child_by_field_name(f), scope) for f in ("left", "right")]
            operator = self.text(node.child_by_field_name("operator"))
            if operator == "?:":
                return choice(sides, node)
            if operator == "+" and any(isinstance(s, Text | Template) for s in sides):
                return join(sides, start, end)
        elif kind == "if_expression":
            branches = [c for c in node.named_children if c != node.child_by_field_name("condition")]
            return choice([self.value(self._last(b), scope) for b in branches[:2]], node)
        elif kind == "try_expression" and node.named_children:
            return self.value(self._last(node.named_children[0]), scope)
        elif kind == "as_expression" and node.named_children:
            return self.value(node.named_children[0], scope)
        elif kind in CALLABLES:
            return self._callable(node, scope)
        return Opaque(start, end)

    def type_of(self, node: Node, behind: Node | None = None) -> str | None:
        start = behind.end_byte if behind is not None else node.start_byte
        types = [c for c in node.named_children if c.type in ("user_type", "nullable_type") and c.start_byte >= start]
        return self.text(types[0]).rstrip("?") if types else None

    def extended(self, function: Node) -> str:
        """Return the class that a function is an extension of, without its package; nothing where it is none."""
        name = function.child_by_field_name("name")
        before = [c for c in function.named_children if name is not None and c.end_byte <= name.start_byte]
        of_type = [c for c in before if c.type in ("user_type", "nullable_type")]
        return self.text(of_type[0]).rstrip("?").partition("<")[0].rpartition(".")[2] if of_type else ""

    def _last(self, node: Node) -> Node:
        """The expression that a block is worth: its last one."""
        if node.type not in ("block", "control_structure_body"):
            return node
        inner = [c for c in node.named_children if c.type not in self.comment_types]
        return inner[-1] if inner else node

    def _string(self, node: Node, scope: int) -> Value:
        children = node.children
        if len(children) < 2:
            return Opaque(node.start_byte, node.end_byte)
        raw = node.type == "multiline_string_literal"
        at, end = children[0].end_byte, max(children[0].end_byte, children[-1].start_byte)
        parts: list[Value] = []
        for hole in [c for c in children if c.type == "interpolation"]:
            parts.extend(self._with_names(at, hole.start_byte, raw))
            parts.append(self.value(next(iter(hole.named_children), None), scope))
            at = hole.end_byte
        parts.extend(self._with_names(at, end, raw))
        return join(parts or [self.literal(at, at)], node.start_byte, node.end_byte)

    def _with_names(self, start: int, end: int, raw: bool) -> list[Value]:
        """A stretch of a string, in which the grammar leaves a `$name` as text where a character stands before it."""
        parts: list[Value] = []
        at = start
        for match in _NAME_IN_STRING.finditer(self.data, start, max(start, end)):
            if match.start() > at:
                parts.append(self.literal(at, match.start(), raw))
            parts.append(Ref((match[1].decode(),), match.start(1), match.end(1)))
            at = match.end()
        if end > at:
            parts.append(self.literal(at, end, raw))
        return parts

    def _known(self, value: Value, node: Node) -> Value:
        """Calls that the language has instead of literals: `mapOf("a" to 1)`, `Columns.raw("…")`, blanks trimmed."""
        if isinstance(value, Chain) and isinstance(value.root, Text | Template):
            trimmed = all(step.call_end and step.name in _TRIMS for step in value.steps)
            return value.root if trimmed else value
        if not isinstance(value, Chain) or not isinstance(value.root, Ref):
            return value
        step, path = value.steps[0], value.root.path
        if step.name == _ENCODES and step.arguments and all(one.name in _OF_ELEMENT for one in value.steps[1:]):
            return step.arguments[-1]
        if path == ("listOf",) and step.name == "()" and len(value.steps) > 1:  # `listOf("id").joinToString()`
            listed = Array(step.arguments, value.root.start, step.call_end, complete=not step.spread)
            return replace(value, root=listed, steps=value.steps[1:])
        if len(value.steps) != 1:
            return value
        between = COLUMN_LISTS.get((path[-1], step.name))
        if between is not None and step.arguments:
            parts: list[Value] = []
            for argument in step.arguments:
                if parts and between:
                    parts.append(Text(between, argument.start, argument.start, exact=False))
                parts.append(argument)
            return join(parts, node.start_byte, node.end_byte)
        if step.name != "()" or len(path) != 1:
            return value
        if path[0] in LISTS:
            return Array(step.arguments, node.start_byte, node.end_byte, complete=not step.spread)
        if path[0] in MAPS or (path[0] in OBJECT_BUILDERS and step.named):
            complete = not step.spread and len(step.arguments) == 0
            return object_of(list(step.named), node, complete=complete)
        return value

    def _callable(self, node: Node, scope: int) -> Function:
        inner = self.opened(node, scope)
        parameters: list[Parameter] = []
        listed = child_of(node, "function_value_parameters") or child_of(node, "lambda_parameters")
        children = [] if listed is None else listed.named_children
        for child in children:
            if child.type not in ("parameter", "variable_declaration"):
                continue
            name = child_of(child, "identifier")
            if name is None:
                continue
            equals = child.next_sibling
            after = equals.next_named_sibling if equals is not None and equals.type == "=" else None
            default = None if after is None else self.value(after, scope)
            declared = self.type_of(child)
            parameters.append(Parameter(self.text(name), declared, (), default))
            self.bind(inner, self.text(name), name, default, kind="parameter", type=declared)
        name_node = node.child_by_field_name("name")
        extended = self.extended(node) if node.type == "function_declaration" else ""
        if extended and name_node is not None:
            self.extend(inner, name_node, extended, "this")
        returns = [self.outside(r, inner) for r in self._returned(node)]
        name_text = None if name_node is None else self.text(name_node)
        declared = self.type_of(node, behind=name_node)
        return Function(name_text, tuple(parameters), tuple(returns), inner, node.start_byte, node.end_byte, declared)

    def _returned(self, node: Node) -> list[Node]:
        body = child_of(node, "function_body")
        if body is not None and any(c.type == "=" for c in body.children):
            return body.named_children[:1]
        found = [n.named_children[-1] for n in self.returning(body or node) if n.named_children]
        if node.type == "lambda_literal" and not found:
            inner = [
                c for c in node.named_children if c.type not in self.comment_types and c.type != "lambda_parameters"
            ]
            found = inner[-1:]
        return found

    # Chains.

    def step(self, node: Node, scope: int, steps: list[Step]) -> Node | None:
        children = [c for c in node.named_children if c.type not in self.comment_types]
        if not children:
            return None
        if node.type == "navigation_expression":
            steps.append(Step(self.text(children[-1]), children[-1].start_byte, children[-1].end_byte))
            return children[0] if len(children) > 1 else None
        if node.type == "index_expression":
            return self._indexed(node, children, scope, steps)
        function, rest = children[0], children[1:]
        trailing = [c for c in rest if c.type == "annotated_lambda"]
        listed = next((c for c in rest if c.type == "value_arguments"), None)
        if listed is None and trailing and function.type == "call_expression":
            # `f(x) { … }`: the lambda is an argument of the call before it.
            self.take(function, False)
            inner = [c for c in function.named_children if c.type not in self.comment_types]
            if inner:
                function = inner[0]
                listed = next((c for c in inner if c.type == "value_arguments"), None)
                rest = inner[1:]
        name_text, start = "()", listed.start_byte if listed is not None else function.end_byte
        end = start
        below: Node | None = function
        if function.type == "navigation_expression" and function.named_children:
            self.take(function, False)
            name = function.named_children[-1]
            name_text, start, end = self.text(name), name.start_byte, name.end_byte
            below = function.named_children[0]
        called = self.text(function) if name_text == "()" else name_text
        lambdas = [n for t in trailing for n in t.named_children if n.type == "lambda_literal"]
        positional, named, spread = ((), (), False) if listed is None else self._arguments(listed, scope, called)
        if called in OBJECT_BUILDERS and name_text == "()":
            named = (*named, *(e for body in lambdas for e in self._entries(body, scope)))
            spread = spread or not all(map(self._plain, lambdas))
        elif called in RECEIVER_LAMBDAS:
            continued = [s for body in lambdas for s in self._continued(body, scope, 0)]
            steps.extend(reversed(continued))
            named = (*named, *(e for body in lambdas for e in self._options(body, scope)))
        elif called == SUBSCRIPTION:
            named = (*named, *(e for body in lambdas for e in self._subscribed(body, scope)))
        else:
            positional = (*positional, *(self.nested(body, scope) for body in lambdas))
        if name_text == "from" and len(positional) == 2:
            # supabase-kt's `from(schema, table)`.
            steps.append(Step("from", start, end, positional[1:], (), spread, None, node.end_byte))
            name_text, positional, end = "schema", positional[:1], start
        types = next((c for c in rest if c.type == "type_arguments"), None)
        generic = None if types is None else self.text(types)[1:-1]
        steps.append(Step(name_text, start, end, positional, named, spread, generic, node.end_byte))
        return below

    def _indexed(self, node: Node, children: list[Node], scope: int, steps: list[Step]) -> Node | None:
        """`postgrest["jobs"]` is supabase-kt's other way to write `postgrest.from("jobs")`."""
        key = self.nested(children[-1], scope) if len(children) > 1 else None
        if key is None:
            return None
        if (
            len(children) == 3 and self.text(children[0]).rpartition(".")[2] == "postgrest"
        ):  # `postgrest[schema, table]`
            steps.append(Step("from", key.start, key.start, (key,), call_end=node.end_byte))
            key = self.nested(children[1], scope)
            steps.append(Step("schema", key.start, key.start, (key,), call_end=key.start))
            return children[0]
        owner = self.text(children[0]).rpartition(".")[2]
        if owner in ("postgrest", "storage"):
            steps.append(Step("from", key.start, key.start, (key,), call_end=node.end_byte))
        else:
            steps.append(Step(key.value if isinstance(key, Text) else "*", key.start, key.end))
        return children[0]

    def _continued(self, body: Node, scope: int, depth: int) -> list[Step]:
        """The calls of a lambda whose receiver is the query: steps of the query."""
        found: list[Step] = []
        inner = self.opened(body, scope)
        for statement in self._statements(body) if depth < 6 else ():
            if (by_property := self._by_property(statement, inner)) is not None:
                found.append(by_property)
                continue
            call, lambdas = statement, []
            if call.type == "call_expression" and call.named_children[0].type == "call_expression":
                lambdas = [n for n in within(call.named_children[-1]) if n.type == "lambda_literal"][:1]
                call = call.named_children[0]
            if call.type != "call_expression" or call.named_children[0].type != "identifier":
                continue
            name = call.named_children[0]
            listed = child_of(call, "value_arguments")
            annotated = child_of(call, "annotated_lambda")
            if annotated is not None:
                lambdas = [n for n in annotated.named_children if n.type == "lambda_literal"]
            positional, named, spread = ((), (), False) if listed is None else self._arguments(listed, inner)
            self.take(statement, False)
            self.take(call, False)
            if positional or self.text(name) not in ("filter", "and", "or", "not"):
                step = Step(self.text(name), name.start_byte, name.end_byte, positional, named, spread)
                found.append(Step(step.name, step.start, step.end, positional, named, spread, None, call.end_byte))
            inside = [s for n in lambdas for s in self._continued(n, inner, depth + 1)]
            if self.text(name) in ("or", "not"):  # each filter in there counts for itself
                mark = Step(self.text(name), name.start_byte, name.end_byte, call_end=name.end_byte)
                inside = [one for step in inside for one in (mark, step)]
            found.extend(inside)
        return found

    def _is_reference(self, node: Node) -> bool:
        """Whether it is a reference to a property or a function: `Job::ownerId`."""
        return node.type == "navigation_expression" and any(child.type == "::" for child in node.children)

    def _by_property(self, node: Node, scope: int) -> Step | None:
        """`Job::ownerId eq id`: the column in snake case, unless a setting of the client has it otherwise."""
        if node.type != "infix_expression" or len(node.named_children) != 3:
            return None
        left, word, right = node.named_children
        if not self._is_reference(left) or word.type != "identifier":
            return None
        column, value = self._property_column(left), self.nested(right, scope)
        return Step(self.text(word), word.start_byte, word.end_byte, (column, value), (), False, None, node.end_byte)

    def _property_column(self, reference: Node) -> Template:
        name = reference.named_children[-1]
        start, end = name.start_byte, name.end_byte
        column = _HUMP.sub(r"\1_\2", self.text(name)).lower()
        return Template((Text(column, start, end, exact=False),), start, end, PROPERTY)

    def _statements(self, body: Node) -> Iterator[Node]:
        """Yield what a builder's lambda says, also in its branches and loops: `id?.let { eq("id", it) }`."""
        work = list(body.named_children)
        while work:
            node = work.pop(0)
            kind = node.type
            if kind == "if_expression":
                work[:0] = node.named_children[1:]
            elif kind in ("when_expression", "block"):
                work[:0] = node.named_children
            elif kind in ("when_entry", "for_statement"):
                work[:0] = node.named_children[-1:]
            elif kind == "call_expression" and (inner := self._for_each(node)) is not None:
                work[:0] = inner.named_children
            else:
                yield node

    def _for_each(self, call: Node) -> Node | None:
        """Return the lambda of `x?.let { … }` and of `list.forEach { … }`, whose receiver is still the builder."""
        owner, lambdas = call.named_children[0], child_of(call, "annotated_lambda")
        if owner.type != "navigation_expression" or lambdas is None:
            return None
        if self.text(owner.named_children[-1]) not in _IN_PLACE:
            return None
        return next((c for c in lambdas.named_children if c.type == "lambda_literal"), None)

    def _options(self, body: Node, scope: int) -> list[Entry]:
        """What such a lambda sets: `upsert(row) { onConflict = "email" }`."""
        inner = self.opened(body, scope)
        found: list[Entry] = []
        for node in [c for c in body.named_children if c.type == "assignment"]:
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left is not None and right is not None and left.type == "identifier":
                found.append(Entry(self.text(left), self.nested(right, inner), left.start_byte, left.end_byte))
        return found

    def _subscribed(self, body: Node, scope: int) -> list[Entry]:
        """What is subscribed to: `postgresChangeFlow(…) { table = "jobs"; filter("id", FilterOperator.EQ, id) }`."""
        found = self._options(body, scope)
        for step in self._continued(body, scope, 0):
            if step.name == "filter" and len(step.arguments) == 3 and isinstance(step.arguments[1], Ref):
                column, operator, value = step.arguments
                is_ = Text(f"={step.arguments[1].path[-1].lower()}.", operator.start, operator.end, exact=False)
                written = join((column, is_, value), column.start, value.end)
                found.append(Entry("filter", written, step.start, step.end))
        return found

    def _entries(self, body: Node, scope: int) -> list[Entry]:
        """The keys that a builder's lambda sets: `put("a", 1)`, `set("a", 1)`, `"a" to 1`."""
        inner = self.opened(body, scope)
        found: list[Entry] = []
        for call in [c for c in self._statements(body) if c.type == "call_expression"]:
            trailing = child_of(call, "annotated_lambda")
            if trailing is not None and call.named_children[0].type == "call_expression":
                self.take(call, False)
                call = call.named_children[0]  # `putJsonArray("a") { … }`: what is made below is the value
            listed = child_of(call, "value_arguments")
            if listed is None or self.text(call.named_children[0]) not in SETTERS:
                continue
            self.take(call, False)
            arguments = self._arguments(listed, inner)[0]
            if arguments and isinstance(key := arguments[0], Text):
                value = arguments[1] if len(arguments) > 1 else Opaque(key.start, key.end)
                found.append(Entry(key.value, value, key.start, key.end))
        return found

    def _arguments(
        self, listed: Node, scope: int, called: str = ""
    ) -> tuple[tuple[Value, ...], tuple[Entry, ...], bool]:
        positional: list[Value] = []
        named: list[Entry] = []
        spread = False
        for child in [c for c in listed.named_children if c.type == "value_argument"]:
            inner = [c for c in child.named_children if c.type not in self.comment_types]
            if not inner:
                continue
            spread = spread or any(c.type == "*" for c in child.children)
            if any(c.type == "=" for c in child.children) and len(inner) > 1:
                label = inner[0]
                value = self.nested(inner[-1], scope)
                named.append(Entry(self.text(label), value, label.start_byte, label.end_byte))
            elif called in OBJECT_BUILDERS and inner[-1].type == "lambda_literal":
                positional.append(
                    object_of(self._entries(inner[-1], scope), inner[-1], complete=self._plain(inner[-1]))
                )
            elif called in MAPS and (pair := self._pair(inner[-1], scope)) is not None:
                named.append(pair)
            else:
                positional.append(self.nested(inner[-1], scope))
        return tuple(positional), tuple(named), spread

    def _plain(self, body: Node) -> bool:
        """Whether a builder's lambda holds nothing but setters."""
        said = [c for c in body.named_children if c.type not in self.comment_types]
        return all(c.type == "call_expression" and self._for_each(c) is None and self._sets(c) for c in said)

    def _sets(self, call: Node) -> bool:
        while call.named_children and call.type == "call_expression":
            call = call.named_children[0]
        return self.text(call) in SETTERS

    def _pair(self, node: Node, scope: int) -> Entry | None:
        """`"a" to value`."""
        if node.type != "infix_expression" or len(node.named_children) != 3:
            return None
        left, word, right = node.named_children
        key = self.value(left, scope)
        if self.text(word) != "to" or not isinstance(key, Text):
            return None
        return Entry(key.value, self.nested(right, scope), key.start, key.end)
