"""What statements change only where it is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tripoint.model.name import Name
from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.sql.facts import SqlFacts, Statement

__all__ = ["changed_if_there"]

_NAME = r"((?:\"?\w+\"?\s*\.\s*)?\"?\w+\"?)"
_CHANGED = regex(
    r"\b(?:alter\s+table(?:\s+if\s+exists)?(?:\s+only)?"
    r"|policy\s+(?:if\s+exists\s+)?(?:\"[^\"]+\"|\w+)\s+on"
    r"|create\s+(?:unique\s+)?index(?:\s+concurrently)?(?:\s+if\s+not\s+exists)?\s+\"?\w+\"?\s+on)\s+" + _NAME,
    re.I,
)
_COMMENT = regex(r"--[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)")


def changed_if_there(files: Iterable[tuple[str, SqlFacts]]) -> dict[Name, Place]:
    """Return the tables that an ALTER TABLE IF EXISTS or a DO block names, which may ask whether they are there first.

    Each comes with its first statement. That one is written for a table of which no migration tells whether it is
    there says that it is in some database.
    """
    found: dict[Name, Place] = {}
    for path, facts in files:
        for statement in facts.statements:
            for name in _named(statement):
                found.setdefault(name, Place(path, statement.start, statement.end))
    return found


def _named(statement: Statement) -> Iterator[Name]:
    if statement.kind == "AlterTableStmt":
        relation = statement.node.get("relation", {})
        if statement.node.get("missing_ok") and statement.node.get("objtype") == "OBJECT_TABLE":
            yield Name(relation.get("schemaname", "public"), relation["relname"])
    elif statement.kind == "DoStmt":
        for match in _CHANGED.finditer(_COMMENT.sub(" ", statement.text)):
            parts = [part.strip(' "').lower() for part in match[1].split(".")]
            yield Name(parts[0] if len(parts) > 1 else "public", parts[-1])
