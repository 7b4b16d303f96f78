"""What a handler of `postgres_changes` reads of a row as it was: `payload.old.status`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from msgspec import Struct, field
from tree_sitter import Node

from tripoint.sources.code.facts import FORMER, STANDS_IN, Array, Entry, Ref, Text, Value
from tripoint.sources.code.typescript_values import node_text, string_value

__all__ = ["former_row"]

Declared: TypeAlias = dict[int, dict[str, Node | None]]
"""The names that a block declares, by the block's node."""

_FUNCTIONS = frozenset(["arrow_function", "function_expression", "function_declaration", "method_definition"])
_WRAPPERS = frozenset(["parenthesized_expression", "as_expression", "non_null_expression", "satisfies_expression"])
_FARTHEST = 40
"""How many levels a handler is looked for around the call that names it."""


def former_row(call: Node, arguments: list[Value], declared: Declared) -> tuple[Entry, ...]:
    """Return the entry of what the handler given to `.on('postgres_changes', …)` reads; none where it reads none.

    `declared` keeps what the blocks of the file declare.
    """
    if len(arguments) < 3 or not (isinstance(arguments[0], Text) and arguments[0].value == "postgres_changes"):
        return ()
    listed = call.child_by_field_name("arguments")
    given = [child for child in listed.named_children if child.type != "comment"] if listed is not None else []
    handler = _function(given[2], declared) if len(given) > 2 else None
    if handler is None:
        return ()
    reading = _Reading()
    reading.handler(handler)
    reads = tuple(ref for ref in reading.reads if ref.path[0] not in reading.asked)
    whole = Array(reads, handler.start_byte, handler.end_byte)
    return (Entry(FORMER, whole, handler.start_byte, handler.start_byte),) if reads else ()


def _function(node: Node, declared: Declared) -> Node | None:
    """Return the function that an argument is, or that it names."""
    node = _bare(node)
    if node.type != "identifier":
        return _made(node)
    name, here = node_text(node), node.parent
    for _ in range(_FARTHEST):
        if here is None:
            return None
        if here.type in ("statement_block", "program"):
            if here.id not in declared:
                declared[here.id] = _declarations(here)
            if name in declared[here.id]:
                value = declared[here.id][name]
                return _made(_bare(value)) if value is not None else None
        here = here.parent
    return None


def _made(node: Node) -> Node | None:
    """Return the function that an expression is, or that is given to a hook: `useCallback((payload) => …, [])`."""
    if node.type == "call_expression":
        listed = node.child_by_field_name("arguments")
        node = listed.named_children[0] if listed is not None and listed.named_children else node
    return node if node.type in _FUNCTIONS else None


def _declarations(block: Node) -> dict[str, Node | None]:
    """Return what a block's own statements declare; nothing for a name that several declare."""
    found: dict[str, Node | None] = {}
    for statement in block.named_children:
        if statement.type == "export_statement":
            statement = statement.child_by_field_name("declaration") or statement
        made: list[tuple[Node | None, Node | None]] = []
        if statement.type == "function_declaration":
            made.append((statement.child_by_field_name("name"), statement))
        elif statement.type in ("lexical_declaration", "variable_declaration"):
            made += [(c.child_by_field_name("name"), c.child_by_field_name("value")) for c in statement.named_children]
        for name, value in made:
            found[node_text(name)] = value if node_text(name) not in found else None
    return found


def _bare(node: Node) -> Node:
    """Take off parentheses and types, and what stands in where there is nothing (`payload.old ?? {}`)."""
    while True:
        inner = None
        if node.type in _WRAPPERS:
            inner = next((child for child in node.named_children if child.type != "comment"), None)
        elif node.type == "binary_expression" and _operator(node) in ("??", "||"):
            right = node.child_by_field_name("right")
            inner = node.child_by_field_name("left") if right is not None and right.type == "object" else None
        if inner is None:
            return node
        node = inner


def _operator(node: Node) -> str:
    return node_text(node.child_by_field_name("operator"))


