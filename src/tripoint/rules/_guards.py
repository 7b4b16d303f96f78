"""The columns by which a policy ties a row to its caller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tripoint.model.catalog import Table
from tripoint.model.evidence import Evidence
from tripoint.rules._access import find_relation
from tripoint.rules._conditions import asks_in, nodes_in, nodes_of
from tripoint.sql.dependencies import relations_in
from tripoint.sql.facts import Node
from tripoint.sql.types import strings

__all__ = ["columns_in", "guards", "trigger_minds"]


def guards(expression: str | None, table: Table, evidence: Evidence) -> dict[str, bool]:
    """Return the columns of `table` that a condition ties to the caller.

    True for one that is compared with the caller's own id (`user_id = auth.uid()`), false for one that leads there
    through a query or a function (`team_id in (select …)`, `is_member(team_id)`).
    """
    found: dict[str, bool] = {}
    for column, direct in _tied(nodes_in(expression), table, evidence):
        found[column] = found.get(column, False) or direct
    return found


def columns_in(expression: str | None, table: Table) -> frozenset[str]:
    """Return every column of `table` that a condition names."""
    return frozenset(_columns(nodes_in(expression), table, frozenset()))


def trigger_minds(table: Table, event: str, columns: frozenset[str], evidence: Evidence) -> bool:
    """Whether a trigger before `event` speaks of one of the columns: it may set or refuse what policies let pass."""
    for trigger in table.triggers.values():
        if trigger.timing != "before" or event not in trigger.events:
            continue
        text = " ".join(function.body or "" for function in evidence.defined.functions.get(trigger.function, ()))
        if any(column in text for column in columns):
            return True
    return False


def _tied(nodes: Iterable[tuple[str, Node]], table: Table, evidence: Evidence) -> Iterator[tuple[str, bool]]:
    for tag, body in nodes:
        if tag == "A_Expr":
            sides = (body.get("lexpr"), body.get("rexpr"))
            for side, other in (sides, sides[::-1]):
                column = _own_column(side, table)
                if column is not None and asks_in(other):
                    yield column, not any(inner in ("RangeVar", "FromExpr") for inner, _ in nodes_of(other))
        elif tag == "SubLink":
            column = _own_column(body.get("testexpr"), table)
            if column is not None and body["subLinkType"] == "ANY_SUBLINK":
                yield column, False
            names = frozenset(
                name
                for reference in relations_in(body["subselect"])
                if (relation := find_relation(reference.name, evidence)) is not None
                for name in relation.columns
            )
            yield from ((name, False) for name in _columns(nodes_of(body["subselect"]), table, names))
        elif tag == "FuncCall" and strings(body["funcname"])[0] != "auth":
            for argument in body.get("args", ()):
                column = _own_column(argument, table)
                if column is not None:
                    yield column, False


def _columns(nodes: Iterable[tuple[str, Node]], table: Table, hidden: frozenset[str]) -> Iterator[str]:
    """Yield the table's columns in a part of a condition; an unqualified name in `hidden` is another relation's."""
    for tag, body in nodes:
        if tag == "ColumnRef":
            name = strings(body["fields"])
            if len(name) > 1 and name[-2] == table.name.name and name[-1] in table.columns:
                yield name[-1]
            elif len(name) == 1 and name[0] in table.columns and name[0] not in hidden:
                yield name[0]


def _own_column(node: Node | None, table: Table) -> str | None:
    while node is not None and "TypeCast" in node:
        node = node["TypeCast"]["arg"]
    reference = node.get("ColumnRef") if node is not None else None
    if reference is None:
        return None
    name = strings(reference["fields"])
    known = name and name[-1] in table.columns and (len(name) == 1 or name[-2] == table.name.name)
    return name[-1] if known else None
