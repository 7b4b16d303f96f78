"""`tripoint diagram`: the schema as Mermaid, DBML, DOT or SVG."""

from __future__ import annotations

import argparse
import difflib
from importlib import import_module

from msgspec.structs import replace

from tripoint.audit import AuditError, Options, audit, limited
from tripoint.commands.auditing import demanding, settings
from tripoint.commands.outcome import CommandError, Outcome, Screen
from tripoint.commands.speed import quick
from tripoint.config import ConfigError
from tripoint.formats.diagram import DRIFT_RULES, Diagram, around, draw
from tripoint.formats.inventory import take_inventory
from tripoint.model.audit import Audit
from tripoint.model.name import Name
from tripoint.tree import RootError, TreeError, WorkTree

__all__ = ["audited", "database_named", "run"]


def run(arguments: argparse.Namespace, screen: Screen) -> Outcome:
    """Return the diagram of one database as text."""
    if arguments.depth is not None and not arguments.table:
        raise CommandError("--depth says how far around a table to draw; give one with --table")
    current, _ = audited(arguments, screen)
    diagram = draw(current, take_inventory(current), database_named(current, arguments.of))
    if arguments.table:
        depth = 1 if arguments.depth is None else arguments.depth
        diagram = around(diagram, [_table(text, diagram) for text in arguments.table], depth)
    if not diagram.boxes:
        raise CommandError("there is no table to draw")
    text: str = import_module(f"tripoint.formats.diagram_{arguments.format}").write(diagram)
    return Outcome(text)


def audited(arguments: argparse.Namespace, screen: Screen) -> tuple[Audit, WorkTree]:
    """Audit the project that the arguments name with its own settings; raise CommandError where that can't be done."""
    try:
        tree = WorkTree(arguments.path)
        config = settings(tree, arguments.config)
        tree = limited(tree, config)
        screen.progress("auditing")
        # Of the rules those alone are asked whose findings are drawn; what a name means is not.
        asked = Options(select=frozenset(DRIFT_RULES), meanings=False)
        return audit(tree, replace(demanding(config), specialists=()), quick(arguments, asked)), tree
    except (AuditError, ConfigError, RootError, TreeError) as error:
        raise CommandError(str(error)) from error
    finally:
        screen.progress("")


def database_named(current: Audit, name: str | None) -> str:
    """Return the database that is meant: the only one, or the one of that name."""
    names = [evidence.database.name for evidence in current.evidence]
    if name is None and len(names) == 1:
        return names[0]
    if name is None:
        raise CommandError(f"the project has several databases ({', '.join(names)}); --of says which")
    if name not in names:
        raise CommandError(f"there is no database {name!r}; there is {', '.join(names)}")
    return name


def _table(text: str, diagram: Diagram) -> Name:
    """Return the table that is meant by `name` or `schema.name`; without a schema `public` goes first."""
    names = [box.name for box in diagram.boxes]
    meant = [name for name in names if str(name) == text or name.name == text]
    if meant:
        return min(meant, key=lambda name: (str(name) != text, name.schema != "public", name))
    near = difflib.get_close_matches(text, [name.name for name in names] + [str(name) for name in names], n=1)
    raise CommandError(f"there is no table {text!r}" + (f"; did you mean {near[0]}?" if near else ""))
