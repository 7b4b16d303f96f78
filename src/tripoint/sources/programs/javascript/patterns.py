"""Names and patterns of TypeScript and JavaScript: what an assignment or a parameter binds."""

from __future__ import annotations

from tree_sitter import Node

from tripoint.sources.code.typescript_values import node_text
from tripoint.sources.programs.javascript.expressions import Expressions, span_of
from tripoint.sources.programs.javascript.values import Handle, Link, Scope, Value
from tripoint.sql.system_views import HOLE

__all__ = ["Patterns"]


class Patterns(Expressions):
    """Gives names what they stand for."""

    def __init__(self) -> None:
        super().__init__()
        self.exports: dict[str, Value] = {}
        self.whole: dict[str, Value] = {"exports": self.exports}
        """`module`."""
        self.journal: list[tuple[Scope, str]] = []
        """What was assigned, since a branch that may not be taken began."""

    def assign(self, target: Node, value: Value, scope: Scope, declares: bool) -> None:
        """Give a name, or the names of a pattern, what a value holds."""
        kind = target.type
        if kind in ("identifier", "shorthand_property_identifier_pattern"):
            name = node_text(target)
            holder = scope if declares else scope.holder(name) or scope
            if not declares:
                self.journal.append((holder, name))
            holder.names[name] = value
        elif kind in ("required_parameter", "optional_parameter"):
            pattern = target.child_by_field_name("pattern")
            if pattern is not None:
                given = self.value(target.child_by_field_name("value"), scope) if value is None else value
                self.assign(pattern, given, scope, declares)
        elif kind in ("assignment_pattern", "object_assignment_pattern"):
            left = target.child_by_field_name("left")
            given = self.value(target.child_by_field_name("right"), scope) if value is None else value
            if left is not None:
                self.assign(left, given, scope, declares)
        elif kind == "object_pattern":
            for child in target.named_children:
                self.from_object(child, value, scope, declares)
        elif kind == "array_pattern":
            at = 0
            for child in target.children:
                if child.type == ",":
                    at += 1  # also of `[, second]`, where nothing is named
                elif child.is_named and child.type != "comment":
                    known = isinstance(value, list) and child.type != "rest_pattern"
                    self.assign(child, value[at] if known and at < len(value) else HOLE, scope, declares)
        elif kind in ("rest_pattern", "parenthesized_expression", "non_null_expression"):
            for child in target.named_children:
                self.assign(child, HOLE if kind == "rest_pattern" else value, scope, declares)
        elif kind == "member_expression":
            holder_value = self.value(target.child_by_field_name("object"), scope)
            name = node_text(target.child_by_field_name("property"))
            if isinstance(holder_value, dict):
                if holder_value is self.whole and name == "exports" and isinstance(value, dict):
                    self.exports.update({str(key): one for key, one in value.items()})
                elif holder_value is self.whole and name == "exports":
                    self.exports["default"] = value
                else:
                    holder_value[name] = value

    def from_object(self, child: Node, value: Value, scope: Scope, declares: bool) -> None:
        """Give the names of one part of an object's pattern what they stand for."""
        inner: Node | None = child
        if child.type == "pair_pattern":
            key, inner = child.child_by_field_name("key"), child.child_by_field_name("value")
            name = node_text(key)
        elif child.type == "object_assignment_pattern":
            name = node_text(child.child_by_field_name("left"))
        elif child.type == "shorthand_property_identifier_pattern":
            name = node_text(child)
        else:
            name = ""
        if inner is not None and name:
            given = self.apply(value, Link(name, None, span_of(child), span_of(child)), scope)
            self.assign(inner, given, scope, declares)
        elif inner is not None:
            self.assign(inner, value if isinstance(value, Handle) else HOLE, scope, declares)
