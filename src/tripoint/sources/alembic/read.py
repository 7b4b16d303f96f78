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
    return write(lambda: follow(tree, Lines(data)))
