"""Tables of which a proof saw the same, so that one matrix stands for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from tripoint.model.proof import Access, Operation, Rows

__all__ = ["WHOSE", "Caller", "Group", "groups", "reasons", "whose"]

Caller = tuple[str, Rows, str | None]
"""Who asks, whose row it is, and in which state."""

WHOSE: dict[Rows, str] = {"own": "own", "tenant": "a colleague's", "other": "a stranger's", "any": "any"}

_ORDER: tuple[Operation, ...] = ("execute", "select", "insert", "update", "delete")
_TABLE: tuple[Operation, ...] = ("select", "insert", "update", "delete")


class Group(Struct, frozen=True):
    """Tables or functions with the same access."""

    database: str
    names: tuple[str, ...]
    matrix: dict[Caller, dict[Operation, Access]]
    """The cells of the first of them. A state of a row in which nothing differs has no line."""

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What was tried: all four on tables, whether or not each of them could be."""
        tried = {operation for cells in self.matrix.values() for operation in cells}
        return _TABLE if "execute" not in tried else tuple(o for o in _ORDER if o in tried)


def whose(rows: Rows, where: str | None) -> str:
    """Return whose row it is, and in which state."""
    return f"{WHOSE[rows]}, where {where}" if where is not None else WHOSE[rows]


def groups(access: Sequence[Access], first: frozenset[str] = frozenset()) -> list[Group]:
    """Return the groups: those of the tables in `first`, then what is the more open, and functions after tables."""
    found: dict[object, tuple[str, list[str], dict[Caller, dict[Operation, Access]]]] = {}
    for database, table, matrix in _matrices(access):
        outcomes = tuple((caller, o, cell.outcome) for caller, cells in matrix.items() for o, cell in cells.items())
        key = database, _subject(table) in first, outcomes
        found.setdefault(key, (database, [], matrix))[1].append(table)
    made = [Group(database, tuple(names), matrix) for database, names, matrix in found.values()]
    return sorted(
        made, key=lambda g: (g.database, _subject(g.names[0]) not in first, "execute" in g.operations, *_openness(g))
    )


def _subject(name: str) -> str:
    """Return what findings call it: a function without the types of its arguments."""
    return name.partition("(")[0]


def _matrices(access: Sequence[Access]) -> Iterator[tuple[str, str, dict[Caller, dict[Operation, Access]]]]:
    ordered = sorted(access, key=lambda cell: (cell.database, cell.table))
    for (database, table), cells in groupby(ordered, key=lambda cell: (cell.database, cell.table)):
        matrix: dict[Caller, dict[Operation, Access]] = {}
        for cell in cells:
            matrix.setdefault((cell.role, cell.rows, cell.where), {})[cell.operation] = cell
        order = sorted(matrix, key=lambda c: (c[0], list(WHOSE).index(c[1]), c[2] or ""))
        shown = [caller for caller in order if caller[2] is None or _differs(matrix, caller)]
        yield database, table, {caller: dict(sorted(matrix[caller].items())) for caller in shown}


def _differs(matrix: dict[Caller, dict[Operation, Access]], caller: Caller) -> bool:
    usual = matrix.get((caller[0], caller[1], None), {})
    return any(o not in usual or usual[o].outcome != cell.outcome for o, cell in matrix[caller].items())


def _openness(group: Group) -> tuple[int, int, str]:
    """Order by what strangers may do, writing before reading, the most first; then by what is not proven."""
    strangers = [cells for (role, rows, _), cells in group.matrix.items() if rows == "other" or role == "anon"]
    cells = [cell for found in strangers for cell in found.values()]
    allowed = [cell for cell in cells if cell.outcome == "allowed"]
    weight = sum(1 if cell.operation in ("select", "execute") else 10 for cell in allowed)
    unproven = sum(cell.outcome == "not-proven" for found in group.matrix.values() for cell in found.values())
    return -weight, -unproven, group.names[0]


def reasons(access: Sequence[Access]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return why something is not proven, each reason with the tables that it holds of and their operations.

    The operations are words in brackets; of a function, and where they are all, they go without saying.
    """
    found: dict[str, dict[str, list[Operation]]] = {}
    for cell in access:
        if cell.outcome == "not-proven":
            tried = found.setdefault(cell.reason or "", {}).setdefault(cell.table, [])
            if cell.operation not in tried:
                tried.append(cell.operation)
    return [(reason, [(name, _said(tried)) for name, tried in tables.items()]) for reason, tables in found.items()]


def _said(tried: Sequence[Operation]) -> str:
    return "" if "execute" in tried or len(tried) == 4 else f" ({', '.join(tried)})"
