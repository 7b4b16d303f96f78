"""What the generators of Dart write for a class by its annotations, where the generated file is not in the repository.

Keys are taken only where their names are told for sure: by `@JsonKey(name: …)`, or where no setting of the generator
could spell them otherwise. What may be null stands apart, since a setting may leave it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from tripoint.model.regex import regex
from tripoint.sources.code.facts import Entry, Object, Opaque
from tripoint.sources.code.grammar import child_of, within

__all__ = ["generated_row"]

_SERIALIZABLE = "JsonSerializable"
_FREEZED = frozenset({"freezed", "Freezed", "unfreezed"})
_KEY_NAME = regex(r"\bname\s*:\s*['\"](\w+)['\"]")
_NEVER = regex(r"\b(?:includeToJson\s*:\s*false|ignore\s*:\s*true)")
_NOT_ALWAYS = regex(r"\bincludeIfNull\s*:")
_SNAKE = regex(r"\bfieldRename\s*:\s*FieldRename\.snake\b")
_CAPITAL = regex(r"(?<!^)([A-Z])")


def _text(node: Node | None) -> str:
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def generated_row(node: Node) -> tuple[str, Object] | None:
    """Return the name of the function that is generated for a class, and the map that it returns."""
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    above = {_text(child_of(a, "identifier")): _text(a) for a in node.named_children if a.type == "annotation"}
    if name is None or body is None or "toJson: false" in "".join(above.values()):
        return None
    if _SERIALIZABLE in above and "createToJson: false" not in above[_SERIALIZABLE]:
        fields = list(_fields(body))
        alone = node.child_by_field_name("superclass") is None
        return f"_${_text(name)}ToJson", _row(node, fields, above[_SERIALIZABLE], alone)
    if _FREEZED.isdisjoint(above) or "fromJson" not in _text(body):
        return None
    made = [child for child in body.named_children if child_of(child, "redirecting_factory_constructor_signature")]
    if len(made) != 1:  # of a union, which one is written is open
        return None
    said = above.get(_SERIALIZABLE, "") + "".join(_text(a) for a in _annotations(made[0]))
    return "toJson", _row(node, list(_parameters(made[0])), said, alone=True)


def _annotations(node: Node) -> Iterator[Node]:
    """Yield the annotations that stand before a declaration."""
    before = node.prev_named_sibling
    while before is not None and before.type in ("annotation", "comment", "documentation_comment"):
        if before.type == "annotation":
            yield before
        before = before.prev_named_sibling


def _fields(body: Node) -> Iterator[tuple[Node, bool, str]]:
    """Yield each field that an object has: its name, whether it may be null, and its annotations."""
    for declared in [child for child in body.named_children if child.type == "declaration"]:
        words = _text(declared).split()
        listed = child_of(declared, "initialized_identifier_list")
        if listed is None or words[:1] == ["static"]:
            continue
        said = " ".join(_text(annotation) for annotation in _annotations(declared))
        nullable = child_of(declared, "nullable_type") is not None
        for one in listed.named_children:
            if one.named_children and not _text(one).startswith("_"):
                yield one.named_children[0], nullable, said


def _parameters(made: Node) -> Iterator[tuple[Node, bool, str]]:
    for formal in [child for child in within(made) if child.type == "formal_parameter"]:
        names = [child for child in formal.named_children if child.type == "identifier"]
        said = " ".join(_text(a) for a in formal.named_children if a.type == "annotation")
        if not said:
            said = " ".join(_text(annotation) for annotation in _annotations(formal))
        if names:
            yield names[-1], child_of(formal, "nullable_type") is not None, said


def _row(node: Node, fields: list[tuple[Node, bool, str]], said: str, alone: bool) -> Object:
    entries: list[Entry] = []
    optional: list[Entry] = []
    bounded = alone
    for name, nullable, annotated in fields:
        told = _KEY_NAME.search(annotated)
        key = told[1] if told else _text(name)
        if _SNAKE.search(said) and not told:
            key = _CAPITAL.sub(r"_\1", key).lower()
        by_name = told is None and re.search(r"\bname\s*:", annotated) is not None
        if _NEVER.search(annotated):
            continue
        if by_name or re.search(r"[A-Z]", key):
            bounded = False
            continue
        entry = Entry(key, Opaque(name.start_byte, name.end_byte), name.start_byte, name.end_byte)
        (optional if nullable or _NOT_ALWAYS.search(annotated) else entries).append(entry)
    start, end, whole = node.start_byte, node.end_byte, bounded and not optional
    return Object(tuple(entries), start, end, complete=whole, optional=tuple(optional), bounded=bounded)
