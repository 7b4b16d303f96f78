"""A PL/pgSQL body taken apart: its variables, and each piece of SQL in it with the place where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from tripoint.bind.sql import Located
from tripoint.model.catalog import Function
from tripoint.model.name import quote_identifier
from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.sql.calls import definition
from tripoint.sql.facts import SAID, Node
from tripoint.sql.grammar import Refusal, parse_plpgsql
from tripoint.sql.lexer import Token, tokens, word

__all__ = ["Body", "Declared", "Piece", "placed", "take_apart"]

_QUALIFYING: Final = regex(rb"(?<![\w$\x80-\xff])([\w$\x80-\xff]+)(?=\s*\.\s*\w)")
"""A name before a dot."""
_ENDS_OF_TYPE: Final = frozenset({"default", "not", "collate"})
_UNDEFINED: Final = frozenset(
    {"undefined_table", "undefined_column", "undefined_function", "undefined_object", "invalid_schema_name"}
)
_LEAVING: Final = frozenset({b"return", b"raise", b"loop"})
_AUTOMATIC: Final = (
    "found sqlstate sqlerrm tg_op tg_name tg_when tg_level tg_relid tg_relname tg_table_name tg_table_schema tg_nargs "
    "tg_argv tg_event tg_tag"
)


class Declared(Struct, frozen=True):
    """A variable of a DECLARE section. `start` and `end` enclose its type in the body's bytes."""

    name: str
    type: str
    start: int
    end: int


class Piece(Struct, frozen=True):
    """SQL within a body.

    `text` is what PostgreSQL's grammar reads as a statement; its byte `i` stands at `start + i` of the body. `start` is
    None where it does not stand there word for word.
    """

    text: bytes
    start: int | None
    line: int
    """Where the statement begins that it belongs to, in bytes."""
    kind: Literal["statement", "expression", "assignment", "constant", "returned"]
    """`returned` is the query of a RETURN QUERY, `constant` what EXECUTE runs."""
    into: tuple[str, ...] = ()
    """The variables that its rows go into."""
    guarded: str | None = None


class Body(Struct, frozen=True):
    """What a PL/pgSQL body holds."""

    pieces: tuple[Piece, ...]
    declared: tuple[Declared, ...]
    variables: frozenset[str]
    """Every name that a variable, a parameter or a label has anywhere in it."""
    labels: frozenset[str]
    throughout: frozenset[str]
    """The parameters and variables that are in reach in all of it and that PL/pgSQL refuses to tell from a column."""
    set_otherwise: frozenset[str]
    """Variables that are also set by something else than a query that is among the pieces."""
    falls_through: bool
    """Whether it surely comes to its end: it holds no RETURN, no RAISE and no loop."""


def placed(piece: Piece, locate: Located) -> Located:
    """Return where ranges of a piece's bytes stand; `locate` says it of ranges of the body's."""

    def place(start: int, end: int) -> Place:
        if piece.start is None or start < 0:
            return locate(piece.line, piece.line + 1)
        return locate(piece.start + start, piece.start + end)

    return place


def take_apart(function: Function, composites: frozenset[str]) -> Body | str:
    """Take a function's body apart, or say why it can't be read.

    `composites` are the names, bare and qualified, of types and tables that have fields.
    """
    data = (function.body or "").encode("utf-8", "replace")
    found = list(tokens(data))
    declared, aliases, labels = _declarations(data, found)
    head = _head(function, composites)
    parsed: Any = None
    for guess in (True, False):  # whether a variable of an unknown type has fields where `variable.` is written
        text = _neutral(data, declared, composites, guess)
        parsed = parse_plpgsql(head + text + _TAG + b" LANGUAGE plpgsql")
        if not isinstance(parsed, Refusal):
            break
    if isinstance(parsed, Refusal):
        return f"{SAID}{parsed.message}"
    if not parsed:
        return "PostgreSQL's grammar finds no function in it"
    node = parsed[0]["PLpgSQL_function"]
    reader = _Reader(data, found, node.get("datums", []))
    reader.datums()
    reader.walk(node.get("action"), 0, None)
    variables = {*_AUTOMATIC.split(), *aliases, *labels, *reader.names, *(d.name for d in declared)}
    return Body(
        tuple(reader.pieces),
        tuple(declared),
        frozenset(variables),
        frozenset(labels),
        _throughout(function, data, found, declared),
        frozenset(reader.otherwise),
        not any(token.kind == "word" and token.text in _LEAVING for token in found),
    )


