"""What a module of TypeScript or JavaScript imports and exports by its statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tree_sitter import Node

from tripoint.sources.code.facts import Chain, Export, Import, Ref, Text
from tripoint.sources.code.typescript_values import node_text, property_name, string_value

__all__ = ["exports_of", "imports_of", "is_default", "required_in"]

_DECLARED = frozenset(
    [
        "function_declaration",
        "generator_function_declaration",
        "class_declaration",
        "abstract_class_declaration",
        "enum_declaration",
        "type_alias_declaration",
        "interface_declaration",
    ]
)


def imports_of(node: Node) -> Iterator[Import]:
    """Yield the names that an `import` statement brings in."""
    source = node.child_by_field_name("source")
    if source is None:
        return
    module = string_value(source).value
    all_types = any(child.type == "type" for child in node.children)
    clause = next((child for child in node.named_children if child.type == "import_clause"), None)
    for child in clause.named_children if clause is not None else ():
        if child.type == "identifier":
            yield _imported(child, module, "default", all_types)
        elif child.type == "namespace_import" and child.named_children:
            yield _imported(child.named_children[0], module, "*", all_types)
        elif child.type == "named_imports":
            for part in child.named_children:
                name = part.child_by_field_name("name")
                local = part.child_by_field_name("alias") or name
                if name is not None and local is not None:
                    only = all_types or any(word.type == "type" for word in part.children)
                    yield _imported(local, module, property_name(name) or "*", only)


def _imported(local: Node, module: str, imported: str, only_type: bool) -> Import:
    return Import(node_text(local), module, imported, local.start_byte, local.end_byte, only_type)


def is_default(node: Node) -> bool:
    """Whether an `export` statement says `default`."""
    return any(child.type == "default" for child in node.children)


def exports_of(node: Node) -> Iterator[Export]:
    """Yield what an `export` statement declares, lists or hands on; not the value of an `export default`."""
    source = node.child_by_field_name("source")
    module = string_value(source).value if source is not None else None
    declaration = node.child_by_field_name("declaration")
    clause = next((child for child in node.named_children if child.type == "export_clause"), None)
    if declaration is not None:
        default = is_default(node)
        for name in _declared_names(declaration):
            yield Export("default" if default else name, name)
        if default and declaration.child_by_field_name("name") is None:
            yield Export("default", "default")
    elif clause is not None:
        for part in clause.named_children:
            name = property_name(part.child_by_field_name("name")) or ""
            alias = part.child_by_field_name("alias")
            yield Export(property_name(alias) or name if alias is not None else name, name, module)
    elif module is not None:
        spaced = next((child for child in node.named_children if child.type == "namespace_export"), None)
        inner = spaced.named_children[0] if spaced is not None and spaced.named_children else None
        yield Export(node_text(inner) if inner is not None else "*", "*", module)


def _declared_names(node: Node) -> list[str]:
    if node.type in _DECLARED:
        name = node.child_by_field_name("name")
        return [node_text(name)] if name is not None else []
    found: list[str] = []
    work = [child.child_by_field_name("name") for child in node.named_children if child.type == "variable_declarator"]
    while work:
        here = work.pop()
        if here is None:
            continue
        if here.type in ("identifier", "shorthand_property_identifier_pattern"):
            found.append(node_text(here))
        elif here.type == "pair_pattern":
            work.append(here.child_by_field_name("value"))
        else:
            work.extend(here.named_children)
    return found


def required_in(chains: Iterable[Chain], imports: Iterable[Import]) -> Iterator[Import]:
    """Yield the modules that are required where no name takes them: `const pgp = require('pg-promise')(options)`."""
    known = {one.module for one in imports}
    for chain in chains:
        if isinstance(chain.root, Ref) and chain.root.path == ("require",):
            given = chain.steps[0].arguments
            if len(given) == 1 and isinstance(given[0], Text) and given[0].value not in known:
                known.add(given[0].value)
                yield Import("", given[0].value, "*", chain.start, chain.end)
