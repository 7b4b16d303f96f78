"""What an object of a class is written as, where a client of the API is given the object itself, and what it is read
from, where a client makes one of what is answered.

Only keys that are written for sure stand among its entries: what may be left out (an optional, a property with a
default) stands apart, and makes it incomplete. So does a name that a setting of the encoder may spell otherwise. What
it is read from are the keys without which reading fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace
from tree_sitter import Node

from tripoint.sources.code.facts import Entry, Object, Opaque, Ref

__all__ = ["read_by_kotlin", "read_by_swift", "row_of_kotlin", "row_of_swift", "serial_name", "serializable"]


def _text(node: Node | None) -> str:
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def _entry(key: Node, name: str) -> Entry | None:
    """Return the entry of a key as written at a name or a string; None where an encoder may spell it otherwise."""
    start, end = key.start_byte, key.end_byte
    if _text(key)[:1] == '"':
        start, end, name = start + 1, end - 1, _text(key)[1:-1]
    if name != name.lower() or not name or "\\" in name or "$" in name:
        return None
    return Entry(name, Opaque(start, end), start, end)


def row_of_kotlin(node: Node, constructor: Node, body: Node | None) -> Object | None:
    """Return what a class with `@Serializable` is written as by kotlinx.serialization's own serializer."""
    if not serializable(node):
        return None
    complete = not any(child.type == "delegation_specifiers" for child in node.named_children)
    complete = complete and not any(c.type == "property_declaration" for c in (body.named_children if body else ()))
    entries: list[Entry] = []
    optional: list[Entry] = []
    parameters = [p for listed in constructor.named_children for p in listed.named_children]
    for parameter in parameters:
        name = next((c for c in parameter.named_children if c.type == "identifier"), None)
        if parameter.type != "class_parameter" or name is None or "@Transient" in _annotations(parameter):
            continue
        entry = _entry(serial_name(parameter) or name, _text(name))
        if entry is None:
            complete = False
        elif any(child.type == "=" for child in parameter.children):
            optional.append(_where_given(entry, name))
        else:
            entries.append(_where_given(entry, name))
    start, end = constructor.start_byte, constructor.end_byte
    return _row(entries, start, end, optional, complete)


def _row(entries: list[Entry], start: int, end: int, optional: list[Entry], bounded: bool) -> Object:
    """Return a row; `bounded` says whether those are all keys that it can have."""
    whole = bounded and not optional
    return Object(tuple(entries), start, end, complete=whole, optional=tuple(optional), bounded=bounded)


def read_by_kotlin(node: Node, constructor: Node) -> Object | None:
    """Return the keys without which kotlinx.serialization makes no object of a class with `@Serializable`."""
    if not serializable(node):
        return None
    entries: list[Entry] = []
    for parameter in [p for listed in constructor.named_children for p in listed.named_children]:
        name = next((c for c in parameter.named_children if c.type == "identifier"), None)
        default = any(child.type == "=" for child in parameter.children)
        # Where nulls are not written out, what may be null may be absent.
        if parameter.type != "class_parameter" or name is None or default or _text(parameter).endswith("?"):
            continue
        entry = _entry(serial_name(parameter) or name, _text(name))
        if entry is not None and "@Transient" not in _annotations(parameter):
            entries.append(entry)
    return Object(tuple(entries), constructor.start_byte, constructor.end_byte, complete=False)


def _where_given(entry: Entry, name: Node) -> Entry:
    """Return an entry with the name of its property, by which a constructor is given it."""
    return Entry(entry.key, Ref((_text(name),), name.start_byte, name.end_byte), entry.start, entry.end)


def _annotations(node: Node) -> list[str]:
    found = [c for m in node.named_children if m.type == "modifiers" for c in m.named_children]
    return [_text(child) for child in found if child.type == "annotation"]


def serializable(node: Node) -> bool:
    """Whether a class of Kotlin is written by the serializer that is generated for it."""
    return "@Serializable" in _annotations(node)


