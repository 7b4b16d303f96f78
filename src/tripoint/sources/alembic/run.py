"""The statements of `upgrade()`, followed one by one: what they do comes out as steps, and nothing is run."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

from tripoint.model.name import quote_literal
from tripoint.model.regex import regex
from tripoint.sources.alembic.columns import is_a
from tripoint.sources.alembic.evaluate import DIALECT, INSPECTOR, Evaluator, Scope
from tripoint.sources.alembic.lines import Lines
from tripoint.sources.alembic.names import NAME_LENGTH, shortened
from tripoint.sources.alembic.operations import enum_method, execute, operation
from tripoint.sources.alembic.values import (
    Asked,
    Batch,
    Each,
    EnumClass,
    Function,
    Made,
    Names,
    Ref,
    either,
    same,
    texts_in,
    truth,
)
from tripoint.sources.programs.steps import ANYTHING, Choice, Guarded, Raw, Step, Unclear
from tripoint.sources.programs.values import Condition, is_known_text
from tripoint.sources.programs.written import Text
from tripoint.sql.system_views import HOLE
from tripoint.sql.values import HOLE_CHARACTER

__all__ = ["follow"]

MAX_STEPS: Final = 20_000
MAX_DEPTH: Final = 12
_EXECUTES: Final = frozenset(["execute", "exec_driver_sql", "scalar", "scalars", "executescript"])
_ENUM_BASES: Final = frozenset(["Enum", "StrEnum", "IntEnum"])
_DEFINING: Final = ("create", "add", "drop", "alter", "rename", "upgrade", "migrat", "install", "setup", "init", "ddl",
                    "schema", "sql", "run", "apply", "execute", "load", "make", "table", "column")  # fmt: skip
"""What the name of a function holds that may change a schema."""


_DIALECT = regex(
    r"_?(?:is|uses?|using)_?(pg|psql|postgres|postgresql|sqlite3?|mysql|mariadb|mssql|oracle|sqlserver)", re.I
)
"""What a function is called that asks which database it is."""
_INSPECTS: Final = ("sqlalchemy.inspect", "sqlalchemy.inspection.inspect", "Inspector.from_engine", ".Inspector")


_STAYS: Final = object()
"""What a branch leaves with that does not leave."""


class _Leave(Exception):
    """RETURN, CONTINUE, BREAK or RAISE."""

    def __init__(self, value: Any = None) -> None:
        self.value = value


class _TooMuch(Exception):
    """There is more to follow than is followed."""


def follow(tree: ast.Module, lines: Lines) -> list[Step]:
    """Return what the `upgrade()` of a revision does."""
    run = _Run(lines)
    whole = (0, 0)
    try:
        run.module_level(tree.body)
        upgrade = run.module.get("upgrade")
        if not isinstance(upgrade, Function):
            return [Unclear("has no function upgrade() whose statements could be followed", whole, ANYTHING)]
        given: Scope = {one.arg: Ref("alembic.op") if one.arg == "op" else HOLE for one in upgrade.node.args.args}
        run.body(upgrade.node.body, given)
    except _Leave:
        pass
    except _TooMuch:
        run.steps = [*run.outermost, Unclear("does more than is followed", whole, ANYTHING)]
    return run.outermost


class _Run(Evaluator):
    def __init__(self, lines: Lines) -> None:
        super().__init__(lines, {})
        self.outermost: list[Step] = []
        self.steps = self.outermost
        self.count = 0
        self.depth = 0

    # ---- the module

    def module_level(self, body: list[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._Import(node, self.module)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self.module[node.name] = Function(node)
            elif isinstance(node, ast.ClassDef):
                self._ClassDef(node, self.module)
            elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                self.statement(node, self.module)
            elif isinstance(node, ast.Try):
                self.module_level(node.body)
            elif isinstance(node, ast.If):
                said = truth(self.value(node.test, self.module))
                self.module_level(node.orelse if said is False else node.body)
        self.outermost.clear()

    def _Import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                package = f"{'.' * node.level}{node.module or ''}"
                scope[alias.asname or alias.name] = Ref(f"{package}.{alias.name}")
            elif alias.asname:
                scope[alias.asname] = Ref(alias.name)
            else:
                first = alias.name.partition(".")[0]
                scope[first] = Ref(first)

    _ImportFrom = _Import

    def _ClassDef(self, node: ast.ClassDef, scope: Scope) -> None:
        bases = {part.attr if isinstance(part, ast.Attribute) else getattr(part, "id", "") for part in node.bases}
        if bases & _ENUM_BASES:
            made = EnumClass(node.name)
            for one in node.body:
                if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
                    made.members[one.targets[0].id] = self.value(one.value, scope)
            scope[node.name] = made
        else:
            scope[node.name] = Ref(f".{node.name}")

    # ---- statements

    def body(self, nodes: list[ast.stmt], scope: Scope) -> None:
        """Follow statements. What comes behind a condition that leaves is followed where it does not hold."""
        for at, node in enumerate(nodes):
            if isinstance(node, ast.If):
                said = truth(self.value(node.test, scope))
                if isinstance(said, bool):
                    self.body(node.body if said else node.orelse, scope)
                    continue
                rest = nodes[at + 1 :]
                if self.choose(node, said, rest, scope):
                    return
            else:
                self.statement(node, scope)

    def choose(self, node: ast.If, said: Any, rest: list[ast.stmt], scope: Scope) -> bool:
        """Follow both branches of a condition that only the database decides; return whether the rest is done, too."""
        sql = said.sql if isinstance(said, Condition) else self.unknown(node.test)
        before = dict(scope)
        then, then_value, then_scope = self.branch(node.body, dict(before))
        other, other_value, other_scope = self.branch(node.orelse, dict(before))
        then_left, other_left = then_value is not _STAYS, other_value is not _STAYS
        for name in {**then_scope, **other_scope}:
            if name not in then_scope or name not in other_scope or not same(then_scope[name], other_scope[name]):
                now, else_ = then_scope.get(name, HOLE), other_scope.get(name, HOLE)
                scope[name] = else_ if then_left else now if other_left else either(said, now, else_)
        done = False
        if then_left != other_left:
            steps, value, _ = self.branch(rest, dict(scope))
            (other if then_left else then).extend(steps)
            then_value, other_value = (then_value, value) if then_left else (value, other_value)
            done = True
        if then or other:
            self.steps.append(Choice(sql, then, other))
        if done or (then_left and other_left):
            values = (None if value is _STAYS else value for value in (then_value, other_value))
            raise _Leave(either(said, *values))
        return done

    def branch(self, nodes: list[ast.stmt], scope: Scope) -> tuple[list[Step], Any, Scope]:
        """Follow statements apart; return their steps, what they leave with, and the names as they then are."""
        outer, self.steps = self.steps, []
        left: Any = _STAYS
        try:
            self.body(nodes, scope)
        except _Leave as leave:
            left = leave.value
        finally:
            steps, self.steps = self.steps, outer
        return steps, left, scope

    def unknown(self, test: ast.expr) -> str:
        """Return a condition of SQL that nothing is known of, which says what Python asks."""
        said = " ".join(ast.unparse(test).split())[:60]
        return '"' + said.replace('"', "'").replace("$", "") + '"'

    def statement(self, node: ast.stmt, scope: Scope) -> None:
        self.count += 1
        if self.count > MAX_STEPS:
            raise _TooMuch
        handler: Callable[[Any, Scope], None] | None = getattr(self, f"_{type(node).__name__}", None)
        if handler is not None:
            handler(node, scope)

    def _Expr(self, node: ast.Expr, scope: Scope) -> None:
        found = self.value(node.value, scope)
        if isinstance(found, Made):
            self.steps += self.strange(found)

    def _Assign(self, node: ast.Assign, scope: Scope) -> None:
        value = self.value(node.value, scope)
        for target in node.targets:
            self.assign(target, value, scope)

    def _AnnAssign(self, node: ast.AnnAssign, scope: Scope) -> None:
        if node.value is not None:
            self.assign(node.target, self.value(node.value, scope), scope)

    def _AugAssign(self, node: ast.AugAssign, scope: Scope) -> None:
        if isinstance(node.target, ast.Name):
            whole = ast.BinOp(ast.Name(node.target.id), node.op, node.value)
            ast.copy_location(whole, node)
            ast.copy_location(whole.left, node)
            scope[node.target.id] = self.value(whole, scope)

    def _If(self, node: ast.If, scope: Scope) -> None:
        self.body([node], scope)

    def _For(self, node: ast.For, scope: Scope) -> None:
        items = self.value(node.iter, scope)
        if isinstance(items, dict):
            items = list(items)
        if isinstance(items, list):
            for item in items:
                self.assign(node.target, item, scope)
                outer = self.steps
                try:
                    self.body(node.body, scope)
                except _Leave:
                    self.steps = outer
                    if any(isinstance(one, ast.Break | ast.Return | ast.Raise) for one in ast.walk(node)):
                        break
            return
        self.assign(node.target, Each(items) if isinstance(items, Names) else HOLE, scope)
        steps, _, _ = self.branch(node.body, dict(scope))
        if steps:
            self.steps.append(Choice(self.unknown(node.iter), steps, []))

    _AsyncFor = _For

    def _While(self, node: ast.While, scope: Scope) -> None:
        if isinstance(node.test, ast.Constant) and node.test.value:  # it is tried until it holds
            try:
                self.body(node.body, scope)
            except _Leave:
                if any(isinstance(one, ast.Return) for one in ast.walk(node)):
                    raise
            return
        steps, _, _ = self.branch(node.body, dict(scope))
        if steps:
            self.steps.append(Choice(self.unknown(node.test), steps, []))

    def _With(self, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        for item in node.items:
            value = self.value(item.context_expr, scope)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value, scope)
        self.body(node.body, scope)

    _AsyncWith = _With

    def _Try(self, node: ast.Try, scope: Scope) -> None:
        steps, value, _ = self.branch(node.body, scope)
        caught = bool(node.handlers) and not any(
            isinstance(one, ast.Raise) for handler in node.handlers for one in handler.body
        )
        if steps:
            self.steps += [Guarded(steps)] if caught else steps
        for handler in node.handlers:
            if caught:
                instead, _, _ = self.branch(handler.body, dict(scope))
                if instead:
                    self.steps.append(Choice('"what stands before it fails"', instead, []))
        if value is not _STAYS:
            raise _Leave(value)
        self.body(node.orelse, scope)
        self.body(node.finalbody, scope)

    _TryStar = _Try

    def _Return(self, node: ast.Return, scope: Scope) -> None:
        raise _Leave(self.value(node.value, scope))

    def _Raise(self, node: ast.Raise, scope: Scope) -> None:
        raise _Leave(HOLE)

    _Continue = _Raise
    _Break = _Raise

    def _FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        scope[node.name] = Function(node, scope)

    _AsyncFunctionDef = _FunctionDef

    # ---- calls

    def called(self, callee: Any, made: Made, scope: Scope) -> Any:
        """Return what a call of a function comes to; what it does to a schema is a step."""
        self.count += 1
        if self.count > MAX_STEPS:
            raise _TooMuch
        if isinstance(callee, Function):
            return self.function(callee, made)
        if isinstance(made.receiver, Batch):
            return self.operate(made.path, made, made.receiver)
        if made.receiver is None and made.path.startswith("alembic.op."):
            return self.operate(made.path[11:], made, None)
        if made.receiver is None:
            return self.of_module(made)
        return self.of_value(made)

    def operate(self, name: str, made: Made, batch: Batch | None) -> Any:
        if name == "f":
            given = made.arguments[0] if made.arguments else made.named.get("name", HOLE)
            return shortened(given) if is_known_text(given) and len(given) > NAME_LENGTH else given
        if name == "batch_alter_table":
            table = made.arguments[0] if made.arguments else made.named.get("table_name", HOLE)
            return Batch(table, made.named.get("schema", made.arguments[1] if len(made.arguments) > 1 else None))
        if name in ("get_bind", "get_context", "inline_literal"):
            return made if name == "inline_literal" else HOLE
        self.steps += operation(name, made, batch)
        return HOLE

    def of_module(self, made: Made) -> Any:
        """What a call of something imported gives."""
        path, arguments = made.path, made.arguments
        first = arguments[0] if arguments else HOLE
        if path in ("textwrap.dedent", "inspect.cleandoc") and isinstance(first, str):
            import textwrap

            return Text(textwrap.dedent(first), made.span)
        if path.endswith(_INSPECTS):
            return Ref(INSPECTOR)
        if path.endswith("context.is_offline_mode"):
            return False
        if (dialect := _DIALECT.fullmatch(made.name)) is not None:
            return dialect[1].lower() in ("pg", "psql", "postgres", "postgresql")
        if made.name in ("create_all", "drop_all"):
            self.steps.append(Unclear(f"what {made.name} makes is not written here", made.span, ANYTHING))
            return HOLE
        return made

    def of_value(self, made: Made) -> Any:
        """What a method of a value gives that is none of Python's."""
        receiver = made.receiver
        if made.path in _EXECUTES and made.arguments and not isinstance(receiver, Batch):
            for step in execute(made.arguments[0], made):
                self.steps.append(step)
                if isinstance(step, Raw):
                    return self.answer(step.text, made)
            return HOLE
        if made.path in ("create", "drop") and isinstance(receiver, Made):
            if receiver.name in ("ENUM", "Enum"):
                self.steps += enum_method(made)
            elif is_a(receiver, "Table", "Index"):
                self.steps += self.table(receiver, made)
            return HOLE
        if made.path in ("create_all", "drop_all"):
            self.steps.append(Unclear(f"what {made.path} makes is not written here", made.span, ANYTHING))
            return HOLE
        if made.path in ("scalar", "first", "fetchone") and receiver is HOLE:
            return HOLE
        if isinstance(receiver, Ref) and receiver.path in (DIALECT, INSPECTOR):
            return HOLE
        return made if isinstance(receiver, Made) else HOLE

    def answer(self, text: str, made: Made) -> Any:
        """The answer to a query that is executed."""
        given = made.arguments[1] if len(made.arguments) > 1 else {}
        if not isinstance(given, dict):
            return HOLE
        sql = str(text).strip().rstrip(";")
        for name, value in sorted(given.items(), key=lambda entry: -len(str(entry[0]))):
            if is_known_text(value):
                sql = sql.replace(f":{name}", quote_literal(value))
        if HOLE_CHARACTER in sql or not sql.lower().startswith(("select", "with")):
            return HOLE
        return Asked(sql, made.path == "scalar")

    def table(self, receiver: Made, made: Made) -> list[Step]:
        """`sa.Table("orders", metadata, sa.Column(…)).create(bind)`."""
        if made.path != "create" or receiver.name != "Table" or not receiver.arguments:
            return [
                Unclear(f"what {made.path} does here is not told", made.span, frozenset(texts_in(receiver)) or None)
            ]
        arguments = (receiver.arguments[0], *receiver.arguments[2:])
        whole = Made(
            "alembic.op.create_table", arguments, receiver.named, receiver.span, None, receiver.spread, receiver.head
        )
        return operation("create_table", whole, None)

    def function(self, callee: Function, made: Made) -> Any:
        """Follow a function of the file with what it is given."""
        if self.depth >= MAX_DEPTH:
            raise _TooMuch
        node = callee.node
        scope = {**callee.within, **self.parameters(node.args, made)}
        self.depth += 1
        outer = self.steps
        try:
            self.body(node.body, scope)
        except _Leave as leave:
            self.steps = outer
            return leave.value
        finally:
            self.depth -= 1
        return None

    def parameters(self, given: ast.arguments, made: Made) -> Scope:
        names = [one.arg for one in (*given.posonlyargs, *given.args)]
        scope: Scope = dict.fromkeys((*names, *(one.arg for one in given.kwonlyargs)), HOLE)
        defaults = list(zip(names[len(names) - len(given.defaults) :], given.defaults, strict=True))
        defaults += [(one.arg, node) for one, node in zip(given.kwonlyargs, given.kw_defaults, strict=True) if node]
        for name, node in defaults:
            scope[name] = self.value(node, self.module)
        scope |= dict(zip(names, made.arguments, strict=False))
        scope |= {name: value for name, value in made.named.items() if name in scope}
        if given.vararg is not None:
            scope[given.vararg.arg] = HOLE if made.spread else list(made.arguments[len(names) :])
        if given.kwarg is not None:
            scope[given.kwarg.arg] = {name: value for name, value in made.named.items() if name not in scope}
        return scope

    def strange(self, made: Made) -> Iterator[Step]:
        """Say what a call may do whose function is not in the file, where that may be a schema's change."""
        root = made.path.lstrip(".").partition(".")[0]
        known = root in sys.stdlib_module_names or root in ("builtins", "sqlalchemy", "sqlmodel", "alembic", "tripoint")
        if made.receiver is not None or known:
            return
        name = made.name.lower()
        if not any(part in name for part in _DEFINING):
            return
        names = frozenset(text for text in texts_in(made) if is_known_text(text) and text.isidentifier())
        yield Unclear(f"what {made.name} does is not in this file", made.span, names or ANYTHING)
