"""DBML, the database markup language: https://dbml.dbdiagram.io/docs/."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from tripoint.model.claim import ColumnCandidate, EntityCandidate, RelationshipCandidate
from tripoint.model.place import Problem
from tripoint.model.regex import regex
from tripoint.sources.documents.text import Block

__all__ = ["Dbml", "read_dbml"]

# A byte is a character here (Latin-1), so that positions are byte offsets; names are decoded one by one.
_TOKEN = regex(
    r"(?P<newline>\n)|(?P<space>[^\S\n]+)|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|(?P<string>'''.*?(?:'''|\Z)|'(?:\\.|[^'\\\n])*'?)"
    r'|(?P<expression>`[^`]*`?)|(?P<quoted>"[^"\n]*"?)|(?P<color>\#[0-9a-fA-F]{3,8}\b)'
    r"|(?P<word>[\w$\x80-\xff]+)|(?P<arrow><>|[<>-])|(?P<sign>.)",
    re.DOTALL,
)


class _Token(Struct, frozen=True):
    kind: str
    text: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """The identifier, decoded and without quotes."""
        text = self.text.strip('"') if self.kind == "quoted" else self.text
        return text.encode("latin-1").decode("utf-8", "surrogateescape")

    @property
    def named(self) -> bool:
        return self.kind == "word" or (self.kind == "quoted" and len(self.text) > 2 and self.text.endswith('"'))


class Dbml(Struct, frozen=True):
    """What one DBML text says."""

    entities: tuple[EntityCandidate, ...]
    relationships: tuple[RelationshipCandidate, ...]
    problems: tuple[Problem, ...]


class _End(Struct, frozen=True):
    """One end of a Ref: `schema.table.(a, b)`."""

    table: str
    columns: tuple[str, ...]


def _tokens(text: str) -> list[_Token]:
    return [
        # A line break at the end may be none of the file's.
        _Token(match.lastgroup or "sign", match[0], match.start(), match.start() + len(match[0].rstrip("\n")))
        for match in _TOKEN.finditer(text)
        if match.lastgroup not in ("space", "comment")
    ]


def _relationship(one: _End, arrow: str, other: _End, start: int, end: int) -> RelationshipCandidate:
    cardinality = {">": "0..*:1", "<": "1:0..*", "-": "1:1", "<>": "0..*:0..*"}[arrow]
    if arrow == "<":
        one, other, cardinality = other, one, "0..*:1"
    return RelationshipCandidate(
        one.table, one.columns, other.table, other.columns, start, end, "dbml", cardinality=cardinality
    )


class _Parser:
    def __init__(self, block: Block, context: tuple[str, ...]) -> None:
        self.block = block
        self.tokens = _tokens(block.data.decode("latin-1"))
        self.at = 0
        self.context = context
        self.entities: list[EntityCandidate] = []
        self.relationships: list[RelationshipCandidate] = []
        self.problems: list[Problem] = []
        self.partials: dict[str, tuple[ColumnCandidate, ...]] = {}
        self.aliases: dict[str, str] = {}

    # Tokens

    def peek(self, skip_newlines: bool = True) -> _Token | None:
        while skip_newlines and self.at < len(self.tokens) and self.tokens[self.at].kind == "newline":
            self.at += 1
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def after(self) -> _Token | None:
        """Return the token after the next one, newlines left out."""
        ahead = self.at + 1
        while ahead < len(self.tokens) and self.tokens[ahead].kind == "newline":
            ahead += 1
        return self.tokens[ahead] if ahead < len(self.tokens) else None

    def take(self, text: str, skip_newlines: bool = True) -> bool:
        token = self.peek(skip_newlines)
        if token is not None and token.text.lower() == text:
            self.at += 1
            return True
        return False

    def name(self) -> tuple[str, int, int] | None:
        """Take `a`, `a.b` or `"a b"."c"`; return the dotted name with its positions."""
        parts: list[str] = []
        start = end = 0
        while (token := self.peek(skip_newlines=False)) is not None and token.named:
            quoted = 1 if token.kind == "quoted" else 0
            start = token.start + quoted if not parts else start
            end = token.end - quoted
            parts.append(token.name)
            self.at += 1
            if not self.take(".", skip_newlines=False):
                break
        return (".".join(parts), start, end) if parts else None

    def skip_block(self) -> None:
        """Skip to after the bracket that closes the one just taken."""
        depth = 1
        while depth and self.at < len(self.tokens):
            text = self.tokens[self.at].text
            depth += (text in "{[") - (text in "}]") if len(text) == 1 else 0
            self.at += 1

    def settings(self) -> Iterator[list[_Token]]:
        """Yield the comma-separated parts of `[…]`, the opening bracket being taken."""
        part: list[_Token] = []
        while (token := self.peek()) is not None:
            self.at += 1
            if token.text == "]":
                break
            if token.text == ",":
                yield part
                part = []
            else:
                part.append(token)
        yield part

    # Grammar

    def parse(self) -> None:
        while (token := self.peek()) is not None:
            self.at += 1
            word = token.text.lower()
            if word == "table":
                self.table(token)
            elif word == "tablepartial":
                self.partial()
            elif word == "ref":
                self.ref()
            elif token.text == "{":
                self.skip_block()

    def heading(self) -> bool:
        """Skip what stands between a name and `{`; return whether the brace came."""
        while (token := self.peek()) is not None:
            if token.text == "{":
                self.at += 1
                return True
            if token.text == "[":
                self.at += 1
                self.skip_block()
            elif token.text == "}":
                return False
            else:
                self.at += 1
        return False

    def table(self, keyword: _Token) -> None:
        named = self.name()
        if named is None:
            return
        name, start, end = named
        if self.take("as"):
            alias = self.name()
            if alias is not None:
                self.aliases[alias[0]] = name
        if not self.heading():
            span = self.block.offset(keyword.start), self.block.offset(keyword.end)
            self.problems.append(Problem("unparsed", *span, f"the table {name} has no body"))
            return
        columns, note = self.columns(name)
        self.entities.append(
            EntityCandidate(
                name,
                self.block.offset(start),
                self.block.offset(end),
                "dbml",
                columns=columns,
                context=self.context,
                coded=True,
                description=note,
                complete=bool(columns),
            )
        )

    def partial(self) -> None:
        named = self.name()
        if named is not None and self.heading():
            self.partials[named[0]] = self.columns(None)[0]

    def columns(self, table: str | None) -> tuple[tuple[ColumnCandidate, ...], str | None]:
        """Read the body of a table to its closing brace; return its columns and its note.

        Of what several partials bring under one name, the last counts, and what the table says itself before them all.
        """
        columns: list[ColumnCandidate] = []
        brought: dict[str, ColumnCandidate] = {}
        note: str | None = None
        while (token := self.peek()) is not None:
            if token.text == "}":
                self.at += 1
                break
            if token.text == "~":
                self.at += 1
                injected = self.name()
                brought.update((one.name, one) for one in (self.partials.get(injected[0], ()) if injected else ()))
                continue
            word = token.text.lower()
            after = self.after()
            if word in ("indexes", "note", "checks") and after is not None and after.text == "{":
                self.at += 1
                self.peek()
                self.at += 1
                if word == "note" and (text := self.peek()) is not None and text.kind == "string":
                    note = _string(text)
                self.skip_block()
            elif word == "note" and after is not None and after.text == ":":
                self.at += 1
                self.take(":")
                if (text := self.peek()) is not None and text.kind == "string":
                    note = _string(text)
                    self.at += 1
            elif token.named:
                columns.append(self.column(table))
            else:
                self.at += 1
        own = {column.name for column in columns}
        return (*columns, *(column for name, column in brought.items() if name not in own)), note

    def column(self, table: str | None) -> ColumnCandidate:
        token = self.tokens[self.at]
        self.at += 1
        quoted = 1 if token.kind == "quoted" else 0
        first = self.peek(skip_newlines=False)
        kind_start = kind_end = first.start if first else 0
        depth = 0
        while (part := self.peek(skip_newlines=False)) is not None and part.kind != "newline":
            if depth == 0 and (part.text in ("}", "{") or (part.text == "[" and not self.array())):
                break
            depth += (part.text == "(") - (part.text == ")")
            kind_end = part.end
            self.at += 1
        kind = self.block.data[kind_start:kind_end].decode("utf-8", "replace").strip()
        column = ColumnCandidate(
            token.name,
            self.block.offset(token.start + quoted),
            self.block.offset(token.end - quoted),
            type=kind.strip('"') or None,
        )
        if self.take("[", skip_newlines=False):
            for setting in self.settings():
                column = self.set(column, setting, table)
        return column

    def array(self) -> bool:
        """Whether the bracket ahead belongs to a type: `text[]`, `integer[3]`."""
        inside = self.tokens[self.at + 1 : self.at + 3]
        return bool(inside) and (
            inside[0].text == "]" or (len(inside) > 1 and inside[0].text.isdigit() and inside[1].text == "]")
        )

    def set(self, column: ColumnCandidate, setting: list[_Token], table: str | None) -> ColumnCandidate:
        words = " ".join(token.text.lower() for token in setting[:2])
        if words in ("pk", "primary key"):
            return replace(column, primary=True, nullable=False)
        if words == "not null":
            return replace(column, nullable=False)
        if words == "null":
            return replace(column, nullable=True)
        if words == "unique":
            return replace(column, unique=True)
        if words == "note :" and len(setting) > 2:
            return replace(column, description=_string(setting[2]))
        if words == "ref :" and len(setting) > 3 and setting[2].kind == "arrow":
            target = _end([token for token in setting[3:] if token.text != "."])
            if target is not None and table is not None:
                start, end = self.block.offset(setting[0].start), self.block.offset(setting[-1].end)
                one = _End(table, (column.name,))
                self.relationships.append(_relationship(one, setting[2].text, target, start, end))
                if setting[2].text in (">", "-"):
                    return replace(column, references=(target.table, target.columns[0] if target.columns else None))
        return column

    def ref(self) -> None:
        """Read `Ref [name]: a.b > c.d [settings]` or `Ref [name] { a.b > c.d … }`."""
        self.name()
        if (token := self.peek()) is not None and token.text == "[":
            self.at += 1
            self.skip_block()
        braces = self.take("{")
        if not braces and not self.take(":"):
            return
        line: list[_Token] = []
        while True:
            token = self.peek(skip_newlines=False)
            if token is None or token.text in ("}", "[") or token.kind == "newline":
                self.edge(line)
                line = []
                if token is None or not (braces or token.text == "["):
                    break
                self.at += 1
                if token.text == "[":
                    self.skip_block()
                elif token.text == "}":
                    break
                continue
            line.append(token)
            self.at += 1

    def edge(self, line: list[_Token]) -> None:
        arrow = next((number for number, token in enumerate(line) if token.kind == "arrow"), None)
        if arrow is None:
            return
        one = _end([token for token in line[:arrow] if token.text != "."])
        other = _end([token for token in line[arrow + 1 :] if token.text != "."])
        if one and other and one.columns and other.columns:
            start, end = self.block.offset(line[0].start), self.block.offset(line[-1].end)
            self.relationships.append(_relationship(one, line[arrow].text, other, start, end))


def _string(token: _Token) -> str:
    text = token.text.strip("'").encode("latin-1").decode("utf-8", "replace")
    return " ".join(text.split())


def _end(tokens: list[_Token]) -> _End | None:
    """Return the end of a Ref that the tokens (dots left out) write."""
    names = [token for token in tokens if token.named]
    opened = next((number for number, token in enumerate(tokens) if token.text == "("), None)
    if opened is not None:
        table = [token.name for token in tokens[:opened] if token.named]
        columns = tuple(token.name for token in tokens[opened:] if token.named)
        return _End(".".join(table), columns) if table else None
    if len(names) < 2:
        return None
    return _End(".".join(token.name for token in names[:-1]), (names[-1].name,))


def read_dbml(block: Block, context: tuple[str, ...] = ()) -> Dbml:
    """Return the tables, columns and references of a DBML text; a `TablePartial` counts where a table takes it in."""
    parser = _Parser(block, context)
    parser.parse()
    aliases = parser.aliases
    relationships = tuple(
        replace(
            edge,
            from_table=aliases.get(edge.from_table, edge.from_table),
            to_table=aliases.get(edge.to_table, edge.to_table),
        )
        for edge in parser.relationships
    )
    return Dbml(tuple(parser.entities), relationships, tuple(parser.problems))
