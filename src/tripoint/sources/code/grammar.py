"""The grammars of the languages, one package each, loaded without what the audit does not ask them for; their nodes."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

from tree_sitter import Language, Node

__all__ = ["first", "load_grammar"]

_RESOURCES = "importlib.resources"


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