def refused_body(function: Function, composites: frozenset[str]) -> str | None:
    """Return what PostgreSQL says of a function's body that it refuses when it is created."""
    if not function.checked or not isinstance(parse_plpgsql(definition(function)), Refusal):
        return None
    taken = take_apart(function, composites)  # which knows what types there are
    return taken if isinstance(taken, str) and taken.startswith(SAID) else None


def _throughout(function: Function, data: bytes, found: list[Token], declared: list[Declared]) -> frozenset[str]:
    """Return the parameters and the outermost block's variables, none where the function says which of two wins."""
    if b"#variable_conflict" in data or "plpgsql.variable_conflict" in function.settings:
        return frozenset()
    first = next((token.start for token in found if token.text == b"begin"), 0)
    own = {argument.name for argument in function.arguments if argument.name}
    return frozenset(own | {variable.name for variable in declared if variable.start < first})


_TAG: Final = b"$tripoint_body$"


def _head(function: Function, composites: frozenset[str]) -> bytes:
    """Return a CREATE FUNCTION of the same shape, with types that libpg_query, which has no catalog, takes."""
    called = '"' + function.name.name.replace('"', '""') + '"'  # a body may say `name.parameter`
    if function.returns in ("trigger", "event_trigger"):
        return f"CREATE FUNCTION {called}() RETURNS {function.returns} AS ".encode() + _TAG
    shown: list[str] = []
    columns: list[str] = []
    for argument in function.arguments:
        cursor = argument.type == "refcursor"  # the one type without which it can't be opened
        text = "public.fields" if argument.type in composites else "refcursor" if cursor else "text"
        name = '"' + argument.name.replace('"', '""') + '"' if argument.name else ""
        if argument.mode == "table":
            columns.append(f"{name} {text}")
        else:
            # The one array that libpg_query knows for one.
            shown.append(f"{argument.mode} {name} {'anyarray' if argument.mode == 'variadic' else text}")
    returns = function.returns or ""
    outputs = [a for a in function.arguments if a.mode in ("out", "inout")]
    if function.kind == "procedure":
        result = ""
    elif columns:
        result = f"RETURNS TABLE({', '.join(columns)})"
    elif len(outputs) > 1:
        result = "RETURNS SETOF record" if returns.startswith("SETOF ") else "RETURNS record"
    else:
        plain = returns.removeprefix("SETOF ")
        type_ = "public.fields" if plain in composites else plain if plain in ("void", "record") else "text"
        result = ("RETURNS SETOF " if returns.startswith("SETOF ") else "RETURNS ") + type_
    keyword = "PROCEDURE" if function.kind == "procedure" else "FUNCTION"
    return f"CREATE {keyword} {called}({', '.join(shown)}) {result} AS ".encode() + _TAG


def _declarations(data: bytes, found: list[Token]) -> tuple[list[Declared], set[str], set[str]]:
    """Return the declared variables, the other names that DECLARE sections give, and the labels."""
    declared: list[Declared] = []
    others: set[str] = set()
    labels: set[str] = set()
    index = 0
    while index < len(found):
        token = found[index]
        if token.text == b"<" and _texts(found, index, 2) == [b"<", b"<"] and index + 2 < len(found):
            labels.add(word(found[index + 2]))
            index += 3
        elif token.kind == "word" and token.text == b"declare":
            index = _section(data, found, index + 1, declared, others)
        else:
            index += 1
    return declared, others, labels


