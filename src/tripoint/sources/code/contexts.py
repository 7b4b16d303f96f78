"""What the places of call words stand in, for files with so many of them that asking the tree for each takes too long.

A tree finds the node at an offset by going through its children from the first on, so that a file of one long list, or
one that the grammar can't read, costs the square of its size. Here all nodes that matter are found in one go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal

from tree_sitter import Language, Node, Query, QueryCursor

__all__ = ["MANY", "Context", "find_contexts"]

Context = Literal["code", "comment", "string"]
MANY = 100
"""How many places are asked for one by one."""


def find_contexts(
    root: Node, grammar: Language, contexts: Mapping[str, Context], starts: Sequence[int]
) -> list[Context]:
    """Return for each offset, in ascending order, the context of the innermost node around it that has one."""
    nodes = QueryCursor(_query(grammar, tuple(sorted(contexts)))).captures(root).get("found", [])
    spans = sorted((node.start_byte, -node.end_byte, node.type) for node in nodes)
    found: list[Context] = []
    around: list[tuple[int, Context]] = []
    following = 0
    for start in starts:
        while following < len(spans) and spans[following][0] <= start:
            begin, end, kind = spans[following]
            while around and around[-1][0] <= begin:
                around.pop()
            around.append((-end, contexts[kind]))
            following += 1
        while around and around[-1][0] <= start:
            around.pop()
        found.append(around[-1][1] if around else "code")
    return found


@cache
def _query(grammar: Language, types: tuple[str, ...]) -> Query:
    known = [kind for kind in types if grammar.id_for_node_kind(kind, True) is not None]
    return Query(grammar, "[" + " ".join(f"({kind})" for kind in known) + "] @found")
