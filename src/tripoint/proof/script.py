"""A script that shows an access on any database with the project's migrations, pasted into psql."""

from __future__ import annotations

from tripoint.model.catalog import Table
from tripoint.model.name import Name, quote_identifier
from tripoint.proof.probes import Caller, Probe
from tripoint.proof.session import quoted
from tripoint.proof.values import literal
from tripoint.proof.world import Row, World, key_of, matching
from tripoint.proof.worlds import Builder

__all__ = ["script_of", "script_of_call"]

_SAYS = {
    "select": "it returns the row of another user",
    "insert": "it makes a row in the name of another user",
    "update": "it changes the row of another user",
    "delete": "it deletes the row of another user",
}


def script_of(builder: Builder, table: Table, probe: Probe, used: set[Name]) -> str:
    """Return the script: rows for both users, the session of the stranger, and the statement that passes.

    `used` are the tables that the policy reads: the stranger's own rows in them may be what opens the door.
    """
    key = "d" if table.name in builder.reading.privileges else "a"
    lines = [
        "begin;",
        "-- The rows as they are, without the triggers that would make others.",
        "set local session_replication_role = replica;",
    ]
    made: set[str] = set()
    for world, names in ((builder.worlds[key], {table.name}), (builder.worlds.get(probe.caller.world), used)):
        if world is not None:
            lines += _rows(builder, world, builder.ties.closure(names), made)
    lines.append("set local session_replication_role = origin;")
    lines += [f"{probe.caller.actor.preamble()};", f"{probe.statement}; -- {_SAYS[probe.access.operation]}"]
    return builder.settled("\n".join([*lines, "rollback;"]) + "\n")


def script_of_call(builder: Builder, tables: set[Name], caller: Caller, statement: str, changed: set[Name]) -> str:
    """Return the script of a call: rows of the user and of the caller, the call, and the rows that it `changed`."""
    lines = ["begin;", "set local session_replication_role = replica;"]
    made: set[str] = set()
    lines += _rows(builder, builder.worlds["a"], builder.ties.closure(tables), made)
    if caller.world in builder.worlds:
        lines += _rows(builder, builder.worlds[caller.world], builder.ties.closure(tables), made)
    lines += ["set local session_replication_role = origin;", f"{caller.actor.preamble()};"]
    lines.append(f"{statement};" if changed else f"{statement}; -- it hands out what is another user's")
    for number, name in enumerate(sorted(changed)):
        row = builder.worlds["a"].rows[name]
        lines += ["reset role;"] if not number else []
        condition = matching(key_of(builder.catalog.tables[name], row), row)
        lines.append(f"select * from {quoted(name)} where {condition}; -- the row of another user, after the call")
    return builder.settled("\n".join([*lines, "rollback;"]) + "\n")


def _rows(builder: Builder, world: World, names: set[Name], made: set[str]) -> list[str]:
    lines = []
    if world.user is not None:
        values = f"{literal(world.user)}, {literal(world.email)}, 'authenticated', 'authenticated'"
        lines.append(f"insert into auth.users (id, email, aud, role) values ({values}) on conflict do nothing;")
    for name in sorted(names):
        row = world.rows.get(name)
        if row is not None:
            lines.append(_insertion(builder.catalog.tables[name], row, builder.reading.mentioned.get(name, set())))
    fresh = [line for line in lines if line not in made]
    made.update(fresh)
    return fresh


def _insertion(table: Table, row: Row, mentioned: set[str]) -> str:
    """Return the INSERT of a row, without what its defaults will make of themselves unless a key or policy needs it."""
    needed = {c for constraint in table.constraints.values() for c in constraint.columns} | mentioned
    given = {
        column.name: row[column.name]
        for column in table.columns.values()
        if not column.generated
        and row.get(column.name) is not None
        and (column.default is None or column.name in needed)
    }
    override = " overriding system value" if any(table.columns[c].identity == "always" for c in given) else ""
    columns = ", ".join(map(quote_identifier, given))
    values = ", ".join(map(literal, given.values()))
    return f"insert into {quoted(table.name)} ({columns}){override} values ({values}) on conflict do nothing;"