def _texts(found: list[Token], index: int, count: int) -> list[bytes]:
    return [token.text for token in found[index : index + count]]


def _section(data: bytes, found: list[Token], index: int, declared: list[Declared], others: set[str]) -> int:
    """Read declarations up to BEGIN; return where it stands."""
    while index < len(found) and found[index].text not in (b"begin", b"<", b"declare"):
        end = _end_of(found, index)
        name = word(found[index])
        first = index + 1
        following = [token.text for token in found[first:end]]
        if following[:1] == [b"alias"]:
            others.add(name)
        elif b"cursor" in following[:3]:
            others.add(name)
            opening = first + following.index(b"cursor") + 1
            if opening < end and found[opening].text == b"(":  # its parameters, with their types
                closing = next((i for i in range(opening, end) if found[i].text == b")"), end)
                others.update(word(token) for token in found[opening:closing] if token.kind in ("word", "quoted"))
        else:
            if following[:1] == [b"constant"]:
                first += 1
            stop = _end_of_type(found, first, end)
            if stop > first:
                start, until = found[first].start, found[stop - 1].end
                declared.append(Declared(name, data[start:until].decode("utf-8", "replace"), start, until))
        index = end + 1
    return index


def _end_of(found: list[Token], index: int) -> int:
    depth = 0
    while index < len(found):
        text = found[index].text
        depth += (text in (b"(", b"[")) - (text in (b")", b"]"))
        if text == b";" and depth <= 0:
            return index
        index += 1
    return index


def _end_of_type(found: list[Token], index: int, end: int) -> int:
    depth = 0
    while index < end:
        token = found[index]
        depth += (token.text in (b"(", b"[")) - (token.text in (b")", b"]"))
        if depth == 0 and (token.text in (b":", b"=") or (token.kind == "word" and word(token) in _ENDS_OF_TYPE)):
            return index
        index += 1
    return end


def _neutral(data: bytes, declared: Iterable[Declared], composites: frozenset[str], guess: bool) -> bytes:
    """Return the body with declared types that libpg_query can take in their place, byte for byte as long."""
    text = bytearray(data)
    qualifying = {name.lower() for name in _QUALIFYING.findall(data)} if guess else set()
    for variable in declared:
        written = variable.type.lower().replace(" ", "").replace('"', "")
        length = variable.end - variable.start
        used = variable.name.encode().lower() in qualifying
        fields = written == "record" or written.endswith("%rowtype") or written in composites
        array = written.endswith(("]", "array"))
        stand_in = b"record" if (fields or (used and "%" not in written)) and not array else b"int"
        if len(stand_in) > length:
            continue
        kept = list(text[variable.start + len(stand_in) : variable.end])
        blank = bytes(b if b in b"\r\n" else 32 for b in kept)
        text[variable.start : variable.end] = stand_in + blank
    return bytes(text)


