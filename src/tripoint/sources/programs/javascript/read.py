"""One migration in TypeScript or JavaScript → the statements that it sends to PostgreSQL, each with its place."""

from __future__ import annotations

from functools import cache, partial

from msgspec import Struct
from tree_sitter import Language, Node

from tripoint.sources.code.facts import Unending
from tripoint.sources.code.grammar import load_grammar, parse
from tripoint.sources.programs.javascript.beside import SNAKE, Module, parts
from tripoint.sources.programs.javascript.expressions import TooMuch, span_of
from tripoint.sources.programs.javascript.run import Interpret, Run
from tripoint.sources.programs.javascript.values import Handle, Ref, Value
from tripoint.sources.programs.steps import ANYTHING, TYPE, Choice, Guarded, Step, Unclear
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
    """Return what a migration's `up` does as statements of SQL. Never raises.

    Behind its bytes there may be those of the modules that it imports (`beside.py`): they are followed where its own do
    not tell all that it does, and more is told with them.
    """
    own, modules = parts(data)

    def follow() -> list[Step]:
        snake = any(SNAKE in module.imported for module in modules)
        alone = _followed(data[:own], suffix, runner, own, [], snake)
        if not modules or _open(alone) == (0, 0):
            return _gathered(alone)
        more = _followed(data, suffix, runner, own, modules, snake)
        return _gathered(min(alone, more, key=_open))

    return write(follow)


def _open(steps: list[Step]) -> tuple[int, int]:
    """Return how much of a migration is not told: what may make anything, and all of it."""
    unclear: list[Unclear] = []
    _without(steps, unclear)
    return sum("*" in (one.may_touch or ()) and one.reason != TYPE for one in unclear), len(unclear)


def _followed(data: bytes, suffix: str, runner: str, own: int, modules: list[Module], snake: bool) -> list[Step]:
    try:
        root = parse(_grammar(suffix.lower()), data, texts=True)
    except Unending:
        return [Unclear("can't be read: the parser of its language comes to no end of it", (0, 0), ANYTHING)]
    return _steps(root, _runner(runner), runner, own, modules, snake)


class _Beside:
    """What the modules behind a migration export, each followed once it is asked for."""

    def __init__(self, nodes: list[Node], runner: _Runner, own: int, modules: list[Module]) -> None:
        self._runner, self._own = runner, own
        self._bodies = [[one for one in nodes if m.start <= one.start_byte < m.end] for m in modules]
        self._number = {by: at for at, module in enumerate(modules, 1) for by in module.imported}
        self._exports: dict[int, dict[str, Value] | None] = {}

    def of(self, text: int, specifier: str) -> dict[str, Value] | None:
        """Return what the import of a text gives by name; None where it is of none of the modules."""
        number = self._number.get((text, specifier))
        if number is None:
            return None
        if number not in self._exports:
            self._exports[number] = None  # of a circle of imports
            run = Run(self._runner.interpret, self._runner.eager, beside=partial(self.of, number), own=self._own)
            try:
                run.module_level(self._bodies[number - 1])
            except (TooMuch, RecursionError):
                return None
            self._exports[number] = run.exports
        return self._exports[number]


def _steps(root: Node, runner: _Runner, name: str, own: int, modules: list[Module], snake: bool) -> list[Step]:
    beside = _Beside(root.named_children, runner, own, modules)
    inherits = name if name == "mikro-orm" else ""
    run = Run(runner.interpret, runner.eager, inherits, partial(beside.of, 0), own if modules else None)
    run.snake = snake
    whole = (0, 0)
    try:
        run.module_level([node for node in root.named_children if node.start_byte < own])
        run.steps.clear()
        up = run.up()
        if up is None:
            return [Unclear("has no function up whose statements could be followed", whole, ANYTHING)]
        run.site = span_of(up.node)
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
