"""The project's record of who may do what to whose rows: a TOML file with one line for each role's operation.

    [default."public.campaigns"]
    anon.select = { any = false }
    authenticated.select = { own = true, other = false, "other where sharing <> 'private'" = true }

`"not proven"` stands where nothing could be seen. The file is written anew as a whole, so that it reads as the matrix
does, and its differences in a pull request are the changes of access.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import get_args

from msgspec import Struct, convert

from tripoint.model.place import Place
from tripoint.model.proof import Access, AccessChange, Operation, Outcome, Rows
from tripoint.model.regex import regex
from tripoint.model.toml import read_toml

__all__ = ["RECORD", "RecordError", "Recorded", "changes", "read_record", "write_record"]

RECORD = "tripoint-access.toml"
"""The file's name, at the root of the project."""

_HEAD = """\
# Who may do what to whose rows, as `tripoint prove` saw it on a database made of the migrations.
# `tripoint prove --write` writes this file anew; a proof that sees something else is a finding.
# own: the user's own row; tenant: a colleague's; other: a stranger's; any: whosever, or without a user.
# "other where …": in the state that a policy asks for, where the row as its defaults make it is not in it.
"""
_OUTCOMES: dict[Outcome, str] = {"allowed": "true", "denied": "false", "not-proven": '"not proven"'}
_VALUES: dict[object, Outcome] = {True: "allowed", False: "denied", "not proven": "not-proven"}
_DEPTH = 5
"""Database, table, role, operation, rows."""
_WHERE = " where "
_BARE = regex(r"[A-Za-z0-9_-]+")

Cell = tuple[str, str, str, str, str]
"""Database, table, role, operation, rows."""


class RecordError(Exception):
    """The record can't be read; the message is one sentence with the file's name."""


class Recorded(Struct, frozen=True):
    """What a record says, and the line on which it says so."""

    outcomes: dict[Cell, Outcome]
    places: dict[Cell, Place]


def write_record(access: Iterable[Access]) -> str:
    """Return the record of a matrix."""
    blocks = [_HEAD]
    ordered = sorted(access, key=lambda a: (a.database, a.table, a.role, get_args(Operation).index(a.operation)))
    for (database, table), cells in groupby(ordered, key=lambda a: (a.database, a.table)):
        lines = [f"[{_key(database)}.{_key(table)}]"]
        for (role, operation), of_role in groupby(cells, key=lambda a: (a.role, a.operation)):
            by_rows = sorted(of_role, key=lambda a: (get_args(Rows).index(a.rows), a.where or ""))
            listed = ", ".join(f"{_key(_rows(cell))} = {_OUTCOMES[cell.outcome]}" for cell in by_rows)
            lines.append(f"{_key(role)}.{operation} = {{ {listed} }}")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def _rows(cell: Access) -> str:
    return f"{cell.rows}{_WHERE}{cell.where}" if cell.where is not None else cell.rows


def _key(text: str) -> str:
    """Return a TOML key."""
    if _BARE.fullmatch(text):
        return text
    escaped = "".join(
        f"\\u{ord(c):04x}" if ord(c) < 0x20 or ord(c) == 0x7F else "\\" + c if c in '"\\' else c for c in text
    )
    return f'"{escaped}"'


def read_record(data: bytes, path: str = RECORD) -> Recorded:
    """Read a record. Raises `RecordError`."""
    try:
        text = data.decode("utf-8")
        tree = read_toml(text)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{path} can't be read as TOML: {error}; tripoint prove --write writes it anew") from error
    outcomes = dict(_cells(tree, path))
    return Recorded(outcomes, _places(text, path, outcomes))


def _cells(tree: dict[str, object], path: str) -> Iterator[tuple[Cell, Outcome]]:
    for keys, value in _leaves(tree, ()):
        outcome = _VALUES.get(value) if isinstance(value, bool | str) else None
        known = len(keys) == 5 and keys[3] in get_args(Operation) and keys[4].partition(_WHERE)[0] in get_args(Rows)
        if outcome is None or not known:
            shown = ".".join(map(_key, keys))
            raise RecordError(
                f"{path}: {shown} is not the line of an access, such as authenticated.select = {{ own = true }}; "
                "tripoint prove --write writes the file anew"
            )
        yield (keys[0], keys[1], keys[2], keys[3], keys[4]), outcome


def _leaves(value: object, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, dict) and len(keys) < _DEPTH:
        for key, inner in value.items():
            yield from _leaves(inner, (*keys, key))
    else:
        yield keys, value


def _places(text: str, path: str, outcomes: dict[Cell, Outcome]) -> dict[Cell, Place]:
    """Return where each cell's line stands, for lines as they are written."""
    heads = {f"[{_key(cell[0])}.{_key(cell[1])}]": cell[:2] for cell in outcomes}
    starts: dict[tuple[str, ...], list[Cell]] = {}
    for cell in outcomes:
        starts.setdefault((*cell[:2], f"{_key(cell[2])}.{cell[3]}"), []).append(cell)
    places: dict[Cell, Place] = {}
    table: tuple[str, ...] = ()
    offset = 0
    for line in text.splitlines(keepends=True):
        stripped = line.strip()
        table = heads.get(stripped, table)
        for cell in starts.get((*table, stripped.partition("=")[0].strip()), ()):
            places[cell] = Place(path, offset, offset + len(line.rstrip().encode()))
        offset += len(line.encode())
    return places


def changes(recorded: Recorded, access: Iterable[Access]) -> tuple[AccessChange, ...]:
    """Return the cells that were seen otherwise than recorded, in the matrix's order.

    What is not proven on either side is no change. A cell that the record lacks is one where it is allowed to others.
    """
    found = []
    missing = dict.fromkeys(cell for cell, outcome in recorded.outcomes.items() if outcome == "allowed")
    tables = set[tuple[str, str]]()
    for seen in access:
        cell: Cell = (seen.database, seen.table, seen.role, seen.operation, _rows(seen))
        before = recorded.outcomes.get(cell)
        missing.pop(cell, None)
        tables.add(cell[:2])
        if seen.outcome == "not-proven" or before in (seen.outcome, "not-proven"):
            continue
        if before is None and (seen.outcome == "denied" or seen.rows == "own" or seen.role == "service_role"):
            continue
        place = recorded.places.get(cell)
        found.append(
            AccessChange(seen.table, seen.role, seen.operation, seen.rows, before, seen.outcome, place, seen.where)
        )
    for cell in missing:
        rows, _, where = cell[4].partition(_WHERE)
        if where and not where.startswith("not (") and cell[:2] in tables:  # no policy asks for this state any more
            known = convert((cell[2], cell[3], rows), tuple[str, Operation, Rows])
            found.append(AccessChange(cell[1], *known, "allowed", "denied", recorded.places.get(cell), where))
    return tuple(found)