class _Reader:
    """Walks libpg_query's tree, which keeps lines and texts alone, and finds each text's place in the body."""

    def __init__(self, data: bytes, found: list[Token], datums: list[Node]) -> None:
        self.data = data
        self.starts = {token.start for token in found}
        self.lines = [0, *(m.end() for m in re.finditer(b"\n", data))]
        self.all_datums = datums
        self.pieces: list[Piece] = []
        self.names: set[str] = set()
        self.otherwise: set[str] = set()
        self._used: set[tuple[int, bytes]] = set()

    def datums(self) -> None:
        for datum in self.all_datums:
            for body in datum.values():
                if "refname" in body:
                    self.names.add(body["refname"])
                for key in ("default_val", "cursor_explicit_expr"):
                    if key in body:
                        self._expression(body[key]["PLpgSQL_expr"], self._line(body.get("lineno", 1)), None)
                if "default_val" in body and "refname" in body:
                    self._compared(body["refname"])

    def _compared(self, name: str) -> None:
        """Let what a variable begins with be compared with it, where it is one string: its type has to take that."""
        piece = self.pieces[-1]
        if piece.kind == "expression" and _is_string(piece.text[7:]):
            text = piece.text + b" = " + quote_identifier(name).encode("utf-8", "replace")
            self.pieces[-1] = Piece(text, piece.start, piece.line, piece.kind, (), piece.guarded)

    def _line(self, number: int) -> int:
        return self.lines[min(max(number - 1, 0), len(self.lines) - 1)]

    def walk(self, value: Any, line: int, guarded: str | None) -> None:
        if isinstance(value, list):
            for entry in value:
                self.walk(entry, line, guarded)
            return
        if not isinstance(value, dict):
            return
        for key, node in value.items():
            if key == "PLpgSQL_expr":
                self._expression(node, line, guarded)
            elif key.startswith("PLpgSQL_stmt_") and isinstance(node, dict):
                self._statement(key.removeprefix("PLpgSQL_stmt_"), node, self._line(node.get("lineno", 1)), guarded)
            else:
                at = self._line(node["lineno"]) if isinstance(node, dict) and "lineno" in node else line
                self.walk(node, at, guarded)

    def _statement(self, kind: str, node: Node, line: int, guarded: str | None) -> None:
        target = node.get("target") or node.get("var")
        into = self._into(target)
        if kind == "block" and "exceptions" in node:
            self.walk(node.get("body"), line, _guard(node["exceptions"]) or guarded)
            self.walk(node["exceptions"], line, guarded)
            return
        key = {"execsql": "sqlstmt", "fors": "query", "return_query": "query"}.get(kind)
        if key is not None and key in node:
            self._expression(node[key]["PLpgSQL_expr"], line, guarded, into)
            if kind == "return_query":
                self.pieces[-1] = replace(self.pieces[-1], kind="returned")
        else:
            key = None
            self.otherwise.update(into)
        if kind in ("dynexecute", "dynfors") and "query" in node:
            self._constant(node["query"]["PLpgSQL_expr"], line, guarded)
        if kind in ("assign", "foreach_a") and isinstance(node.get("varno", 0), int):
            self.otherwise.update(self._names_of(self.all_datums[node.get("varno", 0)]))
        self.walk({k: v for k, v in node.items() if k not in (key, "target", "var")}, line, guarded)

    def _into(self, target: Any) -> tuple[str, ...]:
        return self._names_of(target) if isinstance(target, dict) else ()

    def _names_of(self, datum: Node) -> tuple[str, ...]:
        for tag, body in datum.items():
            if tag == "PLpgSQL_row":
                return tuple(f["name"] for f in body.get("fields", ()))
            if tag in ("PLpgSQL_var", "PLpgSQL_rec") and "refname" in body:
                return (body["refname"],)
        return ()

    def _expression(self, expr: Node, line: int, guarded: str | None, into: tuple[str, ...] = ()) -> None:
        text = expr.get("query", "").encode("utf-8", "replace")
        mode = expr.get("parseMode", 0)
        if not text.strip() or b"__Case__Variable_" in text:
            text = re.sub(rb'^"__Case__Variable_\d+__" IN \(', b"(", text)
            if not text.strip():
                return
        if mode == 0:
            found = self._find(text, line)
            if found is None and text[:7] == b"SELECT ":  # PERFORM
                rest = self._find(text[6:].lstrip(), line)
                found = rest - (len(text) - len(text[6:].lstrip())) if rest is not None else None
            self.pieces.append(Piece(text, found, line, "statement", into, guarded))
        elif mode == 2:
            found = self._find(text, line)
            start = found - 7 if found is not None else None
            self.pieces.append(Piece(b"SELECT " + text, start, line, "expression", (), guarded))
        else:
            self._assignment(text, line, guarded)

    def _assignment(self, text: bytes, line: int, guarded: str | None) -> None:
        found = self._find(text, line)
        depth = 0
        for token in tokens(text):
            depth += (token.text in (b"(", b"[")) - (token.text in (b")", b"]"))
            if depth == 0 and token.text in (b":", b"="):
                value = token.end + (text[token.end : token.end + 1] == b"=" and token.text == b":")
                if _is_string(text[value:]) and token.text != b"=":
                    # A string is read as one of the variable's type: what is compared with it is read so, too.
                    compared = b"SELECT " + text[: token.start] + b" =" + text[value:]
                    start = found - 7 if found is not None else None
                    self.pieces.append(Piece(compared, start, line, "expression", (), guarded))
                    return
                # Blanks keep the places: what is assigned to becomes `SELECT` and blanks, or stands behind it.
                start = found + value - 7 if found is not None else None
                self.pieces.append(Piece(b"SELECT " + text[value:], start, line, "expression", (), guarded))
                start = found - 7 if found is not None else None
                self.pieces.append(Piece(b"SELECT " + text[: token.start], start, line, "assignment", (), guarded))
                return

    def _constant(self, expr: Node, line: int, guarded: str | None) -> None:
        """Take the text that EXECUTE runs for SQL where it is one literal."""
        text = expr.get("query", "").encode("utf-8", "replace")
        literal = list(tokens(text))
        if len(literal) != 1 or literal[0].kind != "string":
            return
        raw = literal[0].text
        opening = raw.index(b"$", 1) + 1 if raw[:1] == b"$" else 1 if raw[:1] == b"'" else 0
        inner = raw[opening : len(raw) - (opening if raw[:1] == b"$" else 1)]
        if opening == 0 or (raw[:1] == b"'" and b"'" in inner):
            return  # escapes: its bytes are not those of the SQL
        found = self._find(text, line)
        start = found + literal[0].start + opening if found is not None else None
        self.pieces.append(Piece(inner, start, line, "constant", (), guarded))

    def _find(self, text: bytes, line: int) -> int | None:
        """Return where a text stands, from a line on, as whole tokens; a blanked INTO clause matches anything."""
        chunk = re.split(rb" {4,}", text, maxsplit=1)[0].rstrip() or text
        position = self.data.find(chunk, line)
        fallback = None
        while position >= 0:
            if position in self.starts and self._agrees(text, position):
                if (position, text) not in self._used:
                    self._used.add((position, text))
                    return position
                fallback = position if fallback is None else fallback
            position = self.data.find(chunk, position + 1)
        return fallback

    def _agrees(self, text: bytes, position: int) -> bool:
        there = self.data[position : position + len(text)]
        if there != text and not (
            len(there) == len(text) and all(a == b or a == 32 for a, b in zip(text, there, strict=True))
        ):
            return False
        end = position + len(text)
        return not (text[-1:].isalnum() and self.data[end : end + 1].isalnum())


def _is_string(text: bytes) -> bool:
    return [token.kind for token in tokens(text)] == ["string"]


def _guard(exceptions: Node) -> str | None:
    """Return in words what a block's handlers say of a name that does not exist; a handler that raises says nothing."""
    caught: set[str] = set()
    for entry in exceptions.get("PLpgSQL_exception_block", {}).get("exc_list", ()):
        handler = entry.get("PLpgSQL_exception", {})
        if not _raises(handler.get("action")):
            for condition in handler.get("conditions", ()):
                caught.add(condition.get("PLpgSQL_condition", {}).get("condname", "").lower())
    named = sorted(caught & _UNDEFINED)
    if named:
        return f"an exception handler for {named[0]}"
    return "an exception handler for all errors" if "others" in caught else None


def _raises(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_raises, value))
    if not isinstance(value, dict):
        return False
    if value.get("PLpgSQL_stmt_raise", {}).get("elog_level") == _ERROR:
        return True
    return any(map(_raises, value.values()))


_ERROR: Final = 21
"""PostgreSQL's level of RAISE EXCEPTION (elog.h)."""