def serial_name(parameter: Node) -> Node | None:
    """Return the string by which an annotation says what a property or a case is written as."""
    stack = [child for child in parameter.named_children if child.type == "modifiers"]
    named = False
    while stack:
        node = stack.pop()
        named = named or (node.type == "annotation" and _text(node).startswith("@SerialName"))
        if named and node.type == "string_literal":
            return node
        stack.extend(reversed(node.named_children))
    return None


def row_of_swift(node: Node, body: Node) -> Object | None:
    """Return what a struct that is `Encodable` is written as by the encoder that the compiler makes for it."""
    above = {_text(c) for c in node.named_children if c.type == "inheritance_specifier"}
    functions = {_text(c.child_by_field_name("name")) for c in body.named_children if c.type == "function_declaration"}
    if above.isdisjoint({"Codable", "Encodable"}) or "encode" in functions:
        return None
    keys = dict(_coding_keys(body))
    entries: list[Entry] = []
    optional: list[Entry] = []
    complete = True
    for declared in body.named_children:
        modifiers = next((c for c in declared.named_children if c.type == "modifiers"), None)
        name = _text(declared.child_by_field_name("name"))
        if declared.type != "property_declaration" or declared.child_by_field_name("computed_value") is not None:
            continue
        if "static" in _text(modifiers).split() or (keys and name not in keys):
            continue
        pattern = declared.child_by_field_name("name")
        key = keys.get(name) or pattern
        entry = None if key is None else _entry(key, name)
        annotation = next((c for c in declared.named_children if c.type == "type_annotation"), None)
        typed = "" if annotation is None else _text(annotation).rstrip()
        if entry is None or pattern is None or "@" in _text(modifiers):
            complete = False
        elif typed.endswith("?") or "Optional<" in typed:
            optional.append(_where_given(entry, pattern))
        else:
            entries.append(_where_given(entry, pattern))
    only_written = above.isdisjoint({"Codable", "Decodable"})
    if only_written:
        entries += optional  # what is only ever written is made to write them
    row = _row(entries, body.start_byte, body.end_byte, [] if only_written else optional, complete)
    return replace(row, complete=row.complete and not optional)


def read_by_swift(node: Node, body: Node) -> Object | None:
    """Return the keys without which the decoder that the compiler makes for a struct throws."""
    above = {_text(c) for c in node.named_children if c.type == "inheritance_specifier"}
    made = [child for child in body.named_children if child.type == "init_declaration"]
    if above.isdisjoint({"Codable", "Decodable"}) or any("Decoder" in _text(one).split("{")[0] for one in made):
        return None
    keys = dict(_coding_keys(body))
    entries: list[Entry] = []
    for declared in body.named_children:
        pattern = declared.child_by_field_name("name")
        annotation = next((c for c in declared.named_children if c.type == "type_annotation"), None)
        if declared.type != "property_declaration" or pattern is None or annotation is None:
            continue
        modifiers = _text(next((c for c in declared.named_children if c.type == "modifiers"), None))
        given = any(declared.child_by_field_name(field) is not None for field in ("computed_value", "value"))
        name, typed = _text(pattern), _text(annotation).rstrip()
        if given or "@" in modifiers or {"static", "lazy"}.intersection(modifiers.split()):
            continue
        if typed.endswith("?") or "Optional<" in typed or (keys and name not in keys):
            continue
        entry = _entry(keys.get(name) or pattern, name)
        if entry is not None:
            entries.append(entry)
    return Object(tuple(entries), body.start_byte, body.end_byte, complete=False)


def _coding_keys(body: Node) -> Iterator[tuple[str, Node | None]]:
    """Yield the cases of `CodingKeys`, each with the string that is its raw value."""
    for declared in body.named_children:
        if declared.type != "class_declaration" or _text(declared.child_by_field_name("name")) != "CodingKeys":
            continue
        cases = declared.child_by_field_name("body")
        for entry in cases.named_children if cases is not None else ():
            children = entry.children
            for index, child in enumerate(children):
                if entry.type == "enum_entry" and entry.field_name_for_child(index) == "name":
                    has = index + 2 < len(children) and children[index + 1].type == "="
                    yield _text(child), children[index + 2] if has else None
