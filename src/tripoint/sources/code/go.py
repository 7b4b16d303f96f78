"""Go: the calls, names and strings of one file of a package."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from msgspec import Struct
from tree_sitter import Node

from tripoint.model.regex import regex
from tripoint.sources.code.clients.methods import GO_BUCKET_METHODS
from tripoint.sources.code.composed import elements, join
from tripoint.sources.code.facts import (
    ROW,
    Array,
    Binding,
    Chain,
    CodeFacts,
    Entry,
    Function,
    Import,
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
from tripoint.sources.code.go_texts import STRINGS, GoTexts
from tripoint.sources.code.grammar import first, load_grammar
from tripoint.sources.code.syntax import BindingKind, ScopeKind

__all__ = ["read_go"]

_JSON_TAG = regex(r'\bjson:"([^",]*)((?:,[^"]*)?)"')
_PLAIN = {"int_literal": "number", "float_literal": "number", "true": "boolean", "false": "boolean", "nil": "null"}
"""A verb of package fmt."""
_BLOCKS = frozenset(
    {
        "block",
        "if_statement",
        "expression_switch_statement",
        "type_switch_statement",
        "expression_case",
        "default_case",
        "type_case",
        "communication_case",
    }
)


def read_go(data: bytes) -> CodeFacts:
    """Return the facts of a Go file."""
    return GoReader(data).read()


class _Field(Struct, frozen=True):
    name: str
    key: str
    """The key in JSON."""
    tagged: bool
    """Whether a tag says its key."""
    optional: bool
    start: int
    end: int


class GoReader(GoTexts):
    """Reads one Go file."""

    language = "go"
    grammar = load_grammar("go")
    string_types = STRINGS
    joining_types = frozenset({"binary_expression"})
    code_in_string_types = frozenset()
    chain_types = frozenset({"call_expression", "selector_expression", "index_expression"})
    wrapper_types = frozenset({"parenthesized_expression"})
    function_types = frozenset({"function_declaration", "method_declaration", "func_literal", "source_file"})
    return_types = frozenset({"return_statement"})
    scope_types: ClassVar[dict[str, ScopeKind]] = {
        "function_declaration": "function",
        "method_declaration": "function",
        "func_literal": "function",
        "type_spec": "class",
        **dict.fromkeys(sorted(_BLOCKS), "block"),
        "for_statement": "block",
    }
    loop_types = frozenset({"for_statement"})

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._structs: dict[str, list[_Field]] = {}
        self._embedding: set[str] = set()
        """The structs of which a part is another one."""
        self._class_scopes: dict[str, int] = {}

    def prepare(self, root: Node) -> None:
        for declaration in [c for c in root.named_children if c.type == "type_declaration"]:
            for spec in [c for c in declaration.named_children if c.type == "type_spec"]:
                name = self.text(spec.child_by_field_name("name"))
                self._class_scopes[name] = self.opened(spec, 0)
                body = spec.child_by_field_name("type")
                if body is not None and body.type == "struct_type":
                    self._structs[name] = [f for c in body.named_children for f in self._fields(c)]
                    declared = [f for c in body.named_children for f in c.named_children if f.type != "comment"]
                    if any(f.child_by_field_name("name") is None for f in declared):
                        self._embedding.add(name)
        for method in [c for c in root.named_children if c.type == "method_declaration"]:
            if self.text(method.child_by_field_name("name")) == "MarshalJSON":
                self._structs.pop(self._receiver(method), None)  # what that writes is its own affair

    def _fields(self, listed: Node) -> list[_Field]:
        found: list[_Field] = []
        for field in [c for c in listed.named_children if c.type == "field_declaration"]:
            tag = _JSON_TAG.search(self.text(field.child_by_field_name("tag")))
            for name in field.children_by_field_name("name"):
                key = (tag[1] if tag else "") or self.text(name)
                if key != "-":
                    optional = tag is None or "omit" in tag[2]
                    found.append(
                        _Field(self.text(name), key, tag is not None, optional, name.start_byte, name.end_byte)
                    )
        return found

    def _row(self, node: Node, name: str, fields: list[_Field]) -> Object:
        """What encoding/json writes of a struct: an embedded one's fields are not looked for."""
        sure = [Entry(f.key, Opaque(f.start, f.end), f.start, f.end) for f in fields if not f.optional]
        given = [
            Entry(f.key, Ref((f.name,), f.start, f.end), f.start, f.end) for f in fields if f.optional and f.tagged
        ]
        bounded = len(sure) + len(given) == len(fields) and name not in self._embedding
        start, end, whole = node.start_byte, node.end_byte, bounded and not given
        return Object(tuple(sure), start, end, complete=whole, optional=tuple(given), bounded=bounded)

    # Declarations.

    def enter(self, node: Node, scope: int) -> int:
        kind = node.type
        if kind in ("function_declaration", "method_declaration", "func_literal"):
            self._function(node, scope)
            return self.opened(node, scope)
        if kind == "type_spec":
            name = node.child_by_field_name("name")
            inner = self.opened(node, scope)
            if name is not None:
                self.bind(scope, self.text(name), name, kind="class")
                fields = self._structs.get(self.text(name)) if scope == 0 else None
                if fields:
                    self.bind(inner, ROW, name, self._row(node, self.text(name), fields), kind="property")
            return inner
        if kind == "field_declaration":
            declared = self._type(node.child_by_field_name("type"))
            for name in node.children_by_field_name("name"):
                self.bind(scope, self.text(name), name, kind="property", type=declared)
        elif kind in ("const_spec", "var_spec"):
            names = [n for n in node.children_by_field_name("name") if n.is_named]
            constant: BindingKind = "constant" if kind == "const_spec" else "variable"
            self._bind_all(names, node.child_by_field_name("value"), scope, node.child_by_field_name("type"), constant)
        elif kind in ("short_var_declaration", "assignment_statement"):
            left = node.child_by_field_name("left")
            names = [] if left is None else left.named_children
            if self.text(node.child_by_field_name("operator")) in ("", "="):
                assigned = kind == "assignment_statement"
                self._bind_all(names, node.child_by_field_name("right"), scope, None, "variable", assigned)
            elif len(names) == 1 and self.text(node.child_by_field_name("operator")) == "+=":
                self._augmented(node, names[0], scope)
        elif kind == "range_clause":
            self._range(node, scope)
        elif kind == "import_spec":
            self._import(node)
        elif kind == "composite_literal":
            self._filled(node, scope)
        elif kind == "call_expression" and self.buffers:
            self.append(node, scope)
        return scope

    def _type(self, node: Node | None) -> str | None:
        return None if node is None else self.text(node).lstrip("*[]")

    def _receiver(self, method: Node) -> str:
        """The type that a method is of."""
        receiver = method.child_by_field_name("receiver")
        declared = receiver.named_children[0] if receiver is not None and receiver.named_children else None
        return (self._type(declared.child_by_field_name("type")) if declared is not None else None) or ""

    def _appends(self, name: str, source: Node, owner: int, scope: int) -> bool:
        """Whether `rows = append(rows, row)` is what is assigned: the rows are noted then as the list's."""
        given = source.child_by_field_name("arguments") if source.type == "call_expression" else None
        arguments = [c for c in given.named_children if c.type != "comment"] if given is not None else []
        if self.text(source.child_by_field_name("function")) != "append" or len(arguments) < 2:
            return False
        if self.text(arguments[0]) != name or any(one.type == "variadic_argument" for one in arguments):
            return False
        for one in arguments[1:]:
            start, end = one.start_byte, one.end_byte
            self.bindings.append(
                Binding(owner, f"{name}.*", self.value(one, scope), start, end, "property", path=("[]",))
            )
        return True

    def _function(self, node: Node, scope: int) -> None:
        value = self.value(node, scope)
        name = node.child_by_field_name("name")
        if name is None or not isinstance(value, Function):
            return
        owner = scope
        if node.child_by_field_name("receiver") is not None:
            owner = self._class_scopes.get(self._receiver(node), -1)
        if owner >= 0:
            self.bind(owner, self.text(name), name, value, kind="function", type=value.return_type)

    def _bind_all(
        self,
        names: list[Node],
        values: Node | None,
        scope: int,
        annotation: Node | None,
        kind: BindingKind,
        assigned: bool = False,
    ) -> None:
        given = [] if values is None else [c for c in values.named_children if c.type != "comment"]
        declared = self._type(annotation)
        for index, name in enumerate(names):
            single = len(given) == 1 and len(names) > 1
            source = given[0] if single else given[index] if index < len(given) else None
            value = None if source is None else self.value(source, scope)
            if name.type == "identifier":
                text = self.text(name)
                owner = self.home(text, scope) if assigned else scope
                if self.is_buffer(source if source is not None else annotation):
                    self.buffers.add((owner, text))
                    value = Text("", name.end_byte, name.end_byte, False)
                if assigned and source is not None and self._appends(text, source, owner, scope):
                    continue
                if text != "_" and (value is not None or declared is not None) and not (single and index):
                    self.bind(owner, text, name, value, kind=kind, type=declared)
                elif not assigned:
                    self._bound.add((owner, text))
            elif name.type in ("index_expression", "selector_expression") and value is not None:
                self._item(name, value, scope)

    def _augmented(self, node: Node, name: Node, scope: int) -> None:
        """`q += more` of a string: what it does to others is arithmetic."""
        right = node.child_by_field_name("right")
        given = None if right is None else first(right)
        if name.type != "identifier" or given is None:
            return
        text, more = self.text(name), self.value(given, scope)
        owner = self.home(text, scope)
        if (owner, text) in self._texts or isinstance(more, Text | Template):
            before = Ref((text,), name.start_byte, name.end_byte)
            self.bind(owner, text, name, join((before, more), node.start_byte, node.end_byte))

    def _item(self, left: Node, value: Value, scope: int) -> None:
        target, index = left.child_by_field_name("operand"), left.child_by_field_name("index")
        # Of a field, its name in JSON is the struct's affair.
        key = Opaque(left.start_byte, left.end_byte) if index is None else self.value(index, scope)
        while target is not None and target.type == "index_expression":  # `rows[i]["kind"] = …`
            key, target = Opaque(left.start_byte, left.end_byte), target.child_by_field_name("operand")
        if target is not None and target.type == "identifier":
            self.bind_member(scope, self.text(target), key, value)

    def _range(self, node: Node, scope: int) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        names = [] if left is None else left.named_children
        element = elements(self.value(right, scope)) if right is not None else None
        if len(names) == 2 and names[1].type == "identifier":
            self.bind(scope, self.text(names[1]), names[1], element)

    def _import(self, node: Node) -> None:
        path = self.value(node.child_by_field_name("path"), 0)
        if not isinstance(path, Text):
            return
        name = node.child_by_field_name("name")
        last = path.value.rpartition("/")[2]
        local = self.text(name) if name is not None else re.sub(r"^go-|-go$|\.go$", "", last)
        local = "*" if local == "." else local
        if local != "_":
            self.imports.append(Import(local, path.value, "*", node.start_byte, node.end_byte))

    def _filled(self, node: Node, scope: int) -> None:
        """The fields that `Repo{client: c}` fills are properties of `Repo`."""
        owner = self._class_scopes.get(self._type(node.child_by_field_name("type")) or "")
        body = node.child_by_field_name("body")
        for child in [] if owner is None or body is None else body.named_children:
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if owner is not None and key is not None and value is not None and value.named_children:
                self.bind(owner, self.text(key), key, self.value(value.named_children[0], scope), kind="property")

    # Values.

    def evaluate(self, node: Node, scope: int) -> Value:
        kind = node.type
        start, end = node.start_byte, node.end_byte
        if kind == "call_expression":
            called = self.text(node.child_by_field_name("function"))
            if called == "fmt.Sprintf":
                return self.formatted(node, scope) or self.path(node, scope)
            name = called.removesuffix(".String")
            if self.buffers and (self.home(name, scope), name) in self.buffers:
                return Ref((name,), start, end)
        if kind in self.chain_types:
            return self.path(node, scope)
        if kind in ("identifier", "field_identifier", "type_identifier", "package_identifier"):
            return Ref((self.text(node),), start, end)
        if kind in STRINGS:
            return self.literal(start + 1, max(start + 1, end - 1), raw=kind == "raw_string_literal")
        if kind in _PLAIN:
            return Plain(_PLAIN[kind], self.text(node), start, end)  # type: ignore[arg-type]
        if kind == "binary_expression":
            return self._joined(node, scope)
        if kind == "composite_literal":
            return self._composite(node, scope)
        if kind in ("function_declaration", "method_declaration", "func_literal"):
            return self._callable(node, scope)
        if kind == "parenthesized_expression" and node.named_children:
            return self.value(node.named_children[0], scope)
        if kind == "unary_expression" and self.text(node.child_by_field_name("operator")) in ("&", "*"):
            return self.value(node.child_by_field_name("operand"), scope)
        if kind == "type_conversion_expression":
            return self.value(node.child_by_field_name("operand"), scope)
        return Opaque(start, end)

    def _joined(self, node: Node, scope: int) -> Value:
        operands: list[Node] = []
        rest: Node | None = node
        while rest is not None and rest.type == "binary_expression":
            right = rest.child_by_field_name("right")
            if right is None or self.text(rest.child_by_field_name("operator")) != "+":
                return Opaque(node.start_byte, node.end_byte)
            operands.append(right)
            if rest != node:
                self._taken.add(rest.id)  # begins as the whole does: asked again, a long one would take the square
            rest = rest.child_by_field_name("left")
        values = [self.value(o, scope) for o in [rest, *reversed(operands)] if o is not None]
        if not any(self._is_text(v, scope) for v in values):
            return Opaque(node.start_byte, node.end_byte)
        return join(values, node.start_byte, node.end_byte)

    def _is_text(self, value: Value, scope: int) -> bool:
        if isinstance(value, Ref) and len(value.path) == 1:
            return (self.home(value.path[0], scope), value.path[0]) in self._texts
        return isinstance(value, Text | Template)

    def _composite(self, node: Node, scope: int) -> Value:
        written, body = node.child_by_field_name("type"), node.child_by_field_name("body")
        if written is None or body is None:
            return Opaque(node.start_byte, node.end_byte)
        return self._literal(node, written, body, scope)

    def _literal(self, node: Node, written: Node, body: Node, scope: int) -> Value:
        """What stands in braces, of a type that is written before them, or before those around them."""
        children = [c for c in body.named_children if c.type != "comment"]
        slices = written.type in ("slice_type", "array_type", "implicit_length_array_type")
        if slices or self.text(written) == "pgx.Identifier":
            items = [c.named_children[0] for c in children if c.type == "literal_element" and c.named_children]
            element = written.child_by_field_name("element")
            held = [
                self._literal(i, element, i, scope) if element and i.type == "literal_value" else self.value(i, scope)
                for i in items
            ]
            return Array(tuple(held), node.start_byte, node.end_byte)
        fields = self._structs.get(self.text(written))
        parameters = written.type == "qualified_type" and self.text(written) == "url.Values"
        options = written.type == "qualified_type" and self.text(written).endswith(("Options", "Opts"))
        options = options or parameters
        if fields is None and not options and written.type in ("qualified_type", "type_identifier"):
            return self._made(node, written, children, scope)
        if written.type != "map_type" and fields is None and not options:
            return Opaque(node.start_byte, node.end_byte)
        entries: list[Entry] = []
        complete = True
        keys = {f.name: f.key for f in fields or ()}
        for key, value in self._pairs(children, scope):
            if isinstance(key, Text):
                entries.append(Entry(key.value, value, key.start, key.end))
            elif isinstance(key, Ref) and (options or key.path[0] in keys):
                entries.append(Entry(keys.get(key.path[0], key.path[0]), value, key.start, key.end))
            else:
                complete = False
        given = {e.key for e in entries}
        unsaid = [f for f in fields or () if not f.optional and f.key not in given]  # what is empty is written too
        entries.extend(Entry(f.key, Opaque(f.start, f.end), f.start, f.end) for f in unsaid)
        return Object(tuple(entries), node.start_byte, node.end_byte, complete=complete)

    def _made(self, node: Node, written: Node, children: list[Node], scope: int) -> Value:
        """A struct that another file declares, as a call that makes one with what its fields are given."""
        at = (written.start_byte, written.end_byte)
        root = Ref(tuple(self.text(written).split(".")), *at)
        named = [
            Entry(key.path[0], value, key.start, key.end)
            for key, value in self._pairs(children, scope)
            if isinstance(key, Ref)
        ]
        step = Step("new", *at, named=tuple(named), call_end=node.end_byte)
        return Chain(root, (step,), node.start_byte, node.end_byte, scope)

    def _pairs(self, children: list[Node], scope: int) -> Iterator[tuple[Value | None, Value]]:
        """Yield each key of a literal and its value; no key where that can't be read, or none is written."""
        for child in children:
            key_node, value_node = child.child_by_field_name("key"), child.child_by_field_name("value")
            if key_node is None or value_node is None or not key_node.named_children:
                yield None, Opaque(child.start_byte, child.end_byte)
                continue
            key = self.value(key_node.named_children[0], scope)
            value = next(iter(value_node.named_children), None)
            if value is not None and value.type == "literal_value" and value.named_child_count == 1:
                # The one value of `url.Values{"id": {"eq." + id}}`.
                value = next(iter(value.named_children[0].named_children), None)
            yield key, self.value(value, scope)

    def _callable(self, node: Node, scope: int) -> Function:
        inner = self.opened(node, scope)
        parameters: list[Parameter] = []
        receiver = node.child_by_field_name("receiver")
        listed = node.child_by_field_name("parameters")
        for holder in (receiver, listed):
            for child in [] if holder is None else holder.named_children:
                declared = self._type(child.child_by_field_name("type"))
                for name in child.children_by_field_name("name"):
                    text = self.text(name)
                    if holder is receiver:
                        self.bind(inner, text, name, Ref((declared or text,), name.start_byte, name.end_byte))
                    else:
                        parameters.append(Parameter(text, declared))
                        self.bind(inner, text, name, kind="parameter", type=declared)
        body = node.child_by_field_name("body")
        returns = [] if body is None else [self.outside(r, inner) for r in self._returned(body)]
        result = node.child_by_field_name("result")
        if result is not None and result.type == "parameter_list" and result.named_children:
            result = result.named_children[0].child_by_field_name("type")
        name_node = node.child_by_field_name("name")
        name_text = None if name_node is None else self.text(name_node)
        declared = self._type(result)
        return Function(name_text, tuple(parameters), tuple(returns), inner, node.start_byte, node.end_byte, declared)

    def _returned(self, body: Node) -> list[Node]:
        """The first of the values that each return of a function gives, those of inner functions left out."""
        listed = [values for node in self.returning(body) for values in node.named_children[:1]]
        return [values.named_children[0] for values in listed if values.named_children]

    def step(self, node: Node, scope: int, steps: list[Step]) -> Node | None:
        if node.type == "selector_expression":
            field = node.child_by_field_name("field")
            if field is not None:
                steps.append(Step(self.text(field), field.start_byte, field.end_byte))
            return node.child_by_field_name("operand")
        if node.type == "index_expression":
            key = self.nested(node.child_by_field_name("index"), scope)
            steps.append(Step(key.value if isinstance(key, Text) else "*", key.start, key.end))
            return node.child_by_field_name("operand")
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None:
            return None
        index = function.child_by_field_name("index") if function.type == "index_expression" else None
        if index is not None and index.type in ("identifier", "selector_expression"):
            # `fetch[User](…)` reads as an element, and is what a generic function makes of a type.
            function = function.child_by_field_name("operand") or function
        below: Node | None = function
        name, start, end = "()", arguments.start_byte, arguments.start_byte
        if function.type == "selector_expression":
            self.take(function, False)
            field = function.child_by_field_name("field")
            if field is not None:
                name, start, end = self.text(field), field.start_byte, field.end_byte
            below = function.child_by_field_name("operand")
        children = [c for c in arguments.named_children if c.type != "comment"]
        spread = any(c.type == "variadic_argument" for c in children)
        given = tuple(self.nested(c, scope) for c in children if c.type != "variadic_argument")
        if name in GO_BUCKET_METHODS and given and below is not None and self.text(below).endswith("Storage"):
            steps.append(Step(GO_BUCKET_METHODS[name], start, end, given[1:], (), spread, None, node.end_byte))
            name, start, end, given = "From", given[0].start, given[0].start, given[:1]
        steps.append(Step(name, start, end, given, (), spread, None, node.end_byte))
        return below
