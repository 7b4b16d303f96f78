"""Where the author shows that one call may fail: nothing is done about it, or another call takes its place.

A `try` around a function's body says nothing: everything may fail, and what is logged, reported, thrown again or
answered with an empty list fails in earnest. What counts is a `try` around one statement whose handler is empty, or one
whose handler, or the `try` behind it, asks again. JavaScript's clients give back the error: there a `try` that throws
counts, where its handler reads the same table in another way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tripoint.model.regex import regex
from tripoint.sources.code.facts import Scope, Tried

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["REPLACED", "reads_again", "tries"]

REPLACED = "where it fails, another query is asked in its place"

_BLOCKS = frozenset({"block", "statements", "statement_block"})
_CLAUSES = frozenset({"catch_clause", "catch_block", "except_clause"})
_NOTHING = frozenset(
    {"comment", "line_comment", "block_comment", "multiline_comment", "pass_statement", "empty_statement"}
)
_ASKS = regex(rb"\.\s*(?:from_?|table|rpc)\s*\(\s*([\w.]+|'[^'\n]*'|\"[^\"\n]*\")")
_LEAVES = regex(rb"(?:return|break|continue)\b")
_FAILS = regex(rb"\b(?:throw|rethrow|raise)\b")
_TRY = regex(rb"\btry\s*\Z")
_CATCH = regex(rb"(?P<end>\})\s*catch\s*(?:\([^(){}]{0,60}\)\s*)?\Z")
_READS = regex(rb"\.\s*from\s*\(\s*([\w.]+|'[^'\n]*'|\"[^\"\n]*\")\s*\)\s*\.\s*select\b")
_THROWS = regex(rb"\bthrow\b|\bthrowOnError\b|=>")
"""What makes of an error that is given back one that is thrown, or may: a function that is handed the query."""
_HEAD = 120


def tries(nodes: Iterable[Node], data: bytes) -> Iterator[Tried]:
    """Yield what stands in those of the `nodes` (`try` statements) that show it; what they nest is apart."""
    for node in nodes:
        body, handlers = _parts(node)
        asked = set() if body is None or not handlers else _asked(body, data)
        if body is None or not asked:
            continue
        if any(asked & _asked(one, data) and not _FAILS.search(_text(one, data)) for one in handlers):
            yield Tried(body.start_byte, body.end_byte, REPLACED)
        elif not any(_statements(one) for one in handlers):
            done = _statements(body)
            leaves = len(done) > 1 and _LEAVES.match(_text(done[-1], data)) is not None
            if len(done) - leaves == 1:
                behind = _behind(node) if leaves else None
                other = behind is not None and asked & _asked(behind, data)
                said = "where it fails, another query is asked" if other else "where it fails, nothing is done about it"
                yield Tried(body.start_byte, body.end_byte, said)


def reads_again(data: bytes, scopes: tuple[Scope, ...]) -> Iterator[Tried]:
    """Yield the blocks that are tried of JavaScript, with handlers that read the same table in another way."""
    if _READS.search(data) is None:
        return
    bodies: dict[int, Scope] = {}
    for scope in scopes:
        begin = max(scope.start - _HEAD, 0)
        head = data[begin : scope.start]
        if _TRY.search(head):
            bodies[scope.end] = scope
        elif (handler := _CATCH.search(head)) is not None:
            tried = bodies.get(begin + handler.end("end"))
            body, other = b"" if tried is None else data[tried.start : tried.end], data[scope.start : scope.end]
            same = set(_READS.findall(body)) & set(_READS.findall(other))
            if tried is not None and same and _THROWS.search(body) and not _FAILS.search(other):
                yield Tried(tried.start, tried.end, REPLACED)


def _parts(node: Node) -> tuple[Node | None, list[Node]]:
    """Return the block that is tried, and the handlers: clauses, or (as Dart's grammar has it) the blocks behind."""
    parts = [child for child in node.named_children if child.type in _BLOCKS or child.type in _CLAUSES]
    if not parts or parts[0].type in _CLAUSES:
        return None, []
    blocks = [part for part in parts[1:] if part.type in _BLOCKS]
    return parts[0], blocks or parts[1:]


def _statements(node: Node) -> list[Node]:
    """Return what a block, or the block of a clause, does: comments do nothing."""
    if node.type in _CLAUSES:
        block = next((child for child in node.named_children if child.type in _BLOCKS), None)
        return [] if block is None else _statements(block)
    return [child for child in node.named_children if child.type not in _NOTHING]


def _behind(node: Node) -> Node | None:
    """Return the `try` that comes next in the same block."""
    after = node.next_named_sibling
    while after is not None and after.type in _NOTHING:
        after = after.next_named_sibling
    return after if after is not None and after.type == node.type else None


def _asked(node: Node, data: bytes) -> set[bytes]:
    return set(_ASKS.findall(_text(node, data)))


def _text(node: Node, data: bytes) -> bytes:
    return data[node.start_byte : node.end_byte]
