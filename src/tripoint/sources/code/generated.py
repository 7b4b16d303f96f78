"""Type declarations that a tool generated from the schema (`supabase gen types typescript`), read as what they claim.

The generator writes one type, `Database`, of nested object types: schema → `Tables`, `Views`, `Functions`, `Enums` →
name → `Row` and its like → field. Only that much of TypeScript's grammar is read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.generated import DeclaredEnum, DeclaredFunction, DeclaredKey, DeclaredTable, GeneratedTypes
from tripoint.model.place import Problem
from tripoint.model.regex import regex
from tripoint.model.text import legible, text_of

__all__ = ["read_generated_types"]

_HEAD = regex(rb"\b(?:type\s+Database\s*=|interface\s+Database)\s*\{")
_TOKEN = regex(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?P<word>[\w$]+)|(?P<mark>.)""",
    re.DOTALL | re.VERBOSE,
)
_OPEN, _CLOSE = "{[(<", "}])>"


class _Member(Struct, frozen=True):
    name: str
    start: int
    end: int
    value: tuple[int, int]
    """Indexes of the first token of its type and of the one behind its last."""
    optional: bool
    """Whether a question mark stands behind the name."""


class _Text:
    def __init__(self, data: bytes, offset: int) -> None:
        text = text_of(data[offset:])
        self.tokens: list[tuple[str, str, int, int]] = []
        position = offset
        for match in _TOKEN.finditer(text):
            length = len(match[0].encode())
            if match.lastgroup != "space":
                self.tokens.append((match.lastgroup or "", match[0], position, position + length))
            position += length

    def members(self, at: int) -> Iterator[_Member]:
        """Yield the members of the object type whose brace is token `at`."""
        index = at + 1
        while index < len(self.tokens) and self.tokens[index][1] != "}":
            kind, word, start, end = self.tokens[index]
            if kind not in ("word", "string"):
                index += 1
                continue
            name, inner = (word, (start, end)) if kind == "word" else (word[1:-1], (start + 1, end - 1))
            following = index + 1
            if following < len(self.tokens) and self.tokens[following][1] == "?":
                following += 1
            if following >= len(self.tokens) or self.tokens[following][1] != ":":
                index += 1
                continue
            stop = self._end_of_type(following + 1)
            yield _Member(name, inner[0], inner[1], (following + 1, stop), following > index + 1)
            index = stop

    def _end_of_type(self, index: int) -> int:
        """Return the index behind a type: at the next `;`, `,` or `}` of its level, or where a new member begins."""
        depth = 0
        first = index
        while index < len(self.tokens):
            mark = self.tokens[index][1] if self.tokens[index][0] == "mark" else ""
            if depth == 0 and index > first and (mark in (";", ",", "}") or self._begins_member(index)):
                return index
            if depth == 0 and mark == "}":
                return index
            if mark in _OPEN and mark:
                depth += 1
            elif mark in _CLOSE and mark and not (mark == ">" and self.tokens[index - 1][1] == "="):
                depth -= 1
            index += 1
        return index

    def _begins_member(self, index: int) -> bool:
        if self.tokens[index][0] not in ("word", "string") or index + 1 >= len(self.tokens):
            return False
        following = index + 2 if self.tokens[index + 1][1] == "?" else index + 1
        return following < len(self.tokens) and self.tokens[following][1] == ":"

    def is_object(self, member: _Member) -> bool:
        first = member.value[0]
        return first < len(self.tokens) and self.tokens[first][1] == "{"

    def children(self, member: _Member) -> Iterator[_Member]:
        if self.is_object(member):
            yield from self.members(member.value[0])

    def objects(self, member: _Member) -> Iterator[int]:
        """Yield the braces of the object types that a type is one of."""
        depth = 0
        for index in range(*member.value):
            kind, word, _, _ = self.tokens[index]
            mark = word if kind == "mark" else ""
            if mark == "{" and depth == 0:
                yield index
            depth += (mark in _OPEN and mark != "") - (mark in _CLOSE and mark != "")

    def words(self, member: _Member) -> list[tuple[str, str]]:
        return [(kind, word) for kind, word, _, _ in self.tokens[slice(*member.value)]]


