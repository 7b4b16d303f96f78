"""PostgreSQL's own grammar: a thin adapter on the libpg_query library that the postgast package brings along.

Only the shared library is loaded: postgast's Python interface costs more to import than a small audit takes. Text goes
in as UTF-8 bytes and every position that comes out is a byte offset into them. What the grammar refuses is a `Refusal`,
not an exception.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import re
import sys
from ctypes import POINTER, Structure, c_char_p, c_int
from functools import cache, lru_cache
from typing import Any, Final

import msgspec
from msgspec import Struct

from tripoint.sql.facts import Node
from tripoint.sql.lexer import count_operators

__all__ = [
    "Refusal",
    "parse",
    "parse_expression",
    "parse_plpgsql",
    "parse_shared",
    "parse_statement",
    "parse_statement_shared",
]

_LIBRARY_NAMES: Final = {"darwin": "libpg_query.dylib", "win32": "pg_query.dll"}

MAX_OPERATORS: Final = 4000
"""How many operators one statement may hold.

Nesting is bounded by the grammar itself ("memory exhausted" from about 5,000 levels on), a chain of operators is not:
the library prints it recursively and overflows the C stack at some tens of thousands.
"""


class Refusal(Struct, frozen=True):
    """PostgreSQL's words on why it does not accept a text, and the byte at which it stopped."""

    message: str
    position: int


class _Error(Structure):
    _fields_ = [
        ("message", c_char_p),
        ("funcname", c_char_p),
        ("filename", c_char_p),
        ("lineno", c_int),
        ("cursorpos", c_int),
        ("context", c_char_p),
    ]


class _ParseResult(Structure):
    _fields_ = [("tree", c_char_p), ("stderr_buffer", c_char_p), ("error", POINTER(_Error))]


class _PlpgsqlResult(Structure):
    _fields_ = [("functions", c_char_p), ("error", POINTER(_Error))]


_FUNCTIONS: Final[tuple[tuple[str, Any, Any, str], ...]] = (
    ("pg_query_parse", c_char_p, _ParseResult, "pg_query_free_parse_result"),
    ("pg_query_parse_plpgsql", c_char_p, _PlpgsqlResult, "pg_query_free_plpgsql_parse_result"),
)


@cache
def _library() -> ctypes.CDLL:
    """Load the library and declare the functions that are used. Raises OSError where the package has no binary."""
    spec = importlib.util.find_spec("postgast")
    if spec is None or spec.origin is None:
        raise OSError("the postgast package is not installed")
    name = _LIBRARY_NAMES.get(sys.platform, "libpg_query.so")
    library = ctypes.CDLL(os.path.join(os.path.dirname(spec.origin), name))
    for called, argument, result, free in _FUNCTIONS:
        function = getattr(library, called)
        function.argtypes, function.restype = [argument], result
        release = getattr(library, free)
        release.argtypes, release.restype = [result], None
    return library


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "replace")


def _refusal(error: Any) -> Refusal:
    content = error.contents
    return Refusal((content.message or b"").decode("utf-8", "replace"), max(content.cursorpos - 1, 0))


def _unfit(data: bytes) -> Refusal | None:
    """Return why the library must not see this text at all."""
    zero = data.find(b"\0")
    if zero >= 0:
        return Refusal("a NUL byte stands in the text", zero)
    if len(data) > 2 * MAX_OPERATORS and count_operators(data) > MAX_OPERATORS:
        return Refusal(f"more than {MAX_OPERATORS} operators in one statement", 0)
    return None


def parse(text: str | bytes) -> list[Node] | Refusal:
    """Return the `RawStmt` nodes of a text: `{"stmt": {kind: node}, "stmt_location": …, "stmt_len": …}` each."""
    data = _bytes(text)
    unfit = _unfit(data)
    if unfit is not None:
        return unfit
    library = _library()
    result = library.pg_query_parse(data)
    try:
        if result.error:
            return _refusal(result.error)
        tree = msgspec.json.decode(result.tree)
    except RecursionError:
        return Refusal("it nests too deep", 0)
    except msgspec.DecodeError as error:
        return Refusal(f"the syntax tree can't be read: {error}", 0)
    finally:
        library.pg_query_free_parse_result(result)
    statements: list[Node] = tree.get("stmts", [])
    return statements


@lru_cache(maxsize=8192)
def parse_shared(text: bytes) -> list[Node] | Refusal:
    """Return the same as `parse`, for the SQL in bodies and code, which is looked at from several sides.

    The trees are shared between callers, who must not change them.
    """
    return parse(text)


def parse_statement(text: str | bytes) -> tuple[str, Node] | Refusal | None:
    """Return kind and node of the one statement in `text`; None where there is none (blanks, comments)."""
    return _only(parse(text))


def parse_statement_shared(text: bytes) -> tuple[str, Node] | Refusal | None:
    """Return the same, with the tree that `parse_shared` gives."""
    return _only(parse_shared(text))


def _only(statements: list[Node] | Refusal) -> tuple[str, Node] | Refusal | None:
    if isinstance(statements, Refusal):
        return statements
    if not statements:
        return None
    if len(statements) > 1:
        return Refusal("several statements where one was expected", statements[1].get("stmt_location", 0))
    ((kind, node),) = statements[0]["stmt"].items()
    return kind, node


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> Node | None:
    """Return the tree of a value expression, or None where it is none. Locations are bytes of `SELECT ` plus text.

    The tree is shared between callers, who must not change it.
    """
    read = parse_statement(f"SELECT {text}")
    if read is None or isinstance(read, Refusal) or read[0] != "SelectStmt":
        return None
    targets = read[1].get("targetList", [])
    if len(targets) != 1 or set(read[1]) - {"targetList", "limitOption", "op"}:
        return None
    value: Node | None = targets[0]["ResTarget"].get("val")
    return value


def parse_plpgsql(text: str | bytes) -> list[Node] | Refusal:
    """Return the trees of the PL/pgSQL functions that `CREATE FUNCTION` or `DO` statements in `text` define."""
    data = _bytes(text)
    unfit = _unfit(data)
    if unfit is not None:
        return unfit
    library = _library()
    result = library.pg_query_parse_plpgsql(data)
    try:
        if result.error:
            return _refusal(result.error)
        raw: bytes = result.functions
    finally:
        library.pg_query_free_plpgsql_parse_result(result)
    try:
        functions: list[Node] = msgspec.json.decode(raw)
    except (RecursionError, msgspec.DecodeError):
        try:
            functions = msgspec.json.decode(_mended(raw))
        except RecursionError:
            return Refusal("it nests too deep", 0)
        except msgspec.DecodeError as error:
            return Refusal(f"the syntax tree can't be read: {error}", 0)
    return functions


def _mended(raw: bytes) -> bytes:
    """Mend the JSON of libpg_query's PL/pgSQL printer, which closes an empty record or row once too often."""
    return re.sub(rb"\{\}\},", b"{},", raw)
