"""The history with proposals in it, run: replayed, and its new policies tried with generated users."""

from __future__ import annotations

from collections.abc import Iterable

from tripoint.model.evidence import Evidence
from tripoint.model.name import Name
from tripoint.postgres.binaries import ServerUnavailable
from tripoint.postgres.server import Server
from tripoint.proof.holds import policies_hold
from tripoint.proof.prove import prove_on
from tripoint.sources.database.replay import Replayed, Script, replay
from tripoint.sources.migrations.preamble import preamble
from tripoint.sql.read import read_sql
from tripoint.tree import Tree, TreeError

__all__ = ["replay_history"]

_SECONDS = 60.0
"""How long the policies of the proposals are tried."""


def replay_history(
    evidence: Evidence, tree: Tree, tables: Iterable[Name] = ()
) -> tuple[Replayed | str, dict[Name, str]]:
    """Replay the migrations of a database as they stand in `tree`, and try the policies of `tables` on what they made.

    Return what became of it, or why that can't be done in words; and by table why its policies do not hold for two
    generated users, or why that could not be shown. Only tables that have policies are tried.
    """
    scripts = _scripts(evidence, tree)
    if isinstance(scripts, str):
        return f"the history can't be replayed: {scripts}", {}
    from tripoint.hear import assumed_settings

    platform, settings = evidence.database.platform, assumed_settings(evidence.database.settings)
    defined = evidence.defined.tables
    asked = frozenset(name for name in tables if name in defined and defined[name].policies)
    reasons = dict.fromkeys(asked, "its policies were not tried")

    def try_policies(server: Server) -> None:
        found = prove_on(server, platform, settings, tables=asked, total=_SECONDS)
        for name in sorted(asked):
            held = policies_hold(found, name)
            if held.holds:
                del reasons[name]
            else:
                tried = "its policies do not hold" if held.holds is False else "its policies were not proven"
                reasons[name] = f"{tried} for two generated users: {held.reason}"

    try:
        return replay(scripts, platform, settings, visit=try_policies if asked else None), reasons
    except ServerUnavailable as error:
        return f"not replayed: {error}", {}


def _scripts(evidence: Evidence, tree: Tree) -> list[Script] | str:
    if any(migration.program for migration in evidence.database.migrations):
        return "migrations in code are read, and not run"
    scripts = [Script(path, facts) for path, facts in preamble(evidence.database)]
    for migration in evidence.database.migrations:
        try:
            data = tree.read(migration.path)
        except TreeError as error:
            return str(error)
        scripts.append(Script(migration.path, read_sql(data), migration.transaction))
    return scripts
