"""Prisma schema files: models, views and enums with the names, types and keys that Prisma gives them in PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from msgspec import Struct, field

from tripoint.model.catalog import ReferentialAction
from tripoint.model.name import quote_identifier
from tripoint.model.place import Problem
from tripoint.model.regex import regex
from tripoint.model.text import text_of
from tripoint.sources.orm.models import Model, ModelColumn, ModelFacts, ModelKey

__all__ = ["read_prisma"]

_BLOCK = regex(r"^[ \t]*(model|view|enum|type|datasource|generator)[ \t]+(\w+)[ \t]*\{", re.MULTILINE)
_NOISE = regex(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_FIELD = regex(r'\s*(\w+)\s+(Unsupported\("((?:[^"\\]|\\.)*)"\)|\w+)\s*(\[\])?(\?)?')
_ATTRIBUTE = regex(r"@@?([\w.]+)")
_STRING = regex(r'"((?:[^"\\]|\\.)*)"')
_TYPES = {
    "String": "text",
    "Boolean": "boolean",
    "Int": "integer",
    "BigInt": "bigint",
    "Float": "double precision",
    "Decimal": "numeric(65,30)",
    "DateTime": "timestamp(3) without time zone",
    "Json": "jsonb",
    "Bytes": "bytea",
}
_NATIVE = {
    "Text": "text",
    "VarChar": "character varying",
    "Char": "character",
    "Uuid": "uuid",
    "Citext": "citext",
    "Inet": "inet",
    "Xml": "xml",
    "Bit": "bit",
    "VarBit": "bit varying",
    "SmallInt": "smallint",
    "Integer": "integer",
    "Oid": "oid",
    "BigInt": "bigint",
    "Real": "real",
    "DoublePrecision": "double precision",
    "Decimal": "numeric",
    "Money": "money",
    "Timestamp": "timestamp{} without time zone",
    "Timestamptz": "timestamp{} with time zone",
    "Date": "date",
    "Time": "time{} without time zone",
    "Timetz": "time{} with time zone",
    "Json": "json",
    "JsonB": "jsonb",
    "ByteA": "bytea",
}
_ACTIONS: dict[str, ReferentialAction] = {
    "Cascade": "cascade",
    "Restrict": "restrict",
    "NoAction": "no action",
    "SetNull": "set null",
    "SetDefault": "set default",
}


class _Attribute(Struct):
    name: str
    text: str
    """What stands between the parentheses."""
    at: int


class _Field(Struct):
    name: str
    type: str
    native: str | None
    many: bool
    optional: bool
    start: int
    end: int
    attributes: list[_Attribute] = field(default_factory=list)

    def attribute(self, name: str) -> _Attribute | None:
        return next((a for a in self.attributes if a.name == name), None)


class _Block(Struct):
    kind: str
    name: str
    start: int
    end: int
    fields: list[_Field] = field(default_factory=list)
    attributes: list[_Attribute] = field(default_factory=list)

    def attribute(self, name: str) -> _Attribute | None:
        return next((a for a in self.attributes if a.name == name), None)


def read_prisma(files: Mapping[str, bytes]) -> dict[str, ModelFacts]:
    """Return what the files of one Prisma schema map to, by path: a model may relate to one of another file.

    Never raises for the sake of their content.
    """
    read = {path: _Schema(data) for path, data in files.items()}
    blocks = [block for schema in read.values() for block in schema.blocks]
    return {path: schema.read(blocks) for path, schema in read.items()}


class _Schema:
    def __init__(self, data: bytes) -> None:
        self._text = text_of(data)
        sizes = (len(character.encode("utf-8")) for character in self._text)
        self._offsets = None if self._text.isascii() else [0, *accumulate(sizes)]
        self._problems: list[Problem] = []
        self.blocks = list(self._read_blocks())

    def read(self, blocks: Iterable[_Block]) -> ModelFacts:
        """`blocks` are those of all files of the schema; those of this file are what is returned."""
        # A name that two files declare is this file's own.
        known = {b.name: b for b in (*blocks, *self.blocks)}
        self._models = {name: b for name, b in known.items() if b.kind in ("model", "view")}
        self._enums = {name: b for name, b in known.items() if b.kind == "enum"}
        own = [b for b in self.blocks if known[b.name] is b]
        models = [self._model(b) for b in own if b.name in self._models and b.attribute("ignore") is None]
        models += self._junctions(b for b in own if b.name in self._models)
        enums = []
        for block in (b for b in own if b.name in self._enums):
            values = tuple(_mapped(f.attributes) or f.name for f in block.fields)
            name, start, end = self._named(block)
            enums.append((self._schema(block), name, values, start, end))
        return ModelFacts(tuple(models), tuple(enums), tuple(sorted(self._problems)))

    def _at(self, index: int) -> int:
        return index if self._offsets is None else self._offsets[min(index, len(self._text))]

    # Parsing

    def _read_blocks(self) -> Iterator[_Block]:
        clean = _NOISE.sub(lambda m: m[0] if m[0][0] == '"' else re.sub(r"[^\n]", " ", m[0]), self._text)
        for match in _BLOCK.finditer(clean):
            end = _closing(clean, match.end())
            if end is None:
                problem = Problem(
                    "unparsed",
                    self._at(match.start()),
                    self._at(len(clean)),
                    f"`{match[1]} {match[2]}` is never closed",
                )
                self._problems.append(problem)
                end = len(clean)
            block = _Block(match[1], match[2], match.start(2), match.end(2))
            if match[1] not in ("datasource", "generator"):
                for start, line in _lines(clean, match.end(), end):
                    self._line(block, start, line)
            yield block

    def _line(self, block: _Block, start: int, line: str) -> None:
        if line.lstrip().startswith("@@"):
            block.attributes += _attributes(line, start)
            return
        if block.kind == "enum":
            value = re.match(r"\s*(\w+)", line)
            if value:
                at = start + value.start(1)
                made = _Field(value[1], "", None, False, False, at, start + value.end(1))
                made.attributes = _attributes(line[value.end() :], start + value.end())
                block.fields.append(made)
            return
        match = _FIELD.match(line)
        if match is None:
            if line.strip():
                at = self._at(start)
                self._problems.append(Problem("unparsed", at, at + len(line.encode()), f"no field of `{block.name}`"))
            return
        made = _Field(
            match[1], match[2], match[3], bool(match[4]), bool(match[5]), start + match.start(1), start + match.end(1)
        )
        made.attributes = _attributes(line[match.end() :], start + match.end())
        block.fields.append(made)

    # Meaning

    def _schema(self, block: _Block) -> str | None:
        attribute = block.attribute("schema")
        found = _STRING.search(attribute.text) if attribute else None
        return found[1] if found else None

    def _named(self, block: _Block) -> tuple[str, int, int]:
        attribute = block.attribute("map")
        found = _STRING.search(attribute.text) if attribute else None
        if attribute is None or found is None:
            return block.name, self._at(block.start), self._at(block.end)
        return found[1], self._at(attribute.at + found.start(1)), self._at(attribute.at + found.end(1))

    def _column_name(self, block: _Block, name: str) -> str:
        found = next((f for f in block.fields if f.name == name), None)
        return (_mapped(found.attributes) if found else None) or name

    def _model(self, block: _Block) -> Model:
        table, start, end = self._named(block)
        columns: list[ModelColumn] = []
        keys: list[ModelKey] = []
        for one in block.fields:
            at = (self._at(one.start), self._at(one.end))
            if one.type in self._models:
                keys += self._foreign(block, table, one)
                continue
            written = one.type in _TYPES or one.type in self._enums or one.native is not None
            if one.attribute("ignore") is not None or not written:
                # A type that no file declares may be a model's, so that nothing says whether this is a column.
                continue
            column = self._column(one)
            columns.append(column)
            if one.attribute("id") is not None:
                name = _map_argument(one.attribute("id")) or f"{table}_pkey"
                keys.append(ModelKey("primary", (column.name,), *at, name=name))
            if one.attribute("unique") is not None:
                name = _map_argument(one.attribute("unique")) or f"{table}_{column.name}_key"
                keys.append(ModelKey("unique", (column.name,), *at, name=name))
        for attribute in block.attributes:
            keys += self._key(block, table, attribute)
        return Model(
            block.name,
            table,
            start,
            end,
            self._schema(block),
            tuple(columns),
            tuple(keys),
            view=block.kind == "view",
            client="prisma",
        )

    def _column(self, one: _Field) -> ModelColumn:
        name, start, end = one.name, one.start, one.end
        attribute = one.attribute("map")
        mapped = _STRING.search(attribute.text) if attribute else None
        if attribute is not None and mapped is not None:
            name, start, end = mapped[1], attribute.at + mapped.start(1), attribute.at + mapped.end(1)
        default = one.attribute("default")
        made, identity = self._default(default.text, one) if default is not None else (None, False)
        written = self._type(one)
        # A list of scalars has no NOT NULL in PostgreSQL.
        nullable = one.optional or one.many
        return ModelColumn(name, self._at(start), self._at(end), written, nullable, made, identity)

    def _type(self, one: _Field) -> str | None:
        base: str | None
        native = next((a for a in one.attributes if a.name.startswith("db.")), None)
        if one.native is not None:
            base = one.native
        elif native is not None and native.name[3:] in _NATIVE:
            base = _NATIVE[native.name[3:]]
            size = f"({native.text.replace(' ', '')})" if native.text.strip() else ""
            base = base.format(size) if "{}" in base else base + size
        elif one.type in self._enums:
            block = self._enums[one.type]
            schema = self._schema(block) or "public"
            base = f"{quote_identifier(schema)}.{quote_identifier(self._named(block)[0])}"
        else:
            base = _TYPES.get(one.type)
        return f"{base}[]" if base is not None and one.many else base

    def _default(self, text: str, one: _Field) -> tuple[str | None, bool]:
        text = text.strip()
        called = re.match(r"(\w+)\s*\((.*)\)$", text, re.DOTALL)
        if called is not None:
            if called[1] == "dbgenerated":
                inner = _STRING.search(called[2])
                return (inner[1].replace('\\"', '"') if inner else None), False
            if called[1] == "autoincrement":
                return None, True
            return ("CURRENT_TIMESTAMP" if called[1] == "now" else None), False
        string = _STRING.fullmatch(text)
        if string is not None:
            return "'" + string[1].replace("'", "''") + "'", False
        if one.type in self._enums:
            block = self._enums[one.type]
            value = next((_mapped(f.attributes) or f.name for f in block.fields if f.name == text), text)
            return f"'{value}'", False
        return (text if re.fullmatch(r"-?[\d.]+|true|false", text) else None), False

    def _key(self, block: _Block, table: str, attribute: _Attribute) -> list[ModelKey]:
        kind = {"id": "primary", "unique": "unique", "index": "index"}.get(attribute.name)
        listed = re.search(r"\[([^\]]*)\]", attribute.text)
        if kind is None or listed is None:
            return []
        names = re.findall(r"(?:^|,)\s*(\w+)", re.sub(r"\([^)]*\)", "", listed[1]))
        columns = tuple(self._column_name(block, name) for name in names)
        suffix = {"primary": "pkey", "unique": "key", "index": "idx"}[kind]
        default = f"{table}_pkey" if kind == "primary" else "_".join([table, *columns, suffix])
        at = self._at(attribute.at), self._at(attribute.at + len(attribute.text))
        return [ModelKey(kind, columns, *at, name=_map_argument(attribute) or default)]

    def _foreign(self, block: _Block, table: str, one: _Field) -> list[ModelKey]:
        relation = one.attribute("relation")
        local = re.search(r"\bfields\s*:\s*\[([^\]]*)\]", relation.text) if relation else None
        remote = re.search(r"\breferences\s*:\s*\[([^\]]*)\]", relation.text) if relation else None
        if relation is None or local is None or remote is None:
            return []
        target = self._models[one.type]
        names = re.findall(r"\w+", local[1])
        columns = tuple(self._column_name(block, n) for n in names)
        optional = any(f.optional for f in block.fields if f.name in names)
        delete = re.search(r"\bonDelete\s*:\s*(\w+)", relation.text)
        update = re.search(r"\bonUpdate\s*:\s*(\w+)", relation.text)
        return [
            ModelKey(
                "foreign",
                columns,
                self._at(one.start),
                self._at(one.end),
                _map_argument(relation) or "_".join([table, *columns, "fkey"]),
                (self._schema(target), self._named(target)[0]),
                tuple(self._column_name(target, n) for n in re.findall(r"\w+", remote[1])),
                _ACTIONS.get(delete[1], "no action") if delete else "set null" if optional else "restrict",
                _ACTIONS.get(update[1], "no action") if update else "cascade",
            )
        ]

    def _junctions(self, blocks: Iterable[_Block]) -> list[Model]:
        """The tables of implicit many-to-many relations: `_AToB`, or the relation's own name, where `A` stands."""
        found: dict[str, Model] = {}
        for block in blocks:
            for one in block.fields:
                target = self._models.get(one.type) if one.many else None
                label = _relation_name(one)
                back = [
                    f
                    for f in (target.fields if target else [])
                    if f.many and f.type == block.name and f is not one and _relation_name(f) == label
                ]
                if target is None or not back or target.name < block.name:
                    continue
                sides = (block, target)
                table = f"_{label}" if label else f"_{sides[0].name}To{sides[1].name}"
                at = self._at(one.start), self._at(one.end)
                columns: list[ModelColumn] = []
                keys = [ModelKey("primary", ("A", "B"), *at, name=f"{table}_AB_pkey")]
                for letter, side in zip("AB", sides, strict=True):
                    own = next((f for f in side.fields if f.attribute("id") is not None), None)
                    columns.append(ModelColumn(letter, *at, self._type(own) if own else None, nullable=False))
                    reference = (self._schema(side), self._named(side)[0])
                    remote = (self._column_name(side, own.name),) if own else ()
                    name = f"{table}_{letter}_fkey"
                    keys.append(ModelKey("foreign", (letter,), *at, name, reference, remote, "cascade", "cascade"))
                schema = self._schema(sides[0])
                found.setdefault(table, Model(table, table, *at, schema, tuple(columns), tuple(keys), client="prisma"))
        return list(found.values())


