"""Migrations in their order → the catalog that they define."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct, field

from tripoint.model.catalog import Catalog, Function
from tripoint.model.evidence import Opaque, Platform, Reference
from tripoint.model.internal import internal_problem
from tripoint.model.place import Place, Problem
from tripoint.sources.migrations import (
    alter,
    blocks,
    buckets,
    drops,
    functions,
    grants,
    indexes,
    opaque,
    others,
    renames,
    security,
    session,
    tables,
    types,
    views,
)
from tripoint.sources.migrations.analysis import analyse
from tripoint.sources.migrations.effective import effective_statements
from tripoint.sources.migrations.finish import finish
from tripoint.sources.migrations.state import REFUSED, Context, State
from tripoint.sources.migrations.transactions import Within, follow
from tripoint.sql.extent import Extents, named_object
from tripoint.sql.facts import UNCLEAR, Node, SqlFacts, Statement

__all__ = ["HANDLERS", "Folded", "fold"]

Handler = Callable[[State, Context, Node], None]

HANDLERS: Final[dict[str, Handler]] = {
    "AlterDatabaseSetStmt": session.alter_database,
    "AlterDefaultPrivilegesStmt": grants.alter_default_privileges,
    "AlterDomainStmt": types.alter_domain,
    "AlterEnumStmt": types.alter_enum,
    "AlterFunctionStmt": functions.alter_function,
    "AlterObjectSchemaStmt": renames.set_schema,
    "AlterOwnerStmt": others.change_owner,
    "AlterPolicyStmt": security.alter_policy,
    "AlterPublicationStmt": others.alter_publication,
    "AlterRoleSetStmt": grants.alter_role,
    "AlterSeqStmt": others.alter_sequence,
    "AlterTableStmt": alter.alter_table,
    "CallStmt": lambda state, context, node: session.call(state, context, node, apply_node),
    "CommentStmt": others.comment,
    "CompositeTypeStmt": types.create_composite,
    "CreateDomainStmt": types.create_domain,
    "CreateEnumStmt": types.create_enum,
    "CreateExtensionStmt": others.create_extension,
    "CreateForeignTableStmt": tables.create_foreign_table,
    "CreateFunctionStmt": functions.create_function,
    "CreatePolicyStmt": security.create_policy,
    "CreatePublicationStmt": others.create_publication,
    "CreateRangeStmt": types.create_range,
    "CreateRoleStmt": grants.create_role,
    "CreateSchemaStmt": others.create_schema,
    "CreateSeqStmt": others.create_sequence,
    "CreateStmt": tables.create_table,
    "CreateTableAsStmt": views.create_table_as,
    "CreateTrigStmt": functions.create_trigger,
    "DefineStmt": functions.define,
    "DeleteStmt": buckets.delete,
    "DoStmt": lambda state, context, node: blocks.run_block(state, context, node, apply_node),
    "DropOwnedStmt": drops.drop_owned,
    "DropRoleStmt": grants.drop_role,
    "DropStmt": drops.drop,
    "GrantStmt": grants.grant,
    "IndexStmt": indexes.create_index,
    "InsertStmt": buckets.insert,
    "RenameStmt": renames.rename,
    "SelectStmt": lambda state, context, node: session.select(state, context, node, apply_node),
    "UpdateStmt": buckets.update,
    "VariableSetStmt": session.set_variable,
    "ViewStmt": views.create_view,
}
"""Every statement that changes what a catalog holds, by the tag of its syntax tree."""


_HARMLESS: Final = frozenset({"InsertStmt", "UpdateStmt", "DeleteStmt", "SelectStmt"})


class Folded(Struct, frozen=True):
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
    kept: dict[str, Place] = field(default_factory=dict)
    """Columns that are there because PostgreSQL would refuse their DROP, as `schema.table.column`, and the DROP."""
    in_vain: int = 0
    """How many statements PostgreSQL would refuse; those that one missing relation costs count once."""
    absent: dict[str, Place] = field(default_factory=dict)
    """Columns that are not there, and that a statement changes or adds in vain, as `schema.table.column`."""
    impossible: tuple[tuple[Place, str], ...] = ()
    """Each statement that PostgreSQL refuses whatever the database holds, and why."""
    lacking: tuple[tuple[str, Place], ...] = ()
    """Each extension whose functions a statement calls before it is created, and the statement."""
    early: tuple[Reference, ...] = ()
    """What else statements need before a later one makes it."""
    refused_rows: tuple[tuple[Reference, str], ...] = ()
    """Each statement that writes rows which PostgreSQL refuses as their table is then, and its words."""
    within: tuple[Within, ...] = ()
    """The statements that PostgreSQL refuses within a transaction."""
    former: tuple[Function, ...] = ()
    """The versions of functions in PL/pgSQL that other ones replaced, or that are dropped."""
    first_made: dict[str, Place] = field(default_factory=dict)
    """Where each thing that migrations make is made for the first time, by what `Reference.table` calls it."""

    @property
    def refusals(self) -> tuple[tuple[Place, str], ...]:
        """Each statement that PostgreSQL would refuse, and why, without those that name a missing relation."""
        return tuple(
            (Place(path, problem.start, problem.end), problem.reason.removeprefix(REFUSED))
            for path, problems in self.problems.items()
            for problem in problems
            if problem.reason.startswith(REFUSED)
        )


def fold(
    files: Iterable[tuple[str, SqlFacts]], base: Catalog | None = None, platform: Platform = "postgresql"
) -> Folded:
    """Fold files, each with its path, in the order in which they are applied.

    `base` is what the platform brings along: looked up, and copied into the result where a migration changes it. Each
    file has a session of its own, as runners give it.
    """
    state = State(base if base is not None else Catalog(), platform)
    for path, facts in files:
        statements = effective_statements(facts)
        state.begin_file(single=len(statements) == 1)
        for statement in statements:
            apply_statement(state, path, statement)
        state.end_file()
    finish(state)
    problems = {path: tuple(found) for path, found in sorted(state.problems.items())}
    references = tuple(reference for reference, _ in state.references)
    there = {function.place for overloads in state.catalog.functions.values() for function in overloads}
    return Folded(
        state.catalog,
        references,
        tuple(state.opaque),
        tuple(state.renames),
        tuple(state.drops),
        problems,
        dict(state.kept),
        state.refused + len({reference.table for reference in references}),
        state.absent,
        tuple(state.impossible),
        tuple(state.lacking),
        tuple(reference for reference, _ in state.early),
        tuple((reference, reason) for reference, _, reason in state.rows),
        tuple(state.within),
        tuple(function for function in state.versions if function.place not in there),
        {name: made[0][1] for name, made in state.created.items()},
    )


def apply_statement(state: State, path: str, statement: Statement) -> None:
    """Apply one statement to the state."""
    state.number += 1
    context = Context(path, statement, Extents(statement.text))
    if statement.kind == UNCLEAR:
        opaque.unclear(state, context, statement.node)
    elif statement.recovered:
        _apply_unparsed(state, context)
    elif statement.node:
        try:
            apply_node(state, context, statement.kind, statement.node)
            follow(state, context, statement.kind, statement.node)
        except Exception as error:
            problem = internal_problem(error, "what this does is lost", statement.start, statement.end)
            state.problems.setdefault(path, []).append(problem)
            state.cannot_tell(context, problem.reason)


def apply_node(state: State, context: Context, kind: str, node: Node) -> None:
    """Apply a statement by its syntax tree, with those that stand within a CREATE SCHEMA."""
    handler = HANDLERS.get(kind)
    if handler is not None:
        analyse(state, context, kind, node)
        handler(state, context, node)
    if kind == "CreateSchemaStmt" and "schemaElts" in node:
        path = state.search_path
        state.search_path = (node.get("schemaname", ""), *path)
        for element in node["schemaElts"]:
            ((inner, body),) = element.items()
            apply_node(state, context, inner, body)
        state.search_path = path


def _apply_unparsed(state: State, context: Context) -> None:
    """Say what a statement that PostgreSQL's grammar refuses may have been about, where it is no query."""
    if context.statement.kind in _HARMLESS:
        return
    names = named_object(context.extents)
    touched = None if names is None else frozenset({str(state.full_name(names))})
    state.cannot_tell(context, "PostgreSQL's grammar refuses the statement", touched)
