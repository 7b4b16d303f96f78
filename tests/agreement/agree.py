"""The keystone of the tests: what a fold reads out of text must be what PostgreSQL makes of the same text.

assert disagreements(server, "create table t (id int)") == []
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from msgspec import Struct

from tripoint.model.catalog import Catalog
from tripoint.model.evidence import Failure, Opaque, Platform
from tripoint.model.place import Problem
from tripoint.postgres.server import Server
from tripoint.sources.database.compare import Difference, differences, without
from tripoint.sources.database.normalise import normalise
from tripoint.sources.database.replay import LOGIN, Script, apply, made_by_platform, read_replayed
from tripoint.sources.migrations.fold import fold
from tripoint.sql.read import read_sql

_numbers = itertools.count()


class Held(Struct, frozen=True):
    """What a server made of files: its catalog, what it refused, and the files with the refused statements blanked."""

    database: str
    catalog: Catalog
    refused: tuple[Failure, ...]
    accepted: tuple[tuple[str, bytes], ...]


class Agreement(Struct, frozen=True):
    """How a fold and a server compare on the same files."""

    differences: tuple[Difference, ...]
    refused: tuple[Failure, ...]
    opaque: tuple[Opaque, ...]
    problems: dict[str, tuple[Problem, ...]]
    undecided: tuple[str, ...]
    objects: int


def hold(server: Server, files: Sequence[tuple[str, bytes]], base: Catalog) -> Held:
    """Run files on a new database of the server and read it back."""
    database = f"case_{next(_numbers)}"
    with server.connect(LOGIN) as connection:
        connection.execute(f"create database {database} template postgres strategy file_copy".encode())
    refused: list[Failure] = []
    for path, data in files:
        with server.connect(LOGIN, database) as connection:
            refused += apply(connection, [Script(path, read_sql(data))])
    with server.connect(LOGIN, database) as connection:
        catalog = without(read_replayed(connection, base.extensions), base)
    accepted = dict(files)
    for failure in refused:
        place, data = failure.place, accepted[failure.place.path]
        accepted[place.path] = data[: place.start] + b" " * (place.end - place.start) + data[place.end :]
    return Held(database, catalog, tuple(refused), tuple(accepted.items()))


def compare(server: Server, held: Held, base: Catalog, platform: Platform = "postgresql") -> Agreement:
    """Fold the accepted statements and compare with what the server holds beside `base`."""
    folded = fold([(path, read_sql(data)) for path, data in held.accepted], base, platform)
    with server.connect(LOGIN, held.database) as connection:
        normal, undecided = normalise(connection, without(folded.catalog, base), held.catalog, base.extensions)
    parts = (
        len(t.columns) + len(t.constraints) + len(t.indexes) + len(t.policies) for t in held.catalog.tables.values()
    )
    found = tuple(d for d in differences(normal, held.catalog) if not made_by_platform(d))
    objects = len(held.catalog.tables) + sum(parts)
    return Agreement(found, held.refused, folded.opaque, folded.problems, undecided, objects)


def differing(server: Server, held: Held, base: Catalog) -> tuple[tuple[Difference, ...], tuple[str, ...]]:
    """Return the differences, and what could not be compared."""
    found = compare(server, held, base)
    return found.differences, found.undecided


def compare_files(
    server: Server, files: Sequence[tuple[str, bytes]], base: Catalog, platform: Platform = "postgresql"
) -> Agreement:
    """Fold files, run them on a new database of the server, and compare what both hold beside `base`."""
    held = hold(server, files, base)
    found = compare(server, held, base, platform)
    drop(server, held)
    return found


def drop(server: Server, held: Held) -> None:
    """Take away the database and its roles, which belong to the whole server and would stand in the way of others."""
    with server.connect(LOGIN) as connection:
        connection.execute(f"drop database {held.database} with (force)".encode())
        for role in held.catalog.roles:
            connection.execute(f'drop role "{role}"'.encode())


def disagreements(server: Server, base: Catalog, sql: str, platform: Platform = "postgresql") -> list[str]:
    """Return in words what differs; a statement that is refused, or opaque to the fold, is one of the words."""
    found = compare_files(server, [("case.sql", sql.encode())], base, platform)
    return [
        *(f"refused: {failure.message}" for failure in found.refused),
        *(f"opaque: {opaque.reason}" for opaque in found.opaque),
        *(f"not put to the server: {subject}" for subject in found.undecided),
        *(f"{d.kind} {d.subject} {d.aspect}: fold {d.left!r}, server {d.right!r}" for d in found.differences),
    ]
