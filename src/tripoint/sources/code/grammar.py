"""The grammars of the languages, one package each, loaded without what the audit does not ask them for; their nodes."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

from tree_sitter import Language, Node, Parser

from tripoint.sources.code.facts import Unending

__all__ = ["first", "load_grammar", "parse"]

_RESOURCES = "importlib.resources"

_LEAST_REPORTS = 5_000
_REPORTS_PER_BYTE = 1 / 8
"""How often the parser may report that it goes on. It does so at every hundredth step: real files, also those that a
grammar refuses, take 0.03 reports a byte at the most, and a file that its recovery goes round and round in has no end.
"""


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


def parse(parser: Parser, data: bytes) -> Node:
    """Return the root of a text's syntax tree; raise Unending where the parser comes to no end of it.

    Steps are counted rather than seconds, so that a file is either read everywhere or nowhere.
    """
    left = _LEAST_REPORTS + int(len(data) * _REPORTS_PER_BYTE)

    def give_up(at: int, has_error: bool) -> bool:
        nonlocal left
        left -= 1
        return left < 0

    try:
        return parser.parse(lambda at, point: data[at:], progress_callback=give_up).root_node
    except ValueError:
        if left >= 0:
            raise
        parser.reset()  # or it would go on with this file when it is given the next
        raise Unending("the parser of its language comes to no end of it") from None
