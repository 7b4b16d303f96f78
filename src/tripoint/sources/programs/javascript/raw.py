"""Runners whose migrations send SQL as it stands: MikroORM's `this.addSql`, db-migrate's `db.runSql`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tripoint.sources.programs.javascript.values import Function, Handle, Value
from tripoint.sources.programs.javascript.written_by import unread
from tripoint.sql.system_views import HOLE

if TYPE_CHECKING:
    from tripoint.sources.programs.javascript.run import Run

__all__ = ["interpret_db_migrate", "interpret_mikro_orm"]

_HARMLESS = frozenset(["insert", "all", "startMigration", "endMigration", "isDryRun", "getKnex", "getEntityManager"])


def interpret_mikro_orm(run: Run, handle: Handle) -> Value:
    """Do what a call of a MikroORM migration's own methods does."""
    link = handle.links[-1]
    if link.name in ("addSql", "execute"):
        run.raw(link.argument(0), link.span)
    elif link.name not in _HARMLESS:
        unread(run, link, "its effect can't be told")
    return HOLE


def interpret_db_migrate(run: Run, handle: Handle) -> Value:
    """Do what a call of db-migrate's driver does."""
    link = handle.links[-1]
    if link.name in ("runSql", "query") or (link.name == "all" and isinstance(link.argument(0), str)):
        run.raw(link.argument(0), link.span)
    elif link.name == "dropTable" and isinstance(link.argument(0), str):
        run.raw(f'DROP TABLE IF EXISTS "{link.argument(0)}"', link.span)
    elif link.name not in _HARMLESS:
        unread(run, link, "its effect can't be told")
    for given in link.arguments or ():
        if isinstance(given, Function):
            run.flush(run.invoke(given, []))
    return HOLE
