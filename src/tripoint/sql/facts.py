"""What one file of SQL says: its statements as PostgreSQL's own grammar reads them."""

from typing import Any

from msgspec import Struct

from tripoint.model.place import Problem

__all__ = ["Node", "SqlFacts", "Statement"]

Node = dict[str, Any]
"""A node of libpg_query's JSON syntax tree. Zero values are absent; locations are bytes of the statement."""


class Statement(Struct, frozen=True):
    """One statement of a file.

    `kind` is the tag of its syntax tree (`CreateStmt`, `AlterTableStmt`, …), `node` what stands under that tag. `start`
    and `end` are byte offsets into the file: `data[start:end]` is the statement's text without its semicolon, and a
    location in the tree is relative to `start`. `text` is that text.
    """

    kind: str
    node: Node
    start: int
    end: int
    text: str
    recovered: bool = False
    """Whether PostgreSQL's grammar refused it and only a more forgiving one could tell what it is."""


class SqlFacts(Struct, frozen=True):
    """The statements of one file in order, and what could not be read."""

    statements: tuple[Statement, ...] = ()
    problems: tuple[Problem, ...] = ()
    marks: tuple[tuple[str, int], ...] = ()
    """Directives in comments that a runner obeys, each with its offset: `+goose Down`, `migrate:down`, …"""
