"""Rust: the SQL that one file gives to sqlx, tokio-postgres and their kin, told by its tokens alone.

Rust has no client of PostgREST, so that a grammar would add little: what counts are the calls and macros that take a
statement as text, and Rust's strings, comments and brackets can be told apart without one.
"""

from __future__ import annotations

import re

from msgspec import Struct

from tripoint.model.regex import regex
from tripoint.sources.code.clients.drivers import METHODS, RUST_CRATES
from tripoint.sources.code.facts import (
    Binding,
    Chain,
    CodeFacts,
    Import,
    Opaque,
    Ref,
    Scope,
    Step,
    Template,
    Text,
    Value,
    Words,
)
from tripoint.sources.code.prefilter import SQL_START, identifier_words

__all__ = ["read_rust"]

_TOKEN = regex(
    rb"""(?P<line>//[^\n]*)|(?P<block>/\*)|(?P<raw>b?r(?P<hashes>\#*)")|b?"(?P<text>(?:[^"\\]|\\.)*)(?:"|\\?\Z)
    |'(?:[^'\\\n]|\\[^\n]{1,10}?)'|(?P<word>[A-Za-z_]\w*)|(?P<sign>[^\s\w])""",
    re.VERBOSE | re.DOTALL,
)
_BLOCK = regex(rb"/\*|\*/")
_ESCAPE = regex(r"\\(?:\r?\n\s*|u\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
_HOLE = regex(rb"\{\{|\}\}|\{[^{}\n]*\}")
_CONSTANT = regex(r"[A-Z][A-Z0-9_]*")
"""What constants are called, which nothing assigns anew."""
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")
_BINDS = frozenset({"const", "static", "let"})
_TYPE_TOKENS = 60
"""Tokens that type arguments may consist of."""


class _Token(Struct, frozen=True):
    kind: str
    """`word`, `text` or `sign`."""
    start: int
    end: int
    text: str
    inner: int = 0
    """Of a string, the offset of its first character between the quotes."""
    close: int = 0
    """Of a string, the offset after its last character."""


def read_rust(data: bytes) -> CodeFacts:
    """Return the facts of a Rust file."""
    tokens = _tokens(data)
    return _Reader(data, tokens).read()


def _tokens(data: bytes) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while (match := _TOKEN.search(data, at)) is not None:
        at = match.end()
        if match["line"] is not None:
            continue
        if match["block"] is not None:
            at = _after_comment(data, at)
        elif match["raw"] is not None:
            close = data.find(b'"' + match["hashes"], at)
            end = len(data) if close < 0 else close
            after = min(end + 1 + len(match["hashes"]), len(data))
            found.append(_Token("text", match.start(), after, data[at:end].decode("utf-8", "replace"), at, end))
            at = after
        elif match["text"] is not None:
            value = _unescaped(match["text"].decode("utf-8", "replace"))
            found.append(_Token("text", match.start(), at, value, match.start("text"), match.end("text")))
        elif match["word"] is not None or match["sign"] is not None:
            kind = "word" if match["word"] is not None else "sign"
            found.append(_Token(kind, match.start(), at, match[0].decode("utf-8", "replace")))
    return found


def _after_comment(data: bytes, at: int) -> int:
    """Return the offset after a block comment that was opened: they nest."""
    depth = 1
    while depth and (match := _BLOCK.search(data, at)) is not None:
        depth += 1 if match[0] == b"/*" else -1
        at = match.end()
    return at if not depth else len(data)


def _unescaped(text: str) -> str:
    def plain(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        if code:
            number = int(code, 16)
            return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
        return _ESCAPED.get(match[3], match[3]) if match[3] else ""

    return _ESCAPE.sub(plain, text) if "\\" in text else text


class _Reader:
    def __init__(self, data: bytes, tokens: list[_Token]) -> None:
        self._data = data
        self._tokens = tokens
        self._closes = _closes(tokens)
        self._scopes = [Scope(-1, "file", None, 0, len(data))]
        self._chains: list[Chain] = []
        self._bindings: list[Binding] = []

    def read(self) -> CodeFacts:
        open_scopes: list[tuple[int, int]] = []
        """Each open function's scope, and the depth of its braces."""
        depth = 0
        at = 0
        named: str | None = None
        while at < len(self._tokens):
            token = self._tokens[at]
            if (body := self._test_body(at)) is not None:
                at = self._closing(body)
            elif token.text == "fn" and self._kind(at + 1) == "word":
                named = self._tokens[at + 1].text
            elif token.text == ";" and named is not None:
                named = None
            elif token.kind == "sign" and token.text == "{":
                depth += 1
                if named is not None:
                    end = self._tokens[min(self._closing(at), len(self._tokens) - 1)].end
                    parent = open_scopes[-1][0] if open_scopes else 0
                    open_scopes.append((len(self._scopes), depth))
                    self._scopes.append(Scope(parent, "function", named, token.start, end))
                    named = None
            elif token.kind == "sign" and token.text == "}":
                if open_scopes and open_scopes[-1][1] == depth:
                    open_scopes.pop()
                depth -= 1
            elif token.kind == "word":
                scope = open_scopes[-1][0] if open_scopes else 0
                self._binding(at, scope)
                self._call(at, scope)
            at += 1
        return CodeFacts(
            language="rust",
            chains=tuple(self._chains),
            scopes=tuple(self._scopes),
            bindings=tuple(self._bindings),
            imports=self._imports(),
            words=Words.of(identifier_words(self._data)),
        )

    def _imports(self) -> tuple[Import, ...]:
        crates: dict[str, _Token] = {}
        for token in self._tokens:
            if token.kind == "word" and (crate := RUST_CRATES.get(token.text)) is not None:
                crates.setdefault(crate, token)
        found = sorted(crates.items())
        return tuple(Import(crate.partition("::")[0], crate, "*", at.start, at.end) for crate, at in found)

    # What stands at a token.

    def _kind(self, at: int) -> str | None:
        return self._tokens[at].kind if 0 <= at < len(self._tokens) else None

    def _sign(self, at: int) -> str:
        return self._tokens[at].text if self._kind(at) == "sign" else ""

    def _binds(self, at: int) -> bool:
        return self._kind(at) == "word" and self._tokens[at].text in _BINDS

    def _next(self, at: int, sign: str) -> int:
        while at < len(self._tokens) and self._sign(at) != sign:
            at += 1
        return at

    def _closing(self, at: int) -> int:
        """Return the token that closes the bracket at a token, or the end of the file."""
        return min(at, len(self._tokens)) if self._sign(at) not in _OPEN else self._closes.get(at, len(self._tokens))

    def _after_types(self, at: int) -> int:
        """Return the token after the type arguments that begin at a token: `<_, (i64, Vec<u8>)>`."""
        depth = 0
        last = min(at + _TYPE_TOKENS, len(self._tokens))
        while at < last:
            depth += (self._sign(at) == "<") - (self._sign(at) == ">")
            at += 1
            if depth <= 0:
                break
        return at

    def _test_body(self, at: int) -> int | None:
        """Return the brace that opens what only tests run: modules of `#[cfg(test)]`, functions of `#[tokio::test]`."""
        tests = False
        while self._sign(at) == "#" and self._sign(at + 1) == "[":
            end = self._closing(at + 1)
            given = self._next(at, "(")
            words, arguments = (
                [token.text for token in self._tokens[start:stop] if token.kind == "word"]
                for start, stop in ((at + 2, min(given, end)), (given, end))
            )
            tests |= words[-1:] in (["test"], ["rstest"])
            tests |= words == ["cfg"] and "test" in arguments and "not" not in arguments
            at = end + 1
        if not tests:
            return None
        begins = next((i for i in range(at, len(self._tokens)) if self._sign(i) in ("{", ";")), None)
        head = {token.text for token in self._tokens[at:begins]}
        return begins if begins is not None and self._sign(begins) == "{" and head & {"mod", "fn"} else None

    # Calls and constants.

    def _binding(self, at: int, scope: int) -> None:
        """Bind `const Q: &str = "…"` and `let q = "…"`."""
        if not self._binds(at):
            return
        name = at + 2 if self._kind(at + 1) == "word" and self._tokens[at + 1].text == "mut" else at + 1
        if self._kind(name) != "word":
            return
        equals = name + 1
        while equals < min(name + 12, len(self._tokens)) and self._sign(equals) not in ("=", ";"):
            equals += 1
        if self._sign(equals) == "=":
            end = equals + 1
            while end < len(self._tokens) and self._sign(end) != ";" and not self._binds(end):
                end = self._closing(end) + 1 if self._sign(end) in _OPEN and self._sign(end) else end + 1
            value = self._value(equals + 1, end)
            token = self._tokens[name]
            if value is not None and not isinstance(value, Ref):
                self._bindings.append(Binding(scope, token.text, value, token.start, token.end, "constant"))

    def _call(self, at: int, scope: int) -> None:
        """Keep a call or macro that is given a statement: `sqlx::query_as!(T, "…")`, `client.query("…", &[])`."""
        name = self._tokens[at]
        begins = self._begins(at)
        if name.text not in METHODS["rust"] and not begins:
            return
        opens = at + 1
        if self._sign(opens) == "!":
            opens += 1
        elif self._sign(opens) == ":" and self._sign(opens + 1) == ":" and self._sign(opens + 2) == "<":
            opens = self._after_types(opens + 2)
        if self._sign(opens) not in _OPEN or not self._sign(opens):
            return
        close = self._closing(opens)
        given: list[Value] = []
        start = end = opens + 1
        while end <= close:
            if end == close or self._sign(end) == ",":
                value = self._value(start, end)
                if value is not None:
                    given.append(value)
                start = end + 1
            sign = self._sign(end)
            end = self._closing(end) + 1 if sign and sign in _OPEN else end + 1
        # A name may be a type's or a connection's: it is asked for only where no string is given.
        texts = [v for v in given if _begins_like_sql(v)] or [v for v in given[:2] if isinstance(v, Ref) and not begins]
        if texts:
            last = self._tokens[min(close, len(self._tokens) - 1)].end
            path, first = self._path(at)
            if begins:
                path, texts = (*path[:-1], "query"), [_open_ended(text) for text in texts]
            step = Step("()", name.start, name.end, tuple(texts), call_end=last)
            self._chains.append(Chain(Ref(path, first, name.end), (step,), first, last, scope))

    def _begins(self, at: int) -> bool:
        """Whether a call begins what more is pushed to: `QueryBuilder::new("…")`, `let mut q = String::from("…")`."""
        before = [token.text for token in self._tokens[max(0, at - 8) : at]]  # `QueryBuilder::<Postgres>::`
        if self._tokens[at].text == "new":
            return "QueryBuilder" in before and before[-2:] == [":", ":"]
        changes = self._tokens[at].text == "from" and before[-3:] == ["String", ":", ":"]
        return changes and any(token.text == "mut" for token in self._tokens[max(0, at - 8) : at])

    def _path(self, at: int) -> tuple[tuple[str, ...], int]:
        """Return the path that a call's name ends, and its offset: `sqlx::query` is ("sqlx", "query")."""
        parts = [self._tokens[at].text]
        first = at
        while self._kind(first - 3) == "word" and self._sign(first - 1) == ":" and self._sign(first - 2) == ":":
            first -= 3
            parts.append(self._tokens[first].text)
        if len(parts) == 1 and self._sign(at - 1) == ".":
            parts.append("self")
        return tuple(reversed(parts)), self._tokens[first].start

    def _value(self, start: int, end: int) -> Value | None:
        """Return the string that an argument is, a name that may stand for one, or None."""
        while self._sign(start) == "&":
            start += 1
        inside = self._tokens[start:end]
        if len(inside) == 1 and inside[0].kind == "word":
            return Ref((inside[0].text,), inside[0].start, inside[0].end)
        if inside and all(t.kind == "text" if i % 2 == 0 else t.text == "+" for i, t in enumerate(inside)):
            texts = [self._text(token) for token in inside[::2]]
            return texts[0] if len(texts) == 1 else Template(tuple(texts), texts[0].start, texts[-1].end)
        if len(inside) > 3 and [t.text for t in inside[:3]] == ["format", "!", "("] and inside[3].kind == "text":
            return self._format(inside[3], inside[4:-1])
        if len(inside) > 3 and [t.text for t in inside[:3]] == ["concat", "!", "("]:
            texts = [self._text(token) for token in inside if token.kind == "text"]
            return Template(tuple(texts), texts[0].start, texts[-1].end) if texts else None
        if len(inside) > 1 and inside[0].kind == "text" and self._sign(start + 1) == ".":
            return self._text(inside[0])
        return None

    def _text(self, token: _Token) -> Text:
        exact = token.text.encode("utf-8", "replace") == self._data[token.inner : token.close]
        return Text(token.text, token.inner, token.close, exact)

    def _format(self, token: _Token, given: list[_Token]) -> Value:
        """Return the parts of a format string, between what is put in at run time, and the constants of them."""
        parts: list[Value] = []
        at = token.inner
        # What is given in order, as far as it is one word: `, COLUMNS, table`.
        pairs = zip(given[::2], given[1::2], strict=False)
        plain = len(given) % 2 == 0 and all(comma.text == "," and name.kind == "word" for comma, name in pairs)
        named = iter([name.text for name in given[1::2]] if plain else [])
        for match in _HOLE.finditer(self._data, token.inner, token.close):
            if match[0] in (b"{{", b"}}"):
                return Template((self._text(token), Opaque(token.close, token.close)), token.inner, token.close)
            name = match[0][1:-1].decode("utf-8", "replace").strip() or next(named, "")
            put_in = Ref((name,), match.start(), match.end()) if _CONSTANT.fullmatch(name) else None
            parts += [self._piece(at, match.start()), put_in or Opaque(match.start(), match.end())]
            at = match.end()
        parts.append(self._piece(at, token.close))
        return Template(tuple(parts), token.inner, token.close)

    def _piece(self, start: int, end: int) -> Text:
        written = self._data[start:end].decode("utf-8", "replace")
        value = _unescaped(written)
        return Text(value, start, end, value == written)


def _closes(tokens: list[_Token]) -> dict[int, int]:
    """Return for each bracket that is closed the token that closes it."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for at, token in enumerate(tokens):
        if token.kind == "sign" and token.text in _OPEN:
            opened.append(at)
        elif token.kind == "sign" and token.text in _CLOSE and opened:
            found[opened.pop()] = at
    return found


def _begins_like_sql(value: Value) -> bool:
    first = value.parts[0] if isinstance(value, Template) else value
    return isinstance(first, Text) and SQL_START.match(first.value) is not None


def _open_ended(value: Value) -> Value:
    """Return a text with what is put behind it at run time."""
    parts = value.parts if isinstance(value, Template) else (value,)
    end = value.end
    return Template((*parts, Text(" ", end, end, False), Opaque(end, end)), value.start, end)
