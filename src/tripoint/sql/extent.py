"""The extents of clauses within a statement: syntax trees say where an expression's parts stand, not where it ends."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property

from tripoint.sql.facts import Node
from tripoint.sql.lexer import Token, tokens, word

__all__ = ["Extents", "first_location", "named_object"]

_OPENING = (b"(", b"[")
_CLOSING = (b")", b"]")


def first_location(node: object) -> int:
    """Return the smallest location in a tree, or -1 where it has none (a location of 0 is not written)."""
    smallest = -1
    pending: list[object] = [node]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            location = item.get("location", -1)
            if isinstance(location, int) and location >= 0 and (smallest < 0 or location < smallest):
                smallest = location
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
    return smallest


class Extents:
    """The tokens of one statement and the texts between them. Offsets are bytes of the statement."""

    def __init__(self, text: str) -> None:
        self.data = text.encode("utf-8")

    @cached_property
    def tokens(self) -> list[Token]:
        """All tokens, once they are needed."""
        return list(tokens(self.data))

    @cached_property
    def _starts(self) -> list[int]:
        return [token.start for token in self.tokens]

    @cached_property
    def _depths(self) -> list[int]:
        """The depth of parentheses at each token; a pair's own two stand outside of it."""
        depth, found = 0, []
        for token in self.tokens:
            if token.text in _CLOSING:
                depth -= 1
            found.append(depth)
            if token.text in _OPENING:
                depth += 1
        return found

    def index(self, offset: int) -> int:
        """Return the index of the first token at or after an offset."""
        return bisect_left(self._starts, offset)

    def find(self, words: str, start: int = 0, depth: int | None = None, stop: int | None = None) -> int:
        """Return the index of the token after the first such sequence of words from token `start` on; -1 if none."""
        wanted = [word.encode() for word in words.split()]
        tokens_, first = self.tokens, wanted[0]
        for i in range(start, len(tokens_) if stop is None else stop):
            if tokens_[i].text == first and (depth is None or self._depths[i] == depth) and self._matches(i, wanted):
                return i + len(wanted)
        return -1

    def find_back(self, words: str, start: int) -> int:
        """Return the index of the token after the last such sequence of words up to token `start`; -1 if none."""
        wanted = [word.encode() for word in words.split()]
        tokens_, first = self.tokens, wanted[0]
        for i in range(min(start, len(tokens_) - 1), -1, -1):
            if tokens_[i].text == first and self._matches(i, wanted):
                return i + len(wanted)
        return -1

    def _matches(self, i: int, wanted: list[bytes]) -> bool:
        found = self.tokens[i : i + len(wanted)]
        return len(found) == len(wanted) and all(
            token.text == word and token.kind in ("word", "other") for token, word in zip(found, wanted, strict=True)
        )

    def between(self, start: int, stop: int) -> str:
        """Return the text of the tokens from `start` up to `stop`."""
        if start >= stop or start >= len(self.tokens):
            return ""
        last = min(stop, len(self.tokens)) - 1
        return self.data[self.tokens[start].start : self.tokens[last].end].decode("utf-8", "replace")

    def term_end(self, start: int, stop_offset: int | None = None) -> int:
        """Return the index of the token that ends the list item at token `start`: a comma, the closing parenthesis."""
        if start >= len(self.tokens):
            return start
        depth = self._depths[start]
        for i in range(start, len(self.tokens)):
            token = self.tokens[i]
            if stop_offset is not None and token.start >= stop_offset:
                return i
            if self._depths[i] < depth or (self._depths[i] == depth and token.text in (b",", b";")):
                return i
        return len(self.tokens)

    def term(self, start: int, stop_offset: int | None = None) -> str:
        """Return the list item at token `start`: up to a comma or closing parenthesis of its depth, or an offset."""
        return self.between(start, self.term_end(start, stop_offset))

    def group(self, start: int) -> tuple[int, int] | None:
        """Return the indexes of the first token within the next parentheses from `start` on, and of the closing one."""
        for i in range(start, len(self.tokens)):
            if self.tokens[i].text == b"(":
                depth = self._depths[i]
                for j in range(i + 1, len(self.tokens)):
                    if self._depths[j] == depth and self.tokens[j].text == b")":
                        return i + 1, j
                return i + 1, len(self.tokens)
        return None

    def parenthesized(self, start: int) -> str | None:
        """Return the text within the first parentheses from token `start` on."""
        found = self.group(start)
        return None if found is None else self.between(*found)

    def items(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield the spans of the items of a list of tokens, split at its own commas."""
        while start < stop:
            end = min(self.term_end(start), stop)
            yield start, end
            start = end + 1

    def after(self, node: Node, words: str) -> int:
        """Return the index of the token after `words` that follow a node's location; -1 if they don't."""
        return self.find(words, self.index(node.get("location", 0)))


_OBJECT_WORDS = frozenset(
    {b"table", b"view", b"index", b"function", b"procedure", b"type", b"schema", b"sequence", b"domain"}
)
_NOISE = frozenset({b"if", b"not", b"exists", b"only", b"concurrently"})


def named_object(extents: Extents) -> tuple[str, ...] | None:
    """Return the name that follows `CREATE TABLE` and its like in a text that is no statement; None where none does.

    Of an index, policy or trigger it is the table's, behind ON.
    """
    tokens_ = extents.tokens[:40]
    start = next((i for i, token in enumerate(tokens_) if token.text in _OBJECT_WORDS), -1)
    if start < 0 or tokens_[start].text == b"index":
        start = next((i for i, token in enumerate(tokens_) if token.text == b"on" and token.kind == "word"), -1)
    if start < 0:
        return None
    start += 1
    while start < len(tokens_) and tokens_[start].text in _NOISE:
        start += 1
    names: list[str] = []
    while start < len(tokens_) and tokens_[start].kind in ("word", "quoted"):
        names.append(word(tokens_[start]))
        if start + 1 >= len(tokens_) or tokens_[start + 1].text != b".":
            break
        start += 2
    return tuple(names) or None
