"""One migration in TypeScript or JavaScript → the statements that it sends to PostgreSQL, each with its place."""

from __future__ import annotations

from functools import cache

from msgspec import Struct
from tree_sitter import Language, Node

from tripoint.sources.code.facts import Unending
from tripoint.sources.code.grammar import load_grammar, parse
from tripoint.sources.programs.javascript.expressions import TooMuch
from tripoint.sources.programs.javascript.run import Interpret, Run
from tripoint.sources.programs.javascript.values import Handle, Ref
from tripoint.sources.programs.steps import ANYTHING, Choice, Guarded, Step, Unclear
from tripoint.sources.programs.write import write
from tripoint.sql.facts import SqlFacts
from tripoint.sql.system_views import HOLE

__all__ = ["read_javascript"]


class _Runner(Struct, frozen=True):
    interpret: Interpret
    eager: bool
    """Whether what is asked of it is done at once, and not when it is waited for."""


def _runner(name: str) -> _Runner:
    if name == "typeorm":
        from tripoint.sources.programs.javascript import typeorm

        return _Runner(typeorm.interpret, True)
    if name == "knex":
        from tripoint.sources.programs.javascript import knex

        return _Runner(knex.interpret, False)
    if name in ("mikro-orm", "db-migrate"):
        from tripoint.sources.programs.javascript import raw

        return _Runner(raw.interpret_mikro_orm if name == "mikro-orm" else raw.interpret_db_migrate, True)
    if name == "kysely":
        from tripoint.sources.programs.javascript import kysely

        return _Runner(kysely.interpret, False)
    if name == "node-pg-migrate":
        from tripoint.sources.programs.javascript import pgm

        return _Runner(pgm.interpret, True)
    if name == "sequelize":
        from tripoint.sources.programs.javascript import sequelize

        return _Runner(sequelize.interpret, True)
    raise AssertionError(name)


@cache
def _grammar(suffix: str) -> Language:
    if suffix in (".ts", ".mts", ".cts"):
        return load_grammar("typescript", "typescript")
    return load_grammar("javascript")


def read_javascript(data: bytes, suffix: str, runner: str) -> SqlFacts:
    """Return what a migration's `up` does as statements of SQL. Never raises."""

    def follow() -> list[Step]:
        try:
            root = parse(_grammar(suffix.lower()), data, texts=True)
        except Unending:
            return [Unclear("can't be read: the parser of its language comes to no end of it", (0, 0), ANYTHING)]
        return _gathered(_steps(root, _runner(runner), runner))

    return write(follow)


def _steps(root: Node, runner: _Runner, name: str) -> list[Step]:
    run = Run(runner.interpret, runner.eager, name if name == "mikro-orm" else "")
    whole = (0, 0)
    try:
        run.module_level(root)
        up = run.up()
        if up is None:
            return [Unclear("has no function up whose statements could be followed", whole, ANYTHING)]
        # Knex hands over its own Promise, as old migrations take it.
        second = Ref("Promise" if name == "knex" else "sequelize")
        run.flush(run.invoke(up, [Handle(name), second, HOLE]))
    except (TooMuch, RecursionError):
        return [*run.steps, Unclear("does more than is followed", whole, ANYTHING)]
    if _refused(root):
        run.steps.append(Unclear("has a part that the grammar refuses, in which anything may be done", whole, ANYTHING))
    return run.steps


def _refused(node: Node) -> bool:
    """Tell whether the grammar refuses a part of the code.

    That it takes the type of a tagged template's rows for a cast which lacks its mark (sql<{ id: string; … }>`…`)
    leaves all of the rest where it is.
    """
    nodes = [node]
    while nodes:
        node = nodes.pop()
        if node.type == "ERROR" or node.is_missing:
            if node.type != "!":
                return True
        elif node.has_error:
            nodes += node.children
    return False


def _gathered(steps: list[Step]) -> list[Step]:
    """Return steps with all that is unclear in one, which names the first of it."""
    unclear: list[Unclear] = []
    rest = _without(steps, unclear)
    if not unclear:
        return rest
    first = unclear[0]
    names = frozenset[str]().union(*(one.may_touch or frozenset() for one in unclear))
    more = f" (and {len(unclear) - 1} more in this file)" if len(unclear) > 1 else ""
    return [*rest, Unclear(first.reason + more, first.span, ANYTHING if "*" in names else names)]


def _without(steps: list[Step], unclear: list[Unclear]) -> list[Step]:
    rest: list[Step] = []
    for step in steps:
        if isinstance(step, Unclear):
            unclear.append(step)
        elif isinstance(step, Choice):
            rest.append(Choice(step.condition, _without(step.then, unclear), _without(step.otherwise, unclear)))
        elif isinstance(step, Guarded):
            rest.append(Guarded(_without(step.steps, unclear)))
        else:
            rest.append(step)
    return rest