class _Reading(Struct):
    """Walks through a handler once."""

    payloads: set[str] = field(default_factory=set)
    olds: set[str] = field(default_factory=set)
    reads: list[Ref] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    """The columns of which the handler asks whether they are there."""

    def handler(self, function: Node) -> None:
        parameter = _first_parameter(function)
        body = function.child_by_field_name("body")
        if parameter is None or body is None:
            return
        if parameter.type == "identifier":
            self.payloads.add(node_text(parameter))
        elif parameter.type == "object_pattern":
            self._taken_of_payload(parameter)
        rest = [body]
        while rest:
            node = rest.pop()
            if node.type in _FUNCTIONS and self._hides(node):
                continue
            self._read(node)
            rest.extend(reversed(node.named_children))

    def _hides(self, function: Node) -> bool:
        parameter = _first_parameter(function)
        return parameter is not None and node_text(parameter) in self.payloads | self.olds

    def _read(self, node: Node) -> None:
        kind = node.type
        if kind == "variable_declarator":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if name is None or value is None:
                return
            if self._is_old(value):
                if name.type == "identifier":
                    self.olds.add(node_text(name))
                for key, _ in _properties(name):
                    self.reads.append(Ref((node_text(key),), key.start_byte, key.end_byte))
            elif name.type == "object_pattern" and self._is_payload(value):
                self._taken_of_payload(name)
        elif kind == "binary_expression" and _operator(node) == "in":
            right, left = node.child_by_field_name("right"), node.child_by_field_name("left")
            if right is not None and self._is_old(right):
                self.asked.add(node_text(left).strip("'\"`"))
        elif kind in ("member_expression", "subscript_expression"):
            self._member(node)

    def _member(self, node: Node) -> None:
        owner = node.child_by_field_name("object")
        part = node.child_by_field_name("property") or node.child_by_field_name("index")
        if owner is None or part is None or not self._is_old(owner):
            return
        if node.type == "subscript_expression" and part.type != "string":
            return
        text = string_value(part) if part.type == "string" else None
        name = text.value if text is not None else node_text(part)
        around = node.parent
        while around is not None and around.type in _WRAPPERS:
            around = around.parent
        written = around is not None and (
            (around.type == "call_expression" and _same(around.child_by_field_name("function"), node))
            or (around.type == "assignment_expression" and _same(around.child_by_field_name("left"), node))
            or (around.type == "unary_expression" and _operator(around) == "delete")
        )
        if written:
            return
        start, end = (text.start, text.end) if text is not None else part.byte_range
        stands_in = around is not None and self._stands_in(around, node, name)
        self.reads.append(Ref((name, STANDS_IN) if stands_in else (name,), start, end))

    def _stands_in(self, around: Node, node: Node, name: str) -> bool:
        """Whether it is read where the new row has no such value alone: `payload.new.x || payload.old.x`."""
        left = around.child_by_field_name("left")
        if around.type != "binary_expression" or _operator(around) not in ("??", "||") or left is None:
            return False
        part = _bare(left).child_by_field_name("property")
        return left.end_byte <= node.start_byte and part is not None and node_text(part) == name

    def _taken_of_payload(self, pattern: Node) -> None:
        for key, value in _properties(pattern):
            if node_text(key) != "old":
                continue
            if value.type in ("identifier", "shorthand_property_identifier_pattern"):
                self.olds.add(node_text(value))
            for column, _ in _properties(value):
                self.reads.append(Ref((node_text(column),), column.start_byte, column.end_byte))

    def _is_payload(self, node: Node) -> bool:
        node = _bare(node)
        return node.type == "identifier" and node_text(node) in self.payloads

    def _is_old(self, node: Node) -> bool:
        node = _bare(node)
        if node.type == "identifier":
            return node_text(node) in self.olds
        owner, part = node.child_by_field_name("object"), node.child_by_field_name("property")
        return owner is not None and node_text(part) == "old" and self._is_payload(owner)


def _same(one: Node | None, other: Node) -> bool:
    return one is not None and _bare(one).id == other.id


def _first_parameter(function: Node) -> Node | None:
    single = function.child_by_field_name("parameter")
    if single is not None:
        return single
    listed = function.child_by_field_name("parameters")
    first = next((c for c in listed.named_children if c.type != "comment"), None) if listed is not None else None
    if first is not None and first.type in ("required_parameter", "optional_parameter"):
        return first.child_by_field_name("pattern")
    return first


def _properties(pattern: Node) -> Iterator[tuple[Node, Node]]:
    """Yield each key of an object pattern, and what it is bound to."""
    if pattern.type != "object_pattern":
        return
    for part in pattern.named_children:
        if part.type == "object_assignment_pattern":
            part = part.child_by_field_name("left") or part
        if part.type == "shorthand_property_identifier_pattern":
            yield part, part
        elif part.type == "pair_pattern":
            key, value = part.child_by_field_name("key"), part.child_by_field_name("value")
            if key is not None and value is not None:
                yield key, value
