"""Migrations in their order → the catalog that they define."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from tripoint.model.catalog import Catalog
from tripoint.model.evidence import Opaque, Platform, Reference
from tripoint.model.place import Place, Problem
from tripoint.sources.migrations import alter, security, tables
from tripoint.sources.migrations.effective import effective_statements
from tripoint.sources.migrations.finish import finish
from tripoint.sources.migrations.state import Context, State
from tripoint.sql.extent import Extents
from tripoint.sql.facts import Node, SqlFacts, Statement

__all__ = ["HANDLERS", "Folded", "fold"]

Handler = Callable[[State, Context, Node], None]

HANDLERS: Final[dict[str, Handler]] = {
    "AlterPolicyStmt": security.alter_policy,
    "AlterTableStmt": alter.alter_table,
    "CreateForeignTableStmt": tables.create_foreign_table,
    "CreatePolicyStmt": security.create_policy,
    "CreateStmt": tables.create_table,
}
"""Every statement that changes what a catalog holds, by the tag of its syntax tree."""


@dataclass(frozen=True, slots=True)
class Folded:
    """What the migrations of one database say, all told."""

    catalog: Catalog
    """What they define. Objects of the base stand in it only where a migration changed them (as changed copies)."""
    references: tuple[Reference, ...] = ()
    """Statements that name a relation that did not exist when they ran."""
    opaque: tuple[Opaque, ...] = ()
    renames: tuple[tuple[str, str, Place], ...] = ()
    drops: tuple[tuple[str, Place], ...] = ()
    problems: dict[str, tuple[Problem, ...]] = field(default_factory=dict)
    """What PostgreSQL would refuse, and what the fold can't tell, by path. What a reader could not read is in its
    `SqlFacts`."""


def fold(
    files: Iterable[tuple[str, SqlFacts]], base: Catalog | None = None, platform: Platform = "postgresql"
) -> Folded:
    """Fold files, each with its path, in the order in which they are applied.

    `base` is what the platform brings along: looked up, and copied into the result where a migration changes it. Each
    file has a session of its own, as runners give it.
    """
    state = State(base if base is not None else Catalog(), platform)
    for path, facts in files:
        state.begin_file()
        for statement in effective_statements(facts):
            apply_statement(state, path, statement)
        state.end_file()
    finish(state)
    problems = {path: tuple(found) for path, found in sorted(state.problems.items())}
    references = tuple(reference for reference, _ in state.references)
    return Folded(state.catalog, references, tuple(state.opaque), tuple(state.renames), tuple(state.drops), problems)


def apply_statement(state: State, path: str, statement: Statement) -> None:
    """Apply one statement to the state."""
    state.number += 1
    context = Context(path, statement, Extents(statement.text))
    if statement.recovered:
        return
    handler = HANDLERS.get(statement.kind)
    if handler is not None and statement.node:
        handler(state, context, statement.node)
