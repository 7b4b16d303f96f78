"""The grammars of the languages, one package each, loaded without what the audit does not ask them for; their nodes."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

from tree_sitter import Language, Node, Parser, Range

from tripoint.sources.code.facts import Unending

__all__ = ["child_of", "first", "load_grammar", "parse", "within"]

_RESOURCES = "importlib.resources"

_LEAST_REPORTS = 1_000
_REPORTS_PER_BYTE = 1 / 8
"""How often the parser may report that it goes on. It does so at every hundredth step: real files, also those that a
grammar refuses, take 0.03 reports a byte at the most, and a file that its recovery goes round and round in has no end.
"""

_PIECE = 256
"""Bytes that a node which is asked for its text is given at once: it asks until it has enough, and copies them all."""


class _Later(ModuleType):
    """Stands in for `importlib.resources`, which takes longer to load than the packages that ask for it.

    They need it for their highlighting alone.
    """

    @staticmethod
    def files(package: str) -> object:
        return import_module(_RESOURCES).files(package)


def load_grammar(language: str, dialect: str = "") -> Language:
    """Return a language's grammar, or that of one of its dialects."""
    missing = _RESOURCES not in sys.modules
    if missing:
        sys.modules[_RESOURCES] = _Later(_RESOURCES)
    try:
        package = import_module(f"tree_sitter_{language}")
    finally:
        if missing:
            del sys.modules[_RESOURCES]
    return Language(getattr(package, f"language_{dialect}" if dialect else "language")())


def first(node: Node) -> Node | None:
    """Return the first named child of a node, if it has one: to ask the node itself for what it lacks is an error."""
    return node.named_children[0] if node.named_child_count else None


def child_of(node: Node, kind: str) -> Node | None:
    """Return the first named child of a node that is of a type, if it has one."""
    return next((child for child in node.named_children if child.type == kind), None)


def within(node: Node, stop: frozenset[str] = frozenset()) -> list[Node]:
    """Return the named nodes below a node in their order; what stands in a node of a type of `stop` is left out."""
    found: list[Node] = []
    stack = list(reversed(node.named_children))
    while stack:
        child = stack.pop()
        found.append(child)
        if child.type not in stop:
            stack.extend(reversed(child.named_children))
    return found


def parse(language: Language, data: bytes, ranges: list[Range] | None = None, *, texts: bool = False) -> Node:
    """Return the root of the syntax tree of a text, or of these parts of it; with `texts`, nodes soon tell their text.

    Raises Unending where the parser comes to no end of it. Steps are counted rather than seconds, so that a file is
    either read everywhere or nowhere.
    """
    parser = Parser(language, included_ranges=ranges or [])
    left = _LEAST_REPORTS + int(len(data) * _REPORTS_PER_BYTE)
    piece = len(data)

    def give_up(at: int, has_error: bool) -> bool:
        nonlocal left
        left -= 1
        return left < 0

    def read(at: int, point: object) -> bytes:
        return data[at : at + piece]

    try:
        tree = parser.parse(read, progress_callback=give_up)
    except ValueError:
        if left >= 0:
            raise
        raise Unending("the parser of its language comes to no end of it") from None
    if texts and not tree.root_node.has_error:
        # The nodes of the first tree ask `read` for their text, which is slow. To parse what has not changed takes next
        # to no time, and its nodes know it; only what the grammar refuses would be parsed anew, and without a limit.
        tree = parser.parse(data, tree)
    piece = _PIECE
    return tree.root_node
