"""`tripoint fix`: replace wrong names in code where it is certain what was meant; show the rest as suggestions."""

from __future__ import annotations

import argparse

from tripoint.audit import AuditError, audit, limited
from tripoint.commands.auditing import demanding, settings
from tripoint.commands.outcome import CommandError, Outcome, Screen
from tripoint.commands.speed import quick
from tripoint.commands.write import replace_file
from tripoint.config import ConfigError
from tripoint.model.hidden import visible
from tripoint.model.words import counted
from tripoint.propose.edits import Left, fix_names, unified_diff
from tripoint.tree import RootError, TreeError, WorkTree

__all__ = ["run"]


def run(arguments: argparse.Namespace, screen: Screen) -> Outcome:
    """Return a unified diff and the suggestions that are left; with `--write`, change the files too."""
    try:
        tree = WorkTree(arguments.path)
        config = demanding(settings(tree, arguments.config), "documents", "migrations", "code")
        tree = limited(tree, config)
        screen.progress("auditing")
        options = quick(arguments)
        current = audit(tree, config, options)
        screen.progress("auditing again with the changes")
        fixed = fix_names(current, tree, config, options)
    except (AuditError, ConfigError, RootError, TreeError) as error:
        raise CommandError(str(error)) from error
    finally:
        screen.progress("")
    if arguments.write:
        for path, (before, after) in fixed.changed.items():
            replace_file(tree.folder, path, before, after)
    parts = [unified_diff(fixed.changed)]
    parts.append(_summary(fixed.names, len(fixed.changed), arguments.write))
    parts += [_suggestion(one) for one in sorted(fixed.left, key=lambda one: (one.database, one.subject))]
    return Outcome("".join(part for part in parts if part))


def _summary(edits: int, files: int, written: bool) -> str:
    if not edits:
        return "# Nothing is certain enough to be replaced.\n"
    done = "replaced" if written else "to replace with --write"
    return f"# {counted(edits, 'name')} in {counted(files, 'file')} {done}.\n"


def _suggestion(left: Left) -> str:
    return (
        visible(
            f"# {left.subject}: {left.suggestion.target} may be meant ({left.suggestion.confidence:.0%}); "
            f"left, since {left.reason}."
        )
        + "\n"
    )
