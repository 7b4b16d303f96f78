"""What a file declares, imports and exports, and which function of it migrates."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from tripoint.sources.code.typescript_values import node_text
from tripoint.sources.programs.javascript.patterns import Patterns
from tripoint.sources.programs.javascript.values import Class, Function, Ref, Scope, Value
from tripoint.sql.system_views import HOLE

__all__ = ["Beside", "Exports", "required"]

Beside = Callable[[str], "dict[str, Value] | None"]
"""What the module exports that a specifier means; None where it does not stand behind the migration."""


class Exports(Patterns):
    """Learns what stands on the level of the file."""

    def __init__(self, beside: Beside | None) -> None:
        super().__init__()
        self.beside = beside or (lambda specifier: None)
        self.module = Scope()
        self.modules: set[str] = set()
        """What the file imports."""
        self.module.names |= {"exports": self.exports, "module": self.whole}

    def statement(self, node: Node, scope: Scope) -> None:
        """Follow one statement."""
        raise NotImplementedError

    def module_level(self, nodes: list[Node]) -> None:
        """Learn what a file declares and exports."""
        nodes = [node for node in nodes if node.type != "comment"]
        for node in nodes:
            inner = self.declared(node)
            if inner.type in ("function_declaration", "generator_function_declaration"):
                self.module.names[node_text(inner.child_by_field_name("name"))] = Function(inner, self.module)
        for node in nodes:
            inner = self.declared(node)
            if inner.type in ("class_declaration", "abstract_class_declaration", "class"):
                made = self._class(inner, self.module)
                self.module.names[node_text(inner.child_by_field_name("name"))] = made
            elif inner.type == "import_statement":
                self.imported(inner)
            elif inner.type in (
                "lexical_declaration",
                "variable_declaration",
                "expression_statement",
                "enum_declaration",
            ):
                self.statement(inner, self.module)
            if node.type == "export_statement":
                self.exported(node, inner)

    @staticmethod
    def declared(node: Node) -> Node:
        """Return what an export declares."""
        if node.type == "export_statement":
            inner = node.child_by_field_name("declaration") or node.child_by_field_name("value")
            return inner if inner is not None else node
        return node

    def exported(self, node: Node, inner: Node) -> None:
        value = node.child_by_field_name("value")
        if value is None and any(child.type == "=" for child in node.children):  # export = …, as CommonJS exports
            value = next((child for child in node.named_children if child.type != "comment"), None)
        if value is not None:  # export default …
            found = self.value(value, self.module) if value.type != "class" else self._class(value, self.module)
            if isinstance(found, dict):
                self.exports.update({str(key): one for key, one in found.items()})
            else:
                self.exports["default"] = found
            return
        source = node_text(node.child_by_field_name("source")).strip("'\"`")
        given = self.beside(source) if source else None
        if given is not None and any(child.type == "*" for child in node.children):  # export * from …
            self.exports |= {name: value for name, value in given.items() if name != "default"}
        for child in inner.named_children:
            if child.type == "export_specifier":
                name = node_text(child.child_by_field_name("name"))
                alias = node_text(child.child_by_field_name("alias")) or name
                known = self.module.names if not source else given or {}
                self.exports[alias] = known.get(name, Ref(f"{source}.{name}") if source else HOLE)
            elif child.type == "export_clause":
                self.exported(node, child)
        name = node_text(inner.child_by_field_name("name"))
        names = [name] if name else []
        names += [
            node_text(c.child_by_field_name("name")) for c in inner.named_children if c.type == "variable_declarator"
        ]
        for one in names:
            if one in self.module.names:
                self.exports[one] = self.module.names[one]

    def imported(self, node: Node) -> None:
        source = node_text(node.child_by_field_name("source")).strip("'\"`")
        self.modules.add(source)
        given = self.beside(source)
        work = list(node.named_children)
        while work:
            child = work.pop()
            if child.type == "import_specifier":
                name = node_text(child.child_by_field_name("name"))
                alias = node_text(child.child_by_field_name("alias")) or name
                self.module.names[alias] = (given or {}).get(name, Ref(f"{source}.{name}"))
            elif child.type == "namespace_import" and given is not None:
                for named in child.named_children:
                    self.module.names[node_text(named)] = dict(given)
            elif child.type == "identifier":
                self.module.names[node_text(child)] = (given or {}).get("default", Ref(source))
            elif child.type in ("import_clause", "named_imports", "namespace_import"):
                work += child.named_children

    def up(self) -> Function | None:
        """Return the function that migrates."""
        found = self.exports.get("up") or self.exports.get("default")
        candidates = [found, *self.module.names.values()] if found else list(self.module.names.values())
        if isinstance(found, Function):
            return found
        for value in candidates:
            if isinstance(value, Class) and isinstance(up := value.members.get("up"), Function):
                return up
            if isinstance(value, dict) and isinstance(up := value.get("up"), Function):
                return up
        return None


def required(given: dict[str, Value] | None, path: str) -> Value:
    """Return what `require` gives of a module that exports `given`; a reference where that is not known."""
    if not given:
        return Ref(path)
    return given["default"] if given.keys() == {"default"} else dict(given)
