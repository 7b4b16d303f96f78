"""Why PostgreSQL refused a statement, as far as the project itself explains it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tripoint.model.evidence import Failure
from tripoint.model.place import Place
from tripoint.model.regex import regex
from tripoint.postgres.extensions import brought_by
from tripoint.sql.facts import Statement

if TYPE_CHECKING:
    from tripoint.sources.database.replay import Script

__all__ = ["creates", "explain", "missing_name"]

# The object that PostgreSQL misses, by its own words (untranslated: the server runs with lc_messages C).
_MISSING = tuple(
    regex(pattern)
    for pattern in (
        r'^relation "(?P<name>.+)" does not exist$',
        r'^(?:foreign )?table "(?P<name>.+)" does not exist$',
        r'^(?:materialized )?view "(?P<name>.+)" does not exist$',
        r'^type "?(?P<name>[^"]+)"? does not exist$',
        r"^function (?P<name>[^(]+)\(.*\) does not exist$",
        r'^schema "(?P<name>.+)" does not exist$',
        r'^role "(?P<name>.+)" does not exist$',
        r'^column "(?P<column>.+)" of relation ".+" does not exist$',
        r'^column "?(?:[^"]+\.)?(?P<column>[^".]+)"? does not exist$',
    )
)
_WITHIN = regex(
    r"\bcreate\s+(?:or\s+replace\s+)?(?:(?:temp|temporary|unlogged|materialized|foreign)\s+)*"
    r"(?:table|view|type|domain|sequence|function|procedure|schema|role)\s+(?:if\s+not\s+exists\s+)?"
    r"(?P<name>[^\s(;,]+)",
    re.I,
)
"""What a block makes, or a statement that PostgreSQL's grammar refuses, as far as it stands in the text."""
_NAMED = {
    "CreateStmt": "relation",
    "CreateForeignTableStmt": "relation",
    "ViewStmt": "view",
    "CreateTableAsStmt": "into",
    "CompositeTypeStmt": "typevar",
}


def explain(scripts: Sequence[Script], failures: Iterable[Failure], whole: bool) -> tuple[Failure, ...]:
    """Return the failures with what explains each: an earlier refusal, a creation too late, or none.

    `whole` says that a refusal took all of its file with it.
    """
    made: dict[str, list[Place]] = {}
    order: dict[str, int] = {}
    extensions: dict[str, tuple[int, int]] = {}
    for number, script in enumerate(scripts):
        order[script.path] = number
        for statement in script.facts.statements:
            for name in creates(statement):
                made.setdefault(name, []).append(Place(script.path, statement.start, statement.end))
            if statement.kind == "CreateExtensionStmt":
                extensions.setdefault(statement.node.get("extname", ""), (number, statement.start))
    refused: set[Place] = set()
    broken: set[str] = set()
    found = []
    for failure in failures:
        found.append(_explained(failure, made, refused, broken, order, extensions))
        refused.add(failure.place)
        if whole:
            broken.add(failure.place.path)
    return tuple(found)


def _explained(
    failure: Failure,
    made: dict[str, list[Place]],
    refused: set[Place],
    broken: set[str],
    order: dict[str, int],
    extensions: dict[str, tuple[int, int]],
) -> Failure:
    name = missing_name(failure.message)
    if name is None:
        return failure
    # Where a column of that name is made is looked up under the name with a dot before it.
    column = failure.message.startswith("column")
    places = made.get("." + name if column else name.rpartition(".")[2], [])
    here = (order[failure.place.path], failure.place.start)
    earlier = [place for place in places if (order[place.path], place.start) < here]
    later = [place for place in places if (order[place.path], place.start) > here]
    because = next((place for place in earlier if place in refused), None)
    because = because or next((place for place in earlier if place.path in broken), None)
    if because is not None:
        return replace(
            failure, explanation=f"{name} would have been made by a statement that was refused", because=because
        )
    if later and not earlier:
        return replace(failure, explanation=f"{name} is made only later", because=later[0])
    if not places:
        extension = None if column else brought_by(name)
        if extension is not None and extension in extensions and extensions[extension] <= here:
            return failure
        if extension is not None:
            created = "is created only later" if extension in extensions else "no migration creates"
            reason = f"{name} comes with the extension {extension}, which {created}"
            return replace(failure, explanation=reason, extension=extension)
        return replace(failure, explanation=f"no migration makes {name}")
    return failure


def missing_name(message: str) -> str | None:
    """Return what PostgreSQL says does not exist, unquoted, with its schema where it names one."""
    match = next(filter(None, (pattern.match(message) for pattern in _MISSING)), None)
    return None if match is None else next(filter(None, match.groups())).replace('"', "")


def creates(statement: Statement) -> Iterator[str]:
    """Yield the unqualified names of what a statement creates or renames to, those of columns after a dot."""
    node: dict[str, Any] = statement.node
    kind = statement.kind
    if kind == "DoStmt" or statement.recovered:
        yield from (found["name"].rpartition(".")[2].strip('"') for found in _WITHIN.finditer(statement.text))
        return
    for element in node.get("tableElts", ()) or node.get("base", {}).get("tableElts", ()):
        yield "." + element.get("ColumnDef", {}).get("colname", "")
    for command in node.get("cmds", ()) if kind == "AlterTableStmt" else ():
        yield "." + command.get("AlterTableCmd", {}).get("def", {}).get("ColumnDef", {}).get("colname", "")
    if kind == "RenameStmt" and node.get("renameType") == "OBJECT_COLUMN":
        yield "." + node.get("newname", "")
    if kind in _NAMED:
        part = node.get("base", node) if kind == "CreateForeignTableStmt" else node
        relation = part.get(_NAMED[kind], {})
        relation = relation.get("rel", relation)
        if relation.get("relname"):
            yield relation["relname"]
    elif kind in ("CreateEnumStmt", "CreateRangeStmt"):
        yield _last(node.get("typeName", []))
    elif kind == "CreateDomainStmt":
        yield _last(node.get("domainname", []))
    elif kind == "CreateFunctionStmt":
        yield _last(node.get("funcname", []))
    elif kind == "CreateSeqStmt":
        yield node.get("sequence", {}).get("relname", "")
    elif kind == "CreateSchemaStmt":
        yield node.get("schemaname", "")
    elif kind == "CreateRoleStmt":
        yield node.get("role", "")
    elif kind == "RenameStmt" and node.get("renameType") in ("OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_TYPE"):
        yield node.get("newname", "")


def _last(names: list[dict[str, Any]]) -> str:
    text = names[-1].get("String", {}).get("sval", "") if names else ""
    return str(text)