def read_generated_types(data: bytes) -> GeneratedTypes:
    """Return what the declarations in a file claim; never raises for the sake of its content."""
    data = legible(data)  # UTF-16 is what `> types.ts` writes in some shells
    head = _HEAD.search(data)
    if head is None:
        reason = "no type named Database with the schema's tables was found in these generated types"
        return GeneratedTypes(problems=(Problem("unsupported", 0, 0, reason),))
    text = _Text(data, head.end() - 1)
    tables: list[DeclaredTable] = []
    functions: list[DeclaredFunction] = []
    enums: list[DeclaredEnum] = []
    for schema in text.members(0):
        for group in text.children(schema):
            for member in text.children(group):
                if group.name in ("Tables", "Views") and text.is_object(member):
                    tables.append(_table(text, schema.name, member, group.name == "Views"))
                elif group.name == "Functions":
                    functions += _versions(text, schema.name, member)
                elif group.name == "Enums":
                    values = tuple(word[1:-1] for kind, word in text.words(member) if kind == "string")
                    enums.append(DeclaredEnum(schema.name, member.name, member.start, member.end, values))
    return GeneratedTypes(tuple(tables), _with_defaults(functions), tuple(enums))


def _versions(text: _Text, schema: str, member: _Member) -> Iterator[DeclaredFunction]:
    """Yield a function once for each object type that says with what it is called."""
    place = schema, member.name, member.start, member.end
    said = [part for at in text.objects(member) for part in text.members(at) if part.name == "Args"]
    if not said:
        yield DeclaredFunction(*place)
    for part in said:
        if "never" in (word for _, word in text.words(part)):  # `never`, or a record of no key
            yield DeclaredFunction(*place, {})
            continue
        lists = [{one.name: one.optional for one in text.members(at)} for at in text.objects(part)]
        for arguments in lists or [{"": False}]:
            # What has no name can't be given by one: it takes the whole body, or nothing calls it.
            yield DeclaredFunction(*place, None if "" in arguments else arguments)


def _with_defaults(functions: list[DeclaredFunction]) -> tuple[DeclaredFunction, ...]:
    """Return the functions; the generator once marked no argument that has a default: then each may have one."""
    if any(any(one.arguments.values()) for one in functions if one.arguments is not None):
        return tuple(functions)
    return tuple(
        one if one.arguments is None else replace(one, arguments=dict.fromkeys(one.arguments, True))
        for one in functions
    )


def _table(text: _Text, schema: str, member: _Member, view: bool) -> DeclaredTable:
    parts = {part.name: part for part in text.children(member)}
    columns, types = {}, {}
    for column in text.children(parts["Row"]) if "Row" in parts else ():
        words = text.words(column)
        columns[column.name] = (column.start, column.end, ("word", "null") in words)
        types[column.name] = _without_null([word for _, word in words])
    inserted = text.children(parts["Insert"]) if "Insert" in parts else ()
    given = frozenset(one.name for one in inserted if not one.optional)
    keys = tuple(_keys(text, parts["Relationships"])) if "Relationships" in parts else ()
    return DeclaredTable(schema, member.name, member.start, member.end, view, columns, types, given, keys)


def _without_null(words: list[str]) -> str:
    """Return a type as text: `string[]` of `string[] | null`."""
    text = "".join(words)
    return text.removesuffix("|null").removeprefix("null|")


def _keys(text: _Text, member: _Member) -> Iterator[DeclaredKey]:
    """Yield the foreign keys of a tuple of object types."""
    first, behind = member.value
    depth = 0
    for index in range(first, min(behind, len(text.tokens))):
        mark = text.tokens[index][1] if text.tokens[index][0] == "mark" else ""
        if mark == "{" and depth == 1:
            said = {
                one.name: tuple(word[1:-1] for kind, word in text.words(one) if kind == "string")
                for one in text.members(index)
            }
            relation = said.get("referencedRelation", ())
            if relation and said.get("columns"):
                yield DeclaredKey(said["columns"], relation[0], said.get("referencedColumns", ()))
        depth += (mark in _OPEN and mark != "") - (mark in _CLOSE and mark != "")
