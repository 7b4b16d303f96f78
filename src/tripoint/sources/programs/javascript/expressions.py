"""Expressions of TypeScript and JavaScript, told as far as their text goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tree_sitter import Node

from tripoint.model.name import quote_literal
from tripoint.sources.code.typescript_values import FUNCTIONS, node_text, property_name, string_value
from tripoint.sources.programs.javascript.values import (
    Class,
    Described,
    Function,
    Handle,
    Link,
    New,
    Ref,
    Scope,
    SqlText,
    Value,
    joined,
    shown,
    truth,
)
from tripoint.sources.programs.tables import has_column
from tripoint.sources.programs.values import Condition, is_known_text
from tripoint.sources.programs.written import Text
from tripoint.sql.system_views import HOLE
from tripoint.sql.values import HOLE_CHARACTER

__all__ = ["Expressions", "TooMuch", "span_of"]

MAX_DEPTH: Final = 150
_WRAPPERS: Final = frozenset(
    [
        "parenthesized_expression",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "type_assertion",
        "instantiation_expression",
    ]
)
_CONSTANTS: Final[dict[str, Value]] = {"true": True, "false": False, "null": None, "undefined": None}
_LANGUAGE: Final = frozenset(["Promise", "Object", "Array", "process", "console", "JSON", "Math", "Date", "String"])


class TooMuch(Exception):
    """There is more to follow than is followed."""


def span_of(node: Node) -> tuple[int, int]:
    """Return the bytes of a node."""
    return node.start_byte, node.end_byte


def _children(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type != "comment"]


class Expressions:
    """Tells what expressions come to. What calls do is the subclass's to say."""

    def __init__(self) -> None:
        self.depth = 0

    def apply(self, receiver: Value, link: Link, scope: Scope) -> Value:
        """Return what a property or a method of a value gives."""
        raise NotImplementedError

    def call(self, callee: Value, link: Link, scope: Scope) -> Value:
        """Return what the call of a function gives."""
        raise NotImplementedError

    def flush(self, value: Value) -> Value:
        """Do what a value stands for that is done when it is waited for, and return what it gives."""
        raise NotImplementedError

    def assign(self, target: Node, value: Value, scope: Scope, declares: bool) -> None:
        """Give a name its value."""
        raise NotImplementedError

    def value(self, node: Node | None, scope: Scope) -> Value:
        """Return what an expression comes to."""
        if node is None:
            return None
        if self.depth >= MAX_DEPTH:
            raise TooMuch
        self.depth += 1
        try:
            return self._value(node, scope)
        finally:
            self.depth -= 1

    def _value(self, node: Node, scope: Scope) -> Value:
        kind = node.type
        if kind in _WRAPPERS:
            return self.value(next(iter(_children(node)), None), scope)
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        if kind in FUNCTIONS:
            return Function(node, scope, self.this(scope))
        handler: Callable[[Node, Scope], Value] | None = getattr(self, f"_{kind}", None)
        return handler(node, scope) if handler is not None else HOLE

    @staticmethod
    def this(scope: Scope) -> Value:
        """Return what `this` is at a place."""
        holder = scope.holder("this")
        return holder.names["this"] if holder is not None else HOLE

    # ---- leaves

    def _string(self, node: Node, scope: Scope) -> Value:
        text = string_value(node)
        return Text(text.value, (text.start, text.end), text.exact)

    def _template_string(self, node: Node, scope: Scope) -> Value:
        parts = [value for _, value in self.template(node, scope)]
        if len(parts) == 1 and isinstance(parts[0], Text) and parts[0].exact:
            return parts[0]
        return joined(parts, (node.start_byte + 1, node.end_byte - 1))

    def template(self, node: Node, scope: Scope) -> list[tuple[bool, Value]]:
        """Return the parts of a template string, each with whether it stands there or is put in."""
        parts: list[tuple[bool, Value]] = []
        for child in node.named_children:
            if child.type == "template_substitution":
                parts.append((False, self.value(next(iter(_children(child)), None), scope)))
                continue
            text = node_text(child)
            if child.type == "escape_sequence":
                parts.append((True, Text(_escaped(text), span_of(child))))
            else:
                parts.append((True, Text(text, span_of(child), True)))
        return parts

    def _number(self, node: Node, scope: Scope) -> Value:
        text = node_text(node).replace("_", "")
        try:
            return int(text, 0)
        except ValueError:
            try:
                return float(text)
            except ValueError:
                return HOLE

    def _identifier(self, node: Node, scope: Scope) -> Value:
        name = node_text(node)
        holder = scope.holder(name)
        if holder is not None:
            return holder.names[name]
        if name == "undefined":
            return None
        return Ref(name)

    _shorthand_property_identifier = _identifier

    def _this(self, node: Node, scope: Scope) -> Value:
        return self.this(scope)

    # ---- what is put together

    def _array(self, node: Node, scope: Scope) -> Value:
        found: list[Value] = []
        for child in _children(node):
            if child.type == "spread_element":
                spread = self.value(next(iter(_children(child)), None), scope)
                if not isinstance(spread, list):
                    return HOLE
                found += spread
            else:
                found.append(self.value(child, scope))
        return found

    def _object(self, node: Node, scope: Scope) -> Value:
        found: dict[Any, Value] = {}
        for child in _children(node):
            if child.type == "pair":
                key = child.child_by_field_name("key")
                name = self.key(key, scope)
                found[name] = self.value(child.child_by_field_name("value"), scope)
            elif child.type == "shorthand_property_identifier":
                found[Text(node_text(child), span_of(child), True)] = self._identifier(child, scope)
            elif child.type == "method_definition":
                found[property_name(child.child_by_field_name("name")) or HOLE_CHARACTER] = Function(
                    child, scope, found
                )
            elif child.type == "spread_element":
                spread = self.value(next(iter(_children(child)), None), scope)
                if isinstance(spread, dict):
                    found |= spread
                else:
                    found[HOLE_CHARACTER] = HOLE
        return found

    def key(self, node: Node | None, scope: Scope) -> str:
        """Return the key of a property with its place; one that is computed may be a hole."""
        if node is None:
            return HOLE_CHARACTER
        if node.type == "computed_property_name":
            value = self.value(next(iter(_children(node)), None), scope)
            return value if isinstance(value, str) else HOLE_CHARACTER
        if node.type == "string":
            text = string_value(node)
            return Text(text.value, (text.start, text.end), text.exact)
        return Text(node_text(node).lstrip("#"), span_of(node), True)

    def _binary_expression(self, node: Node, scope: Scope) -> Value:
        operator = node_text(node.child_by_field_name("operator"))
        left = self.value(node.child_by_field_name("left"), scope)
        other = node.child_by_field_name("right")
        if operator in ("&&", "||", "??"):
            return self.either(operator, left, other, scope)
        right = self.value(other, scope)
        if operator == "+":
            if isinstance(left, str) or isinstance(right, str):
                return joined([left, right], span_of(node))
            numbers = isinstance(left, int | float) and isinstance(right, int | float)
            return left + right if numbers else HOLE
        if operator in ("===", "==", "!==", "!="):
            return self.compare(left, right, operator.startswith("="))
        if operator == "in" and isinstance(right, Described) and is_known_text(left):
            return has_column(right.table, left)
        if isinstance(left, Condition) and operator in (">", ">="):
            return left  # `rows.length > 0`
        if isinstance(left, int) and isinstance(right, int):
            return {"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}.get(operator, HOLE)
        return HOLE

    def either(self, operator: str, left: Value, other: Node | None, scope: Scope) -> Value:
        """Return what `&&`, `||` or `??` comes to."""
        said = truth(left)
        if operator == "??":
            return self.value(other, scope) if left is None else left if left is not HOLE else HOLE
        if isinstance(said, bool):
            return self.value(other, scope) if said == (operator == "&&") else left
        right = self.value(other, scope)
        if isinstance(said, Condition):
            then = truth(right)
            if isinstance(then, Condition):
                return Condition(f"({said.sql} {'AND' if operator == '&&' else 'OR'} {then.sql})")
            if isinstance(then, bool):
                return (said if then else False) if operator == "&&" else (True if then else said)
        return False if operator == "&&" and truth(right) is False else HOLE

    @staticmethod
    def compare(left: Value, right: Value, equal: bool) -> Value:
        """Return whether two values are the same."""
        if (isinstance(left, Condition) and isinstance(right, bool | int | None)) or left is HOLE or right is HOLE:
            if isinstance(left, Condition) and right is not HOLE:
                return left if bool(right) == equal else Condition(f"NOT ({left.sql})")
            return HOLE
        plain = str | int | float | bool | None
        if isinstance(left, plain) and isinstance(right, plain):
            if any(isinstance(one, str) and HOLE_CHARACTER in one for one in (left, right)):
                return HOLE
            return (left == right) == equal
        return HOLE

    def _unary_expression(self, node: Node, scope: Scope) -> Value:
        operator = node_text(node)[:1]
        value = self.value(node.child_by_field_name("argument"), scope)
        if operator == "!":
            said = truth(value)
            if isinstance(said, Condition):
                return Condition(f"NOT ({said.sql})")
            return not said if isinstance(said, bool) else HOLE
        if operator == "-" and isinstance(value, int | float):
            return -value
        return None if node_text(node).startswith("void") else HOLE

    def _ternary_expression(self, node: Node, scope: Scope) -> Value:
        said = truth(self.value(node.child_by_field_name("condition"), scope))
        if isinstance(said, bool):
            return self.value(node.child_by_field_name("consequence" if said else "alternative"), scope)
        then = self.value(node.child_by_field_name("consequence"), scope)
        other = self.value(node.child_by_field_name("alternative"), scope)
        return then if isinstance(then, str) and then == other else HOLE

    def _await_expression(self, node: Node, scope: Scope) -> Value:
        return self.flush(self.value(next(iter(_children(node)), None), scope))

    def _assignment_expression(self, node: Node, scope: Scope) -> Value:
        value = self.value(node.child_by_field_name("right"), scope)
        target = node.child_by_field_name("left")
        if target is not None:
            self.assign(target, value, scope, False)
        return value

    def _augmented_assignment_expression(self, node: Node, scope: Scope) -> Value:
        target = node.child_by_field_name("left")
        if target is None:
            return HOLE
        right = self.value(node.child_by_field_name("right"), scope)
        left = self.value(target, scope)
        adds = node_text(node.child_by_field_name("operator")) == "+="
        value = joined([left, right], span_of(node)) if adds and isinstance(left, str) else HOLE
        self.assign(target, value, scope, False)
        return value

    def _sequence_expression(self, node: Node, scope: Scope) -> Value:
        return [self.value(child, scope) for child in _children(node)][-1]

    def _class(self, node: Node, scope: Scope) -> Value:
        members: dict[str, Value] = {}
        made = Class(node, members)
        inner = Scope(scope, {"this": made})
        body = node.child_by_field_name("body")
        for child in _children(body) if body is not None else ():
            if child.type == "method_definition":
                name = property_name(child.child_by_field_name("name"))
                members[name or HOLE_CHARACTER] = Function(child, inner, made)
            elif child.type in ("public_field_definition", "field_definition"):
                named = child.child_by_field_name("name") or child.child_by_field_name("property")
                members[property_name(named) or HOLE_CHARACTER] = self.value(child.child_by_field_name("value"), inner)
        return made

    # ---- chains

    def _new_expression(self, node: Node, scope: Scope) -> Value:
        arguments = self.arguments(node.child_by_field_name("arguments"), scope)
        constructor = self.value(node.child_by_field_name("constructor"), scope)
        if isinstance(constructor, Class):
            return constructor
        name = constructor.path.rpartition(".")[2] if isinstance(constructor, Ref) else ""
        return New(name, arguments, span_of(node))

    def _member_expression(self, node: Node, scope: Scope) -> Value:
        receiver = self.value(node.child_by_field_name("object"), scope)
        name = node_text(node.child_by_field_name("property")).lstrip("#")
        return self.apply(receiver, Link(name, None, span_of(node), span_of(node)), scope)

    def _subscript_expression(self, node: Node, scope: Scope) -> Value:
        receiver = self.value(node.child_by_field_name("object"), scope)
        index = self.value(node.child_by_field_name("index"), scope)
        if isinstance(receiver, list) and isinstance(index, int):
            return receiver[index] if -1 < index < len(receiver) else None
        if isinstance(index, str) and HOLE_CHARACTER not in index:
            return self.apply(receiver, Link(index, None, span_of(node), span_of(node)), scope)
        if isinstance(receiver, Handle):
            return self.apply(receiver, Link(HOLE_CHARACTER, None, span_of(node), span_of(node)), scope)
        return HOLE

    def _call_expression(self, node: Node, scope: Scope) -> Value:
        callee, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if callee is None:
            return HOLE
        while callee.type in _WRAPPERS and _children(callee):
            callee = _children(callee)[0]
        if given is not None and given.type == "template_string":
            return self.tagged(self.value(callee, scope), given, scope)
        if callee.type == "member_expression":
            receiver = self.value(callee.child_by_field_name("object"), scope)
            name = node_text(callee.child_by_field_name("property")).lstrip("#")
            return self.apply(receiver, self.link(name, node, given, scope), scope)
        function = self.value(callee, scope)
        return self.call(function, self.link("()", node, given, scope), scope)

    def tagged(self, tag: Value, given: Node, scope: Scope) -> Value:
        """Return what a template string with a tag in front is: SQL, in which a string that is put in is a literal."""
        parts = self.template(given, scope)
        if len(parts) == 1 and parts[0][0]:
            return SqlText(parts[0][1])
        texts = [
            quote_literal(value) if not stands and is_known_text(value) else shown(value) for stands, value in parts
        ]
        return SqlText(Text("".join(texts), (given.start_byte + 1, given.end_byte - 1)))

    def link(self, name: str, node: Node, given: Node | None, scope: Scope) -> Link:
        """Return the call of a method with its arguments."""
        arguments = self.arguments(given, scope)
        first = next(iter(_children(given)), None) if given is not None else None
        head = (node.start_byte, first.end_byte) if first is not None and first.type == "string" else span_of(node)
        return Link(name, arguments, span_of(node), head)

    def arguments(self, given: Node | None, scope: Scope) -> tuple[Value, ...]:
        """Return the arguments of a call; behind one that is spread and not known, a hole."""
        found: list[Value] = []
        for child in _children(given) if given is not None else ():
            if child.type == "spread_element":
                spread = self.value(next(iter(_children(child)), None), scope)
                found += spread if isinstance(spread, list) else [HOLE]
            else:
                found.append(self.value(child, scope))
        return tuple(found)


def _escaped(text: str) -> str:
    from tripoint.sources.code.escapes import unescape

    return unescape(text)
