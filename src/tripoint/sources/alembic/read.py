"""One revision of Alembic → the statements that it sends to PostgreSQL, each with its place in the Python file.

What it does by what the database holds (`if not inspector.has_table(…)`) becomes a DO block, which the fold follows as
it follows a project's own. Nothing is run, and nothing is imported.
"""

from __future__ import annotations

import ast
import warnings

from tripoint.sources.alembic.lines import Lines
from tripoint.sources.alembic.run import follow
from tripoint.sources.programs.steps import ANYTHING, Unclear
from tripoint.sources.programs.write import write
from tripoint.sql.facts import SqlFacts

__all__ = ["read_revision"]


def read_revision(data: bytes) -> SqlFacts:
    """Return what a revision does as statements of SQL. Never raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        where = f" in line {line}" if line else ""
        reason = f"Python's grammar refuses the file{where}: what the migration does is not read"
        return write(lambda: [Unclear(reason, (0, 0), ANYTHING)])
    return write(lambda: follow(_with_steps(tree), Lines(data)))


def _with_steps(tree: ast.Module) -> ast.Module:
    """Return the module; of one that gives steps to yoyo, with an `upgrade()` that does what they apply."""
    imported = [node for node in tree.body if isinstance(node, ast.ImportFrom | ast.Import)]
    named = {getattr(node, "module", None) for node in imported} | {a.name for node in imported for a in node.names}
    if "yoyo" not in named:
        return tree
    body: list[ast.stmt] = []
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for statement in tree.body:
        for call in _steps(statement):
            apply = next(
                (one.value for one in call.keywords if one.arg == "apply"), call.args[0] if call.args else None
            )
            runs = isinstance(apply, ast.Lambda) or (isinstance(apply, ast.Name) and apply.id in functions)
            if apply is not None:
                text = "f(op.get_bind())" if runs else "op.execute(f)"
                made = ast.copy_location(ast.parse(text, mode="eval").body, call)
                assert isinstance(made, ast.Call)
                if runs:
                    made.func = apply
                else:
                    made.args = [apply]
                body.append(ast.fix_missing_locations(ast.copy_location(ast.Expr(made), call)))
    upgrade = ast.parse("def upgrade(op):\n    pass").body[0]
    assert isinstance(upgrade, ast.FunctionDef)
    upgrade.body = body or upgrade.body
    return ast.Module([*(node for node in tree.body if not isinstance(node, ast.Expr)), upgrade], [])


def _steps(statement: ast.stmt) -> list[ast.Call]:
    """Return the calls of `step(…)` in a statement of a module, in their order."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return []
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
    named = [
        c for c in calls if (c.func.attr if isinstance(c.func, ast.Attribute) else getattr(c.func, "id", "")) == "step"
    ]
    return sorted(named, key=lambda call: (call.lineno, call.col_offset))