def _closing(text: str, start: int) -> int | None:
    depth = 1
    for match in re.compile(r'"(?:[^"\\\n]|\\.)*"|[{}]').finditer(text, start):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return match.start()
    return None


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """The lines of a block; a line goes on while a bracket is open."""
    at, depth = start, 0
    for match in re.compile(r'"(?:[^"\\\n]|\\.)*"|[(\[]|[)\]]|\n').finditer(text, start, end):
        if match[0] == "\n":
            if depth <= 0:
                yield at, text[at : match.start()]
                at, depth = match.end(), 0
        else:
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(match[0], 0)
    yield at, text[at:end]


def _attributes(line: str, start: int) -> list[_Attribute]:
    found: list[_Attribute] = []
    at = 0
    while (match := _ATTRIBUTE.search(line, at)) is not None:
        at = match.end()
        text = ""
        inner = at
        if at < len(line) and line[at] == "(":
            depth, inner = 0, at + 1
            for token in re.compile(r'"(?:[^"\\\n]|\\.)*"|[()]').finditer(line, at):
                depth += {"(": 1, ")": -1}.get(token[0], 0)
                at = token.end()
                if depth == 0:
                    break
            text = line[inner : at - 1]
        found.append(_Attribute(match[1], text, start + inner))
    return found


def _mapped(attributes: list[_Attribute]) -> str | None:
    found = next((_STRING.search(a.text) for a in attributes if a.name == "map"), None)
    return found[1] if found else None


def _map_argument(attribute: _Attribute | None) -> str | None:
    found = re.search(r'\bmap\s*:\s*"((?:[^"\\]|\\.)*)"', attribute.text) if attribute else None
    return found[1] if found else None


def _relation_name(one: _Field) -> str | None:
    relation = one.attribute("relation")
    found = re.match(r'\s*(?:name\s*:\s*)?"((?:[^"\\]|\\.)*)"', relation.text) if relation else None
    return found[1] if found else None
