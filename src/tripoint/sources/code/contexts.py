"""What the places of call words stand in: code, a comment, a string, or a part that the grammar could not read.

A tree finds the node at an offset by going through its children from the first on, so that a file of one long list, or
one that the grammar can't read, costs the square of its size. Where a file has many such words, all nodes that matter
are found in one go.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Literal

from tree_sitter import Language, Node, Query, QueryCursor

from tripoint.model.place import Problem
from tripoint.sources.code.facts import Textual
from tripoint.sources.code.prefilter import call_words

__all__ = ["MANY", "Context", "find_contexts", "textual_calls", "unread_calls"]

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


def textual_calls(data: bytes, root: Node, grammar: Language, contexts: Mapping[str, Context]) -> tuple[Textual, ...]:
    """Return the call words of a file, each with what it stands in."""
    found: list[Textual] = []
    words = call_words(data)
    if len(words) > MANY:
        held_in = find_contexts(root, grammar, contexts, [start for _, start in words])
        return tuple(Textual(word, start, held) for (word, start), held in zip(words, held_in, strict=True))
    for word, start in words:
        # From the root down: a node finds its parent by going down to itself from there.
        held: Context = contexts.get(root.type, "code")
        cursor = root.walk()
        while cursor.goto_first_child_for_byte(start) is not None:
            node = cursor.node
            if node is None or node.start_byte > start:
                break
            held = contexts.get(node.type, held)
        found.append(Textual(word, start, held))
    return tuple(found)


def unread_calls(data: bytes, language: str, errors: Iterable[Node]) -> tuple[Problem, ...]:
    """Return the parts that the grammar could not read; one matters only where a call may stand in it."""
    starts = [start for _, start in call_words(data)] if errors else []
    reason = f"the {language} grammar could not read this part, in which a call stands"
    found = {
        Problem("unparsed", node.start_byte, min(node.end_byte, len(data)), reason)
        for node in errors
        if bisect_left(starts, node.start_byte) < bisect_left(starts, node.end_byte)
    }
    return tuple(sorted(found))


@cache
def _query(grammar: Language, types: tuple[str, ...]) -> Query:
    known = [kind for kind in types if grammar.id_for_node_kind(kind, True) is not None]
    return Query(grammar, "[" + " ".join(f"({kind})" for kind in known) + "] @found")
